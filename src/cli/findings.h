/* Findings on the screens: the thresholds in force, the verdicts about a sample, their text. */
#ifndef MW_CLI_FINDINGS_H
#define MW_CLI_FINDINGS_H

#include "cli/cli.h"

/** Read /etc/memwhy/rules.conf, $XDG_CONFIG_HOME/memwhy/rules.conf and what --rules names, each
 *  where it exists (--rules' must); later ones win. Checks --fail-on.
 *  @return 0 or -errno, with cli->problem */
int mw_findings_init(struct mw_cli *cli);
/** Apply the rules to a sample, for a screen that shows findings. */
int mw_findings_find(struct mw_cli *cli, struct mw_sample *x);
/** Their text, an empty line behind it; nothing without any. */
int mw_findings_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);

#endif
