/* Findings as a screen shows them:
 *
 *	  CRITICAL  shop/order is 214 MiB from an OOM kill
 *	            5.79 GiB of 6.00 GiB cannot be reclaimed
 *	            do    raise the limit
 *	            not   drop_caches
 *	            more  memwhy pid 69          ctr-oom-risk */
#include "render/finding.h"

#include "base/scoped.h"
#include "render/number.h"
#include "render/template.h"
#include "render/text.h"

#include <errno.h>

enum { MARGIN = 12, LABEL = 6, LIKE = 3, WIDEST = 110 };

static const struct {
	const char *word; /* in front of a finding */
	const char *one, *many;
	enum mw_tone tone;
} levels[MW_LEVELS] = {
	[MW_INFO] = { N_("INFO"), N_("info"), N_("info"), MW_TONE_DIM },
	[MW_NOTICE] = { N_("NOTICE"), N_("notice"), N_("notices"), MW_TONE_NOTICE },
	[MW_WARNING] = { N_("WARNING"), N_("warning"), N_("warnings"), MW_TONE_WARNING },
	[MW_CRITICAL] = { N_("CRITICAL"), N_("critical"), N_("critical"), MW_TONE_CRITICAL },
};

/* --- lines ------------------------------------------------------------------------------------ */

static size_t room_of(const struct mw_style *style)
{
	return !style->width ? 0 : style->width < WIDEST ? style->width : WIDEST;
}

static void blanks(struct buf *out, size_t n)
{
	while (n--)
		buf_char(out, ' ');
}

/* A label, and text behind it that is wrapped below itself. */
static void put_labelled(struct buf *out, const struct mw_style *style, const char *label,
			 const struct buf *text)
{
	size_t width = 0;

	blanks(out, MARGIN);
	if (label) {
		const char *said = mw_tr(style, label);

		mw_tone_puts(out, style, MW_TONE_DIM, label);
		width = mw_text_width(slice_of(said));
		blanks(out, width < LABEL ? LABEL - width : 1);
	}
	mw_text_wrap(out, buf_slice(text), MARGIN + (label ? LABEL : 0), room_of(style));
	buf_char(out, '\n');
}

static int put_templates(struct buf *out, const struct mw_style *style, const char *label,
			 const struct mw_lines *lines, const struct mw_finding *f)
{
	scoped_buf struct buf text = { 0 };

	for (; lines; lines = lines->next) {
		buf_clear(&text);
		mw_template_write(&text, style, lines->text, f->entity, f->cited);
		put_labelled(out, style, label, &text);
	}
	return text.error;
}

/* --- one illness ------------------------------------------------------------------------------ */

static const struct mw_finding *head_of(const struct mw_finding *f)
{
	while (f->cause)
		f = f->cause;
	return f;
}

static void put_title(struct buf *out, const struct mw_style *style, const struct mw_finding *f,
		      enum mw_level level)
{
	scoped_buf struct buf text = { 0 };
	const char *word = mw_tr(style, levels[level].word);
	size_t width = mw_text_width(slice_of(word));

	buf_puts(out, "  ");
	mw_tone_puts(out, style, levels[level].tone, levels[level].word);
	blanks(out, width + 2 < MARGIN ? MARGIN - 2 - width : 1);
	mw_template_write(&text, style, f->title, f->entity, f->cited);
	mw_tone_begin(out, style, MW_TONE_BOLD);
	mw_text_wrap(out, buf_slice(&text), MARGIN, room_of(style));
	mw_tone_end(out, style, MW_TONE_BOLD);
	buf_char(out, '\n');
}

/* A command is never broken: it is there to be copied. @used columns of the line */
static void put_command(struct buf *out, const struct mw_style *style, const struct buf *safe,
			bool first, size_t *used)
{
	size_t width = mw_text_width(buf_slice(safe)), label;

	if (first) {
		label = mw_text_width(slice_of(mw_tr(style, N_("more"))));
		blanks(out, MARGIN);
		mw_tone_puts(out, style, MW_TONE_DIM, N_("more"));
		blanks(out, label < LABEL ? LABEL - label : 1);
		*used = MARGIN + LABEL;
	} else if (room_of(style) && *used + 4 + width > room_of(style)) {
		buf_char(out, '\n');
		blanks(out, *used = MARGIN + LABEL);
	} else {
		blanks(out, 4);
		*used += 4;
	}
	buf_add(out, buf_slice(safe));
	*used += width;
}

