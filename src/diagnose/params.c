/* Thresholds that people set. */
#include "diagnose/diagnose.h"

#include <errno.h>
#include <stdlib.h>

struct mw_params {
	size_t count;
	double values[]; /* of all rules, one behind the other */
};

static size_t length(const struct mw_rule *rule)
{
	size_t n = 0;

	while (rule->params && rule->params[n].name)
		n++;
	return n;
}

/* Where the values of `rule` begin; of NULL: how many there are in all. */
static size_t place(const struct mw_rule *rule)
{
	size_t at = 0;

	for (const struct mw_rule *const *r = mw_rules; *r && *r != rule; r++)
		at += length(*r);
	return at;
}

struct mw_params *mw_params_new(void)
{
	size_t count = place(NULL), n = 0;
	struct mw_params *params = calloc(1, sizeof(*params) + count * sizeof(double));

	if (!params)
		return NULL;
	params->count = count;
	for (const struct mw_rule *const *r = mw_rules; *r; r++)
		for (size_t i = 0; i < length(*r); i++)
			params->values[n++] = (*r)->params[i].value;
	return params;
}

void mw_params_free(struct mw_params *params)
{
	free(params);
}

double mw_params_get(const struct mw_params *params, const struct mw_rule *rule, size_t n)
{
	return params ? params->values[place(rule) + n] : rule->params[n].value;
}

/* --- the file --------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	double factor;
} units[] = {
	{ "", 1 },          { "%", 0.01 },
	{ "K", 1 << 10 },   { "M", 1 << 20 },
	{ "G", 1 << 30 },   { "T", 1099511627776.0 },
	{ "KiB", 1 << 10 }, { "MiB", 1 << 20 },
	{ "GiB", 1 << 30 }, { "TiB", 1099511627776.0 },
};

static bool parse_value(struct slice text, double *out)
{
	uint64_t micro;

	/* past it, micro would not fit */
	if (text.len > 24 || !slice_micro(&text, &micro))
		return false;
	text = slice_trim(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (slice_is(text, units[i].text)) {
			*out = (double)micro / 1e6 * units[i].factor;
			return true;
		}
	return false;
}

static const struct mw_rule *find_rule(struct slice id)
{
	for (const struct mw_rule *const *r = mw_rules; *r; r++)
		if (slice_is(id, (*r)->id))
			return *r;
	return NULL;
}

/* @return what is wrong, or NULL */
static const char *read_line(struct mw_params *params, struct slice line)
{
	struct slice id, name, value = line;
	const struct mw_rule *rule;

	if (!slice_until(&value, '=', &name))
		return N_("expected rule-id.parameter = value");
	if (!slice_until(&name, '.', &id))
		return N_("expected rule-id.parameter in front of the =");
	rule = find_rule(slice_trim(id));
	if (!rule)
		return N_("no rule has this id; memwhy rules lists them");
	name = slice_trim(name);
	for (size_t i = 0; i < length(rule); i++) {
		if (!slice_is(name, rule->params[i].name))
			continue;
		return parse_value(slice_trim(value), &params->values[place(rule) + i])
			       ? NULL
			       : N_("expected a number, perhaps with %, K, M, G or T behind it");
	}
	return N_("the rule has no such parameter; memwhy rules ID lists them");
}

int mw_params_read(struct mw_params *params, struct slice text, uint32_t *line, const char **what)
{
	struct slice rest = text, raw, content;

	for (uint32_t n = 1; slice_line(&rest, &raw); n++) {
		const char *wrong;

		if (!slice_until(&raw, '#', &content))
			content = raw;
		content = slice_trim(content);
		wrong = content.len ? read_line(params, content) : NULL;
		if (wrong) {
			*line = n;
			*what = wrong;
			return -EINVAL;
		}
	}
	return 0;
}
