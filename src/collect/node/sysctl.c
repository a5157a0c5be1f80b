/* /proc/sys/vm/…: how the kernel is told to manage memory; and the limits of files and socket buffers.
 * A file per setting, 3 us each. Needs no privilege, but for compaction_proactiveness and
 * the like where a distribution says so. */
#include "collect/node/node.h"

#include <errno.h>

/* Files of three numbers. */
static const struct list {
	const char *path;
	enum mw_metric metrics[3];
} lists[] = {
	{ "proc/sys/net/ipv4/tcp_mem", { M_TCP_MEM_LOW, M_TCP_MEM_PRESSURE, M_TCP_MEM_MAX } },
	{ "proc/sys/net/ipv4/udp_mem", { M_UDP_MEM_LOW, M_UDP_MEM_PRESSURE, M_UDP_MEM_MAX } },
	{ "proc/sys/fs/file-nr", { M_FILES_OPEN, M_FILES_FREE, M_FILES_MAX } },
};

static int read_list(struct mw_collect *c, const struct list *l)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	int error = mw_collect_read_record(c, l->path);

	if (error) {
		mw_node_state(node, l->path, mw_state_of(error));
		return error;
	}
	error = mw_parse_columns(buf_slice(&c->text), mw_snapshot_machine(c->snapshot)->page_size,
				 node, l->metrics, 3);
	if (error)
		mw_snapshot_problem(c->snapshot, slice_of(l->path), 1, error, "numbers");
	return error;
}

static int collect(struct mw_collect *c)
{
	int result = mw_node_values(c, "proc/sys/vm");

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!read_list(c, &lists[i]) && result == -ENOENT)
			result = 0;
	return result;
}

const struct mw_collector mw_collect_sysctl = {
	.name = "sysctl",
	.want = MW_WANT_NODE | MW_WANT_SOCKET_OWNERS,
	.collect = collect,
};
