/* "{entity} is {left} from an OOM kill" -> a sentence. */
#include "render/template.h"

#include "base/scoped.h"
#include "model/title.h"
#include "render/number.h"
#include "render/text.h"

#include <math.h>

enum { LONG_PATH = 40, LONG_ID = 64, SHOWN_ID = 12 };

/* --- entities --------------------------------------------------------------------------------- */

static void put_safe(struct buf *out, const struct mw_style *style, const char *text)
{
	mw_text_safe(out, slice_of(text), style->unicode);
}

/* The first of 64 or more hexadecimal digits that tell nobody anything, NULL = none. */
static const char *long_id(const char *name, size_t *length)
{
	for (; *name; name += *length ? *length : 1) {
		*length = strspn(name, "0123456789abcdef");
		if (*length >= LONG_ID)
			return name;
	}
	return NULL;
}

/* A path too long for a sentence gives way from its front, and an id in it from its end: commands and
 * tables have all of it. */
static void put_path(struct buf *out, const struct mw_style *style, const char *path)
{
	const char *last = strrchr(path, '/');
	size_t length;

	if (last && last != path && strlen(path) > LONG_PATH) {
		buf_puts(out, style->unicode ? "…" : "...");
		path = last;
	}
	last = long_id(path, &length);
	if (!last) {
		put_safe(out, style, path);
		return;
	}
	mw_text_safe(out, (struct slice){ path, (size_t)(last - path) + SHOWN_ID }, style->unicode);
	buf_puts(out, style->unicode ? "…" : "...");
	put_safe(out, style, last + length);
}

static void put_group(struct buf *out, const struct mw_style *style, const struct mw_entity *e)
{
	scoped_buf struct buf title = { 0 };

	if (!mw_group_has_title(e)) {
		put_path(out, style, e->name);
		return;
	}
	mw_group_title(e, &title);
	mw_text_safe(out, buf_slice(&title), style->unicode);
}

void mw_entity_write(struct buf *out, const struct mw_style *style, const struct mw_entity *e)
{
	const char *comm;

	switch (e->kind) {
	case MW_CGROUP: put_group(out, style, e); return;
	case MW_PROCESS:
		comm = mw_get_text(e, M_P_COMM);
		put_safe(out, style, comm ? comm : e->name);
		buf_printf(out, "[%llu]", (unsigned long long)e->id);
		return;
	case MW_RUNTIME:
		if (e->parent) {
			mw_entity_write(out, style, e->parent);
			return;
		}
		put_safe(out, style, e->name);
		return;
	case MW_NODE: buf_puts(out, mw_tr(style, N_("this machine"))); return;
	default: put_safe(out, style, e->name);
	}
}

/* --- values ----------------------------------------------------------------------------------- */

static void put_bytes(struct buf *out, const struct mw_style *style, double v)
{
	if (v < 0)
		buf_char(out, '-');
	mw_number_size(out, style, (uint64_t)fabs(v));
}

static void put_count(struct buf *out, double v)
{
	if (v == floor(v))
		buf_printf(out, "%.0f", v);
	else
		buf_printf(out, "%.3g", v);
}

static void put_share(struct buf *out, double v)
{
	buf_printf(out, fabs(v) < 0.1 && v != 0 ? "%.2g %%" : "%.3g %%", v * 100);
}

/* Sentences say by themselves that something grows. */
static void put_byte_rate(struct buf *out, const struct mw_style *style, double v)
{
	scoped_buf struct buf text = { 0 };
	struct slice rate;

	mw_number_rate_size(&text, style, v);
	rate = buf_slice(&text);
	slice_word(&rate, "+");
	buf_add(out, rate);
}

static void put_value(struct buf *out, const struct mw_style *style, const struct mw_cite *cite,
		      double v)
{
	switch (cite->form) {
	case MW_FORM_BYTES: put_bytes(out, style, v); break;
	case MW_FORM_BYTE_RATE: put_byte_rate(out, style, v); break;
	case MW_FORM_COUNT_RATE:
		put_count(out, v < 100 ? v : floor(v));
		buf_puts(out, "/s");
		break;
	case MW_FORM_SHARE: put_share(out, v); break;
	case MW_FORM_SECONDS:
		mw_number_duration(out, style, v > 0 ? (uint64_t)(v * 1e6) : 0);
		break;
	case MW_FORM_TEXT: put_safe(out, style, cite->text); break;
	default: put_count(out, v);
	}
}

void mw_cite_write(struct buf *out, const struct mw_style *style, const struct mw_cite *cite)
{
	put_value(out, style, cite, cite->value);
}

void mw_cite_threshold_write(struct buf *out, const struct mw_style *style,
			     const struct mw_cite *cite)
{
	put_value(out, style, cite, cite->threshold);
}

/* --- templates -------------------------------------------------------------------------------- */

static const struct mw_cite *find(const struct mw_cite *cited, struct slice name)
{
	while (cited && !slice_is(name, cited->name))
		cited = cited->next;
	return cited;
}

void mw_template_write(struct buf *out, const struct mw_style *style, const char *english,
		       const struct mw_entity *entity, const struct mw_cite *cited)
{
	struct slice rest = slice_of(mw_tr(style, english)), before, name;

	while (slice_until(&rest, '{', &before)) {
		const struct mw_cite *cite;

		buf_add(out, before);
		if (!slice_until(&rest, '}', &name)) {
			buf_char(out, '{');
			break;
		}
		cite = find(cited, name);
		if (cite)
			mw_cite_write(out, style, cite);
		else if (entity && slice_is(name, "entity"))
			mw_entity_write(out, style, entity);
		else
			buf_printf(out, "{%.*s}", SLICE_ARG(name));
	}
	buf_add(out, rest);
}
