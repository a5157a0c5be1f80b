/* "Mem-Info:": the machine's numbers. In pages where they have no unit, until the report is
 * finished. */
#include "oom/parts.h"

#include <errno.h>
#include <stdlib.h>

static const char *const infos[MW_OOM_INFOS] = {
#define MW_OOM_INFO(id, key) key,
#include "model/oom.def"
#undef MW_OOM_INFO
};

static void add(uint64_t *to, uint64_t v)
{
	*to = *to == MW_OOM_NOT_TOLD ? v : *to > MW_OOM_UNLIMITED - 1 - v ? *to : *to + v;
}

/* "12kB", "12KB", "12". @bytes  whether it had a unit */
static bool take_size(struct slice *s, uint64_t *v, bool *bytes)
{
	struct slice t = *s;

	if (!slice_u64(&t, v) || *v >> 46)
		return false;
	*bytes = slice_word(&t, "kB") || slice_word(&t, "KB");
	if (*bytes)
		*v <<= 10;
	*s = t;
	return true;
}

/* "active_anon:630 inactive_anon:75304 isolated_anon:0" */
static bool read_counters(struct mw_oom_building *b, struct slice s)
{
	struct slice word, key;
	uint64_t v;
	bool bytes, any = false;

	while (slice_token(&s, &word)) {
		enum mw_oom_info i = 0;

		if (!slice_until(&word, ':', &key) || !take_size(&word, &v, &bytes) || bytes ||
		    word.len)
			return any;
		while (i < MW_OOM_INFOS && !(infos[i] && slice_is(key, infos[i])))
			i++;
		if (i < MW_OOM_INFOS)
			b->r.info[i] = v;
		any = true;
	}
	return any;
}

/* --- zones ------------------------------------------------------------------------------------ */

static struct mw_oom_zone *zone_of(struct mw_oom_building *b, uint32_t node, struct slice name)
{
	uint32_t rank = 0;
	struct mw_oom_zone *z;

	for (uint32_t i = 0; i < b->zone_count; i++) {
		z = &b->zones[i];
		if (z->node == node && slice_is(name, z->name))
			return z;
		rank += z->node == node;
	}
	if (b->zone_count == MW_OOM_ZONES || name.len >= sizeof(z->name) || !name.len)
		return NULL;
	if (!b->zones)
		b->zones = calloc(MW_OOM_ZONES, sizeof(*b->zones));
	if (!b->zones)
		return NULL;
	z = &b->zones[b->zone_count++];
	memcpy(z->name, name.at, name.len);
	z->node = node;
	z->rank = rank;
	z->free = z->min = z->low = z->high = z->present = z->managed = MW_OOM_NOT_TOLD;
	return z;
}

static const struct {
	const char *key;
	size_t offset;
} zone_keys[] = {
#define KEY(field)                                          \
	{                                                   \
#field, offsetof(struct mw_oom_zone, field) \
	}
	KEY(free),     KEY(min),
	KEY(low),      KEY(high),
	KEY(present),  KEY(managed),
	KEY(free_cma), { "reserved_highatomic", offsetof(struct mw_oom_zone, highatomic) },
#undef KEY
};

/* "free:1924kB boost:0kB min:2172kB … kernel_stack:800kB" */
static void read_zone(struct mw_oom_building *b, struct mw_oom_zone *z, struct slice s)
{
	struct slice word, key;
	uint64_t v;
	bool bytes;

	while (slice_token(&s, &word)) {
		if (!slice_until(&word, ':', &key) || !take_size(&word, &v, &bytes) || !bytes)
			continue;
		if (slice_is(key, "kernel_stack"))
			add(&b->r.info[MW_OOM_I_KERNEL_STACK], v);
		for (size_t i = 0; z && i < sizeof(zone_keys) / sizeof(*zone_keys); i++)
			if (slice_is(key, zone_keys[i].key))
				*(uint64_t *)((char *)z + zone_keys[i].offset) = v;
	}
}

/* "(H)", "(C)", "(HI)": kept for emergencies, for devices, isolated */
static bool is_kept_back(struct slice types)
{
	static const char marks[] = "(HCI)";

	for (size_t i = 0; i < types.len; i++)
		if (!memchr(marks, types.at[i], sizeof(marks) - 1))
			return false;
	return true;
}

/* "2*4kB (UM) 1*8kB (M) 0*16kB = 1312kB" */
static void read_blocks(struct mw_oom_building *b, struct mw_oom_zone *z, struct slice s)
{
	struct slice word;
	uint64_t count, size;
	uint32_t order = 0;

	while (order < MW_OOM_ORDERS && slice_token(&s, &word)) {
		if (slice_begins(word, "(") && order && is_kept_back(word))
			z->usable &= ~(1u << (order - 1));
		if (slice_begins(word, "(") || slice_is(word, "="))
			continue;
		if (!slice_u64(&word, &count) || !slice_word(&word, "*") ||
		    !slice_u64(&word, &size) || !slice_is(word, "kB"))
			break;
		if (!order && size >= 4 && size <= 64 && !(size & (size - 1)))
			b->page_size = (uint32_t)size << 10;
		z->usable |= (uint32_t)(count > 0) << order;
		z->blocks[order++] = count;
	}
	z->has_blocks = order > 0;
}

/* "lowmem_reserve[]: 0 302 302": pages, of the zone in the line before */
static bool read_reserve(struct mw_oom_building *b, struct slice s)
{
	struct mw_oom_zone *z = b->zone_count ? &b->zones[b->zone_count - 1] : NULL;
	uint64_t v;

	if (!slice_after(&s, "lowmem_reserve[]:"))
		return false;
	for (uint32_t i = 0; z && i < MW_OOM_RESERVES && slice_u64(&s, &v); i++) {
		z->reserve[i] = v;
		z->reserves = i + 1;
	}
	return true;
}

