/* Every process: /proc/PID/{stat,status,cgroup,oom_score_adj} and, where wanted, cmdline. Needs no
 * privilege, except below a /proc mounted with hidepid. About 25 us each, nearly all of it spent in
 * the kernel. Threads are not listed: their memory is their process'. */
#include "base/scoped.h"
#include "collect/cgroup/hierarchy.h"
#include "collect/keyed.h"
#include "collect/process/process.h"
#include "collect/process/stat.h"
#include "collect/process/tasks.h"

#include <errno.h>
#include <stdio.h>

enum { GROUP_TEXT_MAX = 4608, COMM_MAX = 64 };

struct sweep {
	struct mw_collect *c;
	struct mw_dir proc;
	struct buf pids;             /* of uint32_t */
	struct mw_keyed status[2];   /* kernel threads lack lines: an order of their own */
	struct mw_group_names names; /* how paths become names of groups */
	/* processes that follow each other are mostly of one group */
	char group_text[GROUP_TEXT_MAX];
	size_t group_len;
	struct mw_entity *group;
	const char *group_path;
};

static uint32_t page_size(const struct sweep *w)
{
	return mw_snapshot_machine(w->c->snapshot)->page_size;
}

static bool gone(int error)
{
	return error == -ESRCH || error == -ENOENT;
}

/* A file that is missing from a process that was there a moment ago means that it ended. A capture
 * of one that did holds just that. */
static enum mw_state state_of(struct sweep *w, uint64_t pid, const char *file, int error)
{
	return mw_process_lost(w->c, pid, file, error == -ENOENT ? -ESRCH : error);
}

static void set_stat(struct sweep *w, struct mw_entity *e, const struct mw_proc_stat *stat)
{
	uint32_t ticks = mw_snapshot_machine(w->c->snapshot)->clock_ticks;

	mw_process_set_letter(w->c->snapshot, e, stat->state);
	mw_set(e, M_P_PPID, stat->ppid);
	mw_set(e, M_P_FLAGS, stat->flags);
	mw_set(e, M_P_MINFLT, stat->minflt);
	mw_set(e, M_P_MAJFLT, stat->majflt);
	mw_set(e, M_P_KERNEL_THREAD, (stat->flags & MW_PF_KTHREAD) != 0);
	if (ticks)
		mw_set(e, M_P_START_TIME,
		       stat->start / ticks * 1000000 + stat->start % ticks * 1000000 / ticks);
}

static void status_lost(struct sweep *w, struct mw_entity *e, enum mw_state state)
{
	const struct mw_keyed *keyed = &w->status[0];

	mw_set_state(e, M_P_UID, state);
	mw_set_state(e, M_P_EUID, state);
	for (size_t i = 0; i < keyed->count; i++)
		mw_set_state(e, keyed->places[i]->metric, state);
}

static void set_status(struct sweep *w, struct mw_entity *e, const struct mw_proc_status *status,
		       struct slice text, bool kernel_thread)
{
	struct mw_parse_error at = { 0 };
	int error = mw_keyed_parse(&w->status[kernel_thread], text, page_size(w), e, &at);

	mw_set(e, M_P_UID, status->uid);
	mw_set(e, M_P_EUID, status->euid);
	if (error)
		mw_process_problem(w->c, e->id, "status", at.line, error, at.what);
}

/* Before Linux 4.5 status does not split RSS: statm tells file pages and shared memory together. */
static void set_rss_parts(struct sweep *w, struct mw_entity *e, const struct mw_dir *dir)
{
	struct mw_num rss = mw_get(e, M_P_RSS), anon = mw_get(e, M_P_RSS_ANON);
	uint64_t resident, shared;
	int error;

	if (rss.state != MW_OK || anon.state == MW_MALFORMED)
		return;
	if (anon.state == MW_OK) {
		mw_set(e, M_P_RSS_SHARED, rss.v > anon.v ? rss.v - anon.v : 0);
		return;
	}
	error = mw_read_record(dir, "statm", &w->c->text);
	if (!error)
		error = mw_proc_statm_parse(buf_slice(&w->c->text), &resident, &shared);
	if (error) {
		mw_set_state(e, M_P_RSS_SHARED, state_of(w, e->id, "statm", error));
		mw_set_state(e, M_P_RSS_ANON, mw_get(e, M_P_RSS_SHARED).state);
		return;
	}
	mw_set_unit(e, M_P_RSS_SHARED, shared, MW_PAGES, page_size(w));
	shared = mw_get_or(e, M_P_RSS_SHARED, 0);
	mw_set(e, M_P_RSS_ANON, rss.v > shared ? rss.v - shared : 0);
}

