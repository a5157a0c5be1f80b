#include "diagnose/rule.h"

enum { NEAR, AT, USUAL };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.8, "ratio", N_("of vm.max_map_count") },
	[AT] = { "at", 0.95, "ratio", N_("of vm.max_map_count: the next mmap() may fail") },
	[USUAL] = { "usual", 65530, "count",
		    N_("the kernel's default, where vm.max_map_count is not known") },
	{ 0 },
};

static uint64_t count_mappings(const struct mw_check *c)
{
	const struct mw_entity *e;
	uint64_t n = 0;

	mw_for_each (e, c->now, MW_REGION)
		n += e->parent == c->e;
	return n;
}

/* A size that at least half of them have, by majority vote; 0 = none. */
static uint64_t usual_size(const struct mw_check *c, uint64_t mappings)
{
	const struct mw_entity *e;
	uint64_t size = 0, votes = 0, have = 0;

	mw_for_each (e, c->now, MW_REGION) {
		uint64_t v = mw_get_or(e, M_R_SIZE, 0);

		if (e->parent != c->e)
			continue;
		if (!votes)
			size = v;
		votes += v == size ? 1 : (uint64_t)-1;
	}
	mw_for_each (e, c->now, MW_REGION)
		have += e->parent == c->e && mw_get_or(e, M_R_SIZE, 0) == size;
	return 2 * have > mappings ? size : 0;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num most = mw_get(c->node, M_MAX_MAP_COUNT);
	bool known = most.state == MW_OK;
	double limit = known ? (double)most.v : c->p[USUAL];
	uint64_t n = 0, size;
	bool at;

	/* without an address space of its own there is nothing to count */
	if (mw_snapshot_count(c->now, MW_REGION))
		n = count_mappings(c);
	if ((double)n < c->p[NEAR] * limit)
		return MW_CLEAR;
	at = (double)n >= c->p[AT] * limit;
	mw_level(c, at ? MW_CRITICAL : MW_WARNING);
	mw_cite_over(c, "count", MW_FORM_COUNT, (double)n, "lines of maps",
		     c->p[at ? AT : NEAR] * limit);
	mw_cite(c, "limit", MW_FORM_COUNT, limit,
		known ? "proc/sys/vm/max_map_count" : "the kernel's default");
	if (!known)
		mw_doubt(c, MW_MEDIUM, N_("vm.max_map_count is not known: its default counts"));
	size = usual_size(c, n);
	if (size) {
		mw_cite(c, "size", MW_FORM_BYTES, (double)size, "maps: the size that most have");
		mw_detail(c, N_("most of them are {size} large: the same thing is mapped again and "
				"again"));
	}
	mw_advise(c,
		  N_("find what maps without unmapping (files, thread stacks, guard pages); if it "
		     "is meant to be so, raise vm.max_map_count, as Elasticsearch and others ask"));
	mw_ask(c, "memwhy pid %llu --depth 4", (unsigned long long)c->e->id);
	mw_ask(c, "sysctl vm.max_map_count");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_map_count = {
	.id = "proc-map-count",
	.level = MW_WARNING,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity} has {count} mappings; at {limit} mmap() fails with memory free"),
	.about = N_(
		"A process comes near the most mappings that it may have. Then malloc, threads and "
		"file mappings fail with \"Cannot allocate memory\" although memory is free."),
	.silent = N_("A database with ten thousand mappings."),
};
