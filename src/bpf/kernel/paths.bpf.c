// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Inodes by their addresses: nothing is held, anything may be freed meanwhile. Reads of kernel memory
 * cannot fault, and what is read is believed as far as the inode says that it is the one wanted. */
#include "bpf/kernel/files.h"
#include "bpf/kernel/paths.h"

enum {
	ALIASES = 16,    /* names of one file that are tried for one that still holds */
	MAPPINGS = 4096, /* steps in one file's tree of mappings: two for each and more */
	OVERLAYFS_MAGIC = 0x794c7630,
	DENTRY_HASHED = 1,
};

struct qstr {
	const unsigned char *name;
} KERNEL;

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
} KERNEL;

struct hlist_node {
	struct hlist_node *next;
} KERNEL;

struct hlist_head {
	struct hlist_node *first;
} KERNEL;

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	union {
		struct hlist_node d_alias;
	} d_u;
} KERNEL;

struct file_system_type {
	const char *name;
} KERNEL;

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	struct file_system_type *s_type;
} KERNEL;

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right, *rb_left;
} KERNEL;

struct rb_root {
	struct rb_node *rb_node;
} KERNEL;

struct rb_root_cached {
	struct rb_root rb_root;
} KERNEL;

struct address_space {
	struct rb_root_cached i_mmap;
} KERNEL;

struct inode {
	__u16 i_mode;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	__u32 i_nlink, i_rdev;
	__s64 i_size;
	struct hlist_head i_dentry;
} KERNEL;

struct file {
	struct inode *f_inode;
	void *private_data;
} KERNEL;

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
} KERNEL;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} KERNEL;

enum pid_type { PIDTYPE_TGID = 1 };

struct signal_struct {
	struct pid *pids[4];
} KERNEL;

struct mm_struct {
	struct task_struct *owner;
} KERNEL;

struct task_struct {
	struct files_struct *files;
	struct signal_struct *signal;
	struct task_struct *group_leader;
	char comm[16];
} KERNEL;

struct vm_area_struct {
	struct mm_struct *vm_mm;
	struct file *vm_file;
	struct {
		struct rb_node rb;
	} shared;
} KERNEL;

/* A name may begin at the last byte of the room. */
struct paths_room {
	char at[MW_PATHS_ROOM + MW_PATHS_NAME + sizeof(struct mw_path_row)];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MW_PATHS_WANTED);
	__type(key, __u32);
	__type(value, struct mw_path_want);
} paths_wanted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct paths_room);
} paths_text SEC(".maps");

/* The address of a wanted inode -> its index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MW_PATHS_WANTED);
	__type(key, __u64);
	__type(value, __u32);
} paths_index SEC(".maps");

static __always_inline struct paths_room *room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&paths_text, &zero);
}

static __always_inline struct mw_path_want *wanted(__u32 index)
{
	return bpf_map_lookup_elem(&paths_wanted, &index);
}

/* The verifier is to see that it lies in the room. */
#define WITHIN(offset) ((offset) & (MW_PATHS_ROOM - 1))

/* Whether it is still the inode that was meant. */
static __always_inline bool is_it(struct inode *inode, const struct mw_path_want *want)
{
	return inode && BPF_CORE_READ(inode, i_ino) == want->ino &&
	       BPF_CORE_READ(inode, i_sb, s_dev) == want->device;
}

/* --- names ------------------------------------------------------------------------------------ */

struct walk {
	__u64 dentry, root;
	__u32 used, begin, names, flags;
};

static __always_inline bool is_hashed(struct dentry *d)
{
	return BPF_CORE_READ(d, d_hash.pprev) != NULL;
}

/* A file of several names may have lost some. Not static: the verifier looks at the loop once, by itself, and does
 * not follow each of its ends through what comes behind.
 * @return a dentry's address, or 0 */
__noinline __u64 paths_alias(__u64 inode)
{
	struct hlist_node *node = BPF_CORE_READ((struct inode *)inode, i_dentry.first);
	struct dentry *first = NULL;

	for (int i = 0; i < ALIASES && node; i++) {
		struct dentry *d = (void *)((__u64)node -
					    bpf_core_field_offset(struct dentry, d_u.d_alias));

		if (is_hashed(d))
			return (__u64)d;
		if (!first)
			first = d;
		node = BPF_CORE_READ(node, next);
	}
	return (__u64)first;
}

