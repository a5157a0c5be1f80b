#include "render/text.h"
#include "base/utf8.h"
#include "test.h"

#include <locale.h>
#include <wchar.h>

#define EXPECT_SAFE(text, unicode, wanted)                 \
	do {                                               \
		scoped_buf struct buf out_ = { 0 };        \
		mw_text_safe(&out_, SLICE(text), unicode); \
		EXPECT_SLICE(buf_slice(&out_), wanted);    \
	} while (0)

static void utf8_locale(void)
{
	EXPECT(setlocale(LC_CTYPE, "C.UTF-8"));
}

TEST(ordinary_names_stay)
{
	utf8_locale();
	EXPECT_SAFE("kubepods/burstable", true, "kubepods/burstable");
	EXPECT_SAFE("订单服务 café", true, "订单服务 café");
	EXPECT_SAFE("", true, "");
	/* what systemd calls its groups must stay copyable */
	EXPECT_SAFE("system-getty\\x2dtty.slice", true, "system-getty\\x2dtty.slice");
}

TEST(wide_characters_without_a_locale)
{
	EXPECT(setlocale(LC_CTYPE, "C"));
	EXPECT_EQ(mw_text_width(SLICE("订单服务 café")), 13);
	EXPECT_EQ(mw_text_width(SLICE("（工作集），ｆ")), 14);
	EXPECT_EQ(mw_text_width(SLICE("e\xcc\x81…–▏")), 4);
	EXPECT_EQ(mw_text_width(SLICE("\xf0\xa0\x80\x80")), 2);
}

/* The table agrees with the C library wherever Chinese text has characters. */
TEST(widths_of_both_agree)
{
	static const uint32_t blocks[][2] = { { 0x20, 0x17f },    { 0x2010, 0x2027 },
					      { 0x2e80, 0x2e99 }, { 0x3000, 0x303e },
					      { 0x4e00, 0x9fa5 }, { 0xff01, 0xff5e } };

	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		for (uint32_t c = blocks[i][0]; c <= blocks[i][1]; c++) {
			unsigned own;

			EXPECT(setlocale(LC_CTYPE, "C"));
			own = mw_char_width(c);
			utf8_locale();
			if (wcwidth((wchar_t)c) > 0)
				EXPECT_EQ(own, mw_char_width(c));
		}
}

TEST(ascii_escapes_everything_else)
{
	EXPECT_SAFE("caf\xc3\xa9", false, "caf\\xc3\\xa9");
	EXPECT_SAFE("\xe4\xb8\xad", false, "\\xe4\\xb8\\xad");
}

