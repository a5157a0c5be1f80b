/* The kernel log of a sweep, read for OOM kills. */
#include "engine/engine.h"
#include "model/title.h"
#include "model/oom.h"
#include "oom/log.h"

#include <errno.h>

/* The pod or container that a group is, or was, or was in: a container that was started again has
 * another group, in the same pod. */
static const char *title_of(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s,
			    const char *group)
{
	const char *title = group ? mw_meta_title(meta, source, s, slice_of(group),
						  mw_snapshot_arena(s))
				  : NULL;

	for (struct slice up = slice_of(group ? group : ""); !title && up.len > 1;) {
		const struct mw_entity *e;
		size_t last = slice_last(up, '/').len;

		if (last >= up.len)
			break;
		up.len -= last + 1;
		e = mw_snapshot_by_name(s, MW_CGROUP, up);
		if (e && (mw_group_container(e) || mw_group_role_is(e, "pod")))
			title = mw_group_title_in(mw_snapshot_arena(s), e);
	}
	return title;
}

static int name_groups(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s,
		       const struct mw_oom_report **reports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *limit = title_of(meta, source, s, reports[i]->limit_group);
		const char *victim = title_of(meta, source, s, reports[i]->victim_group);
		struct mw_oom_report *named;

		if (!limit && !victim)
			continue;
		named = arena_new(mw_snapshot_arena(s), struct mw_oom_report);
		if (!named)
			return -ENOMEM;
		*named = *reports[i];
		named->limit_title = limit;
		named->victim_title = victim;
		reports[i] = named;
	}
	return 0;
}

int mw_engine_read_klog(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s)
{
	struct mw_oom_rule rule = mw_oom_rule_of(mw_snapshot_machine(s));
	struct mw_num swap = mw_get(mw_snapshot_node(s), M_SWAP_TOTAL);
	const struct mw_oom_report *const *reports;
	const struct mw_oom_report **named;
	struct mw_oom_log *log;
	struct slice text, line;
	size_t count = 0;
	int error;

	if (mw_snapshot_klog(s, &text) != MW_OK)
		return 0;
	if (swap.state == MW_OK)
		rule.swap_total = swap.v;
	log = mw_oom_log_new(mw_snapshot_arena(s), &rule);
	if (!log)
		return -ENOMEM;
	for (uint64_t number = 1; slice_line(&text, &line); number++)
		mw_oom_log_line(log, line, NULL, number);
	error = mw_oom_log_finish(log, &reports, &count);
	mw_oom_log_free(log);
	if (error || !count)
		return error;
	named = arena_array(mw_snapshot_arena(s), count, sizeof(*named));
	if (!named)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		named[i] = reports[i];
	error = meta ? name_groups(meta, source, s, named, count) : 0;
	mw_snapshot_set_ooms(s, named, count);
	return error;
}
