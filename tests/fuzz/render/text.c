/* Whatever comes in, one printable line comes out, and it can be shortened to any width. */
#include "base/scoped.h"
#include "render/table.h"
#include "render/text.h"
#include "base/utf8.h"

#include <locale.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice text, bool unicode)
{
	while (text.len) {
		uint32_t c;
		size_t n = mw_utf8_decode(text, &c);

		if (!n || mw_char_hidden(c) || (c >= 0x80 && !unicode))
			abort();
		text = slice_skip(text, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	scoped_buf struct buf safe = { 0 }, cut = { 0 };

	setlocale(LC_CTYPE, "C.UTF-8");
	for (int unicode = 0; unicode < 2; unicode++) {
		buf_clear(&safe);
		mw_text_safe(&safe, text, unicode);
		check(buf_slice(&safe), unicode);
		for (size_t width = 0; width < 40; width += 3) {
			buf_clear(&cut);
			mw_text_shorten(&cut, buf_slice(&safe), width,
					width % 2 ? MW_FLEX_END : MW_FLEX_MIDDLE, unicode);
			check(buf_slice(&cut), unicode);
			if (mw_text_width(buf_slice(&cut)) > width)
				abort();
		}
	}
	return 0;
}
