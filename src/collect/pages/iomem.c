/* /proc/iomem: where RAM is. Root only: others read zeros. */
#include "collect/node/node.h"
#include "collect/pages/pages.h"

#include <errno.h>

/* "00100000-bfffffff : System RAM" */
static bool parse_line(struct slice line, uint64_t *start, uint64_t *end, struct slice *name)
{
	if (!slice_hex(&line, start) || !slice_word(&line, "-") || !slice_hex(&line, end) ||
	    !slice_word(&line, " : ") || *end < *start)
		return false;
	*name = line;
	return true;
}

int mw_parse_iomem(struct slice text, uint32_t page_size, struct mw_census_range *out,
		   size_t *count, struct mw_parse_error *at)
{
	struct slice line, name;
	size_t found = 0;
	int result = 0;

	for (size_t number = 1; slice_line(&text, &line); number++) {
		struct mw_census_range r;
		uint64_t start, end;

		/* what is inside of another stands further right */
		if (slice_begins(line, " "))
			continue;
		if (!parse_line(line, &start, &end, &name)) {
			result = mw_parse_failed(at, result, number, N_("a range of addresses"));
			continue;
		}
		if (!slice_is(name, "System RAM") || !end)
			continue;
		/* `end` is the last byte; frames that are only partly RAM are not the kernel's */
		r.start = start / page_size + (start % page_size != 0);
		r.end = end / page_size + (end % page_size == page_size - 1);
		if (r.end > r.start && found < MW_RANGES_MAX)
			out[found++] = r;
	}
	*count = found;
	return result;
}
