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
static char census_batch[(CENSUS_BATCH + 2) * CENSUS_FRAME] __attribute__((aligned(64)));
static __u64 census_base, census_held;

static struct census_walk census_walk; /* of this run */

/* What the last frames had: neighbours mostly have the same. */
static __u64 census_last_owner, census_last_mapping;
static __u32 census_last_group, census_last_file_group, census_last_file;

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
	g->run = census_walk.run;
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

static __noinline __u32 group_of(__u64 memcg)
{
	__u32 at = hash_of(memcg);

	for (__u32 i = 0; i < CENSUS_PROBES; i++) {
		__u32 place = (at + i) & (CENSUS_GROUPS - 1);
		struct census_group_row *g = bpf_map_lookup_elem(&census_groups, &place);

		if (!g)
			return NOWHERE;
		if (g->run != census_walk.run) {
			begin_group(g, memcg);
			return place;
		}
		if (g->memcg == memcg)
			return place;
	}
	return NOWHERE;
}

static __always_inline void begin_file(struct census_file_row *f, __u64 mapping, __u32 group,
				       __u32 type)
{
	struct address_space *m = (void *)mapping;
	struct inode *inode = BPF_CORE_READ(m, host);

	__builtin_memset(f, 0, sizeof(*f));
	f->mapping = mapping;
	f->group = group;
	f->run = census_walk.run;
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

/* Where there is no place left, the smallest gives way: large files come again and again, and stay. */
static __noinline __u32 file_of(__u64 mapping, __u32 group, __u32 type)
{
	__u32 set = hash_of(mapping + group * 0x10001ull) & (CENSUS_FILES / CENSUS_WAYS - 1);
	__u32 least = ~0u, smallest = 0, place;
	struct census_file_row *f;

	for (__u32 i = 0; i < CENSUS_WAYS; i++) {
		place = set * CENSUS_WAYS + i;
		f = bpf_map_lookup_elem(&census_files, &place);
		if (!f)
			return NOWHERE;
		if (f->run != census_walk.run) {
			begin_file(f, mapping, group, type);
			return place;
		}
		if (f->mapping == mapping && f->group == group)
			return place;
		if (f->pages < least) {
			least = f->pages;
			smallest = place;
		}
	}
	f = bpf_map_lookup_elem(&census_files, &smallest);
	if (!f)
		return NOWHERE;
	census_found[CENSUS_DROPPED_FILES]++;
	census_found[CENSUS_DROPPED_PAGES] += f->pages;
	begin_file(f, mapping, group, type);
	return smallest;
}

/* --- a block of frames ------------------------------------------------------------------------ */

struct block {
	__u32 type;
	__u32 frames; /* that it has from its head on */
	__u32 index;  /* of the frame looked at in it */
	__u32 weight; /* frames that it is counted for */
	__u32 mapped; /* frames of it that processes map */
	__u64 flags, owner, mapping;
};

static __always_inline void count_file(const struct block *b, __u32 group)
{
	struct census_file_row *f;

	if (b->mapping != census_last_mapping || group != census_last_file_group) {
		census_last_file = file_of(b->mapping, group, b->type);
		census_last_mapping = b->mapping;
		census_last_file_group = group;
	}
	f = bpf_map_lookup_elem(&census_files, &census_last_file);
	if (!f)
		return;
	f->pages += b->weight;
	if (b->flags & FLAG(PG_active))
		f->active += b->weight;
	if (b->flags & FLAG(PG_dirty))
		f->dirty += b->weight;
	/* of a sampled block the frame looked at stands for the others: so many of them are mapped */
	if (census_walk.shift || b->index)
		f->mapped += b->index < b->mapped ? b->weight : 0;
	else
		f->mapped += b->mapped < b->weight ? b->mapped : b->weight;
}

/* A function of its own, not static, and so is census_inspect(): the verifier looks at each once, for all that
 * may stand in a block, and not again on each path that leads to it. */
__noinline int census_count(const struct block *b)
{
	struct census_group_row *g;

	if (!b)
		return 0;
	census_found[CENSUS_VISITED]++;
	census_found[b->type & (CENSUS_TYPES - 1)] += b->weight;
	if (!frame_is_owned(b->type))
		return 0;
	if (b->owner != census_last_owner) {
		census_last_group = group_of(frame_memcg(b->owner));
		census_last_owner = b->owner;
	}
	g = bpf_map_lookup_elem(&census_groups, &census_last_group);
	if (!g) {
		census_found[CENSUS_LOST_GROUPS] += b->weight;
		return 0;
	}
	g->pages[b->type & (CENSUS_TYPES - 1)] += b->weight;
	if (b->mapping)
		count_file(b, census_last_group);
	return 0;
}

/* What is at `page`, and for a head what stands in the frame behind it. */
static __always_inline void look(const char *page, struct block *b)
{
	b->flags = *(const __u64 *)page;
	b->frames = 1;
	b->mapped = 0;
	b->owner = 0;
	b->mapping = 0;
	if (b->flags & FLAG(PG_head))
		b->frames = frame_count(page);
	b->type = frame_type(page, b->flags);
	if (b->type == MW_CENSUS_FREE) {
		b->frames = frame_free(page);
		return;
	}
	if (!frame_is_owned(b->type))
		return;
	b->owner = frame_owner(page);
	if (b->type == MW_CENSUS_FILE || b->type == MW_CENSUS_SHMEM) {
		b->mapping = FRAME(page, __u64, mapping);
		b->mapped = frame_mapped(page, b->flags, b->frames);
	}
}

/* --- frames one after the other --------------------------------------------------------------- */

/* The batch with this frame in it. A sample wants the frame and the one behind it: heads are even. */
static __always_inline bool hold(__u64 frame)
{
	__u64 from;
	long error;

	if (frame - census_base < census_held)
		return true;
	census_held = census_walk.shift ? 2 : CENSUS_BATCH;
	census_base = frame & ~(census_held - 1);
	from = census_vmemmap + census_base * bpf_core_type_size(struct page);
	if (census_walk.shift)
		error = bpf_probe_read_kernel(census_batch, 2 * bpf_core_type_size(struct page),
					      (void *)from);
	else
		error = bpf_probe_read_kernel(
			census_batch, CENSUS_BATCH * bpf_core_type_size(struct page), (void *)from);
	if (error)
		census_held = 0;
	return !error;
}

/* In the middle of a block: look at its head. */
static __always_inline bool look_at_head(__u64 frame, __u64 head, struct block *b)
{
	__u64 size = bpf_core_type_size(struct page);

	census_held = 0;
	if (bpf_probe_read_kernel(census_batch, 2 * bpf_core_type_size(struct page), (void *)head))
		return false;
	look(census_batch, b);
	b->index = frame - (head - census_vmemmap) / size;
	/* it was taken apart meanwhile */
	if (b->index >= b->frames)
		b->index = 0;
	return true;
}

static __always_inline void unreadable(struct block *b)
{
	__builtin_memset(b, 0, sizeof(*b));
	b->type = MW_CENSUS_UNKNOWN;
	b->frames = 1;
}

/* One frame: what it is part of, into `b`. */
__noinline int census_inspect(__u64 frame, struct block *b)
{
	__u64 head, at;

	if (!b)
		return 0;
	b->index = 0;
	if (!hold(frame)) {
		unreadable(b);
		return 0;
	}
	at = (frame - census_base) & (CENSUS_BATCH - 1);
	at *= bpf_core_type_size(struct page);
	if (at > (CENSUS_BATCH - 1) * CENSUS_FRAME) {
		unreadable(b);
		return 0;
	}
	head = FRAME(census_batch + at, __u64, compound_head);
	if (!(head & 1))
		look(census_batch + at, b);
	else if (!look_at_head(frame, head - 1, b))
		unreadable(b);
	if (head & 1)
		b->frames = 1; /* those before this one have been counted */
	return 0;
}

static long every_frame(__u32 i, void *unused)
{
	__u64 frame = census_walk.start;
	struct block b = { 0 };

	if (frame >= census_walk.end)
		return 1;
	census_inspect(frame, &b);
	b.weight = b.frames;
	census_count(&b);
	census_walk.start = frame + b.frames;
	return 0;
}

static long one_of_many(__u32 i, void *unused)
{
	__u32 weight = 1U << (census_walk.shift & 15);
	__u64 left = census_walk.end - census_walk.start, frame;
	struct block b = { 0 };

	if (census_walk.start >= census_walk.end)
		return 1;
	if (left > weight)
		left = weight;
	frame = census_walk.start + bpf_get_prandom_u32() % (__u32)left;
	census_walk.start += weight;
	census_inspect(frame, &b);
	b.weight = left;
	census_count(&b);
	return 0;
}

SEC("syscall")
int census_run(struct census_walk *walk)
{
	census_walk = *walk;
	census_held = 0;
	census_last_owner = census_last_mapping = ~0ull;
	if (census_walk.shift)
		bpf_loop(CENSUS_CHUNK, one_of_many, NULL, 0);
	else
		bpf_loop(CENSUS_CHUNK, every_frame, NULL, 0);
	walk->start = census_walk.start;
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
