/* memwhy rules [ID]: what is looked for, and by which thresholds. */
#include "cli/findings.h"
#include "cli/output.h"
#include "render/finding.h"
#include "render/table.h"

#include <errno.h>

/* "0.08 ratio" as "8 %", bytes as sizes. */
static void put_value(struct buf *out, const struct mw_style *style, double value, const char *unit)
{
	if (!strcmp(unit, "ratio"))
		buf_printf(out, "%.3g %%", value * 100);
	else if (!strcmp(unit, "bytes"))
		mw_number_size(out, style, (uint64_t)value);
	else if (!strcmp(unit, "bytes/s"))
		mw_number_rate_size(out, style, value);
	else if (!strcmp(unit, "seconds"))
		mw_number_duration(out, style, (uint64_t)(value * 1e6));
	else
		buf_printf(out, strcmp(unit, "count") != 0 ? "%.6g %s" : "%.6g", value, unit);
}

/* "Sentence with {a placeholder}" is no sentence without numbers: they stay as they are. */
static int put_list(struct mw_cli *cli, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("rule") },
		{ .title = N_("level") },
		{ .title = N_("what it says"), .flex = MW_FLEX_END, .min = 30 },
		{ .title = N_("parameters"), .flex = MW_FLEX_END, .min = 20, .drop = MW_DROP_LAST },
	};
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (const struct mw_rule *const *r = mw_rules; *r; r++) {
		const struct mw_param *p = (*r)->params;
		struct buf *cell;

		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_BOLD, slice_of((*r)->id));
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(mw_level_name((*r)->level)));
		mw_cell_puts(&t, MW_TONE_PLAIN, (*r)->title);
		cell = mw_cell(&t, MW_TONE_DIM);
		for (size_t i = 0; p && p[i].name; i++) {
			buf_printf(cell, "%s%s = ", i ? ", " : "", p[i].name);
			put_value(cell, &cli->style, mw_params_get(cli->params, *r, i), p[i].unit);
		}
	}
	return mw_table_write(&t, out);
}

static void put_paragraph(struct mw_cli *cli, struct buf *out, const char *label, const char *text)
{
	mw_text_wrap(mw_fact(cli, out, label), slice_of(mw_tr(&cli->style, text)), MW_FACT_WIDTH,
		     cli->style.width);
	buf_char(out, '\n');
}

static void put_rule(struct mw_cli *cli, const struct mw_rule *rule, struct buf *out)
{
	const struct mw_param *p = rule->params;

	buf_puts(out, "  ");
	mw_tone_puts(out, &cli->style, MW_TONE_BOLD, rule->id);
	buf_puts(out, "\n\n");
	put_paragraph(cli, out, N_("says"), rule->title);
	buf_printf(mw_fact(cli, out, N_("level")), "%s\n", mw_level_name(rule->level));
	put_paragraph(cli, out, N_("when and why"), rule->about);
	put_paragraph(cli, out, N_("stays silent"), rule->silent);
	if (rule->trend)
		put_paragraph(cli, out, N_("needs"),
			      N_("a recorded past: one look cannot know what grows"));
	for (const char *const *id = rule->explains; id && *id; id++)
		buf_printf(mw_fact(cli, out, N_("explains")), "%s\n", *id);
	if (p && p->name)
		mw_heading(cli, out, N_("parameters, as \"rule.parameter = value\" in rules.conf"));
	for (size_t i = 0; p && p[i].name; i++) {
		scoped_buf struct buf text = { 0 };

		put_value(&text, &cli->style, mw_params_get(cli->params, rule, i), p[i].unit);
		if (mw_params_get(cli->params, rule, i) != p[i].value) {
			buf_puts(&text, mw_tr(&cli->style, N_(" (usually ")));
			put_value(&text, &cli->style, p[i].value, p[i].unit);
			buf_puts(&text, ")");
		}
		buf_puts(&text, "  ");
		buf_puts(&text, mw_tr(&cli->style, p[i].reason));
		mw_text_wrap(mw_fact_named(cli, out, p[i].name), buf_slice(&text), MW_FACT_WIDTH,
			     cli->style.width);
		buf_char(out, '\n');
	}
}

static void json_rule(struct mw_cli *cli, struct mw_json *j, const struct mw_rule *rule)
{
	const struct mw_param *p = rule->params;

	mw_json_object(j, NULL);
	mw_json_puts(j, "id", rule->id);
	mw_json_puts(j, "level", mw_level_name(rule->level));
	mw_json_puts(j, "title", mw_tr(&cli->style, rule->title));
	mw_json_puts(j, "about", mw_tr(&cli->style, rule->about));
	mw_json_puts(j, "silent", mw_tr(&cli->style, rule->silent));
	mw_json_bool(j, "trend", rule->trend);
	mw_json_array(j, "parameters");
	for (size_t i = 0; p && p[i].name; i++) {
		mw_json_object(j, NULL);
		mw_json_puts(j, "name", p[i].name);
		mw_json_number(j, "value", mw_params_get(cli->params, rule, i));
		mw_json_number(j, "default", p[i].value);
		mw_json_puts(j, "unit", p[i].unit);
		mw_json_puts(j, "reason", mw_tr(&cli->style, p[i].reason));
		mw_json_end(j);
	}
	mw_json_end(j);
	mw_json_end(j);
}

static int put_json(struct mw_cli *cli, const struct mw_rule *only, struct buf *out)
{
	struct mw_json j;

	mw_json_init(&j, out, NULL, NULL, true);
	mw_json_object(&j, NULL);
	mw_json_program(&j, MEMWHY_VERSION);
	mw_json_array(&j, "rules");
	for (const struct mw_rule *const *r = mw_rules; *r; r++)
		if (!only || *r == only)
			json_rule(cli, &j, *r);
	return mw_json_finish(&j);
}

static const char *rule_name(size_t i, const void *unused)
{
	return mw_rules[i] ? mw_rules[i]->id : NULL;
}

static int run(struct mw_cli *cli)
{
	const char *id = cli->options.operand;
	const struct mw_rule *only = id ? mw_rule_find(id) : NULL;
	scoped_buf struct buf out = { 0 };
	int error = 0;

	if (id && !only) {
		const char *like = mw_suggest(id, rule_name, NULL);

		buf_printf(&cli->problem,
			   mw_tr(&cli->style, "no rule '%s'; memwhy rules lists them"), id);
		if (like)
			buf_printf(&cli->problem, mw_tr(&cli->style, "; did you mean '%s'?"), like);
		return -EINVAL;
	}
	if (cli->options.json)
		error = put_json(cli, only, &out);
	else if (only)
		put_rule(cli, only, &out);
	else
		error = put_list(cli, &out);
	return error ? error : mw_output_write(STDOUT_FILENO, buf_slice(&out));
}

const struct mw_screen mw_screen_rules = { .kind = MW_KINDS, .run = run };
