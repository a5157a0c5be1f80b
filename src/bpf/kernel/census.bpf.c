// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The page census: struct pages are read 64 at a time, told apart by flags, type and mapping, and added
 * up by group and by inode. bpf_rdonly_cast() would save the copy, but wants Linux 6.2. */
#include "bpf/kernel/census_table.h"
#include "bpf/kernel/frame.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CENSUS_GROUPS);
	__type(key, __u32);
	__type(value, struct census_group_row);
} census_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CENSUS_FILES);
	__type(key, __u32);
	__type(value, struct census_file_row);
} census_files SEC(".maps");

__u64 census_found[CENSUS_FOUND];
__u64 census_vmemmap; /* struct page of frame 0 */

/* The frames read last: census_held of them from census_base on. Behind them room for what an offset
 * bounded by the batch may reach. */
char census_batch[(CENSUS_BATCH + 2) * CENSUS_FRAME] __attribute__((aligned(64)));
__u64 census_base, census_held;

/* Of this run. None of these is static: clang takes statics apart and forgets to tell their types. */
__u64 census_start, census_end;
__u32 census_shift, census_number;

/* What the last frames had: neighbours mostly have the same. */
__u64 census_last_owner, census_last_mapping;
__u32 census_last_group, census_last_file_group, census_last_file;

enum { NOWHERE = ~0u };

/* --- rows ------------------------------------------------------------------------------------- */

static __always_inline __u32 hash_of(__u64 v)
{
	return (v ^ v >> 32) * 0x9e3779b97f4a7c15ull >> 40;
}

static __always_inline void begin_group(struct census_group_row *g, __u64 memcg)
{
	struct cgroup_subsys_state *css = (void *)memcg;

	__builtin_memset(g, 0, sizeof(*g));
	g->memcg = memcg;
	g->run = census_number;
	if (!memcg)
		return;
	g->id = BPF_CORE_READ(css, cgroup, kn, id);
	g->parent = BPF_CORE_READ(css, parent, cgroup, kn, id);
	g->dying = !(BPF_CORE_READ(css, flags) & CSS_ONLINE);
	if (g->dying) {
		const char *name = BPF_CORE_READ(css, cgroup, kn, name);

		bpf_probe_read_kernel_str(g->name, sizeof(g->name), name);
	}
}

/* What is looked for in the tables, and the place where it is. The verifier looks at a step of bpf_loop() once,
 * and at each round of any other loop. */
__u64 census_sought;
__u32 census_sought_group, census_sought_type;
__u32 census_place_found, census_place_smallest, census_least;

static long seek_group(__u32 i, void *unused)
{
	__u32 place = (hash_of(census_sought) + i) & (CENSUS_GROUPS - 1);
	struct census_group_row *g = bpf_map_lookup_elem(&census_groups, &place);

	if (!g)
		return 1;
	if (g->run != census_number)
		begin_group(g, census_sought);
	else if (g->memcg != census_sought)
		return 0;
	census_place_found = place;
	return 1;
}

static __noinline __u32 group_of(__u64 memcg)
{
	census_sought = memcg;
	census_place_found = NOWHERE;
	bpf_loop(CENSUS_PROBES, seek_group, NULL, 0);
	return census_place_found;
}

static __always_inline void begin_file(struct census_file_row *f, __u64 mapping, __u32 group,
				       __u32 type)
{
	struct address_space *m = (void *)mapping;
	struct inode *inode = BPF_CORE_READ(m, host);

	__builtin_memset(f, 0, sizeof(*f));
	f->mapping = mapping;
	f->group = group;
	f->run = census_number;
	f->type = type;
	/* read while it went away: pages of nothing that has a name */
	if (!inode || (__u64)BPF_CORE_READ(inode, i_mapping) != mapping)
		return;
	f->inode = (__u64)inode;
	f->ino = BPF_CORE_READ(inode, i_ino);
	f->device = BPF_CORE_READ(inode, i_sb, s_dev);
	f->generation = BPF_CORE_READ(inode, i_generation);
	f->links = BPF_CORE_READ(inode, i_nlink);
	f->mode = BPF_CORE_READ(inode, i_mode);
}

