/* Trees made for the purpose: ordinary directories, as a capture unpacks to. */
#ifndef MW_TESTS_TREE_H
#define MW_TESTS_TREE_H

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];

static inline void make_tree(void)
{
	snprintf(top, sizeof(top), "/tmp/memwhy-test-XXXXXX");
	EXPECT(mkdtemp(top) != NULL);
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st, (void)flag, (void)at;
	return remove(path);
}

static inline void remove_tree(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path below the tree; its directories are made. */
static inline void place(const char *path, char *full, size_t size)
{
	snprintf(full, size, "%s/%s", top, path);
	for (char *slash = full + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
}

/* Write a file below the tree. */
static inline void put(const char *path, const char *text)
{
	char full[8192];
	FILE *f;

	place(path, full, sizeof(full));
	f = fopen(full, "w");
	EXPECT(f != NULL);
	fputs(text, f);
	fclose(f);
}

/* A link that leads to nothing, as those of /proc/PID/ns are. */
static inline void put_link(const char *path, const char *target)
{
	char full[8192];

	place(path, full, sizeof(full));
	EXPECT_EQ(symlink(target, full), 0);
}

#endif
