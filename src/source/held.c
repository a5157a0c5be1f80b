#include "source/held.h"

#include "base/index.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

enum { MOST = 4096, NUMBERS = 64, ROOM = 16384 };

struct file {
	uint64_t owner;
	unsigned number;
	int fd;
	bool wanted; /* in this sweep */
};

struct mw_held {
	struct file *at;
	size_t count, room, most;
	struct index index;
	size_t asked[NUMBERS]; /* how often each number was asked for in this sweep */
	bool keeps[NUMBERS];   /* and is kept, since there is room for all of it */
};

static size_t usual_most(void)
{
	struct rlimit limit;
	size_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	/* a process may raise its own up to the hard limit; 1024, the usual one, is there for select(2) */
	if (limit.rlim_cur < 2 * MOST && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < 2 * MOST ? limit.rlim_max : 2 * MOST;
		if (setrlimit(RLIMIT_NOFILE, &limit) || getrlimit(RLIMIT_NOFILE, &limit))
			return 0;
	}
	most = limit.rlim_cur / 2;
	return most < MOST ? most : MOST;
}

int mw_held_new(size_t most, struct mw_held **out)
{
	struct mw_held *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->most = most ? most : usual_most();
	*out = k;
	return 0;
}

int mw_source_keep_open(struct mw_source *live)
{
	return live->held ? 0 : mw_held_new(0, &live->held);
}

void mw_held_free(struct mw_held *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++)
		close(k->at[i].fd);
	index_release(&k->index);
	free(k->at);
	free(k);
}

size_t mw_held_count(const struct mw_held *k)
{
	return k->count;
}

/* --- one file --------------------------------------------------------------------------------- */

static uint64_t hash_of(uint64_t owner, unsigned number)
{
	return hash_u64(owner ^ (uint64_t)number << 58);
}

static bool is_file(uint32_t at, const void *key, const void *context)
{
	const struct file *wanted = key, *f = &((const struct mw_held *)context)->at[at];

	return f->owner == wanted->owner && f->number == wanted->number;
}

static struct file *find(const struct mw_held *k, uint64_t owner, unsigned number)
{
	struct file key = { .owner = owner, .number = number };
	uint32_t at = index_find(&k->index, hash_of(owner, number), is_file, &key, k);

	return at == INDEX_NONE ? NULL : &k->at[at];
}

/* @return 0: it is kept, and no longer the caller's; -errno: it is not */
static int keep(struct mw_held *k, uint64_t owner, unsigned number, int fd)
{
	if (k->count == k->most || !k->keeps[number])
		return -EMFILE;
	if (k->count == k->room) {
		size_t room = k->room ? 2 * k->room : 64;
		struct file *more = realloc(k->at, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		k->at = more;
		k->room = room;
	}
	if (index_add(&k->index, hash_of(owner, number), (uint32_t)k->count))
		return -ENOMEM;
	k->at[k->count++] = (struct file){ owner, number, fd, true };
	return 0;
}

static int read_all(int fd, struct buf *out)
{
	for (;;) {
		int error = buf_reserve(out, out->len ? out->len : ROOM);
		size_t room = out->cap - out->len - 1;
		ssize_t got = error ? 0 : pread(fd, out->at + out->len, room, (off_t)out->len);

		if (error)
			return error;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		out->len += (size_t)got;
		out->at[out->len] = '\0';
		if ((size_t)got < room)
			return 0;
	}
}

int mw_held_read(struct mw_held *k, const struct mw_dir *dir, uint64_t owner, unsigned number,
		 const char *name, struct buf *out)
{
	struct file *f = number < NUMBERS ? find(k, owner, number) : NULL;
	int fd, error;

	if (number >= NUMBERS)
		return mw_read_record(dir, name, out);
	buf_clear(out);
	k->asked[number]++;
	if (f) {
		f->wanted = true;
		return read_all(f->fd, out);
	}
	fd = openat((int)dir->handle, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	error = read_all(fd, out);
	if (error || keep(k, owner, number, fd))
		close(fd);
	return error;
}

/* --- between sweeps --------------------------------------------------------------------------- */

/* What has room in the next sweep, by what was asked for in this one: all files of a number or none. */
static void plan(struct mw_held *k)
{
	size_t sum = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		sum += k->asked[i];
		k->keeps[i] = k->asked[i] && (sum <= k->most || i == 0);
		k->asked[i] = 0;
	}
}

int mw_held_end(struct mw_held *k)
{
	size_t left = 0;
	int error = 0;

	plan(k);
	for (size_t i = 0; i < k->count; i++) {
		struct file f = k->at[i];
		bool keeps = f.wanted && k->keeps[f.number];

		if (!keeps)
			close(f.fd);
		f.wanted = false;
		if (keeps)
			k->at[left++] = f;
	}
	if (left == k->count)
		return 0;
	k->count = left;
	index_release(&k->index);
	for (size_t i = 0; i < left && !error; i++)
		error = index_add(&k->index, hash_of(k->at[i].owner, k->at[i].number), (uint32_t)i);
	return error;
}
