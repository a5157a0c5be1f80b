#include "bpf/task.h"

#include "bpf/part.h"
#include "language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const struct mw_task_row *find(const struct buf *rows, __u32 pid)
{
	const struct mw_task_row *r;

	for (size_t at = 0; at + sizeof(*r) <= rows->len; at += r->size) {
		r = (const void *)(rows->at + at);
		if (r->size == sizeof(*r) && r->pid == pid)
			return r;
		if (!r->size)
			break;
	}
	return NULL;
}

/* Pages mapped and resident, in the kernel's own text. */
static int read_statm(unsigned long long *mapped, unsigned long long *resident)
{
	char text[128] = "", *end;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return -EIO;
	*mapped = strtoull(text, &end, 10);
	*resident = strtoull(end, NULL, 10);
	return *mapped && *resident ? 0 : -EBADMSG;
}

/* Before 6.2 counters lag behind by what each thread keeps for itself; and reading takes memory. */
enum { SLACK = 256 };

static bool near(unsigned long long a, unsigned long long b)
{
	return a < b ? b - a <= SLACK : a - b <= SLACK;
}

/* What we know of ourselves. */
static int check(struct mw_bpf *b, const char **why)
{
	unsigned long long mapped, resident;
	struct buf rows = { 0 };
	const struct mw_task_row *r;
	int error = mw_bpf_tasks(b, &rows);

	if (!error)
		error = read_statm(&mapped, &resident);
	*why = N_("what it reads of this process is wrong");
	r = error ? NULL : find(&rows, (__u32)getpid());
	if (!error && (!r || r->ppid != (__u32)getppid() || r->uid != getuid() || !r->threads ||
		       !near(r->vss, mapped) || !near(r->anon + r->file + r->shmem, resident)))
		error = -EBADMSG;
	buf_release(&rows);
	return error;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	if (!mw_bpf_at_home()) {
		*why = N_("in a pid namespace of its own");
		return -EXDEV;
	}
	*why = N_("the iterator could not be attached");
	p->links.task_rows = bpf_program__attach_iter(p->progs.task_rows, NULL);
	if (!p->links.task_rows)
		return -errno;
	return check(b, why);
}

int mw_bpf_tasks(struct mw_bpf *b, struct buf *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_TASK);

	buf_clear(out);
	return p ? mw_bpf_iterate(p->links.task_rows, out) : -EOPNOTSUPP;
}

const struct mw_bpf_part mw_bpf_part_task = { .start = start };
