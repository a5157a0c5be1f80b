/* One process in full, on the running kernel, against numbers that this test knows. */
#include "test.h"

#include "engine/engine.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SIZE = 8 << 20 };

struct world {
	struct mw_source *source;
	struct mw_snapshot *snapshot;
	struct mw_entity *self;
};

static struct world sweep(void)
{
	struct world w;

	EXPECT_EQ(mw_source_live("/", &w.source), 0);
	EXPECT_EQ(mw_engine_sweep(w.source, MW_WANT_PROCESSES, &w.snapshot), 0);
	w.self = mw_snapshot_by_id(w.snapshot, MW_PROCESS, (uint64_t)getpid());
	EXPECT(w.self);
	return w;
}

static void end(struct world *w)
{
	mw_snapshot_free(w->snapshot);
	mw_source_free(w->source);
}

static struct mw_entity *region_at(struct world *w, const void *address)
{
	return mw_snapshot_by_id(w->snapshot, MW_REGION, (uintptr_t)address);
}

TEST(regions_descriptors_and_limits_of_this_process)
{
	int memfd = memfd_create("memwhy-test", MFD_CLOEXEC), ends[2];
	char *shared;
	struct rlimit limit;
	struct world w;
	struct mw_entity *e;

	EXPECT(memfd >= 0 && !ftruncate(memfd, SIZE) && !pipe(ends));
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	memset(shared, 1, SIZE / 2);
	w = sweep();
	EXPECT_EQ(mw_engine_open_process(w.source, w.snapshot, w.self, MW_BUDGET_DEFAULT), 0);
	e = region_at(&w, shared);
	EXPECT(e);
	EXPECT_EQ(mw_get(e, M_R_SIZE).v, SIZE);
	EXPECT_EQ(mw_get(e, M_R_RSS).v, SIZE / 2);
	EXPECT_EQ(mw_get(e, M_R_SHMEM).v, 1);
	EXPECT_EQ(mw_get(w.self, M_P_FD_MEMFDS).v, 1);
	EXPECT(mw_get(w.self, M_P_FD_PIPES).v >= 2);
	EXPECT(mw_get(w.self, M_P_FDS).v >= 3);
	getrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(mw_get(w.self, M_P_FD_LIMIT).v, limit.rlim_cur);
	getrlimit(RLIMIT_AS, &limit);
	EXPECT_EQ(mw_get(w.self, M_P_AS_LIMIT).state,
		  limit.rlim_cur == RLIM_INFINITY ? MW_UNLIMITED : MW_OK);
	EXPECT(strstr(mw_get_text(w.self, M_P_EXE), "test-process-open"));
	EXPECT(strstr(mw_get_text(w.self, M_P_CMDLINE), "test-process-open"));
	EXPECT(mw_get(w.self, M_P_MNT_NS).v);
	end(&w);
	munmap(shared, SIZE);
	close(memfd);
	close(ends[0]);
	close(ends[1]);
}

TEST(pss_is_shared_with_a_child_and_uss_is_not)
{
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct world w;
	uint64_t rss, pss, uss;

	memset(p, 1, SIZE);
	w = sweep();
	EXPECT_EQ(mw_engine_measure_pss(w.source, w.snapshot, &w.self, 1, MW_BUDGET_DEFAULT), 0);
	rss = mw_get(w.self, M_P_SMAPS_RSS).v;
	pss = mw_get(w.self, M_P_PSS).v;
	uss = mw_get(w.self, M_P_USS).v;
	EXPECT(rss >= pss && pss >= uss && uss >= SIZE);
	EXPECT(mw_get(w.self, M_P_PSS_ANON).state != MW_OK ||
	       mw_get(w.self, M_P_PSS_ANON).v >= SIZE);
	end(&w);
	munmap(p, SIZE);
}

