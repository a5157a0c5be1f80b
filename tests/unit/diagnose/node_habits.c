/* Rules about the machine: groups, drop_caches, OOM kills, the kubelet. */
#include "world.h"

#include "oom/next.h"

#define MB(n) ((uint64_t)(n)*MIB)

/* --- node-dying-cgroups ----------------------------------------------------------------------- */

static void world_v1_group(struct mw_entity *e, uint64_t anon, uint64_t file, uint64_t own_file)
{
	mw_set(e, M_CG_ANON, anon);
	mw_set(e, M_CG_FILE, file);
	mw_set(e, M_CG_LOCAL_ANON, anon);
	mw_set(e, M_CG_LOCAL_FILE, own_file);
}

TEST(dying_groups_of_v2_by_what_is_left)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 2), *slice, *a;
	const struct mw_finding *f;

	slice = world_group(&w, "/kubepods", 2);
	a = world_group(&w, "/kubepods/a", 2);
	mw_set(root, M_CG_DYING_DESCENDANTS, 3000);
	mw_set(root, M_CG_PROCESSES, 90);
	world_charge(slice, 0, 3 * GIB, 0);
	mw_set(slice, M_CG_PROCESSES, 0);
	world_charge(a, GIB, 0, 0);
	mw_set(a, M_CG_PROCESSES, 3);
	world_diagnose(&w);
	f = world_finding(&w, "node-dying-cgroups", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "dying"), 3000);
	EXPECT_EQ(cited(f, "held"), 2 * GIB);
}

TEST(dying_groups_of_v1_by_what_is_missing_in_the_tree)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 1), *jobs = world_group(&w, "/jobs", 1);
	const struct mw_finding *f;

	mw_set_text(w.s, w.node, M_CGROUP_ROOT, SLICE("/"));
	mw_set(w.node, M_MEMORY_CGROUPS, 902);
	world_v1_group(root, MB(10), 4 * GIB, MB(100));
	world_v1_group(jobs, 0, 4 * GIB - MB(100), GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-dying-cgroups", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "dying"), 900);
	EXPECT_EQ(cited(f, "held"), 3 * GIB - MB(100));
}

/* What pages say goes before what the groups' counters leave over. */
TEST(dying_groups_by_a_page_census)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 2), *gone, *small, *file;
	const struct mw_finding *f;

	mw_set(root, M_CG_DYING_DESCENDANTS, 3000);
	mw_set(w.node, M_CENSUS_DYING, 5 * GIB);
	gone = mw_snapshot_add(w.s, MW_OWNER, root, SLICE("/job-1"), 77, 0);
	small = mw_snapshot_add(w.s, MW_OWNER, root, SLICE("/job-2"), 78, 0);
	mw_set(gone, M_OW_DYING, 1);
	mw_set(gone, M_OW_ALL, 4 * GIB);
	mw_set(gone, M_OW_FILE, 3 * GIB);
	mw_set(gone, M_OW_SHMEM, GIB);
	mw_set(small, M_OW_DYING, 1);
	mw_set(small, M_OW_ALL, GIB);
	mw_set(small, M_OW_KERNEL, GIB);
	mw_set(small, M_OW_FILE, 0);
	file = mw_snapshot_add(w.s, MW_FILE, root, SLICE(""), 5, 0);
	mw_set(file, M_F_GROUP, 77);
	mw_set_text(w.s, file, M_F_PATH, SLICE("/var/log/job.log"));
	world_diagnose(&w);
	f = world_finding(&w, "node-dying-cgroups", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "held"), 5 * GIB);
	EXPECT_EQ(cited(f, "pinned_file"), 3 * GIB);
	EXPECT_EQ(cited(f, "pinned_shmem"), GIB);
	EXPECT_EQ(cited(f, "pinned_other"), GIB);
	EXPECT_EQ(cited(f, "largest_holds"), 4 * GIB);
}

