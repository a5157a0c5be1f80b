/* /proc/kpageflags and /proc/kpagecgroup: eight bytes a frame. Root only. They are read by descriptor: a
 * text of all frames would be 2 MiB for each GiB of RAM. */
#include "base/scoped.h"
#include "collect/pages/pages.h"

#include <errno.h>
#include <stdlib.h>

/* Frames; the largest block is of 2^LARGEST: 1 GiB of 4 KiB pages, 16 GiB of 64 KiB. */
enum { PIECE = 8192, LARGEST = 18 };

struct files {
	int flags, groups;      /* groups: -1 = a kernel without memory groups */
	uint64_t *flag, *group; /* PIECE of each */
};

static ssize_t fetch(int fd, uint64_t frame, uint64_t *out, size_t count)
{
	ssize_t got = pread(fd, out, count * sizeof(*out), (off_t)(frame * sizeof(*out)));

	if (got < 0)
		return -errno;
	return got / (ssize_t)sizeof(*out);
}

/* @return how many frames were read; 0 = it does not reach so far, or -errno */
static ssize_t read_piece(const struct files *k, uint64_t frame, size_t count)
{
	ssize_t got = fetch(k->flags, frame, k->flag, count);

	if (got <= 0)
		return got;
	memset(k->group, 0, (size_t)got * sizeof(*k->group));
	if (k->groups >= 0) {
		ssize_t groups = fetch(k->groups, frame, k->group, (size_t)got);

		if (groups < 0)
			return groups;
	}
	return got;
}

static int read_all(const struct files *k, struct mw_frames *f, struct mw_census_range range)
{
	while (range.start < range.end) {
		uint64_t left = range.end - range.start;
		ssize_t got = read_piece(k, range.start, left < PIECE ? left : PIECE);

		if (got <= 0)
			return (int)got;
		for (ssize_t i = 0; i < got; i++)
			mw_frames_add(f, k->flag[i], k->group[i], 1);
		range.start += (uint64_t)got;
	}
	return 0;
}

/* The head that this frame is behind: tails bear few flags of their own, and no group. A block lies at
 * a multiple of its size: only such frames are asked, and those of them behind the head are tails too.
 * So is what lies in front of the last of these, or the head is another block's.
 * @return 1, 0 = none (the block went away meanwhile), or -errno */
static int find_head(const struct files *k, uint64_t frame, uint64_t *flags, uint64_t *group)
{
	uint64_t first, behind = frame, head, owner;
	ssize_t got;

	for (int order = 1; order <= LARGEST; order++) {
		first = frame & ~((1ULL << order) - 1);
		if (first == behind)
			continue;
		got = read_piece(k, first, 1);
		if (got <= 0)
			return (int)got;
		if (!mw_frame_is_tail(k->flag[0]))
			break;
		behind = first;
	}
	if (!mw_frame_is_head(k->flag[0]))
		return 0;
	head = k->flag[0];
	owner = k->group[0];
	if (first + 1 < behind) {
		got = read_piece(k, behind - 1, 1);
		if (got <= 0 || !mw_frame_is_tail(k->flag[0]))
			return got < 0 ? (int)got : 0;
	}
	*flags = head;
	*group = owner;
	return 1;
}

/* xorshift: which frame of a window is looked at is nobody's secret. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int read_sample(const struct files *k, struct mw_frames *f, struct mw_census_range range,
		       uint32_t shift, uint64_t *seed)
{
	uint64_t window = 1ULL << shift;

	for (; range.start < range.end; range.start += window) {
		uint64_t left = range.end - range.start;
		uint64_t weight = left < window ? left : window;
		uint64_t frame = range.start + next_random(seed) % weight, flags, group;
		ssize_t got = read_piece(k, frame, 1);
		int found = 1;

		if (got <= 0)
			return (int)got;
		flags = k->flag[0];
		group = k->group[0];
		if (mw_frame_is_tail(flags))
			found = find_head(k, frame, &flags, &group);
		if (found < 0)
			return found;
		if (!found)
			flags = mw_frame_alone(flags);
		mw_frames_add(f, flags, group, weight);
	}
	return 0;
}

static int read_ranges(const struct files *k, struct mw_frames *f,
		       const struct mw_census_range *ranges, size_t count, uint32_t shift,
		       uint64_t seed)
{
	int error = 0;

	f->census.shift = shift;
	for (size_t i = 0; i < count && !error; i++)
		error = shift ? read_sample(k, f, ranges[i], shift, &seed)
			      : read_all(k, f, ranges[i]);
	return error;
}

int mw_frames_read(struct mw_source *source, const struct mw_census_range *ranges, size_t count,
		   uint32_t shift, struct mw_frames_told told, struct mw_census *out)
{
	struct mw_dir root = mw_root(source);
	scoped_fd int flags = mw_file(&root, "proc/kpageflags");
	scoped_fd int groups = mw_file(&root, "proc/kpagecgroup");
	scoped_buf struct buf room = { 0 };
	struct files k = { flags, groups, NULL, NULL };
	struct mw_frames f = { .ungrouped = groups < 0 };
	int error;

	if (flags < 0)
		return flags;
	if (groups < 0 && groups != -ENOENT)
		return groups;
	error = buf_reserve(&room, 2 * PIECE * sizeof(uint64_t));
	if (error)
		return error;
	k.flag = (uint64_t *)(void *)room.at;
	k.group = k.flag + PIECE;
	error = read_ranges(&k, &f, ranges, count, shift, (uint64_t)mw_clock(source) | 1);
	if (!error)
		error = mw_frames_finish(&f, told, out);
	mw_frames_release(&f);
	return error;
}