static long seek_file(__u32 i, void *unused)
{
	__u32 at = hash_of(census_sought + census_sought_group * 0x10001ull);
	__u32 place = (at + i) & (CENSUS_FILES - 1);
	struct census_file_row *f = bpf_map_lookup_elem(&census_files, &place);

	if (!f)
		return 1;
	if (f->run != census_number) {
		begin_file(f, census_sought, census_sought_group, census_sought_type);
	} else if (f->mapping != census_sought || f->group != census_sought_group) {
		if (f->pages < census_least) {
			census_least = f->pages;
			census_place_smallest = place;
		}
		return 0;
	}
	census_place_found = place;
	return 1;
}

/* Where there is no place left, the smallest gives way: large files come again and again, and stay. */
static __noinline __u32 file_of(__u64 mapping, __u32 group, __u32 type)
{
	struct census_file_row *f;

	census_sought = mapping;
	census_sought_group = group;
	census_sought_type = type;
	census_place_found = NOWHERE;
	census_least = ~0u;
	bpf_loop(CENSUS_WAYS, seek_file, NULL, 0);
	if (census_place_found != NOWHERE)
		return census_place_found;
	f = bpf_map_lookup_elem(&census_files, &census_place_smallest);
	if (!f)
		return NOWHERE;
	census_found[CENSUS_DROPPED_FILES]++;
	census_found[CENSUS_DROPPED_PAGES] += f->pages;
	begin_file(f, mapping, group, type);
	return census_place_smallest;
}

/* --- a block of frames ------------------------------------------------------------------------ */

struct block {
	__u32 type;
	__u32 frames; /* that it has from its head on */
	__u32 index;  /* of the frame looked at in it */
	__u32 weight; /* frames that it is counted for */
	__u32 mapped; /* frames of it that processes map */
	__u32 state;  /* ACTIVE, DIRTY */
	__u64 owner, mapping;
};

/* Blocks one after the other that are of one kind, one group and one file are added up here first: most
 * neighbours are. */
__u32 census_same_type, census_same_state, census_same_pages,
	census_same_mapped; /* state: active, dirty */
__u64 census_same_owner, census_same_mapping;

enum { ACTIVE = 1, DIRTY = 2 };

static __always_inline void add_file(__u32 group)
{
	struct census_file_row *f;

	if (census_same_mapping != census_last_mapping || group != census_last_file_group) {
		census_last_file = file_of(census_same_mapping, group, census_same_type);
		census_last_mapping = census_same_mapping;
		census_last_file_group = group;
	}
	f = bpf_map_lookup_elem(&census_files, &census_last_file);
	if (!f)
		return;
	f->pages += census_same_pages;
	f->mapped += census_same_mapped;
	if (census_same_state & ACTIVE)
		f->active += census_same_pages;
	if (census_same_state & DIRTY)
		f->dirty += census_same_pages;
}

/* Into the rows with what is added up. */
static __noinline void add_up(void)
{
	struct census_group_row *g;

	census_found[census_same_type & (CENSUS_TYPES - 1)] += census_same_pages;
	if (!frame_is_owned(census_same_type) || !census_same_pages)
		return;
	if (census_same_owner != census_last_owner) {
		census_last_group = group_of(frame_memcg(census_same_owner));
		census_last_owner = census_same_owner;
	}
	g = bpf_map_lookup_elem(&census_groups, &census_last_group);
	if (!g) {
		census_found[CENSUS_LOST_GROUPS] += census_same_pages;
		return;
	}
	g->pages[census_same_type & (CENSUS_TYPES - 1)] += census_same_pages;
	if (census_same_mapping)
		add_file(census_last_group);
}

/* A function of its own, not static, and so is census_inspect(): the verifier looks at each once, for all that
 * may stand in a block, and not again on each path that leads to it. */
__noinline int census_count(const struct block *b)
{
	__u32 mapped;

	if (!b)
		return 0;
	mapped = b->mapped < b->weight ? b->mapped : b->weight;
	/* of a sampled block the frame looked at stands for the others: so many of them are mapped */
	if (census_shift || b->index)
		mapped = b->index < b->mapped ? b->weight : 0;
	if (b->type != census_same_type || b->owner != census_same_owner ||
	    b->mapping != census_same_mapping || b->state != census_same_state) {
		add_up();
		census_same_type = b->type;
		census_same_owner = b->owner;
		census_same_mapping = b->mapping;
		census_same_state = b->state;
		census_same_pages = census_same_mapped = 0;
	}
	census_same_pages += b->weight;
	census_same_mapped += mapped;
	return 0;
}

