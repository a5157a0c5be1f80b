#include "test.h"

#include "engine/engine.h"
#include "ledger/account.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
	THREADS = 4,
	ON_STACK = 300 << 10,
	STACK = 512 << 10,
	SHARED = 3 << 20,
	BIG = 6 << 20,
	HEAP = 64 << 10
};

static pthread_barrier_t barrier;

static void *use_stack(void *unused)
{
	volatile char bytes[ON_STACK];

	for (size_t i = 0; i < sizeof(bytes); i += 512)
		bytes[i] = 1;
	pthread_barrier_wait(&barrier); /* all have their stacks */
	pause();
	return unused;
}

static uint64_t bytes_of(struct mw_account *of, const char *name)
{
	struct mw_account *part = of ? mw_account_part(of, name) : NULL;

	return part ? part->bytes : 0;
}

static void check(struct mw_account *rss, const void *big)
{
	struct mw_account *anon = mw_account_part(rss, "anonymous memory");
	struct mw_account *shared = mw_account_part(rss, "shared memory");
	struct mw_account *mappings = anon ? mw_account_part(anon, "anonymous mappings") : NULL;
	char start[32];

	EXPECT(anon && shared && mappings && rss->balanced);
	/* status adds the three up itself */
	EXPECT_EQ(rss->unexplained, 0);
	/* status may lag by pages that threads hold back before Linux 6.2: 64 for each */
	EXPECT(anon->balanced && labs((long)anon->unexplained) <= (THREADS + 1) * 64 * 4096);
	/* all of a stack may be resident, as a huge page */
	EXPECT(bytes_of(anon, "thread stacks") >= THREADS * ON_STACK);
	EXPECT(bytes_of(anon, "thread stacks") <= THREADS * STACK);
	EXPECT_EQ(bytes_of(shared, "/memfd:memwhy-test (deleted)"), SHARED);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)big);
	EXPECT(mappings->parts && !strncmp(mappings->parts->name, start, strlen(start)));
	EXPECT_EQ(mappings->parts->bytes, BIG);
	EXPECT(bytes_of(anon, "heap") >= HEAP - 4096);
	EXPECT(bytes_of(anon, "main stack") > 0);
	EXPECT(mw_account_part(rss, "page tables")->outside);
}

/* A process that stands still while it is looked at, which one that looks does not. It makes its
 * memory, tells where the mapping is, and waits for the end. */
static void stand_still(int tell)
{
	int memfd = memfd_create("memwhy-test", MFD_CLOEXEC);
	char *shared, *big, *heap = sbrk(HEAP); /* malloc() may be a sanitizer's */
	pthread_attr_t small;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (heap == (void *)-1 || memfd < 0 || ftruncate(memfd, SHARED))
		_exit(1);
	memset(heap, 1, HEAP);
	shared = mmap(NULL, SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	memset(shared, 1, SHARED);
	/* between two guards of its own, so that it merges with no other mapping */
	big = mmap(NULL, BIG + (8 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	big += 4 << 20;
	if (mprotect(big, BIG, PROT_READ | PROT_WRITE))
		_exit(1);
	memset(big, 1, BIG);
	if (pthread_attr_init(&small) || pthread_attr_setstacksize(&small, STACK))
		_exit(1);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, &small, use_stack, NULL))
			_exit(1);
	pthread_barrier_wait(&barrier);
	if (write(tell, &big, sizeof(big)) != sizeof(big))
		_exit(1);
	for (;;)
		pause();
}

TEST(a_process_is_opened_down_to_its_mappings)
{
	scoped_arena struct arena a = { 0 };
	scoped_source struct mw_source *source = NULL;
	struct mw_snapshot *s;
	struct mw_entity *child;
	char *big;
	int ends[2];
	pid_t pid;

	EXPECT_EQ(pipe(ends), 0);
	pid = fork();
	if (!pid)
		stand_still(ends[1]);
	close(ends[1]);
	EXPECT_EQ(read(ends[0], &big, sizeof(big)), sizeof(big));
	close(ends[0]);
	EXPECT_EQ(mw_source_live("/", &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_PROCESSES, &s), 0);
	child = mw_snapshot_by_id(s, MW_PROCESS, (uint64_t)pid);
	EXPECT_EQ(mw_engine_open_process(source, s, child, MW_BUDGET_DEFAULT), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(mw_ledger_process(&a, s, child), big);
	mw_snapshot_free(s);
}

TEST(before_linux_4_5_files_and_shared_memory_are_one_line)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 7, 1);
	scoped_arena struct arena a = { 0 };
	struct mw_account *rss;

	mw_set(e, M_P_RSS, 3 << 20);
	mw_set(e, M_P_RSS_ANON, 1 << 20);
	mw_set(e, M_P_RSS_SHARED, 2 << 20);
	rss = mw_ledger_process(&a, s, e);
	EXPECT(rss && rss->balanced);
	EXPECT_STR(rss->entity, "process:7");
	EXPECT_EQ(rss->unexplained, 0);
	EXPECT_EQ(bytes_of(rss, "file pages and shared memory"), 2 << 20);
	EXPECT(!mw_account_part(rss, "file pages"));
	mw_snapshot_free(s);
}

