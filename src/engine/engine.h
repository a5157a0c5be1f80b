/* source -> snapshot -> computed metrics. The only room that calls collectors. */
#ifndef MW_ENGINE_ENGINE_H
#define MW_ENGINE_ENGINE_H

#include "collect/collect.h"
#include "collect/files/files.h"
#include "meta/meta.h"
#include "model/view.h"

/* What reading PSS may cost the processes read: their mmap writers wait meanwhile. */
struct mw_budget {
	int64_t time;   /* ns for all processes together */
	uint64_t rss;   /* bytes: a larger process is skipped */
	bool unlimited; /* --exact */
};

#define MW_BUDGET_DEFAULT ((struct mw_budget){ .time = 200000000, .rss = (uint64_t)4 << 30 })

/** One sweep of all collectors that `want` (MW_WANT_…) names. Not sealed yet: on-demand readers may
 *  add to it. What failed is in the snapshot's runs and problems.
 *  @out freed with mw_snapshot_free()
 *  @return 0, or -ENOMEM */
int mw_engine_sweep(struct mw_source *source, uint32_t want, struct mw_snapshot **out);

/** Read what `more` names beyond `want`, which a sweep has read, into its snapshot.
 *  @return 0 or -ENOMEM */
int mw_engine_sweep_more(struct mw_source *source, uint32_t want, uint32_t more,
			 struct mw_snapshot *s);

/** Say who the groups of a sweep are (meta/meta.h). @return 0 or -ENOMEM */
int mw_engine_identify(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s);

/** Read smaps_rollup for these processes, in their order, within the budget; the rest is
 * MW_SKIPPED. Sets P_PSS, P_USS, … @return 0 or -ENOMEM */
int mw_engine_measure_pss(struct mw_source *source, struct mw_snapshot *s,
			  struct mw_entity *const *processes, size_t count,
			  struct mw_budget budget);

/** Take PSS over from the last look for the processes among these that have had no page fault since, and
 *  whose memory is as large as it was: reading it again would only cost them time. What others did with
 *  pages that they share shows when it is measured anew. Call before mw_engine_measure_pss(), which then
 *  leaves them out. */
void mw_engine_keep_pss(const struct mw_view *view, struct mw_entity *const *processes,
			size_t count);

/** What reading PSS or smaps of a process of that size takes, in ns, by measurement: for messages
 *  that announce a cost. */
int64_t mw_engine_pss_cost(uint64_t rss);

/** Read everything about one process: smaps into regions, limits, fds, exe, cmdline, namespaces,
 *  oom_score, numa_maps. @return 0, -ESRCH when it is gone or its pid means another process now */
int mw_engine_open_process(struct mw_source *source, struct mw_snapshot *s,
			   struct mw_entity *process, struct mw_budget budget);

/** Read the files of one group that a sweep leaves out (MW_WANT_CGROUP_DETAIL for it alone; not
 *  after a sweep that wanted them for all).
 *  @return 0, -ENOENT when it is gone or its name means another group now, or -errno */
int mw_engine_open_cgroup(struct mw_source *source, struct mw_snapshot *s,
			  struct mw_entity *cgroup);

/** The kills that the kernel log of the sweep tells of, into the snapshot, with what their groups are
 *  called, also where these are gone (meta/meta.h); nothing when the sweep did not want it. Before
 *  mw_meta_keep(), which keeps the names. @meta NULL = no names. @return 0 or -ENOMEM */
int mw_engine_read_klog(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s);

/** Paths, paths in containers and users of these files, as far as they were found by a census.
 *  @users  also who has them open or mapped (collect/files/files.h has the costs)
 *  @return 0 or -errno */
int mw_engine_name_files(struct mw_source *source, struct mw_snapshot *s,
			 struct mw_entity *const *files, size_t count, bool users);
/** Paths only, for telling which of many files to show. */
int mw_engine_find_paths(struct mw_source *source, struct mw_snapshot *s,
			 struct mw_entity *const *files, size_t count);
/** What a directory is called in paths (mw_files_folder()). */
int mw_engine_find_folder(struct mw_source *source, const char *path, struct buf *out);
/** Without a census: ask for files one by one (collect/files/files.h). */
int mw_engine_find_files(struct mw_source *source, struct mw_snapshot *s,
			 const struct mw_files_look *look, struct mw_files_found *found);
/** Have a recorder keep what is known of files that have a name. @return 0 or -errno */
int mw_engine_keep_files(struct mw_source *source, const struct mw_snapshot *s);

/** Fill the computed metrics (file NULL in the table), then seal. */
int mw_engine_finish(struct mw_snapshot *s);

/** The same for what holds only some of a machine's processes: a sum over those of a group is known
 *  only where one of them is, and the memory of each. */
int mw_engine_finish_paste(struct mw_snapshot *s);

#endif
