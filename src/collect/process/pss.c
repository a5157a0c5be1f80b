#include "collect/process/process.h"
#include "collect/process/smaps.h"

#include <errno.h>

void mw_process_pss_state(struct mw_entity *process, enum mw_state state)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "smaps_rollup");
	for (size_t i = 0; i < keyed.count; i++)
		mw_set_state(process, keyed.places[i]->metric, state);
	mw_set_state(process, M_P_USS, state);
}

static void keep(const struct mw_entity *before, struct mw_entity *process, enum mw_metric metric)
{
	struct mw_num n = mw_get(before, metric);

	mw_set(process, metric, n.v);
	mw_set_state(process, metric, n.state);
}

void mw_process_keep_pss(const struct mw_entity *before, struct mw_entity *process)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "smaps_rollup");
	for (size_t i = 0; i < keyed.count; i++)
		keep(before, process, keyed.places[i]->metric);
	keep(before, process, M_P_USS);
}

int mw_process_read_pss(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir)
{
	const char *file = "smaps_rollup";
	struct mw_parse_error at = { 0 };
	int error = mw_read_record(dir, file, &c->text);

	if (error == -ENOENT)
		error = mw_read(dir, file = "smaps", &c->text);
	if (error) {
		mw_process_pss_state(process, mw_process_lost(c, process->id, file, error));
		return error;
	}
	error = mw_smaps_total(buf_slice(&c->text), process, &at);
	if (error)
		mw_process_problem(c, process->id, file, at.line, error, at.what);
	return error;
}
