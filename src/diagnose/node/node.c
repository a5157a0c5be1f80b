#include "diagnose/node/node.h"

double mw_of_ram(const struct mw_check *c, double bytes)
{
	struct mw_num total = mw_get(c->node, M_MEM_TOTAL);

	return total.state == MW_OK && total.v ? bytes / (double)total.v : NAN;
}

double mw_metric_of_ram(const struct mw_check *c, enum mw_metric metric)
{
	return mw_share(mw_get(c->node, metric), mw_get(c->node, M_MEM_TOTAL));
}

double mw_share_of_ram(const struct mw_snapshot *s, enum mw_metric metric)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	double share = mw_share(mw_get(node, metric), mw_get(node, M_MEM_TOTAL));

	return isnan(share) ? 0 : share;
}

bool mw_is_short(struct mw_check *c, double share)
{
	/* not known is not short */
	if (!(mw_metric_of_ram(c, M_MEM_AVAILABLE) < share))
		return false;
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE,
		       share * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	return true;
}

void mw_cite_of_ram(struct mw_check *c, const char *name, double share, const char *source,
		    double threshold)
{
	mw_cite_over(c, name, MW_FORM_SHARE, share, source, threshold);
}

double mw_stall(const struct mw_check *c)
{
	double now = mw_rate(c, c->node, M_PSI_MEMORY_SOME_US);
	struct mw_num recent = mw_get(c->node, M_PSI_MEMORY_SOME_AVG10);

	if (!isnan(now))
		return now;
	return recent.state == MW_OK ? (double)recent.v / 1e8 : NAN;
}

void mw_cite_stall(struct mw_check *c, double threshold)
{
	bool two = !isnan(mw_rate(c, c->node, M_PSI_MEMORY_SOME_US));
	double stall = mw_stall(c);

	if (!isnan(stall))
		mw_cite_over(c, "stall", MW_FORM_SHARE, stall,
			     two ? "/proc/pressure/memory: some total"
				 : "/proc/pressure/memory: some avg10",
			     threshold);
}

static double at(const struct mw_snapshot *s)
{
	const struct mw_machine *m = mw_snapshot_machine(s);

	return (double)(m->clock ? m->clock : m->taken_at) / 1e9;
}

double mw_watched(const struct mw_check *c)
{
	const struct mw_series *series = &c->evidence->series;

	if (series->count > 1)
		return at(series->at[series->count - 1]) - at(series->at[0]);
	return c->evidence->view.before ? (double)c->evidence->view.elapsed / 1e9 : 0;
}

bool mw_has_slabs(const struct mw_check *c)
{
	return mw_snapshot_count(c->now, MW_SLAB) > 0;
}

double mw_page_rate(const struct mw_check *c, enum mw_metric pages)
{
	return mw_rate(c, c->node, pages) * mw_snapshot_machine(c->now)->page_size;
}

void mw_cite_page_rate(struct mw_check *c, const char *name, double rate, const char *source,
		       double threshold)
{
	mw_cite_over(c, name, MW_FORM_BYTE_RATE, rate, source, threshold);
}
