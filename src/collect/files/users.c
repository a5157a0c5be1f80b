#include "collect/files/users.h"

#include "base/scoped.h"

#include <stdlib.h>
#include <unistd.h>

static int by_file(const void *a, const void *b)
{
	const struct mw_path_user *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

struct mw_files_used *mw_files_used_by(struct buf *users, size_t count)
{
	struct mw_files_used *all = calloc(count ? count : 1, sizeof(*all));
	size_t n = users->len / sizeof(struct mw_path_user);
	struct mw_path_user *at = (void *)users->at;
	const uint32_t own = (uint32_t)getpid();

	if (!all)
		return NULL;
	if (n)
		qsort(at, n, sizeof(*at), by_file);
	for (size_t i = 0; i < n;) {
		struct mw_path_user one = at[i];
		struct mw_files_used *used;

		for (; i < n && !by_file(&at[i], &one); i++)
			one.use |= at[i].use;
		if (one.index >= count || one.pid == own)
			continue;
		used = &all[one.index];
		used->more |= one.use & MW_PATH_MORE;
		/* says nothing of anybody */
		if (one.use == MW_PATH_MORE)
			continue;
		/* of other pid namespaces there may be many; they are one here, without a number */
		used->count++;
		if (one.pid && used->named < MW_FILES_NAMED)
			used->by[used->named++] = one;
	}
	return all;
}

void mw_files_put_used(struct mw_snapshot *s, struct mw_entity *file,
		       const struct mw_files_used *used)
{
	scoped_buf struct buf text = { 0 };

	if (used->more)
		mw_set_state(file, M_F_USERS, MW_SKIPPED);
	else
		mw_set(file, M_F_USERS, used->count);
	for (uint32_t i = 0; i < used->named; i++) {
		const struct mw_path_user *u = &used->by[i];

		buf_printf(&text, "%s%u=", i ? "\n" : "", u->pid);
		for (size_t c = 0; c < sizeof(u->comm) && u->comm[c]; c++)
			buf_char(&text, u->comm[c] == '\n' ? ' ' : u->comm[c]);
		if (u->use & MW_PATH_MAPPED)
			buf_puts(&text, " (mapped)");
	}
	mw_set_text(s, file, M_F_USED_BY, buf_slice(&text));
}
