#include "render/table.h"
#include "render/text.h"
#include "test.h"

#include <errno.h>
#include <locale.h>

static const struct mw_column columns[] = {
	{ .title = "container", .flex = MW_FLEX_MIDDLE, .min = 16 },
	{ .title = "used", .align = MW_RIGHT },
	{ .drop = MW_DROP_BAR, .bar = 10 },
	{ .title = "%", .align = MW_RIGHT, .drop = MW_DROP_SHARE },
	{ .title = "remark", .flex = MW_FLEX_END, .min = 10 },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static void fill(struct mw_table *t, const struct mw_style *style)
{
	mw_table_init(t, style, columns, COLUMNS);
	mw_table_row(t, 0);
	mw_cell_name(t, MW_TONE_PLAIN, slice_of("shop/order-7d9f/java"));
	mw_number_size(mw_cell(t, MW_TONE_PLAIN), style, (uint64_t)6 << 30);
	mw_cell_bar(t, MW_TONE_PLAIN, 96, 100);
	mw_cell_puts(t, MW_TONE_PLAIN, "96.0");
	mw_cell_puts(t, MW_TONE_CRITICAL, "critical");
	mw_table_row(t, 1);
	mw_cell_name(t, MW_TONE_PLAIN, slice_of("日志/收集器"));
	mw_number_size(mw_cell(t, MW_TONE_PLAIN), style, (uint64_t)214 << 20);
	mw_cell_bar(t, MW_TONE_PLAIN, 3, 100);
	mw_cell_puts(t, MW_TONE_PLAIN, "3.0");
}

#define EXPECT_TABLE(style, wanted)                       \
	do {                                              \
		scoped_table struct mw_table t_;          \
		scoped_buf struct buf out_ = { 0 };       \
		setlocale(LC_CTYPE, "C.UTF-8");           \
		fill(&t_, style);                         \
		EXPECT_EQ(mw_table_write(&t_, &out_), 0); \
		EXPECT_STR(out_.at, wanted);              \
	} while (0)

TEST(on_a_terminal)
{
	static const struct mw_style style = { .unicode = true, .bars = true, .width = 100 };

	EXPECT_TABLE(&style, "  container                 used                 %  remark\n"
			     "  shop/order-7d9f/java  6.00 GiB  █████████▋  96.0  critical\n"
			     "    日志/收集器          214 MiB  ▎            3.0\n");
}

TEST(in_a_pipe)
{
	static const struct mw_style style = { .unicode = true };

	EXPECT_TABLE(&style, "  container                 used     %  remark\n"
			     "  shop/order-7d9f/java  6.00 GiB  96.0  critical\n"
			     "    日志/收集器          214 MiB   3.0\n");
}

TEST(in_the_c_locale)
{
	static const struct mw_style style = { .bars = true, .width = 100 };

	EXPECT_TABLE(&style,
		     "  container                                                         used"
		     "                 %  remark\n"
		     "  shop/order-7d9f/java                                          6.00 GiB"
		     "  ##########  96.0  critical\n"
		     "    \\xe6\\x97\\xa5\\xe5\\xbf\\x97/\\xe...xb6\\xe9\\x9b\\x86\\xe5\\x99\\xa8"
		     "   214 MiB               3.0\n");
}

TEST(colours_leave_the_blanks_alone)
{
	static const struct mw_style style = { .unicode = true, .colour = true };

	EXPECT_TABLE(&style, "  \033[1mcontainer\033[0m                 \033[1mused\033[0m     "
			     "\033[1m%\033[0m  \033[1mremark\033[0m\n"
			     "  shop/order-7d9f/java  6.00 GiB  96.0  \033[1;31mcritical\033[0m\n"
			     "    日志/收集器          214 MiB   3.0\n");
}

TEST(narrower_loses_bars_then_shares_then_names)
{
	struct mw_style style = { .unicode = true, .bars = true };

	/* a long name alone costs no bar: it gives way first, down to its least of 16 */
	style.width = 56;
	EXPECT_TABLE(&style, "  container             used                 %  remark\n"
			     "  shop/ord…9f/java  6.00 GiB  █████████▋  96.0  critical\n"
			     "    日志/收集器      214 MiB  ▎            3.0\n");
	style.width = 55;
	EXPECT_TABLE(&style, "  container                 used     %  remark\n"
			     "  shop/order-7d9f/java  6.00 GiB  96.0  critical\n"
			     "    日志/收集器          214 MiB   3.0\n");
	style.width = 41;
	EXPECT_TABLE(&style, "  container                used  remark\n"
			     "  shop/orde…7d9f/java  6.00 GiB  critical\n"
			     "    日志/收集器         214 MiB\n");
	style.width = 30;
	EXPECT_TABLE(&style, "  cont…ner      used  remark\n"
			     "  shop…ava  6.00 GiB  critical\n"
			     "    日…器    214 MiB\n");
}

static size_t widest(struct slice text)
{
	struct slice line;
	size_t most = 0;

	while (slice_line(&text, &line)) {
		size_t width = mw_text_width(line);

		EXPECT(line.len == 0 || line.at[line.len - 1] != ' ');
		most = width > most ? width : most;
	}
	return most;
}

/* Names of every length and script, at every width there is. */
TEST(fits_from_80_to_250_columns)
{
	static const char *const pieces[] = { "a", "订", "e\xcc\x81", "/", "\033[2J", "\xff", " " };

	setlocale(LC_CTYPE, "C.UTF-8");
	for (unsigned width = 80; width <= 250; width += 10) {
		for (int unicode = 0; unicode < 2; unicode++) {
			struct mw_style style = { unicode, false, true, false, width };
			scoped_table struct mw_table t;
			scoped_buf struct buf out = { 0 };

			mw_table_init(&t, &style, columns, COLUMNS);
			for (unsigned row = 0; row < 60; row++) {
				scoped_buf struct buf name = { 0 };

				for (unsigned i = 0; i < row * row; i++)
					buf_puts(&name, pieces[(i * 7 + row * 3 + i / 5) % 7]);
				mw_table_row(&t, row % 5);
				mw_cell_name(&t, MW_TONE_PLAIN, buf_slice(&name));
				mw_cell_puts(&t, MW_TONE_PLAIN, "1023 MiB");
				mw_cell_bar(&t, MW_TONE_PLAIN, row, 60);
				mw_cell_puts(&t, MW_TONE_PLAIN, "100.0");
				mw_cell_name(&t, MW_TONE_DIM, buf_slice(&name));
			}
			EXPECT_EQ(mw_table_write(&t, &out), 0);
			EXPECT(widest(buf_slice(&out)) <= width);
			EXPECT(!memchr(out.at, '\033', out.len));
		}
	}
}

TEST(a_greedy_column_is_shortened_after_the_others)
{
	static const struct mw_style style = { .unicode = true, .width = 30 };
	static const struct mw_column greedy[] = {
		{ .title = "container", .flex = MW_FLEX_MIDDLE, .min = 8 },
		{ .title = "path", .flex = MW_FLEX_MIDDLE, .min = 8, .greedy = true },
	};
	scoped_table struct mw_table t;
	scoped_buf struct buf out = { 0 };

	mw_table_init(&t, &style, greedy, 2);
	mw_table_row(&t, 0);
	mw_cell_puts(&t, MW_TONE_PLAIN, "/kubepods/burstable");
	mw_cell_puts(&t, MW_TONE_PLAIN, "/var/log/app.log");
	EXPECT_EQ(mw_table_write(&t, &out), 0);
	EXPECT_STR(out.at, "  container   path\n"
			   "  /kube…able  /var/log/app.log\n");
}

TEST(nothing_is_cut_in_a_pipe)
{
	static const struct mw_style style = { .unicode = true };
	scoped_table struct mw_table t;
	scoped_buf struct buf name = { 0 }, out = { 0 };

	for (int i = 0; i < 4096; i++)
		buf_char(&name, 'n');
	mw_table_init(&t, &style, columns, COLUMNS);
	mw_table_row(&t, 0);
	mw_cell_name(&t, MW_TONE_PLAIN, buf_slice(&name));
	EXPECT_EQ(mw_table_write(&t, &out), 0);
	EXPECT(strstr(out.at, name.at));
}

TEST(shortening)
{
	static const struct {
		const char *text;
		size_t width;
		enum mw_flex flex;
		bool unicode;
		const char *wanted;
	} table[] = {
		{ "/var/log/app/access.log", 23, MW_FLEX_MIDDLE, true, "/var/log/app/access.log" },
		{ "/var/log/app/access.log", 17, MW_FLEX_MIDDLE, true, "/var/log…cess.log" },
		{ "/var/log/app/access.log", 17, MW_FLEX_END, true, "/var/log/app/acc…" },
		{ "/var/log/app/access.log", 17, MW_FLEX_MIDDLE, false, "/var/lo...ess.log" },
		{ "订单服务订单服务", 8, MW_FLEX_MIDDLE, true, "订单…务" },
		{ "订单", 3, MW_FLEX_END, true, "订…" },
		{ "e\xcc\x81"
		  "bcde\xcc\x81",
		  4, MW_FLEX_MIDDLE, true,
		  "e\xcc\x81"
		  "b…e\xcc\x81" },
		{ "abc", 1, MW_FLEX_MIDDLE, true, "a" },
		{ "abc", 0, MW_FLEX_MIDDLE, true, "" },
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		scoped_buf struct buf out = { 0 };

		mw_text_shorten(&out, slice_of(table[i].text), table[i].width, table[i].flex,
				table[i].unicode);
		EXPECT_SLICE(buf_slice(&out), table[i].wanted);
	}
}

TEST(bars)
{
	static const struct {
		uint64_t part, whole;
		const char *unicode, *ascii;
	} table[] = {
		{ 0, 8, "", "" },
		{ 8, 8, "████", "####" },
		{ 80, 8, "████", "####" },
		{ 1, 32, "▏", "" },
		{ 9, 16, "██▎", "##" },
		{ 1, 0, "", "" },
		{ UINT64_MAX, UINT64_MAX, "████", "####" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		scoped_buf struct buf unicode = { 0 }, ascii = { 0 };

		mw_bar(&unicode, true, 4, table[i].part, table[i].whole);
		mw_bar(&ascii, false, 4, table[i].part, table[i].whole);
		EXPECT_SLICE(buf_slice(&unicode), table[i].unicode);
		EXPECT_SLICE(buf_slice(&ascii), table[i].ascii);
	}
}

TEST(misuse_is_harmless)
{
	static const struct mw_style style = { .unicode = true };
	static const struct mw_column many[65];
	scoped_table struct mw_table t;
	scoped_buf struct buf out = { 0 };

	mw_table_init(&t, &style, columns, COLUMNS);
	EXPECT_EQ(mw_table_write(&t, &out), 0);
	EXPECT_EQ(out.len, 0);
	mw_cell_puts(&t, MW_TONE_PLAIN, "before the first row");
	mw_table_row(&t, 1000000);
	mw_cell_puts(&t, MW_TONE_PLAIN, "x");
	mw_cell_skip(&t, 20);
	mw_cell_puts(&t, MW_TONE_PLAIN, "behind the last column");
	EXPECT_EQ(mw_table_write(&t, &out), 0);
	EXPECT(strstr(out.at, "x\n"));
	EXPECT(!strstr(out.at, "behind") && !strstr(out.at, "before"));
	mw_table_release(&t);
	mw_table_init(&t, &style, many, 65);
	mw_table_row(&t, 0);
	mw_cell_puts(&t, MW_TONE_PLAIN, "x");
	EXPECT_EQ(mw_table_write(&t, &out), -E2BIG);
}
