/* The machine's account on captured machines whose pages are all known. */
#include "test.h"

#include "engine/engine.h"
#include "ledger/account.h"
#include "ledger/words.h"

#define KIB ((uint64_t)1024)

static struct mw_snapshot *sweep(const char *name)
{
	scoped_source struct mw_source *source = fixture(name);
	struct mw_snapshot *s = NULL;

	EXPECT_EQ(mw_engine_sweep(source, ~0u, &s), 0);
	return s;
}

static uint64_t part_of(const struct mw_account *account, const char *name)
{
	const struct mw_account *part = mw_account_part(account, name);

	if (!part)
		fail_msg("%s has no %s", account->name, name);
	EXPECT_EQ(part->state, MW_OK);
	return part->bytes;
}

TEST(a_3_10_machine_balances)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = sweep("rhel7-3.10-v1");
	struct mw_account *total = mw_ledger_node(&a, s);
	const struct mw_account *kernel = mw_account_part(total, "kernel");

	EXPECT_EQ(total->bytes, 20394840 * KIB);
	EXPECT_EQ(part_of(total, "processes, anonymous"), 2621440 * KIB);
	EXPECT_EQ(part_of(total, "page cache"), (9437184 + 2108 - 180224) * KIB);
	EXPECT_EQ(part_of(total, "shared memory, tmpfs"), 180224 * KIB);
	EXPECT_EQ(part_of(kernel, "reclaimable slab"), 1048576 * KIB);
	/* VmallocUsed is address space there, and vmallocinfo is not in this copy: no line */
	EXPECT(mw_account_part(kernel, "vmalloc") == NULL);
	EXPECT_EQ(part_of(mw_account_part(total, "free"), "on per-CPU lists"), 2048 * KIB);
	/* per-CPU and drivers' pages that 3.10 counts nowhere, and 12 MiB of vmalloc; 26 pages of
	 * sockstat are taken off */
	EXPECT_EQ(part_of(kernel, "TCP and UDP buffers"), 26 * 4 * KIB);
	EXPECT_EQ(total->unexplained, (int64_t)((61440 + 12288 - 26 * 4) * KIB));
	mw_snapshot_free(s);
}

TEST(pages_of_64_kib_are_counted_as_such)
{
	enum { PAGE = 65536 };
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = sweep("arm64-64k-4.18-v2");
	struct mw_account *total = mw_ledger_node(&a, s);
	const struct mw_account *kernel = mw_account_part(total, "kernel");

	EXPECT_EQ(mw_snapshot_machine(s)->page_size, PAGE);
	EXPECT_EQ(part_of(mw_account_part(total, "free"), "on per-CPU lists"), 1200 * PAGE);
	/* VmallocUsed is 0 on 4.18: the pages of vmallocinfo, without the stacks */
	EXPECT_EQ(part_of(kernel, "stacks"), 20 * PAGE);
	EXPECT_EQ(part_of(kernel, "vmalloc"), 420 * PAGE);
	EXPECT_EQ(part_of(kernel, "per-CPU"), 800 * PAGE);
	EXPECT_EQ(total->unexplained, 300 * PAGE);
	mw_snapshot_free(s);
}

static const struct mw_word *word_of(const struct mw_word *words, size_t count, const char *tool)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(words[i].tool, tool, strlen(tool)))
			return &words[i];
	fail_msg("no word for %s", tool);
	return NULL;
}

TEST(free_by_each_procps_rule)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = sweep("rhel7-3.10-v1");
	struct mw_word *w;
	size_t n = mw_words_node(&a, s, &w);
	uint64_t total = 20394840 * KIB, unused = mw_get(mw_snapshot_node(s), M_MEM_FREE).v;

	EXPECT(n > 6);
	EXPECT_EQ(word_of(w, n, "free: used (procps 4)")->bytes, total - 17000000 * KIB);
	EXPECT_EQ(word_of(w, n, "free: used (procps 3.3")->bytes,
		  total - unused - (9437184 + 2108 + 1048576) * KIB);
	EXPECT_EQ(word_of(w, n, "free: buff/cache")->bytes, (9437184 + 2108 + 1048576) * KIB);
	EXPECT_EQ(word_of(w, n, "free: available")->bytes, 17000000 * KIB);
	/* the root group of this copy: usage 12e9 less its inactive file pages */
	EXPECT_EQ(word_of(w, n, "kubectl top node")->bytes, 12000000000 - 580984832);
	mw_snapshot_free(s);
}

