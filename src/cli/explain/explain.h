/* memwhy explain: what a transcript is made into. */
#ifndef MW_CLI_EXPLAIN_EXPLAIN_H
#define MW_CLI_EXPLAIN_EXPLAIN_H

#include "cli/cli.h"
#include "transcript/transcript.h"

/* One machine of the transcript, as the screens' pieces want it. */
struct mw_explained {
	const struct mw_transcript_host *host;
	struct mw_sample sample; /* of `now`; its snapshot belongs to the transcript */
	uint32_t number;         /* which host */
};

struct mw_explanation {
	struct mw_transcript transcript;
	struct mw_explained *hosts; /* transcript.host_count */
	struct arena arena;
};

/** The whole screen. @return 0 or -errno */
int mw_explain_text(struct mw_cli *cli, struct mw_explanation *x, struct buf *out);
/** The whole object. */
int mw_explain_json(struct mw_cli *cli, struct mw_explanation *x, struct mw_json *j);

/* How one number of an entity went through the moments. */
struct mw_step {
	enum mw_metric metric;
	struct mw_num *at; /* one for each moment */
};

/** The numbers of an entity of `now` that two or more moments have and that changed, in table order.
 *  @which  indexes of the moments that have the entity, set to `moments` of them
 *  @return how many steps; 0: no series */
size_t mw_explain_series(struct mw_explanation *x, const struct mw_explained *host,
			 const struct mw_entity *e, struct mw_step **out, size_t **which,
			 size_t *moments);

#endif
