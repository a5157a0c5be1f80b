/* The page census (bpf/census.h): by BPF programs, or from /proc/kpageflags, or as a capture kept it.
 * Needs root. Costs about 10 ns a frame, 100 ns without BPF; a sample a tenth of that. */
#include "base/scoped.h"
#include "bpf/capability.h"
#include "collect/node/node.h"
#include "collect/pages/pages.h"

#include <errno.h>

/* The 1/64 stands first: see MW_WANT_CENSUS. */
static uint32_t shift_of(uint32_t want)
{
	return want & MW_WANT_CENSUS ? 6 : want & MW_WANT_CENSUS_RARE ? 8 : 0;
}

/* Free memory as meminfo has it, on per-CPU lists too; frames. 0 = not known */
static uint64_t unused(const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);

	return (mw_get_or(node, M_MEM_FREE, 0) + mw_get_or(node, M_PCP_FREE, 0)) /
	       mw_snapshot_machine(s)->page_size;
}

/* What of RAM is not in MemTotal; frames. 0 = not known */
static uint64_t reserved(const struct mw_snapshot *s, const struct mw_census_range *ranges,
			 size_t count)
{
	uint64_t total = mw_get_or(mw_snapshot_node(s), M_MEM_TOTAL, 0) /
			 mw_snapshot_machine(s)->page_size;
	uint64_t frames = 0;

	for (size_t i = 0; i < count; i++)
		frames += ranges[i].end - ranges[i].start;
	return total && frames > total ? frames - total : 0;
}

/* Whether it says about the same as meminfo: a tenth of RAM comes and goes within a census only where
 * something is wrong. */
static bool agrees(const struct mw_snapshot *s, const struct mw_census *census)
{
	uint64_t told = unused(s), counted = census->pages[MW_CENSUS_FREE];
	uint64_t difference = told > counted ? told - counted : counted - told;

	return !told || difference <= census->frames / 10;
}

static int by_programs(struct mw_collect *c, const struct mw_census_range *ranges, size_t count,
		       uint32_t shift, struct mw_census *out)
{
	struct mw_bpf *bpf = mw_unrecorded(c->source)->bpf;
	int error;

	if (!mw_bpf_need(bpf, 1U << MW_BPF_CENSUS))
		return -EOPNOTSUPP;
	error = mw_bpf_census(bpf, ranges, count, shift, out);
	if (error || agrees(c->snapshot, out))
		return error;
	mw_bpf_distrust(bpf, MW_BPF_CENSUS, N_("what it counts as free is not what meminfo does"));
	mw_census_release(out);
	return -EOPNOTSUPP;
}

static int read_ranges(struct mw_collect *c, struct mw_census_range *out, size_t *count)
{
	struct mw_parse_error at = { 0 };
	int error = mw_collect_read(c, "proc/iomem");

	if (error)
		return error;
	error = mw_parse_iomem(buf_slice(&c->text), mw_snapshot_machine(c->snapshot)->page_size,
			       out, count, &at);
	if (error)
		mw_snapshot_problem(c->snapshot, SLICE("proc/iomem"), at.line, error, at.what);
	/* without privilege there are no addresses */
	return error ? error : *count ? 0 : -EACCES;
}

static int take(struct mw_collect *c, struct mw_census *out)
{
	scoped_free struct mw_census_range *ranges = calloc(MW_RANGES_MAX, sizeof(*ranges));
	scoped_buf struct buf text = { 0 };
	uint32_t shift = shift_of(c->want);
	struct mw_frames_told told;
	size_t count;
	int error = ranges ? read_ranges(c, ranges, &count) : -ENOMEM;

	if (error)
		return error;
	error = by_programs(c, ranges, count, shift, out);
	if (error && error != -EOPNOTSUPP && error != -ENOMEM)
		mw_snapshot_problem(c->snapshot, SLICE("bpf/census"), 0, error, NULL);
	told = (struct mw_frames_told){ unused(c->snapshot), reserved(c->snapshot, ranges, count) };
	if (error && error != -ENOMEM)
		error = mw_frames_read(mw_unrecorded(c->source), ranges, count, shift, told, out);
	if (error)
		return error;
	mw_census_write(out, &text);
	return text.error ? text.error : mw_keep(c->source, MW_KEPT_CENSUS, buf_slice(&text));
}

static int read_kept(struct mw_collect *c, struct mw_census *out)
{
	struct mw_parse_error at = { 0 };
	int error = mw_collect_kept(c, MW_KEPT_CENSUS);

	if (error)
		return error;
	error = mw_census_parse(buf_slice(&c->text), out, &at);
	if (error)
		mw_snapshot_problem(c->snapshot, SLICE(MW_KEPT_CENSUS), at.line, error, at.what);
	return error;
}

/* For those that name files: the rows, in memory that lives as long as theirs. */
static int hand_on(struct mw_collect *c, const struct mw_census *census)
{
	struct arena *a = mw_snapshot_arena(c->snapshot);
	struct mw_census *copy = arena_new(a, struct mw_census);
	struct mw_census_row *rows = arena_array(a, census->row_count + 1, sizeof(*rows));

	if (!copy || !rows)
		return -ENOMEM;
	*copy = *census;
	copy->groups = NULL;
	copy->group_count = 0;
	copy->rows = rows;
	if (census->row_count)
		memcpy(rows, census->rows, census->row_count * sizeof(*rows));
	c->census = copy;
	return 0;
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	struct mw_census census;
	int error = c->source->machine.kind == MW_LIVE ? take(c, &census) : read_kept(c, &census);

	if (error) {
		mw_node_state(node, MW_KEPT_CENSUS, mw_state_of(error));
		return error;
	}
	error = mw_census_rows(c->snapshot, &census);
	if (!error && census.has_files)
		error = hand_on(c, &census);
	mw_census_release(&census);
	return error;
}

const struct mw_collector mw_collect_census = {
	.name = "census",
	.want = MW_WANT_CENSUS | MW_WANT_CENSUS_RARE | MW_WANT_CENSUS_FULL,
	.collect = collect,
};
