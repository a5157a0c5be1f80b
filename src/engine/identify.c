#include "engine/engine.h"

int mw_engine_identify(struct mw_meta *meta, struct mw_source *source, struct mw_snapshot *s)
{
	return mw_snapshot_count(s, MW_CGROUP) ? mw_meta_apply(meta, source, s) : 0;
}
