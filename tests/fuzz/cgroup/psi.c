#include "collect/psi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_psi psi;

	mw_psi_parse((struct slice){ (const char *)data, size }, &psi);
	return 0;
}
