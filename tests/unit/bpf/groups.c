/* What is read of the running kernel's groups: a table that is wrong is found out. */
#include "test.h"

#include "bpf/cgroup.h"
#include "bpf/slots.h"
#include "engine/engine.h"

enum { SWEEPS = 2000 };

struct place {
	struct mw_bpf *bpf;
	struct mw_source *source;
	struct mw_snapshot *s;
};

static void place_release(struct place *p)
{
	mw_snapshot_free(p->s);
	mw_source_free(p->source);
	mw_bpf_free(p->bpf);
}
#define scoped_place SCOPED(place_release)

static void sweep(struct place *p)
{
	mw_snapshot_free(p->s);
	EXPECT_EQ(mw_engine_sweep(p->source, MW_WANT_CGROUP_SIZES, &p->s), 0);
}

/* @return false: they cannot be read here, or there are none */
static bool place_init(struct place *p)
{
	*p = (struct place){ .s = NULL };
	EXPECT_EQ(mw_bpf_new(false, &p->bpf), 0);
	EXPECT_EQ(mw_source_live("/", &p->source), 0);
	p->source->bpf = p->bpf;
	mw_bpf_expect_repeats(p->bpf);
	sweep(p);
	if (mw_bpf_works(p->bpf, MW_BPF_CGROUP) && mw_snapshot_count(p->s, MW_CGROUP) > 1 &&
	    mw_bpf_group_slots(p->bpf)->ready)
		return true;
	print_message("# skipped: no groups are read with BPF here\n");
	return false;
}

static struct mw_slot_line *line_of(struct mw_slots *slots, const char *v1, const char *v2)
{
	for (size_t i = 0; i < slots->count; i++)
		if (!strcmp(slots->at[i].key, v1) || !strcmp(slots->at[i].key, v2))
			return &slots->at[i];
	return NULL;
}

static const struct mw_problem *problem_of(const struct mw_snapshot *s)
{
	const struct mw_problem *problems;
	size_t count = mw_snapshot_problems(s, &problems);

	for (size_t i = 0; i < count; i++)
		if (problems[i].what && strstr(problems[i].what, "BPF"))
			return &problems[i];
	return NULL;
}

TEST(what_is_right_is_believed)
{
	scoped_place struct place p;

	if (!place_init(&p))
		return;
	for (int i = 0; i < 20; i++) {
		mw_bpf_group_slots(p.bpf)->sweeps = 0;
		sweep(&p);
		EXPECT(!problem_of(p.s));
		EXPECT(mw_bpf_works(p.bpf, MW_BPF_CGROUP));
	}
}

TEST(a_wrong_table_is_switched_off_with_a_message)
{
	scoped_place struct place p;
	struct mw_slot_line *anon, *file;
	struct mw_slot_set set;
	struct mw_bpf_status status;
	struct mw_slots *slots;

	if (!place_init(&p))
		return;
	slots = mw_bpf_group_slots(p.bpf);
	anon = line_of(slots, "rss", "anon");
	file = line_of(slots, "cache", "file");
	EXPECT(anon && file);
	set = anon->set;
	anon->set = file->set;
	file->set = set;
	/* a few groups in each sweep that looks, as all do here; those that change meanwhile are left out, and
	 * on a busy machine that may be all of them for a while */
	for (int i = 0; i < SWEEPS && mw_bpf_works(p.bpf, MW_BPF_CGROUP); i++) {
		slots->sweeps = 0;
		sweep(&p);
		usleep(i > 50 ? 2000 : 0);
	}
	mw_bpf_status(p.bpf, MW_BPF_CGROUP, &status);
	EXPECT_EQ(status.state, MW_BPF_OFF);
	EXPECT(strstr(status.why, "another number") != NULL);
	EXPECT(problem_of(p.s) != NULL);
	/* the same sweep's rows are text already, and so is the next */
	EXPECT_EQ(mw_get(mw_snapshot_at(p.s, MW_CGROUP, 1), M_CG_ANON).state, MW_OK);
	sweep(&p);
	EXPECT(!problem_of(p.s));
	EXPECT(mw_snapshot_count(p.s, MW_CGROUP) > 1);
}
