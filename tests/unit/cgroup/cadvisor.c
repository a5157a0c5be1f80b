/* cAdvisor 0.60.5 against memwhy: both read the same groups, cAdvisor's answer is fixtures/NAME.prom,
 * the groups' files of the same moment fixtures/NAME. Every container memory value of the answer must
 * be one of ours; a line that the table does not know fails.
 *
 * The two are not quite of one moment: cAdvisor and what copied the files kept running in the root
 * group in between. There our counters may be up to ROOT_COUNTED later, and gauges ROOT_SLACK off
 * (measured: 3.3 MB in 211 MB of working set, for active and inactive pages changed places). The
 * other groups stood still and are compared exactly, but for what `moved` names. */
#include "test.h"

#include "engine/engine.h"
#include "ledger/words.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOT_SLACK = 4 << 20, ROOT_COUNTED = 2000 };

enum how {
	ZERO,   /* cAdvisor never sets it there */
	WORD,   /* one of everybody's words */
	METRIC, /* a metric; what is absent or unlimited is exported as 0 */
	LIMIT,  /* likewise, but for the root the machine's total */
};

struct source {
	enum how how;
	const char *word;
	enum mw_metric metric, total;
};

#define W(tool)                           \
	{                                 \
		.how = WORD, .word = tool \
	}
#define G(id)                                   \
	{                                       \
		.how = METRIC, .metric = M_##id \
	}
#define L(id, root)                                               \
	{                                                         \
		.how = LIMIT, .metric = M_##id, .total = M_##root \
	}

static const struct row {
	const char *name, *failure_type;
	struct source v1, v2;
} rows[] = {
	{ "memory_usage_bytes", NULL, W("cAdvisor usage"), W("cAdvisor usage") },
	{ "memory_working_set_bytes", NULL, W("kubectl top"), W("kubectl top") },
	{ "memory_rss", NULL, W("cAdvisor rss"), W("cAdvisor rss") },
	{ "memory_cache", NULL, W("cAdvisor cache"), W("cAdvisor cache") },
	{ "memory_mapped_file", NULL, W("cAdvisor mapped file"), W("cAdvisor mapped file") },
	{ "memory_swap", NULL, W("cAdvisor swap"), W("cAdvisor swap") },
	{ "memory_max_usage_bytes", NULL, G(CG_PEAK), G(CG_PEAK) },
	{ "memory_total_active_file_bytes", NULL, G(CG_ACTIVE_FILE), G(CG_ACTIVE_FILE) },
	{ "memory_total_inactive_file_bytes", NULL, G(CG_INACTIVE_FILE), G(CG_INACTIVE_FILE) },
	/* v2 has a number, cAdvisor does not fill it in */
	{ "memory_kernel_usage", NULL, G(CG_KERNEL), { ZERO } },
	{ "memory_failcnt", NULL, G(CG_FAILCNT), { ZERO } },
	/* on v1 the group's own faults, under both scopes: its children's are missing */
	{ "memory_failures_total", "pgfault", G(CG_LOCAL_PGFAULT), G(CG_PGFAULT) },
	{ "memory_failures_total", "pgmajfault", G(CG_LOCAL_PGMAJFAULT), G(CG_PGMAJFAULT) },
	{ "memory_workingset_refault_file_total", NULL, G(CG_LOCAL_REFAULT_FILE),
	  G(CG_REFAULT_FILE) },
	{ "memory_workingset_refault_anon_total", NULL, G(CG_LOCAL_REFAULT_ANON),
	  G(CG_REFAULT_ANON) },
	{ "memory_events_high_total", NULL, { ZERO }, G(CG_EVENTS_HIGH) },
	{ "memory_events_max_total", NULL, { ZERO }, G(CG_EVENTS_MAX) },
	/* v1 has total_dirty and total_writeback, cAdvisor does not fill them in */
	{ "memory_file_dirty_bytes", NULL, { ZERO }, G(CG_FILE_DIRTY) },
	{ "memory_file_writeback_bytes", NULL, { ZERO }, G(CG_FILE_WRITEBACK) },
	{ "memory_pgscan_total", NULL, { ZERO }, G(CG_PGSCAN) },
	{ "memory_pgsteal_total", NULL, { ZERO }, G(CG_PGSTEAL) },
	{ "pressure_memory_waiting_seconds_total", NULL, { ZERO }, G(CG_PSI_SOME_US) },
	{ "pressure_memory_stalled_seconds_total", NULL, { ZERO }, G(CG_PSI_FULL_US) },
	{ "spec_memory_limit_bytes", NULL, L(CG_LIMIT, MEM_TOTAL), L(CG_LIMIT, MEM_TOTAL) },
	{ "spec_memory_swap_limit_bytes", NULL, L(CG_MEMSW_LIMIT, SWAP_TOTAL),
	  L(CG_SWAP_LIMIT, SWAP_TOTAL) },
	/* on v2 memory.min, although runtimes write requests into memory.low */
	{ "spec_memory_reservation_limit_bytes", NULL, G(CG_SOFT_LIMIT), G(CG_MIN) },
};

