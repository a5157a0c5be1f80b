/* What a report's sentences name, and which sentence fits. */
#include "base/scoped.h"
#include "render/number.h"
#include "render/oom.h"
#include "render/text.h"

#include <errno.h>
#include <math.h>

static bool known(uint64_t v)
{
	return v < MW_OOM_UNLIMITED;
}

/* --- which sentence --------------------------------------------------------------------------- */

static const char *const titles[MW_OOM_CAUSES] = {
	[MW_OOM_CAUSE_UNKNOWN] = N_("{victim} was killed; why is not in the log"),
	[MW_OOM_OWN_LIMIT] = N_(
		"{victim} was killed: its group {group} reached its own limit of {limit}; "
		"the machine was not full"),
	[MW_OOM_ANCESTOR_LIMIT] = N_(
		"{victim} in {victim_group} was killed: not its own group but {group} "
		"above it reached its limit of {limit}"),
	[MW_OOM_MACHINE_FULL] = N_("{victim} was killed: the machine was full, no group's limit"),
	[MW_OOM_FRAGMENTATION] = N_(
		"{victim} was killed though {free} were free: {size} in one piece could "
		"not be had"),
	[MW_OOM_ZONE] = N_(
		"{victim} was killed: the zones that would do were full, others had memory left "
		"({free} free)"),
	[MW_OOM_BY_CPUSET] = N_(
		"{victim} was killed: memory node {nodes} was full, and its cpuset {cpuset} "
		"allows no other"),
	[MW_OOM_BY_MEMPOLICY] = N_(
		"{victim} was killed: memory node {nodes} was full, and its memory policy "
		"allows no other"),
	[MW_OOM_REQUESTED] = N_("{victim} was killed on request: somebody used sysrq f"),
};

static const char group_unknown[] = N_(
	"{victim} was killed at a group's limit; which group's is not in the log");

const char *mw_oom_title(const struct mw_oom_report *r)
{
	if (r->cause == MW_OOM_REQUESTED && !r->victim_count)
		return N_("somebody used sysrq f to have a process killed, and none could be");
	if (r->cause == MW_OOM_CAUSE_UNKNOWN && r->constraint == MW_OOM_MEMCG)
		return group_unknown;
	return titles[r->cause];
}

static const char *const choices[MW_OOM_CHOICES] = {
	[MW_OOM_CHOICE_HIGHEST] = N_("highest score of {tasks}: {points}"),
	[MW_OOM_CHOICE_EQUAL] = N_("{points}, as much as {expected} within 1 %"),
	[MW_OOM_CHOICE_CHILD] = N_(
		"the kernel chose {chosen} ({points}) and killed a child of it in its place"),
	[MW_OOM_CHOICE_ASKED] = N_("whoever asks dies: vm.oom_kill_allocating_task is 1"),
	[MW_OOM_CHOICE_UNLISTED] = N_(
		"it is not in the list of tasks: lines of the log are missing"),
	[MW_OOM_CHOICE_OTHER] = N_(
		"not by score: {points}, and {expected} had more. It was already dying, or "
		"the numbers moved meanwhile"),
	[MW_OOM_CHOICE_NO_VICTIM] = N_(
		"no task may be killed: what is left is protected (oom_score_adj -1000), "
		"dying, or the kernel's"),
};

const char *mw_oom_choice(const struct mw_oom_report *r)
{
	if (r->choice == MW_OOM_CHOICE_UNKNOWN && r->kernel_score != UINT32_MAX)
		return N_("the kernel's score of it was {kernel_score} of 1000");
	/* a report whose end is missing says nothing about victims */
	if (r->choice == MW_OOM_CHOICE_NO_VICTIM && !r->complete && !r->panic)
		return NULL;
	return choices[r->choice];
}

/* By what was full and who held it; NULL = as for processes. */
static const char *const group_advice[MW_OOM_HOLDERS] = {
	[MW_OOM_HELD_UNKNOWN] = N_("raise the limit of {group}, or find what grows in it"),
	[MW_OOM_HELD_PROCESSES] = N_(
		"raise the limit of {group} above what {top} and the others need, or make "
		"them smaller: heap limits, workers, a leak"),
	[MW_OOM_HELD_SHMEM] = N_(
		"remove files from the tmpfs mounts of {group} or bound them (emptyDir: "
		"sizeLimit, docker: --shm-size); killing processes does not free them"),
	[MW_OOM_HELD_KERNEL] = N_(
		"find which kernel memory grows for {group}: sockets that nobody reads, "
		"directory entries, page tables"),
	[MW_OOM_HELD_FILE] = N_(
		"write less at once: dirty and locked file pages cannot be reclaimed in time; "
		"or raise the limit of {group}"),
	[MW_OOM_HELD_SWAP] = N_(
		"most of it lies in swap, which is full for {group}: raise its swap limit, or "
		"its memory limit"),
};