TEST(a_process_without_memory_has_no_account_to_balance)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("kthreadd"), 2, 1);
	scoped_arena struct arena a = { 0 };
	struct mw_account *rss = mw_ledger_process(&a, s, e);

	EXPECT(rss);
	EXPECT_EQ(rss->state, MW_ABSENT);
	EXPECT(!rss->balanced && !rss->parts);
	mw_snapshot_free(s);
}

TEST(many_small_mappings_share_a_line)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 7, 1);
	scoped_arena struct arena a = { 0 };
	struct mw_account *rss, *files;

	for (uint64_t i = 0; i < 100; i++) {
		char path[16];
		struct mw_entity *r;

		snprintf(path, sizeof(path), "/f%u", (unsigned)i % 50);
		r = mw_snapshot_add(s, MW_REGION, e, slice_of(path), i << 20, 0);
		mw_set(r, M_R_RSS, 4096 * (i % 50 + 1));
	}
	mw_set(e, M_P_RSS, 4096 * 51 * 50);
	mw_set(e, M_P_RSS_ANON, 0);
	mw_set(e, M_P_RSS_FILE, 4096 * 51 * 50);
	mw_set(e, M_P_RSS_SHMEM, 0);
	rss = mw_ledger_process(&a, s, e);
	files = mw_account_part(rss, "file pages");
	EXPECT_EQ(files->unexplained, 0);
	EXPECT_STR(files->parts->name, "/f49");
	EXPECT_EQ(files->parts->bytes, 2 * 4096 * 50);
	EXPECT(files->parts->foreign);
	EXPECT_STR(files->parts->note, "{n} mappings");
	EXPECT_EQ(files->parts->count, 2);
	EXPECT_STR(files->last->name, "{n} smaller ones");
	EXPECT_EQ(files->last->count, 34);
	mw_snapshot_free(s);
}

static struct mw_entity *add_region(struct mw_snapshot *s, struct mw_entity *process,
				    uint64_t start, uint64_t size, const char *perms)
{
	struct mw_entity *r = mw_snapshot_add(s, MW_REGION, process, SLICE(""), start, 0);

	mw_set(r, M_R_SIZE, size);
	mw_set(r, M_R_END, start + size);
	mw_set_text(s, r, M_R_PERMS, slice_of(perms));
	mw_set(r, M_R_RSS, *perms == 'r' ? size : 0);
	mw_set(r, M_R_ANONYMOUS, *perms == 'r' ? size : 0);
	return r;
}