/* What is at `page`, and for a head what stands in the frame behind it. */
static __always_inline void look(const char *page, struct block *b)
{
	__u64 flags = *(const __u64 *)page;

	b->frames = 1;
	b->mapped = b->state = 0;
	b->owner = b->mapping = 0;
	if (flags & FLAG(PG_head))
		b->frames = frame_count(page);
	b->type = frame_type(page, flags);
	if (b->type == MW_CENSUS_FREE)
		b->frames = frame_free(page);
	if (!frame_is_owned(b->type))
		return;
	b->owner = frame_owner(page);
	if (b->type != MW_CENSUS_FILE && b->type != MW_CENSUS_SHMEM)
		return;
	b->mapping = FRAME(page, __u64, mapping);
	b->mapped = frame_mapped(page, flags, b->frames);
	b->state = (flags & FLAG(PG_active) ? ACTIVE : 0) | (flags & FLAG(PG_dirty) ? DIRTY : 0);
}

/* --- one frame -------------------------------------------------------------------------------- */

static __always_inline void unreadable(struct block *b)
{
	__builtin_memset(b, 0, sizeof(*b));
	b->type = MW_CENSUS_UNKNOWN;
	b->frames = 1;
}

/* In the middle of a block: look at its head, read into the batch at `at`. */
static __always_inline void look_at_head(__u64 frame, __u64 head, __u64 at, struct block *b)
{
	__u64 size = bpf_core_type_size(struct page);

	if (bpf_probe_read_kernel(census_batch + at, 2 * bpf_core_type_size(struct page),
				  (void *)head)) {
		unreadable(b);
		return;
	}
	look(census_batch + at, b);
	b->index = frame - (head - census_vmemmap) / size;
	/* it was taken apart meanwhile */
	if (b->index >= b->frames)
		b->index = 0;
}

/* The frame at this place in the batch: what it is part of. A head `alone` has not what is behind it. */
__noinline int census_inspect(__u64 frame, __u64 at, bool alone, struct block *b)
{
	__u64 size = bpf_core_type_size(struct page), head;
	const char *page;

	if (!b)
		return 0;
	if (at > (CENSUS_BATCH - 1) * CENSUS_FRAME) {
		unreadable(b);
		return 0;
	}
	page = census_batch + at;
	b->index = 0;
	head = FRAME(page, __u64, compound_head);
	if (head & 1) {
		census_held = 0;
		look_at_head(frame, head - 1, at, b);
		b->frames = 1; /* those before this one have been counted */
		return 0;
	}
	if (alone && *(const __u64 *)page & FLAG(PG_head) &&
	    bpf_probe_read_kernel(census_batch + at + size, bpf_core_type_size(struct page),
				  (void *)(census_vmemmap + (frame + 1) * size)))
		unreadable(b);
	else
		look(page, b);
	return 0;
}

/* --- every frame ------------------------------------------------------------------------------ */

/* The batch with this frame in it. It begins at a multiple of its size: so does a page of memory. */
static __always_inline bool hold(__u64 frame)
{
	__u64 from = census_vmemmap, size = bpf_core_type_size(struct page);

	if (frame - census_base < census_held)
		return true;
	census_held = CENSUS_BATCH;
	census_base = frame & ~(__u64)(CENSUS_BATCH - 1);
	from += census_base * size;
	if (bpf_probe_read_kernel(census_batch, CENSUS_BATCH * bpf_core_type_size(struct page),
				  (void *)from))
		census_held = 0;
	return census_held;
}

/* Nothing at all is known of it but that nobody uses it: on a per-CPU list, or not set up by the kernel yet. */
static __always_inline bool is_blank(__u64 place)
{
	const char *page = census_batch +
			   (place & (CENSUS_BATCH - 1)) * bpf_core_type_size(struct page);

	return !(*(const __u64 *)page || FRAME(page, __s32, _refcount) ||
		 FRAME(page, __u64, compound_head) || FRAME(page, __u32, page_type));
}