static const char *const machine_advice[MW_OOM_HOLDERS] = {
	[MW_OOM_HELD_UNKNOWN] = N_("limit the largest, or add memory"),
	[MW_OOM_HELD_PROCESSES] = N_(
		"give {top} and the other large ones limits of their own, or add memory"),
	[MW_OOM_HELD_SHMEM] = N_(
		"remove files from tmpfs mounts (/dev/shm, /run, /tmp, emptyDir) or bound them; "
		"killing processes does not free them"),
	[MW_OOM_HELD_KERNEL] = N_(
		"killing processes does not help: the kernel holds it{cache}; find the slab "
		"cache, driver or huge page pool"),
	[MW_OOM_HELD_FILE] = N_(
		"write less at once, lower vm.dirty_ratio, and look for locked files: this page "
		"cache could not be reclaimed in time"),
	[MW_OOM_HELD_SWAP] = N_(
		"swap is full and holds more than the memory: add memory, not swap"),
};

static const char *const cause_advice[MW_OOM_CAUSES] = {
	[MW_OOM_FRAGMENTATION] = N_(
		"raise vm.min_free_kbytes or vm.watermark_scale_factor so that compaction has "
		"room; reserve huge pages at boot; more memory does not help"),
	[MW_OOM_ZONE] = N_(
		"raise vm.lowmem_reserve_ratio's protection of the zone, or remove what may only use "
		"it (32-bit kernels, old devices)"),
	[MW_OOM_BY_CPUSET] = N_(
		"allow the cpuset {cpuset} more nodes (cpuset.mems), or move tasks out of it"),
	[MW_OOM_BY_MEMPOLICY] = N_("bind less strictly: numactl --preferred in place of --membind"),
	[MW_OOM_REQUESTED] = N_("nothing: it was asked for"),
};

const char *mw_oom_advice(const struct mw_oom_report *r)
{
	if (cause_advice[r->cause])
		return cause_advice[r->cause];
	if (r->cause == MW_OOM_ANCESTOR_LIMIT && r->held_by == MW_OOM_HELD_PROCESSES)
		return N_(
			"raise the limit of {group}, or lower those of the groups in it: together they "
			"may take more than it has");
	if (r->constraint == MW_OOM_MEMCG)
		return r->limit_group ? group_advice[r->held_by] : NULL;
	return r->cause == MW_OOM_MACHINE_FULL ? machine_advice[r->held_by] : NULL;
}

bool mw_oom_score_of(const struct mw_oom_report *r, const struct mw_oom_row *task, int64_t *out)
{
	if (!task->has_badness || !known(r->totalpages) || !r->totalpages)
		return false;
	*out = task->badness * 1000 / (int64_t)r->totalpages;
	return true;
}

/* --- what it names ---------------------------------------------------------------------------- */

static void cite(struct mw_oom_words *w, const char *name, enum mw_form form, double value,
		 const char *text)
{
	struct mw_cite *c;

	if (w->count == MW_OOM_CITES)
		return;
	c = &w->cites[w->count];
	*c = (struct mw_cite){ .name = name,
			       .form = form,
			       .value = value,
			       .text = text ? text : "?",
			       .source = "",
			       .threshold = NAN };
	if (w->count)
		w->cites[w->count - 1].next = c;
	w->count++;
}

static void cite_text(struct mw_oom_words *w, const char *name, const struct buf *text)
{
	cite(w, name, MW_FORM_TEXT, 0, arena_copy(&w->arena, buf_slice(text)));
}

static void cite_size(struct mw_oom_words *w, const struct mw_style *style, const char *name,
		      uint64_t v)
{
	if (known(v))
		cite(w, name, MW_FORM_BYTES, (double)v, NULL);
	else
		cite(w, name, MW_FORM_TEXT, 0, mw_tr(style, N_("unknown size")));
}

static void cite_task(struct mw_oom_words *w, const char *name, const char *comm, uint32_t pid)
{
	cite(w, name, MW_FORM_TEXT, 0, arena_printf(&w->arena, "%s[%u]", comm, pid));
}

static void cite_row(struct mw_oom_words *w, const struct mw_oom_report *r, const char *name,
		     uint32_t pid)
{
	const struct mw_oom_row *row = mw_oom_find_row(r, pid);

	cite_task(w, name, row ? row->name : "", pid);
}

static void cite_victims(struct mw_oom_words *w, const struct mw_oom_report *r,
			 const struct mw_style *style)
{
	scoped_buf struct buf text = { 0 };

	if (!r->victim_count) {
		buf_puts(&text, mw_tr(style, N_("nobody")));
	} else {
		buf_printf(&text, "%s[%u]", r->victims->name, r->victims->pid);
		if (r->victim_count > 1)
			buf_printf(&text, mw_tr(style, N_(" and %u more")), r->victim_count - 1);
	}
	cite_text(w, "victim", &text);
}

