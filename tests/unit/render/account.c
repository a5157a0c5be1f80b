#include "render/account.h"
#include "test.h"

#include <locale.h>

#define GIB ((uint64_t)1 << 30)
#define MIB ((uint64_t)1 << 20)

static struct mw_account *part(struct arena *a, struct mw_account *whole, const char *name,
			       uint64_t bytes)
{
	struct mw_account *p = mw_account_new(a, name, (struct mw_num){ bytes, MW_OK }, "a + b");

	mw_account_add(whole, p);
	return p;
}

/* The machine of the sketch, roughly. */
static struct mw_account *machine(struct arena *a)
{
	struct mw_account *node = mw_account_new(a, "MemTotal", (struct mw_num){ 32 * GIB, MW_OK },
						 "MemTotal");
	struct mw_account *anon = part(a, node, "processes, anonymous", 16 * GIB), *cache, *slab,
			  *swap;

	part(a, anon, "shop/order", 12 * GIB);
	part(a, anon, "host", 3 * GIB);
	cache = part(a, node, "page cache", 8 * GIB);
	cache->note = "6.90 GiB reclaimable";
	part(a, cache, "dirty", 51 * MIB)->aside = true;
	slab = part(a, node, "kernel", 2 * GIB);
	slab->state = MW_DENIED;
	part(a, node, "free", 7 * GIB + 512 * MIB);
	swap = part(a, node, "swapped out", 3 * GIB);
	swap->aside = swap->outside = true;
	node->note = "available: 11.4 GiB";
	mw_account_balance(node);
	return node;
}

static void expect(const struct mw_account_options *options, const struct mw_style *style,
		   const struct mw_account *account, const char *wanted)
{
	struct mw_notes notes = { 0 };
	scoped_buf struct buf out = { 0 };

	setlocale(LC_CTYPE, "C.UTF-8");
	EXPECT_EQ(mw_account_write(account, options, style, &notes, &out), 0);
	EXPECT_STR(out.at, wanted);
}

TEST(a_ledger_on_a_terminal)
{
	static const struct mw_style style = { .unicode = true, .bars = true, .width = 100 };
	static const struct mw_account_options options = { .title = "where the memory is" };
	scoped_arena struct arena a = { 0 };

	expect(&options, &style, machine(&a),
	       "  where the memory is                             GiB      %\n"
	       "  processes, anonymous    ██████████            16.00   50.0  shop/order 12.00, host 3.00\n"
	       "  page cache              █████                  8.00   25.0  6.90 GiB reclaimable\n"
	       "  kernel                                           –d\n"
	       "  free                    ████▊                  7.50   23.4\n"
	       "    besides: swapped out                         3.00    9.4\n"
	       "  unexplained                                    0.50    1.6\n"
	       "  total                                         32.00  100.0  available: 11.4 GiB\n");
}

TEST(opened_one_level_deeper)
{
	static const struct mw_style style = { .unicode = true };
	static const struct mw_account_options options = { .depth = 2, .how = true };
	scoped_arena struct arena a = { 0 };

	expect(&options, &style, machine(&a),
	       "  MemTotal                  GiB      %\n"
	       "  processes, anonymous    16.00   50.0  = a + b\n"
	       "    shop/order            12.00   37.5  = a + b\n"
	       "    host                   3.00    9.4  = a + b\n"
	       "    unexplained            1.00    3.1\n"
	       "  page cache               8.00   25.0  6.90 GiB reclaimable; = a + b\n"
	       "      of which dirty       0.05    0.2  = a + b\n"
	       "  kernel                     –d         = a + b\n"
	       "  free                     7.50   23.4  = a + b\n"
	       "    besides: swapped out   3.00    9.4  = a + b\n"
	       "  unexplained              0.50    1.6\n"
	       "  total                   32.00  100.0  available: 11.4 GiB; = MemTotal\n");
}

TEST(eighty_columns_drop_the_bars)
{
	static const struct mw_style style = { .unicode = true, .bars = true, .width = 80 };
	static const struct mw_account_options options = { 0 };
	scoped_arena struct arena a = { 0 };
	struct mw_account *node = machine(&a);

	node->parts->note = "38 containers 13.40, host 2.52, and many more words than fit here";
	expect(&options, &style, node,
	       "  MemTotal                  GiB      %\n"
	       "  processes, anonymous    16.00   50.0  38 containers 13.40, host 2.52, and man…\n"
	       "  page cache               8.00   25.0  6.90 GiB reclaimable\n"
	       "  kernel                     –d\n"
	       "  free                     7.50   23.4\n"
	       "    besides: swapped out   3.00    9.4\n"
	       "  unexplained              0.50    1.6\n"
	       "  total                   32.00  100.0  available: 11.4 GiB\n");
}

TEST(exact_bytes_and_an_unknown_total)
{
	static const struct mw_style style = { .exact_bytes = true };
	static const struct mw_account_options options = { 0 };
	scoped_arena struct arena a = { 0 };
	struct mw_account *rss = mw_account_new(&a, "rss", (struct mw_num){ 0, MW_DENIED }, NULL);

	part(&a, rss, "a\033]0;x\007b", 4096);
	mw_account_balance(rss);
	expect(&options, &style, rss,
	       "  rss             bytes\n"
	       "  a\\x1b]0;x\\x07b   4096\n"
	       "  total              -d\n");
}

TEST(parts_that_say_more_than_the_total)
{
	static const struct mw_style style = { 0 };
	static const struct mw_account_options options = { 0 };
	scoped_arena struct arena a = { 0 };
	struct mw_account *usage = mw_account_new(&a, "usage", (struct mw_num){ 100 * MIB, MW_OK },
						  NULL);

	part(&a, usage, "anonymous", 101 * MIB);
	mw_account_balance(usage);
	expect(&options, &style, usage,
	       "  usage           MiB      %\n"
	       "  anonymous    101.00  101.0\n"
	       "  unexplained   -1.00   -1.0\n"
	       "  total        100.00  100.0\n");
}

/* What somebody called his group is no program text. */
TEST(names_from_outside_are_not_translated)
{
	const struct mw_language *zh = mw_language_find("zh");
	const struct mw_style style = { .unicode = true, .language = zh };
	static const struct mw_account_options options = { .title = N_("where the memory is") };
	scoped_arena struct arena a = { 0 };
	struct mw_account *usage = mw_account_new(&a, "page cache", (struct mw_num){ MIB, MW_OK },
						  NULL);

	if (!zh)
		skip();
	part(&a, usage, "page cache", MIB / 2);
	part(&a, usage, "page cache", MIB / 4)->foreign = true;
	part(&a, usage, "{n} more", MIB / 4)->count = 7;
	part(&a, usage, "{n} more", 0)->foreign = true;
	mw_account_balance(usage);
	expect(&options, &style, usage,
	       "  内存去向     MiB      %\n"
	       "  页缓存      0.50   50.0\n"
	       "  page cache  0.25   25.0\n"
	       "  其余 7 个   0.25   25.0\n"
	       "  {n} more    0.00    0.0\n"
	       "  未解释      0.00    0.0\n"
	       "  合计        1.00  100.0\n");
}
