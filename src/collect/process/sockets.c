/* TCP sockets of one process: those in its network namespace's table that its descriptors name. */
#include "collect/process/process.h"
#include "collect/tcp.h"

#include <errno.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int read_table(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir,
		      const char *file, const struct buf *inodes, struct mw_tcp_sum *sums)
{
	bool v6 = file[strlen(file) - 1] == '6';
	struct mw_parse_error at = { 0 };
	int error = mw_read(dir, file, &c->text);

	/* what made an older capture did not read it */
	if (error == -ENOENT || error == -ECANCELED)
		return error;
	if (error) {
		mw_process_lost(c, process->id, file, error);
		return error;
	}
	error = mw_tcp_parse(buf_slice(&c->text), v6, (const void *)inodes->at,
			     inodes->len / sizeof(uint64_t), sums, &at);
	if (error)
		mw_process_problem(c, process->id, file, at.line, error, at.what);
	return 0;
}

/* Read already, of all processes. */
static bool are_known(const struct mw_snapshot *s)
{
	return mw_snapshot_count(s, MW_SOCKETS) &&
	       mw_get(mw_snapshot_at(s, MW_SOCKETS, 0), M_SK_OWNERLESS).state != MW_ABSENT;
}

void mw_process_read_sockets(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir, struct buf *inodes)
{
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };

	if (inodes->error || !inodes->len || are_known(c->snapshot))
		return;
	qsort(inodes->at, inodes->len / sizeof(uint64_t), sizeof(uint64_t), by_number);
	if (read_table(c, process, dir, "net/tcp", inodes, sums))
		return;
	read_table(c, process, dir, "net/tcp6", inodes, sums);
	mw_tcp_rows(c->snapshot, process, sums);
}
