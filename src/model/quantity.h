/* Numbers as people, tools and Kubernetes write them. Pure. */
#ifndef MW_MODEL_QUANTITY_H
#define MW_MODEL_QUANTITY_H

#include "model/snapshot.h"

/* A number as people and tools write it. */
struct mw_quantity {
	uint64_t value; /* bytes when it had a unit, else the number itself, rounded down */
	uint64_t step;  /* one unit of its last digit: 0.1 Gi is 107374182; at least 1 */
	uint64_t micro; /* the digits alone, in millionths: "7.4Gi" has 7400000 */
	char unit; /* 'K', 'M', 'G', 'T', 'P', 'E', 'B', '%', 'm' (a cpu's thousandth), 0 = none */
	bool binary; /* "Ki", "Mi" … */
};

/** Take a number with an optional unit from the front: "14", "1,234,567", "7.4Gi", "5006Mi",
 *  "188 kB", "12.5%", "0B", "229m". A blank may stand before a unit of letters only when
 *  `blank_unit` says so.
 *  @kilo  what K, M, G without an "i" mean: 1024, or 1000 (docker)
 *  @return false, both untouched, when there is none or it does not fit into 64 bits */
bool mw_quantity_take(struct slice *s, unsigned kilo, bool blank_unit, struct mw_quantity *out);
/** Likewise, and nothing may follow. */
bool mw_quantity_parse(struct slice s, unsigned kilo, struct mw_quantity *out);
/** "1h2m3s", "41d", "3m20s", "00:00:01", "1-02:03:04" in microseconds. @return false, untouched */
bool mw_duration_parse(struct slice s, uint64_t *us);

/** A Kubernetes quantity of memory: "6Gi", "128974848", "1.5G", "128e6", "500m". @return absent when it
 * is none */
struct mw_num mw_kube_bytes(struct slice text);
/** One of CPU, "2048m", "2", "0.5", in millionths of a core. */
struct mw_num mw_kube_cores(struct slice text);

#endif
