/* A page frame's struct page, told apart. It was copied as bytes, so that one program reads it on all
 * kernels; where its fields are, CO-RE says. What has changed:
 *
 *   flags        numbered anew by every release; PG_slab gone in 6.10
 *   page type    bits that are cleared: 0x80 … (4.18), 0x40000000 … (6.11); a number in the upper
 *                byte (6.12). The first are in no BTF: by what else the release has
 *   block order  page[1].compound_order; folio._folio_order (6.3); a byte of page[1].flags (6.6)
 *   hugetlb      page[1].compound_dtor; folio._folio_dtor (6.3); a flag of page[1] (6.6); a type (6.9)
 *   owner        mem_cgroup; memcg_data with flags (5.11) */
#ifndef MW_BPF_KERNEL_FRAME_H
#define MW_BPF_KERNEL_FRAME_H

#include "bpf/census.h"
#include "bpf/kernel/files.h"
#include "bpf/kernel/group.h"

struct page_count {
	int counter;
} KERNEL;

struct page {
	unsigned long compound_head, private, memcg_data;
	struct address_space *mapping;
	unsigned int page_type;
	struct page_count _refcount, _mapcount;
} KERNEL;

struct page___5_10 {
	struct mem_cgroup *mem_cgroup;
} KERNEL;

struct page___6_2 {
	unsigned char compound_order, compound_dtor;
	struct page_count compound_mapcount;
} KERNEL;

struct folio___6_3 {
	unsigned char _folio_order, _folio_dtor;
} KERNEL;

struct folio {
	struct page_count _nr_pages_mapped, _large_mapcount;
} KERNEL;

struct xarray {
	void *xa_head;
} KERNEL;

struct super_block {
	__u32 s_dev;
} KERNEL;

struct inode {
	unsigned short i_mode;
	unsigned int i_nlink;
	__u32 i_generation;
	unsigned long i_ino;
	struct address_space *i_mapping;
	struct super_block *i_sb;
} KERNEL;

struct address_space {
	struct inode *host;
	struct xarray i_pages;
} KERNEL;

struct file {
	struct address_space *f_mapping;
} KERNEL;

struct task_struct {
	struct files_struct *files;
} KERNEL;

struct obj_cgroup {
	struct mem_cgroup *memcg;
} KERNEL;

enum pageflags {
	PG_active = 1,
	PG_dirty,
	PG_head,
	PG_reserved,
	PG_swapbacked,
	PG_swapcache,
	PG_slab___6_9,
	PG_hugetlb___6_8,
};

enum pagetype___6_11 {
	PG_buddy___6_11 = 1,
	PG_offline___6_11,
	PG_table___6_11,
	PG_hugetlb___6_11,
	PG_slab___6_11,
	PG_zsmalloc___6_11,
};

enum pagetype {
	PGTY_buddy = 1,
	PGTY_offline,
	PGTY_table,
	PGTY_hugetlb,
	PGTY_slab,
	PGTY_zsmalloc,
	PGTY_unaccepted,
	PGTY_large_kmalloc,
};

enum {
	CSS_ONLINE = 1 << 1,
	OWNER_OBJECTS = 1, /* memcg_data: of slab, a list */
	OWNER_KERNEL = 2,  /* … an obj_cgroup */
	OWNER_FLAGS = 7,
	MAPPING_ANON = 1,
	MAPPING_MOVABLE = 2,
	ENTIRELY_MAPPED = 0x800000,
	MOST_ORDER = 20,
	HUGETLB_DTOR = 2, /* enum compound_dtor_id */
	NO_MARK = 255,
};

#define FRAME(bytes, type, field) \
	(*(const type *)((bytes) + bpf_core_field_offset(struct page, field)))
#define FLAG(name) (1ull << bpf_core_enum_value(enum pageflags, name))
/* The same, where the release has it. */
#define HAS_FLAG(flags, name)                                \
	(bpf_core_enum_value_exists(enum pageflags, name) && \
	 (flags)&1ull << bpf_core_enum_value(enum pageflags, name))
/* A field of the frame behind a head. */
#define SECOND(bytes, type, kind, field)                             \
	(*(const type *)((bytes) + bpf_core_type_size(struct page) + \
			 bpf_core_field_offset(kind, field)))
/* … of a folio, whose second frame is in it. */
#define FOLIO(bytes, type, kind, field) \
	(*(const type *)((bytes) + bpf_core_field_offset(kind, field)))

