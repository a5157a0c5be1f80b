/* What /proc/kpageflags says of a frame (include/uapi/linux/kernel-page-flags.h), and kpagecgroup of its
 * owner. They know no inodes; a removed group's pages are shown as those of the group above it that is
 * still there. */
#include "collect/pages/pages.h"

#include <errno.h>
#include <stdlib.h>

enum {
	UPTODATE = 3,
	DIRTY = 4,
	LRU = 5,
	SLAB = 7,
	BUDDY = 10,
	MMAP = 11,
	ANON = 12,
	SWAPCACHE = 13,
	SWAPBACKED = 14,
	COMPOUND_HEAD = 15,
	COMPOUND_TAIL = 16,
	HUGE = 17,
	NOPAGE = 20,
	KSM = 21,
	OFFLINE = 23,
	ZERO_PAGE = 24,
	PGTABLE = 26,
	RESERVED = 32,
};

#define BIT(number) (1ULL << (number))

/* The first that fits. */
static const struct {
	uint64_t all, none;
	enum mw_census_type type;
} kinds[] = {
	{ BIT(NOPAGE), 0, MW_CENSUS_UNKNOWN },
	{ BIT(BUDDY), 0, MW_CENSUS_FREE },
	{ BIT(HUGE), 0, MW_CENSUS_HUGETLB },
	{ BIT(SLAB), 0, MW_CENSUS_SLAB },
	{ BIT(PGTABLE), 0, MW_CENSUS_PAGE_TABLE },
	{ BIT(OFFLINE), 0, MW_CENSUS_OFFLINE },
	{ BIT(RESERVED), 0, MW_CENSUS_RESERVED },
	{ BIT(ZERO_PAGE), 0, MW_CENSUS_RESERVED },
	{ BIT(SWAPCACHE) | BIT(SWAPBACKED), BIT(MMAP) | BIT(COMPOUND_HEAD), MW_CENSUS_SWAP_CACHE },
	{ BIT(ANON), 0, MW_CENSUS_ANON },
	{ BIT(KSM), 0, MW_CENSUS_ANON },
	{ BIT(SWAPBACKED), 0, MW_CENSUS_SHMEM },
	{ BIT(LRU), 0, MW_CENSUS_FILE },
	/* on its way to a list */
	{ BIT(UPTODATE), 0, MW_CENSUS_FILE },
	{ BIT(DIRTY), 0, MW_CENSUS_FILE },
	{ 0, 0, MW_CENSUS_KERNEL },
};

bool mw_frame_is_tail(uint64_t flags)
{
	return flags & BIT(COMPOUND_TAIL) && !(flags & BIT(NOPAGE));
}

uint64_t mw_frame_alone(uint64_t flags)
{
	return flags & ~BIT(COMPOUND_TAIL);
}

bool mw_frame_is_head(uint64_t flags)
{
	return flags & BIT(COMPOUND_HEAD);
}

static enum mw_census_type type_of(uint64_t flags)
{
	size_t i = 0;

	while ((flags & kinds[i].all) != kinds[i].all || flags & kinds[i].none)
		i++;
	return kinds[i].type;
}

/* As frame_is_owned() of bpf/kernel/frame.h. */
static bool is_owned(enum mw_census_type type)
{
	return type == MW_CENSUS_ANON || type == MW_CENSUS_FILE || type == MW_CENSUS_SHMEM ||
	       type == MW_CENSUS_SWAP_CACHE || type == MW_CENSUS_PAGE_TABLE ||
	       type == MW_CENSUS_KERNEL;
}

static bool same_id(uint32_t number, const void *key, const void *context)
{
	const struct mw_frames *f = context;

	return f->census.groups[number].id == *(const uint64_t *)key;
}

static struct mw_census_group *new_group(struct mw_frames *f, uint64_t id)
{
	struct mw_census *c = &f->census;

	if (c->group_count == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		struct mw_census_group *more = realloc(c->groups, room * sizeof(*more));

		if (!more)
			return NULL;
		c->groups = more;
		f->room = room;
	}
	if (index_add(&f->by_id, hash_u64(id), (uint32_t)c->group_count))
		return NULL;
	c->groups[c->group_count] = (struct mw_census_group){ .id = id };
	return &c->groups[c->group_count++];
}

static struct mw_census_group *group_of(struct mw_frames *f, uint64_t id)
{
	struct mw_census_group *g;
	uint32_t number;

	/* neighbours mostly have the same */
	if (f->last < f->census.group_count && f->census.groups[f->last].id == id)
		return &f->census.groups[f->last];
	number = index_find(&f->by_id, hash_u64(id), same_id, &id, f);
	g = number != INDEX_NONE ? &f->census.groups[number] : new_group(f, id);
	if (g)
		f->last = (uint32_t)(g - f->census.groups);
	else
		f->error = -ENOMEM;
	return g;
}

void mw_frames_add(struct mw_frames *f, uint64_t flags, uint64_t group, uint64_t weight)
{
	struct mw_census_group *g;
	enum mw_census_type type;

	if (mw_frame_is_head(flags)) {
		f->flags = flags;
		f->group = group;
	} else if (mw_frame_is_tail(flags)) {
		flags = f->flags;
		group = f->group;
	}
	type = type_of(flags);
	f->census.frames += weight;
	f->census.visited++;
	f->census.pages[type] += weight;
	f->blank += !flags && !group ? weight : 0;
	g = !f->ungrouped && is_owned(type) ? group_of(f, group) : NULL;
	if (g)
		g->pages[type] += weight;
}

/* Frames of which nothing is said, given to a type of which more is known to be than was seen. */
static void give_blank(struct mw_frames *f, enum mw_census_type type, uint64_t seen, uint64_t told)
{
	struct mw_census *c = &f->census;
	uint64_t none = 0, more = told > seen ? told - seen : 0;

	more = more < f->blank ? more : f->blank;
	f->blank -= more;
	c->pages[type] += more;
	c->pages[MW_CENSUS_KERNEL] -= more;
	if (more && index_find(&f->by_id, hash_u64(0), same_id, &none, f) != INDEX_NONE)
		group_of(f, 0)->pages[MW_CENSUS_KERNEL] -= more;
}

int mw_frames_finish(struct mw_frames *f, struct mw_frames_told told, struct mw_census *out)
{
	struct mw_census *c = &f->census;

	if (f->error)
		return f->error;
	give_blank(f, MW_CENSUS_FREE, c->pages[MW_CENSUS_FREE], told.unused);
	/* a balloon's frames are not in MemTotal either */
	give_blank(f, MW_CENSUS_RESERVED,
		   c->pages[MW_CENSUS_RESERVED] + c->pages[MW_CENSUS_OFFLINE], told.reserved);
	c->has_groups = !f->ungrouped;
	*out = *c;
	*c = (struct mw_census){ 0 };
	return 0;
}

void mw_frames_release(struct mw_frames *f)
{
	mw_census_release(&f->census);
	index_release(&f->by_id);
}
