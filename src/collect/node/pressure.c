/* /proc/pressure/{memory,io,cpu,irq}: how long tasks waited for a resource (PSI). Needs no privilege;
 * about 5 us a file. */
#include "collect/node/node.h"

#include <errno.h>

/* The metrics of a line stand in the table in this order: total, avg10, avg60, avg300. */
static const struct resource {
	const char *path;
	enum mw_metric some, full; /* MW_METRICS: none */
} resources[] = {
	{ "proc/pressure/memory", M_PSI_MEMORY_SOME_US, M_PSI_MEMORY_FULL_US },
	{ "proc/pressure/io", M_PSI_IO_SOME_US, M_PSI_IO_FULL_US },
	{ "proc/pressure/cpu", M_PSI_CPU_SOME_US, M_PSI_CPU_FULL_US },
	{ "proc/pressure/irq", MW_METRICS, M_PSI_IRQ_FULL_US },
};

static void set_line(struct mw_entity *node, enum mw_metric first, const struct mw_psi_line *line)
{
	if (!line->present || first == MW_METRICS)
		return;
	mw_set(node, first, line->total);
	mw_set(node, first + 1, line->avg10);
	mw_set(node, first + 2, line->avg60);
	mw_set(node, first + 3, line->avg300);
}

bool mw_pressure_set(struct mw_entity *node, const char *path, const struct mw_psi *psi)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++)
		if (!strcmp(resources[i].path, path)) {
			set_line(node, resources[i].some, &psi->some);
			set_line(node, resources[i].full, &psi->full);
			return true;
		}
	return false;
}

static int read_resource(struct mw_collect *c, const struct resource *r)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	struct mw_psi psi;
	int error = mw_collect_read_record(c, r->path);

	if (!error) {
		error = mw_psi_parse(buf_slice(&c->text), &psi);
		if (error)
			mw_snapshot_problem(c->snapshot, slice_of(r->path), 1, error,
					    "some avg10= avg60= avg300= total=");
	}
	if (error) {
		mw_node_state(node, r->path, mw_state_of(error));
		return error;
	}
	mw_pressure_set(node, r->path, &psi);
	return 0;
}

static int collect(struct mw_collect *c)
{
	int result = -ENOENT;

	for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
		int error = read_resource(c, &resources[i]);

		if (!error || (result && mw_state_of(error) != MW_ABSENT))
			result = error;
	}
	return result;
}

const struct mw_collector mw_collect_pressure = {
	.name = "pressure",
	.want = MW_WANT_NODE,
	.collect = collect,
};