static struct mw_entity *add_row(struct sweep *w, const struct mw_proc_stat *stat,
				 struct slice name)
{
	struct mw_entity *e = mw_snapshot_add(w->c->snapshot, MW_PROCESS, NULL, name, stat->pid,
					      stat->start);

	if (!e)
		return NULL;
	/* the row owns a copy of the name already */
	mw_set(e, M_P_COMM, (uintptr_t)e->name);
	set_stat(w, e, stat);
	return e;
}

/* stat says who it is; status how much it uses. Without stat there is no row. */
static int read_row(struct sweep *w, const struct mw_dir *dir, uint32_t pid, struct mw_entity **out)
{
	struct buf *text = &w->c->text;
	struct mw_proc_stat stat;
	struct mw_proc_status status;
	char comm[COMM_MAX];
	struct slice name = { comm, 0 };
	int error = mw_read_record(dir, "stat", text);

	if (!error)
		error = mw_proc_stat_parse(buf_slice(text), &stat);
	if (error)
		return error;
	stat.pid = pid;
	name.len = stat.comm.len < COMM_MAX ? stat.comm.len : COMM_MAX;
	memcpy(comm, stat.comm.at, name.len);
	error = mw_read_record(dir, "status", text);
	if (!error)
		error = mw_proc_status_parse(buf_slice(text), &status);
	/* the same name as in stat, but where it ends is certain */
	if (!error && status.name.len <= COMM_MAX)
		name.len = mw_proc_unescape(comm, status.name);
	*out = add_row(w, &stat, name);
	if (!*out)
		return -ENOMEM;
	if (error)
		status_lost(w, *out, state_of(w, pid, "status", error));
	else
		set_status(w, *out, &status, buf_slice(text), (stat.flags & MW_PF_KTHREAD) != 0);
	set_rss_parts(w, *out, dir);
	return 0;
}

static void find_group(struct sweep *w, struct slice text)
{
	struct mw_snapshot *s = w->c->snapshot;
	struct slice path, name;

	w->group = NULL;
	w->group_path = NULL;
	w->group_len = 0;
	if (!mw_proc_cgroup_parse(text, &path))
		return;
	w->group_path = arena_copy(mw_snapshot_arena(s), path);
	if (mw_group_name(&w->names, text, &name)) {
		w->group = mw_snapshot_by_name(s, MW_CGROUP, name);
		/* a removed group with processes left: its row, if it had one, had no suffix */
		if (!w->group && slice_ends(name, " (deleted)"))
			w->group = mw_snapshot_by_name(
				s, MW_CGROUP,
				(struct slice){ name.at, name.len - strlen(" (deleted)") });
	}
	if (text.len <= sizeof(w->group_text)) {
		memcpy(w->group_text, text.at, text.len);
		w->group_len = text.len;
	}
}

static void read_group(struct sweep *w, const struct mw_dir *dir, struct mw_entity *e)
{
	int error = mw_read_record(dir, "cgroup", &w->c->text);
	struct slice text = buf_slice(&w->c->text);

	if (error) {
		mw_set_state(e, M_P_CGROUP, state_of(w, e->id, "cgroup", error));
		return;
	}
	if (!w->group_len || !slice_equal(text, (struct slice){ w->group_text, w->group_len }))
		find_group(w, text);
	e->parent = w->group;
	if (w->group_path)
		mw_set(e, M_P_CGROUP, (uintptr_t)w->group_path);
}

static void read_number(struct sweep *w, const struct mw_dir *dir, struct mw_entity *e,
			const char *file, enum mw_metric metric)
{
	int error = mw_read_record(dir, file, &w->c->text);
	struct slice text = buf_slice(&w->c->text);
	int64_t v;

	if (!error && !slice_i64(&text, &v))
		error = -EBADMSG;
	if (error)
		mw_set_state(e, metric, state_of(w, e->id, file, error));
	else
		mw_set(e, metric, (uint64_t)v);
}

static int read_process(struct sweep *w, uint32_t pid)
{
	struct mw_entity *e;
	char name[16];
	int error;
	scoped_dir struct mw_dir dir = { 0 };

	snprintf(name, sizeof(name), "%u", pid);
	error = mw_open(&w->proc, name, &dir);
	if (!error)
		error = read_row(w, &dir, pid, &e);
	if (gone(error))
		return 0;
	if (error == -ENOMEM)
		return error;
	if (error) {
		mw_process_problem(w->c, pid, "stat", error == -EBADMSG, error, NULL);
		return 0;
	}
	read_group(w, &dir, e);
	read_number(w, &dir, e, "oom_score_adj", M_P_OOM_SCORE_ADJ);
	if (w->c->want & MW_WANT_OOM_SCORE)
		read_number(w, &dir, e, "oom_score", M_P_OOM_SCORE);
	if (w->c->want & MW_WANT_CMDLINE && !mw_get_or(e, M_P_KERNEL_THREAD, 0))
		mw_process_read_cmdline(w->c, e, &dir);
	return 0;
}

