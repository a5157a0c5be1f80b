/* The lookup in a .mo file against files of msgfmt's form made here byte by byte, and against what
 * msgfmt made for the program itself. */
#include "base/scoped.h"
#include "language/language.h"
#include "test.h"

struct pair {
	const char *original;
	size_t original_len;
	const char *text;
};

static void put_number(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_char(b, (char)(v >> 8 * i));
}

/* Pairs must be sorted by their originals, as msgfmt sorts them. */
static void make(struct buf *mo, const struct pair *pairs, uint32_t count)
{
	uint32_t at = 28 + count * 16;

	put_number(mo, 0x950412de);
	put_number(mo, 0);
	put_number(mo, count);
	put_number(mo, 28);
	put_number(mo, 28 + count * 8);
	put_number(mo, 0);
	put_number(mo, 0);
	for (uint32_t i = 0; i < count; i++) {
		put_number(mo, (uint32_t)pairs[i].original_len);
		put_number(mo, at);
		at += (uint32_t)pairs[i].original_len + 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		put_number(mo, (uint32_t)strlen(pairs[i].text));
		put_number(mo, at);
		at += (uint32_t)strlen(pairs[i].text) + 1;
	}
	for (uint32_t i = 0; i < count; i++)
		buf_add(mo, (struct slice){ pairs[i].original, pairs[i].original_len + 1 });
	for (uint32_t i = 0; i < count; i++)
		buf_add(mo, (struct slice){ pairs[i].text, strlen(pairs[i].text) + 1 });
}

#define PAIR(original, text)                         \
	{                                            \
		original, sizeof(original) - 1, text \
	}

static const struct pair pairs[] = {
	PAIR("", "Language: xx\n"), PAIR("a", "A"),         PAIR("file\0files", "Datei"),
	PAIR("free", "frei"),       PAIR("total", "alles"),
};

enum { COUNT = sizeof(pairs) / sizeof(*pairs) };

TEST(texts_are_found)
{
	scoped_buf struct buf mo = { 0 };

	make(&mo, pairs, COUNT);
	EXPECT_STR(mw_catalogue_find(buf_slice(&mo), "a"), "A");
	EXPECT_STR(mw_catalogue_find(buf_slice(&mo), "free"), "frei");
	EXPECT_STR(mw_catalogue_find(buf_slice(&mo), "total"), "alles");
	EXPECT_STR(mw_catalogue_find(buf_slice(&mo), "file"), "Datei");
}

TEST(others_are_not)
{
	static const char *const strangers[] = { "",      "fre", "freed", "Free",
						 "files", "zz",  "\xff",  " a" };
	scoped_buf struct buf mo = { 0 };

	make(&mo, pairs, COUNT);
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		EXPECT(!mw_catalogue_find(buf_slice(&mo), strangers[i]));
}

/* Nothing outside of it is read, however much of it is missing: under the address sanitizer each
 * copy ends where the catalogue does. */
TEST(a_catalogue_cut_anywhere)
{
	scoped_buf struct buf mo = { 0 };

	make(&mo, pairs, COUNT);
	for (size_t len = 0; len < mo.len; len++) {
		scoped_free char *copy = malloc(len ? len : 1);

		memcpy(copy, mo.at, len);
		for (uint32_t i = 0; i < COUNT; i++) {
			const char *text = mw_catalogue_find((struct slice){ copy, len },
							     pairs[i].original);

			EXPECT(!text || !strcmp(text, pairs[i].text));
		}
	}
}

TEST(numbers_that_lie)
{
	scoped_buf struct buf mo = { 0 };

	make(&mo, pairs, COUNT);
	/* each number of the header and the tables in turn */
	for (size_t at = 0; at < 28 + COUNT * 16; at += 4) {
		char kept[4];

		memcpy(kept, mo.at + at, 4);
		for (int bits = 0x7f; bits <= 0xff; bits += 0x80) {
			memset(mo.at + at, bits, 4);
			for (uint32_t i = 0; i < COUNT; i++)
				mw_catalogue_find(buf_slice(&mo), pairs[i].original);
		}
		memcpy(mo.at + at, kept, 4);
	}
	EXPECT_STR(mw_catalogue_find(buf_slice(&mo), "free"), "frei");
}

TEST(languages_by_name)
{
	const struct mw_language *english = mw_language_find("en");

	EXPECT(english && !mw_language_translates(english));
	EXPECT(mw_language_find("C") == english);
	EXPECT(mw_language_find("C.UTF-8") == english);
	EXPECT(mw_language_find("POSIX") == english);
	EXPECT(mw_language_find("en_GB.UTF-8@euro") == english);
	EXPECT(!mw_language_find(""));
	EXPECT(!mw_language_find("e"));
	EXPECT(!mw_language_find("eng"));
	EXPECT(!mw_language_find("tlh_XX"));
	EXPECT_STR(mw_language_text(NULL, "free"), "free");
	EXPECT_STR(mw_language_text(english, "free"), "free");
	EXPECT_STR(mw_language_plural(english, "process", "processes", 1), "process");
	EXPECT_STR(mw_language_plural(english, "process", "processes", 0), "processes");
	EXPECT_STR(mw_language_error(NULL, 2), "No such file or directory");
	EXPECT_STR(mw_language_error(NULL, 71), "Protocol error");
}

TEST(chinese_is_built_in)
{
	const struct mw_language *zh = mw_language_find("zh_CN.UTF-8");

	if (!zh) {
		print_message("skipped: built without gettext\n");
		skip();
	}
	EXPECT(mw_language_translates(zh));
	EXPECT(mw_language_find("zh") == zh);
	EXPECT_STR(mw_language_text(zh, "page cache"), "页缓存");
	EXPECT_STR(mw_language_text(zh, "no such text"), "no such text");
	EXPECT_STR(mw_language_plural(zh, "process", "processes", 1), "个进程");
	EXPECT_STR(mw_language_plural(zh, "process", "processes", 7), "个进程");
	EXPECT_STR(mw_language_error(zh, 13), "权限不够");
}