/* 1000 MiB: 600 free, 390 of processes, 2 of slab; `group`, at the top, holds 3 that the machine does
 * not count. */
static struct mw_snapshot *small_machine(uint64_t total)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *node = mw_snapshot_node(s), *root, *group;

	mw_set(node, M_MEM_TOTAL, total * KIB * KIB);
	mw_set(node, M_MEM_FREE, 600 * KIB * KIB);
	mw_set(node, M_ANON, 390 * KIB * KIB);
	mw_set(node, M_SLAB_UNRECLAIMABLE, 2 * KIB * KIB);
	root = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/"), 1, 0);
	group = mw_snapshot_add(s, MW_CGROUP, root, SLICE("/group"), 2, 0);
	mw_set(group, M_CG_VERSION, 2);
	mw_set(group, M_CG_KERNEL, 5 * KIB * KIB);
	mw_set(group, M_CG_SLAB, 2 * KIB * KIB);
	return s;
}

TEST(buffers_explain_at_most_what_is_left)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = small_machine(1000);
	struct mw_account *total = mw_ledger_node(&a, s), *kernel;

	kernel = mw_account_part(total, "kernel");
	EXPECT_EQ(part_of(kernel, "pipes, Unix sockets, ..."), 3 * KIB * KIB);
	EXPECT_EQ(kernel->bytes, 5 * KIB * KIB);
	EXPECT_EQ(total->unexplained, (int64_t)(5 * KIB * KIB));

	/* the sockets hold more than is left: the rest of their memory is slab */
	mw_set(mw_snapshot_node(s), M_TCP_MEM, 3 * KIB * KIB);
	mw_set(mw_snapshot_node(s), M_UDP_MEM, 4 * KIB * KIB);
	total = mw_ledger_node(&a, s);
	kernel = mw_account_part(total, "kernel");
	EXPECT_EQ(part_of(kernel, "TCP and UDP buffers"), 5 * KIB * KIB);
	EXPECT_EQ(total->unexplained, 0);
	mw_snapshot_free(s);
}

/* A page census finds 5 MiB of the kernel's pages without a mark; its counters hold 2 of them. */
TEST(a_page_census_splits_what_is_unexplained)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = small_machine(1000);
	struct mw_entity *node = mw_snapshot_node(s);
	struct mw_account *total = mw_ledger_node(&a, s), *kernel;
	int64_t before = total->unexplained;

	mw_set(node, M_PERCPU, KIB * KIB);
	mw_set(node, M_CENSUS_KERNEL, 6 * KIB * KIB);
	total = mw_ledger_node(&a, s);
	kernel = mw_account_part(total, "kernel");
	EXPECT_EQ(part_of(kernel, "pages that no counter holds") + 1 * KIB * KIB +
			  part_of(kernel, "pipes, Unix sockets, ..."),
		  6 * KIB * KIB);
	EXPECT_EQ(total->unexplained,
		  before - (int64_t)(KIB * KIB) -
			  (int64_t)part_of(kernel, "pages that no counter holds"));
	mw_snapshot_free(s);
}

TEST(a_large_rest_is_given_a_reason)
{
	scoped_arena struct arena a = { 0 };
	struct mw_snapshot *s = small_machine(1000);

	EXPECT(mw_ledger_node(&a, s)->rest == NULL); /* 5 of 1000 MiB */
	mw_snapshot_free(s);
	s = small_machine(1001);
	EXPECT(mw_ledger_node(&a, s)->rest != NULL);
	mw_snapshot_free(s);
}
