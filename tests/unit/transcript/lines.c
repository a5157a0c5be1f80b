/* What is taken off a line before anybody looks at it. */
#include "paste.h"

TEST(cleaning)
{
	static const struct {
		const char *raw, *clean;
	} lines[] = {
		{ "plain 1", "plain 1" },
		{ "\xef\xbb\xbf"
		  "total_rss 1",
		  "total_rss 1" },
		{ "total_rss 1\r", "total_rss 1" },
		{ "  0%\r 50%\r100% done", "100% done" },
		{ "\x1b[1;31mtotal_rss\x1b[0m 1", "total_rss 1" },
		{ "\x1b]0;root@x: ~\x07total_rss 1", "total_rss 1" },
		{ "\x1b]8;;http://x\x1b\\total_rss 1", "total_rss 1" },
		{ "\x1b(Btotal_rss 1\x1b", "total_rss 1" },
		{ "tot\bal_rss 1", "toal_rss 1" },
		{ "> > total_rss 1", "total_rss 1" },
		{ ">> total_rss 1", "total_rss 1" },
		{ ">total_rss 1", "total_rss 1" },
		{ "total_rss **1**", "total_rss 1" },
		{ "`total_rss` 1", "total_rss 1" },
		{ "| total_rss | 1 |", "total_rss   1" },
		{ "total_rss\xc2\xa0"
		  "1",
		  "total_rss 1" },
		{ "total_rss\xe3\x80\x80"
		  "1",
		  "total_rss 1" },
		{ "total_rss\xef\xbc\x9a"
		  "1",
		  "total_rss:1" },
		{ "bell\a and nul", "bell and nul" },
		{ "\xff\xfe broken \xe3\x80", "\xff\xfe broken \xe3\x80" },
		{ "", "" },
	};
	char room[256];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		EXPECT_SLICE(mw_line_clean(slice_of(lines[i].raw), room), lines[i].clean);
}

TEST(remarks_behind_values)
{
	static const struct {
		const char *line, *bare;
	} lines[] = {
		{ "rss 1 # two", "rss 1 " },   { "rss 1# two", "rss 1" },
		{ "rss 1 // two", "rss 1 " },  { "rss 1//two", "rss 1" },
		{ "rss 1 <-- two", "rss 1 " }, { "rss 1\xe2\x86\x90 two", "rss 1" },
		{ "http://x", "http://x" },    { "a/b#c", "a/b#c" },
		{ "rss 1", "rss 1" },          { "", "" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		EXPECT_EQ(mw_line_remark(slice_of(lines[i].line)), strlen(lines[i].bare));
}

static uint64_t rss_of(const char *text)
{
	scoped_transcript struct mw_transcript t = paste(text);

	EXPECT_EQ(t.unrecognised_lines, 0);
	return cell(group(&t, NULL), M_CG_ANON);
}

TEST(one_text_in_many_dresses)
{
	EXPECT_EQ(rss_of("total_cache 1\ntotal_rss 2392379392\n"), 2392379392);
	EXPECT_EQ(rss_of("    total_cache 1\n    total_rss 2392379392"), 2392379392);
	EXPECT_EQ(rss_of("total_cache: 1\r\ntotal_rss: 2,392,379,392\r\n"), 2392379392);
	EXPECT_EQ(rss_of("total_cache = 1\ntotal_rss = 2392379392\n"), 2392379392);
	EXPECT_EQ(rss_of("```\ntotal_cache 1\ntotal_rss 2392379392\n```\n"), 2392379392);
	EXPECT_EQ(rss_of("> ```\n> total_cache 1\n> total_rss 2392379392\n> ```\n"), 2392379392);
	EXPECT_EQ(rss_of("1: total_cache 1\n2: total_mapped_file 3\n3: total_rss 2392379392\n"),
		  2392379392);
	EXPECT_EQ(
		rss_of("     9\ttotal_cache 1\n    10\ttotal_dirty 3\n    11\ttotal_rss 2392379392\n"),
		2392379392);
	EXPECT_EQ(
		rss_of("total_cache 1 \xe7\xbc\x93\xe5\xad\x98\ntotal_rss 2392379392\xe3\x80\x82\n"),
		2392379392);
	EXPECT_EQ(rss_of("total_cache 1 (page cache)\ntotal_rss 2392379392 (2.2G)\n"), 2392379392);
	EXPECT_EQ(rss_of("| total_cache | 1 |\n| total_rss | **2392379392** |\n"), 2392379392);
	EXPECT_EQ(rss_of("total_cache 1\n\n# and the processes:\n\ntotal_rss 2392379392\n"),
		  2392379392);
	EXPECT_EQ(rss_of("total_cache\n1\ntotal_rss\n2392379392\n"), 2392379392);
	EXPECT_EQ(rss_of("memory.stat:total_cache 1\nmemory.stat:total_rss 2392379392\n"),
		  2392379392);
	EXPECT_EQ(rss_of("total_rss 1.5G\ntotal_cache 100M\n"), 1610612736);
	EXPECT_EQ(rss_of("\x1b[32mtotal_rss\x1b[0m 2392379392\n"), 2392379392);
}

TEST(quoted_printable)
{
	scoped_transcript struct mw_transcript t = paste("heap=3D1\n"
							 "total_cache 118407168 # =E9=A1=B5\n"
							 "total_rss 1973=\n"
							 "57568=20\n"
							 "total_swap 0\n");

	EXPECT_EQ(cell(group(&t, NULL), M_CG_ANON), 197357568);
	EXPECT_EQ(t.blocks[0].first_line, 2);
	EXPECT_EQ(t.blocks[0].last_line, 5);
	EXPECT_EQ(t.unrecognised_lines, 1);
}

TEST(an_equals_sign_alone_is_not_quoted_printable)
{
	scoped_arena struct arena a = { 0 };
	struct slice out, text = SLICE("a=\nb==\nAB=CD x=3D y=z\n");

	EXPECT(mw_paste_unquote(&a, text, &out));
	EXPECT(out.at == text.at);
}

TEST(hostile_texts)
{
	static char text[200000];
	struct mw_paste_file file = { "x", { text, sizeof(text) } };
	struct mw_transcript t;

	memset(text, 0, sizeof(text));
	EXPECT_EQ(mw_transcript_read(&file, 1, &t), 0);
	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(t.host_count, 1);
	mw_transcript_release(&t);
	memset(text, '>', sizeof(text));
	EXPECT_EQ(mw_transcript_read(&file, 1, &t), 0);
	mw_transcript_release(&t);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "x\n"[i % 2];
	EXPECT_EQ(mw_transcript_read(&file, 1, &t), 0);
	EXPECT_EQ(t.unrecognised_lines, sizeof(text) / 2);
	EXPECT_EQ(t.unrecognised_count, 1);
	mw_transcript_release(&t);
	EXPECT_EQ(mw_transcript_read(NULL, 0, &t), 0);
	EXPECT_EQ(t.block_count, 0);
	mw_transcript_release(&t);
}
