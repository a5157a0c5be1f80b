/* What of a file is in the page cache: of the running kernel's files. */
#ifndef MW_SOURCE_CACHED_H
#define MW_SOURCE_CACHED_H

#include "source/source.h"

/** mw_cached_in() below an open directory; mw_cached() where `in` is NULL. */
int mw_cached_of(int at, const char *path, const struct mw_mounted *in, struct mw_cached *out);

#endif
