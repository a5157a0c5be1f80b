/* A report whose last line was read: its numbers in bytes, its arrays in the arena. */
#include "oom/parts.h"

#include <errno.h>

static int copy_array(struct arena *a, void **out, const void *from, size_t count, size_t size)
{
	void *at;

	if (!count)
		return 0;
	at = arena_array(a, count, size);
	if (!at)
		return -ENOMEM;
	memcpy(at, from, count * size);
	*out = at;
	return 0;
}

/* The page size follows from what is told in pages and in kB. */
static void settle_page_size(struct mw_oom_building *b)
{
	const struct mw_oom_row *victim = b->killed_count ? &b->killed[0] : NULL;

	for (uint32_t i = 0; !b->page_size && victim && i < b->row_count; i++) {
		const struct mw_oom_row *row = &b->rows[i];

		if (row->pid != victim->pid || !row->total_vm ||
		    row->total_vm >= UINT64_C(1) << 46 || victim->total_vm == MW_OOM_NOT_TOLD)
			continue;
		for (uint32_t size = 4096; size <= 65536; size *= 2)
			if (row->total_vm * size == victim->total_vm)
				b->page_size = size;
	}
	if (b->page_size)
		b->r.page_size = b->page_size;
}

/* Linux 5.3 wrote bytes and called them kB: 1024 times what the table has. */
static void settle_victims(struct mw_oom_building *b)
{
	for (uint32_t i = 0; i < b->killed_count; i++) {
		struct mw_oom_row *t = &b->killed[i];
		const struct mw_oom_row *row = mw_oom_find_row(&b->r, t->pid);

		if (row && row->page_tables != MW_OOM_NOT_TOLD && row->page_tables &&
		    t->page_tables == row->page_tables << 10)
			t->page_tables = row->page_tables;
		if (!row)
			continue;
		t->badness = row->badness;
		t->has_badness = row->has_badness;
		t->swap = row->swap;
		if (t->total_vm == MW_OOM_NOT_TOLD)
			t->total_vm = row->total_vm;
		if (t->page_tables == MW_OOM_NOT_TOLD)
			t->page_tables = row->page_tables;
		if (t->uid == UINT32_MAX)
			t->uid = row->uid;
		if (!t->has_adj) {
			t->adj = row->adj;
			t->has_adj = row->has_adj;
		}
		t->rss = row->rss;
		t->tgid = row->tgid;
	}
	for (uint32_t i = 0; i < b->killed_count; i++) {
		struct mw_oom_row *t = &b->killed[i];

		if (t->rss == MW_OOM_NOT_TOLD && t->anon != MW_OOM_NOT_TOLD)
			t->rss = t->anon + (t->file == MW_OOM_NOT_TOLD ? 0 : t->file) +
				 (t->shmem == MW_OOM_NOT_TOLD ? 0 : t->shmem);
	}
}

static bool pages(enum mw_oom_info i)
{
	return i != MW_OOM_I_SWAP_FREE && i != MW_OOM_I_SWAP_TOTAL && i != MW_OOM_I_KERNEL_STACK &&
	       i != MW_OOM_I_HUGETLB && i != MW_OOM_I_HUGETLB_FREE;
}

static bool is_complete(const struct mw_oom_building *b)
{
	const struct mw_oom_report *r = &b->r;
	bool numbers = r->constraint == MW_OOM_MEMCG ? r->memory.usage != MW_OOM_NOT_TOLD
						     : r->info[MW_OOM_I_FREE] != MW_OOM_NOT_TOLD;

	return b->began && numbers && !b->mixed && !b->lost && !b->table_cut &&
	       b->stage >= MW_OOM_L_CHOSEN && (r->victim_count || b->stage >= MW_OOM_L_NOBODY) &&
	       r->choice != MW_OOM_CHOICE_UNLISTED;
}

int mw_oom_finish(struct arena *a, const struct mw_oom_rule *rule, struct mw_oom_building *b)
{
	struct mw_oom_report *r = &b->r;
	int error;

	settle_page_size(b);
	r->totalpages = mw_oom_totalpages(b);
	error = mw_oom_finish_table(a, b);
	if (error)
		return error;
	for (enum mw_oom_info i = 0; i < MW_OOM_INFOS; i++)
		if (pages(i) && r->info[i] != MW_OOM_NOT_TOLD)
			r->info[i] *= r->page_size;
	settle_victims(b);
	error = copy_array(a, (void **)&r->victims, b->killed, b->killed_count, sizeof(*b->killed));
	if (!error)
		error = copy_array(a, (void **)&r->zones, b->zones, b->zone_count,
				   sizeof(*b->zones));
	if (error)
		return error;
	r->victim_count = b->killed_count;
	r->zone_count = b->zone_count;
	if (!r->time && rule->boot && r->uptime != UINT64_MAX && r->uptime < UINT64_MAX / 2000)
		r->time = rule->boot + (int64_t)r->uptime * 1000;
	mw_oom_explain(b);
	r->complete = is_complete(b);
	return 0;
}
