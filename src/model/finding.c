#include "model/finding.h"

static const char *const levels[MW_LEVELS] = { "info", "notice", "warning", "critical" };
static const char *const confidences[MW_CONFIDENCES] = { "low", "medium", "high" };

const char *mw_level_name(enum mw_level level)
{
	return levels[level];
}

const char *mw_confidence_name(enum mw_confidence confidence)
{
	return confidences[confidence];
}

bool mw_level_find(const char *name, enum mw_level *out)
{
	for (enum mw_level level = 0; level < MW_LEVELS; level++)
		if (!strcmp(name, levels[level])) {
			*out = level;
			return true;
		}
	return false;
}

const char *mw_entity_key(struct arena *a, const struct mw_entity *e)
{
	switch (e->kind) {
	case MW_CGROUP: return arena_printf(a, "container:%s", e->name);
	case MW_PROCESS: return arena_printf(a, "process:%llu", (unsigned long long)e->id);
	case MW_RUNTIME: return arena_printf(a, "runtime:%llu", (unsigned long long)e->id);
	default: return "node";
	}
}
