/* A group's account. The captured groups' remainders are the kernel's own: usage and memory.stat are
 * counted apart, and may differ by 64 pages a CPU. */
#include "test.h"

#include "engine/engine.h"
#include "ledger/words.h"
#include "ledger/account.h"

static struct mw_snapshot *captured(const char *name)
{
	scoped_source struct mw_source *source = fixture(name);
	struct mw_snapshot *s;

	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CGROUPS | MW_WANT_NODE, &s), 0);
	return s;
}

static uint64_t part(const struct mw_account *a, const char *name)
{
	struct mw_account *p = mw_account_part(a, name);

	return p && p->state == MW_OK ? p->bytes : 0;
}

/* Nothing is counted twice, little is not counted: 0.1 % and 64 pages for each of two CPUs. */
static void expect_balance(const struct mw_account *a)
{
	int64_t slack = (int64_t)(a->bytes / 1000) + (int64_t)2 * 64 * 4096;

	EXPECT(a->balanced);
	EXPECT(a->unexplained <= slack && a->unexplained >= -slack);
}

static void expect_groups_balance(const char *name, size_t groups)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = captured(name);
	const struct mw_entity *g;
	size_t balanced = 0;

	mw_for_each (g, s, MW_CGROUP) {
		struct mw_account *account = mw_ledger_container(&a, s, g);

		if (account->state != MW_OK)
			continue;
		expect_balance(account);
		/* what the kernel calls file is all there, once */
		EXPECT_EQ(part(account, "page cache, active") +
				  part(account, "page cache, inactive") +
				  part(account, "page cache, on neither list") +
				  part(account, "shared memory, tmpfs"),
			  mw_get(g, M_CG_FILE).v);
		balanced++;
	}
	EXPECT_EQ(balanced, groups);
	mw_snapshot_free(s);
}

TEST(captured_groups_balance_on_v1)
{
	expect_groups_balance("cadvisor-v1-host", 4);
}

TEST(captured_groups_balance_on_v2)
{
	expect_groups_balance("cadvisor-v2-guest", 3);
}

TEST(the_v1_root_leaves_kernel_memory_out)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = captured("cadvisor-v1-host");
	struct mw_account *root = mw_ledger_container(
		&a, s, mw_snapshot_by_name(s, MW_CGROUP, SLICE("/")));
	struct mw_account *inner = mw_ledger_container(
		&a, s, mw_snapshot_by_name(s, MW_CGROUP, SLICE("/mwrec-a")));

	EXPECT(mw_account_part(root, "kernel")->aside);
	EXPECT(!mw_account_part(inner, "kernel")->aside);
	EXPECT_STR(root->entity, "container:/");
	mw_snapshot_free(s);
}

TEST(the_v2_root_has_no_usage_but_parts)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = captured("cadvisor-v2-guest");
	struct mw_account *root = mw_ledger_container(
		&a, s, mw_snapshot_by_name(s, MW_CGROUP, SLICE("/")));

	EXPECT_EQ(root->state, MW_ABSENT);
	EXPECT(!root->balanced);
	EXPECT_EQ(part(root, "anonymous"), 51363840);
	EXPECT(mw_account_part(root, "by group") != NULL);
	mw_snapshot_free(s);
}

static struct mw_entity *group(struct mw_snapshot *s, struct mw_entity *parent, const char *name,
			       uint64_t usage)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, parent, slice_of(name), 1, 0);

	mw_set(e, M_CG_VERSION, 2);
	mw_set(e, M_CG_USAGE, usage);
	return e;
}

static void process(struct mw_snapshot *s, struct mw_entity *group, uint64_t pid, uint64_t anon)
{
	struct mw_entity *p = mw_snapshot_add(s, MW_PROCESS, group, SLICE("p"), pid, 1);

	mw_set(p, M_P_RSS_ANON, anon);
	mw_set_text(s, p, M_P_COMM, SLICE("java"));
}

TEST(processes_and_groups_below_stand_aside_largest_first)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_arena struct arena a = { 0 };
	struct mw_entity *pod = group(s, NULL, "/pod", 1000);
	struct mw_account *account, *list;

	mw_set(pod, M_CG_ANON, 900);
	group(s, pod, "/pod/small", 100);
	group(s, pod, "/pod/large", 700);
	for (uint64_t pid = 1; pid <= 12; pid++)
		process(s, pod, pid, pid * 10);
	account = mw_ledger_container(&a, s, pod);
	EXPECT_EQ(account->unexplained, 100);
	list = mw_account_part(mw_account_part(account, "anonymous"), "processes");
	EXPECT(list->aside);
	EXPECT_EQ(list->bytes, 780);
	EXPECT_STR(list->parts->name, "java[12]");
	EXPECT_STR(list->parts->entity, "process:12");
	EXPECT_EQ(part(list, "{n} more"), 30);
	EXPECT_EQ(list->last->count, 2);
	EXPECT(list->parts->foreign && !list->last->foreign);
	EXPECT_EQ(list->unexplained, 0);
	list = mw_account_part(account, "by group");
	EXPECT(list->aside);
	EXPECT_STR(list->parts->name, "large");
	EXPECT_STR(list->parts->entity, "container:/pod/large");
	EXPECT_EQ(part(list, "the group itself"), 200);
	EXPECT_EQ(list->unexplained, 0);
	mw_snapshot_free(s);
}

