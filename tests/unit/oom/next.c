/* Who dies next, on hand-made machines: each test says what the kernel would do. */
#include "test.h"

#include "oom/badness.h"
#include "oom/next.h"

enum { MIB = 1 << 20, PAGES = MIB / 4096 };

struct world {
	struct mw_snapshot *s;
	struct mw_entity *node;
	struct arena arena;
	struct mw_oom_next *next;
	size_t count;
};

/* 4000 MiB and no swap. */
static struct world world(const char *kernel)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct world w = { 0 };

	strcpy(machine.kernel, kernel);
	w.s = mw_snapshot_new(&machine);
	w.node = mw_snapshot_node(w.s);
	mw_set(w.node, M_MEM_TOTAL, (uint64_t)4000 * MIB);
	mw_set(w.node, M_SWAP_TOTAL, 0);
	mw_set(w.node, M_SWAPPINESS, 60);
	return w;
}

static void look(struct world *w)
{
	EXPECT_EQ(mw_oom_next(w->s, 0, &w->arena, &w->next, &w->count), 0);
}

static void end(struct world *w)
{
	arena_release(&w->arena);
	mw_snapshot_free(w->s);
}

static struct mw_entity *group(struct world *w, struct mw_entity *parent, const char *name,
			       uint64_t limit_mib)
{
	struct mw_entity *e = mw_snapshot_add(w->s, MW_CGROUP, parent, slice_of(name), 1, 0);

	mw_set(e, M_CG_VERSION, 2);
	mw_set_state(e, M_CG_SWAP_LIMIT, MW_UNLIMITED);
	if (limit_mib)
		mw_set(e, M_CG_LIMIT, limit_mib * MIB);
	else
		mw_set_state(e, M_CG_LIMIT, MW_UNLIMITED);
	return e;
}

/* Started in the order of their pids. */
static struct mw_entity *process(struct world *w, struct mw_entity *in, uint64_t pid,
				 uint64_t rss_mib, int adj)
{
	struct mw_entity *e = mw_snapshot_add(w->s, MW_PROCESS, in, SLICE("program"), pid,
					      pid * 100);

	mw_set(e, M_P_RSS, rss_mib * MIB);
	mw_set(e, M_P_SWAP, 0);
	mw_set(e, M_P_PAGE_TABLES, 0);
	mw_set(e, M_P_PPID, 1);
	mw_set(e, M_P_EUID, 1000);
	mw_set(e, M_P_OOM_SCORE_ADJ, (uint64_t)(int64_t)adj);
	return e;
}

static uint64_t first(const struct mw_oom_next *next)
{
	EXPECT_EQ(next->outcome, MW_OOM_KILLS);
	EXPECT(next->victim_count >= 1);
	return next->victims[0]->id;
}

TEST(badness_divides_before_it_multiplies)
{
	struct mw_oom_rules now = mw_oom_rules("6.1.0-50-amd64");

	/* 1024000 pages: a thousandth is 1024 of them */
	EXPECT_EQ(mw_oom_badness(&now, 5000, 0, 1024000, true), 5000);
	EXPECT_EQ(mw_oom_badness(&now, 5000, 300, 1024000, true), 5000 + 300 * 1024);
	EXPECT_EQ(mw_oom_badness(&now, 5000, -998, 1024000, true), 5000 - 998 * 1024);
	/* 16384 pages, a limit of 64 MiB: 16, not 16.384 */
	EXPECT_EQ(mw_oom_badness(&now, 100, 500, 16384, false), 100 + 500 * 16);
	/* below a thousand pages adj is nothing */
	EXPECT_EQ(mw_oom_badness(&now, 100, 1000, 999, false), 100);
}

TEST(badness_of_older_kernels)
{
	struct mw_oom_rules old = mw_oom_rules("4.14.0"), middle = mw_oom_rules("5.4.0-1-cloud");

	EXPECT(old.root_bonus && old.children_first && old.floor && !old.last_wins);
	EXPECT(!middle.root_bonus && !middle.children_first && middle.floor && middle.last_wins);
	EXPECT_EQ(mw_oom_badness(&old, 10000, 0, 1024000, true), 9700);
	EXPECT_EQ(mw_oom_badness(&old, 10000, 0, 1024000, false), 10000);
	EXPECT_EQ(mw_oom_badness(&middle, 10000, -500, 1024000, true), 1);
}

TEST(a_release_that_is_no_version_has_the_newest_rules)
{
	const char *const odd[] = { "", "next", "6", "6.", "99999999999999999999.1", "5.4000000" };

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct mw_oom_rules rules = mw_oom_rules(odd[i]);

		EXPECT(!rules.floor && rules.last_wins && !rules.children_first);
	}
}

