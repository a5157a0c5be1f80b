#include "engine/engine.h"

#include "base/scoped.h"
#include "collect/process/process.h"

#include <errno.h>

/* smaps of 300 000 mappings. */
#define SMAPS_LIMIT ((size_t)256 << 20)

/* smaps walks the page tables as smaps_rollup does, which then costs the same again: it is read too
 * when the budget allows, for smaps rounds every mapping. */
static int read_memory(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir,
		       struct mw_budget budget)
{
	struct mw_num rss = mw_get(process, M_P_RSS);
	int64_t cost;
	bool cheap;

	if (rss.state != MW_OK) {
		mw_process_pss_state(process, rss.state);
		return 0;
	}
	cost = mw_engine_pss_cost(rss.v);
	cheap = !budget.unlimited && (rss.v > budget.rss || cost > budget.time);
	if (cheap)
		mw_process_pss_state(process, MW_SKIPPED);
	else if (budget.unlimited || 2 * cost <= budget.time)
		mw_process_read_pss(c, process, dir);
	return mw_process_read_regions(c, process, dir, cheap);
}

int mw_engine_open_process(struct mw_source *source, struct mw_snapshot *s,
			   struct mw_entity *process, struct mw_budget budget)
{
	struct mw_collect c = { .source = source, .snapshot = s, .text.limit = SMAPS_LIMIT };
	scoped_dir struct mw_dir dir = { 0 };
	int error = mw_process_open(&c, process, &dir);

	if (!error) {
		mw_process_read_details(&c, process, &dir);
		error = read_memory(&c, process, &dir, budget);
	}
	buf_release(&c.text);
	/* what could not be read is in the states and problems */
	return error == -ESRCH || error == -ENOMEM ? error : 0;
}
