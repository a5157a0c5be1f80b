#include "model/oom.h"

static const char *const constraints[MW_OOM_CONSTRAINTS] = {
	[MW_OOM_NONE] = "none",
	[MW_OOM_MEMCG] = "memcg",
	[MW_OOM_CPUSET] = "cpuset",
	[MW_OOM_MEMPOLICY] = "mempolicy",
};

static const char *const causes[MW_OOM_CAUSES] = {
	[MW_OOM_OWN_LIMIT] = "own-limit",
	[MW_OOM_ANCESTOR_LIMIT] = "ancestor-limit",
	[MW_OOM_MACHINE_FULL] = "machine-full",
	[MW_OOM_FRAGMENTATION] = "fragmentation",
	[MW_OOM_ZONE] = "zone",
	[MW_OOM_BY_CPUSET] = "cpuset",
	[MW_OOM_BY_MEMPOLICY] = "mempolicy",
	[MW_OOM_REQUESTED] = "requested",
};

static const char *const holders[MW_OOM_HOLDERS] = {
	[MW_OOM_HELD_UNKNOWN] = "unknown", [MW_OOM_HELD_PROCESSES] = "processes",
	[MW_OOM_HELD_SHMEM] = "shmem",     [MW_OOM_HELD_KERNEL] = "kernel",
	[MW_OOM_HELD_FILE] = "file",       [MW_OOM_HELD_SWAP] = "swap-full",
};

static const char *const limits[MW_OOM_LIMITS] = {
	[MW_OOM_LIMIT_MEMORY] = "memory",
	[MW_OOM_LIMIT_MEMSW] = "memory+swap",
	[MW_OOM_LIMIT_KMEM] = "kmem",
};

static const char *const choices[MW_OOM_CHOICES] = {
	[MW_OOM_CHOICE_UNKNOWN] = "unknown", [MW_OOM_CHOICE_HIGHEST] = "highest",
	[MW_OOM_CHOICE_EQUAL] = "equal",     [MW_OOM_CHOICE_CHILD] = "child",
	[MW_OOM_CHOICE_ASKED] = "asked",     [MW_OOM_CHOICE_UNLISTED] = "unlisted",
	[MW_OOM_CHOICE_OTHER] = "other",     [MW_OOM_CHOICE_NO_VICTIM] = "no-victim",
};

const char *mw_oom_constraint_name(enum mw_oom_constraint constraint)
{
	return constraints[constraint];
}

const char *mw_oom_cause_name(enum mw_oom_cause cause)
{
	return causes[cause];
}

const char *mw_oom_holder_name(enum mw_oom_holder holder)
{
	return holders[holder];
}

const char *mw_oom_limit_name(enum mw_oom_limit limit)
{
	return limits[limit];
}

const char *mw_oom_choice_name(enum mw_oom_choice choice)
{
	return choices[choice];
}

const struct mw_oom_row *mw_oom_find_row(const struct mw_oom_report *r, uint32_t pid)
{
	for (uint32_t i = 0; i < r->task_count; i++)
		if (r->tasks[i].pid == pid)
			return &r->tasks[i];
	return NULL;
}