TEST(oom_score_of_points_and_back)
{
	struct mw_oom_rules now = mw_oom_rules("6.1.0"), old = mw_oom_rules("4.19.0");

	/* (1000 + 100) * 2 / 3 */
	EXPECT_EQ(mw_oom_score(&now, 102400, 1024000), 733);
	EXPECT_EQ(mw_oom_score_points(&now, 733, 1024000), 99 * 1024);
	EXPECT_EQ(mw_oom_score(&old, 102400, 1024000), 100);
	EXPECT_EQ(mw_oom_score_points(&old, 100, 1024000), 102400);
}

TEST(the_largest_dies_unless_adj_says_otherwise)
{
	struct world w = world("6.1.0");
	struct mw_entity *small = process(&w, NULL, 10, 100, 0);

	process(&w, NULL, 11, 300, 0);
	process(&w, NULL, 12, 200, 0);
	look(&w);
	EXPECT_EQ(w.count, 1);
	EXPECT_EQ(first(&w.next[0]), 11);
	EXPECT_EQ(w.next[0].tasks[0].points, 300 * PAGES);
	EXPECT_EQ(w.next[0].tasks[1].process->id, 12);
	/* 51 thousandths of 4000 MiB are 204 */
	mw_set(small, M_P_OOM_SCORE_ADJ, 51);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	end(&w);
}

TEST(swap_and_page_tables_count)
{
	struct world w = world("6.1.0");
	struct mw_entity *swapped = process(&w, NULL, 10, 100, 0);

	process(&w, NULL, 11, 300, 0);
	mw_set(swapped, M_P_SWAP, 180 * MIB);
	mw_set(swapped, M_P_PAGE_TABLES, 21 * MIB);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT_EQ(w.next[0].tasks[0].points, 301 * PAGES);
	end(&w);
}

TEST(of_equals_the_last_dies_and_before_5_3_the_first)
{
	struct world w = world("6.1.0"), old = world("4.19.0");

	for (uint64_t pid = 10; pid < 13; pid++) {
		process(&w, NULL, pid, 100, 0);
		process(&old, NULL, pid, 100, 0);
	}
	look(&w);
	look(&old);
	EXPECT_EQ(first(&w.next[0]), 12);
	EXPECT(w.next[0].close);
	EXPECT_EQ(first(&old.next[0]), 10);
	end(&w);
	end(&old);
}

TEST(protected_ones_are_not_chosen_and_added_up)
{
	struct world w = world("6.1.0");
	struct mw_oom_next *n;

	process(&w, NULL, 1, 10, 0);
	process(&w, NULL, 10, 3000, -1000);
	process(&w, NULL, 11, 500, -998);
	process(&w, NULL, 12, 20, 0);
	process(&w, NULL, 13, 30, -899);
	look(&w);
	n = &w.next[0];
	EXPECT_EQ(first(n), 12);
	EXPECT_EQ(n->candidates, 3);
	EXPECT_EQ(n->protected_count, 3);
	EXPECT_EQ(n->protected, (uint64_t)3510 * MIB);
	EXPECT_EQ(n->killable, (uint64_t)50 * MIB);
	end(&w);
}

TEST(kernel_threads_zombies_and_init_are_no_candidates)
{
	struct world w = world("6.1.0");
	struct mw_entity *kthread = process(&w, NULL, 2, 0, 0),
			 *zombie = process(&w, NULL, 3, 0, 0);

	process(&w, NULL, 1, 900, 0);
	mw_set(kthread, M_P_KERNEL_THREAD, 1);
	mw_set_state(kthread, M_P_RSS, MW_ABSENT);
	mw_set_state(zombie, M_P_RSS, MW_ABSENT);
	mw_set(zombie, M_P_OOM_SCORE, 0);
	look(&w);
	EXPECT_EQ(w.next[0].outcome, MW_OOM_NOBODY);
	EXPECT_EQ(w.next[0].candidates, 0);
	EXPECT_EQ(w.next[0].count, 1);
	EXPECT_EQ(w.next[0].victim_count, 0);
	end(&w);
}

TEST(process_1_of_a_container_is_a_candidate)
{
	struct world w = world("6.1.0");
	struct mw_entity *first_of_all = process(&w, NULL, 1, 900, 0);

	mw_set(first_of_all, M_P_OOM_SCORE, 816);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 1);
	end(&w);
}

