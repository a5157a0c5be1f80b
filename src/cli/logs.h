/* Log files, read line by line: of any size, compressed with gzip, xz, zstd or bzip2, or not. */
#ifndef MW_CLI_LOGS_H
#define MW_CLI_LOGS_H

#include "cli/cli.h"
#include "oom/log.h"

struct mw_logs {
	uint64_t files, lines, kernel_lines;
};

/** Feed these files to `log`, "-" for standard input: in the order of their times, where their first
 *  lines tell, for people name the newest first.
 *  @out  what there was
 *  @return 0, or -errno with a line in cli->problem */
int mw_logs_read(struct mw_cli *cli, const char *const *paths, size_t count, struct mw_oom_log *log,
		 const struct mw_oom_rule *rule, struct mw_logs *out);

#endif
