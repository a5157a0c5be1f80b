/* Headroom by hand-made snapshots: each test says what the kernel would do. */
#include "test.h"

#include "engine/engine.h"
#include "ledger/headroom.h"

enum { MIB = 1 << 20 };

struct world {
	struct mw_snapshot *s;
	struct mw_entity *node, *root, *pod, *box; /* / /pod /pod/box */
};

static struct mw_entity *add_group(struct mw_snapshot *s, struct mw_entity *parent,
				   const char *name, uint64_t version)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, parent, slice_of(name), 1, 0);

	mw_set(e, M_CG_VERSION, version);
	return e;
}

static void charge(struct mw_entity *e, uint64_t usage, uint64_t active, uint64_t inactive)
{
	mw_set(e, M_CG_USAGE, usage * MIB);
	mw_set(e, M_CG_ACTIVE_FILE, active * MIB);
	mw_set(e, M_CG_INACTIVE_FILE, inactive * MIB);
	mw_set_state(e, M_CG_LIMIT, MW_UNLIMITED);
}

/* 1000 MiB, 600 available; pod: 300, of which 100 are cache; box: 200, of which 50. */
static struct world world(uint64_t version)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct world w = { .s = mw_snapshot_new(&machine) };

	w.node = mw_snapshot_node(w.s);
	mw_set(w.node, M_MEM_TOTAL, (uint64_t)1000 * MIB);
	mw_set(w.node, M_MEM_AVAILABLE, (uint64_t)600 * MIB);
	mw_set(w.node, M_SWAP_FREE, 0);
	w.root = add_group(w.s, NULL, "/", version);
	w.pod = add_group(w.s, w.root, "/pod", version);
	w.box = add_group(w.s, w.pod, "/pod/box", version);
	charge(w.pod, 300, 60, 40);
	charge(w.box, 200, 30, 20);
	return w;
}

static uint64_t mib(struct mw_num n)
{
	EXPECT_EQ(n.state, MW_OK);
	return n.v / MIB;
}

TEST(without_limits_the_machine_binds)
{
	struct world w = world(2);
	struct mw_headroom h = mw_headroom_of(w.s, w.box);

	EXPECT_EQ(mib(h.working_set), 180);
	EXPECT_EQ(mib(h.unreclaimable), 150);
	EXPECT_EQ(mib(h.effective_limit), 1000);
	EXPECT_EQ(mib(h.left), 600);
	EXPECT(h.binding == NULL);
	/* the root has no usage on v2, and all of the machine */
	h = mw_headroom_of(w.s, w.root);
	EXPECT_EQ(h.unreclaimable.state, MW_ABSENT);
	EXPECT_EQ(mib(h.left), 600);
	mw_snapshot_free(w.s);
}

TEST(the_middle_group_binds_although_its_limit_is_larger)
{
	struct world w = world(2);
	struct mw_headroom h;

	mw_set(w.box, M_CG_LIMIT, 210 * MIB);
	mw_set(w.pod, M_CG_LIMIT, 240 * MIB);
	h = mw_headroom_of(w.s, w.box);
	EXPECT_EQ(mib(h.effective_limit), 210);
	/* box: 210 - 150 = 60; pod: 240 - 200 = 40 */
	EXPECT_EQ(mib(h.left), 40);
	EXPECT(h.binding == w.pod);
	mw_snapshot_free(w.s);
}

TEST(reclaimable_slab_counts_on_v2)
{
	struct world w = world(2);

	mw_set(w.box, M_CG_SLAB_RECLAIMABLE, 10 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 140);
	mw_snapshot_free(w.s);
}

TEST(cold_memory_goes_to_swap_as_far_as_it_may)
{
	struct world w = world(2);

	mw_set(w.box, M_CG_INACTIVE_ANON, 70 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 150);
	mw_set(w.node, M_SWAP_FREE, (uint64_t)500 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 80);
	/* an ancestor's swap limit leaves 30 */
	mw_set(w.pod, M_CG_SWAP_LIMIT, 50 * MIB);
	mw_set(w.pod, M_CG_SWAP, 20 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 120);
	/* 10 of it are in swap already */
	mw_set(w.box, M_CG_SWAPCACHED, 10 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 110);
	mw_set(w.box, M_CG_SWAPCACHED, 0);
	mw_set_state(w.pod, M_CG_SWAP_LIMIT, MW_DENIED);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 150);
	mw_snapshot_free(w.s);
}

TEST(v1_memory_and_swap_together_bind_too)
{
	struct world w = world(1);
	struct mw_headroom h;

	mw_set(w.node, M_SWAP_FREE, (uint64_t)500 * MIB);
	mw_set(w.box, M_CG_INACTIVE_ANON, 100 * MIB);
	mw_set(w.box, M_CG_LIMIT, 200 * MIB);
	mw_set(w.box, M_CG_MEMSW_LIMIT, 200 * MIB);
	mw_set(w.box, M_CG_MEMSW_USAGE, 220 * MIB);
	h = mw_headroom_of(w.s, w.box);
	/* by memory 200 - (200 - 50 - 100), by both 200 - (220 - 50): swapping does not help there */
	EXPECT_EQ(mib(h.unreclaimable), 50);
	EXPECT_EQ(mib(h.left), 30);
	EXPECT(h.binding == w.box);
	EXPECT_EQ(mib(mw_headroom_own(w.s, w.box)), 30);
	EXPECT_EQ(mw_headroom_own(w.s, w.pod).state, MW_UNLIMITED);
	mw_set(w.box, M_CG_SWAPPINESS, 0);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).unreclaimable), 150);
	mw_snapshot_free(w.s);
}

