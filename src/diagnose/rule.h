/* A rule decides about one entity and cites the numbers it decided by. One file each, found by its
 * name in src/diagnose/meson.build, from which the registry is made. Rules are pure: they see a
 * sealed snapshot, perhaps the one before and a series of older ones, and nothing else.
 *
 * Texts are templates: {left} stands for what was cited as "left", {entity} for the entity's name.
 * Write them with N_() and translate them in po/. A {placeholder} that was not cited is a mistake
 * that the tests find. */
#ifndef MW_DIAGNOSE_RULE_H
#define MW_DIAGNOSE_RULE_H

#include "language/language.h"
#include "model/finding.h"
#include "model/view.h"

#include <math.h>

struct mw_oom_report;

enum mw_verdict {
	MW_CLEAR,   /* not so; the rule stays silent */
	MW_FIRES,   /* so, by the numbers cited */
	MW_UNKNOWN, /* what there is does not rule it out, and what would decide it is missing */
};

/* A threshold. People set it by "RULE.NAME = VALUE" in a file. */
struct mw_param {
	const char *name;
	double value;
	const char *unit; /* "bytes", "bytes/s", "ratio" (0.05 = 5 %), "seconds", "count", "1/s" */
	const char *reason; /* N_(): why this value */
};

/* A recorded past: the same machine at several moments. */
struct mw_series {
	const struct mw_snapshot *const *at; /* the oldest first; the last is the view's `now` */
	size_t count;
};

/* All that rules may look at. */
struct mw_evidence {
	struct mw_view view;                     /* one moment, or two */
	struct mw_series series;                 /* count 0: no past is known */
	const struct mw_oom_report *const *ooms; /* kills in the kernel log */
	size_t oom_count;
	bool oom_log; /* the kernel log was read: no kill in it means something */
};

/* One rule at work on one entity. */
struct mw_check {
	const struct mw_evidence *evidence;
	const struct mw_snapshot *now;
	const struct mw_entity *node;
	const struct mw_entity *e;
	const double *p; /* the rule's parameters, in their order */
	struct arena *arena;
	struct mw_finding *f;
	const char *missing, *ask; /* set by mw_unknown() */
};

struct mw_rule {
	const char *id;
	enum mw_level level; /* the usual one; check() may set another */
	enum mw_kind kind;   /* MW_NODE, MW_CGROUP, MW_PROCESS, MW_RUNTIME: checked for each */
	bool trend;          /* needs a past: its parameters say how much */
	const struct mw_param *params; /* ended by an entry without a name; NULL = none */
	enum mw_verdict (*check)(struct mw_check *c);
	const char *title; /* N_(): the usual sentence, used unless mw_title() sets another */
	const char *about; /* N_(): when and why it fires, for `memwhy rules ID`; no placeholders */
	const char *silent; /* N_(): a near miss in which it stays silent; no placeholders */
	/* NULL-ended ids of findings that this one explains: where both fire for the same entity, or
	 * this one for something inside or above it, they are told as one illness, this one first */
	const char *const *explains;
	/** What more must be read (MW_WANT_…) before check() can decide; asked with what the first
	 *  sweep gave, so that expensive files are read on suspicion only. NULL = nothing */
	uint32_t (*more)(const struct mw_snapshot *s);
};

/** All rules, in the order of their lists, ended by NULL. Generated. */
extern const struct mw_rule *const mw_rules[];
const struct mw_rule *mw_rule_find(const char *id);

/* --- inside check() --------------------------------------------------------------------------- */

/** Cite a number under a name that templates use. `source` says which file and key, or how it was
 *  computed ("memory.usage_in_bytes - total_inactive_file"). A second citation of the same name
 *  replaces the first. Texts that live shorter than the snapshot must be in the arena. */
void mw_cite(struct mw_check *c, const char *name, enum mw_form form, double value,
	     const char *source);
/** With the threshold that it was held against. */
void mw_cite_over(struct mw_check *c, const char *name, enum mw_form form, double value,
		  const char *source, double threshold);
/** A metric of an entity, with its unit's form and its kernel file and key as source; nothing when
 *  its state is not ok. @threshold NAN = none */
void mw_cite_metric(struct mw_check *c, const char *name, const struct mw_entity *e,
		    enum mw_metric metric, double threshold);
/** Its change per second between the view's two moments. @return false, nothing cited, without one
 */
bool mw_cite_rate(struct mw_check *c, const char *name, const struct mw_entity *e,
		  enum mw_metric metric, double threshold);
/** A name: a process, a file. Hostile text is fine. Copied. */
void mw_cite_text(struct mw_check *c, const char *name, const char *text, const char *source);
/** "java[69]" of a process. */
void mw_cite_process(struct mw_check *c, const char *name, const struct mw_entity *process);
/** "memory.stat: total_rss", in the hierarchy version of `e`; the help text of a computed one. */
const char *mw_source_of(const struct mw_check *c, const struct mw_entity *e,
			 enum mw_metric metric);

void mw_title(struct mw_check *c, const char *text);
void mw_detail(struct mw_check *c, const char *text);
void mw_advise(struct mw_check *c, const char *text);
void mw_avoid(struct mw_check *c, const char *text);
/** A command line that exists: "memwhy pid %llu". Not translated. */
void mw_ask(struct mw_check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mw_level(struct mw_check *c, enum mw_level level);
/** Not surer than this, because … (template). The lowest confidence and its reason stay. */
void mw_doubt(struct mw_check *c, enum mw_confidence most, const char *why);
/** The verdict "cannot tell": what is missing (template), and the command that would tell, or NULL.
 *  @return MW_UNKNOWN */
enum mw_verdict mw_unknown(struct mw_check *c, const char *missing, const char *ask);

/* --- numbers that many rules need ------------------------------------------------------------- */

/** part / whole, or NAN when either is not known or whole is 0. */
double mw_share(struct mw_num part, struct mw_num whole);
/** Change per second, or NAN. */
double mw_rate(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric);
/** The entity, or a group, in front of whose children it stands: processes inside a group. */
bool mw_inside(const struct mw_entity *e, const struct mw_entity *group);
/** The entity with the largest value of a metric, among those inside `group` (NULL = all).
 *  @return NULL when none has it */
const struct mw_entity *mw_largest(const struct mw_snapshot *s, enum mw_kind kind,
				   const struct mw_entity *group, enum mw_metric metric);

/* How a metric moved over the series: the median of all slopes (Theil and Sen), which a third of
 * outliers does not move, and how surely it moved at all (Mann and Kendall). */
struct mw_trend {
	size_t samples;
	double seconds; /* between the first and the last */
	double first, last;
	double slope;      /* per second, in the metric's unit */
	double low, high;  /* 95 % range of the slope */
	double confidence; /* 0 … 1 that it moves in the slope's direction */
};

/** @return false when fewer than 3 moments have the metric, or their times are not known */
bool mw_trend_of(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		 struct mw_trend *out);

/** It grows steadily: at least as surely as `confidence` over the whole series, and in the newer half
 *  of it at half that pace or more. What fills up at the start and then stands does not.
 *  @return false when it does not, or the series is too short to tell */
bool mw_grows(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
	      double confidence, struct mw_trend *out);

#endif