static long put_name(__u32 i, struct walk *w)
{
	struct dentry *d = (void *)w->dentry, *parent = BPF_CORE_READ(d, d_parent);
	struct paths_room *text = room();
	bool top = parent == d;
	long n;

	if (!text || !parent || (top && w->dentry == w->root))
		return 1;
	if (w->used - w->begin > MW_PATHS_TEXT - MW_PATHS_NAME) {
		w->flags |= MW_PATH_CUT;
		return 1;
	}
	if (!top && !is_hashed(d))
		w->flags |= MW_PATH_UNHASHED;
	n = bpf_probe_read_kernel_str(text->at + WITHIN(w->used), MW_PATHS_NAME,
				      BPF_CORE_READ(d, d_name.name));
	if (n <= 0) {
		w->flags |= MW_PATH_CUT;
		return 1;
	}
	w->used += n;
	w->names++;
	w->dentry = (__u64)parent;
	if (top)
		w->flags |= MW_PATH_ROOTLESS;
	return top;
}

static __always_inline void describe(struct mw_path_row *r, struct inode *inode)
{
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);

	r->links = BPF_CORE_READ(inode, i_nlink);
	r->mode = BPF_CORE_READ(inode, i_mode);
	r->number = BPF_CORE_READ(inode, i_rdev);
	r->bytes = BPF_CORE_READ(inode, i_size);
	r->magic = BPF_CORE_READ(sb, s_magic);
	bpf_probe_read_kernel_str(r->type, sizeof(r->type), BPF_CORE_READ(sb, s_type, name));
}

static __always_inline void put_names(struct walk *w, struct inode *inode)
{
	w->root = (__u64)BPF_CORE_READ(inode, i_sb, s_root);
	w->dentry = paths_alias((__u64)inode);
	if (!w->dentry)
		w->flags = MW_PATH_NAMELESS;
	else if (bpf_loop(MW_PATHS_NAMES, put_name, w, 0) == MW_PATHS_NAMES)
		w->flags |= MW_PATH_CUT;
}

static long put_row(__u32 i, struct mw_paths_run *run)
{
	struct mw_path_want *want = wanted(run->next);
	struct paths_room *text = room();
	struct walk w = { .used = run->used + sizeof(struct mw_path_row) };
	struct mw_path_row *r;
	struct inode *inode;

	if (!want || !text || run->next >= run->count || run->used > MW_PATHS_ROOM - MW_PATHS_TEXT)
		return 1;
	w.begin = w.used;
	r = (void *)(text->at + (WITHIN(run->used) & ~7u));
	__builtin_memset(r, 0, sizeof(*r));
	inode = (void *)want->inode;
	if (is_it(inode, want)) {
		describe(r, inode);
		put_names(&w, inode);
	} else {
		w.flags = MW_PATH_GONE;
	}
	/* it may have become another meanwhile */
	if (!is_it(inode, want))
		w.flags = MW_PATH_GONE;
	r->index = run->next;
	r->flags = w.flags;
	r->names = w.names;
	r->text = w.used - w.begin;
	r->size = ((w.used - run->used) + 7) & ~7u;
	run->used += r->size;
	run->next++;
	return 0;
}

SEC("syscall")
int paths_names(struct mw_paths_run *run)
{
	struct mw_paths_run own = { .next = run->next, .count = run->count };

	bpf_loop(MW_PATHS_WANTED, put_row, &own, 0);
	run->next = own.next;
	run->used = own.used;
	return 0;
}

/* The caller's own descriptor: what it can compare with fstat() and readlink(). */
SEC("syscall")
int paths_own(struct mw_paths_own *own)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct file **fds = BPF_CORE_READ(t, files, fdt, fd), *file = NULL;
	struct inode *inode;

	if (bpf_probe_read_kernel(&file, sizeof(file), fds + own->fd))
		return 1;
	inode = BPF_CORE_READ(file, f_inode);
	own->it.inode = (__u64)inode;
	own->it.ino = BPF_CORE_READ(inode, i_ino);
	own->it.device = BPF_CORE_READ(inode, i_sb, s_dev);
	return 0;
}

/* --- users ------------------------------------------------------------------------------------ */

/* The process' number where the reader lives. */
static __always_inline __u32 pid_of(struct task_struct *t)
{
	struct task_struct *own = (void *)bpf_get_current_task();
	int type = bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
	struct pid *mine = NULL, *its = NULL;
	struct upid at = { 0 }, here = { 0 };
	__u32 level;
	__u64 offset;

	bpf_probe_read_kernel(&mine, sizeof(mine), &BPF_CORE_READ(own, signal)->pids[type]);
	bpf_probe_read_kernel(&its, sizeof(its), &BPF_CORE_READ(t, signal)->pids[type]);
	level = BPF_CORE_READ(mine, level);
	if (!its || BPF_CORE_READ(its, level) < level)
		return 0;
	offset = bpf_core_field_offset(struct pid, numbers) + (__u64)level * sizeof(struct upid);
	bpf_probe_read_kernel(&here, sizeof(here), (char *)mine + offset);
	bpf_probe_read_kernel(&at, sizeof(at), (char *)its + offset);
	return at.ns == here.ns ? at.nr : 0;
}