TEST(v1_without_hierarchy_has_no_ancestors)
{
	struct world w = world(1);

	mw_set(w.pod, M_CG_LIMIT, 1 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).left), 0);
	mw_set(w.pod, M_CG_USE_HIERARCHY, 0);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).left), 600);
	mw_snapshot_free(w.s);
}

TEST(v1_tells_of_limits_that_a_container_cannot_see)
{
	struct world w = world(1);
	struct mw_headroom h;

	mw_set(w.box, M_CG_HIERARCHICAL_LIMIT, 260 * MIB);
	mw_set(w.root, M_CG_HIERARCHICAL_LIMIT, 260 * MIB);
	charge(w.root, 300, 60, 40);
	h = mw_headroom_of(w.s, w.box);
	EXPECT_EQ(mib(h.effective_limit), 260);
	/* what is hidden holds at least the topmost group that is seen */
	EXPECT_EQ(mib(h.left), 60);
	EXPECT(h.binding == w.root);
	EXPECT_EQ(mib(mw_headroom_own(w.s, w.root)), 60);
	mw_snapshot_free(w.s);
}

TEST(over_the_limit_is_nothing_left)
{
	struct world w = world(2);

	mw_set(w.box, M_CG_LIMIT, 100 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.box).left), 0);
	mw_snapshot_free(w.s);
}

TEST(a_limit_that_cannot_be_read_is_not_no_limit)
{
	struct world w = world(2);
	struct mw_headroom h;

	mw_set(w.box, M_CG_LIMIT, 210 * MIB);
	mw_set_state(w.pod, M_CG_LIMIT, MW_DENIED);
	h = mw_headroom_of(w.s, w.box);
	EXPECT_EQ(h.left.state, MW_DENIED);
	EXPECT_EQ(h.effective_limit.state, MW_DENIED);
	EXPECT_EQ(mib(h.unreclaimable), 150);
	mw_snapshot_free(w.s);
}

TEST(what_is_not_known_stays_so)
{
	struct world w = world(2);
	struct mw_headroom h;

	mw_set_state(w.box, M_CG_ACTIVE_FILE, MW_MALFORMED);
	mw_set(w.box, M_CG_LIMIT, 210 * MIB);
	h = mw_headroom_of(w.s, w.box);
	EXPECT_EQ(h.unreclaimable.state, MW_MALFORMED);
	EXPECT_EQ(h.left.state, MW_MALFORMED);
	/* Linux before 3.14 has no MemAvailable: limits still bind, without them nothing is known */
	mw_set_state(w.node, M_MEM_AVAILABLE, MW_ABSENT);
	EXPECT_EQ(mw_headroom_of(w.s, w.root).left.state, MW_ABSENT);
	mw_set(w.pod, M_CG_LIMIT, 240 * MIB);
	EXPECT_EQ(mib(mw_headroom_of(w.s, w.pod).left), 40);
	mw_snapshot_free(w.s);
}

static void add_process(const struct world *w, struct mw_entity *group, uint64_t pid,
			enum mw_state pss)
{
	struct mw_entity *p = mw_snapshot_add(w->s, MW_PROCESS, group, SLICE("p"), pid, 1);

	mw_set(p, M_P_RSS, 10 * MIB);
	mw_set(p, M_P_PSS, 4 * MIB);
	mw_set_state(p, M_P_PSS, pss);
}

TEST(sums_go_up_the_tree)
{
	struct world w = world(2);
	struct mw_entity *thread;

	add_process(&w, w.box, 1, MW_OK);
	add_process(&w, w.box, 2, MW_OK);
	add_process(&w, w.pod, 3, MW_SKIPPED);
	thread = mw_snapshot_add(w.s, MW_PROCESS, w.root, SLICE("kthreadd"), 4, 1);
	mw_set(thread, M_P_KERNEL_THREAD, 1);
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_EQ(mib(mw_get(w.box, M_CG_SUM_RSS)), 20);
	EXPECT_EQ(mib(mw_get(w.box, M_CG_SUM_PSS)), 8);
	EXPECT_EQ(mib(mw_get(w.root, M_CG_SUM_RSS)), 30);
	EXPECT_EQ(mw_get(w.pod, M_CG_SUM_PSS).state, MW_SKIPPED);
	EXPECT_EQ(mw_get(w.root, M_CG_SUM_PSS).state, MW_SKIPPED);
	EXPECT_EQ(mib(mw_get(w.box, M_CG_HEADROOM)), 600);
	EXPECT_STR(mw_get_text(w.box, M_CG_HEADROOM_OF), "machine");
	mw_snapshot_free(w.s);
}
