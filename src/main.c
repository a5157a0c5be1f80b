#include "engine/engine.h"

#include <stdio.h>

int main(void)
{
	struct mw_source *source;
	struct mw_snapshot *s;
	int error = mw_source_live("/", &source);

	if (error || mw_engine_sweep(source, ~0u, &s))
		return 2;
	for (enum mw_metric m = 0; m < mw_metric_end(MW_NODE); m++)
		if (mw_get(mw_snapshot_node(s), m).state == MW_OK)
			printf("%-32s %llu\n", mw_metric_info(m)->json,
			       (unsigned long long)mw_get(mw_snapshot_node(s), m).v);
	mw_snapshot_free(s);
	mw_source_free(source);
	return 0;
}
