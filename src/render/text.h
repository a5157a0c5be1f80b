/* Hostile text made fit for a terminal. */
#ifndef MW_RENDER_TEXT_H
#define MW_RENDER_TEXT_H

#include "base/buf.h"

/** Append `text` so that it prints as one line, moves no cursor and changes no direction: control
 *  characters (C0, DEL, C1), newlines, bidirectional controls, invisible characters and invalid
 *  UTF-8 become \n, \x1b, …, byte by byte. So do a combining character with nothing to stand on and
 *  more than eight on one character. Where `unicode` is false, everything beyond ASCII does too.
 *  A backslash stays as it is: group names of systemd hold \x2d and must stay copyable; who needs
 *  the exact bytes takes JSON. */
void mw_text_safe(struct buf *out, struct slice text, bool unicode);

/** Columns that safe UTF-8 text takes on a terminal: 2 for wide characters, 0 for combining ones.
 *  As the C library's locale has it; a table of its own where that knows ASCII only. */
size_t mw_text_width(struct slice text);

/** Append safe text broken into lines of `room` columns: between words and between wide characters,
 *  not in front of closing punctuation. The first line begins at column `margin`, where the others
 *  are indented to. Ends without a newline. @room 0 = one line, whatever its length */
void mw_text_wrap(struct buf *out, struct slice safe, size_t margin, size_t room);

/** Columns of one character. */
unsigned mw_char_width(uint32_t c);

/** A character that moves the cursor, is not seen, or changes what stands around it. */
bool mw_char_hidden(uint32_t c);

#endif
