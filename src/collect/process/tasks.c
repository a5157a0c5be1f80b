#include "collect/process/tasks.h"

#include "base/scoped.h"
#include "bpf/cmdline.h"
#include "bpf/task.h"
#include "collect/process/process.h"
#include "collect/process/stat.h"

#include <errno.h>
#include <sys/stat.h>

/* From here on a single sweep is cheaper through BPF, its start-up included: measured at 25 us a process in
 * files and 25 ms for the start. */
enum { WORTHWHILE = 1500 };

struct fill {
	struct mw_snapshot *s;
	uint64_t page, tick_ns;
	int version; /* of the hierarchy that has the memory controller */
	struct buf *rest;
	/* processes that follow each other are mostly of one group */
	uint64_t group_id;
	struct mw_entity *group;
	uintptr_t group_path;
};

/* mm/mmap.c arch_get: what task_mem() in fs/proc/task_mmu.c makes of the code's bounds */
static uint64_t text_size(const struct mw_task_row *r, uint64_t page)
{
	uint64_t end = (r->end_code + page - 1) / page * page, begin = r->start_code / page * page;
	uint64_t text = end - begin, exec = r->exec * page;

	return text < exec ? text : exec;
}

static uint64_t positive(int64_t v)
{
	return v < 0 ? 0 : (uint64_t)v;
}

static void set_memory(struct fill *f, struct mw_entity *e, const struct mw_task_row *r)
{
	uint64_t page = f->page, anon = positive(r->anon), file = positive(r->file);
	uint64_t shmem = positive(r->shmem), rss = anon + file + shmem;
	uint64_t text = text_size(r, page);

	mw_set(e, M_P_VSS, r->vss * page);
	mw_set(e, M_P_VSS_PEAK, (r->vss_peak > r->vss ? r->vss_peak : r->vss) * page);
	mw_set(e, M_P_LOCKED, r->locked * page);
	mw_set(e, M_P_PINNED, r->pinned * page);
	mw_set(e, M_P_RSS, rss * page);
	mw_set(e, M_P_RSS_PEAK, (r->rss_peak > rss ? r->rss_peak : rss) * page);
	mw_set(e, M_P_RSS_ANON, anon * page);
	mw_set(e, M_P_RSS_FILE, file * page);
	mw_set(e, M_P_RSS_SHMEM, shmem * page);
	mw_set(e, M_P_RSS_SHARED, (file + shmem) * page);
	mw_set(e, M_P_DATA, r->data * page);
	mw_set(e, M_P_STACK, r->stack * page);
	mw_set(e, M_P_EXE_SIZE, text);
	mw_set(e, M_P_LIB, r->exec * page - text);
	mw_set(e, M_P_PAGE_TABLES, r->page_tables);
	mw_set(e, M_P_SWAP, positive(r->swap) * page);
	mw_set(e, M_P_HUGETLB, r->hugetlb * page);
}

/* @return whether its row is known */
static bool set_group(struct fill *f, struct mw_entity *e, const struct mw_task_row *r)
{
	uint64_t id = f->version == 1 ? r->group : r->group_v2;

	if (!f->version)
		return true;
	if (id != f->group_id) {
		f->group_id = id;
		f->group = mw_snapshot_by_id(f->s, MW_CGROUP, id);
		f->group_path = f->group ? (uintptr_t)f->group->name : 0;
	}
	e->parent = f->group;
	if (f->group)
		mw_set(e, M_P_CGROUP, f->group_path);
	return f->group != NULL;
}

enum { NAME = 64 }; /* bytes, as in fs/proc/array.c */

/* A worker's name also says what it works on. @text where it is put together */
static struct slice name_of(const struct mw_task_row *r, char text[NAME])
{
	int len;

	if (!(r->flags & MW_PF_WQ_WORKER) || !r->named)
		return (struct slice){ r->name, strnlen(r->name, sizeof(r->name)) };
	len = snprintf(text, NAME, "%.*s%.*s", (int)sizeof(r->name), r->name, (int)sizeof(r->work),
		       r->work);
	return (struct slice){ text, len < NAME ? (size_t)len : NAME - 1 };
}

/* Before Linux 5.17. */
static bool name_is_longer(const struct mw_task_row *r)
{
	return !r->named &&
	       (r->flags & MW_PF_WQ_WORKER || strnlen(r->name, sizeof(r->name)) == MW_COMM - 1);
}

