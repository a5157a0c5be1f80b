/* memory.numa_stat: a line per metric, a field per NUMA node. */
#include "collect/cgroup/files.h"

#include <errno.h>

enum { MAX_NODES = 4096 };

/* The rows of one group stand together, from `first` on, mostly in the order of the fields. */
struct rows {
	struct mw_snapshot *snapshot;
	struct mw_entity *group;
	size_t first;
};

static struct mw_entity *row_of(const struct rows *rows, uint64_t node, size_t hint)
{
	size_t count = mw_snapshot_count(rows->snapshot, MW_CGROUP_NUMA) - rows->first;
	struct mw_entity *e;

	if (hint < count) {
		e = mw_snapshot_at(rows->snapshot, MW_CGROUP_NUMA, rows->first + hint);
		if (e->id == node)
			return e;
	}
	for (size_t i = 0; i < count; i++) {
		e = mw_snapshot_at(rows->snapshot, MW_CGROUP_NUMA, rows->first + i);
		if (e->id == node)
			return e;
	}
	if (count >= MAX_NODES)
		return NULL;
	return mw_snapshot_add(rows->snapshot, MW_CGROUP_NUMA, rows->group, SLICE(""), node, 0);
}

/* " N0=8192 N1=0" */
static int parse_fields(const struct rows *rows, const struct mw_place *p, struct slice fields)
{
	uint32_t page_size = mw_snapshot_machine(rows->snapshot)->page_size;
	uint64_t node, v;

	for (size_t i = 0; fields.len; i++) {
		struct mw_entity *e;

		slice_skip_blanks(&fields);
		if (!slice_word(&fields, "N") || !slice_u64(&fields, &node) ||
		    !slice_word(&fields, "=") || !slice_u64(&fields, &v))
			return -EBADMSG;
		e = row_of(rows, node, i);
		if (!e)
			return -ENOMEM;
		if (mw_get(e, p->metric).state != MW_ABSENT)
			return -EBADMSG;
		mw_set_unit(e, p->metric, v, p->unit, page_size);
		if (mw_get(e, p->metric).state != MW_OK)
			return -EBADMSG;
	}
	return 0;
}

/* The key ends at a blank (v2) or at "=", behind which stands the sum over the nodes (v1). */
static const struct mw_place *place_of(const struct mw_keyed *keyed, struct slice *line)
{
	for (uint16_t i = 0; i < keyed->count; i++) {
		const struct mw_place *p = keyed->places[i];
		struct slice rest = slice_skip(*line, p->key_len);
		uint64_t sum;

		if (!rest.len || memcmp(line->at, p->key, p->key_len) != 0)
			continue;
		if (*rest.at == '=') {
			rest = slice_skip(rest, 1);
			if (!slice_u64(&rest, &sum))
				return NULL;
		} else if (*rest.at != ' ') {
			continue;
		}
		*line = rest;
		return p;
	}
	return NULL;
}

int mw_group_numa_parse(struct mw_keyed *keyed, struct slice text, struct mw_snapshot *s,
			struct mw_entity *group, struct mw_parse_error *error)
{
	struct rows rows = { s, group, mw_snapshot_count(s, MW_CGROUP_NUMA) };
	struct slice line;
	int result = 0;

	for (uint32_t number = 1; slice_line(&text, &line); number++) {
		const struct mw_place *p = place_of(keyed, &line);
		int failed = p ? parse_fields(&rows, p, line) : 0;

		if (!failed || result)
			continue;
		*error = (struct mw_parse_error){ number, p->key };
		result = failed;
	}
	return result;
}