/* "more  memwhy pid 69   memwhy node        jvm-limit-fit, ctr-oom-risk": the commands of all, each
 * once, and the ids. */
static void put_more(struct buf *out, const struct mw_style *style, struct mw_finding *const *group,
		     size_t count)
{
	scoped_buf struct buf said = { 0 }, ids = { 0 };
	size_t used = MARGIN, room = room_of(style);

	for (size_t i = 0; i < count; i++) {
		for (const struct mw_lines *l = group[i]->next; l; l = l->next) {
			scoped_buf struct buf safe = { 0 };

			mw_text_safe(&safe, slice_of(l->text), style->unicode);
			if (safe.error || (said.at && strstr(said.at, safe.at)))
				continue;
			put_command(out, style, &safe, !said.len, &used);
			buf_add(&said, buf_slice(&safe));
			buf_char(&said, '\n');
		}
		if (ids.at && strstr(ids.at, group[i]->id))
			continue;
		buf_puts(&ids, ids.len ? ", " : "");
		buf_puts(&ids, group[i]->id);
	}
	if (!said.len) {
		blanks(out, MARGIN);
	} else if (room && used + 3 + ids.len > room) {
		buf_char(out, '\n');
		blanks(out, used = MARGIN);
	} else {
		blanks(out, 3);
		used += 3;
	}
	if (room > used + ids.len)
		blanks(out, room - used - ids.len);
	mw_tone_begin(out, style, MW_TONE_DIM);
	buf_add(out, buf_slice(&ids));
	mw_tone_end(out, style, MW_TONE_DIM);
	buf_char(out, '\n');
}

/* Each number with its source and what it was held against. */
static void put_cited(struct buf *out, const struct mw_style *style, const struct mw_finding *f)
{
	for (const struct mw_cite *c = f->cited; c; c = c->next) {
		scoped_buf struct buf text = { 0 };

		buf_puts(&text, c->name);
		buf_puts(&text, " = ");
		mw_cite_write(&text, style, c);
		if (c->threshold == c->threshold) {
			buf_puts(&text, mw_tr(style, N_(", held against ")));
			mw_cite_threshold_write(&text, style, c);
		}
		buf_puts(&text, "   ");
		mw_text_safe(&text, slice_of(mw_tr(style, c->source)), style->unicode);
		mw_tone_begin(out, style, MW_TONE_DIM);
		put_labelled(out, style, NULL, &text);
		mw_tone_end(out, style, MW_TONE_DIM);
	}
}

static void put_doubt(struct buf *out, const struct mw_style *style, const struct mw_finding *f)
{
	scoped_buf struct buf text = { 0 };

	if (!f->doubt)
		return;
	buf_puts(&text, mw_tr(style, f->confidence == MW_LOW ? N_("low: ") : N_("medium: ")));
	mw_template_write(&text, style, f->doubt, f->entity, f->cited);
	put_labelled(out, style, N_("sure"), &text);
}

/* An illness is as bad as the worst of what it explains. */
static enum mw_level worst_of(struct mw_finding *const *group, size_t count)
{
	enum mw_level worst = group[0]->level;

	for (size_t i = 1; i < count; i++)
		worst = group[i]->level > worst ? group[i]->level : worst;
	return worst;
}

static int put_illness(struct buf *out, const struct mw_style *style,
		       const struct mw_findings_options *options, struct mw_finding *const *group,
		       size_t count)
{
	const struct mw_finding *head = group[0];
	scoped_buf struct buf text = { 0 };
	int error;

	put_title(out, style, head, worst_of(group, count));
	error = put_templates(out, style, NULL, head->details, head);
	/* what it explains */
	for (size_t i = 1; i < count; i++) {
		buf_clear(&text);
		mw_template_write(&text, style, group[i]->title, group[i]->entity, group[i]->cited);
		put_labelled(out, style, N_("so"), &text);
	}
	put_doubt(out, style, head);
	for (size_t i = 0; i < count && !error; i++)
		if (i == 0 || !group[0]->advice)
			error = put_templates(out, style, N_("do"), group[i]->advice, group[i]);
	for (size_t i = 0; i < count && !error; i++)
		if (i == 0 || !group[0]->avoid)
			error = put_templates(out, style, N_("not"), group[i]->avoid, group[i]);
	for (size_t i = 0; i < count && options->how; i++)
		put_cited(out, style, group[i]);
	put_more(out, style, group, count);
	return error ? error : text.error;
}

