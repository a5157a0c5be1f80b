/* `scoped_fd int fd = open(…);` is closed when the block ends, on every path. */
#ifndef MW_BASE_SCOPED_H
#define MW_BASE_SCOPED_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPED(release) __attribute__((cleanup(release)))

static inline void scoped_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void scoped_free_memory(void *pointer)
{
	free(*(void **)pointer);
}

static inline void scoped_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define scoped_fd    SCOPED(scoped_close)
#define scoped_free  SCOPED(scoped_free_memory)
#define scoped_file  SCOPED(scoped_fclose)
#define scoped_buf   SCOPED(buf_release)
#define scoped_arena SCOPED(arena_release)

#endif
