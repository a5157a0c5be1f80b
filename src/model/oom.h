/* A past OOM kill, as the kernel log tells it: plain data, filled by src/oom, shown by screens and
 * cited by findings. Sizes are in bytes whatever unit the log had; MW_OOM_NOT_TOLD where the log does
 * not say. Texts are as the log has them: hostile. All memory belongs to the arena that the log was
 * read into. */
#ifndef MW_MODEL_OOM_H
#define MW_MODEL_OOM_H

#include "base/arena.h"

#define MW_OOM_NOT_TOLD UINT64_MAX

/* Where the memory was to come from. As in "oom-kill:constraint=CONSTRAINT_…". */
enum mw_oom_constraint {
	MW_OOM_CONSTRAINT_UNKNOWN,
	MW_OOM_NONE, /* the whole machine */
	MW_OOM_MEMCG,
	MW_OOM_CPUSET,
	MW_OOM_MEMPOLICY,
	MW_OOM_CONSTRAINTS,
};

enum mw_oom_cause {
	MW_OOM_CAUSE_UNKNOWN,
	MW_OOM_OWN_LIMIT,      /* the victim's own group hit its limit */
	MW_OOM_ANCESTOR_LIMIT, /* a group above it did */
	MW_OOM_MACHINE_FULL,
	MW_OOM_FRAGMENTATION, /* order > 0, while single pages were free above the watermarks */
	MW_OOM_ZONE,          /* the zones that would do ran out while others had memory */
	MW_OOM_BY_CPUSET,
	MW_OOM_BY_MEMPOLICY,
	MW_OOM_REQUESTED, /* sysrq f */
	MW_OOM_CAUSES,
};

/* What held most of the memory that was missing. */
enum mw_oom_holder {
	MW_OOM_HELD_UNKNOWN,
	MW_OOM_HELD_PROCESSES, /* their anonymous memory */
	MW_OOM_HELD_SHMEM,     /* tmpfs, shared memory, memfd */
	MW_OOM_HELD_KERNEL,    /* slab, page tables, stacks, per-CPU data */
	MW_OOM_HELD_FILE,      /* page cache that was not reclaimed */
	MW_OOM_HELD_SWAP,      /* swap was full, and more lay there than in RAM */
	MW_OOM_HOLDERS,
};

/* Which of a group's limits was reached. */
enum mw_oom_limit { MW_OOM_LIMIT_MEMORY, MW_OOM_LIMIT_MEMSW, MW_OOM_LIMIT_KMEM, MW_OOM_LIMITS };

/* Why the kernel killed that one, seen from the table. */
enum mw_oom_choice {
	MW_OOM_CHOICE_UNKNOWN,   /* no table, or not of a kind that badness follows from */
	MW_OOM_CHOICE_HIGHEST,   /* highest badness of all */
	MW_OOM_CHOICE_EQUAL,     /* within 1 % of the highest: counters moved meanwhile */
	MW_OOM_CHOICE_CHILD,     /* a child was sacrificed for the task chosen (before Linux 5.1) */
	MW_OOM_CHOICE_ASKED,     /* vm.oom_kill_allocating_task: who asks dies */
	MW_OOM_CHOICE_UNLISTED,  /* the victim is not in the table */
	MW_OOM_CHOICE_OTHER,     /* another one would have been expected */
	MW_OOM_CHOICE_NO_VICTIM, /* nobody could be killed */
	MW_OOM_CHOICES,
};

/* A task: a row of the table, or what the line about its death says. */
struct mw_oom_row {
	uint64_t total_vm, rss, anon, file, shmem, swap, page_tables; /* bytes */
	int64_t badness; /* pages, adj included; valid with has_badness */
	uint32_t pid, tgid;
	uint32_t uid; /* UINT32_MAX = unknown */
	int16_t adj;  /* oom_score_adj, -1000 … 1000; valid with has_adj */
	bool has_adj, has_badness;
	char name[20]; /* comm: 15 bytes */
};

/* usage, limit and how often it was hit. A limit that is not set is MW_OOM_UNLIMITED. */
struct mw_oom_counter {
	uint64_t usage, limit, failcnt;
};

#define MW_OOM_UNLIMITED (UINT64_MAX - 1)

/* Numbers of the machine that the report prints ("Mem-Info:"), in bytes. */
enum mw_oom_info {
#define MW_OOM_INFO(id, key) MW_OOM_I_##id,
#include "model/oom.def"
#undef MW_OOM_INFO
	MW_OOM_INFOS,
};

/* Numbers of the group whose limit was hit ("Memory cgroup stats"), in bytes, the groups below it
 * included. */
enum mw_oom_stat {
#define MW_OOM_STAT(id, v1, v2) MW_OOM_S_##id,
#include "model/oom.def"
#undef MW_OOM_STAT
	MW_OOM_STATS,
};

enum { MW_OOM_ORDERS = 16, MW_OOM_ZONES = 64, MW_OOM_RESERVES = 8 };

