/* "eviction" of the contract. */
#ifndef MW_RENDER_EVICTION_H
#define MW_RENDER_EVICTION_H

#include "ledger/eviction.h"
#include "render/json.h"

/** Signals and order, each left out when there is none; nothing without either. */
void mw_json_eviction(struct mw_json *j, const struct mw_eviction_signal *signals,
		      size_t signal_count, const struct mw_eviction *order, size_t count);

#endif
