/* TCP sockets of this network namespace, by state: where the kernel's structures are not to be had, and in
 * captures of before. */
#include "collect/sockets/sockets.h"
#include "collect/tcp.h"

static int read_table(struct mw_collect *c, const char *path, bool v6, struct mw_tcp_sum *sums)
{
	struct mw_parse_error at = { 0 };
	int error = mw_collect_read(c, path);

	if (error)
		return error;
	error = mw_tcp_parse(buf_slice(&c->text), v6, NULL, 0, sums, &at);
	if (error)
		mw_snapshot_problem(c->snapshot, slice_of(path), at.line, error, at.what);
	return 0;
}

int mw_sockets_read_tables(struct mw_collect *c)
{
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
	int error = read_table(c, "proc/net/tcp", false, sums);

	/* IPv6 may be switched off */
	if (!error)
		read_table(c, "proc/net/tcp6", true, sums);
	return error ? error : mw_tcp_rows(c->snapshot, NULL, sums);
}