/* Whether pages of this kind are charged to a group as pages. */
static __always_inline bool frame_is_owned(__u32 type)
{
	return type == MW_CENSUS_ANON || type == MW_CENSUS_FILE || type == MW_CENSUS_SHMEM ||
	       type == MW_CENSUS_SWAP_CACHE || type == MW_CENSUS_PAGE_TABLE ||
	       type == MW_CENSUS_KERNEL || type == MW_CENSUS_COMPRESSED;
}

static __always_inline __u32 frame_count(const char *page)
{
	__u32 order;

	if (bpf_core_field_exists(struct page___6_2, compound_order))
		order = SECOND(page, __u8, struct page___6_2, compound_order);
	else if (bpf_core_field_exists(struct folio___6_3, _folio_order))
		order = FOLIO(page, __u8, struct folio___6_3, _folio_order);
	else
		order = *(const __u8 *)(page + bpf_core_type_size(struct page));
	return order <= MOST_ORDER ? 1U << order : 1;
}

#define MARK(word, name, means)                                              \
	if (bpf_core_enum_value_exists(enum pagetype, name) &&               \
	    (word) >> 24 == (__u32)bpf_core_enum_value(enum pagetype, name)) \
		return means;
#define MARK_6_11(word, name, means)                                            \
	if (bpf_core_enum_value_exists(enum pagetype___6_11, name) &&           \
	    !((word) & (__u32)bpf_core_enum_value(enum pagetype___6_11, name))) \
		return means;
#define MARK_BIT(word, bit, means) \
	if (!((word) & (bit)))     \
		return means;

/* By its page type. @return NO_MARK: it has none */
static __always_inline __u32 frame_mark(__u32 word)
{
	if (bpf_core_enum_value_exists(enum pagetype, PGTY_buddy)) {
		if (word < 0x80000000 || word >= 0xff000000)
			return NO_MARK;
		MARK(word, PGTY_buddy, MW_CENSUS_FREE)
		MARK(word, PGTY_slab, MW_CENSUS_SLAB)
		MARK(word, PGTY_table, MW_CENSUS_PAGE_TABLE)
		MARK(word, PGTY_hugetlb, MW_CENSUS_HUGETLB)
		MARK(word, PGTY_large_kmalloc, MW_CENSUS_SLAB)
		MARK(word, PGTY_zsmalloc, MW_CENSUS_COMPRESSED)
		MARK(word, PGTY_offline, MW_CENSUS_OFFLINE)
		MARK(word, PGTY_unaccepted, MW_CENSUS_OFFLINE)
		return MW_CENSUS_UNKNOWN;
	}
	if (bpf_core_enum_value_exists(enum pagetype___6_11, PG_buddy___6_11)) {
		if (!(word & 0x80000000) || word >= 0xfffff000)
			return NO_MARK;
		MARK_6_11(word, PG_buddy___6_11, MW_CENSUS_FREE)
		MARK_6_11(word, PG_slab___6_11, MW_CENSUS_SLAB)
		MARK_6_11(word, PG_table___6_11, MW_CENSUS_PAGE_TABLE)
		MARK_6_11(word, PG_hugetlb___6_11, MW_CENSUS_HUGETLB)
		MARK_6_11(word, PG_zsmalloc___6_11, MW_CENSUS_COMPRESSED)
		MARK_6_11(word, PG_offline___6_11, MW_CENSUS_OFFLINE)
		return MW_CENSUS_UNKNOWN;
	}
	/* unmapped up to 127 times too often is no type: those bits are above */
	if ((word & 0xf0000000) != 0xf0000000 || word >= 0xffffff80)
		return NO_MARK;
	MARK_BIT(word, 0x80, MW_CENSUS_FREE)
	MARK_BIT(word, 0x100, MW_CENSUS_OFFLINE)
	if (!bpf_core_field_exists(struct page, memcg_data)) {
		MARK_BIT(word, 0x400, MW_CENSUS_PAGE_TABLE)
		return NO_MARK; /* charged as the kernel's, no matter for what */
	}
	MARK_BIT(word, 0x200, MW_CENSUS_PAGE_TABLE)
	MARK_BIT(word, 0x800, MW_CENSUS_HUGETLB) /* 6.9 */
	MARK_BIT(word, 0x1000, MW_CENSUS_SLAB)   /* 6.10 */
	return MW_CENSUS_UNKNOWN;
}

