#include "engine/engine.h"

#include <errno.h>

/* The collectors that any of `want` asks for, except those that `done` has had. */
static void sweep(struct mw_source *source, uint32_t want, uint32_t done, struct mw_snapshot *s)
{
	struct mw_collect c = { .source = source, .snapshot = s, .want = want };

	for (const struct mw_collector *const *k = mw_collectors; *k; k++) {
		struct mw_run *run;
		int status;

		if (!((*k)->want & want) || (*k)->want & done)
			continue;
		run = mw_snapshot_run_begin(s, (*k)->name, mw_clock(source));
		status = (*k)->collect(&c);
		mw_snapshot_run_end(s, run, status, mw_clock(source));
	}
	buf_release(&c.text);
}

int mw_engine_sweep(struct mw_source *source, uint32_t want, struct mw_snapshot **out)
{
	struct mw_machine machine = source->machine;
	struct mw_snapshot *s;

	machine.clock = mw_clock(source);
	s = mw_snapshot_new(&machine);
	if (!s)
		return -ENOMEM;
	sweep(source, want, 0, s);
	*out = s;
	return 0;
}

int mw_engine_sweep_more(struct mw_source *source, uint32_t want, uint32_t more,
			 struct mw_snapshot *s)
{
	sweep(source, more & ~want, want, s);
	return 0;
}
