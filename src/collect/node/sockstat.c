/* /proc/net/sockstat{,6}: sockets in use and the pages in their buffers. Needs no privilege; a few us.
 * Memory, orphans and `alloc` are of the whole machine, the other counts of this network namespace. */
#include "collect/node/node.h"

#include <errno.h>

/* The place whose key is "PROTOCOL name", or NULL. */
static const struct mw_place *place_of(const struct mw_keyed *k, struct slice protocol,
				       struct slice name)
{
	for (uint16_t i = 0; i < k->count; i++) {
		struct slice key = { k->places[i]->key, k->places[i]->key_len }, word;

		if (slice_until(&key, ' ', &word) && slice_equal(word, protocol) &&
		    slice_equal(key, name))
			return k->places[i];
	}
	return NULL;
}

/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 182" */
static int parse_line(const struct mw_keyed *k, struct slice line, uint32_t page_size,
		      struct mw_entity *node)
{
	struct slice protocol, name, value;
	int result = 0;

	if (!slice_until(&line, ':', &protocol))
		return line.len ? -EBADMSG : 0;
	while (slice_token(&line, &name)) {
		const struct mw_place *p = place_of(k, protocol, name);
		uint64_t v;

		if (!slice_token(&line, &value))
			value = (struct slice){ "", 0 };
		if (!p)
			continue;
		if (mw_get(node, p->metric).state == MW_OK || !slice_u64(&value, &v) || value.len)
			mw_set_state(node, p->metric, MW_MALFORMED);
		else
			mw_set_unit(node, p->metric, v, p->unit, page_size);
		if (mw_get(node, p->metric).state != MW_OK)
			result = -EBADMSG;
	}
	return result;
}

static int parse(struct mw_snapshot *s, const char *path, struct slice text,
		 struct mw_parse_error *at)
{
	struct mw_keyed keyed;
	struct slice line;
	int result = 0;

	mw_keyed_init(&keyed, path);
	for (size_t number = 1; slice_line(&text, &line); number++)
		if (parse_line(&keyed, line, mw_snapshot_machine(s)->page_size,
			       mw_snapshot_node(s)))
			result = mw_parse_failed(at, result, number, "PROTOCOL: name number ...");
	return result;
}

static const char v4[] = "proc/net/sockstat", v6[] = "proc/net/sockstat6";

int mw_parse_sockstat(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	return parse(s, v4, text, at);
}

int mw_parse_sockstat6(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	return parse(s, v6, text, at);
}

static int collect(struct mw_collect *c)
{
	int error = mw_node_read(c, v4, MW_RECORD, mw_parse_sockstat);

	/* IPv6 may be switched off */
	mw_node_read(c, v6, MW_RECORD, mw_parse_sockstat6);
	return error;
}

const struct mw_collector mw_collect_sockstat = {
	.name = "sockstat",
	.want = MW_WANT_NODE | MW_WANT_SOCKET_OWNERS,
	.collect = collect,
};