/* Before it was a type. */
static __always_inline bool frame_is_hugetlb(const char *page, __u64 flags)
{
	if (!(flags & FLAG(PG_head)))
		return false;
	if (bpf_core_field_exists(struct page___6_2, compound_dtor))
		return SECOND(page, __u8, struct page___6_2, compound_dtor) == HUGETLB_DTOR;
	if (bpf_core_field_exists(struct folio___6_3, _folio_dtor))
		return FOLIO(page, __u8, struct folio___6_3, _folio_dtor) == HUGETLB_DTOR;
	return HAS_FLAG(*(const __u64 *)(page + bpf_core_type_size(struct page)), PG_hugetlb___6_8);
}

static __always_inline bool frame_is_mapped(const char *page)
{
	return FRAME(page, __s32, _mapcount) >= 0;
}

/* A page that has a mapping, or none. */
static __always_inline __u32 frame_used(const char *page, __u64 flags)
{
	__u64 mapping = FRAME(page, __u64, mapping);
	bool swapped = flags & FLAG(PG_swapbacked) && flags & FLAG(PG_swapcache);

	if (mapping & MAPPING_ANON)
		return swapped && !(flags & FLAG(PG_head)) && !frame_is_mapped(page)
			       ? MW_CENSUS_SWAP_CACHE
			       : MW_CENSUS_ANON;
	if (mapping & MAPPING_MOVABLE)
		return MW_CENSUS_COMPRESSED;
	if (mapping)
		return flags & FLAG(PG_swapbacked) ? MW_CENSUS_SHMEM : MW_CENSUS_FILE;
	return swapped ? MW_CENSUS_SWAP_CACHE : MW_CENSUS_KERNEL;
}

static __always_inline __u32 frame_type(const char *page, __u64 flags)
{
	__u32 mark = frame_mark(FRAME(page, __u32, page_type));

	if (mark != NO_MARK)
		return mark;
	if (HAS_FLAG(flags, PG_slab___6_9))
		return MW_CENSUS_SLAB;
	if (frame_is_hugetlb(page, flags))
		return MW_CENSUS_HUGETLB;
	if (flags & FLAG(PG_reserved))
		return MW_CENSUS_RESERVED;
	/* on a per-CPU list, or inside a free block that only its head marks */
	if (FRAME(page, __s32, _refcount) == 0)
		return MW_CENSUS_FREE;
	return frame_used(page, flags);
}

/* Frames of a free block, from its head. */
static __always_inline __u32 frame_free(const char *page)
{
	__u64 order = FRAME(page, __u64, private);

	if (frame_mark(FRAME(page, __u32, page_type)) != MW_CENSUS_FREE || order > MOST_ORDER)
		return 1;
	return 1U << order;
}

/* What says whose it is; 0 = nobody's. */
static __always_inline __u64 frame_owner(const char *page)
{
	if (bpf_core_field_exists(struct page, memcg_data))
		return FRAME(page, __u64, memcg_data);
	if (bpf_core_field_exists(struct page___5_10, mem_cgroup))
		return *(const __u64 *)(page +
					bpf_core_field_offset(struct page___5_10, mem_cgroup));
	return 0;
}

static __always_inline __u64 frame_memcg(__u64 owner)
{
	struct obj_cgroup *objects = (void *)(owner & ~(__u64)OWNER_FLAGS);

	if (owner & OWNER_OBJECTS)
		return 0;
	if (owner & OWNER_KERNEL)
		return (__u64)BPF_CORE_READ(objects, memcg);
	return (__u64)objects;
}

/* How many frames of a block processes map. */
static __always_inline __u32 frame_mapped(const char *page, __u64 flags, __u32 frames)
{
	__u32 pages;

	if (!(flags & FLAG(PG_head)))
		return frame_is_mapped(page);
	if (bpf_core_field_exists(struct folio, _nr_pages_mapped)) {
		pages = FOLIO(page, __u32, struct folio, _nr_pages_mapped);
		if (pages & ENTIRELY_MAPPED)
			return frames;
		/* CONFIG_NO_PAGE_MAPCOUNT (6.15) knows only whether any is */
		if (!pages && bpf_core_field_exists(struct folio, _large_mapcount) &&
		    FOLIO(page, __s32, struct folio, _large_mapcount) >= 0)
			return frames;
		return pages;
	}
	if (bpf_core_field_exists(struct page___6_2, compound_mapcount) &&
	    SECOND(page, __s32, struct page___6_2, compound_mapcount) >= 0)
		return frames;
	return frame_is_mapped(page) ? frames : 0;
}

#endif
