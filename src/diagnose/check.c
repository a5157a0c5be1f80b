/* What rules call while they check. Out of memory shows as an arena that gives nothing more, which
 * mw_diagnose() tells at its end: nothing here has to be checked by a rule. */
#include "diagnose/rule.h"

#include <stdarg.h>
#include <stdio.h>

static struct mw_cite *slot(struct mw_check *c, const char *name)
{
	struct mw_cite **end = &c->f->cited;

	while (*end && strcmp((*end)->name, name) != 0)
		end = &(*end)->next;
	if (!*end)
		*end = arena_new(c->arena, struct mw_cite);
	return *end;
}

static void put(struct mw_check *c, struct mw_cite cite)
{
	struct mw_cite *at = slot(c, cite.name);

	if (!at)
		return;
	cite.next = at->next;
	*at = cite;
}

void mw_cite_over(struct mw_check *c, const char *name, enum mw_form form, double value,
		  const char *source, double threshold)
{
	put(c, (struct mw_cite){ .name = name,
				 .form = form,
				 .value = value,
				 .source = source,
				 .threshold = threshold });
}

void mw_cite(struct mw_check *c, const char *name, enum mw_form form, double value,
	     const char *source)
{
	mw_cite_over(c, name, form, value, source, NAN);
}

void mw_cite_text(struct mw_check *c, const char *name, const char *text, const char *source)
{
	const char *copy = arena_copy(c->arena, slice_of(text));

	put(c, (struct mw_cite){ .name = name,
				 .form = MW_FORM_TEXT,
				 .text = copy ? copy : "",
				 .source = source,
				 .threshold = NAN });
}

void mw_cite_process(struct mw_check *c, const char *name, const struct mw_entity *process)
{
	const char *comm = mw_get_text(process, M_P_COMM);
	const char *text = arena_printf(c->arena, "%s[%llu]", comm ? comm : "",
					(unsigned long long)process->id);

	mw_cite_text(c, name, text ? text : "", "/proc/PID/status: Name, Pid");
}

/* --- where a number comes from ---------------------------------------------------------------- */

/* The directory of the other hierarchy's files. */
static bool is_other_version(const struct mw_entity *e, const char *file)
{
	uint64_t version = e->kind == MW_CGROUP ? mw_get_or(e, M_CG_VERSION, 2) : 0;

	return (version == 1 && !strncmp(file, "cgroup2/", 8)) ||
	       (version == 2 && !strncmp(file, "cgroup1/", 8));
}

static const char *told(const struct mw_check *c, const char *file, const char *key)
{
	struct slice path = slice_of(file);
	const char *text;

	if (slice_begins(path, "cgroup1/") || slice_begins(path, "cgroup2/"))
		path = slice_skip(path, strlen("cgroup1/"));
	text = key ? arena_printf(c->arena, "%.*s: %s", SLICE_ARG(path), key)
		   : arena_copy(c->arena, path);
	return text ? text : "";
}

const char *mw_source_of(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric)
{
	const struct mw_metric_info *info = mw_metric_info(metric);
	size_t count;
	const struct mw_place *places = mw_places(&count);

	if (!info->file)
		return info->help;
	for (size_t i = 0; i < count; i++)
		if (places[i].metric == metric && !is_other_version(e, places[i].file))
			return told(c, places[i].file, places[i].key_len ? places[i].key : NULL);
	return told(c, info->file, info->key);
}

static enum mw_form form_of(enum mw_unit unit, bool rate)
{
	switch (unit) {
	case MW_BYTES:
	case MW_KIB:
	case MW_PAGES: return rate ? MW_FORM_BYTE_RATE : MW_FORM_BYTES;
	case MW_US:
	case MW_NS: return rate ? MW_FORM_SHARE : MW_FORM_SECONDS;
	case MW_MICRO: return MW_FORM_SHARE;
	default: return rate ? MW_FORM_COUNT_RATE : MW_FORM_COUNT;
	}
}