TEST(dying_groups_that_hold_little_are_silent)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 1);

	mw_set_text(w.s, w.node, M_CGROUP_ROOT, SLICE("/"));
	mw_set(w.node, M_MEMORY_CGROUPS, 901);
	world_v1_group(root, MB(10), 4 * GIB, 4 * GIB - MB(50));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-dying-cgroups", NULL));
}

TEST(groups_outside_our_mount_are_not_dying)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 1);

	mw_set_text(w.s, w.node, M_CGROUP_ROOT, SLICE("/docker/abc"));
	mw_set(w.node, M_MEMORY_CGROUPS, 3000);
	mw_set(w.node, M_PERCPU, 2 * GIB);
	world_v1_group(root, MB(10), 4 * GIB, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-dying-cgroups", NULL));
}

/* --- node-drop-caches-loop -------------------------------------------------------------------- */

static void world_drops(struct world *w, uint64_t drops, uint64_t hours)
{
	mw_set(w->node, M_DROP_PAGECACHE, drops);
	mw_set(w->node, M_DROP_SLAB, drops);
	mw_set(w->node, M_UPTIME, hours * 3600 * 1000000);
}

TEST(a_drop_caches_timer_since_boot)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_drops(&w, 500, 100);
	world_diagnose(&w);
	f = world_finding(&w, "node-drop-caches-loop", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "times"), 500);
	EXPECT_EQ(cited(f, "time"), 360000);
}

TEST(a_drop_caches_loop_that_is_watched)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_drops(&w, 7, 1000);
	world_later(&w, 60);
	world_drops(&w, 10, 1000);
	world_diagnose(&w);
	f = world_finding(&w, "node-drop-caches-loop", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "times"), 3);
	EXPECT_EQ(cited(f, "time"), 60);
}

TEST(a_few_drops_are_a_person)
{
	scoped_world struct world w = world_new();

	world_drops(&w, 11, 2);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-drop-caches-loop", NULL));
	world_later(&w, 10);
	world_drops(&w, 12, 1000);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-drop-caches-loop", NULL));
}

/* --- node-oom-protected-giant ----------------------------------------------------------------- */

static void protect(struct mw_entity *e, int adj)
{
	mw_set(e, M_P_OOM_SCORE_ADJ, (uint64_t)(int64_t)adj);
}

TEST(a_protected_giant_among_dwarfs)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_process(&w, 3, "oracle", NULL, 7 * GIB);
	const struct mw_finding *f;

	protect(e, -1000);
	mw_set(e, M_P_SWAP, GIB);
	world_process(&w, 4, "sh", NULL, MB(20));
	world_process(&w, 5, "agent", NULL, MB(300));
	world_diagnose(&w);
	f = world_finding(&w, "node-oom-protected-giant", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_STR(cited_text(f, "giant"), "oracle[3]");
	EXPECT_EQ(cited(f, "size"), 8 * GIB);
	EXPECT_EQ(cited(f, "adj"), -1000);
	EXPECT_EQ(cited(f, "others"), MB(320));
}

TEST(a_protected_giant_beside_a_larger_one)
{
	scoped_world struct world w = world_new();

	protect(world_process(&w, 3, "oracle", NULL, 5 * GIB), -950);
	world_process(&w, 4, "java", NULL, 6 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-oom-protected-giant", NULL));
}

TEST(small_protected_daemons_are_silent)
{
	scoped_world struct world w = world_new();

	protect(world_process(&w, 3, "sshd", NULL, MB(9)), -1000);
	protect(world_process(&w, 4, "dockerd", NULL, MB(200)), -999);
	/* preferred, but not protected */
	protect(world_process(&w, 5, "db", NULL, 9 * GIB), -800);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-oom-protected-giant", NULL));
}

/* --- node-kubelet-blind-spot ------------------------------------------------------------------ */

static struct mw_entity *world_kubelet(struct world *w, unsigned version)
{
	struct mw_entity *root = world_group(w, "/", version);

	world_group(w, "/kubepods.slice", version);
	return root;
}

TEST(the_kubelet_does_not_see_the_kernel)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 2);
	const struct mw_finding *f;

	/* 16 - (4 + 3 - 2) = 11 available for it; 8 by the kernel */
	mw_set(root, M_CG_ANON, 4 * GIB);
	mw_set(root, M_CG_FILE, 3 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, 2 * GIB);
	mw_set(w.node, M_SLAB, 3 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-kubelet-blind-spot", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "kubelet"), 11 * GIB);
	EXPECT_EQ(cited(f, "available"), 8 * GIB);
	EXPECT_EQ(cited(f, "unseen"), 3 * GIB);
}

