/* What follows from other cells of a control group. */
#include "transcript/parts.h"

static uint64_t sum(const struct mw_entity *e, const enum mw_metric *metrics, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += mw_get_or(e, metrics[i], 0);
	return total;
}

static bool known(const struct mw_entity *e, enum mw_metric metric)
{
	return mw_get(e, metric).state == MW_OK;
}

/* What the counters add up to: usage but for the kernel's memory that they do not tell. */
static const char *usage(struct mw_entity *e)
{
	static const enum mw_metric parts[] = { M_CG_ANON, M_CG_FILE, M_CG_KERNEL, M_CG_SOCK };
	bool v1 = mw_get_or(e, M_CG_VERSION, 0) == 1, kernel = known(e, M_CG_KERNEL);

	if (mw_get(e, M_CG_USAGE).state != MW_ABSENT || !known(e, M_CG_ANON) ||
	    !known(e, M_CG_FILE))
		return NULL;
	mw_set(e, M_CG_USAGE, sum(e, parts, sizeof(parts) / sizeof(*parts)));
	if (v1)
		return kernel ? N_("rss + cache + kmem")
			      : N_("rss + cache; kernel memory is not known");
	return kernel ? N_("anon + file + kernel + sock")
		      : N_("anon + file; kernel memory is not known");
}

static const char *limit(struct mw_entity *e)
{
	struct mw_num n = mw_get(e, M_CG_HIERARCHICAL_LIMIT);

	if (mw_get(e, M_CG_LIMIT).state != MW_ABSENT)
		return NULL;
	if (n.state == MW_ABSENT && known(e, M_CG_SPEC_LIMIT)) {
		mw_set(e, M_CG_LIMIT, mw_get_or(e, M_CG_SPEC_LIMIT, 0));
		return N_("the limit that its specification declares");
	}
	if (n.state == MW_ABSENT)
		return NULL;
	if (n.state == MW_OK)
		mw_set(e, M_CG_LIMIT, n.v);
	else
		mw_set_state(e, M_CG_LIMIT, n.state);
	return N_("hierarchical_memory_limit: its own limit or an ancestor's");
}

/* Only where a tool printed it, rounded and of its own moment: the counters' is better. */
static const char *working_set(struct mw_entity *e)
{
	uint64_t used = mw_get_or(e, M_CG_USAGE, 0), inactive = mw_get_or(e, M_CG_INACTIVE_FILE, 0);

	if (!known(e, M_CG_WORKING_SET) || !known(e, M_CG_USAGE) || !known(e, M_CG_INACTIVE_FILE))
		return NULL;
	mw_set(e, M_CG_WORKING_SET, used > inactive ? used - inactive : 0);
	return N_("usage - inactive_file");
}

int mw_derive_groups(struct mw_snapshot *s,
		     int (*note)(void *context, struct mw_entity *e, enum mw_metric metric,
				 const char *how),
		     void *context)
{
	static const struct {
		enum mw_metric metric;
		const char *(*work_out)(struct mw_entity *e);
	} rules[] = { { M_CG_USAGE, usage },
		      { M_CG_LIMIT, limit },
		      { M_CG_WORKING_SET, working_set } };
	struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
			const char *how = rules[i].work_out(e);
			int error = how ? note(context, e, rules[i].metric, how) : 0;

			if (error)
				return error;
		}
	return 0;
}
