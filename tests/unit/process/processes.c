/* The sweep, on the running kernel: against processes made here, and against statm. */
#include "test.h"

#include "engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct live {
	struct mw_source *source;
	struct mw_snapshot *snapshot;
};

static struct live sweep(uint32_t want)
{
	struct live l;

	EXPECT_EQ(mw_source_live("/", &l.source), 0);
	EXPECT_EQ(mw_engine_sweep(l.source, want, &l.snapshot), 0);
	return l;
}

static void end(struct live *l)
{
	mw_snapshot_free(l->snapshot);
	mw_source_free(l->source);
}

/* A child that named itself, and waits. */
static pid_t spawn(const char *name)
{
	int ready[2];
	char byte;
	pid_t pid;

	EXPECT_EQ(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	EXPECT_EQ(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST(names_are_kept_byte_by_byte)
{
	static const char name[] = "a\nb\\) (c\x1b\xff";
	pid_t pid = spawn(name);
	struct live l = sweep(MW_WANT_PROCESSES);
	struct mw_entity *e = mw_snapshot_by_id(l.snapshot, MW_PROCESS, (uint64_t)pid);

	reap(pid);
	EXPECT(e);
	EXPECT_STR(e->name, name);
	EXPECT_EQ(mw_get(e, M_P_PPID).v, getpid());
	EXPECT_EQ(mw_get(e, M_P_UID).v, getuid());
	EXPECT_EQ(mw_get(e, M_P_THREADS).v, 1);
	EXPECT_EQ(mw_get(e, M_P_KERNEL_THREAD).v, 0);
	end(&l);
}

TEST(resident_memory_is_split_as_the_kernel_says)
{
	enum { SIZE = 24 << 20, LAG = 64 * 4096 };
	char *anon = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct live l;
	struct mw_entity *e;

	memset(anon, 1, SIZE);
	memset(shared, 1, SIZE / 2);
	l = sweep(MW_WANT_PROCESSES);
	e = mw_snapshot_by_id(l.snapshot, MW_PROCESS, (uint64_t)getpid());
	EXPECT(e);
	/* before Linux 6.2 a thread holds back up to 64 pages of each */
	EXPECT(mw_get(e, M_P_RSS_ANON).v >= SIZE - LAG);
	EXPECT(mw_get(e, M_P_RSS_SHMEM).v <= SIZE / 2);
	EXPECT(mw_get(e, M_P_RSS_SHMEM).v >= SIZE / 2 - LAG);
	EXPECT_EQ(mw_get(e, M_P_RSS).v, mw_get(e, M_P_RSS_ANON).v + mw_get(e, M_P_RSS_FILE).v +
						mw_get(e, M_P_RSS_SHMEM).v);
	EXPECT_EQ(mw_get(e, M_P_RSS_SHARED).v,
		  mw_get(e, M_P_RSS_FILE).v + mw_get(e, M_P_RSS_SHMEM).v);
	end(&l);
	munmap(anon, SIZE);
	munmap(shared, SIZE);
}

TEST(a_zombie_has_no_memory_rather_than_none_used)
{
	pid_t pid = spawn("memwhy-zombie");
	siginfo_t info;
	struct live l;
	struct mw_entity *e;

	kill(pid, SIGKILL);
	EXPECT_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	l = sweep(MW_WANT_PROCESSES | MW_WANT_CMDLINE);
	e = mw_snapshot_by_id(l.snapshot, MW_PROCESS, (uint64_t)pid);
	EXPECT(e);
	EXPECT_STR(mw_get_text(e, M_P_STATE), "Z");
	EXPECT_EQ(mw_get(e, M_P_RSS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(e, M_P_RSS_SHARED).state, MW_ABSENT);
	EXPECT_STR(mw_get_text(e, M_P_CMDLINE), "");
	waitpid(pid, NULL, 0);
	end(&l);
}

TEST(the_start_time_tells_processes_apart)
{
	struct live l = sweep(MW_WANT_PROCESSES);
	struct mw_entity *e = mw_snapshot_by_id(l.snapshot, MW_PROCESS, (uint64_t)getpid());
	uint64_t now = (uint64_t)(mw_clock(l.source) / 1000);

	EXPECT(e && e->birth);
	EXPECT(mw_get(e, M_P_START_TIME).v <= now);
	EXPECT(now - mw_get(e, M_P_START_TIME).v < 600 * UINT64_C(1000000));
	end(&l);
}