TEST(what_exceeds_the_budget_is_skipped_not_read)
{
	struct world w = sweep();
	struct mw_budget small = { .time = 1000000000, .rss = 4096 }, brief = { .rss = ~0ull };
	struct mw_entity *e;

	EXPECT_EQ(mw_engine_measure_pss(w.source, w.snapshot, &w.self, 1, small), 0);
	EXPECT_EQ(mw_get(w.self, M_P_PSS).state, MW_SKIPPED);
	EXPECT_EQ(mw_get(w.self, M_P_USS).state, MW_SKIPPED);
	EXPECT_EQ(mw_engine_measure_pss(w.source, w.snapshot, &w.self, 1, brief), 0);
	EXPECT_EQ(mw_get(w.self, M_P_PSS).state, MW_SKIPPED);
	EXPECT_EQ(mw_engine_open_process(w.source, w.snapshot, w.self, small), 0);
	EXPECT(mw_snapshot_count(w.snapshot, MW_REGION) > 5);
	mw_for_each (e, w.snapshot, MW_REGION) {
		EXPECT_EQ(mw_get(e, M_R_RSS).state, MW_SKIPPED);
		EXPECT(mw_get(e, M_R_SIZE).state == MW_OK);
	}
	EXPECT_EQ(mw_engine_measure_pss(w.source, w.snapshot, &w.self, 1,
					(struct mw_budget){ .unlimited = true }),
		  0);
	EXPECT_EQ(mw_get(w.self, M_P_PSS).state, MW_OK);
	end(&w);
}

/* A child that waits: nothing in it changes. */
static pid_t waiting_child(int *end)
{
	int ends[2];
	pid_t pid;

	EXPECT_EQ(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		char c;

		close(ends[1]);
		_exit((int)read(ends[0], &c, 1));
	}
	close(ends[0]);
	*end = ends[1];
	usleep(50000);
	return pid;
}

TEST(pss_of_who_stands_still_is_taken_over)
{
	int end_of_child, status;
	pid_t pid = waiting_child(&end_of_child);
	struct world a = sweep(), b;
	struct mw_entity *before[2] = { mw_snapshot_by_id(a.snapshot, MW_PROCESS, (uint64_t)pid),
					a.self };
	struct mw_entity *now[2];
	struct mw_view view;

	EXPECT_EQ(mw_engine_measure_pss(a.source, a.snapshot, before, 2, MW_BUDGET_DEFAULT), 0);
	/* numbers that no reading would give */
	mw_set(before[0], M_P_PSS, 12345);
	mw_set(before[1], M_P_PSS, 12345);
	free(memset(malloc(SIZE), 1, SIZE));
	b = sweep();
	now[0] = mw_snapshot_by_id(b.snapshot, MW_PROCESS, (uint64_t)pid);
	now[1] = b.self;
	view = mw_view_of(a.snapshot, b.snapshot);
	mw_engine_keep_pss(&view, now, 2);
	EXPECT_EQ(mw_engine_measure_pss(b.source, b.snapshot, now, 2, MW_BUDGET_DEFAULT), 0);
	EXPECT_EQ(mw_get(now[0], M_P_PSS).v, 12345);
	EXPECT_EQ(mw_get(now[0], M_P_USS).v, mw_get(before[0], M_P_USS).v);
	EXPECT(mw_get(now[1], M_P_PSS).v != 12345);
	end(&a);
	end(&b);
	close(end_of_child);
	waitpid(pid, &status, 0);
}

TEST(a_reused_pid_is_not_taken_for_the_same_process)
{
	struct world w = sweep();

	w.self->birth--;
	EXPECT_EQ(mw_engine_measure_pss(w.source, w.snapshot, &w.self, 1, MW_BUDGET_DEFAULT), 0);
	EXPECT_EQ(mw_get(w.self, M_P_PSS).state, MW_VANISHED);
	EXPECT_EQ(mw_engine_open_process(w.source, w.snapshot, w.self, MW_BUDGET_DEFAULT), -ESRCH);
	end(&w);
}