/* Not static: the verifier would go on from each number that it may find.
 * @return how many blank frames there are in the batch from this place on */
__noinline __u32 census_blank_frames(__u64 first, __u64 most)
{
	__u32 count = 0;

	for (; count < CENSUS_BATCH && count < most; count++)
		if (!is_blank(first + count))
			break;
	return count;
}

/* @return how many there are from this frame on */
static __always_inline __u32 blank_frames(__u64 frame)
{
	__u64 first = frame - census_base, left = census_end - frame;

	if (first >= census_held || !is_blank(first))
		return 0;
	return census_blank_frames(first, left < census_held - first ? left : census_held - first);
}

static long every_frame(__u32 i, void *unused)
{
	__u64 frame = census_start, at;
	__u32 blank = blank_frames(frame);
	struct block b = { 0 };

	if (frame >= census_end)
		return 1;
	if (blank) {
		census_found[MW_CENSUS_FREE] += blank;
		census_start += blank;
		return 0;
	}
	census_found[CENSUS_VISITED]++;
	at = (frame & (CENSUS_BATCH - 1)) * bpf_core_type_size(struct page);
	if (hold(frame))
		census_inspect(frame, at, false, &b);
	else
		unreadable(&b);
	b.weight = b.frames;
	census_count(&b);
	census_start = frame + b.frames;
	return 0;
}

/* --- a sample --------------------------------------------------------------------------------- */

/* Frames far from each other are read in a row before they are looked at: the processor then waits for
 * all of them at once. Each has room for what is behind a head. */
enum { SAMPLES = 16 };

__u64 census_sample_frame[SAMPLES];
__u32 census_sample_weight[SAMPLES], census_sample_count;

static long take_sample(__u32 i, void *unused)
{
	__u32 window = 1U << (census_shift & 15), number = i & (SAMPLES - 1);
	__u64 frame = census_start, left = census_end - frame, from;

	if (frame >= census_end)
		return 1;
	if (left >= window) {
		left = window;
		frame += bpf_get_prandom_u32() & (window - 1);
	} else {
		frame += bpf_get_prandom_u32() % (__u32)left;
	}
	census_start += window;
	from = census_vmemmap + frame * bpf_core_type_size(struct page);
	census_sample_frame[number] = frame;
	census_sample_weight[number] = left;
	/* frame 0 is no RAM that anybody would miss */
	if (bpf_probe_read_kernel(census_batch + number * 2 * CENSUS_FRAME,
				  bpf_core_type_size(struct page), (void *)from))
		census_sample_frame[number] = 0;
	census_sample_count = number + 1;
	return 0;
}

static long one_of_many(__u32 i, void *unused)
{
	__u32 number = i & (SAMPLES - 1);
	struct block b = { 0 };

	if (!number) {
		census_sample_count = 0;
		bpf_loop(SAMPLES, take_sample, NULL, 0);
	}
	if (number >= census_sample_count)
		return 1;
	census_found[CENSUS_VISITED]++;
	if (census_sample_frame[number])
		census_inspect(census_sample_frame[number], number * 2 * CENSUS_FRAME, true, &b);
	else
		unreadable(&b);
	b.weight = census_sample_weight[number];
	census_count(&b);
	return 0;
}

SEC("syscall")
int census_run(struct census_walk *walk)
{
	census_start = walk->start;
	census_end = walk->end;
	census_shift = walk->shift;
	census_number = walk->run;
	census_held = 0;
	census_last_owner = census_last_mapping = ~0ull;
	if (census_shift)
		bpf_loop(CENSUS_CHUNK, one_of_many, NULL, 0);
	else
		bpf_loop(CENSUS_CHUNK, every_frame, NULL, 0);
	add_up();
	census_same_pages = census_same_mapped = 0;
	walk->start = census_start;
	return 0;
}

/* The struct page of the one page of a memfd: the tree of a file with one page is that page. */
SEC("syscall")
int census_place(struct census_place *place)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file **fds = BPF_CORE_READ(task, files, fdt, fd), *file = NULL;

	place->frame_size = bpf_core_type_size(struct page);
	bpf_probe_read_kernel(&file, sizeof(file), fds + place->fd);
	place->frame = (__u64)BPF_CORE_READ(file, f_mapping, i_pages.xa_head);
	return 0;
}
