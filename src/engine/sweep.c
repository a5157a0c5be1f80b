#include "engine/engine.h"

#include <errno.h>

int mw_engine_sweep(struct mw_source *source, uint32_t want, struct mw_snapshot **out)
{
	struct mw_machine machine = source->machine;
	struct mw_collect c = { .source = source, .want = want };

	machine.clock = mw_clock(source);
	c.snapshot = mw_snapshot_new(&machine);
	if (!c.snapshot)
		return -ENOMEM;
	for (const struct mw_collector *const *k = mw_collectors; *k; k++) {
		struct mw_run *run;
		int status;

		if (!((*k)->want & want))
			continue;
		run = mw_snapshot_run_begin(c.snapshot, (*k)->name, mw_clock(source));
		status = (*k)->collect(&c);
		mw_snapshot_run_end(c.snapshot, run, status, mw_clock(source));
	}
	buf_release(&c.text);
	*out = c.snapshot;
	return 0;
}
