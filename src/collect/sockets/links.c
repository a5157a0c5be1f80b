/* Who holds what, by the links in /proc/PID/fd: where the kernel's structures are not to be had. */
#include "base/scoped.h"
#include "collect/process/process.h"
#include "collect/sockets/sockets.h"

#include <errno.h>
#include <stdio.h>

/* As many of one process are read as `memwhy pid` would. */
enum { LINKS_MAX = 65536 };

static bool inode_of(struct slice link, const char *prefix, uint64_t *out)
{
	return slice_word(&link, prefix) && slice_u64(&link, out) && slice_is(link, "]");
}

static int take_link(struct mw_sockets *k, struct slice link, uint32_t pid)
{
	struct mw_socket_sum x = { .key = { .pid = pid, .protocol = MW_SOCKET_PIPE }, .count = 1 };
	bool pipe = false;
	struct mw_held *h;
	uint64_t inode;
	size_t sum;
	int error;

	if (!inode_of(link, "socket:[", &inode)) {
		pipe = inode_of(link, "pipe:[", &inode);
		if (!pipe)
			return 0;
	}
	/* the two have their inodes each from file systems of their own */
	h = mw_sockets_hold(k, inode << 1 | pipe, inode, pid);
	if (!h)
		return -ENOMEM;
	if (!pipe || h->sum != MW_UNCOUNTED)
		return 0;
	error = mw_socket_add(&k->table, &x, &sum);
	if (error)
		return error;
	h->sum = (uint32_t)sum;
	h->pipe = true;
	return 0;
}

/* Whether what could not be read can be there: it was not just closed, nor did its process end. */
static bool has_more(enum mw_state state)
{
	return state != MW_VANISHED && state != MW_ABSENT;
}

static int read_fds(struct mw_sockets *k, struct mw_entity *process, const struct mw_dir *dir)
{
	scoped_buf struct buf numbers = { 0 };
	scoped_dir struct mw_dir fds = { 0 };
	int error = mw_open(dir, "fd", &fds);
	const uint32_t *fd;
	size_t count;

	if (!error)
		error = mw_process_numbers(&fds, &numbers);
	if (error) {
		k->hidden |= has_more(mw_process_lost(k->c, process->id, "fd", error));
		return error == -ENOMEM ? error : 0;
	}
	fd = (const void *)numbers.at;
	count = numbers.len / sizeof(*fd);
	if (count > LINKS_MAX) {
		mw_process_problem(k->c, process->id, "fd", 0, -E2BIG, NULL);
		k->hidden = true;
		return 0;
	}
	for (size_t i = 0; !error && i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", fd[i]);
		error = mw_readlink(&fds, name, &k->c->text);
		if (!error)
			error = take_link(k, buf_slice(&k->c->text), (uint32_t)process->id);
		else if (error != -ENOMEM) {
			k->hidden |= has_more(mw_state_of(error));
			error = 0;
		}
	}
	return error;
}

static int note_space(struct mw_sockets *k, struct mw_entity *process, const struct mw_dir *dir)
{
	uint64_t inode;

	if (mw_readlink(dir, "ns/net", &k->c->text) ||
	    !inode_of(buf_slice(&k->c->text), "net:[", &inode) || inode > UINT32_MAX)
		return 0;
	return mw_sockets_space(k, (uint32_t)inode, (uint32_t)process->id) ? 0 : -ENOMEM;
}

int mw_sockets_read_links(struct mw_sockets *k)
{
	struct mw_collect direct = *k->c;
	struct mw_entity *process;
	int error = 0;

	/* a link per descriptor would swell a capture, which gets what is made of them */
	direct.source = k->live;
	direct.text = (struct buf){ 0 };
	mw_for_each (process, k->c->snapshot, MW_PROCESS) {
		scoped_dir struct mw_dir dir = { 0 };

		if (error || mw_get_or(process, M_P_KERNEL_THREAD, 0))
			continue;
		error = mw_process_open(&direct, process, &dir);
		if (error) {
			k->hidden |= has_more(mw_state_of(error));
			error = error == -ENOMEM ? error : 0;
			continue;
		}
		error = note_space(k, process, &dir);
		if (!error)
			error = read_fds(k, process, &dir);
	}
	buf_release(&direct.text);
	return error;
}

int mw_sockets_count_rest(struct mw_sockets *k)
{
	for (size_t i = 0; i < k->held_count; i++) {
		struct mw_held *h = &k->held[i];
		struct mw_socket_sum x = { .key = { .pid = h->pid, .protocol = MW_SOCKET_OTHER },
					   .count = 1,
					   .shared = h->shared };
		int error = h->sum == MW_UNCOUNTED ? mw_socket_add(&k->table, &x, NULL) : 0;

		if (error)
			return error;
	}
	return 0;
}
