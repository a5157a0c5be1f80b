#include "bpf/btf/types.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bpf/btf.h>

void mw_bpf_type_names(const struct btf *programs, struct buf *out)
{
	for (__u32 i = 1; i < btf__type_cnt(programs); i++) {
		const struct btf_type *t = btf__type_by_id(programs, i);
		const char *name = btf__name_by_offset(programs, t->name_off);

		if (!name || !*name || btf_is_func(t) || btf_is_var(t) || btf_is_datasec(t))
			continue;
		buf_add(out, mw_btf_essential(slice_of(name)));
		buf_char(out, '\0');
	}
}

/* Before Linux 6.16 it cannot be mapped. */
static int read_whole(int fd, size_t size, struct buf *out)
{
	ssize_t got = 1;
	int error = buf_reserve(out, size);

	while (!error && got > 0 && out->len < size) {
		got = read(fd, out->at + out->len, size - out->len);
		if (got > 0)
			out->len += (size_t)got;
		else if (got < 0)
			error = -errno;
	}
	return error;
}

/* The running kernel's types. */
struct running {
	struct slice text;
	void *mapped;
	struct buf copy;
};

static void running_close(struct running *r)
{
	if (r->mapped)
		munmap(r->mapped, r->text.len);
	buf_release(&r->copy);
}
#define scoped_running SCOPED(running_close)

static int running_open(struct running *r)
{
	scoped_fd int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at;
	int error;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at != MAP_FAILED) {
		r->mapped = at;
		r->text = (struct slice){ at, (size_t)st.st_size };
		return 0;
	}
	error = read_whole(fd, (size_t)st.st_size, &r->copy);
	if (!error)
		r->text = buf_slice(&r->copy);
	return error;
}

/* libbpf reads the file into memory and copies that. The linker puts this in the place of its own where it is
 * linked statically (meson.build). */
struct btf *__wrap_btf__load_vmlinux_btf(void);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	scoped_running struct running kernel = { 0 };
	int error = running_open(&kernel);

	if (error) {
		errno = -error;
		return NULL;
	}
	return btf__new(kernel.text.at, (__u32)kernel.text.len);
}

int mw_bpf_types_write(struct slice names, struct mw_btf_number *numbers, size_t count, int fd)
{
	scoped_running struct running kernel = { 0 };
	scoped_buf struct buf cut = { 0 };
	int error = running_open(&kernel);

	if (!error)
		error = mw_btf_cut(kernel.text, names, numbers, count, &cut);
	if (error)
		return error;
	if (write(fd, cut.at, cut.len) != (ssize_t)cut.len)
		return errno ? -errno : -ENOSPC;
	return 0;
}