TEST(pages_given_up_are_anonymous_though_on_the_file_list)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_arena struct arena a = { 0 };
	struct mw_entity *g = group(s, NULL, "/g", 100);
	struct mw_account *account;

	mw_set(g, M_CG_ANON, 60);
	mw_set(g, M_CG_FILE, 40);
	mw_set(g, M_CG_SHMEM, 10);
	mw_set(g, M_CG_ACTIVE_FILE, 5);
	mw_set(g, M_CG_INACTIVE_FILE, 45);
	account = mw_ledger_container(&a, s, g);
	EXPECT_EQ(account->unexplained, 0);
	EXPECT_EQ(part(account, "page cache, inactive"), 25);
	EXPECT_EQ(part(account, "page cache, on neither list"), 0);
	mw_snapshot_free(s);
}

TEST(swap_cache_that_nobody_maps)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_arena struct arena a = { 0 };
	struct mw_entity *g = group(s, NULL, "/g", 100);

	mw_set(g, M_CG_ANON, 60);
	mw_set(g, M_CG_FILE, 0);
	mw_set(g, M_CG_SWAPCACHED, 70);
	mw_set(g, M_CG_ACTIVE_ANON, 50);
	mw_set(g, M_CG_INACTIVE_ANON, 45);
	mw_set(g, M_CG_ACTIVE_FILE, 0);
	mw_set(g, M_CG_INACTIVE_FILE, 0);
	mw_set(g, M_CG_UNEVICTABLE, 5);
	EXPECT_EQ(part(mw_ledger_container(&a, s, g), "swap cache"), 40);
	mw_set(g, M_CG_SWAPCACHED, 30);
	EXPECT_EQ(part(mw_ledger_container(&a, s, g), "swap cache"), 30);
	/* 6.1's v1 does not tell of groups */
	mw_set_state(g, M_CG_SWAPCACHED, MW_ABSENT);
	mw_set(mw_snapshot_node(s), M_SWAP_CACHED, 35);
	EXPECT_EQ(part(mw_ledger_container(&a, s, g), "swap cache"), 35);
	/* the usage of v1's root group is anonymous memory and page cache alone */
	mw_set(g, M_CG_VERSION, 1);
	mw_set(g, M_CG_USAGE, 60);
	mw_set(g, M_CG_KERNEL, 20);
	EXPECT(mw_account_part(mw_ledger_container(&a, s, g), "swap cache")->outside);
	EXPECT_EQ(mw_ledger_container(&a, s, g)->unexplained, 0);
	mw_snapshot_free(s);
}

/* Pasted: docker stats, and a grep of memory.stat; free of the machine beside it. */
TEST(a_pasted_group_is_not_the_root)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_arena struct arena a = { 0 };
	struct mw_entity *g = group(s, NULL, "pg", 4184000000);
	struct mw_account *usage, *kernel;
	struct mw_word *words;
	size_t count;

	mw_set(mw_snapshot_node(s), M_SWAP_TOTAL, UINT64_C(8) << 30);
	mw_set(mw_snapshot_node(s), M_SWAP_FREE, UINT64_C(6) << 30);
	mw_set(g, M_CG_ANON, 419430400);
	mw_set(g, M_CG_FILE, 3670016000);
	mw_set(g, M_CG_KERNEL, 94371840);
	mw_set(g, M_CG_SLAB_RECLAIMABLE, 62914560);
	usage = mw_ledger_container(&a, s, g);
	kernel = mw_account_part(usage, "kernel");
	EXPECT(!mw_account_part(kernel, "other"));
	EXPECT_EQ(kernel->unexplained, 94371840 - 62914560);
	count = mw_words_container(&a, s, g, &words);
	for (size_t i = 0; i < count; i++)
		EXPECT(strcmp(words[i].tool, "cAdvisor swap") || words[i].state == MW_ABSENT);
	mw_snapshot_free(s);
}

static const struct mw_word *word(const struct mw_word *words, size_t count, const char *tool)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].tool, tool))
			return &words[i];
	return NULL;
}

