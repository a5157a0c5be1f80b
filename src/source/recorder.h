/* What the recorder's two halves share. */
#ifndef MW_SOURCE_RECORDER_H
#define MW_SOURCE_RECORDER_H

#include "source/capture.h"

/* A directory opened through the recorder: handles point to one. */
struct mw_recorded_dir {
	intptr_t inner;
	const char *path; /* below the root, normalised; NULL = not recorded */
};

struct mw_recorder {
	struct mw_source source;
	struct mw_source *inner;
	struct mw_capture capture;
	struct mw_recorded_dir root;
	uint64_t bytes; /* of texts */
	bool timed;     /* the clock was read */
	int error;      /* why the record is not complete: -ENOMEM, -EFBIG */
};

#endif
