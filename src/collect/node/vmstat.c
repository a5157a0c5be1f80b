/* /proc/vmstat: pages by state, and counters since boot. Needs no privilege; about 40 us. */
#include "collect/node/node.h"

#include <errno.h>

/* Counters that are, or once were, split by zone: allocstall_normal since Linux 4.8, pgscan_kswapd_dma
 * before it. Their sum is the metric. */
static const struct {
	const char *prefix;
	enum mw_metric metric;
} by_zone[] = {
	{ "pgalloc_", M_PGALLOC },
	{ "allocstall_", M_ALLOCSTALL },
	{ "pgskip_", M_PGSKIP },
	{ "pgrefill_", M_PGREFILL },
	{ "pgsteal_kswapd_", M_PGSTEAL_KSWAPD },
	{ "pgsteal_direct_", M_PGSTEAL_DIRECT },
	{ "pgscan_kswapd_", M_PGSCAN_KSWAPD },
	{ "pgscan_direct_", M_PGSCAN_DIRECT },
};

static const char *const zones[] = { "dma ", "dma32 ", "normal ", "high ", "movable ", "device " };

enum { SUMS = sizeof(by_zone) / sizeof(*by_zone), ZONES = sizeof(zones) / sizeof(*zones) };

struct sum {
	uint64_t v;
	unsigned seen; /* a bit per zone */
	bool bad;
};

/* @return whether the line was understood, or is none of these */
static bool add(struct sum *sums, struct slice line)
{
	for (size_t i = 0; i < SUMS; i++) {
		struct slice rest = line;
		size_t z = 0;
		uint64_t v;

		if (!slice_word(&rest, by_zone[i].prefix))
			continue;
		while (z < ZONES && !slice_word(&rest, zones[z]))
			z++;
		if (z == ZONES)
			continue;
		if ((sums[i].seen & 1u << z) || !slice_u64(&rest, &v) ||
		    __builtin_add_overflow(sums[i].v, v, &sums[i].v))
			sums[i].bad = true;
		sums[i].seen |= 1u << z;
		return !sums[i].bad;
	}
	return true;
}

static int sum_zones(struct mw_entity *node, struct slice text, int result,
		     struct mw_parse_error *at)
{
	struct sum sums[SUMS] = { 0 };
	struct slice line;

	for (size_t number = 1; slice_line(&text, &line); number++)
		if (!add(sums, line))
			result = mw_parse_failed(at, result, number, N_("a counter of a zone"));
	for (size_t i = 0; i < SUMS; i++)
		if (sums[i].bad)
			mw_set_state(node, by_zone[i].metric, MW_MALFORMED);
		else if (sums[i].seen)
			mw_set(node, by_zone[i].metric, sums[i].v);
	return result;
}

int mw_parse_vmstat(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct mw_entity *node = mw_snapshot_node(s);
	struct mw_num anon, file;
	struct mw_keyed keyed;
	uint64_t isolated;
	int result;

	mw_keyed_init(&keyed, "proc/vmstat");
	result = mw_keyed_parse(&keyed, text, mw_snapshot_machine(s)->page_size, node, at);
	result = sum_zones(node, text, result, at);
	anon = mw_get(node, M_NR_ISOLATED_ANON);
	file = mw_get(node, M_NR_ISOLATED_FILE);
	if (anon.state != MW_OK || file.state != MW_OK)
		mw_set_state(node, M_NR_ISOLATED, anon.state != MW_OK ? anon.state : file.state);
	else if (__builtin_add_overflow(anon.v, file.v, &isolated))
		mw_set_state(node, M_NR_ISOLATED, MW_MALFORMED);
	else
		mw_set(node, M_NR_ISOLATED, isolated);
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/vmstat", MW_RECORDS, mw_parse_vmstat);
}

const struct mw_collector mw_collect_vmstat = {
	.name = "vmstat",
	.want = MW_WANT_NODE,
	.collect = collect,
};
