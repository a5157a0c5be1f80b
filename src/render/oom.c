/* A past OOM kill on a screen:
 *
 *	Nov 20 03:14:07  java[4711] was killed: its group /shop reached its own limit of 6.00 GiB
 *	  who asked       java[4711], for 4.00 KiB (GFP_KERNEL)
 *	  why that one    highest score of 12 tasks: 985 of 1000 (RSS 5.87 GiB, …)
 *	  held by         processes 5.97 GiB, …
 *	  do              …
 */
#include "render/oom.h"

#include "base/scoped.h"
#include "render/finding.h"
#include "render/table.h"
#include "render/text.h"

#include <time.h>

enum { LABEL = 16, WIDEST = 110 };

static bool known(uint64_t v)
{
	return v < MW_OOM_UNLIMITED;
}

static size_t room_of(const struct mw_style *style)
{
	return !style->width ? 0 : style->width < WIDEST ? style->width : WIDEST;
}

/* One fact under the title: `text` is safe, and emptied. */
static void put_fact(struct buf *out, const struct mw_style *style, const char *label,
		     struct buf *text)
{
	size_t width = mw_text_width(slice_of(mw_tr(style, label)));

	if (!text->len)
		return;
	buf_puts(out, "  ");
	mw_tone_puts(out, style, MW_TONE_DIM, label);
	do
		buf_char(out, ' ');
	while (++width < LABEL);
	mw_text_wrap(out, buf_slice(text), LABEL + 2, room_of(style));
	buf_char(out, '\n');
	buf_clear(text);
}

static void put_template(struct buf *out, const struct mw_style *style, const char *template,
			 const struct mw_oom_words *w)
{
	if (template)
		mw_template_write(out, style, template, NULL, w->cites);
}

/* The log's own stamp; a time without one in UTC; seconds since boot. */
static void put_time(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	time_t seconds = (time_t)(r->time / 1000000000);
	struct tm tm;
	char text[32];

	if (r->stamp) {
		mw_text_safe(out, slice_of(r->stamp), style->unicode);
	} else if (r->time && gmtime_r(&seconds, &tm)) {
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
		buf_puts(out, text);
	} else if (r->uptime != UINT64_MAX) {
		mw_number_duration(out, style, r->uptime);
		buf_puts(out, mw_tr(style, N_(" after boot")));
	}
}

static void put_title(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r,
		      const struct mw_oom_words *w)
{
	scoped_buf struct buf text = { 0 }, when = { 0 };

	if (r->host) {
		mw_text_safe(&when, slice_of(r->host), style->unicode);
		buf_puts(&when, "  ");
	}
	put_time(&when, style, r);
	if (when.len)
		buf_puts(&when, "  ");
	buf_add(out, buf_slice(&when));
	put_template(&text, style, mw_oom_title(r), w);
	mw_tone_begin(out, style, MW_TONE_BOLD);
	mw_text_wrap(out, buf_slice(&text), mw_text_width(buf_slice(&when)), room_of(style));
	mw_tone_end(out, style, MW_TONE_BOLD);
	buf_char(out, '\n');
}

/* --- facts ------------------------------------------------------------------------------------ */

static void put_asked(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	const struct mw_oom_trigger *t = &r->trigger;
	scoped_buf struct buf text = { 0 };

	if (!*t->name)
		return;
	mw_text_safe(&text, slice_of(t->name), style->unicode);
	if (t->pid)
		buf_printf(&text, "[%u]", t->pid);
	if (t->has_gfp && t->order >= 0) {
		buf_puts(&text, mw_tr(style, N_(", for ")));
		mw_number_size(&text, style, (uint64_t)r->page_size << t->order);
		if (t->order)
			buf_printf(&text, mw_tr(style, N_(" in one piece (order %d)")), t->order);
		if (t->gfp_names) {
			buf_puts(&text, " (");
			mw_text_safe(&text, slice_of(t->gfp_names), style->unicode);
			buf_char(&text, ')');
		}
	}
	put_fact(out, style, N_("who asked"), &text);
}

/* "shop/order-7d9f/java   /kubepods/burstable/pod31f0…/7ab0…" */
static void put_where(struct buf *out, const struct mw_style *style, const char *label,
		      const char *title, const char *group)
{
	scoped_buf struct buf text = { 0 };

	if (!title || !group || !strcmp(title, group))
		return;
	mw_text_safe(&text, slice_of(title), style->unicode);
	buf_puts(&text, "   ");
	mw_text_safe(&text, slice_of(group), style->unicode);
	put_fact(out, style, label, &text);
}

static void put_wheres(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	put_where(out, style, N_("its container"), r->victim_title, r->victim_group);
	if (r->limit_group && (!r->victim_group || strcmp(r->limit_group, r->victim_group) != 0))
		put_where(out, style, N_("limit of"), r->limit_title, r->limit_group);
}

