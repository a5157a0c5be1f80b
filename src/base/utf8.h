/* UTF-8, one character at a time. Overlong forms, surrogates and what lies beyond U+10FFFF are
 * invalid. */
#ifndef MW_BASE_UTF8_H
#define MW_BASE_UTF8_H

#include "base/slice.h"

/** The character at the begin of `text`, which must not be empty.
 *  @out untouched when invalid
 *  @return its bytes; 0: the first byte begins no valid character */
size_t mw_utf8_decode(struct slice text, uint32_t *out);

#endif
