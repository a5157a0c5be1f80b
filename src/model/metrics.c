#include "model/metrics.h"

#include <string.h>

/* JSON keys name the unit: "_bytes" for sizes, "_seconds" for times. */
#define JSON_BYTES(name)  name "_bytes"
#define JSON_KIB(name)    name "_bytes"
#define JSON_PAGES(name)  name "_bytes"
#define JSON_US(name)     name "_seconds"
#define JSON_NS(name)     name "_seconds"
#define JSON_COUNT(name)  name
#define JSON_MICRO(name)  name
#define JSON_TEXT(name)   name
#define JSON_LABELS(name) name

static const struct mw_metric_info infos[] = {
#define M(id, kind, file, key, unit, type, name, help) \
	{ #id, MW_##kind, file, key, MW_##unit, MW_##type, name, JSON_##unit(name), help },
#define ALSO(id, file, key, unit)
#include "model/metrics.def"
#undef M
#undef ALSO
};

static const struct mw_place places[] = {
#define M(id, kind, file, key, unit, type, name, help) \
	{ M_##id, MW_##unit, sizeof(key) - 1, file, key },
#define ALSO(id, file, key, unit) { M_##id, MW_##unit, sizeof(key) - 1, file, key },
#include "model/metrics.def"
#undef M
#undef ALSO
};

static const char *const kind_names[MW_KINDS] = {
	[MW_NODE] = "node",
	[MW_NUMA] = "numa",
	[MW_ZONE] = "zone",
	[MW_HUGEPAGES] = "hugepages",
	[MW_THP] = "thp",
	[MW_SLAB] = "slab",
	[MW_SWAP] = "swap",
	[MW_ZRAM] = "zram",
	[MW_VMALLOC] = "vmalloc",
	[MW_CGROUP] = "container",
	[MW_CGROUP_NUMA] = "container_numa",
	[MW_PROCESS] = "process",
	[MW_REGION] = "region",
	[MW_RUNTIME] = "runtime",
	[MW_SOCKETS] = "sockets",
	[MW_POD] = "pod",
	[MW_VOLUME] = "volume",
	[MW_OWNER] = "owner",
	[MW_FILE] = "file",
	[MW_CAPABILITY] = "capability",
};

const struct mw_metric_info *mw_metric_info(enum mw_metric metric)
{
	return &infos[metric];
}

bool mw_metric_is_text(enum mw_metric metric)
{
	return infos[metric].unit == MW_TEXT || infos[metric].unit == MW_LABELS;
}

enum mw_metric mw_metric_first(enum mw_kind kind)
{
	enum mw_metric low = 0, high = MW_METRICS;

	/* kinds stand in their order */
	while (low < high) {
		enum mw_metric middle = low + (high - low) / 2;

		if (infos[middle].kind < kind)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum mw_metric mw_metric_end(enum mw_kind kind)
{
	return mw_metric_first(kind + 1);
}

enum mw_metric mw_metric_find(enum mw_kind kind, const char *name)
{
	for (enum mw_metric m = mw_metric_first(kind); m < MW_METRICS && infos[m].kind == kind; m++)
		if (!strcmp(infos[m].json, name) || !strcmp(infos[m].name, name))
			return m;
	return MW_METRICS;
}

const char *mw_kind_name(enum mw_kind kind)
{
	return kind_names[kind];
}

const struct mw_place *mw_places(size_t *count)
{
	*count = sizeof(places) / sizeof(*places);
	return places;
}
