#include "ledger/lines.h"

struct mw_num mw_line_sum(const struct mw_entity *e, const struct mw_line *line)
{
	struct mw_num total = { 0, MW_OK };
	uint64_t off = 0;

	for (int i = 0; i < MW_LINE_TERMS && line->plus[i]; i++) {
		struct mw_num term = mw_get(e, line->plus[i]);

		if (term.state != MW_OK)
			return term;
		total.v += term.v;
	}
	for (int i = 0; i < MW_LINE_TERMS && line->minus[i]; i++)
		off += mw_get_or(e, line->minus[i], 0);
	/* counters of different moments may cross */
	total.v = total.v > off ? total.v - off : 0;
	return total;
}

struct mw_account *mw_line_part(struct arena *a, struct mw_account *to, const char *name,
				struct mw_num bytes, const char *how)
{
	struct mw_account *part = NULL;

	if (name && bytes.state != MW_ABSENT)
		part = mw_account_new(a, name, bytes, how);
	mw_account_add(to, part);
	return part;
}

void mw_lines_add(struct arena *a, struct mw_account *to, const struct mw_entity *e,
		  const struct mw_line *lines)
{
	for (const struct mw_line *l = lines; l->name; l++) {
		struct mw_account *part = mw_line_part(a, to, l->name, mw_line_sum(e, l), l->how);

		if (part)
			part->aside = l->aside;
	}
}