static int read_all(struct sweep *w)
{
	const uint32_t *pids = (const void *)w->pids.at;
	size_t count = w->pids.len / sizeof(*pids);
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = read_process(w, pids[i]);
	return error;
}

/* With hidepid the processes of others are not even listed: the sums would be too small. */
static void check_hidepid(struct sweep *w)
{
	const uint32_t *pids = (const void *)w->pids.at;
	size_t count = w->pids.len / sizeof(*pids);
	bool first = !count || w->c->source->machine.kind != MW_LIVE;

	for (size_t i = 0; i < count && !first; i++)
		first = pids[i] == 1;
	if (!first)
		mw_snapshot_problem(w->c->snapshot, SLICE("proc/1"), 0, -ENOENT,
				    N_("all processes: hidepid hides those of others"));
}

static void read_name(struct sweep *w, const struct mw_dir *dir, struct mw_entity *e)
{
	struct slice text, line;

	if (mw_read_record(dir, "comm", &w->c->text))
		return;
	text = buf_slice(&w->c->text);
	if (!slice_line(&text, &line))
		return;
	mw_set_text(w->c->snapshot, e, M_P_COMM, line);
	e->name = mw_get_text(e, M_P_COMM);
}

/* Score and command line are made when they are asked for: no structure has them. */
static int read_rest(struct sweep *w, struct mw_entity *e, const struct mw_task_rest *rest)
{
	bool cmdline = w->c->want & MW_WANT_CMDLINE && !mw_get_or(e, M_P_KERNEL_THREAD, 0) &&
		       mw_get(e, M_P_CMDLINE).state != MW_OK;
	scoped_dir struct mw_dir dir = { 0 };
	int error;

	if (!rest && !cmdline && !(w->c->want & MW_WANT_OOM_SCORE))
		return 0;
	error = mw_process_open(w->c, e, &dir);
	if (error)
		return error == -ENOMEM ? error : 0;
	if (rest && rest->name)
		read_name(w, &dir, e);
	if (rest && rest->group)
		read_group(w, &dir, e);
	if (w->c->want & MW_WANT_OOM_SCORE)
		read_number(w, &dir, e, "oom_score", M_P_OOM_SCORE);
	if (cmdline)
		mw_process_read_cmdline(w->c, e, &dir);
	return 0;
}

/* Of most processes everything is known already. */
static int read_rests(struct sweep *w, const struct buf *some)
{
	const struct mw_task_rest *rest = (const void *)some->at;
	size_t left = some->len / sizeof(*rest);
	struct mw_entity *e;
	int error = 0;

	if (w->c->want & (MW_WANT_CMDLINE | MW_WANT_OOM_SCORE)) {
		mw_for_each (e, w->c->snapshot, MW_PROCESS) {
			bool its = left && rest->process == e;

			error = read_rest(w, e, its ? rest : NULL);
			if (error)
				return error;
			rest += its;
			left -= its;
		}
		return 0;
	}
	for (; left && !error; left--, rest++)
		error = read_rest(w, rest->process, rest);
	return error;
}

/* Everything else first: the hidden ones' rows come last. */
static int read_tasks(struct sweep *w)
{
	scoped_buf struct buf rest = { 0 };
	int error = mw_process_tasks(w->c, &rest, &w->pids);

	if (!error)
		error = read_rests(w, &rest);
	return error;
}

static int collect(struct mw_collect *c)
{
	struct mw_dir root = mw_root(c->source);
	struct sweep w = { .c = c };
	int error = mw_open(&root, "proc", &w.proc);

	if (error)
		return error;
	mw_group_names_init(&w.names, c->snapshot);
	mw_keyed_init(&w.status[0], "status");
	mw_keyed_init(&w.status[1], "status");
	error = read_tasks(&w);
	if (!error) {
		error = read_all(&w);
	} else if (error == -EOPNOTSUPP) {
		error = mw_process_numbers(&w.proc, &w.pids);
		if (!error)
			error = read_all(&w);
		if (!error)
			check_hidepid(&w);
	}
	buf_release(&w.pids);
	mw_close(&w.proc);
	return error;
}

const struct mw_collector mw_collect_processes = {
	.name = "processes",
	.want = MW_WANT_PROCESSES | MW_WANT_CMDLINE,
	.collect = collect,
};