TEST(a_zombie_with_live_threads_is_estimated_from_its_score)
{
	struct world w = world("6.1.0");
	struct mw_entity *zombie = process(&w, NULL, 10, 0, 100);

	process(&w, NULL, 11, 1000, 0);
	mw_set_state(zombie, M_P_RSS, MW_ABSENT);
	/* 1600 of 4000 MiB and 100 of adj: 500 thousandths */
	mw_set(zombie, M_P_OOM_SCORE, 1500 * 2 / 3);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT(w.next[0].tasks[0].estimated);
	EXPECT_EQ(w.next[0].tasks[0].pages / PAGES, 1600);
	end(&w);
}

TEST(whom_the_kernel_refuses_is_leaving)
{
	struct world w = world("6.1.0");
	struct mw_entity *parent = process(&w, NULL, 10, 300, 0);
	struct mw_entity *child = process(&w, NULL, 11, 300, 0);

	process(&w, NULL, 12, 200, 0);
	mw_set(parent, M_P_OOM_SCORE, 716);
	/* vfork: in its parent's memory until it execs; no candidate itself */
	mw_set(child, M_P_PPID, 10);
	mw_set(child, M_P_OOM_SCORE, 0);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT_EQ(w.next[0].candidates, 2);
	/* who runs in the victim's memory dies too, and is counted once */
	EXPECT_EQ(w.next[0].victim_count, 2);
	EXPECT_EQ(w.next[0].victims[1]->id, 11);
	EXPECT_EQ(w.next[0].killable, (uint64_t)500 * MIB);
	end(&w);
}

TEST(a_group_chooses_among_its_own_and_those_below)
{
	struct world w = world("6.1.0");
	struct mw_entity *root = group(&w, NULL, "/", 0), *pod = group(&w, root, "/pod", 1000);
	struct mw_entity *box = group(&w, pod, "/pod/box", 500);

	process(&w, root, 10, 2000, 0);
	process(&w, pod, 11, 600, 0);
	process(&w, box, 12, 400, 0);
	/* 300 thousandths of 500 MiB are 150: not enough in the box; of 1000 MiB enough in the pod */
	process(&w, box, 13, 320, 300);
	look(&w);
	EXPECT_EQ(w.count, 3);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT(w.next[1].domain == pod);
	EXPECT_EQ(first(&w.next[1]), 13);
	EXPECT_EQ(w.next[1].count, 3);
	EXPECT(w.next[2].domain == box);
	EXPECT_EQ(first(&w.next[2]), 13);
	EXPECT_EQ(w.next[2].total.v, (uint64_t)500 * MIB);
	end(&w);
}

TEST(swap_makes_adj_weigh_more)
{
	struct world w = world("6.1.0");
	struct mw_entity *g = group(&w, NULL, "/g", 500);

	process(&w, g, 10, 400, 0);
	process(&w, g, 11, 200, 300);
	mw_set(w.node, M_SWAP_TOTAL, 300 * MIB);
	/* of 500 MiB 300 thousandths are 150, of 800 they are 240 */
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 800 * MIB);
	EXPECT_EQ(first(&w.next[1]), 11);
	mw_set(g, M_CG_SWAP_LIMIT, 50 * MIB);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 550 * MIB);
	EXPECT_EQ(first(&w.next[1]), 10);
	mw_set_state(g, M_CG_SWAP_LIMIT, MW_UNLIMITED);
	mw_set(w.node, M_SWAPPINESS, 0);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 500 * MIB);
	/* how much swap there is cannot be seen: nobody is named */
	mw_set(w.node, M_SWAPPINESS, 60);
	mw_set_state(w.node, M_SWAP_TOTAL, MW_DENIED);
	look(&w);
	EXPECT_EQ(w.next[1].total.state, MW_DENIED);
	EXPECT_EQ(w.next[1].victim_count, 0);
	end(&w);
}

TEST(v1_limits_memory_and_swap_together)
{
	struct world w = world("6.18.44");
	struct mw_entity *g = group(&w, NULL, "/g", 500);

	process(&w, g, 10, 400, 0);
	mw_set(w.node, M_SWAP_TOTAL, 300 * MIB);
	mw_set(g, M_CG_VERSION, 1);
	mw_set_state(g, M_CG_SWAP_LIMIT, MW_ABSENT);
	mw_set(g, M_CG_SWAPPINESS, 60);
	mw_set(g, M_CG_MEMSW_LIMIT, 500 * MIB);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 500 * MIB);
	mw_set(g, M_CG_MEMSW_LIMIT, 600 * MIB);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 600 * MIB);
	mw_set_state(g, M_CG_MEMSW_LIMIT, MW_UNLIMITED);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 800 * MIB);
	/* the group's own swappiness, not the machine's */
	mw_set(g, M_CG_SWAPPINESS, 0);
	look(&w);
	EXPECT_EQ(w.next[1].total.v, 500 * MIB);
	mw_set(g, M_CG_OOM_KILL_DISABLE, 1);
	look(&w);
	EXPECT_EQ(w.next[1].outcome, MW_OOM_WAITS);
	EXPECT_EQ(w.next[1].victim_count, 0);
	end(&w);
}