static int add(struct fill *f, const struct mw_task_row *r, struct mw_entity **out)
{
	char text[NAME];
	uint64_t start = r->start / f->tick_ns;
	struct mw_entity *e = mw_snapshot_add(f->s, MW_PROCESS, NULL, name_of(r, text), r->pid,
					      start);
	struct mw_task_rest rest;

	if (!e)
		return -ENOMEM;
	mw_set(e, M_P_COMM, (uintptr_t)e->name);
	mw_process_set_letter(f->s, e, mw_task_letter(r->state, r->exit_state));
	mw_set(e, M_P_PPID, r->ppid);
	mw_set(e, M_P_FLAGS, r->flags);
	mw_set(e, M_P_KERNEL_THREAD, (r->flags & MW_PF_KTHREAD) != 0);
	mw_set(e, M_P_START_TIME, start * (f->tick_ns / 1000));
	mw_set(e, M_P_UID, r->uid);
	mw_set(e, M_P_EUID, r->euid);
	mw_set(e, M_P_THREADS, r->threads);
	mw_set(e, M_P_FDSIZE, r->fd_size);
	mw_set(e, M_P_OOM_SCORE_ADJ, (uint64_t)(int64_t)r->oom_score_adj);
	mw_set(e, M_P_MINFLT, r->minflt);
	mw_set(e, M_P_MAJFLT, r->majflt);
	/* kernel threads borrow memory of others, zombies have none left */
	if (r->vss && !(r->flags & MW_PF_KTHREAD))
		set_memory(f, e, r);
	rest = (struct mw_task_rest){ e, !set_group(f, e, r), name_is_longer(r) };
	if (rest.group || rest.name)
		buf_add(f->rest, (struct slice){ (const char *)&rest, sizeof(rest) });
	*out = e;
	return f->rest->error;
}

/* Threads come anywhere behind the first of their process: their pids are larger. */
static void add_faults(struct fill *f, const struct mw_task_row *r, struct mw_entity *last)
{
	struct mw_entity *e = last && last->id == r->pid
				      ? last
				      : mw_snapshot_by_id(f->s, MW_PROCESS, r->pid);

	if (!e)
		return;
	mw_set(e, M_P_MINFLT, mw_get_or(e, M_P_MINFLT, 0) + r->minflt);
	mw_set(e, M_P_MAJFLT, mw_get_or(e, M_P_MAJFLT, 0) + r->majflt);
}

static int add_all(struct fill *f, struct slice rows)
{
	const struct mw_task_row *r;
	struct mw_entity *last = NULL;
	int error = 0;

	for (size_t at = 0; !error && at < rows.len; at += r->size) {
		r = (const void *)(rows.at + at);
		if (r->size == sizeof(*r))
			error = add(f, r, &last);
		else
			add_faults(f, r, last);
	}
	return error;
}

/* /proc has a link for each process, and some more. */
static bool worthwhile(struct mw_collect *c)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_stat st;

	if (mw_bpf_repeats(c->source->bpf) || mw_bpf_works(c->source->bpf, MW_BPF_TASK))
		return true;
	return !mw_stat(&root, "proc", &st) && st.links >= WORTHWHILE;
}

/* Which hierarchy's ids are the rows': only where these are the kernel's own, whole. */
static int version(const struct mw_snapshot *s)
{
	const char *kind = mw_get_text(mw_snapshot_node(s), M_CGROUP);
	const char *root = mw_get_text(mw_snapshot_node(s), M_CGROUP_ROOT);

	if (!kind || strcmp(kind, "none") == 0)
		return 0;
	if (!root || strcmp(root, "/") != 0)
		return -1;
	return strcmp(kind, "v2") == 0 ? 2 : 1;
}

/* A title that was written over the arguments goes on behind them: that one is read from its file. */
static void add_cmdlines(struct mw_collect *c)
{
	const struct mw_cmdline_row *r;

	if (!mw_bpf_need(c->source->bpf, 1 << MW_BPF_CMDLINE) ||
	    mw_bpf_cmdlines(c->source->bpf, &c->text))
		return;
	for (size_t at = 0; (r = mw_cmdline_next(&c->text, &at));) {
		struct mw_entity *e = mw_snapshot_by_id(c->snapshot, MW_PROCESS, r->pid);

		if (e && !r->text[r->len - 1])
			mw_process_set_cmdline(c->snapshot, e, (struct slice){ r->text, r->len });
	}
}

/* The walk is worth its longer start where it is repeated; and not all kernels have it. */
static bool load(struct mw_bpf *b)
{
	uint32_t needed = 1 << MW_BPF_PERCPU | 1 << MW_BPF_TASK;

	mw_bpf_need(b, mw_bpf_repeats(b) ? needed | 1 << MW_BPF_WALK : needed);
	return mw_bpf_need(b, needed);
}

int mw_process_tasks(struct mw_collect *c, struct buf *rest, struct buf *hidden)
{
	const struct mw_machine *machine = mw_snapshot_machine(c->snapshot);
	struct fill f = { .s = c->snapshot, .rest = rest, .page = machine->page_size };
	struct mw_tasks tasks;
	int error;

	f.version = version(c->snapshot);
	if (f.version < 0 || !machine->clock_ticks || !c->source->bpf || !worthwhile(c) ||
	    !load(c->source->bpf))
		return -EOPNOTSUPP;
	f.tick_ns = 1000000000 / machine->clock_ticks;
	if (mw_bpf_tasks(c->source->bpf, &tasks))
		return -EOPNOTSUPP;
	error = add_all(&f, tasks.rows);
	if (!error && c->want & MW_WANT_CMDLINE)
		add_cmdlines(c);
	if (tasks.hidden_count)
		buf_add(hidden, (struct slice){ (const char *)tasks.hidden,
						tasks.hidden_count * sizeof(*tasks.hidden) });
	return error ? error : hidden->error;
}
