/* The page census as kernel text: where RAM is, what /proc/kpageflags says of its frames, and how a
 * census is kept in a capture. Parsers are pure; tests and the fuzzer call them. */
#ifndef MW_COLLECT_PAGES_PAGES_H
#define MW_COLLECT_PAGES_PAGES_H

#include "base/index.h"
#include "bpf/census.h"
#include "collect/collect.h"
#include "collect/keyed.h"

enum { MW_RANGES_MAX = 512 };

/** "System RAM" of /proc/iomem, as whole frames. Without privilege all its addresses are 0: no range.
 *  @count  at most MW_RANGES_MAX; a machine with more has its last ones left out
 *  @return 0 or -EBADMSG with the first line that was not understood */
int mw_parse_iomem(struct slice text, uint32_t page_size, struct mw_census_range *out,
		   size_t *count, struct mw_parse_error *at);

/* --- /proc/kpageflags and kpagecgroup --------------------------------------------------------- */

/* Frames counted so far. */
struct mw_frames {
	struct mw_census census;
	struct index by_id;    /* of its groups */
	size_t room;           /* of its groups */
	uint64_t flags, group; /* of the last head: what frames behind it are part of */
	uint64_t blank;        /* frames of MW_CENSUS_KERNEL of which nothing at all is said */
	uint32_t last;         /* number of the group of the frame before */
	int error;             /* -ENOMEM sticks */
	bool ungrouped;        /* set by the caller: groups are not known, none is counted */
};

/** Count a frame as `weight` frames. @group inode of its control group, 0 = none */
void mw_frames_add(struct mw_frames *f, uint64_t flags, uint64_t group, uint64_t weight);
/** It is in the middle of a block whose head says what it is. */
bool mw_frame_is_tail(uint64_t flags);
bool mw_frame_is_head(uint64_t flags);
/** What a tail without a head says of itself: of a reserved huge page, that much. */
uint64_t mw_frame_alone(uint64_t flags);
/* What meminfo knows in sum, in frames; 0 = not known. */
struct mw_frames_told {
	uint64_t unused;   /* free, on per-CPU lists too */
	uint64_t reserved; /* not in MemTotal */
};

/** A census by these files. What of it is free and on no list of free blocks (per-CPU lists) they do not
 *  tell, nor, of most, what was reserved at boot: that much is taken from what nothing is said of.
 *  @out  released with mw_census_release() */
int mw_frames_finish(struct mw_frames *f, struct mw_frames_told told, struct mw_census *out);
void mw_frames_release(struct mw_frames *f);

/** Read them: large pieces, or single frames for a sample. Needs CAP_SYS_ADMIN. 100 ns a frame, 600 ns
 *  one of a sample. @return 0 or -errno */
int mw_frames_read(struct mw_source *source, const struct mw_census_range *ranges, size_t count,
		   uint32_t shift, struct mw_frames_told told, struct mw_census *out);

/* --- as text ---------------------------------------------------------------------------------- */

/** "memwhy/census": a line for the whole, one for each type, group and row. Addresses stay out. */
void mw_census_write(const struct mw_census *census, struct buf *out);
/** @out  released with mw_census_release(); untouched on error
 *  @return 0, -EBADMSG with the line, or -ENOMEM */
int mw_census_parse(struct slice text, struct mw_census *out, struct mw_parse_error *at);

/** "anon", "page_tables" …: as in the text. */
const char *mw_census_type_name(enum mw_census_type type);

/* --- as rows ---------------------------------------------------------------------------------- */

/** Fill the machine's metrics, MW_OWNER and MW_FILE. @return 0 or -ENOMEM */
int mw_census_rows(struct mw_snapshot *s, const struct mw_census *census);

#endif
