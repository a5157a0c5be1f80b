/* The kubelet's thresholds: its configuration file, its command line, its /configz, or what it takes
 * when nothing is said. */
#ifndef MW_META_ASK_KUBELET_CONFIG_H
#define MW_META_ASK_KUBELET_CONFIG_H

#include "meta/ask/ask.h"
#include "meta/owner.h"

#define MW_SETTINGS_FIRST M_EVICTION_HARD
enum { MW_SETTINGS = M_SYSTEM_RESERVED + 1 - M_EVICTION_HARD };

/* M_EVICTION_HARD … M_SYSTEM_RESERVED, by their place from the first. A threshold that is not set is
 * MW_ABSENT. */
struct mw_kubelet_settings {
	struct mw_num at[MW_SETTINGS];
};

/* Kept between sweeps. */
struct mw_kubelet_config {
	struct mw_kubelet_settings settings;
	char from[256];   /* M_KUBELET_CONFIG */
	int64_t again_at; /* mw_clock(); 0 = never read */
};

/** M_KUBELET_CONFIG and the settings of the machine, read again once a minute; where groups of pods
 *  are to be seen. Costs the search for the kubelet's process then, about 10 us for each process.
 *  @offline  /configz is not asked
 *  @return 0 or -ENOMEM; what could not be read is noted, and its settings have that state */
int mw_kubelet_config_read(struct mw_kubelet_config *c, struct mw_inquiry *q, struct mw_ask *ask,
			   bool offline);

/* The parsers are pure. */

/** What a kubelet takes when nothing is said: memory.available<100Mi, pods enforced, nothing reserved. */
void mw_kubelet_defaults(struct mw_kubelet_settings *out);

/** A KubeletConfiguration, YAML or JSON, or the answer of /configz, put over `settings`.
 *  @mem_total  bytes, for thresholds in percent
 *  @drop_in    it adds to what is there: evictionHard without memory.available leaves that as it is
 *  @line  set with -EBADMSG
 *  @return 0; -EBADMSG: not understood, settings untouched; -ENOSYS: YAML, but built without libyaml;
 *  -ENOMEM */
int mw_kubelet_config_parse(struct slice text, uint64_t mem_total, bool drop_in,
			    struct mw_kubelet_settings *settings, uint32_t *line);

/** Flags of a kubelet's command line (NUL between arguments) that mean the same: --eviction-hard,
 *  --eviction-soft, --eviction-soft-grace-period, --kube-reserved, --system-reserved,
 *  --enforce-node-allocatable, put over `settings`.
 *  @file, dir  set to what --config and --config-dir say, empty without them
 *  @return whether there was any of the settings */
bool mw_kubelet_flags_parse(struct slice cmdline, uint64_t mem_total,
			    struct mw_kubelet_settings *settings, struct slice *file,
			    struct slice *dir);

#endif
