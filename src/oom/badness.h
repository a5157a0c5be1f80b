/* How the kernel ranks processes before it kills one (mm/oom_kill.c oom_badness()), and what of it
 * changed between kernels. Pure. */
#ifndef MW_OOM_BADNESS_H
#define MW_OOM_BADNESS_H

#include <stdbool.h>
#include <stdint.h>

enum { MW_OOM_NEVER = -1000 }; /* the oom_score_adj that takes a process out of the ranking */

struct mw_oom_rules {
	bool root_bonus;     /* before Linux 4.17: 3 % less for CAP_SYS_ADMIN */
	bool children_first; /* before 5.2: the worst child with memory of its own dies instead */
	bool last_wins; /* since 5.3: of equals the last of the task list, before it the first */
	bool floor;     /* before 5.9: whoever may be killed has at least 1 */
};

/** By `uname -r`; the newest rules when it names no version. Distributions' kernels are taken for
 *  what they call themselves. */
struct mw_oom_rules mw_oom_rules(const char *release);

/** A task's points, in pages; not for one whose adj is MW_OOM_NEVER.
 *  @pages  RSS + swap entries + page tables
 *  @total  pages that its domain may have (oc->totalpages)
 *  @root   it has CAP_SYS_ADMIN */
int64_t mw_oom_badness(const struct mw_oom_rules *rules, uint64_t pages, int adj, uint64_t total,
		       bool root);

/** Points as people compare them with oom_score_adj: thousandths of `total`. */
int64_t mw_oom_permille(int64_t points, uint64_t total);

/** What /proc/PID/oom_score says of these points; `total` is RAM and swap of the machine. */
int64_t mw_oom_score(const struct mw_oom_rules *rules, int64_t points, uint64_t total);
/** The points behind it, exact to a thousandth and a half of `total`. */
int64_t mw_oom_score_points(const struct mw_oom_rules *rules, uint64_t score, uint64_t total);

#endif
