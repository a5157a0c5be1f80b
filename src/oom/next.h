/* Who dies next: the choice that the kernel's OOM killer would make, for the machine and for each
 * limited group (mm/oom_kill.c, mm/memcontrol.c). Pure.
 *
 * The kernel ranks by what it counts when memory has run out, and it kills only after it has taken
 * what it could: mapped file pages count now and no longer then, unless they are locked. Anonymous
 * memory counts in RAM and in swap alike; shared memory that was swapped out counts nowhere.
 *
 * A group's OOM chooses among the tasks of that group and all below it, whoever asked. What no file
 * shows is left out: cpusets and memory policies, a task that is being freed already. Of tasks with
 * equal points the kernel's list decides: here start times stand for it, and `close` says so. */
#ifndef MW_OOM_NEXT_H
#define MW_OOM_NEXT_H

#include "base/arena.h"
#include "model/snapshot.h"

/* From here down a process counts as protected: as long as anything else can be killed, it is not. */
enum { MW_OOM_PROTECTED = -900 };

/* Whether the kernel would consider a process. */
enum mw_oom_standing {
	MW_OOM_CANDIDATE,
	MW_OOM_EXEMPT,  /* its oom_score_adj is -1000 */
	MW_OOM_INIT,    /* process 1 */
	MW_OOM_LEAVING, /* being killed already, or still running in its parent's memory (vfork) */
	MW_OOM_UNKNOWN, /* its memory could not be read */
};

/* A process with memory. */
struct mw_oom_task {
	const struct mw_entity *process;
	const struct mw_entity *shares; /* whose memory it is too, or NULL: counted there */
	enum mw_oom_standing standing;
	bool estimated; /* main thread ended, others live: from oom_score, to 0.15 %; v1 shows it in no
			 * group */
	int adj;
	uint64_t pages; /* RSS + swap + page tables; not of MW_OOM_UNKNOWN */
	uint64_t file;  /* of them mapped files that reclaim takes before anybody is killed */
	uint64_t shmem; /* of them shared memory, which swap may take */
	int64_t points; /* of a candidate, by oom_badness() of pages - file */
};

enum mw_oom_outcome {
	MW_OOM_KILLS,
	MW_OOM_KILLS_ASKER, /* vm.oom_kill_allocating_task: whoever asks for the page */
	MW_OOM_PANICS,      /* vm.panic_on_oom */
	MW_OOM_WAITS,       /* v1's oom_kill_disable: tasks stand still until memory comes free */
	MW_OOM_NOBODY,      /* no candidate; the machine panics then */
};

struct mw_oom_next {
	const struct mw_entity *domain; /* the group whose limit is hit; NULL = the machine */
	enum mw_oom_outcome outcome;
	struct mw_num total;       /* bytes that the domain may have: what adj is a share of */
	struct mw_oom_task *tasks; /* candidates first, highest points first */
	size_t count, candidates;
	bool close; /* the second may come first: as many points, or swap takes shared memory */
	const struct mw_entity *group;    /* memory.oom.group: all of it dies; or NULL */
	const struct mw_entity **victims; /* of MW_OOM_KILLS: the chosen one first */
	size_t victim_count;
	uint64_t killable;  /* bytes of candidates that are not protected */
	uint64_t protected; /* bytes of MW_OOM_EXEMPT, MW_OOM_INIT, and adj <= MW_OOM_PROTECTED */
	size_t protected_count, unknown;
};

/** The machine first, then each group that has a limit and processes, in the snapshot's order.
 *  Needs MW_WANT_NODE, _CGROUPS, _PROCESSES, _OOM_SCORE; without the last, who is MW_OOM_LEAVING is
 *  not known. Without a `total` (state not MW_OK) there are no points and no victims.
 *  @without  a process that is left out: whoever looks, and is gone when it matters; 0 = none
 *  @a        holds the result
 *  @return 0 or -ENOMEM */
int mw_oom_next(const struct mw_snapshot *s, uint64_t without, struct arena *a,
		struct mw_oom_next **out, size_t *count);

/** A task that is not killed as long as another one can be. */
bool mw_oom_protected(const struct mw_oom_task *task);

/** "candidate", "exempt", …; "kill", "panic", …: as in JSON. */
const char *mw_oom_standing_name(enum mw_oom_standing standing);
const char *mw_oom_outcome_name(enum mw_oom_outcome outcome);

#endif
