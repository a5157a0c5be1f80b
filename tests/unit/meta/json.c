/* Members of JSON text without a tree. */
#include "meta/json.h"
#include "test.h"

#include <errno.h>

static int put_pair(struct slice name, struct slice value, void *argument)
{
	buf_printf(argument, "%.*s>%.*s;", SLICE_ARG(name), SLICE_ARG(value));
	return 0;
}

static void expect_pairs(const char *json, int status, const char *wanted)
{
	scoped_buf struct buf got = { 0 };

	EXPECT_EQ(mw_json_each(slice_of(json), put_pair, &got), status);
	EXPECT_STR(got.at ? got.at : "", wanted);
}

TEST(members_are_found_at_their_own_level_only)
{
	static const char json[] =
		" { \"a\" : {\"b\":[1,{\"c\":2}]} ,\n\"b\":\"}\\\"{\", \"c\":-1.5e3}";
	struct slice value = SLICE("untouched");

	EXPECT(mw_json_member(slice_of(json), "b", &value));
	EXPECT_SLICE(value, "\"}\\\"{\"");
	EXPECT(mw_json_member(slice_of(json), "a", &value));
	EXPECT_SLICE(value, "{\"b\":[1,{\"c\":2}]}");
	EXPECT(!mw_json_member(slice_of(json), "d", &value));
	EXPECT_SLICE(value, "{\"b\":[1,{\"c\":2}]}");
	EXPECT(mw_json_member(SLICE("{\"a\":1,\"a\":2}"), "a", &value));
	EXPECT_SLICE(value, "1");
}

TEST(what_is_no_object_is_malformed_and_what_stood_before_is_told)
{
	expect_pairs("{}", 0, "");
	expect_pairs("{\"a\":1,\"b\":[]}", 0, "a>1;b>[];");
	expect_pairs("{\"a\":1,\"b\":[}", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":1,\"b\":[{]}}", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":1,\"b\"", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":1,\"b", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":1,}", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":1", -EBADMSG, "a>1;");
	expect_pairs("{\"a\":}", -EBADMSG, "");
	expect_pairs("{\"a\" 1}", -EBADMSG, "");
	expect_pairs("{a:1}", -EBADMSG, "");
	expect_pairs("[1]", -EBADMSG, "");
	expect_pairs("", -EBADMSG, "");
	expect_pairs("{\"a\":\"\\\\\\\"\",\"b\":\"\\\\\"}", 0, "a>\"\\\\\\\"\";b>\"\\\\\";");
}

TEST(nesting_is_bounded)
{
	scoped_buf struct buf text = { 0 };
	struct slice value;

	for (int depth = MW_JSON_DEPTH; depth <= MW_JSON_DEPTH + 1; depth++) {
		buf_clear(&text);
		buf_puts(&text, "{\"deep\":");
		for (int i = 0; i < depth; i++)
			buf_char(&text, '[');
		for (int i = 0; i < depth; i++)
			buf_char(&text, ']');
		buf_puts(&text, ",\"a\":1}");
		EXPECT_EQ(mw_json_member(buf_slice(&text), "a", &value), depth == MW_JSON_DEPTH);
	}
	buf_clear(&text);
	for (int i = 0; i < 1 << 20; i++)
		buf_puts(&text, "{\"a\":");
	EXPECT(!mw_json_member(buf_slice(&text), "b", &value));
}

static void expect_text(const char *json, const char *wanted)
{
	scoped_arena struct arena arena = { 0 };
	struct slice text = SLICE("untouched");

	EXPECT_EQ(mw_json_text(&arena, slice_of(json), &text), wanted != NULL);
	EXPECT_SLICE(text, wanted ? wanted : "untouched");
}

TEST(strings_lose_their_escapes)
{
	expect_text("\"\"", "");
	expect_text("\"web\"", "web");
	expect_text("\"a\\n\\\"\\\\\\/\\t\"", "a\n\"\\/\t");
	expect_text("\"\\u00e9\\u4e2d\\ud83d\\ude00\"", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80");
	expect_text("\"\xe4\xb8\xad\"", "\xe4\xb8\xad");
}

TEST(what_is_no_string_of_utf8_is_refused)
{
	static const char *const wrong[] = {
		"web",
		"\"",
		"",
		"\"a\\\"",
		"\"\\x41\"",
		"\"\\u12\"",
		"\"\\ud83d\"",
		"\"\\ud83d\\u0041\"",
		"\"\\ude00\"",
		"\"\\u0000\"",
		"\"\xff\"",
		"\"\xc0\xaf\"",
		"\"\\ud83d\\\"",
		"\"\xe4\xb8\"",
		"null",
		"\"\xed\xa0\x80\"",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_text(wrong[i], NULL);
}

TEST(only_whole_numbers_are_numbers)
{
	uint64_t number = 7;

	EXPECT(mw_json_whole(SLICE("18446744073709551615"), &number) && number == UINT64_MAX);
	EXPECT(mw_json_whole(SLICE("0"), &number) && number == 0);
	EXPECT(!mw_json_whole(SLICE("18446744073709551616"), &number));
	EXPECT(!mw_json_whole(SLICE("-1"), &number));
	EXPECT(!mw_json_whole(SLICE("1.5"), &number));
	EXPECT(!mw_json_whole(SLICE("1e3"), &number));
	EXPECT(!mw_json_whole(SLICE("\"1\""), &number));
	EXPECT(!mw_json_whole(SLICE(""), &number));
	EXPECT_EQ(number, 0);
}
