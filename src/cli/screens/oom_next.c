/* memwhy oom --next: who would be killed, for the machine and for each limited group. */
#include "cli/screens/eviction.h"
#include "ledger/headroom.h"
#include "oom/badness.h"
#include "oom/next.h"

#include <errno.h>
#include <stdlib.h>

enum { USUAL_ROWS = 8, MOST_NAMES = 6 };

/* A domain, and how far it is from its end. */
struct domain {
	const struct mw_oom_next *next;
	struct mw_num left; /* bytes */
};

struct outlook {
	struct domain *at; /* the machine first, then the nearest to its limit */
	size_t count;
};

static int nearest_first(const void *left, const void *right)
{
	const struct domain *a = left, *b = right;
	bool known_a = a->left.state == MW_OK, known_b = b->left.state == MW_OK;

	if (known_a != known_b)
		return known_a ? -1 : 1;
	if (known_a && a->left.v != b->left.v)
		return a->left.v < b->left.v ? -1 : 1;
	return strcmp(a->next->domain->name, b->next->domain->name);
}

/* Who looks, and is gone when it matters: of a capture, what made it. 0 = cannot tell. */
static uint64_t looker(struct mw_source *source)
{
	struct mw_dir root = mw_root(source);
	scoped_buf struct buf link = { 0 };
	struct slice text;
	uint64_t pid;

	if (mw_readlink(&root, "proc/self", &link))
		return 0;
	text = buf_slice(&link);
	return slice_u64(&text, &pid) && !text.len ? pid : 0;
}

static int find(const struct mw_cli *cli, struct mw_sample *x, struct outlook *out)
{
	struct mw_oom_next *next;
	size_t count;
	struct domain *at;
	int error = mw_oom_next(x->snapshot, looker(cli->source), &x->arena, &next, &count);

	if (error)
		return error;
	at = arena_array(&x->arena, count, sizeof(*at));
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		at[i] = (struct domain){
			.next = &next[i],
			.left = next[i].domain
					? mw_headroom_own(x->snapshot, next[i].domain)
					: mw_get(mw_snapshot_node(x->snapshot), M_MEM_AVAILABLE),
		};
	qsort(at + 1, count - 1, sizeof(*at), nearest_first);
	*out = (struct outlook){ at, count };
	return 0;
}

static size_t most_rows(const struct mw_cli *cli, size_t all)
{
	size_t most = cli->options.rows;

	if (cli->options.rows == MW_NOT_GIVEN)
		most = cli->options.json ? 0 : USUAL_ROWS;
	return most && most < all ? most : all;
}

/* --- text ------------------------------------------------------------------------------------- */

/* "java[5120]" */
static void put_name(const struct mw_cli *cli, struct buf *out, const struct mw_entity *process)
{
	mw_text_safe(out, slice_of(process->name), cli->style.unicode);
	buf_printf(out, "[%llu]", (unsigned long long)process->id);
}

static const char *const outcomes[] = {
	[MW_OOM_KILLS] = "",
	[MW_OOM_KILLS_ASKER] = N_("whoever asks for memory then: vm.oom_kill_allocating_task is 1"),
	[MW_OOM_PANICS] = N_("nobody: the machine panics, vm.panic_on_oom says so"),
	[MW_OOM_WAITS] = N_("nobody: tasks stand still, memory.oom_control disables killing"),
	[MW_OOM_NOBODY] = N_("nobody: no process here may be killed"),
};

static void put_victim(const struct mw_cli *cli, struct buf *out, const struct mw_oom_next *n)
{
	size_t others = n->victim_count - 1;

	if (n->outcome != MW_OOM_KILLS) {
		buf_puts(out, mw_tr(&cli->style, outcomes[n->outcome]));
		return;
	}
	if (!n->victim_count) {
		buf_puts(out, mw_tr(&cli->style, "cannot tell: how much swap may be used is "
						 "not known"));
		return;
	}
	put_name(cli, out, n->victims[0]);
	if (others)
		buf_printf(out, mw_tr(&cli->style, " and %zu more"), others);
	if (n->group)
		buf_puts(out, mw_tr(&cli->style, " (memory.oom.group)"));
	if (n->close)
		buf_puts(out, mw_tr(&cli->style, ", or the next: it is close"));
}

