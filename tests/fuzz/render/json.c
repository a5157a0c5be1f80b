/* Whatever comes in, valid UTF-8 without control characters comes out. */
#include "base/scoped.h"
#include "render/json.h"
#include "render/text.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_buf struct buf out = { 0 };
	struct slice text;
	struct mw_json j;
	bool quoted = false;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_string(&j, NULL, (struct slice){ (const char *)data, size });
	if (mw_json_finish(&j))
		abort();
	for (text = buf_slice(&out); text.len > 1;) {
		uint32_t c;
		size_t n = mw_utf8_decode(text, &c);

		if (!n || mw_char_hidden(c))
			abort();
		if (c == '\\' && !slice_skip(text, ++n).len)
			abort();
		/* a quote only at both ends */
		if (c == '"' && quoted && text.len != 2)
			abort();
		quoted = true;
		text = slice_skip(text, n);
	}
	return 0;
}