TEST(escape_attacks)
{
	utf8_locale();
	EXPECT_SAFE("\033[2J\033[1;1H", true, "\\x1b[2J\\x1b[1;1H");
	EXPECT_SAFE("\033]0;owned\007", true, "\\x1b]0;owned\\x07");
	EXPECT_SAFE("\033P$q\"p\033\\", true, "\\x1bP$q\"p\\x1b\\");
	EXPECT_SAFE("a\nb\tc\rd\be\0f", true, "a\\nb\\tc\\rd\\x08e\\x00f");
	EXPECT_SAFE("\x7f", true, "\\x7f");
	/* the same sequences as C1 characters, in UTF-8 and as bare bytes */
	EXPECT_SAFE("\xc2\x9b"
		    "31m",
		    true, "\\xc2\\x9b31m");
	EXPECT_SAFE("\x9b"
		    "31m",
		    true, "\\x9b31m");
	/* right-to-left override: evil<RLO>gpj.exe */
	EXPECT_SAFE("evil\xe2\x80\xaegpj.exe", true, "evil\\xe2\\x80\\xaegpj.exe");
	EXPECT_SAFE("\xe2\x81\xa6x\xe2\x81\xa9", true, "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");
	EXPECT_SAFE("\xe2\x80\x8e\xe2\x80\x8f", true, "\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
	/* not seen: zero width space, byte order mark, a tag character */
	EXPECT_SAFE("a\xe2\x80\x8b"
		    "b",
		    true, "a\\xe2\\x80\\x8bb");
	EXPECT_SAFE("\xef\xbb\xbfroot", true, "\\xef\\xbb\\xbfroot");
	EXPECT_SAFE("x\xf3\xa0\x81\x81", true, "x\\xf3\\xa0\\x81\\x81");
	/* line separator */
	EXPECT_SAFE("a\xe2\x80\xa8"
		    "b",
		    true, "a\\xe2\\x80\\xa8b");
}

TEST(invalid_utf8)
{
	utf8_locale();
	EXPECT_SAFE("\xc0\xaf", true, "\\xc0\\xaf");          /* overlong '/' */
	EXPECT_SAFE("\xe0\x80\x9b", true, "\\xe0\\x80\\x9b"); /* overlong CSI */
	EXPECT_SAFE("\xed\xa0\x80", true, "\\xed\\xa0\\x80"); /* a surrogate */
	EXPECT_SAFE("\xf4\x90\x80\x80", true, "\\xf4\\x90\\x80\\x80");
	EXPECT_SAFE("\xe4\xb8", true, "\\xe4\\xb8"); /* cut */
	EXPECT_SAFE("\xe4\xb8x", true, "\\xe4\\xb8x");
	EXPECT_SAFE("\xff\xfe", true, "\\xff\\xfe");
}

TEST(combining_characters_need_a_base_and_an_end)
{
	scoped_buf struct buf in = { 0 }, out = { 0 };

	utf8_locale();
	EXPECT_SAFE("e\xcc\x81", true, "e\xcc\x81");
	/* it would change the table's blank in front of it */
	EXPECT_SAFE("\xcc\xb8x", true, "\\xcc\\xb8x");
	buf_char(&in, 'a');
	for (int i = 0; i < 100; i++)
		buf_puts(&in, "\xcc\x81");
	mw_text_safe(&out, buf_slice(&in), true);
	EXPECT_EQ(out.len, 1 + 8 * 2 + 92 * 8);
}

TEST(every_byte_pair_is_one_printable_line)
{
	utf8_locale();
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char text[] = { (char)(pair >> 8), (char)pair };
		scoped_buf struct buf out = { 0 };

		mw_text_safe(&out, (struct slice){ text, 2 }, true);
		for (size_t i = 0; i < out.len; i++) {
			unsigned char c = (unsigned char)out.at[i];

			EXPECT(c >= ' ' && c != 0x7f);
			/* a continuation byte in the C1 range stands behind its first byte */
			EXPECT(c < 0x80 || c >= 0xa0 || i > 0);
		}
		if (pair >> 8 == 0xc2 && (pair & 0xff) >= 0x80 && (pair & 0xff) < 0xa0)
			EXPECT(out.at[0] == '\\');
	}
}

TEST(widths)
{
	utf8_locale();
	EXPECT_EQ(mw_text_width(SLICE("java")), 4);
	EXPECT_EQ(mw_text_width(SLICE("订单")), 4);
	EXPECT_EQ(mw_text_width(SLICE("e\xcc\x81")), 1);
	EXPECT_EQ(mw_text_width(SLICE("a…█b")), 4);
	EXPECT_EQ(mw_text_width(SLICE("")), 0);
}

TEST(decoder_agrees_with_the_c_library)
{
	utf8_locale();
	for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
		char text[8] = { 0 };
		mbstate_t shift = { 0 };
		size_t len = wcrtomb(text, (wchar_t)c, &shift);
		uint32_t got = 0;

		if (len == (size_t)-1)
			continue; /* a surrogate */
		EXPECT_EQ(mw_utf8_decode((struct slice){ text, len }, &got), len);
		EXPECT_EQ(got, c);
		for (size_t cut = 1; cut < len; cut++)
			EXPECT_EQ(mw_utf8_decode((struct slice){ text, cut }, &got), 0);
	}
}
