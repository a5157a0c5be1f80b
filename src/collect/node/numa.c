/* /sys/devices/system/node/node*: memory by NUMA node. Needs no privilege; about 30 us a node. */
#include "collect/node/node.h"

#include <errno.h>
#include <stdio.h>

static const char folder[] = "sys/devices/system/node";

int mw_parse_numa(struct mw_snapshot *s, struct mw_entity *numa, const char *file,
		  struct slice text, struct mw_parse_error *at)
{
	uint32_t page_size = mw_snapshot_machine(s)->page_size;
	struct mw_keyed keyed;
	struct slice line;
	int result = 0;

	mw_keyed_init(&keyed, file);
	for (size_t number = 1; slice_line(&text, &line); number++) {
		const char *what;
		uint64_t node;

		if (slice_word(&line, "Node ") && slice_u64(&line, &node))
			slice_skip_blanks(&line);
		if (mw_keyed_line(&keyed, line, number, page_size, numa, &what) == -EBADMSG)
			result = mw_parse_failed(at, result, number, what);
	}
	return result;
}

static int read_file(struct mw_collect *c, uint64_t node, const char *file, struct mw_entity *e)
{
	struct mw_parse_error at;
	char path[128];
	int error;

	snprintf(path, sizeof(path), "%s/node%llu/%s", folder, (unsigned long long)node, file);
	error = mw_collect_read_record(c, path);
	if (error) {
		mw_node_state(e, file, mw_state_of(error));
		return error;
	}
	error = mw_parse_numa(c->snapshot, e, file, buf_slice(&c->text), &at);
	if (error)
		mw_snapshot_problem(c->snapshot, slice_of(path), at.line, error, at.what);
	return error;
}

static int collect(struct mw_collect *c)
{
	uint64_t nodes[MW_NUMBERS_MAX];
	size_t count;
	int error = mw_node_numbers(c, folder, "node", "", nodes, &count);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		char path[128];
		struct mw_entity *e = mw_numa_row(c->snapshot, nodes[i]);

		if (!e)
			return -ENOMEM;
		read_file(c, nodes[i], "meminfo", e);
		read_file(c, nodes[i], "numastat", e);
		snprintf(path, sizeof(path), "%s/node%llu", folder, (unsigned long long)nodes[i]);
		mw_node_directory(c, path, e, M_N_DISTANCE, M_N_DISTANCE + 1);
	}
	return 0;
}

const struct mw_collector mw_collect_numa = {
	.name = "numa",
	.want = MW_WANT_NODE,
	.collect = collect,
};