/* Microseconds and millionths are cited in seconds and in ones. */
static double scaled(enum mw_unit unit, double v)
{
	return unit == MW_US || unit == MW_NS || unit == MW_MICRO ? v / 1e6 : v;
}

void mw_cite_metric(struct mw_check *c, const char *name, const struct mw_entity *e,
		    enum mw_metric metric, double threshold)
{
	struct mw_num n = mw_get(e, metric);
	enum mw_unit unit = mw_metric_info(metric)->unit;

	if (n.state == MW_OK && mw_metric_is_text(metric))
		mw_cite_text(c, name, mw_get_text(e, metric), mw_source_of(c, e, metric));
	else if (n.state == MW_OK)
		mw_cite_over(c, name, form_of(unit, false), scaled(unit, (double)n.v),
			     mw_source_of(c, e, metric), threshold);
}

double mw_rate(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric)
{
	double rate;

	if (mw_view_rate(&c->evidence->view, e, metric, &rate) != MW_OK)
		return NAN;
	return scaled(mw_metric_info(metric)->unit, rate);
}

bool mw_cite_rate(struct mw_check *c, const char *name, const struct mw_entity *e,
		  enum mw_metric metric, double threshold)
{
	double rate = mw_rate(c, e, metric);

	if (isnan(rate))
		return false;
	mw_cite_over(c, name, form_of(mw_metric_info(metric)->unit, true), rate,
		     mw_source_of(c, e, metric), threshold);
	return true;
}

/* --- texts ------------------------------------------------------------------------------------ */

static void append(struct mw_check *c, struct mw_lines **list, const char *text)
{
	struct mw_lines *line = arena_new(c->arena, struct mw_lines);

	if (!line)
		return;
	while (*list)
		list = &(*list)->next;
	line->text = text;
	*list = line;
}

void mw_title(struct mw_check *c, const char *text)
{
	c->f->title = text;
}

void mw_detail(struct mw_check *c, const char *text)
{
	append(c, &c->f->details, text);
}

void mw_advise(struct mw_check *c, const char *text)
{
	append(c, &c->f->advice, text);
}

void mw_avoid(struct mw_check *c, const char *text)
{
	append(c, &c->f->avoid, text);
}

void mw_ask(struct mw_check *c, const char *format, ...)
{
	char text[4096 + 128];
	const char *copy;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		return;
	copy = arena_copy(c->arena, slice_of(text));
	if (copy)
		append(c, &c->f->next, copy);
}

void mw_level(struct mw_check *c, enum mw_level level)
{
	c->f->level = level;
}

void mw_doubt(struct mw_check *c, enum mw_confidence most, const char *why)
{
	if (most >= c->f->confidence)
		return;
	c->f->confidence = most;
	c->f->doubt = why;
}

enum mw_verdict mw_unknown(struct mw_check *c, const char *missing, const char *ask)
{
	c->missing = missing;
	c->ask = ask;
	return MW_UNKNOWN;
}

/* --- numbers ---------------------------------------------------------------------------------- */

double mw_share(struct mw_num part, struct mw_num whole)
{
	if (part.state != MW_OK || whole.state != MW_OK || !whole.v)
		return NAN;
	return (double)part.v / (double)whole.v;
}

bool mw_inside(const struct mw_entity *e, const struct mw_entity *group)
{
	while (e && e != group)
		e = e->parent;
	return e;
}

const struct mw_entity *mw_largest(const struct mw_snapshot *s, enum mw_kind kind,
				   const struct mw_entity *group, enum mw_metric metric)
{
	const struct mw_entity *e, *largest = NULL;

	mw_for_each (e, s, kind) {
		struct mw_num n = mw_get(e, metric);

		if (n.state != MW_OK || (group && !mw_inside(e, group)))
			continue;
		if (!largest || n.v > mw_get(largest, metric).v)
			largest = e;
	}
	return largest;
}