/* --- all -------------------------------------------------------------------------------------- */

/* The finding at `i` and those behind it that it explains. */
static size_t illness_size(const struct mw_diagnosis *d, size_t i)
{
	const struct mw_finding *head = d->findings[i];
	size_t count = 1;

	while (i + count < d->count && d->findings[i + count]->cause &&
	       head_of(d->findings[i + count]) == head)
		count++;
	return count;
}

/* "  ● 1 critical   ● 2 notices" */
static void put_counts(struct buf *out, const struct mw_style *style, const struct mw_diagnosis *d)
{
	size_t counts[MW_LEVELS] = { 0 };
	bool any = false;

	for (size_t i = 0, count; i < d->count; i += count) {
		count = illness_size(d, i);
		counts[worst_of(d->findings + i, count)]++;
	}
	for (int level = MW_LEVELS - 1; level >= 0; level--) {
		if (!counts[level])
			continue;
		buf_puts(out, any ? "   " : "  ");
		mw_tone_begin(out, style, levels[level].tone);
		buf_puts(out, style->unicode ? "●" : "*");
		mw_tone_end(out, style, levels[level].tone);
		buf_printf(out, " %zu %s", counts[level],
			   mw_language_plural(style->language, levels[level].one,
					      levels[level].many, counts[level]));
		any = true;
	}
	buf_puts(out, any ? "\n\n" : "");
}

/* How many heads before this one have its id. */
static size_t like_before(const struct mw_diagnosis *d, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += !d->findings[k]->cause && d->findings[k]->id == d->findings[i]->id;
	return n;
}