/* Each of the four pairs but the first fails one condition of the rule. */
TEST(what_only_resembles_a_thread_stack_is_none)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 7, 1);
	scoped_arena struct arena a = { 0 };
	struct mw_account *anon;

	add_region(s, e, 0x100000, 4096, "---p");
	add_region(s, e, 0x101000, 65536, "rw-p");
	add_region(s, e, 0x200000, 4096, "---p");
	add_region(s, e, 0x201000, 8192, "rw-p"); /* too small */
	add_region(s, e, 0x1000000, 2 << 20, "---p");
	add_region(s, e, 0x1200000, 131072, "rw-p"); /* above the rest of an arena */
	add_region(s, e, 0x3fff000, 4096, "---p");
	add_region(s, e, 0x4000000, 262144, "rw-p"); /* an arena */
	mw_set(e, M_P_RSS, 65536 + 8192 + 131072 + 262144);
	mw_set(e, M_P_RSS_ANON, 65536 + 8192 + 131072 + 262144);
	mw_set(e, M_P_THREADS, 2);
	anon = mw_account_part(mw_ledger_process(&a, s, e), "anonymous memory");
	EXPECT_EQ(bytes_of(anon, "thread stacks"), 65536);
	EXPECT_EQ(anon->unexplained, 0);
	mw_set(e, M_P_THREADS, 1);
	anon = mw_account_part(mw_ledger_process(&a, s, e), "anonymous memory");
	EXPECT(!mw_account_part(anon, "thread stacks"));
	mw_snapshot_free(s);
}

static void map(struct mw_snapshot *s, struct mw_entity *process, uint64_t start, uint64_t kib,
		const char *perms, uint64_t rss_kib)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_REGION, process, SLICE(""), start, 0);

	mw_set(e, M_R_SIZE, kib << 10);
	mw_set(e, M_R_END, start + (kib << 10));
	mw_set_text(s, e, M_R_PERMS, slice_of(perms));
	mw_set(e, M_R_RSS, rss_kib << 10);
	mw_set(e, M_R_ANONYMOUS, rss_kib << 10);
}

/* A pasted pmap of a JVM: no status, and lines are missing. */
TEST(the_java_heap_is_found_by_its_place)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("java"), 1, 0);
	scoped_arena struct arena a = { 0 };
	struct mw_account *rss, *anon;

	mw_set_text(s, e, M_P_COMM, SLICE("java"));
	mw_set(e, M_P_RSS, (uint64_t)5517748 << 10);
	map(s, e, 0x6a0000000, 4750420, "rw-p", 4502168);
	map(s, e, 0x6a0000000 + ((uint64_t)4750420 << 10), 1016748, "---p", 0);
	map(s, e, 0x561e58949000, 4156, "rw-p", 4136);
	map(s, e, 0x7fb12b6a2000, 12, "---p", 0);
	map(s, e, 0x7fb12b6a5000, 504, "rw-p", 24);
	rss = mw_ledger_process(&a, s, e);
	anon = mw_account_part(rss, "anonymous memory");
	EXPECT_EQ(bytes_of(anon, "Java heap"), (uint64_t)4502168 << 10);
	EXPECT_EQ(bytes_of(anon, "thread stacks"), 24 << 10);
	EXPECT_EQ(bytes_of(anon, "anonymous mappings"), 4136 << 10);
	EXPECT(rss->balanced);
	EXPECT_EQ(rss->unexplained, (int64_t)(5517748 - 4502168 - 4136 - 24) << 10);
	mw_snapshot_free(s);
}

/* A paste may hold any number: here parts whose sum is beyond 2^63 (UBSan). */
TEST(numbers_beyond_all_bounds_are_no_balance)
{
	scoped_arena struct arena a = { 0 };
	const struct mw_num whole = { UINT64_C(2033255926278436864), MW_OK };
	const struct mw_num part = { UINT64_C(10240000000000000000), MW_OK };
	struct mw_account *sum = mw_account_new(&a, "sum", whole, NULL);

	mw_account_add(sum, mw_account_new(&a, "part", part, NULL));
	mw_account_add(sum, mw_account_new(&a, "another", part, NULL));
	mw_account_balance(sum);
	EXPECT(!sum->balanced);
	EXPECT_EQ(sum->unexplained, 0);
}
