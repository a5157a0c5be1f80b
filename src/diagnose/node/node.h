/* What rules about the machine share. */
#ifndef MW_DIAGNOSE_NODE_NODE_H
#define MW_DIAGNOSE_NODE_NODE_H

#include "diagnose/owners.h"
#include "model/want.h"

/* The parameter that makes what holds memory urgent. */
#define MW_PARAM_SHORT                                                                         \
	{                                                                                      \
		"short", 0.1, "ratio",                                                         \
			N_("with less than this share of RAM available, what holds memory is " \
			   "urgent")                                                           \
	}

/** Bytes as a share of MemTotal, or NAN. */
double mw_of_ram(const struct mw_check *c, double bytes);
/** A metric of the machine as a share of MemTotal, or NAN. */
double mw_metric_of_ram(const struct mw_check *c, enum mw_metric metric);
/** The same of an unfinished snapshot, for more(): 0 when it is not known. */
double mw_share_of_ram(const struct mw_snapshot *s, enum mw_metric metric);
/** MemAvailable is known, and below this share of RAM. Cites {available} then. */
bool mw_is_short(struct mw_check *c, double share);
/** Cite a share of RAM. */
void mw_cite_of_ram(struct mw_check *c, const char *name, double share, const char *source,
		    double threshold);

/** Share of time in which some task waited for memory: between the two moments, else over the last
 *  10 s. NAN without PSI. */
double mw_stall(const struct mw_check *c);
/** Cites {stall}; nothing without PSI. */
void mw_cite_stall(struct mw_check *c, double threshold);

/** How long one has looked: the series, or the two moments; 0 with one. Seconds. */
double mw_watched(const struct mw_check *c);

/** Slab caches are known: /proc/slabinfo was read. */
bool mw_has_slabs(const struct mw_check *c);

/** How many pages of a kind came or went, as bytes per second; NAN without two moments. */
double mw_page_rate(const struct mw_check *c, enum mw_metric pages);
/** Cite bytes per second under a name. */
void mw_cite_page_rate(struct mw_check *c, const char *name, double rate, const char *source,
		       double threshold);

#endif
