/* Standard output and error: what they are, and how text gets there. */
#ifndef MW_CLI_OUTPUT_H
#define MW_CLI_OUTPUT_H

#include "cli/lang.h"
#include "cli/options.h"
#include "render/style.h"

/** Make descriptors 0 to 2 valid, so that no file that is opened becomes one of them; writing to
 *  one that was closed fails as it should. */
void mw_output_init(void);

/** How to write to standard output, from the options, the terminal and the environment.
 *  @locale its character set and language
 *  @rows lines of the terminal, 0 = unknown */
void mw_output_style(const struct mw_options *o, const struct mw_locale *locale,
		     struct mw_style *style, bool *terminal, unsigned *rows);

/** Write all. @return 0 or -errno; -EPIPE when the reader has gone */
int mw_output_write(int fd, struct slice text);
/** Likewise to standard output; as mw_json's sink. */
int mw_output_sink(void *unused, struct slice text);
/** Through $MEMWHY_PAGER, $PAGER or less, when one can be had. */
int mw_output_page(struct slice text);

/** "memwhy: …" on standard error, made safe. @unicode UTF-8 may be written */
void mw_output_error(struct slice text, bool unicode);

#endif
