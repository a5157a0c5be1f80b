/* The same as one JSON object: rows of all hosts and moments stand in one array, each saying whose
 * and of when it is. */
#include "cli/explain/explain.h"
#include "ledger/words.h"
#include "render/finding.h"
#include "render/oom.h"

#include <errno.h>

/* --- what was read ---------------------------------------------------------------------------- */

static void put_file(struct mw_json *j, const struct mw_explanation *x, uint32_t file,
		     uint32_t first, uint32_t last)
{
	mw_json_string(j, "file", slice_of(x->transcript.paste.files[file]));
	mw_json_u64(j, "first_line", first);
	mw_json_u64(j, "last_line", last);
}

static void put_blocks(struct mw_cli *cli, struct mw_json *j, const struct mw_explanation *x)
{
	mw_json_array(j, "recognised");
	for (size_t i = 0; i < x->transcript.block_count; i++) {
		const struct mw_block *b = &x->transcript.blocks[i];

		mw_json_object(j, NULL);
		mw_json_puts(j, "format", mw_block_format(b));
		mw_json_puts(j, "name", mw_tr(&cli->style, mw_block_name(b)));
		put_file(j, x, b->file, b->first_line, b->last_line);
		if (*x->transcript.hosts[b->host].name)
			mw_json_puts(j, "host", x->transcript.hosts[b->host].name);
		if (b->command)
			mw_json_string(j, "command", b->command->text);
		if (b->subject)
			mw_json_puts(j, "subject", b->subject);
		mw_json_u64(j, "numbers", b->cells);
		mw_json_u64(j, "used", b->used);
		mw_json_u64(j, "moment", b->moment + 1);
		mw_json_bool(j, "cut", b->cut);
		mw_json_bool(j, "another_moment", b->differs);
		mw_json_end(j);
	}
	mw_json_end(j);
	mw_json_object(j, "unrecognised");
	mw_json_u64(j, "lines", x->transcript.unrecognised_lines);
	mw_json_array(j, "ranges");
	for (size_t i = 0; i < x->transcript.unrecognised_count; i++) {
		const struct mw_line_range *r = &x->transcript.unrecognised[i];

		mw_json_object(j, NULL);
		put_file(j, x, r->file, r->first, r->last);
		mw_json_end(j);
	}
	mw_json_end(j);
	mw_json_end(j);
}

static void put_entity_key(struct mw_json *j, const struct mw_entity *e)
{
	scoped_arena struct arena a = { 0 };
	const char *key = mw_entity_key(&a, e);

	mw_json_puts(j, "entity", key ? key : "");
}

static void put_derived(struct mw_cli *cli, struct mw_json *j, const struct mw_explanation *x)
{
	mw_json_array(j, "derived");
	for (size_t i = 0; i < x->transcript.derived_count; i++) {
		const struct mw_derived *d = &x->transcript.derived[i];

		mw_json_object(j, NULL);
		put_entity_key(j, d->entity);
		mw_json_puts(j, "key", mw_metric_info(d->metric)->json);
		mw_json_puts(j, "how", mw_tr(&cli->style, d->how));
		mw_json_end(j);
	}
	mw_json_end(j);
}

