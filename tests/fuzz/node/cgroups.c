#include "parse.h"

FUZZ(mw_parse_cgroups)
