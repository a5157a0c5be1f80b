/* snapshot -> findings: every rule on every entity of its kind, grouped so that one illness is told
 * once, with its cause first. Pure. */
#ifndef MW_DIAGNOSE_DIAGNOSE_H
#define MW_DIAGNOSE_DIAGNOSE_H

#include "diagnose/rule.h"

/* Parameters that people set. Plain data; NULL = the rules' defaults. */
struct mw_params;

/** @return the values of all rules' defaults, freed with mw_params_free(), or NULL: out of memory */
struct mw_params *mw_params_new(void);
void mw_params_free(struct mw_params *params);
/** Read "rule-id.parameter = value" lines; # begins a comment. The value may be written "5 %",
 *  "200M", "1.5G".
 *  @line, @what  where and what was wrong, set on error
 *  @return 0 or -EINVAL; what stands before the bad line is set */
int mw_params_read(struct mw_params *params, struct slice text, uint32_t *line, const char **what);
/** The value in force. @n the parameter's place in its rule */
double mw_params_get(const struct mw_params *params, const struct mw_rule *rule, size_t n);

/** Apply the rules.
 *  @about  only what concerns this entity: itself, what is inside it, and what its findings are
 *          explained by above it; NULL = everything
 *  @out    in the arena; the evidence must outlive it
 *  @return 0 or -ENOMEM */
int mw_diagnose(const struct mw_evidence *evidence, const struct mw_params *params,
		const struct mw_entity *about, struct arena *arena, struct mw_diagnosis *out);

/** What more to read (MW_WANT_…) before rules can decide. */
uint32_t mw_diagnose_more(const struct mw_snapshot *s);

/** The worst level among findings; MW_LEVELS when there is none. */
enum mw_level mw_diagnosis_worst(const struct mw_diagnosis *d);

#endif