TEST(the_kubelet_counts_active_cache)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 1);
	const struct mw_finding *f;

	mw_set(root, M_CG_USAGE, 13 * GIB);
	mw_set(root, M_CG_FILE, 9 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, 2 * GIB);
	mw_set(w.node, M_ACTIVE_FILE, 7 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-kubelet-blind-spot", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "kubelet"), 5 * GIB);
	EXPECT_EQ(cited(f, "active_file"), 7 * GIB);
}

/* By its own number 11 GiB, by the kernel 8: a gap of 3 GiB, far above any threshold. */
TEST(the_kubelets_threshold_is_held_against_both_numbers)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 2);
	const struct mw_finding *f;

	mw_set(root, M_CG_ANON, 4 * GIB);
	mw_set(root, M_CG_FILE, 3 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, 2 * GIB);
	mw_set_text(w.s, w.node, M_KUBELET_CONFIG, SLICE("/var/lib/kubelet/config.yaml"));
	mw_set(w.node, M_EVICTION_HARD, GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-kubelet-blind-spot", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "gap"), 3 * GIB);
	EXPECT_EQ(cited(f, "hard"), GIB);
	EXPECT_EQ(cited(f, "kubelet_left"), 10 * GIB);
	EXPECT_EQ(cited(f, "left"), 7 * GIB);
}

/* What it says itself counts more than what it should say: 7.9 GiB agree with 8. */
TEST(the_kubelet_that_was_asked)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 2);

	mw_set(root, M_CG_ANON, 4 * GIB);
	mw_set(root, M_CG_FILE, 3 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, 2 * GIB);
	mw_set(w.node, M_KUBELET_AVAILABLE, 8 * GIB - 100 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-kubelet-blind-spot", NULL));
}

/* 512 MiB by its own number, below its threshold of 1 GiB, while 8 GiB could be had. */
TEST(the_kubelet_that_evicts_without_need)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 2);
	const struct mw_finding *f;

	mw_set(root, M_CG_ANON, 4 * GIB);
	mw_set(root, M_CG_FILE, 12 * GIB - 512 * MIB);
	mw_set(root, M_CG_INACTIVE_FILE, 0);
	mw_set_text(w.s, w.node, M_KUBELET_CONFIG, SLICE("/var/lib/kubelet/config.yaml"));
	mw_set(w.node, M_EVICTION_HARD, GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-kubelet-blind-spot", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	/* 1 - (0.5 - 8): it has evicted since then */
	EXPECT_EQ(cited(f, "early"), 8 * GIB + 512 * MIB);
	EXPECT_EQ(cited(f, "kubelet_left"), 0);
}

TEST(the_kubelet_that_agrees_is_silent)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_kubelet(&w, 1);

	mw_set(root, M_CG_USAGE, 9 * GIB);
	mw_set(root, M_CG_FILE, 9 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-kubelet-blind-spot", NULL));
}

TEST(a_machine_without_kubelet_is_silent)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 1);

	mw_set(root, M_CG_USAGE, 14 * GIB);
	mw_set(root, M_CG_INACTIVE_FILE, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-kubelet-blind-spot", NULL));
	EXPECT(!world_unknown(&w, "node-kubelet-blind-spot"));
}

TEST(the_kubelets_number_without_the_root_group)
{
	scoped_world struct world w = world_new();

	world_kubelet(&w, 2);
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-kubelet-blind-spot"));
}
