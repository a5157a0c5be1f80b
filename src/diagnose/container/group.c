#include "diagnose/container/group.h"
#include "diagnose/owners.h"

enum { ALIKE = 3 }; /* so many processes of one name are a pool */

static const double nearly_all = 0.9;

double mw_value(const struct mw_entity *e, enum mw_metric metric)
{
	struct mw_num n = mw_get(e, metric);

	return n.state == MW_OK ? (double)n.v : NAN;
}

double mw_group_limit(const struct mw_entity *group)
{
	double limit = mw_value(group, M_CG_LIMIT);

	if (isnan(limit) && !group->parent)
		return mw_value(group, M_CG_HIERARCHICAL_LIMIT);
	return limit;
}

bool mw_group_is_machine(const struct mw_entity *group)
{
	/* a namespace calls its own group "/", too; the machine's has no type */
	return !group->parent && !strcmp(group->name, "/") && isnan(mw_group_limit(group)) &&
	       mw_get(group, M_CG_TYPE).state != MW_OK;
}

bool mw_group_is_shell(const struct mw_check *c, enum mw_metric metric, bool limited)
{
	double own = mw_value(c->e, metric);
	const struct mw_entity *g;

	mw_for_each (g, c->now, MW_CGROUP)
		if (g->parent == c->e && mw_value(g, metric) >= nearly_all * own &&
		    (!limited || !isnan(mw_group_limit(g))))
			return true;
	return false;
}

double mw_group_cache(const struct mw_entity *group)
{
	return mw_value(group, M_CG_INACTIVE_FILE) + mw_value(group, M_CG_ACTIVE_FILE);
}

double mw_group_sum(const struct mw_check *c, enum mw_metric metric)
{
	const struct mw_entity *p;
	double sum = 0;

	mw_for_each (p, c->now, MW_PROCESS)
		if (mw_inside(p, c->e))
			sum += (double)mw_get_or(p, metric, 0);
	return sum;
}

const struct mw_entity *mw_then(const struct mw_check *c, size_t moment, const struct mw_entity *e)
{
	const struct mw_view view = { .before = c->evidence->series.at[moment] };

	return mw_view_before(&view, e);
}

/* --- who -------------------------------------------------------------------------------------- */

/* How many processes of it are called like `one`, and what they hold together. */
static size_t count_alike(const struct mw_check *c, const struct mw_entity *one,
			  enum mw_metric metric, double *together)
{
	const char *name = mw_get_text(one, M_P_COMM);
	const struct mw_entity *p;
	size_t count = 0;

	*together = 0;
	mw_for_each (p, c->now, MW_PROCESS) {
		const char *other = mw_get_text(p, M_P_COMM);

		if (!name || !other || strcmp(name, other) != 0 || !mw_inside(p, c->e))
			continue;
		count++;
		*together += (double)mw_get_or(p, metric, 0);
	}
	return count;
}

const struct mw_entity *mw_cite_owner(struct mw_check *c, enum mw_metric metric)
{
	const struct mw_entity *largest = mw_largest(c->now, MW_PROCESS, c->e, metric);
	double together;
	size_t count;

	if (!largest || !mw_get_or(largest, metric, 0))
		return NULL;
	mw_cite_process(c, "process", largest);
	mw_cite_metric(c, "held", largest, metric, NAN);
	count = count_alike(c, largest, metric, &together);
	if (count >= ALIKE) {
		mw_cite(c, "count", MW_FORM_COUNT, (double)count, N_("processes of that name"));
		mw_cite(c, "together", MW_FORM_BYTES, together, N_("their sum"));
		mw_detail(c,
			  N_("{count} processes of the name of {process} hold {together} together; "
			     "that one, the largest, {held}"));
	} else {
		mw_detail(c, N_("the largest process is {process} with {held}"));
	}
	mw_ask(c, "memwhy pid %llu", (unsigned long long)largest->id);
	return largest;
}

void mw_ask_group(struct mw_check *c)
{
	mw_ask_about_group(c, c->e);
}
