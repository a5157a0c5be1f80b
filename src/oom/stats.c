/* "Memory cgroup stats": the numbers of the group whose limit was hit. */
#include "oom/parts.h"

static const struct {
	const char *v1, *v2;
} keys[MW_OOM_STATS] = {
#define MW_OOM_STAT(id, v1, v2) { v1, v2 },
#include "model/oom.def"
#undef MW_OOM_STAT
};

/* @return MW_OOM_STATS: a key that nothing is made of */
static enum mw_oom_stat find(struct slice key)
{
	enum mw_oom_stat i = 0;

	while (i < MW_OOM_STATS && !(keys[i].v1 && slice_is(key, keys[i].v1)) &&
	       !(keys[i].v2 && slice_is(key, keys[i].v2)))
		i++;
	return i;
}

/* "cache:0KB rss:524288KB …": a line for each group, without the groups below it (before Linux 5.3) */
static void add_line(struct mw_oom_building *b, struct slice s)
{
	struct slice word, key;
	enum mw_oom_stat i;
	uint64_t v;

	while (slice_token(&s, &word)) {
		if (!slice_until(&word, ':', &key) || !slice_u64(&word, &v) || v >> 54 ||
		    !slice_is(word, "KB"))
			continue;
		i = find(key);
		if (i < MW_OOM_STATS)
			b->r.stat[i] = (b->r.stat[i] == MW_OOM_NOT_TOLD ? 0 : b->r.stat[i]) +
				       (v << 10);
	}
}

/* "Memory cgroup stats for /a/b:", "Memory cgroup stats for /a/b: cache:0KB rss:…" */
bool mw_oom_read_stats(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct slice rest = slice_skip(text, strlen("Memory cgroup stats for ")), group = rest;

	if (slice_after(&rest, ": cache:")) {
		group.len = (size_t)(rest.at - group.at) - strlen(": cache:");
		rest = (struct slice){ rest.at - strlen("cache:"), rest.len + strlen("cache:") };
		add_line(b, rest);
	} else {
		group = slice_trim(group);
		if (!slice_ends(group, ":"))
			return false;
		group.len--;
	}
	if (!b->r.limit_group)
		b->r.limit_group = arena_copy(a, group);
	return true;
}

/* "anon 123": in bytes, from Linux 5.3 on. What begins with total_ has the groups below in it, and
 * so has every key that no total_ follows. */
bool mw_oom_read_stat(struct mw_oom_building *b, struct slice text)
{
	struct slice s = slice_trim(text), key;
	enum mw_oom_stat i;
	uint64_t v;
	bool total;

	if (!slice_token(&s, &key) || !slice_u64(&s, &v) || s.len)
		return false;
	for (size_t n = 0; n < key.len; n++)
		if (key.at[n] != '_' && !(key.at[n] >= 'a' && key.at[n] <= 'z') &&
		    !(key.at[n] >= '0' && key.at[n] <= '9'))
			return false;
	total = slice_word(&key, "total_");
	i = find(key);
	if (i < MW_OOM_STATS && (total || !b->total_stats))
		b->r.stat[i] = v;
	b->total_stats |= total;
	return true;
}
