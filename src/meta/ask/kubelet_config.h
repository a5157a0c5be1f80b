/* The kubelet's thresholds: its configuration file, its command line, its /configz, or what it takes
 * when nothing is said. */
#ifndef MW_META_ASK_KUBELET_CONFIG_H
#define MW_META_ASK_KUBELET_CONFIG_H

#include "meta/ask/ask.h"
#include "meta/owner.h"

/** M_KUBELET_CONFIG, M_EVICTION_HARD … M_SYSTEM_RESERVED of the machine, where groups of pods are to
 *  be seen. @return 0 or -ENOMEM; what could not be read is noted */
int mw_kubelet_config_read(struct mw_inquiry *q, struct mw_ask *ask);

/** Pure: a KubeletConfiguration, YAML or JSON, or the answer of /configz. @mem_total bytes, for
 *  thresholds in percent. @line set with -EBADMSG. @return 0 or -EBADMSG */
int mw_kubelet_config_parse(struct slice text, uint64_t mem_total, struct mw_entity *node,
			    uint32_t *line);

/** Pure: flags of a kubelet's command line (NUL between arguments) that mean the same: --eviction-hard,
 *  --eviction-soft, --kube-reserved, --system-reserved, --enforce-node-allocatable.
 *  @file  set to what --config says, empty without it */
void mw_kubelet_flags_parse(struct slice cmdline, uint64_t mem_total, struct mw_entity *node,
			    struct slice *file);

#endif
