/* "oom" of the contract. */
#include "base/scoped.h"
#include "render/finding.h"
#include "render/oom.h"

static bool known(uint64_t v)
{
	return v < MW_OOM_UNLIMITED;
}

static void put_u64(struct mw_json *j, const char *key, uint64_t v)
{
	if (known(v))
		mw_json_u64(j, key, v);
}

static void put_text(struct mw_json *j, const char *key, const char *text)
{
	if (text)
		mw_json_string(j, key, slice_of(text));
}

static void put_sentence(struct mw_json *j, const char *key, const char *template,
			 const struct mw_style *style, const struct mw_oom_words *words)
{
	scoped_buf struct buf text = { 0 };

	if (!template)
		return;
	mw_template_write(&text, style, template, NULL, words->cites);
	mw_json_string(j, key, buf_slice(&text));
}

/* --- tasks ------------------------------------------------------------------------------------ */

static void put_row(struct mw_json *j, const struct mw_oom_row *t)
{
	mw_json_object(j, NULL);
	mw_json_u64(j, "pid", t->pid);
	if (*t->name)
		mw_json_string(j, "name", slice_of(t->name));
	if (t->uid != UINT32_MAX)
		mw_json_u64(j, "uid", t->uid);
	put_u64(j, "total_vm_bytes", t->total_vm);
	put_u64(j, "anon_rss_bytes", t->anon);
	put_u64(j, "file_rss_bytes", t->file);
	put_u64(j, "shmem_rss_bytes", t->shmem);
	put_u64(j, "rss_bytes", t->rss);
	put_u64(j, "swap_bytes", t->swap);
	put_u64(j, "page_tables_bytes", t->page_tables);
	if (t->has_adj)
		mw_json_i64(j, "oom_score_adj", t->adj);
	if (t->has_badness)
		mw_json_i64(j, "badness", t->badness);
	mw_json_end(j);
}

static void put_rows(struct mw_json *j, const char *key, const struct mw_oom_row *rows,
		     uint32_t count)
{
	mw_json_array(j, key);
	for (uint32_t i = 0; i < count; i++)
		put_row(j, &rows[i]);
	mw_json_end(j);
}

static void put_trigger(struct mw_json *j, const struct mw_oom_trigger *t)
{
	if (!*t->name && !t->pid && !t->has_gfp)
		return;
	mw_json_object(j, "trigger");
	if (t->pid)
		mw_json_u64(j, "pid", t->pid);
	if (*t->name)
		mw_json_string(j, "name", slice_of(t->name));
	if (t->has_gfp) {
		char mask[24];

		mw_json_i64(j, "order", t->order);
		snprintf(mask, sizeof(mask), "0x%llx", (unsigned long long)t->gfp);
		mw_json_puts(j, "gfp", t->gfp_names ? t->gfp_names : mask);
		mw_json_puts(j, "gfp_mask", mask);
	}
	if (t->has_adj)
		mw_json_i64(j, "oom_score_adj", t->adj);
	mw_json_end(j);
}

/* --- sums and zones --------------------------------------------------------------------------- */

static void put_sums(struct mw_json *j, const struct mw_oom_sums *s)
{
	mw_json_object(j, "held");
	put_u64(j, "total_bytes", s->total);
	put_u64(j, "processes_bytes", s->processes);
	put_u64(j, "shmem_bytes", s->shmem);
	put_u64(j, "kernel_bytes", s->kernel);
	put_u64(j, "file_bytes", s->file);
	put_u64(j, "huge_pages_bytes", s->huge);
	put_u64(j, "free_bytes", s->free);
	put_u64(j, "swap_bytes", s->swap);
	put_u64(j, "unlisted_bytes", s->unlisted);
	mw_json_end(j);
}

