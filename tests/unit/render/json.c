#include "render/json.h"
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

static json_t *parse(const struct buf *text)
{
	json_error_t error;
	json_t *root = json_loadb(text->at, text->len,
				  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY,
				  &error);

	if (!root)
		print_error("%s at %d\n", error.text, error.position);
	EXPECT(root);
	return root;
}

static void sample(struct mw_json *j)
{
	mw_json_object(j, NULL);
	mw_json_array(j, "none");
	mw_json_end(j);
	mw_json_object(j, "nothing");
	mw_json_end(j);
	mw_json_array(j, "list");
	mw_json_u64(j, NULL, 1);
	mw_json_i64(j, NULL, -2);
	mw_json_object(j, NULL);
	mw_json_puts(j, "a", "b");
	mw_json_end(j);
	mw_json_end(j);
	mw_json_bool(j, "yes", true);
	mw_json_micro(j, "seconds", 1500000);
	mw_json_end(j);
}

TEST(one_line_and_many)
{
	scoped_buf struct buf line = { 0 }, pretty = { 0 };
	struct mw_json j;

	mw_json_init(&j, &line, NULL, NULL, false);
	sample(&j);
	EXPECT_EQ(mw_json_finish(&j), 0);
	EXPECT_STR(line.at, "{\"none\":[],\"nothing\":{},\"list\":[1,-2,{\"a\":\"b\"}],"
			    "\"yes\":true,\"seconds\":1.5}\n");
	mw_json_init(&j, &pretty, NULL, NULL, true);
	sample(&j);
	EXPECT_EQ(mw_json_finish(&j), 0);
	EXPECT_STR(pretty.at, "{\n"
			      "  \"none\": [],\n"
			      "  \"nothing\": {},\n"
			      "  \"list\": [\n"
			      "    1,\n"
			      "    -2,\n"
			      "    {\n"
			      "      \"a\": \"b\"\n"
			      "    }\n"
			      "  ],\n"
			      "  \"yes\": true,\n"
			      "  \"seconds\": 1.5\n"
			      "}\n");
}

static void string(struct slice text, struct buf *out)
{
	struct mw_json j;

	mw_json_init(&j, out, NULL, NULL, false);
	mw_json_string(&j, NULL, text);
	EXPECT_EQ(mw_json_finish(&j), 0);
}

/* A foreign parser gives back what was written, and the text itself cannot drive a terminal. */
TEST(every_byte_pair_survives_or_is_replaced)
{
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char text[] = { (char)(pair >> 8), (char)pair };
		scoped_buf struct buf out = { 0 };
		json_t *root;

		string((struct slice){ text, 2 }, &out);
		root = parse(&out);
		if (pair < 0x8000 && !(pair & 0x80)) {
			EXPECT_EQ(json_string_length(root), 2);
			assert_memory_equal(json_string_value(root), text, 2);
		}
		json_decref(root);
		for (size_t i = 0; i + 1 < out.len; i++)
			EXPECT((unsigned char)out.at[i] >= ' ' && out.at[i] != 0x7f);
	}
}

TEST(strings)
{
	static const struct {
		struct slice text;
		const char *json;
	} table[] = {
		{ SLICE("订单"), "\"订单\"\n" },
		{ SLICE("a\xff"
			"b"),
		  "\"a\xef\xbf\xbd"
		  "b\"\n" },
		{ SLICE("\xe4\xb8"), "\"\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ SLICE("\033[31m\n\"\\"), "\"\\u001b[31m\\u000a\\\"\\\\\"\n" },
		{ SLICE("\xc2\x9b\xe2\x80\xae"), "\"\\u009b\\u202e\"\n" },
		{ SLICE("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"\n" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		scoped_buf struct buf out = { 0 };

		string(table[i].text, &out);
		EXPECT_STR(out.at, table[i].json);
		json_decref(parse(&out));
	}
}

TEST(numbers)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_array(&j, NULL);
	mw_json_u64(&j, NULL, UINT64_MAX);
	mw_json_i64(&j, NULL, INT64_MIN);
	mw_json_double(&j, NULL, 0.1);
	mw_json_double(&j, NULL, -1e300);
	mw_json_double(&j, NULL, NAN);
	mw_json_double(&j, NULL, INFINITY);
	mw_json_micro(&j, NULL, 1);
	EXPECT_EQ(mw_json_finish(&j), 0);
	EXPECT_STR(out.at, "[18446744073709551615,-9223372036854775808,0.1,-1e+300,null,null,"
			   "0.000001]\n");
}

TEST(times)
{
	static const struct {
		int64_t ns;
		const char *json;
	} table[] = {
		/* date -u -d @1763608447 */
		{ 1763608447000000005, "\"2025-11-20T03:14:07.000000005Z\"\n" },
		{ 0, "\"1970-01-01T00:00:00.000000000Z\"\n" },
		{ -1, "\"1969-12-31T23:59:59.999999999Z\"\n" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		scoped_buf struct buf out = { 0 };
		struct mw_json j;

		mw_json_init(&j, &out, NULL, NULL, false);
		mw_json_time(&j, NULL, table[i].ns);
		EXPECT_EQ(mw_json_finish(&j), 0);
		EXPECT_STR(out.at, table[i].json);
	}
}

struct taken {
	struct buf all;
	size_t most, calls, fail_at;
};

static int take(void *argument, struct slice text)
{
	struct taken *t = argument;

	if (++t->calls == t->fail_at)
		return -EPIPE;
	t->most = text.len > t->most ? text.len : t->most;
	buf_add(&t->all, text);
	return 0;
}

static int many(struct taken *t)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, take, t, false);
	mw_json_array(&j, NULL);
	for (int i = 0; i < 100000; i++) {
		mw_json_object(&j, NULL);
		mw_json_puts(&j, "name", "some process");
		mw_json_end(&j);
	}
	return mw_json_finish(&j);
}

TEST(a_long_list_does_not_stand_in_memory)
{
	struct taken t = { 0 };
	json_t *root;

	EXPECT_EQ(many(&t), 0);
	EXPECT(t.all.len > 2000000);
	EXPECT(t.most < 40000);
	root = parse(&t.all);
	EXPECT_EQ(json_array_size(root), 100000);
	json_decref(root);
	buf_release(&t.all);
}

TEST(a_closed_pipe_is_told)
{
	struct taken t = { .fail_at = 3 };

	EXPECT_EQ(many(&t), -EPIPE);
	EXPECT_EQ(t.calls, 3);
	buf_release(&t.all);
}

TEST(too_deep_is_an_error_not_a_crash)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, true);
	for (int i = 0; i < MW_JSON_DEPTH + 1; i++)
		mw_json_array(&j, NULL);
	EXPECT_EQ(mw_json_finish(&j), -E2BIG);
}
