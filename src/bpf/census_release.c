#include "bpf/census.h"

#include <stdlib.h>

void mw_census_release(struct mw_census *census)
{
	free(census->groups);
	free(census->rows);
	*census = (struct mw_census){ 0 };
}