TEST(without_hierarchy_a_group_kills_only_its_own)
{
	struct world w = world("4.19.0");
	struct mw_entity *pod = group(&w, NULL, "/pod", 1000),
			 *box = group(&w, pod, "/pod/box", 500);

	process(&w, pod, 10, 100, 0);
	process(&w, box, 11, 400, 0);
	mw_set(pod, M_CG_USE_HIERARCHY, 0);
	look(&w);
	EXPECT_EQ(first(&w.next[1]), 10);
	EXPECT_EQ(first(&w.next[2]), 11);
	end(&w);
}

TEST(oom_group_takes_all_but_the_exempt)
{
	struct world w = world("6.1.0");
	struct mw_entity *root = group(&w, NULL, "/", 0), *pod = group(&w, root, "/pod", 1000);
	struct mw_entity *box = group(&w, pod, "/pod/box", 500),
			 *cell = group(&w, box, "/pod/box/cell", 0);

	mw_set(box, M_CG_OOM_GROUP, 1);
	mw_set(cell, M_CG_OOM_GROUP, 1);
	process(&w, pod, 10, 100, 0);
	process(&w, box, 11, 10, -998);
	process(&w, box, 12, 10, -1000);
	process(&w, cell, 13, 200, 0);
	process(&w, box, 14, 10, 0);
	look(&w);
	/* the pod's OOM, and the machine's, find the box on the way up from the cell */
	for (size_t i = 0; i < 3; i++) {
		EXPECT_EQ(first(&w.next[i]), 13);
		EXPECT(w.next[i].group == box);
		EXPECT_EQ(w.next[i].victim_count, 3);
	}
	mw_set(pod, M_CG_OOM_GROUP, 1);
	look(&w);
	EXPECT(w.next[1].group == pod);
	EXPECT_EQ(w.next[1].victim_count, 4);
	/* above the domain it does not reach */
	EXPECT(w.next[2].group == box);
	end(&w);
}

TEST(before_5_2_a_child_dies_for_its_parent)
{
	struct world w = world("4.19.0"), now = world("5.4.0");

	process(&w, NULL, 10, 500, 0);
	mw_set(process(&w, NULL, 11, 20, 0), M_P_PPID, 10);
	mw_set(process(&w, NULL, 12, 30, 0), M_P_PPID, 10);
	process(&now, NULL, 10, 500, 0);
	mw_set(process(&now, NULL, 11, 20, 0), M_P_PPID, 10);
	look(&w);
	look(&now);
	EXPECT_EQ(first(&w.next[0]), 12);
	EXPECT_EQ(first(&now.next[0]), 10);
	end(&w);
	end(&now);
}

TEST(the_machines_settings_decide_first)
{
	struct world w = world("6.1.0");
	struct mw_entity *g = group(&w, NULL, "/g", 500);

	process(&w, g, 10, 100, 0);
	mw_set(w.node, M_OOM_KILL_ALLOCATING_TASK, 1);
	look(&w);
	EXPECT_EQ(w.next[0].outcome, MW_OOM_KILLS_ASKER);
	EXPECT_EQ(w.next[1].outcome, MW_OOM_KILLS);
	mw_set(w.node, M_PANIC_ON_OOM, 1);
	look(&w);
	EXPECT_EQ(w.next[0].outcome, MW_OOM_PANICS);
	EXPECT_EQ(w.next[1].outcome, MW_OOM_KILLS);
	mw_set(w.node, M_PANIC_ON_OOM, 2);
	look(&w);
	EXPECT_EQ(w.next[1].outcome, MW_OOM_PANICS);
	end(&w);
}

TEST(what_cannot_be_read_is_counted_not_guessed)
{
	struct world w = world("6.1.0");

	mw_set_state(process(&w, NULL, 10, 0, 0), M_P_RSS, MW_DENIED);
	process(&w, NULL, 11, 10, 0);
	look(&w);
	EXPECT_EQ(w.next[0].unknown, 1);
	EXPECT_EQ(first(&w.next[0]), 11);
	end(&w);
}