/* "hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB" */
static bool read_huge(struct mw_oom_building *b, struct slice s)
{
	struct slice free = s, size = s;
	uint64_t count, unused, kib;

	if (!slice_after(&s, "hugepages_total=") || !slice_u64(&s, &count) ||
	    !slice_after(&free, "hugepages_free=") || !slice_u64(&free, &unused) ||
	    !slice_after(&size, "hugepages_size=") || !slice_u64(&size, &kib))
		return false;
	if (kib >> 30 || count >> 24 || unused > count)
		return true;
	add(&b->r.info[MW_OOM_I_HUGETLB], count * kib << 10);
	add(&b->r.info[MW_OOM_I_HUGETLB_FREE], unused * kib << 10);
	return true;
}

/* "Node 0 DMA32 free:…", "Node 0 DMA: 2*4kB …", "Node 0 active_anon:…kB …", "DMA free:…" */
static int read_node_line(struct mw_oom_building *b, struct slice s)
{
	struct slice name, t;
	struct mw_oom_zone *z;
	uint64_t node = 0;

	if (slice_word(&s, "Node ")) {
		if (!slice_u64(&s, &node) || node > 4095)
			return 1;
		if (read_huge(b, s))
			return 0;
		t = s;
		slice_skip_blanks(&t);
		if (slice_begins(t, "active_anon:")) {
			read_zone(b, NULL, t);
			return 0;
		}
	}
	t = s;
	if (!slice_token(&s, &name))
		return 1;
	slice_skip_blanks(&s);
	if (slice_begins(s, "free:")) {
		z = zone_of(b, (uint32_t)node, name);
		if (z)
			read_zone(b, z, s);
		return b->zones ? 0 : -ENOMEM;
	}
	if (slice_ends(name, ":") && memchr(s.at, '*', s.len < 24 ? s.len : 24)) {
		name.len--;
		z = zone_of(b, (uint32_t)node, name);
		if (z)
			read_blocks(b, z, s);
		return b->zones ? 0 : -ENOMEM;
	}
	/* "Node 0 DMA per-cpu:" and the like */
	return t.at == s.at ? 1 : slice_ends(s, "per-cpu:") ? 0 : 1;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* "794 total pagecache pages", "98171 pages RAM" */
static bool read_pages(struct mw_oom_building *b, struct slice s)
{
	static const struct {
		const char *words;
		enum mw_oom_info info;
	} lines[] = {
		{ " total pagecache pages", MW_OOM_I_PAGE_CACHE },
		{ " pages in swap cache", MW_OOM_I_SWAP_CACHE },
		{ " pages RAM", MW_OOM_I_RAM },
		{ " pages reserved", MW_OOM_I_RESERVED },
		{ " pages of RAM", MW_OOM_I_RAM }, /* arm */
		{ " reserved pages", MW_OOM_I_RESERVED },
		{ " pages swap cached", MW_OOM_I_SWAP_CACHE },
	};
	uint64_t v;

	if (!s.len || (unsigned char)(*s.at - '0') > 9 || !slice_u64(&s, &v) || v >> 46)
		return false;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (slice_is(slice_trim(s), lines[i].words + 1)) {
			b->r.info[lines[i].info] = v;
			return true;
		}
	return slice_begins(s, " pages");
}

static bool read_swap(struct mw_oom_building *b, struct slice s)
{
	enum mw_oom_info i = slice_word(&s, "Free swap") ? MW_OOM_I_SWAP_FREE : MW_OOM_I_SWAP_TOTAL;
	uint64_t v;
	bool bytes;

	if (i == MW_OOM_I_SWAP_TOTAL && !slice_word(&s, "Total swap"))
		return false;
	slice_skip_blanks(&s);
	slice_word(&s, "=");
	slice_word(&s, ":");
	if (take_size(&s, &v, &bytes) && bytes)
		b->r.info[i] = v;
	return true;
}

int mw_oom_read_meminfo(struct mw_oom_building *b, struct slice text)
{
	struct slice s = slice_trim(text);

	if (!s.len)
		return 1;
	if (read_pages(b, s) || read_swap(b, s) || read_reserve(b, s) ||
	    slice_begins(s, "Swap cache stats:"))
		return 0;
	if (slice_begins(s, "hugepages_total="))
		return read_huge(b, s) ? 0 : 1;
	if (read_counters(b, s))
		return 0;
	return read_node_line(b, s);
}

/* "kmalloc-64            356KB        356KB". Kept: the largest. */
bool mw_oom_read_slab(struct mw_oom_building *b, struct slice text)
{
	struct mw_oom_cache c = { 0 };
	struct slice s = slice_trim(text), name;
	uint32_t at, last;
	bool used, total;

	if (slice_begins(s, "Name ") && slice_ends(s, "Total"))
		return true;
	if (!slice_token(&s, &name) || !take_size(&s, &c.used, &used) ||
	    !take_size(&s, &c.total, &total) || !used || !total || s.len)
		return false;
	memcpy(c.name, name.at, name.len < sizeof(c.name) ? name.len : sizeof(c.name) - 1);
	for (at = 0; at < b->r.cache_count && b->r.caches[at].total >= c.total;)
		at++;
	if (at == MW_OOM_CACHES)
		return true;
	last = b->r.cache_count < MW_OOM_CACHES ? b->r.cache_count++ : MW_OOM_CACHES - 1;
	memmove(&b->r.caches[at + 1], &b->r.caches[at], (last - at) * sizeof(c));
	b->r.caches[at] = c;
	return true;
}
