/* /proc/pagetypeinfo: free pages and page blocks by what they are for. Root only; the kernel walks free
 * lists and all page blocks with the zone's lock held, up to milliseconds on large machines. */
#include "collect/node/node.h"

#include <errno.h>

static const struct type {
	const char *name;
	enum mw_metric free, blocks;
} types[] = {
	{ "Unmovable", M_Z_UNMOVABLE_FREE, M_Z_UNMOVABLE_BLOCKS },
	{ "Movable", M_Z_MOVABLE_FREE, M_Z_MOVABLE_BLOCKS },
	{ "Reclaimable", M_Z_RECLAIMABLE_FREE, M_Z_RECLAIMABLE_BLOCKS },
	{ "HighAtomic", M_Z_HIGHATOMIC_FREE, M_Z_HIGHATOMIC_BLOCKS },
	{ "CMA", M_Z_CMA_TYPE_FREE, M_Z_CMA_TYPE_BLOCKS },
	{ "Isolate", M_Z_ISOLATE_FREE, M_Z_ISOLATE_BLOCKS },
};

enum {
	TYPES = sizeof(types) / sizeof(*types),
	COLUMNS = 16,
	MIXED /* page_owner's table: skipped */
};

/* NULL: a type that this build does not know ("Reserve" before Linux 4.4) */
static const struct type *type_of(struct slice name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (slice_is(name, types[i].name))
			return &types[i];
	return NULL;
}

/* "Unmovable  12  3 >100000 …": free blocks by order, as pages */
static bool free_pages(struct slice line, uint64_t *pages, uint64_t *capped)
{
	unsigned order = 0;

	*pages = *capped = 0;
	for (slice_skip_blanks(&line); line.len; slice_skip_blanks(&line), order++) {
		uint64_t v;

		*capped += slice_word(&line, ">");
		if (order > 30 || !slice_u64(&line, &v) || v > UINT64_MAX >> 31 ||
		    __builtin_add_overflow(*pages, v << order, pages))
			return false;
	}
	return order > 0;
}

static bool parse_free(struct mw_snapshot *s, struct mw_entity *zone, struct slice line)
{
	const struct type *type;
	struct slice name;
	uint64_t pages, capped;

	if (!slice_after(&line, "type") || !slice_token(&line, &name))
		return false;
	type = type_of(name);
	if (!type)
		return true;
	if (mw_get(zone, type->free).state != MW_ABSENT || !free_pages(line, &pages, &capped)) {
		mw_set_state(zone, type->free, MW_MALFORMED);
		return false;
	}
	mw_set_unit(zone, type->free, pages, MW_PAGES, mw_snapshot_machine(s)->page_size);
	mw_set(zone, M_Z_FREE_CAPPED, capped + mw_get_or(zone, M_Z_FREE_CAPPED, 0));
	return mw_get(zone, type->free).state == MW_OK;
}

/* "Number of blocks type     Unmovable      Movable …": what the columns mean differs by kernel */
static size_t parse_header(struct slice line, const struct type **columns)
{
	struct slice name;
	size_t n = 0;

	while (n < COLUMNS && slice_token(&line, &name))
		columns[n++] = type_of(name);
	return n;
}

static bool parse_blocks(struct mw_entity *zone, struct slice line, const struct type **columns,
			 size_t count)
{
	uint64_t v;

	for (size_t i = 0; i < count; i++) {
		if (!slice_u64(&line, &v))
			return false;
		if (!columns[i])
			continue;
		if (mw_get(zone, columns[i]->blocks).state != MW_ABSENT)
			return false;
		mw_set(zone, columns[i]->blocks, v);
	}
	return true;
}

int mw_parse_pagetypeinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	const struct type *columns[COLUMNS];
	struct slice line;
	size_t count = 0;
	int result = 0;

	for (size_t number = 1; slice_line(&text, &line); number++) {
		struct mw_entity *zone = NULL;
		int error;

		if (slice_word(&line, "Number of blocks type")) {
			count = parse_header(line, columns);
			continue;
		}
		if (slice_begins(line, "Free pages count"))
			count = 0; /* the next NUMA node begins, with both its tables */
		if (slice_begins(line, "Number of mixed blocks"))
			count = MIXED;
		error = mw_zone_row(s, &line, &zone);
		if (error == -ENOENT || count == MIXED)
			continue;
		if (error == -ENOMEM)
			return error;
		if (error ||
		    !(count ? parse_blocks(zone, line, columns, count) : parse_free(s, zone, line)))
			result = mw_parse_failed(at, result, number, N_("counts by type"));
	}
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/pagetypeinfo", MW_RECORDS, mw_parse_pagetypeinfo);
}

const struct mw_collector mw_collect_pagetypeinfo = {
	.name = "pagetypeinfo",
	.want = MW_WANT_NODE_DETAIL,
	.collect = collect,
};
