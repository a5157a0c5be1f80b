/* The one metric table, made from metrics.def. Its rows drive the keyed-file readers, the columns
 * of listings, JSON keys and the manual. */
#ifndef MW_MODEL_METRICS_H
#define MW_MODEL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a row of numbers belongs to. */
enum mw_kind {
	MW_NODE,        /* the machine: one row */
	MW_NUMA,        /* a NUMA node; id = its number */
	MW_ZONE,        /* a memory zone; parent = its NUMA node */
	MW_HUGEPAGES,   /* a huge page pool; id = page size in bytes */
	MW_THP,         /* transparent huge pages of one size; id = bytes */
	MW_SLAB,        /* a slab cache */
	MW_SWAP,        /* a swap device or file */
	MW_ZRAM,        /* a zram device */
	MW_VMALLOC,     /* a caller in vmallocinfo */
	MW_CGROUP,      /* a control group; name = path below its hierarchy, id = inode */
	MW_CGROUP_NUMA, /* a group's share of a NUMA node; id = node, parent = group */
	MW_PROCESS,     /* id = pid, birth = start time in clock ticks, parent = cgroup */
	MW_REGION,      /* a mapping of a process; id = start address, parent = process */
	MW_RUNTIME,     /* a language runtime in a process; id = pid, parent = process or group */
	MW_SOCKETS,     /* sockets of one state and owner; parent = process, or NULL = all */
	MW_POD,    /* name = "namespace/name", id = hash of the uid, parent = its group or NULL */
	MW_VOLUME, /* a pod's volume in memory; parent = the pod's group */
	MW_OWNER, /* what a group holds by the page census; id = cgroup id, parent = group or NULL */
	MW_FILE, /* a file's pages of one group; id = inode, birth = device, parent = group or NULL */
	MW_CAPABILITY, /* one thing that the kernel's structures are read for; name as in --version */
	MW_KINDS,
};

/* The unit in which the kernel writes a number. Readers convert once; what a snapshot holds is in
 * bytes, microseconds, counts, millionths or text. */
enum mw_unit {
	MW_BYTES,
	MW_KIB,
	MW_PAGES,
	MW_US,
	MW_NS,
	MW_COUNT,
	MW_MICRO, /* millionths: averages, ratios */
	MW_TEXT,
	MW_LABELS, /* text: "key=value" lines */
	MW_UNIT_COUNT,
};

enum mw_type { MW_GAUGE, MW_COUNTER };

/* Metric ids: M_MEM_TOTAL … grouped by kind. */
enum mw_metric {
#define M(id, kind, file, key, unit, type, name, help) M_##id,
#define ALSO(id, file, key, unit)
#include "model/metrics.def"
#undef M
#undef ALSO
	MW_METRICS,
};

struct mw_metric_info {
	const char *id; /* "MEM_TOTAL" */
	enum mw_kind kind;
	const char *file; /* below the root, or below the entity's directory; NULL = computed */
	const char *key;  /* NULL = a reader of its own */
	enum mw_unit unit;
	enum mw_type type;
	const char *name; /* "mem_total": without a unit suffix */
	const char *json; /* "mem_total_bytes": what JSON and -o use */
	const char *help;
};

/** Its cells hold text: of MW_TEXT or MW_LABELS. */
bool mw_metric_is_text(enum mw_metric metric);
/** The row of a metric. Static; never NULL for a valid id. */
const struct mw_metric_info *mw_metric_info(enum mw_metric metric);
/** Find by JSON key or by bare name within a kind. @return MW_METRICS when there is none */
enum mw_metric mw_metric_find(enum mw_kind kind, const char *name);
/** The metrics of a kind are [first, end). */
enum mw_metric mw_metric_first(enum mw_kind kind);
enum mw_metric mw_metric_end(enum mw_kind kind);
const char *mw_kind_name(enum mw_kind kind);

/* Where a keyed file holds a metric: one entry per M row with a key and per ALSO row. */
struct mw_place {
	uint16_t metric;
	uint8_t unit;
	uint8_t key_len;
	const char *file;
	const char *key;
};

/** All places, in table order. @count how many */
const struct mw_place *mw_places(size_t *count);

#endif
