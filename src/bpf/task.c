#include "bpf/task.h"

#include "base/scoped.h"
#include "bpf/part.h"
#include "bpf/walk.h"
#include "language/language.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Kept between reads. */
struct tasks {
	struct buf rows;
	struct buf hidden; /* of __u32 */
	bool checked;
	unsigned patience; /* reads until /proc is listed again, if then there is need */
};

enum { PATIENCE = 20 };

/* --- what iterators do not show --------------------------------------------------------------- */

/* A file of one line. @return 0 or -errno */
static int read_line(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -errno : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	return 0;
}

/* All tasks there are: "0.20 0.18 0.12 1/80 11206". @return 0 = unknown */
static uint64_t tasks_there_are(void)
{
	char text[128];
	const char *slash;

	if (read_line("/proc/loadavg", text, sizeof(text)))
		return 0;
	slash = strchr(text, '/');
	return slash ? strtoull(slash + 1, NULL, 10) : 0;
}

static uint64_t threads_of(__u32 pid)
{
	char path[48];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	return !stat(path, &st) && st.st_nlink > 2 ? st.st_nlink - 2 : 0;
}

static int by_number(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The processes among tasks. */
#define mw_for_each_process_row(r, rows)                                                        \
	for (size_t at_ = 0; at_ < (rows).len && ((r) = (const void *)((rows).at + at_), true); \
	     at_ += (r)->size)                                                                  \
		if ((r)->size == sizeof(*(r)))

static void add_pid(struct buf *pids, __u32 pid)
{
	buf_add(pids, (struct slice){ (char *)&pid, sizeof(pid) });
}

static __u32 *find_pid(const struct buf *pids, __u32 pid)
{
	if (!pids->len)
		return NULL;
	return bsearch(&pid, pids->at, pids->len / sizeof(pid), sizeof(pid), by_number);
}

/* Processes in /proc without a row. What started meanwhile is listed for once. */
static void find_hidden(struct tasks *t, struct slice rows)
{
	DIR *proc = opendir("/proc");
	scoped_buf struct buf known = { 0 };
	const struct mw_task_row *r;

	buf_clear(&t->hidden);
	mw_for_each_process_row (r, rows)
		add_pid(&known, r->pid);
	if (known.len)
		qsort(known.at, known.len / sizeof(__u32), sizeof(__u32), by_number);
	for (struct dirent *e; proc && (e = readdir(proc));) {
		__u32 pid = (__u32)strtoul(e->d_name, NULL, 10);

		if (pid && !find_pid(&known, pid))
			add_pid(&t->hidden, pid);
	}
	if (proc)
		closedir(proc);
	if (t->hidden.len)
		qsort(t->hidden.at, t->hidden.len / sizeof(__u32), sizeof(__u32), by_number);
}

/* When one of the hidden has a row, all are looked for anew. @return tasks of both */
static uint64_t count_tasks(struct tasks *t, struct slice rows)
{
	const struct mw_task_row *r;
	uint64_t tasks = 0;

	mw_for_each_process_row (r, rows) {
		tasks += r->threads;
		if (t->hidden.len && find_pid(&t->hidden, r->pid))
			buf_clear(&t->hidden);
	}
	for (size_t at = 0; at < t->hidden.len; at += sizeof(__u32))
		tasks += threads_of(*(const __u32 *)(const void *)(t->hidden.at + at));
	return tasks;
}

/* /proc is listed only when tasks are missing: at once, and now and then. */
static void look_for_hidden(struct tasks *t, struct slice rows, uint64_t there_were)
{
	bool were = t->hidden.len;
	uint64_t seen = count_tasks(t, rows);

	if (were && !t->hidden.len)
		t->patience = 0;
	if (t->patience)
		t->patience--;
	if (seen >= there_were || t->patience)
		return;
	t->patience = PATIENCE;
	find_hidden(t, rows);
}

/* --- names ------------------------------------------------------------------------------------ */

/* Of a worker, some kernels (6.12 is one, 6.1 is not) show the whole name, some what of it fits in comm. */
static bool workers_are_whole(struct slice rows)
{
	const struct mw_task_row *r;

	mw_for_each_process_row (r, rows) {
		char path[32], text[128];

		if (!(r->flags & MW_PF_WQ_WORKER) ||
		    strnlen(r->name, sizeof(r->name)) < MW_COMM - 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%u/comm", r->pid);
		if (!read_line(path, text, sizeof(text)) && !strncmp(text, r->name, MW_COMM - 1))
			return !strchr("+-\n", text[MW_COMM - 1]);
	}
	return false;
}

/* --- checking --------------------------------------------------------------------------------- */

/* Pages mapped and resident, in the kernel's own text. */
static int read_statm(unsigned long long *mapped, unsigned long long *resident)
{
	char text[128], *end;
	int error = read_line("/proc/self/statm", text, sizeof(text));

	if (error)
		return error;
	*mapped = strtoull(text, &end, 10);
	*resident = strtoull(end, NULL, 10);
	return *mapped && *resident ? 0 : -EBADMSG;
}

static const struct mw_task_row *find(struct slice rows, __u32 pid)
{
	const struct mw_task_row *r;

	mw_for_each_process_row (r, rows)
		if (r->pid == pid)
			return r;
	return NULL;
}

/* Before 6.2 counters lag behind by what each thread keeps for itself; and reading takes memory. */
enum { SLACK = 256 };

static bool near(unsigned long long a, unsigned long long b)
{
	return a < b ? b - a <= SLACK : a - b <= SLACK;
}

/* What we know of ourselves. */
static int check(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	unsigned long long mapped, resident;
	struct mw_tasks tasks;
	const struct mw_task_row *r;
	int error = mw_bpf_tasks(b, &tasks);

	/* the first time the rows' room grows, and we with it */
	if (!error)
		error = mw_bpf_tasks(b, &tasks);
	if (!error)
		error = read_statm(&mapped, &resident);
	*why = N_("what it reads of this process is wrong");
	if (!error)
		p->bss->task_workers_whole = workers_are_whole(tasks.rows);
	r = error ? NULL : find(tasks.rows, (__u32)getpid());
	if (!error && (!r || r->ppid != (__u32)getppid() || r->uid != getuid() || !r->threads ||
		       !near(r->vss, mapped) ||
		       !near((unsigned long long)(r->anon + r->file + r->shmem), resident)))
		error = -EBADMSG;
	return error;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	struct tasks *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*mw_bpf_own(b, MW_BPF_TASK) = t;
	return mw_bpf_attach(p->progs.task_rows, &p->links.task_rows, why) ?: check(b, p, why);
}

static void stop(struct mw_bpf *b, struct mw_programs *p)
{
	struct tasks *t = *mw_bpf_own(b, MW_BPF_TASK);

	if (!t)
		return;
	buf_release(&t->rows);
	buf_release(&t->hidden);
	free(t);
}

int mw_bpf_tasks(struct mw_bpf *b, struct mw_tasks *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_TASK);
	struct tasks *t = *mw_bpf_own(b, MW_BPF_TASK);
	uint64_t there_were = tasks_there_are();
	struct slice rows;
	int error;

	if (!p)
		return -EOPNOTSUPP;
	/* what both would be is checked of the iterator first */
	error = t->checked ? mw_bpf_walk(b, &rows) : -EOPNOTSUPP;
	if (error) {
		buf_clear(&t->rows);
		error = mw_bpf_iterate(p->links.task_rows, &t->rows);
		rows = buf_slice(&t->rows);
	}
	if (error)
		return error;
	t->checked = true;
	look_for_hidden(t, rows, there_were);
	*out = (struct mw_tasks){
		.rows = rows,
		.hidden = (const void *)t->hidden.at,
		.hidden_count = t->hidden.len / sizeof(__u32),
	};
	return 0;
}

const struct mw_bpf_part mw_bpf_part_task = { .at_home = true, .start = start, .stop = stop };
