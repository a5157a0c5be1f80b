/* What the rules say of a paste. */
#ifndef MW_TESTS_TRANSCRIPT_DIAGNOSED_H
#define MW_TESTS_TRANSCRIPT_DIAGNOSED_H

#include "paste.h"

#include "diagnose/diagnose.h"
#include "engine/engine.h"

/** The finding of that rule about that entity (NULL = any), in the arena; or NULL. Once per paste. */
static inline const struct mw_finding *finding(const struct mw_transcript *t, struct arena *a,
					       const char *id, const struct mw_entity *e)
{
	struct mw_diagnosis d;
	struct mw_evidence evidence;

	assert_int_equal(mw_engine_finish(now(t)), 0);
	evidence = (struct mw_evidence){ .view = mw_view_of(NULL, now(t)) };
	assert_int_equal(mw_diagnose(&evidence, NULL, NULL, a, &d), 0);
	for (size_t i = 0; i < d.count; i++)
		if (!strcmp(d.findings[i]->id, id) && (!e || d.findings[i]->entity == e))
			return d.findings[i];
	return NULL;
}

#endif
