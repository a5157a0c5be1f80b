#include "cli/options.h"
#include "test.h"

#include <errno.h>

/* argv from literals; getopt may reorder the array, never the texts */
#define PARSE(...) parse((char *[]){ (char *)"memwhy", __VA_ARGS__, NULL }, &o, &problem)

static int parse(char **argv, struct mw_options *o, struct buf *problem)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	mw_options_release(o);
	buf_clear(problem);
	return mw_options_parse(argc, argv, NULL, o, problem);
}

TEST(commands_and_operands)
{
	struct mw_options o = { 0 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(parse((char *[]){ (char *)"memwhy", NULL }, &o, &problem), 0);
	EXPECT_EQ(o.command, MW_CMD_OVERVIEW);
	EXPECT_EQ(PARSE("container", "abc"), 0);
	EXPECT_EQ(o.command, MW_CMD_CONTAINER);
	EXPECT_STR(o.operand, "abc");
	EXPECT_EQ(PARSE("--json", "pid", "-b", "17"), 0);
	EXPECT_EQ(o.command, MW_CMD_PID);
	EXPECT_STR(o.operand, "17");
	EXPECT(o.json && o.bytes);
	EXPECT_EQ(PARSE("container"), -EINVAL);
	EXPECT_EQ(PARSE("container", "--help"), 0);
	EXPECT_EQ(PARSE("ps", "extra"), -EINVAL);
	EXPECT_EQ(PARSE(""), -EINVAL);
	mw_options_release(&o);
}

TEST(an_unknown_command_suggests_one)
{
	struct mw_options o = { 0 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(PARSE("contaniers"), -EINVAL);
	EXPECT_STR(problem.at, "unknown command 'contaniers'; did you mean 'containers'?");
	EXPECT_EQ(PARSE("nod"), -EINVAL);
	EXPECT_STR(problem.at, "unknown command 'nod'; did you mean 'node'?");
	EXPECT_EQ(PARSE("xyzzy"), -EINVAL);
	EXPECT_STR(problem.at, "unknown command 'xyzzy'; try memwhy --help");
	EXPECT_EQ(PARSE("--jsn"), -EINVAL);
	EXPECT_STR(problem.at, "unknown option --jsn; did you mean --json?");
	EXPECT_EQ(PARSE("-q"), -EINVAL);
	mw_options_release(&o);
}

TEST(o_means_columns_or_output)
{
	struct mw_options o = { 0 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(PARSE("-o", "pid,rss", "ps"), 0);
	EXPECT_STR(o.columns, "pid,rss");
	EXPECT(!o.output);
	EXPECT_EQ(PARSE("capture", "-o", "-"), 0);
	EXPECT_STR(o.output, "-");
	EXPECT(!o.columns);
	EXPECT_EQ(PARSE("node", "-o", "x"), -EINVAL);
	EXPECT_EQ(PARSE("capture", "--json"), -EINVAL);
	mw_options_release(&o);
}

TEST(numbers_and_sizes)
{
	struct mw_options o = { 0 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(PARSE("ps", "-n", "0", "--min", "1.5G", "--sort", "-rss"), 0);
	EXPECT_EQ(o.rows, 0);
	EXPECT_EQ(o.min, 3ull << 29);
	EXPECT_STR(o.sort, "-rss");
	EXPECT(PARSE("ps") == 0 && o.rows == MW_NOT_GIVEN && o.min == MW_NOT_GIVEN);
	EXPECT_EQ(PARSE("ps", "-n", "-1"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "-n", ""), -EINVAL);
	EXPECT_EQ(PARSE("ps", "-n", "12x"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "-n", "99999999999999999999"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "--count", "2"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "--interval", "0.5", "--count", "2"), 0);
	EXPECT_EQ(o.interval, 500000000);
	EXPECT_EQ(PARSE("ps", "--interval", "0"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "--color", "sometimes"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "--sort"), -EINVAL);
	EXPECT_EQ(PARSE("ps", "--json=x"), -EINVAL);
	mw_options_release(&o);
}

TEST(users_add_up)
{
	struct mw_options o = { 0 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(PARSE("ps", "--user", "root,1000", "-u", "www-data"), 0);
	EXPECT_SLICE(o.users, "root,1000,www-data");
	mw_options_release(&o);
}

TEST(sizes)
{
	uint64_t v = 7;

	EXPECT(mw_parse_size(SLICE("4096"), &v) && v == 4096);
	EXPECT(mw_parse_size(SLICE("64KiB"), &v) && v == 65536);
	EXPECT(mw_parse_size(SLICE("64kB"), &v) && v == 65536);
	EXPECT(mw_parse_size(SLICE("0.5m"), &v) && v == 524288);
	EXPECT(mw_parse_size(SLICE("0"), &v) && v == 0);
	EXPECT(mw_parse_size(SLICE("16383P"), &v) && v == 16383ull << 50);
	v = 7;
	EXPECT(!mw_parse_size(SLICE("16384P"), &v));
	EXPECT(!mw_parse_size(SLICE("1.5"), &v));
	EXPECT(!mw_parse_size(SLICE(""), &v));
	EXPECT(!mw_parse_size(SLICE("M"), &v));
	EXPECT(!mw_parse_size(SLICE("-1M"), &v));
	EXPECT(!mw_parse_size(SLICE("1Mx"), &v));
	EXPECT(!mw_parse_size(SLICE("18446744073709551616"), &v));
	EXPECT_EQ(v, 7);
}

TEST(seconds)
{
	uint64_t v = 7;

	EXPECT(mw_parse_seconds(SLICE("5"), &v) && v == 5000000000);
	EXPECT(mw_parse_seconds(SLICE("100ms"), &v) && v == 100000000);
	EXPECT(mw_parse_seconds(SLICE("1.5min"), &v) && v == 90000000000);
	v = 7;
	EXPECT(!mw_parse_seconds(SLICE("5x"), &v));
	EXPECT(!mw_parse_seconds(SLICE("0.001"), &v));
	EXPECT(!mw_parse_seconds(SLICE("9999999999"), &v));
	EXPECT_EQ(v, 7);
}
