/* /proc/zoneinfo: zones with their watermarks, lists and per-CPU free pages. Needs no privilege
 * (root only where the distribution says so); about 6 us per zone and 2 us per CPU of a zone. */
#include "collect/node/node.h"

#include <errno.h>

struct state {
	struct mw_snapshot *s;
	struct mw_entity *zone;
	struct mw_keyed keyed;
	size_t line_in_zone;
	bool in_node;      /* "per-node stats": not the zone's (Linux 4.8) */
	bool in_pagesets;  /* per-CPU lists */
	uint64_t pcp_free; /* pages, all zones */
	bool pcp_seen, pcp_bad;
};

/* "protection: (0, 3019, 4299)": the numbers between the brackets */
static void protection(struct state *t, struct slice line)
{
	struct slice numbers;

	if (slice_after(&line, "(") && slice_until(&line, ')', &numbers))
		mw_set_text(t->s, t->zone, M_Z_PROTECTION, numbers);
	else
		mw_set_state(t->zone, M_Z_PROTECTION, MW_MALFORMED);
}

static bool add_pages(struct state *t, enum mw_metric metric, struct slice value, uint64_t *pages)
{
	struct mw_num old = mw_get(t->zone, metric);
	uint64_t bytes, size = mw_snapshot_machine(t->s)->page_size;

	if (old.state == MW_MALFORMED)
		return true; /* told already */
	if (!slice_u64(&value, pages) || __builtin_mul_overflow(*pages, size, &bytes) ||
	    __builtin_add_overflow(bytes, old.state == MW_OK ? old.v : 0, &bytes)) {
		mw_set_state(t->zone, metric, MW_MALFORMED);
		return false;
	}
	mw_set(t->zone, metric, bytes);
	return true;
}

static bool pageset(struct state *t, struct slice line)
{
	uint64_t pages = 0;

	if (slice_word(&line, "high:"))
		return add_pages(t, M_Z_PCP_HIGH, line, &pages);
	if (!slice_word(&line, "count:"))
		return true;
	t->pcp_seen = true;
	if (mw_get(t->zone, M_Z_PCP_COUNT).state != MW_MALFORMED &&
	    add_pages(t, M_Z_PCP_COUNT, line, &pages) &&
	    !__builtin_add_overflow(t->pcp_free, pages, &t->pcp_free))
		return true;
	t->pcp_bad = true;
	return false;
}

/* @return 0, or -EBADMSG with *what set, or -ENOMEM */
static int parse_line(struct state *t, struct slice line, const char **what)
{
	int error = mw_zone_row(t->s, &line, &t->zone);

	if (error != -ENOENT) {
		t->in_node = t->in_pagesets = false;
		t->line_in_zone = 0;
		*what = N_("a zone");
		return error;
	}
	if (!t->zone)
		return 0;
	slice_skip_blanks(&line);
	if (slice_begins(line, "per-node stats"))
		t->in_node = true;
	else if (slice_begins(line, "pages free"))
		t->in_node = false;
	else if (slice_begins(line, "pagesets"))
		t->in_pagesets = true;
	if (t->in_node)
		return 0;
	if (t->in_pagesets) {
		*what = N_("pages of a per-CPU list");
		return pageset(t, line) ? 0 : -EBADMSG;
	}
	if (slice_word(&line, "protection:")) {
		protection(t, line);
		*what = N_("protection: (number, ...)");
		return mw_get(t->zone, M_Z_PROTECTION).state == MW_OK ? 0 : -EBADMSG;
	}
	error = mw_keyed_line(&t->keyed, line, t->line_in_zone++,
			      mw_snapshot_machine(t->s)->page_size, t->zone, what);
	return error == -ENOENT ? 0 : error;
}

int mw_parse_zoneinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct state t = { .s = s };
	struct mw_entity *node = mw_snapshot_node(s);
	struct slice line;
	int result = 0;

	mw_keyed_init(&t.keyed, "proc/zoneinfo");
	for (size_t number = 1; slice_line(&text, &line); number++) {
		const char *what = NULL;
		int error = parse_line(&t, line, &what);

		if (error == -ENOMEM)
			return error;
		if (error)
			result = mw_parse_failed(at, result, number, what);
	}
	if (!t.zone)
		return mw_parse_failed(at, result, 1, "Node 0, zone ...");
	if (t.pcp_bad)
		mw_set_state(node, M_PCP_FREE, MW_MALFORMED);
	else if (t.pcp_seen)
		mw_set_unit(node, M_PCP_FREE, t.pcp_free, MW_PAGES,
			    mw_snapshot_machine(s)->page_size);
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/zoneinfo", MW_RECORDS, mw_parse_zoneinfo);
}

const struct mw_collector mw_collect_zoneinfo = {
	.name = "zoneinfo",
	.want = MW_WANT_NODE,
	.collect = collect,
};
