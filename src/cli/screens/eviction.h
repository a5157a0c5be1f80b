/* The kubelet's eviction, as screens show it. */
#ifndef MW_CLI_EVICTION_H
#define MW_CLI_EVICTION_H

#include "cli/cli.h"

/** A line for each signal, with its distance from the threshold; nothing without a kubelet. */
void mw_signals_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);

/** The order of pods and the signals; nothing without either. @most pods of the order that are shown,
 *  0 = all */
int mw_eviction_put(struct mw_cli *cli, struct mw_sample *x, size_t most, struct buf *out);

/** "eviction" of the contract: the signals, and with `order` all pods. */
void mw_eviction_json(struct mw_sample *x, bool order, struct mw_json *j);

#endif
