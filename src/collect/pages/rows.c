/* A census as numbers of the machine, and as rows: a group's pages, a file's. */
#include "base/scoped.h"
#include "collect/pages/pages.h"
#include "model/sample.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { MINORBITS = 20, MOST_LEVELS = 16 };

static const enum mw_metric of_node[MW_CENSUS_TYPES] = {
	[MW_CENSUS_FREE] = M_CENSUS_FREE,
	[MW_CENSUS_ANON] = M_CENSUS_ANON,
	[MW_CENSUS_SWAP_CACHE] = M_CENSUS_SWAP_CACHE,
	[MW_CENSUS_FILE] = M_CENSUS_FILE,
	[MW_CENSUS_SHMEM] = M_CENSUS_SHMEM,
	[MW_CENSUS_SLAB] = M_CENSUS_SLAB,
	[MW_CENSUS_PAGE_TABLE] = M_CENSUS_PAGE_TABLES,
	[MW_CENSUS_KERNEL] = M_CENSUS_KERNEL,
	[MW_CENSUS_HUGETLB] = M_CENSUS_HUGETLB,
	[MW_CENSUS_COMPRESSED] = M_CENSUS_COMPRESSED,
	[MW_CENSUS_OFFLINE] = M_CENSUS_OFFLINE,
	[MW_CENSUS_RESERVED] = M_CENSUS_RESERVED,
	[MW_CENSUS_UNKNOWN] = M_CENSUS_UNKNOWN,
};

/* Of a group; what is not here is OW_OTHER. */
static const enum mw_metric of_owner[MW_CENSUS_TYPES] = {
	[MW_CENSUS_ANON] = M_OW_ANON,
	[MW_CENSUS_SWAP_CACHE] = M_OW_SWAP_CACHE,
	[MW_CENSUS_FILE] = M_OW_FILE,
	[MW_CENSUS_SHMEM] = M_OW_SHMEM,
	[MW_CENSUS_PAGE_TABLE] = M_OW_PAGE_TABLES,
	[MW_CENSUS_KERNEL] = M_OW_KERNEL,
};

struct rows {
	struct mw_snapshot *s;
	const struct mw_census *census;
	struct index by_id; /* of the census' groups */
	uint64_t page_size, sample;
};

static bool same_id(uint32_t number, const void *key, const void *context)
{
	const struct mw_census *c = context;

	return c->groups[number].id == *(const uint64_t *)key;
}

static const struct mw_census_group *find(const struct rows *r, uint64_t id)
{
	uint32_t number = index_find(&r->by_id, hash_u64(id), same_id, &id, r->census);

	return number == INDEX_NONE ? NULL : &r->census->groups[number];
}

/* The group's row, or that of the nearest group above that has one. */
static struct mw_entity *row_of(const struct rows *r, uint64_t id)
{
	for (unsigned level = 0; id && level < MOST_LEVELS; level++) {
		struct mw_entity *e = mw_snapshot_by_id(r->s, MW_CGROUP, id);
		const struct mw_census_group *g;

		if (e)
			return e;
		g = find(r, id);
		id = g ? g->parent : 0;
	}
	return NULL;
}

static void put_name(const struct mw_census_group *g, const struct mw_entity *row, struct buf *out)
{
	buf_clear(out);
	if (!g->id)
		return;
	if (row && row->id == g->id) {
		buf_puts(out, row->name);
		return;
	}
	/* the root's name is a slash */
	if (row && strcmp(row->name, "/") != 0)
		buf_puts(out, row->name);
	buf_char(out, '/');
	if (*g->name)
		buf_puts(out, g->name);
	else
		buf_printf(out, "#%llu", (unsigned long long)g->id);
}

static int add_owner(const struct rows *r, const struct mw_census_group *g, struct buf *name)
{
	struct mw_entity *row = row_of(r, g->id), *above = row ? row : row_of(r, g->parent), *e;
	uint64_t all = 0, other = 0;

	put_name(g, above, name);
	e = mw_snapshot_add(r->s, MW_OWNER, above, buf_slice(name), g->id, 0);
	if (!e || name->error)
		return -ENOMEM;
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++) {
		all += g->pages[type];
		if (of_owner[type])
			mw_set(e, of_owner[type], g->pages[type] * r->page_size);
		else
			other += g->pages[type];
	}
	mw_set(e, M_OW_ALL, all * r->page_size);
	mw_set(e, M_OW_OTHER, other * r->page_size);
	mw_set(e, M_OW_ERROR,
	       mw_sample_error(all * r->page_size, r->census->frames * r->page_size, r->sample,
			       r->page_size));
	if (r->census->has_dying)
		mw_set(e, M_OW_DYING, g->dying);
	return 0;
}