static void put_zones(struct mw_json *j, const struct mw_oom_report *r)
{
	mw_json_array(j, "zones");
	for (uint32_t i = 0; i < r->zone_count; i++) {
		const struct mw_oom_zone *z = &r->zones[i];

		mw_json_object(j, NULL);
		mw_json_u64(j, "numa", z->node);
		mw_json_string(j, "name", slice_of(z->name));
		put_u64(j, "free_bytes", z->free);
		put_u64(j, "min_bytes", z->min);
		put_u64(j, "low_bytes", z->low);
		put_u64(j, "high_bytes", z->high);
		put_u64(j, "managed_bytes", z->managed);
		if (z->has_blocks) {
			mw_json_array(j, "free_blocks");
			for (int o = 0; o < MW_OOM_ORDERS; o++)
				mw_json_u64(j, NULL, z->blocks[o]);
			mw_json_end(j);
		}
		mw_json_end(j);
	}
	mw_json_end(j);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* What the contract promises and the log does not say. */
static void put_states(struct mw_json *j, const struct mw_oom_report *r, const uint64_t *values,
		       const char *const *keys, size_t count)
{
	const struct {
		const char *key;
		bool missing;
	} others[] = {
		{ "time", !r->time },
		{ "uptime_seconds", r->uptime == UINT64_MAX },
		{ "constraint", r->constraint == MW_OOM_CONSTRAINT_UNKNOWN },
		{ "limit_group", !r->limit_group },
		{ "victim_group", !r->victim_group },
		{ "cause", r->cause == MW_OOM_CAUSE_UNKNOWN },
	};
	bool any = false;

	for (size_t i = 0; i < count + sizeof(others) / sizeof(*others); i++) {
		bool number = i < count;

		if (number ? known(values[i]) : !others[i - count].missing)
			continue;
		if (!any)
			mw_json_object(j, "states");
		any = true;
		mw_json_puts(j, number ? keys[i] : others[i - count].key,
			     mw_state_name(number && values[i] == MW_OOM_UNLIMITED ? MW_UNLIMITED
										   : MW_ABSENT));
	}
	if (any)
		mw_json_end(j);
}

static void put_numbers(struct mw_json *j, const struct mw_oom_report *r)
{
	static const char *const keys[] = { "limit_bytes", "usage_bytes", "swap_usage_bytes",
					    "kernel_bytes" };
	const uint64_t values[] = { r->memory.limit, r->memory.usage, r->sums.swap,
				    r->sums.kernel };
	enum { COUNT = sizeof(values) / sizeof(*values) };

	for (size_t i = 0; i < COUNT; i++)
		put_u64(j, keys[i], values[i]);
	put_states(j, r, values, keys, COUNT);
}

static void put_when(struct mw_json *j, const struct mw_oom_report *r)
{
	if (r->time)
		mw_json_time(j, "time", r->time);
	if (r->uptime != UINT64_MAX)
		mw_json_micro(j, "uptime_seconds", r->uptime);
	put_text(j, "stamp", r->stamp);
	put_text(j, "host", r->host);
	put_text(j, "kernel", r->kernel);
	put_text(j, "file", r->file);
	mw_json_u64(j, "first_line", r->first_line);
	mw_json_u64(j, "last_line", r->last_line);
}

static void put_why(struct mw_json *j, const struct mw_oom_report *r)
{
	const char *cause = mw_oom_cause_name(r->cause);

	if (cause)
		mw_json_puts(j, "cause", cause);
	mw_json_puts(j, "held_by", mw_oom_holder_name(r->held_by));
	if (r->constraint == MW_OOM_MEMCG)
		mw_json_puts(j, "limit_kind", mw_oom_limit_name(r->limit_kind));
	mw_json_puts(j, "choice", mw_oom_choice_name(r->choice));
	if (r->choice == MW_OOM_CHOICE_OTHER)
		mw_json_u64(j, "expected_pid", r->expected);
	if (r->kernel_score != UINT32_MAX)
		mw_json_u64(j, "kernel_score", r->kernel_score);
	if (known(r->totalpages))
		mw_json_u64(j, "badness_total", r->totalpages);
	put_text(j, "oom_group", r->group);
	put_text(j, "panic", r->panic);
}

void mw_json_oom(struct mw_json *j, const struct mw_oom_report *r, const struct mw_style *shown)
{
	const struct mw_style style = { .unicode = true, .language = shown->language };
	const char *constraint = mw_oom_constraint_name(r->constraint);
	struct mw_oom_words words;

	mw_json_object(j, NULL);
	if (!mw_oom_words_of(r, &style, &words)) {
		put_sentence(j, "title", mw_oom_title(r), &style, &words);
		put_sentence(j, "why_that_one", mw_oom_choice(r), &style, &words);
		put_sentence(j, "advice", mw_oom_advice(r), &style, &words);
		mw_oom_words_release(&words);
	}
	put_when(j, r);
	if (constraint)
		mw_json_puts(j, "constraint", constraint);
	put_text(j, "limit_group", r->limit_group);
	put_text(j, "limit_name", r->limit_title);
	put_text(j, "victim_group", r->victim_group);
	put_text(j, "victim_name", r->victim_title);
	put_text(j, "cpuset", r->cpuset);
	put_text(j, "mems_allowed", r->mems_allowed);
	put_text(j, "nodemask", r->nodemask);
	put_numbers(j, r);
	put_trigger(j, &r->trigger);
	put_rows(j, "victims", r->victims, r->victim_count);
	put_why(j, r);
	put_sums(j, &r->sums);
	put_rows(j, "tasks", r->tasks, r->task_count);
	mw_json_u64(j, "tasks_listed", r->tasks_listed);
	if (r->zone_count)
		put_zones(j, r);
	mw_json_u64(j, "seen", r->seen);
	mw_json_bool(j, "complete", r->complete);
	mw_json_end(j);
}