/* A memory zone of a NUMA node. */
struct mw_oom_zone {
	char name[16]; /* "DMA32" */
	uint32_t node;
	uint32_t rank; /* order in its node, from the lowest addresses */
	uint64_t free, free_cma, min, low, high, present, managed, highatomic;
	uint64_t reserve[MW_OOM_RESERVES]; /* lowmem_reserve against requests for higher zones */
	uint32_t reserves;
	uint64_t blocks[MW_OOM_ORDERS]; /* free blocks of 2^order pages; valid with has_blocks */
	uint32_t usable; /* bits by order: blocks that an ordinary request may take */
	bool has_blocks;
};

/* A kernel that printed "Memory allocations" or "Unreclaimable slab info": its largest caches. */
struct mw_oom_cache {
	char name[32];
	uint64_t used, total; /* bytes */
};

enum { MW_OOM_CACHES = 5 };

/* What the sums say: each a part of `total`. Processes + shmem + kernel + file + free + other. */
struct mw_oom_sums {
	uint64_t total; /* the group's usage, or the machine's RAM */
	uint64_t processes, shmem, kernel, file, huge, free;
	uint64_t unlisted; /* of `total`: not free, and held by no listed task */
	uint64_t swap;     /* used, beside all this */
};

struct mw_oom_trigger {
	uint32_t pid;          /* 0 = unknown */
	int32_t order;         /* -1: sysrq; valid with has_gfp */
	uint64_t gfp;          /* the mask */
	const char *gfp_names; /* "GFP_KERNEL|__GFP_ZERO", or NULL */
	int16_t adj;
	bool has_gfp, has_adj;
	char name[20];
};

struct mw_oom_report {
	/* where it stands: lines of `file` from 1; of which kernel and machine */
	const char *file; /* as the caller named it; NULL = the live log */
	uint64_t first_line, last_line;
	const char *host, *kernel; /* or NULL */
	uint32_t page_size;

	/* when */
	int64_t time;      /* ns since 1970; 0 = unknown */
	const char *stamp; /* the log's own time, as written; or NULL */
	uint64_t uptime;   /* us since boot */

	/* whose limit */
	enum mw_oom_constraint constraint;
	const char *limit_group, *victim_group; /* or NULL */
	const char *limit_title, *victim_title; /* what people call them; or NULL */
	const char *cpuset, *mems_allowed, *nodemask;
	struct mw_oom_counter memory, memsw, swap, kmem; /* the limited group's */
	enum mw_oom_limit limit_kind;
	uint64_t stat[MW_OOM_STATS];

	/* who asked, who died; none died: no victims */
	struct mw_oom_trigger trigger;
	struct mw_oom_row *victims;
	uint32_t victim_count;
	uint32_t kernel_score; /* 0 … 1000, printed before Linux 5.3; UINT32_MAX = not */
	uint32_t chosen;       /* pid that the kernel chose; 0 = unknown */
	const char *group;     /* memory.oom.group: all of this group had to go; or NULL */
	const char *panic;     /* the panic's words, or NULL */
	bool asked_dies;       /* vm.oom_kill_allocating_task */
	bool reaped;           /* the OOM reaper took the victim's memory back */
	uint64_t reaped_left;  /* bytes that it could not take */

	/* the tasks: the MW_OOM_TASKS_KEPT worst, worst first; the sums are over all of the table */
	struct mw_oom_row *tasks;
	uint32_t task_count, tasks_listed;
	struct mw_oom_row task_sum;
	bool has_table;

	/* the machine */
	uint64_t info[MW_OOM_INFOS];
	struct mw_oom_zone *zones;
	uint32_t zone_count;
	struct mw_oom_cache caches[MW_OOM_CACHES]; /* of unreclaimable slab, largest first */
	uint32_t cache_count;

	/* what follows from it */
	uint64_t
		totalpages; /* what adj is a share of, in pages: the limit and swap, or RAM and swap */
	enum mw_oom_cause cause;
	enum mw_oom_holder held_by;
	enum mw_oom_choice choice;
	uint32_t expected; /* pid that should have been chosen, with MW_OOM_CHOICE_OTHER */
	struct mw_oom_sums sums;
	bool complete; /* nothing of it was cut off or lost */
	uint32_t seen; /* how many times the log has it: echoes by other daemons are one kill */
};

enum { MW_OOM_TASKS_KEPT = 1000 };

/** "memcg", "own-limit", "processes", …: as in JSON; NULL for what is unknown. Static. */
const char *mw_oom_constraint_name(enum mw_oom_constraint constraint);
const char *mw_oom_cause_name(enum mw_oom_cause cause);
const char *mw_oom_holder_name(enum mw_oom_holder holder);
const char *mw_oom_limit_name(enum mw_oom_limit limit);
/** "highest", "unknown", … */
const char *mw_oom_choice_name(enum mw_oom_choice choice);

/** The row of the table, NULL when it is not there (or was not kept). */
const struct mw_oom_row *mw_oom_find_row(const struct mw_oom_report *r, uint32_t pid);

#endif