/* "6.00 GiB", "6.00 GiB of memory and swap" */
static void cite_limit(struct mw_oom_words *w, const struct mw_oom_report *r,
		       const struct mw_style *style)
{
	static const char *const of[MW_OOM_LIMITS] = {
		[MW_OOM_LIMIT_MEMORY] = NULL,
		[MW_OOM_LIMIT_MEMSW] = N_(" of memory and swap"),
		[MW_OOM_LIMIT_KMEM] = N_(" of kernel memory"),
	};
	const struct mw_oom_counter *c = r->limit_kind == MW_OOM_LIMIT_MEMSW  ? &r->memsw
					 : r->limit_kind == MW_OOM_LIMIT_KMEM ? &r->kmem
									      : &r->memory;
	scoped_buf struct buf text = { 0 };

	if (known(c->limit))
		mw_number_size(&text, style, c->limit);
	else
		buf_puts(&text, mw_tr(style, N_("unknown size")));
	if (of[r->limit_kind])
		buf_puts(&text, mw_tr(style, of[r->limit_kind]));
	cite_text(w, "limit", &text);
}

static void put_part(struct buf *out, const struct mw_style *style, const char *name, uint64_t v)
{
	if (!known(v))
		return;
	buf_puts(out, ", ");
	buf_printf(out, "%s ", mw_tr(style, name));
	mw_number_size(out, style, v);
}

/* "985 of 1000: RSS 5.87 GiB, page tables 11 MiB, oom_score_adj 936" */
static void cite_points(struct mw_oom_words *w, const struct mw_oom_report *r,
			const struct mw_style *style)
{
	uint32_t pid = r->chosen ? r->chosen : r->victim_count ? r->victims->pid : 0;
	const struct mw_oom_row *row = mw_oom_find_row(r, pid);
	scoped_buf struct buf text = { 0 }, parts = { 0 };
	int64_t score;

	if (!row)
		return;
	if (mw_oom_score_of(r, row, &score))
		buf_printf(&text, mw_tr(style, N_("%lld of 1000")), (long long)score);
	else
		buf_printf(&text, mw_tr(style, N_("%lld pages")), (long long)row->badness);
	put_part(&parts, style, N_("RSS"), row->rss);
	put_part(&parts, style, N_("swap"), row->swap);
	put_part(&parts, style, N_("page tables"), row->page_tables);
	if (row->has_adj)
		buf_printf(&parts, ", oom_score_adj %d", row->adj);
	if (parts.len)
		buf_printf(&text, " (%s)", parts.at + 2);
	cite_text(w, "points", &text);
}

static void cite_ranking(struct mw_oom_words *w, const struct mw_oom_report *r,
			 const struct mw_style *style)
{
	scoped_buf struct buf text = { 0 };

	cite_points(w, r, style);
	mw_number_count(&text, style, r->tasks_listed, "task", "tasks");
	cite_text(w, "tasks", &text);
	if (r->task_count)
		cite_row(w, r, "expected", r->tasks->pid);
	cite_row(w, r, "chosen", r->chosen);
	if (r->kernel_score != UINT32_MAX)
		cite(w, "kernel_score", MW_FORM_COUNT, r->kernel_score, NULL);
	if (r->task_count)
		cite_row(w, r, "top", r->tasks->pid);
	else if (r->victim_count)
		cite_task(w, "top", r->victims->name, r->victims->pid);
	else
		cite(w, "top", MW_FORM_TEXT, 0, mw_tr(style, N_("the largest")));
}

static void cite_where(struct mw_oom_words *w, const struct mw_oom_report *r,
		       const struct mw_style *style)
{
	const char *nodes = r->constraint == MW_OOM_MEMPOLICY ? r->nodemask : r->mems_allowed;

	cite(w, "group", MW_FORM_TEXT, 0, r->limit_title ? r->limit_title : r->limit_group);
	cite(w, "victim_group", MW_FORM_TEXT, 0,
	     r->victim_title ? r->victim_title : r->victim_group);
	cite(w, "cpuset", MW_FORM_TEXT, 0, r->cpuset);
	cite(w, "nodes", MW_FORM_TEXT, 0, nodes);
	cite_size(w, style, "free", r->info[MW_OOM_I_FREE]);
	cite(w, "cache", MW_FORM_TEXT, 0,
	     r->cache_count ? arena_printf(&w->arena, " (%s)", r->caches->name) : "");
	if (r->trigger.has_gfp && r->trigger.order >= 0)
		cite(w, "size", MW_FORM_BYTES, (double)((uint64_t)r->page_size << r->trigger.order),
		     NULL);
}

int mw_oom_words_of(const struct mw_oom_report *r, const struct mw_style *style,
		    struct mw_oom_words *words)
{
	words->count = 0;
	words->arena = (struct arena){ 0 };
	cite_victims(words, r, style);
	cite_limit(words, r, style);
	cite_where(words, r, style);
	cite_ranking(words, r, style);
	return 0;
}

void mw_oom_words_release(struct mw_oom_words *words)
{
	arena_release(&words->arena);
}