static void put_printed(struct mw_json *j, const struct mw_explanation *x)
{
	mw_json_array(j, "printed");
	for (size_t i = 0; i < x->transcript.printed_count; i++) {
		const struct mw_printed *p = &x->transcript.printed[i];

		mw_json_object(j, NULL);
		mw_json_puts(j, "tool", p->tool);
		mw_json_puts(j, "what", p->what);
		if (p->entity)
			put_entity_key(j, p->entity);
		mw_json_u64(j, "value", p->value);
		mw_json_u64(j, "low", p->low);
		mw_json_u64(j, "high", p->high);
		if (p->now.state == MW_OK)
			mw_json_u64(j, "now", p->now.v);
		mw_json_bool(j, "agrees", p->agrees);
		mw_json_end(j);
	}
	mw_json_end(j);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* What tells rows of several hosts and moments apart. */
static void put_origin(struct mw_json *j, const struct mw_explained *h, size_t moment)
{
	if (*h->host->name)
		mw_json_puts(j, "host", h->host->name);
	if (h->host->count > 1) {
		mw_json_u64(j, "moment", moment + 1);
		mw_json_bool(j, "now", moment == h->host->now);
	}
}

static void put_rows(struct mw_json *j, const struct mw_explanation *x, const char *key,
		     enum mw_kind kind)
{
	const struct mw_entity *e;

	mw_json_array(j, key);
	for (size_t i = 0; i < x->transcript.host_count; i++)
		for (size_t m = 0; m < x->hosts[i].host->count; m++)
			mw_for_each (e, x->hosts[i].host->moments[m], kind) {
				mw_json_object(j, NULL);
				put_origin(j, &x->hosts[i], m);
				mw_json_entity(j, e);
				mw_json_end(j);
			}
	mw_json_end(j);
}

/* The first machine of which anything is known. */
static void put_node(struct mw_json *j, const struct mw_explanation *x)
{
	for (size_t i = 0; i < x->transcript.host_count; i++) {
		const struct mw_snapshot *s = x->hosts[i].sample.snapshot;
		const struct mw_entity *node = mw_snapshot_node(s);

		for (enum mw_metric m = node->first; m < mw_metric_end(MW_NODE); m++)
			if (mw_get(node, m).state == MW_OK && m != M_CGROUP) {
				mw_json_node(j, s);
				return;
			}
	}
}

/* --- accounts, words, series ------------------------------------------------------------------ */

static bool has_ledger(const struct mw_entity *e)
{
	switch (e->kind) {
	case MW_NODE:
		return mw_get(e, M_MEM_TOTAL).state == MW_OK && mw_get(e, M_ANON).state == MW_OK;
	case MW_CGROUP: return mw_get(e, M_CG_USAGE).state == MW_OK;
	default: return mw_get(e, M_P_RSS).state == MW_OK;
	}
}

static int put_account(struct mw_json *j, struct mw_sample *s, const struct mw_entity *e)
{
	struct mw_account *account;

	if (!has_ledger(e))
		return 0;
	account = e->kind == MW_NODE     ? mw_ledger_node(&s->arena, s->snapshot)
		  : e->kind == MW_CGROUP ? mw_ledger_container(&s->arena, s->snapshot, e)
					 : mw_ledger_process(&s->arena, s->snapshot, e);
	if (!account)
		return -ENOMEM;
	mw_json_account(j, account, 0);
	return 0;
}

static int put_accounts(struct mw_json *j, struct mw_explanation *x)
{
	static const enum mw_kind kinds[] = { MW_NODE, MW_CGROUP, MW_PROCESS };
	const struct mw_entity *e;
	int error = 0;

	mw_json_array(j, "accounts");
	for (size_t i = 0; i < x->transcript.host_count; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
			mw_for_each (e, x->hosts[i].sample.snapshot, kinds[k])
				if (!error)
					error = put_account(j, &x->hosts[i].sample, e);
	mw_json_end(j);
	return error;
}

static void put_known_words(struct mw_json *j, const struct mw_entity *e,
			    const struct mw_word *words, size_t count)
{
	scoped_arena struct arena a = { 0 };
	const char *key = mw_entity_key(&a, e);

	for (size_t i = 0; i < count && key; i++)
		if (words[i].state == MW_OK)
			mw_json_words(j, key, &words[i], 1);
}

static void put_words(struct mw_json *j, struct mw_explanation *x)
{
	mw_json_array(j, "words");
	for (size_t i = 0; i < x->transcript.host_count; i++) {
		struct mw_sample *s = &x->hosts[i].sample;
		const struct mw_entity *e;
		struct mw_word *words;
		size_t count = mw_words_node(&s->arena, s->snapshot, &words);

		put_known_words(j, mw_snapshot_node(s->snapshot), words, count);
		mw_for_each (e, s->snapshot, MW_CGROUP) {
			count = mw_words_container(&s->arena, s->snapshot, e, &words);
			put_known_words(j, e, words, count);
		}
	}
	mw_json_end(j);
}

static void put_steps(struct mw_json *j, const struct mw_entity *e, const struct mw_step *steps,
		      size_t count, const size_t *which, size_t moments)
{
	mw_json_object(j, NULL);
	put_entity_key(j, e);
	mw_json_array(j, "moments");
	for (size_t i = 0; i < moments; i++)
		mw_json_u64(j, NULL, which[i] + 1);
	mw_json_end(j);
	mw_json_object(j, "values");
	for (size_t i = 0; i < count; i++) {
		mw_json_array(j, mw_metric_info(steps[i].metric)->json);
		for (size_t k = 0; k < moments; k++)
			if (steps[i].at[k].state == MW_OK)
				mw_json_u64(j, NULL, steps[i].at[k].v);
			else
				mw_json_double(j, NULL, 0.0 / 0.0);
		mw_json_end(j);
	}
	mw_json_end(j);
	mw_json_end(j);
}

static void put_series(struct mw_json *j, struct mw_explanation *x)
{
	static const enum mw_kind kinds[] = { MW_NODE, MW_CGROUP, MW_PROCESS, MW_RUNTIME };

	mw_json_array(j, "series");
	for (size_t i = 0; i < x->transcript.host_count; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
			const struct mw_entity *e;

			mw_for_each (e, x->hosts[i].sample.snapshot, kinds[k]) {
				struct mw_step *steps;
				size_t *which, moments;
				size_t count = mw_explain_series(x, &x->hosts[i], e, &steps, &which,
								 &moments);

				if (count)
					put_steps(j, e, steps, count, which, moments);
			}
		}
	mw_json_end(j);
}

/* The verdicts of all hosts in one list. */
static int put_findings(struct mw_cli *cli, struct mw_json *j, struct mw_explanation *x)
{
	struct mw_diagnosis all = { 0 };
	struct mw_finding **findings;
	size_t count = 0, unknown = 0;

	for (size_t i = 0; i < x->transcript.host_count; i++) {
		count += x->hosts[i].sample.diagnosis.count;
		unknown += x->hosts[i].sample.diagnosis.cannot_tell_count;
	}
	findings = arena_array(&x->arena, count + 1, sizeof(struct mw_finding *));
	all.cannot_tell = arena_array(&x->arena, unknown + 1, sizeof(*all.cannot_tell));
	if (!findings || !all.cannot_tell)
		return -ENOMEM;
	for (size_t i = 0; i < x->transcript.host_count; i++) {
		const struct mw_diagnosis *d = &x->hosts[i].sample.diagnosis;

		for (size_t k = 0; k < d->count; k++)
			findings[all.count++] = d->findings[k];
		for (size_t k = 0; k < d->cannot_tell_count; k++)
			all.cannot_tell[all.cannot_tell_count++] = d->cannot_tell[k];
	}
	all.findings = findings;
	mw_json_findings(j, &all, &cli->style);
	return 0;
}

int mw_explain_json(struct mw_cli *cli, struct mw_explanation *x, struct mw_json *j)
{
	int error;

	put_blocks(cli, j, x);
	put_node(j, x);
	put_rows(j, x, "containers", MW_CGROUP);
	put_rows(j, x, "processes", MW_PROCESS);
	put_rows(j, x, "runtimes", MW_RUNTIME);
	put_rows(j, x, "sockets", MW_SOCKETS);
	error = put_accounts(j, x);
	put_words(j, x);
	put_printed(j, x);
	put_derived(cli, j, x);
	put_series(j, x);
	if (x->transcript.oom_count) {
		mw_json_array(j, "oom");
		for (size_t i = 0; i < x->transcript.oom_count; i++)
			mw_json_oom(j, x->transcript.ooms[i], &cli->style);
		mw_json_end(j);
	}
	return error ? error : put_findings(cli, j, x);
}