static void put_counter(struct buf *out, const struct mw_style *style, const char *name,
			const struct mw_oom_counter *c)
{
	if (!known(c->usage))
		return;
	buf_puts(out, out->len ? ", " : "");
	buf_printf(out, "%s ", mw_tr(style, name));
	mw_number_size(out, style, c->usage);
	if (known(c->limit)) {
		buf_puts(out, " / ");
		mw_number_size(out, style, c->limit);
	} else if (c->limit == MW_OOM_UNLIMITED) {
		buf_puts(out, mw_tr(style, N_(", no limit")));
	}
	if (known(c->failcnt) && c->failcnt)
		buf_printf(out, mw_tr(style, N_(" (reached %llu times)")),
			   (unsigned long long)c->failcnt);
}

static void put_usage(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	scoped_buf struct buf text = { 0 };

	put_counter(&text, style, N_("memory"), &r->memory);
	put_counter(&text, style, N_("memory and swap"), &r->memsw);
	put_counter(&text, style, N_("swap"), &r->swap);
	put_counter(&text, style, N_("kernel memory"), &r->kmem);
	put_fact(out, style, N_("usage"), &text);
}

static void put_part(struct buf *out, const struct mw_style *style, const char *name, uint64_t v,
		     bool most)
{
	if (!known(v))
		return;
	buf_puts(out, out->len ? ", " : "");
	mw_tone_begin(out, style, most ? MW_TONE_BOLD : MW_TONE_PLAIN);
	buf_printf(out, "%s ", mw_tr(style, name));
	mw_number_size(out, style, v);
	mw_tone_end(out, style, most ? MW_TONE_BOLD : MW_TONE_PLAIN);
}

static void put_held(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	const struct mw_oom_sums *s = &r->sums;
	enum mw_oom_holder who = r->held_by;
	scoped_buf struct buf text = { 0 };

	put_part(&text, style, N_("processes"), s->processes, who == MW_OOM_HELD_PROCESSES);
	put_part(&text, style, N_("tmpfs and shared memory"), s->shmem, who == MW_OOM_HELD_SHMEM);
	put_part(&text, style, N_("kernel"), s->kernel, who == MW_OOM_HELD_KERNEL);
	put_part(&text, style, N_("files"), s->file, who == MW_OOM_HELD_FILE);
	put_part(&text, style, N_("huge pages"),
		 known(s->huge) && s->huge ? s->huge : MW_OOM_NOT_TOLD, false);
	put_part(&text, style, N_("free"), s->free, false);
	put_part(&text, style, N_("in swap"), known(s->swap) && s->swap ? s->swap : MW_OOM_NOT_TOLD,
		 who == MW_OOM_HELD_SWAP);
	put_fact(out, style, N_("held by"), &text);
	/* a tenth is what shared pages and the kernel usually make of it */
	if (known(s->unlisted) && known(s->total) && s->unlisted > s->total / 10) {
		mw_number_size(&text, style, s->unlisted);
		buf_puts(&text, mw_tr(style, N_(" are held by none of the tasks listed")));
		put_fact(out, style, N_("not in the list"), &text);
	}
}

static void put_victims(struct buf *out, const struct mw_style *style,
			const struct mw_oom_report *r)
{
	enum { MOST = 8 };
	scoped_buf struct buf text = { 0 };

	for (uint32_t i = 1; i < r->victim_count && i <= MOST; i++) {
		buf_puts(&text, i > 1 ? ", " : "");
		mw_text_safe(&text, slice_of(r->victims[i].name), style->unicode);
		buf_printf(&text, "[%u]", r->victims[i].pid);
	}
	if (r->victim_count > MOST + 1)
		buf_printf(&text, mw_tr(style, N_(" and %u more")), r->victim_count - MOST - 1);
	if (r->group) {
		buf_puts(&text, text.len ? "  " : "");
		buf_puts(&text, mw_tr(style, N_("memory.oom.group of ")));
		mw_text_safe(&text, slice_of(r->group), style->unicode);
	}
	put_fact(out, style, N_("died too"), &text);
	if (r->panic) {
		mw_text_safe(&text, slice_of(r->panic), style->unicode);
		put_fact(out, style, N_("the machine died"), &text);
	}
}

static void put_doubts(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	scoped_buf struct buf text = { 0 };

	if (!r->complete)
		buf_puts(&text, mw_tr(style, N_("lines of this report are missing from the log")));
	put_fact(out, style, N_("not complete"), &text);
}

/* --- the ranking ------------------------------------------------------------------------------ */

static void cell_size(struct mw_table *t, const struct mw_style *style, uint64_t v)
{
	struct buf *cell = mw_cell(t, MW_TONE_PLAIN);

	if (known(v))
		mw_number_size(cell, style, v);
}

