#include "base/scoped.h"
#include "meta/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	struct arena *arena;
	struct slice whole;
	int depth;
};

static void expect_inside(const struct walk *w, struct slice part)
{
	if (part.len && (part.at < w->whole.at || part.at + part.len > w->whole.at + w->whole.len))
		__builtin_trap();
}

static int visit(struct slice name, struct slice value, void *argument)
{
	struct walk *w = argument;
	struct slice text;
	uint64_t number;

	expect_inside(w, value);
	expect_inside(w, name);
	mw_json_text(w->arena, value, &text);
	mw_json_whole(value, &number);
	if (w->depth++ < 8) {
		mw_json_each(value, visit, w);
		mw_json_elements(value, visit, w);
	}
	w->depth--;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_arena struct arena arena = { .limit = 64 << 20 };
	struct walk w = { &arena, { (const char *)data, size }, 0 };
	struct slice value;

	mw_json_each(w.whole, visit, &w);
	mw_json_elements(w.whole, visit, &w);
	mw_json_text(&arena, w.whole, &value);
	if (mw_json_member(w.whole, "annotations", &value))
		expect_inside(&w, value);
	return 0;
}