static int add_owners(const struct rows *r)
{
	scoped_buf struct buf name = { 0 };
	int error = 0;

	for (size_t i = 0; i < r->census->group_count && !error; i++)
		error = add_owner(r, &r->census->groups[i], &name);
	return error;
}

static const char *type_of(const struct mw_census_row *f)
{
	return S_ISBLK(f->mode) ? "block" : mw_census_type_name(f->type);
}

static int add_file(const struct rows *r, const struct mw_census_row *f)
{
	unsigned major = f->device >> MINORBITS, minor = f->device & ((1U << MINORBITS) - 1);
	bool rest = !f->mode && !f->device;
	struct mw_entity *e = mw_snapshot_add(r->s, MW_FILE, row_of(r, f->group), SLICE(""),
					      rest ? 0 : f->ino, rest ? 0 : makedev(major, minor));
	char device[32];
	int len;

	if (!e)
		return -ENOMEM;
	mw_set(e, M_F_CACHED, f->pages * r->page_size);
	mw_set(e, M_F_ACTIVE, f->active * r->page_size);
	mw_set(e, M_F_DIRTY, f->dirty * r->page_size);
	mw_set(e, M_F_MAPPED, f->mapped * r->page_size);
	mw_set(e, M_F_GROUP, f->group);
	mw_set_text(r->s, e, M_F_TYPE, slice_of(type_of(f)));
	if (rest) {
		mw_set(e, M_F_FILES, f->ino);
		return 0;
	}
	len = snprintf(device, sizeof(device), "%u:%u", major, minor);
	mw_set_text(r->s, e, M_F_DEVICE, (struct slice){ device, (size_t)len });
	mw_set(e, M_F_INODE, f->ino);
	mw_set(e, M_F_GENERATION, f->generation);
	mw_set(e, M_F_DELETED, !f->links);
	return 0;
}

static void set_dying(const struct rows *r, struct mw_entity *node)
{
	uint64_t pages = 0, groups = 0;

	for (size_t i = 0; i < r->census->group_count; i++) {
		const struct mw_census_group *g = &r->census->groups[i];

		groups += g->dying != 0;
		for (unsigned type = 0; g->dying && type < MW_CENSUS_TYPES; type++)
			pages += g->pages[type];
	}
	mw_set(node, M_CENSUS_DYING, pages * r->page_size);
	mw_set(node, M_CENSUS_DYING_GROUPS, groups);
}

static void set_node(const struct rows *r)
{
	const struct mw_census *c = r->census;
	struct mw_entity *node = mw_snapshot_node(r->s);
	const struct mw_census_group *nobody = find(r, 0);

	mw_set(node, M_CENSUS_SAMPLE, r->sample);
	mw_set(node, M_CENSUS_FRAMES, c->frames * r->page_size);
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
		mw_set(node, of_node[type], c->pages[type] * r->page_size);
	if (c->has_groups)
		mw_set(node, M_CENSUS_NOBODY,
		       nobody ? (nobody->pages[MW_CENSUS_ANON] + nobody->pages[MW_CENSUS_FILE] +
				 nobody->pages[MW_CENSUS_SHMEM]) *
					r->page_size
			      : 0);
	if (c->has_dying)
		set_dying(r, node);
	if (c->has_files)
		mw_set(node, M_CENSUS_DROPPED, c->dropped_pages * r->page_size);
}

int mw_census_rows(struct mw_snapshot *s, const struct mw_census *census)
{
	struct rows r = { .s = s,
			  .census = census,
			  .page_size = mw_snapshot_machine(s)->page_size,
			  .sample = 1ULL << census->shift };
	int error = 0;

	for (size_t i = 0; i < census->group_count && !error; i++)
		error = index_add(&r.by_id, hash_u64(census->groups[i].id), (uint32_t)i);
	if (!error) {
		set_node(&r);
		error = add_owners(&r);
	}
	for (size_t i = 0; i < census->row_count && !error; i++)
		error = add_file(&r, &census->rows[i]);
	index_release(&r.by_id);
	return error;
}