static const struct mw_oom_task *task_of(const struct mw_oom_next *n,
					 const struct mw_entity *process)
{
	for (size_t i = 0; process && i < n->count; i++)
		if (n->tasks[i].process == process)
			return &n->tasks[i];
	return NULL;
}

static void put_score(struct buf *out, const struct mw_oom_next *n, const struct mw_oom_task *t,
		      uint32_t page_size)
{
	mw_number_i64(out, mw_oom_permille(t->points, n->total.v / page_size));
}

static void put_domain(struct mw_cli *cli, struct mw_sample *x, struct mw_table *t,
		       const struct domain *d)
{
	const struct mw_oom_next *n = d->next;
	const struct mw_oom_task *victim = task_of(n, n->victim_count ? n->victims[0] : NULL);
	uint32_t page_size = mw_snapshot_machine(x->snapshot)->page_size;

	mw_table_row(t, 0);
	if (n->domain)
		mw_cell_group(t, MW_TONE_PLAIN, n->domain);
	else
		mw_cell_puts(t, MW_TONE_PLAIN, "the machine");
	mw_number_num(mw_cell(t, MW_TONE_PLAIN), &cli->style, d->left, &x->notes);
	put_victim(cli, mw_cell(t, MW_TONE_BOLD), n);
	if (!victim)
		return;
	put_score(mw_cell(t, MW_TONE_PLAIN), n, victim, page_size);
	mw_number_size(mw_cell(t, MW_TONE_PLAIN), &cli->style,
		       (victim->pages - victim->file) * page_size);
	mw_number_i64(mw_cell(t, MW_TONE_PLAIN), victim->adj);
	if (n->candidates > 1 && n->victims[0] == n->tasks[0].process) {
		struct buf *second = mw_cell(t, MW_TONE_DIM);

		put_name(cli, second, n->tasks[1].process);
		buf_char(second, ' ');
		put_score(second, n, &n->tasks[1], page_size);
	}
}

static int put_domains(struct mw_cli *cli, struct mw_sample *x, const struct outlook *o,
		       struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("when this runs out of memory"), .flex = MW_FLEX_MIDDLE, .min = 28 },
		{ .title = N_("left"), .align = MW_RIGHT },
		{ .title = N_("would be killed"), .flex = MW_FLEX_END, .min = 24 },
		{ .title = N_("score"), .align = MW_RIGHT },
		{ .title = N_("memory"), .align = MW_RIGHT, .drop = 2 },
		{ .title = N_("adj"), .align = MW_RIGHT, .drop = 3 },
		{ .title = N_("next after it"), .flex = MW_FLEX_END, .drop = MW_DROP_SHARE },
	};
	size_t most = most_rows(cli, o->count - 1) + 1;
	scoped_table struct mw_table t = { 0 };
	int error;

	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < most; i++)
		put_domain(cli, x, &t, &o->at[i]);
	error = mw_table_write(&t, out);
	if (most < o->count) {
		buf_printf(out, "  %s ", cli->style.unicode ? "…" : "...");
		buf_printf(out, mw_tr(&cli->style, "%zu more: -n 0 shows all\n"), o->count - most);
	}
	return error;
}