/* container_NAME{…id="GROUP"…} VALUE [TIME] */
struct sample {
	struct slice name, labels, group;
	double value;
};

static bool parse_sample(struct slice line, struct sample *out)
{
	char number[32];
	struct slice token, rest;

	if (!slice_word(&line, "container_") || !slice_until(&line, '{', &out->name) ||
	    !slice_until(&line, '}', &out->labels))
		return false;
	rest = out->labels;
	if (!slice_after(&rest, "id=\"") || !slice_until(&rest, '"', &out->group) ||
	    !slice_token(&line, &token) || token.len >= sizeof(number))
		return false;
	memcpy(number, token.at, token.len);
	number[token.len] = '\0';
	out->value = strtod(number, NULL);
	return true;
}

static bool about_memory(struct slice name)
{
	return slice_begins(name, "memory_") || slice_begins(name, "spec_memory_") ||
	       slice_begins(name, "pressure_memory_");
}

static const struct row *row_of(const struct sample *sample)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice labels = sample->labels;
		char type[64];

		snprintf(type, sizeof(type), "failure_type=\"%s\"",
			 rows[i].failure_type ? rows[i].failure_type : "");
		if (slice_is(sample->name, rows[i].name) &&
		    (!rows[i].failure_type || slice_after(&labels, type)))
			return &rows[i];
	}
	return NULL;
}

static struct mw_num word(const struct mw_snapshot *s, const struct mw_entity *group,
			  const char *tool)
{
	scoped_arena struct arena a = { 0 };
	struct mw_num found = { 0, MW_MALFORMED };
	struct mw_word *words;
	size_t count = mw_words_container(&a, s, group, &words);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].tool, tool))
			found = (struct mw_num){ words[i].bytes, words[i].state };
	return found;
}

static double ours(const struct mw_snapshot *s, const struct mw_entity *group,
		   const struct source *source)
{
	struct mw_num n = { 0, MW_OK };

	if (source->how == WORD)
		n = word(s, group, source->word);
	else if (source->how == LIMIT && !group->parent)
		n = mw_get(mw_snapshot_node(s), source->total);
	else if (source->how != ZERO)
		n = mw_get(group, source->metric);
	if (source->how == WORD)
		EXPECT_EQ(n.state, MW_OK);
	if (n.state != MW_OK) {
		EXPECT(n.state == MW_ABSENT || n.state == MW_UNLIMITED);
		return 0;
	}
	if (source->how == METRIC && mw_metric_info(source->metric)->unit == MW_US)
		return (double)n.v / 1e6;
	return (double)n.v;
}

/* Two pages that were mapped, or counted (memory.stat may be 64 pages a CPU behind), in between. */
static const struct {
	const char *group, *name;
	double bytes;
} moved[] = { { "/mw-b", "memory_mapped_file", 8192 } };

static bool agree(const struct sample *sample, const struct source *source, double mine)
{
	double over = mine - sample->value;

	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++)
		if (slice_is(sample->group, moved[i].group) &&
		    slice_is(sample->name, moved[i].name) && over == moved[i].bytes)
			return true;
	if (!slice_is(sample->group, "/") || source->how == ZERO || source->how == LIMIT)
		return over == 0;
	if (source->how == METRIC && mw_metric_info(source->metric)->type == MW_COUNTER)
		return over >= 0 && over <= ROOT_COUNTED;
	return over >= -ROOT_SLACK && over <= ROOT_SLACK;
}

/* @return how many values were compared */
static size_t compare(const char *tree, const char *answer, bool v1)
{
	scoped_source struct mw_source *source = fixture(tree);
	scoped_buf struct buf text = fixture_text(answer);
	struct slice rest = buf_slice(&text), line;
	struct mw_snapshot *s;
	struct sample sample;
	size_t count = 0, differ = 0;

	EXPECT_EQ(
		mw_engine_sweep(source, MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_CGROUP_DETAIL, &s),
		0);
	while (slice_line(&rest, &line)) {
		const struct mw_entity *group;
		const struct source *from;
		const struct row *row;
		double mine;

		if (!parse_sample(line, &sample) || !about_memory(sample.name))
			continue;
		group = mw_snapshot_by_name(s, MW_CGROUP, sample.group);
		row = row_of(&sample);
		if (!group || !row) {
			print_error("not known: %.*s\n", SLICE_ARG(line));
			differ++;
			continue;
		}
		from = v1 ? &row->v1 : &row->v2;
		mine = ours(s, group, from);
		if (!agree(&sample, from, mine)) {
			print_error("%.0f is not ours, %.0f: %.*s\n", sample.value, mine,
				    SLICE_ARG(line));
			differ++;
		}
		count++;
	}
	EXPECT_EQ(differ, 0);
	mw_snapshot_free(s);
	return count;
}

TEST(every_number_of_cadvisor_on_v1)
{
	EXPECT_EQ(compare("cadvisor-v1-host", "cadvisor-v1-host.prom", true), 112);
}

TEST(every_number_of_cadvisor_on_v2)
{
	EXPECT_EQ(compare("cadvisor-v2-guest", "cadvisor-v2-guest.prom", false), 112);
}