TEST(mapped_files_are_taken_before_anybody_is_killed)
{
	struct world w = world("6.1.0");
	struct mw_entity *g = group(&w, NULL, "/g", 500);
	struct mw_entity *mapper = process(&w, g, 10, 300, 0), *other = process(&w, g, 11, 200, 0);

	/* 2 MiB of libraries each, and a file of 150 */
	mw_set(mapper, M_P_RSS_FILE, 152 * MIB);
	mw_set(other, M_P_RSS_FILE, 2 * MIB);
	mw_set(w.node, M_ACTIVE_FILE, 100 * MIB);
	mw_set(w.node, M_INACTIVE_FILE, 200 * MIB);
	mw_set(g, M_CG_INACTIVE_FILE, 160 * MIB);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 11);
	EXPECT_EQ(first(&w.next[1]), 11);
	EXPECT_EQ(w.next[1].tasks[0].points, 200 * PAGES);
	EXPECT_EQ(w.next[1].tasks[1].points, 150 * PAGES);
	/* locked ones stay, and so do those that another group is charged for */
	mw_set(mapper, M_P_LOCKED, 60 * MIB);
	mw_set(g, M_CG_INACTIVE_FILE, 0);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT_EQ(w.next[0].tasks[0].points, 210 * PAGES);
	EXPECT_EQ(w.next[1].tasks[0].points, 300 * PAGES);
	end(&w);
}

TEST(cache_that_is_not_mapped_takes_from_nobody)
{
	struct world w = world("6.1.0");
	struct mw_entity *g = group(&w, NULL, "/g", 500);
	struct mw_entity *mapper = process(&w, g, 10, 300, 0), *other = process(&w, g, 11, 200, 0);

	mw_set(mapper, M_P_RSS_FILE, 102 * MIB);
	mw_set(mapper, M_P_RSS_SHMEM, 40 * MIB);
	mw_set(other, M_P_RSS_FILE, 2 * MIB);
	mw_set(g, M_CG_INACTIVE_FILE, 160 * MIB);
	mw_set(g, M_CG_FILE_MAPPED, 100 * MIB);
	look(&w);
	/* of what is mapped 40 are shared memory: 60 are files, the rest is another group's */
	EXPECT_EQ(w.next[1].tasks[0].points, 240 * PAGES);
	end(&w);
}

TEST(swap_may_take_shared_memory_out_of_the_ranking)
{
	struct world w = world("6.1.0");
	struct mw_entity *sharer = process(&w, NULL, 10, 300, 0);

	process(&w, NULL, 11, 250, 0);
	mw_set(sharer, M_P_RSS_SHMEM, 200 * MIB);
	look(&w);
	EXPECT(!w.next[0].close);
	mw_set(w.node, M_SWAP_TOTAL, 1000 * MIB);
	mw_set(w.node, M_SWAP_FREE, 49 * MIB);
	look(&w);
	EXPECT(!w.next[0].close);
	mw_set(w.node, M_SWAP_FREE, 900 * MIB);
	look(&w);
	EXPECT_EQ(first(&w.next[0]), 10);
	EXPECT(w.next[0].close);
	end(&w);
}

TEST(who_looks_is_left_out)
{
	struct world w = world("6.1.0");

	process(&w, NULL, 10, 300, 0);
	process(&w, NULL, 11, 200, 0);
	EXPECT_EQ(mw_oom_next(w.s, 10, &w.arena, &w.next, &w.count), 0);
	EXPECT_EQ(first(&w.next[0]), 11);
	EXPECT_EQ(w.next[0].count, 1);
	end(&w);
}

TEST(numbers_that_no_machine_has_do_no_harm)
{
	static const uint64_t odd[] = { 0, 1, INT64_MAX, (uint64_t)1 << 63, UINT64_MAX };
	enum { COUNT = sizeof(odd) / sizeof(*odd) };

	for (size_t i = 0; i < COUNT * COUNT; i++) {
		struct world w = world("6.1.0"), old = world("3.10.0");
		uint64_t a = odd[i % COUNT], b = odd[i / COUNT];

		for (int k = 0; k < 2; k++) {
			struct world *x = k ? &old : &w;
			struct mw_entity *g = group(x, NULL, "/g", 0), *p = process(x, g, a, 0, 0);

			mw_set(x->node, M_MEM_TOTAL, a);
			mw_set(x->node, M_SWAP_TOTAL, b);
			mw_set(g, M_CG_LIMIT, b);
			mw_set(p, M_P_RSS, b);
			mw_set(p, M_P_OOM_SCORE, a);
			mw_set(p, M_P_OOM_SCORE_ADJ, b);
			p = process(x, g, b, 1, 1000);
			mw_set_state(p, M_P_RSS, MW_ABSENT);
			mw_set(p, M_P_OOM_SCORE, b);
			look(x);
			EXPECT(x->count >= 1);
			end(x);
		}
	}
}