/* What a runtime or the kubelet answered stands beside what is computed here, and only then. */
TEST(words_that_were_asked)
{
	static const struct {
		const char *tool;
		enum mw_metric metric;
		uint64_t own[2]; /* v1, v2 */
	} rows[] = {
		{ "docker stats, asked", M_CG_DOCKER_STATS, { 90000, 90000 } },
		{ "podman stats, asked", M_CG_PODMAN_STATS, { 100000, 60000 } },
		{ "kubelet working set, asked", M_CG_KUBELET_WORKING_SET, { 90000, 90000 } },
		{ "kubelet usage, asked", M_CG_KUBELET_USAGE, { 100000, 100000 } },
		{ "kubelet rss, asked", M_CG_KUBELET_RSS, { 60000, 60000 } },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		struct mw_machine machine = { .page_size = 4096 };
		struct mw_snapshot *s = mw_snapshot_new(&machine);
		scoped_arena struct arena a = { 0 };
		struct mw_entity *g = group(s, NULL, "/g", 100000);
		const struct mw_word *w;
		struct mw_word *words;
		uint64_t own = rows[i / 2].own[i % 2];
		size_t count;

		mw_set(g, M_CG_VERSION, 1 + i % 2);
		mw_set(g, M_CG_ANON, 60000);
		mw_set(g, M_CG_INACTIVE_FILE, 10000);
		count = mw_words_container(&a, s, g, &words);
		EXPECT(!word(words, count, rows[i / 2].tool));
		for (int percent = 98; percent <= 102; percent++) {
			mw_set(g, rows[i / 2].metric, own * (uint64_t)percent / 100);
			count = mw_words_container(&a, s, g, &words);
			w = word(words, count, rows[i / 2].tool);
			EXPECT_EQ(w->bytes, own * (uint64_t)percent / 100);
			EXPECT_EQ(w->own.v, own);
			EXPECT_EQ(w->differs, percent < 99 || percent > 101);
		}
		/* what is computed is not asked, and not compared */
		EXPECT_EQ(word(words, count, "kubectl top")->own.state, MW_ABSENT);
		mw_set_state(g, rows[i / 2].metric, MW_DENIED);
		count = mw_words_container(&a, s, g, &words);
		EXPECT(!word(words, count, rows[i / 2].tool));
		mw_snapshot_free(s);
	}
}

static void add_file(struct mw_snapshot *s, struct mw_entity *group, uint64_t inode,
		     const char *type, uint64_t cached, uint64_t active, const char *path)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_FILE, group, SLICE(""), inode, 1);

	mw_set_text(s, e, M_F_TYPE, slice_of(type));
	mw_set(e, M_F_CACHED, cached);
	mw_set(e, M_F_ACTIVE, active);
	mw_set(e, M_F_DELETED, inode == 5);
	if (path)
		mw_set_text(s, e, M_F_PATH, slice_of(path));
}

TEST(the_largest_files_stand_below_their_lines_aside)
{
	const struct mw_machine machine = { .page_size = 4096 };
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *g = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/c"), 1, 0);
	struct mw_entity *other = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/d"), 2, 0);
	struct mw_account *account, *line;

	mw_set(g, M_CG_VERSION, 2);
	mw_set(g, M_CG_USAGE, 10000000);
	mw_set(g, M_CG_ANON, 1000000);
	mw_set(g, M_CG_FILE, 9000000);
	mw_set(g, M_CG_SHMEM, 2000000);
	mw_set(g, M_CG_ACTIVE_FILE, 4000000);
	mw_set(g, M_CG_INACTIVE_FILE, 3000000);
	add_file(s, g, 1, "file", 3000000, 2900000, "/var/log/a");
	add_file(s, g, 2, "file", 2900000, 0, "/var/log/b");
	add_file(s, g, 3, "file", 1000000, 1000000, NULL); /* nobody could name it */
	add_file(s, g, 4, "file", 50000, 50000, "/small");
	add_file(s, g, 5, "shmem", 1900000, 1900000, "/dev/shm/x");
	add_file(s, other, 6, "file", 9000000, 9000000, "/elsewhere");
	account = mw_ledger_container(&a, s, g);
	line = mw_account_part(account, "page cache, active");
	EXPECT_EQ(part(line, "/var/log/a"), 2900000);
	EXPECT(line->parts->aside && line->parts->foreign && line->parts == line->last);
	line = mw_account_part(account, "page cache, inactive");
	EXPECT_EQ(part(line, "/var/log/b"), 2900000);
	EXPECT_EQ(part(line, "/var/log/a"), 100000);
	line = mw_account_part(account, "shared memory, tmpfs");
	EXPECT_EQ(part(line, "/dev/shm/x (deleted)"), 1900000);
	EXPECT_EQ(account->unexplained, 0);
	mw_snapshot_free(s);
}