static int put_ranking(struct mw_cli *cli, struct mw_sample *x, const struct mw_oom_next *n,
		       struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("score"), .align = MW_RIGHT },
		{ .title = N_("memory"), .align = MW_RIGHT },
		{ .title = N_("adj"), .align = MW_RIGHT },
		{ .title = N_("process[pid]") },
		{ .title = N_("in the group"), .flex = MW_FLEX_MIDDLE },
	};
	size_t most = most_rows(cli, n->candidates);
	uint32_t page_size = mw_snapshot_machine(x->snapshot)->page_size;
	scoped_table struct mw_table t = { 0 };

	if (!n->candidates || n->total.state != MW_OK)
		return 0;
	mw_heading(cli, out, "the machine's ranking");
	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < most; i++) {
		const struct mw_oom_task *task = &n->tasks[i];
		mw_table_row(&t, 0);
		put_score(mw_cell(&t, MW_TONE_BOLD), n, task, page_size);
		mw_number_size(mw_cell(&t, MW_TONE_PLAIN), &cli->style,
			       (task->pages - task->file) * page_size);
		mw_number_i64(mw_cell(&t, MW_TONE_PLAIN), task->adj);
		put_name(cli, mw_cell(&t, MW_TONE_PLAIN), task->process);
		mw_cell_group(&t, MW_TONE_DIM, task->process->parent);
	}
	return mw_table_write(&t, out);
}

static int larger_first(const void *left, const void *right)
{
	const struct mw_oom_task *const *a = left, *const *b = right;

	return (*a)->pages > (*b)->pages ? -1 : (*a)->pages < (*b)->pages;
}

/* "kubelet[811] 4.00 GiB", beside what stands on the line or on the next. */
static void put_on_line(const struct mw_cli *cli, struct buf *out, struct slice text, size_t *used)
{
	size_t width = mw_text_width(text);

	if (cli->style.width && *used > MW_FACT_WIDTH && *used + width > cli->style.width) {
		buf_printf(out, "\n%*s", MW_FACT_WIDTH, "");
		*used = MW_FACT_WIDTH;
	}
	buf_add(out, text);
	*used += width;
}

static int put_protected(struct mw_cli *cli, struct mw_sample *x, const struct mw_oom_next *n,
			 struct buf *out)
{
	const struct mw_oom_task **list = arena_array(&x->arena, n->protected_count + 1,
						      sizeof(*list));
	scoped_buf struct buf word = { 0 };
	size_t count = 0, used = MW_FACT_WIDTH;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n->count; i++)
		if (mw_oom_protected(&n->tasks[i]))
			list[count++] = &n->tasks[i];
	qsort(list, count, sizeof(*list), larger_first);
	buf_printf(out, "%*s", MW_FACT_WIDTH, "");
	for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
		buf_clear(&word);
		put_name(cli, &word, list[i]->process);
		buf_char(&word, ' ');
		mw_number_size(&word, &cli->style,
			       (list[i]->pages - list[i]->file) *
				       mw_snapshot_machine(x->snapshot)->page_size);
		buf_puts(&word, i + 1 < count && i + 1 < MOST_NAMES ? ", " : "");
		put_on_line(cli, out, buf_slice(&word), &used);
	}
	if (count > MOST_NAMES) {
		buf_clear(&word);
		buf_printf(&word, mw_tr(&cli->style, " and %zu more"), count - MOST_NAMES);
		put_on_line(cli, out, buf_slice(&word), &used);
	}
	buf_char(out, '\n');
	return word.error;
}

static int put_what_is_left(struct mw_cli *cli, struct mw_sample *x, const struct mw_oom_next *n,
			    struct buf *out)
{
	int error = 0;

	buf_char(out, '\n');
	if (n->protected_count) {
		mw_number_size(mw_fact(cli, out, "killed last or never"), &cli->style,
			       n->protected);
		buf_puts(out, mw_tr(&cli->style, " of process 1 and of adj -900 and below:\n"));
		error = put_protected(cli, x, n, out);
	}
	mw_number_size(mw_fact(cli, out, "killing can free"), &cli->style, n->killable);
	buf_char(out, '\n');
	if (n->unknown) {
		buf_u64(mw_fact(cli, out, "not known"), n->unknown);
		buf_puts(out, mw_tr(&cli->style, " processes could not be read: one of them may "
						 "be next\n"));
	}
	return error;
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct outlook o;
	int error = find(cli, x, &o);