static __always_inline void fill(struct mw_path_user *u, struct task_struct *t)
{
	u->pid = pid_of(t);
	bpf_probe_read_kernel(u->comm, sizeof(u->comm),
			      (char *)BPF_CORE_READ(t, group_leader) +
				      bpf_core_field_offset(struct task_struct, comm));
}

static __always_inline __u32 *index_of(struct inode *inode)
{
	__u64 address = (__u64)inode;

	return bpf_map_lookup_elem(&paths_index, &address);
}

/* What an overlay file is open on: its private data is that file, or (since 6.13) begins with it, the
 * one above it behind. The address found tells whether the guess was right. */
static __always_inline __u32 *index_below(struct file *file)
{
	void *own = BPF_CORE_READ(file, private_data);
	struct file *below[2] = { 0 };
	__u32 *index = index_of(BPF_CORE_READ((struct file *)own, f_inode));

	if (index)
		return index;
	bpf_probe_read_kernel(below, sizeof(below), own);
	index = below[0] ? index_of(BPF_CORE_READ(below[0], f_inode)) : NULL;
	return index || !below[1] ? index : index_of(BPF_CORE_READ(below[1], f_inode));
}

SEC("iter/task_file")
int paths_open(struct bpf_iter__task_file *ctx)
{
	struct mw_path_user u = { .use = MW_PATH_OPEN };
	struct task_struct *t = ctx->task;
	struct file *file = ctx->file;
	struct inode *inode;
	__u32 *index;

	if (!file || !t)
		return 0;
	inode = file->f_inode;
	index = index_of(inode);
	if (!index && BPF_CORE_READ(inode, i_sb, s_magic) == OVERLAYFS_MAGIC)
		index = index_below(file);
	if (!index)
		return 0;
	u.index = *index;
	fill(&u, t);
	bpf_seq_write(ctx->meta->seq, &u, sizeof(u));
	return 0;
}

/* A walk over a tree of mappings, in order: a step is one move. */
struct climb {
	__u64 node, from, inode, last;
	__u32 used, index;
};

static __always_inline struct mw_path_user *put_user(struct climb *c, __u32 use)
{
	struct paths_room *text = room();
	struct mw_path_user *u;

	if (!text)
		return NULL;
	u = (void *)(text->at + (WITHIN(c->used) & ~7u));
	__builtin_memset(u, 0, sizeof(*u));
	u->index = c->index;
	u->use = use;
	c->used += sizeof(*u);
	return u;
}

static __always_inline void put_mapper(struct climb *c)
{
	struct vm_area_struct *vma = (void *)(c->node - bpf_core_field_offset(struct vm_area_struct,
									      shared.rb));
	struct task_struct *t = BPF_CORE_READ(vma, vm_mm, owner);
	struct mw_path_user *u;

	if (!t || (__u64)t == c->last || (__u64)BPF_CORE_READ(vma, vm_file, f_inode) != c->inode)
		return;
	c->last = (__u64)t;
	u = put_user(c, MW_PATH_MAPPED);
	if (u)
		fill(u, t);
}

static long climb(__u32 i, struct climb *c)
{
	struct rb_node *node = (void *)c->node;
	__u64 left, right, parent;

	if (!node || c->used > MW_PATHS_ROOM - sizeof(struct mw_path_user))
		return 1;
	parent = BPF_CORE_READ(node, __rb_parent_color) & ~3ul;
	left = (__u64)BPF_CORE_READ(node, rb_left);
	right = (__u64)BPF_CORE_READ(node, rb_right);
	if (c->from == parent) { /* from above */
		put_mapper(c);
		c->from = c->node;
		c->node = left ? left : right ? right : parent;
	} else if (c->from == left && right) {
		c->from = c->node;
		c->node = right;
	} else {
		c->from = c->node;
		c->node = parent;
	}
	return 0;
}

static long put_mappers(__u32 i, struct mw_paths_run *run)
{
	struct mw_path_want *want = wanted(run->next);
	struct climb c = { .used = run->used, .index = run->next };
	struct inode *inode;

	/* a user for each step, and the word that there are more */
	if (!want || run->next >= run->count ||
	    run->used > MW_PATHS_ROOM - (MAPPINGS + 1) * sizeof(struct mw_path_user))
		return 1;
	inode = (void *)want->inode;
	if (is_it(inode, want)) {
		c.inode = want->inode;
		c.node = (__u64)BPF_CORE_READ(inode, i_mapping, i_mmap.rb_root.rb_node);
		bpf_loop(MAPPINGS, climb, &c, 0);
		if (c.node)
			put_user(&c, MW_PATH_MORE);
	}
	run->used = c.used;
	run->next++;
	return 0;
}

SEC("syscall")
int paths_mappers(struct mw_paths_run *run)
{
	struct mw_paths_run own = { .next = run->next, .count = run->count };

	bpf_loop(MW_PATHS_WANTED, put_mappers, &own, 0);
	run->next = own.next;
	run->used = own.used;
	return 0;
}