static void put_cannot_tell(struct buf *out, const struct mw_style *style,
			    const struct mw_diagnosis *d)
{
	for (size_t i = 0; i < d->cannot_tell_count; i++) {
		const struct mw_cannot_tell *c = &d->cannot_tell[i];
		scoped_buf struct buf text = { 0 };

		if (!i) {
			buf_puts(out, "  ");
			mw_tone_puts(out, style, MW_TONE_TITLE, N_("cannot be told"));
			buf_char(out, '\n');
		}
		mw_entity_write(&text, style, c->entity);
		if (c->entities > 1) {
			buf_printf(&text, mw_tr(style, " and %u more"), c->entities - 1);
		}
		buf_puts(&text, ": ");
		mw_template_write(&text, style, c->missing, c->entity, c->cited);
		buf_puts(out, "  - ");
		mw_text_wrap(out, buf_slice(&text), 4, room_of(style));
		if (c->next) {
			buf_puts(out, "\n    ");
			mw_tone_puts(out, style, MW_TONE_DIM, N_("would tell: "));
			mw_text_safe(out, slice_of(c->next), style->unicode);
		}
		buf_puts(out, "   ");
		mw_tone_begin(out, style, MW_TONE_DIM);
		buf_puts(out, c->id);
		mw_tone_end(out, style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
	buf_puts(out, d->cannot_tell_count ? "\n" : "");
}

int mw_findings_write(const struct mw_diagnosis *d, const struct mw_findings_options *options,
		      const struct mw_style *style, struct buf *out)
{
	size_t told = 0, left = 0, count;
	int error = 0;

	put_counts(out, style, d);
	for (size_t i = 0; i < d->count && !error; i += count) {
		count = illness_size(d, i);
		if ((options->most && told >= options->most) ||
		    (options->most && like_before(d, i) >= LIKE)) {
			left++;
			continue;
		}
		error = put_illness(out, style, options, d->findings + i, count);
		told++;
	}
	if (left) {
		buf_printf(out,
			   mw_language_plural(style->language,
					      N_("  %zu more finding: -n 0 shows it\n"),
					      N_("  %zu more findings: -n 0 shows them\n"), left),
			   left);
	}
	buf_puts(out, told ? "\n" : "");
	put_cannot_tell(out, style, d);
	return error ? error : out->error;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static const char *const units[MW_FORMS] = {
	[MW_FORM_BYTES] = "bytes", [MW_FORM_BYTE_RATE] = "bytes/s",
	[MW_FORM_COUNT] = "count", [MW_FORM_COUNT_RATE] = "1/s",
	[MW_FORM_SHARE] = "ratio", [MW_FORM_SECONDS] = "seconds",
	[MW_FORM_TEXT] = "text",
};

static void json_text(struct mw_json *j, const char *key, const struct mw_style *style,
		      const char *english, const struct mw_entity *e, const struct mw_cite *cited)
{
	scoped_buf struct buf text = { 0 };

	mw_template_write(&text, style, english, e, cited);
	mw_json_string(j, key, buf_slice(&text));
}

static void json_lines(struct mw_json *j, const char *key, const struct mw_style *style,
		       const struct mw_lines *lines, const struct mw_finding *f)
{
	if (!lines)
		return;
	mw_json_array(j, key);
	for (; lines; lines = lines->next)
		json_text(j, NULL, style, lines->text, f->entity, f->cited);
	mw_json_end(j);
}

static void json_cited(struct mw_json *j, const struct mw_cite *c)
{
	mw_json_array(j, "cited");
	for (; c; c = c->next) {
		mw_json_object(j, NULL);
		mw_json_puts(j, "name", c->name);
		if (c->form == MW_FORM_TEXT)
			mw_json_puts(j, "value", c->text);
		else
			mw_json_number(j, "value", c->value);
		mw_json_puts(j, "unit", units[c->form]);
		mw_json_puts(j, "source", c->source);
		if (c->threshold == c->threshold)
			mw_json_number(j, "threshold", c->threshold);
		mw_json_end(j);
	}
	mw_json_end(j);
}

static void json_entity(struct mw_json *j, const char *key, const struct mw_entity *e)
{
	scoped_arena struct arena a = { 0 };
	const char *text = mw_entity_key(&a, e);

	mw_json_puts(j, key, text ? text : "node");
}

static void json_finding(struct mw_json *j, const struct mw_finding *f,
			 const struct mw_style *style)
{
	mw_json_object(j, NULL);
	mw_json_puts(j, "id", f->id);
	mw_json_puts(j, "level", mw_level_name(f->level));
	mw_json_puts(j, "confidence", mw_confidence_name(f->confidence));
	if (f->doubt)
		json_text(j, "doubt", style, f->doubt, f->entity, f->cited);
	json_entity(j, "entity", f->entity);
	json_text(j, "title", style, f->title, f->entity, f->cited);
	json_lines(j, "details", style, f->details, f);
	json_cited(j, f->cited);
	json_lines(j, "advice", style, f->advice, f);
	json_lines(j, "avoid", style, f->avoid, f);
	if (f->next) {
		mw_json_array(j, "next");
		for (const struct mw_lines *l = f->next; l; l = l->next)
			mw_json_string(j, NULL, slice_of(l->text));
		mw_json_end(j);
	}
	if (f->cause) {
		mw_json_object(j, "explained_by");
		mw_json_puts(j, "id", f->cause->id);
		json_entity(j, "entity", f->cause->entity);
		mw_json_end(j);
	}
	mw_json_end(j);
}

void mw_json_findings(struct mw_json *j, const struct mw_diagnosis *d, const struct mw_style *shown)
{
	const struct mw_style style = { .unicode = true, .language = shown->language };

	mw_json_array(j, "findings");
	for (size_t i = 0; i < d->count; i++)
		json_finding(j, d->findings[i], &style);
	mw_json_end(j);
	mw_json_array(j, "cannot_tell");
	for (size_t i = 0; i < d->cannot_tell_count; i++) {
		const struct mw_cannot_tell *c = &d->cannot_tell[i];

		mw_json_object(j, NULL);
		mw_json_puts(j, "id", c->id);
		json_entity(j, "entity", c->entity);
		mw_json_u64(j, "entities", c->entities);
		json_text(j, "missing", &style, c->missing, c->entity, c->cited);
		if (c->next)
			mw_json_string(j, "next", slice_of(c->next));
		mw_json_end(j);
	}
	mw_json_end(j);
}