static bool is_victim(const struct mw_oom_report *r, uint32_t pid)
{
	for (uint32_t i = 0; i < r->victim_count; i++)
		if (r->victims[i].pid == pid)
			return true;
	return false;
}

static void put_row(struct mw_table *t, const struct mw_style *style, const struct mw_oom_report *r,
		    const struct mw_oom_row *row)
{
	bool dead = is_victim(r, row->pid);
	struct buf *cell;
	int64_t score;

	mw_table_row(t, 0);
	cell = mw_cell(t, dead ? MW_TONE_BOLD : MW_TONE_PLAIN);
	mw_text_safe(cell, slice_of(row->name), style->unicode);
	buf_printf(cell, "[%u]", row->pid);
	cell_size(t, style, row->rss);
	cell_size(t, style, row->swap);
	cell_size(t, style, row->page_tables);
	cell = mw_cell(t, MW_TONE_PLAIN);
	if (row->has_adj)
		mw_number_i64(cell, row->adj);
	cell = mw_cell(t, MW_TONE_PLAIN);
	if (mw_oom_score_of(r, row, &score))
		mw_number_i64(cell, score);
	buf_puts(mw_cell(t, MW_TONE_DIM), dead ? mw_tr(style, N_("killed")) : "");
}

static int put_ranking(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r,
		       size_t rows)
{
	static const struct mw_column columns[] = {
		{ .title = N_("name[pid]") },
		{ .title = N_("RSS"), .align = MW_RIGHT },
		{ .title = N_("swap"), .align = MW_RIGHT },
		{ .title = N_("page tables"), .align = MW_RIGHT },
		{ .title = N_("adj"), .align = MW_RIGHT },
		{ .title = N_("score"), .align = MW_RIGHT },
		{ .title = "" },
	};
	scoped_table struct mw_table t = { 0 };
	size_t shown = rows < r->task_count ? rows : r->task_count;

	if (!shown)
		return 0;
	mw_table_init(&t, style, columns, sizeof(columns) / sizeof(*columns));
	t.margin = LABEL + 2;
	for (size_t i = 0; i < shown; i++)
		put_row(&t, style, r, &r->tasks[i]);
	if (r->tasks_listed > 1) {
		mw_table_row(&t, 0);
		buf_printf(mw_cell(&t, MW_TONE_DIM), mw_tr(style, N_("all %u")), r->tasks_listed);
		cell_size(&t, style, r->task_sum.rss);
		cell_size(&t, style, r->task_sum.swap);
		cell_size(&t, style, r->task_sum.page_tables);
	}
	return mw_table_write(&t, out);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* The group may be named with blanks: then it is not for copying. A command is not broken, either. */
static void put_next(struct buf *out, const struct mw_style *style, const struct mw_oom_report *r)
{
	static const char second[] = "memwhy oom --next";
	const char *label = mw_tr(style, N_("more"));
	scoped_buf struct buf text = { 0 };
	const char *group = r->limit_title ? r->limit_title : r->limit_group;
	size_t width = mw_text_width(slice_of(label)), used;

	if (group && !strpbrk(group, " \t'\"\\$`;&|<>(){}*?!#~")) {
		buf_puts(&text, "memwhy container ");
		mw_text_safe(&text, slice_of(group), style->unicode);
	} else {
		buf_puts(&text, "memwhy node");
	}
	buf_puts(out, "  ");
	mw_tone_puts(out, style, MW_TONE_DIM, N_("more"));
	do
		buf_char(out, ' ');
	while (++width < LABEL);
	buf_add(out, buf_slice(&text));
	used = LABEL + 2 + mw_text_width(buf_slice(&text)) + 3 + strlen(second);
	if (room_of(style) && used > room_of(style))
		buf_printf(out, "\n%*s%s\n", LABEL + 2, "", second);
	else
		buf_printf(out, "   %s\n", second);
}

int mw_oom_write(const struct mw_oom_report *r, const struct mw_oom_options *options,
		 const struct mw_style *style, struct buf *out)
{
	scoped_buf struct buf text = { 0 };
	struct mw_oom_words words;
	int error = mw_oom_words_of(r, style, &words);

	if (error)
		return error;
	put_title(out, style, r, &words);
	put_wheres(out, style, r);
	put_asked(out, style, r);
	put_usage(out, style, r);
	put_template(&text, style, mw_oom_choice(r), &words);
	put_fact(out, style, N_("why that one"), &text);
	error = put_ranking(out, style, r, options->rows);
	put_victims(out, style, r);
	put_held(out, style, r);
	put_doubts(out, style, r);
	put_template(&text, style, mw_oom_advice(r), &words);
	put_fact(out, style, N_("do"), &text);
	if (!options->elsewhere)
		put_next(out, style, r);
	mw_oom_words_release(&words);
	if (error)
		return error;
	return out->error ? out->error : text.error;
}