	if (error)
		return error;
	mw_heading(cli, out, "who would be next");
	error = put_domains(cli, x, &o, out);
	if (!error)
		error = put_ranking(cli, x, o.at[0].next, out);
	if (!error)
		error = put_what_is_left(cli, x, o.at[0].next, out);
	return error ? error : mw_eviction_put(cli, x, most_rows(cli, SIZE_MAX), out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_name(struct mw_json *j, struct mw_sample *x, const char *key,
		      const struct mw_entity *group)
{
	const char *name = group ? mw_entity_key(&x->arena, group) : "node";

	mw_json_string(j, key, slice_of(name ? name : ""));
}

static void json_num(struct mw_json *j, const char *key, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_json_u64(j, key, n.v);
}

static void json_task(struct mw_json *j, const struct mw_oom_next *n, const struct mw_oom_task *t,
		      uint32_t page_size)
{
	mw_json_object(j, NULL);
	mw_json_u64(j, "pid", t->process->id);
	mw_json_string(j, "name", slice_of(t->process->name));
	if (t->process->parent)
		mw_json_string(j, "container", slice_of(t->process->parent->name));
	mw_json_puts(j, "standing", mw_oom_standing_name(t->standing));
	mw_json_i64(j, "oom_score_adj", t->adj);
	if (t->standing != MW_OOM_UNKNOWN)
		mw_json_u64(j, "memory_bytes", (t->pages - t->file) * page_size);
	if (t->standing == MW_OOM_CANDIDATE && n->total.state == MW_OK) {
		mw_json_i64(j, "points", t->points);
		mw_json_i64(j, "badness", mw_oom_permille(t->points, n->total.v / page_size));
	}
	if (t->estimated)
		mw_json_bool(j, "estimated", true);
	if (t->shares)
		mw_json_u64(j, "shares_memory_of", t->shares->id);
	mw_json_end(j);
}

static void json_tasks(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j,
		       const struct mw_oom_next *n)
{
	uint32_t page_size = mw_snapshot_machine(x->snapshot)->page_size;
	size_t most = most_rows(cli, n->candidates);

	mw_json_array(j, "candidates");
	for (size_t i = 0; i < most; i++)
		json_task(j, n, &n->tasks[i], page_size);
	mw_json_end(j);
	mw_json_array(j, "not_killable");
	for (size_t i = n->candidates; i < n->count; i++)
		json_task(j, n, &n->tasks[i], page_size);
	mw_json_end(j);
}

static void json_domain(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j,
			const struct domain *d)
{
	const struct mw_oom_next *n = d->next;

	mw_json_object(j, NULL);
	json_name(j, x, "entity", n->domain);
	mw_json_puts(j, "outcome", mw_oom_outcome_name(n->outcome));
	json_num(j, "total_bytes", n->total);
	json_num(j, "left_bytes", d->left);
	mw_json_array(j, "victims");
	for (size_t i = 0; i < n->victim_count; i++) {
		mw_json_object(j, NULL);
		mw_json_u64(j, "pid", n->victims[i]->id);
		mw_json_string(j, "name", slice_of(n->victims[i]->name));
		mw_json_end(j);
	}
	mw_json_end(j);
	if (n->group)
		json_name(j, x, "oom_group", n->group);
	mw_json_bool(j, "close", n->close);
	mw_json_u64(j, "killable_bytes", n->killable);
	mw_json_u64(j, "protected_bytes", n->protected);
	mw_json_u64(j, "unknown_processes", n->unknown);
	json_tasks(cli, x, j, n);
	mw_json_end(j);
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	struct outlook o;
	int error = find(cli, x, &o);

	if (error)
		return error;
	mw_json_array(j, "oom_next");
	for (size_t i = 0; i < o.count; i++)
		json_domain(cli, x, j, &o.at[i]);
	mw_json_end(j);
	mw_eviction_json(x, true, j);
	return 0;
}

const struct mw_screen mw_screen_oom_next = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_PROCESSES | MW_WANT_OOM_SCORE,
	.kind = MW_KINDS,
	.text = text,
	.json = json,
};
