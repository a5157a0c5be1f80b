#include "bpf/cmdline.h"

#include "bpf/part.h"
#include "base/scoped.h"
#include "language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Ours is what the kernel's text says it is. */
static int check(struct mw_bpf *b, const char **why)
{
	scoped_buf struct buf rows = { 0 };
	char own[MW_CMDLINE_MAX + 1];
	scoped_fd int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, own, sizeof(own));
	int error = mw_bpf_cmdlines(b, &rows);
	const struct mw_cmdline_row *r;

	*why = N_("what it reads of this process is wrong");
	for (size_t at = 0; !error && (r = mw_cmdline_next(&rows, &at));)
		if (r->pid == (__u32)getpid())
			return r->len == (__u32)len && memcmp(r->text, own, r->len) == 0 ? 0
											 : -EBADMSG;
	/* longer than a record, or none at all */
	return error ? error : len > 0 && len <= MW_CMDLINE_MAX ? -ESRCH : 0;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	return mw_bpf_attach(p->progs.cmdline_rows, &p->links.cmdline_rows, why) ?: check(b, why);
}

int mw_bpf_cmdlines(struct mw_bpf *b, struct buf *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_CMDLINE);

	buf_clear(out);
	return p ? mw_bpf_iterate(p->links.cmdline_rows, out) : -EOPNOTSUPP;
}

const struct mw_bpf_part mw_bpf_part_cmdline = { .at_home = true, .start = start };
