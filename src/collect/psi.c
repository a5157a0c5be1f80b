#include "collect/psi.h"

#include <errno.h>

static bool parse_line(struct slice line, struct mw_psi_line *out)
{
	if (out->present)
		return false;
	out->present = true;
	return slice_after(&line, "avg10=") && slice_micro(&line, &out->avg10) &&
	       slice_after(&line, "avg60=") && slice_micro(&line, &out->avg60) &&
	       slice_after(&line, "avg300=") && slice_micro(&line, &out->avg300) &&
	       slice_after(&line, "total=") && slice_u64(&line, &out->total);
}

int mw_psi_parse(struct slice text, struct mw_psi *out)
{
	struct mw_psi psi = { 0 };
	struct slice line;

	while (slice_line(&text, &line)) {
		if (slice_word(&line, "some ") && !parse_line(line, &psi.some))
			return -EBADMSG;
		if (slice_word(&line, "full ") && !parse_line(line, &psi.full))
			return -EBADMSG;
	}
	if (!psi.some.present && !psi.full.present)
		return -EBADMSG;
	*out = psi;
	return 0;
}
