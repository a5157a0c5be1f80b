/* memwhy census: what every page frame is used for, whose it is, and what removed groups still hold. */
#include "cli/cli.h"
#include "cli/list/select.h"
#include "model/sample.h"

#include <errno.h>

enum { USUAL_ROWS = 20, DYING_ROWS = 5, DYING_FILES = 3, ANSWER_CLASSES = 3 };

static const struct {
	const char *name;
	enum mw_metric metric;
} classes[] = {
	{ N_("free"), M_CENSUS_FREE },
	{ N_("anonymous"), M_CENSUS_ANON },
	{ N_("swap cache"), M_CENSUS_SWAP_CACHE },
	{ N_("page cache"), M_CENSUS_FILE },
	{ N_("shared memory, tmpfs"), M_CENSUS_SHMEM },
	{ N_("slab"), M_CENSUS_SLAB },
	{ N_("page tables"), M_CENSUS_PAGE_TABLES },
	{ N_("kernel, without a mark"), M_CENSUS_KERNEL },
	{ N_("huge pages, reserved"), M_CENSUS_HUGETLB },
	{ N_("compressed swap (zram, zswap)"), M_CENSUS_COMPRESSED },
	{ N_("balloon, offline"), M_CENSUS_OFFLINE },
	{ N_("reserved at boot, not in MemTotal"), M_CENSUS_RESERVED },
	{ N_("not known"), M_CENSUS_UNKNOWN },
};

enum { CLASSES = sizeof(classes) / sizeof(*classes) };

/* Of a group. */
static const struct {
	const char *name;
	enum mw_metric metric;
} kinds[] = {
	{ N_("page cache"), M_OW_FILE },         { N_("shared memory, tmpfs"), M_OW_SHMEM },
	{ N_("anonymous"), M_OW_ANON },          { N_("swap cache"), M_OW_SWAP_CACHE },
	{ N_("page tables"), M_OW_PAGE_TABLES }, { N_("kernel"), M_OW_KERNEL },
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* --- what is read ----------------------------------------------------------------------------- */

#define BESIDE (MW_WANT_NODE | MW_WANT_CGROUP_NAMES)

static int choose(struct mw_cli *cli, struct mw_sample *x);
static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out);
static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j);
static int run(struct mw_cli *cli);

#define SCREEN(how, start)                                                                 \
	{                                                                                  \
		.want = BESIDE | (how), .kind = MW_OWNER,                                  \
		.columns = "name,all,anon:2,file,shmem:3,page_tables:5,kernel:4,dying:6",  \
		.sort = "all", .choose = choose, .text = text, .json = json, .run = start, \
	}

const struct mw_screen mw_screen_census = SCREEN(MW_WANT_CENSUS, run);

/* --sample N, as the want that it is. */
static const struct {
	const char *word;
	struct mw_screen screen;
} samples[] = {
	{ "64", SCREEN(MW_WANT_CENSUS, NULL) },
	{ "256", SCREEN(MW_WANT_CENSUS_RARE, NULL) },
	{ "full", SCREEN(MW_WANT_CENSUS_FULL, NULL) },
};

static int run(struct mw_cli *cli)
{
	const char *sample = cli->options.sample ? cli->options.sample : "64";
	size_t i = 0;
	int error;

	while (i < sizeof(samples) / sizeof(*samples) && strcmp(samples[i].word, sample) != 0)
		i++;
	if (i == sizeof(samples) / sizeof(*samples)) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style, "--sample takes 64, 256 or full: one page of so many"));
		return -EINVAL;
	}
	cli->screen = &samples[i].screen;
	error = mw_cli_open(cli, cli->options.save != NULL);
	return error ? error : mw_cli_run(cli);
}

static int choose(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_options *o = &cli->options;
	const struct mw_listed usual = { .metric = M_OW_ALL };
	const struct mw_listed *by = &cli->sorting.by;
	struct mw_filter filter = {
		.min_by = by->as == MW_AS_METRIC && by->metric != M_OW_DYING ? by : &usual,
		.min = o->min != MW_NOT_GIVEN ? o->min : 0,
		.sandboxes = true,
	};

	filter.most = o->rows != MW_NOT_GIVEN     ? o->rows
		      : cli->terminal && !o->json ? USUAL_ROWS
						  : 0;
	if (o->container) {
		int error = mw_select_container(x->snapshot, o->container, cli->style.language,
						&x->target, &cli->problem);

		if (error)
			return error;
		filter.container = x->target;
	}
	return mw_rows_choose(&x->view, MW_OWNER, &filter, &cli->sorting, &x->arena, &x->rows);
}

/* --- the machine ------------------------------------------------------------------------------ */

/* A paragraph, or a line of a list, as wide as the screen. */
static void put_wrapped(const struct mw_cli *cli, struct buf *out, size_t margin, enum mw_tone tone,
			const struct buf *text)
{
	for (size_t i = 0; i < margin; i++)
		buf_char(out, ' ');
	mw_tone_begin(out, &cli->style, tone);
	mw_text_wrap(out, buf_slice(text), margin, cli->style.width);
	mw_tone_end(out, &cli->style, tone);
	buf_char(out, '\n');
}

/* "slab 833 MiB" behind what stands before it. */
static void put_named(const struct mw_cli *cli, struct buf *out, const char *between,
		      const char *name, uint64_t bytes)
{
	buf_puts(out, between);
	buf_puts(out, mw_tr(&cli->style, name));
	buf_char(out, ' ');
	mw_number_size(out, &cli->style, bytes);
}

/* ": page cache 1.14 GiB, anonymous 2.36 GiB" */
static void put_kinds(const struct mw_cli *cli, const uint64_t bytes[KINDS], struct buf *out)
{
	const char *between = ": ";

	for (size_t i = 0; i < KINDS; i++) {
		if (!bytes[i])
			continue;
		put_named(cli, out, between, kinds[i].name, bytes[i]);
		between = ", ";
	}
}

static bool is_used(enum mw_metric metric)
{
	return metric != M_CENSUS_FREE && metric != M_CENSUS_RESERVED && metric != M_CENSUS_OFFLINE;
}

/* The largest class that was not told yet. */
static size_t next_largest(const struct mw_entity *node, const bool *told)
{
	size_t best = CLASSES;
	uint64_t most = 0;

	for (size_t i = 0; i < CLASSES; i++) {
		uint64_t bytes = mw_get_or(node, classes[i].metric, 0);

		if (told[i] || !is_used(classes[i].metric) || bytes <= most)
			continue;
		best = i;
		most = bytes;
	}
	return best;
}

static uint64_t used_of(const struct mw_entity *node)
{
	uint64_t used = 0;

	for (size_t i = 0; i < CLASSES; i++)
		used += is_used(classes[i].metric) ? mw_get_or(node, classes[i].metric, 0) : 0;
	return used;
}

/* "6.31 GiB in use of 24.0 GiB: anonymous 2.87 GiB, page cache 2.12 GiB, slab 833 MiB; 917 MiB charged to
 * removed groups (39)" */
static void put_answer(const struct mw_cli *cli, const struct mw_entity *node, struct buf *out)
{
	scoped_buf struct buf text = { 0 };
	bool told[CLASSES] = { 0 };
	uint64_t dying = mw_get_or(node, M_CENSUS_DYING_GROUPS, 0);

	mw_number_size(&text, &cli->style, used_of(node));
	buf_puts(&text, mw_tr(&cli->style, " in use of "));
	mw_number_size(&text, &cli->style, mw_get_or(node, M_CENSUS_FRAMES, 0));
	for (unsigned n = 0; n < ANSWER_CLASSES; n++) {
		size_t i = next_largest(node, told);

		if (i == CLASSES)
			break;
		told[i] = true;
		put_named(cli, &text, n ? ", " : ": ", classes[i].name,
			  mw_get_or(node, classes[i].metric, 0));
	}
	if (dying) {
		buf_puts(&text, "; ");
		mw_number_size(&text, &cli->style, mw_get_or(node, M_CENSUS_DYING, 0));
		buf_printf(&text, mw_tr(&cli->style, " charged to removed groups (%llu)"),
			   (unsigned long long)dying);
	}
	put_wrapped(cli, out, 2, MW_TONE_PLAIN, &text);
}

/* All rows of the target, whatever is listed; those of the machine without one. */
static int choose_owners(struct mw_sample *x, struct mw_rows *rows)
{
	const struct mw_view view = mw_view_of(NULL, x->snapshot);
	const struct mw_sorting largest = { { .metric = M_OW_ALL, .name = "all" }, true };
	const struct mw_filter all = { .container = x->target, .sandboxes = true };

	return mw_rows_choose(&view, MW_OWNER, &all, &largest, &x->arena, rows);
}

/* "3.51 GiB charged to it, of 9.19 GiB in use: page cache 1.14 GiB, anonymous 2.36 GiB" */
static int put_answer_of(const struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	scoped_buf struct buf text = { 0 };
	uint64_t all = 0, sums[KINDS] = { 0 };
	struct mw_rows rows;
	int error = choose_owners(x, &rows);

	if (error)
		return error;
	for (size_t i = 0; i < rows.count; i++) {
		all += mw_get_or(rows.at[i], M_OW_ALL, 0);
		for (size_t kind = 0; kind < KINDS; kind++)
			sums[kind] += mw_get_or(rows.at[i], kinds[kind].metric, 0);
	}
	mw_number_size(&text, &cli->style, all);
	buf_puts(&text, mw_tr(&cli->style, " charged to it, of "));
	mw_number_size(&text, &cli->style, used_of(mw_snapshot_node(x->snapshot)));
	buf_puts(&text, mw_tr(&cli->style, " in use"));
	put_kinds(cli, sums, &text);
	put_wrapped(cli, out, 2, MW_TONE_PLAIN, &text);
	return 0;
}

static void put_how(const struct mw_cli *cli, const struct mw_entity *node, struct buf *text)
{
	uint64_t sample = mw_get_or(node, M_CENSUS_SAMPLE, 1);

	if (sample > 1)
		buf_printf(
			text,
			mw_tr(&cli->style,
			      "One page of %llu was looked at, chosen at random; the error is the "
			      "standard one, at most. "),
			(unsigned long long)sample);
	else
		buf_puts(text, mw_tr(&cli->style, "Every page was looked at. "));
	if (sample > 1 && cli->source->machine.kind == MW_LIVE)
		buf_puts(text, mw_tr(&cli->style, "--sample full looks at each. "));
}

static void put_error(struct buf *out, const struct mw_style *style, const struct mw_snapshot *s,
		      uint64_t bytes)
{
	const struct mw_entity *node = mw_snapshot_node(s);

	mw_number_size(out, style,
		       mw_sample_error(bytes, mw_get_or(node, M_CENSUS_FRAMES, 0),
				       mw_get_or(node, M_CENSUS_SAMPLE, 1),
				       mw_snapshot_machine(s)->page_size));
}

static int put_classes(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("what pages are used for"), .flex = MW_FLEX_END, .min = 40 },
		{ .title = "", .drop = MW_DROP_BAR, .bar = 24 },
		{ .title = N_("size"), .align = MW_RIGHT },
		{ .title = "%", .align = MW_RIGHT },
		{ .title = N_("error"), .align = MW_RIGHT },
	};
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	uint64_t whole = mw_get_or(node, M_CENSUS_FRAMES, 0);
	bool sampled = mw_get_or(node, M_CENSUS_SAMPLE, 1) > 1;
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, &cli->style, columns, sampled ? 5 : 4);
	for (size_t i = 0; i < CLASSES; i++) {
		uint64_t bytes = mw_get_or(node, classes[i].metric, 0);

		if (!bytes)
			continue;
		mw_table_row(&t, 0);
		mw_cell_puts(&t, MW_TONE_PLAIN, classes[i].name);
		mw_cell_bar(&t, MW_TONE_PLAIN, bytes, whole);
		mw_number_size(mw_cell(&t, MW_TONE_PLAIN), &cli->style, bytes);
		mw_number_percent(mw_cell(&t, MW_TONE_PLAIN), &cli->style, (int64_t)bytes, whole);
		if (sampled)
			put_error(mw_cell(&t, MW_TONE_DIM), &cli->style, x->snapshot, bytes);
	}
	mw_table_row(&t, 0);
	mw_cell_puts(&t, MW_TONE_BOLD, N_("all of RAM"));
	mw_cell_skip(&t, 1);
	mw_number_size(mw_cell(&t, MW_TONE_BOLD), &cli->style, whole);
	return mw_table_write(&t, out);
}

/* How it was found, and what no page tells, by what the kernel counts. */
static void put_unmarked(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct {
		const char *name;
		enum mw_metric metric;
	} known[] = {
		{ N_("vmalloc"), M_VMALLOC_USED },
		{ N_("stacks"), M_KERNEL_STACK },
		{ N_("per-CPU"), M_PERCPU },
	};
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	scoped_buf struct buf text = { 0 };
	bool any = false;

	put_how(cli, node, &text);
	buf_puts(&text,
		 mw_tr(&cli->style, "Slab is charged object by object: memwhy container tells "
				    "how much a group has."));
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct mw_num n = mw_get(node, known[i].metric);

		if (n.state != MW_OK)
			continue;
		put_named(cli, &text,
			  any ? ", "
			      : mw_tr(&cli->style, " No mark tells apart what the kernel uses for "
						   "itself; its counters say: "),
			  known[i].name, n.v);
		any = true;
	}
	buf_char(out, '\n');
	put_wrapped(cli, out, 2, MW_TONE_DIM, &text);
}

/* --- removed groups --------------------------------------------------------------------------- */

static bool is_dying(const struct mw_entity *owner)
{
	return mw_get_or(owner, M_OW_DYING, 0);
}

/* "/var/log/access.log", or "inode 77 of 8:1". */
static void put_file(const struct mw_style *style, const struct mw_entity *file, struct buf *out)
{
	const char *device = mw_get_text(file, M_F_DEVICE), *path = mw_get_text(file, M_F_PATH);

	if (path)
		mw_text_safe(out, slice_of(path), style->unicode);
	else
		buf_printf(out, mw_tr(style, "inode %llu of %s"),
			   (unsigned long long)mw_get_or(file, M_F_INODE, 0),
			   device ? device : "?");
	buf_char(out, ' ');
	mw_number_size(out, style, mw_get_or(file, M_F_CACHED, 0));
}

static void put_files(const struct mw_cli *cli, const struct mw_sample *x,
		      const struct mw_entity *owner, struct buf *out)
{
	scoped_buf struct buf text = { 0 };
	const struct mw_entity *f;
	size_t shown = 0;

	/* the largest come first */
	mw_for_each (f, x->snapshot, MW_FILE) {
		if (mw_get_or(f, M_F_GROUP, 0) != owner->id || !f->id || shown == DYING_FILES)
			continue;
		buf_puts(&text, shown++ ? ", " : "");
		put_file(&cli->style, f, &text);
	}
	if (shown)
		put_wrapped(cli, out, 4, MW_TONE_PLAIN, &text);
}

static void put_holds(const struct mw_cli *cli, const struct mw_entity *owner, struct buf *out)
{
	scoped_buf struct buf text = { 0 };
	uint64_t bytes[KINDS];

	for (size_t i = 0; i < KINDS; i++)
		bytes[i] = mw_get_or(owner, kinds[i].metric, 0);
	mw_text_safe(&text, slice_of(owner->name), cli->style.unicode);
	put_kinds(cli, bytes, &text);
	put_wrapped(cli, out, 2, MW_TONE_PLAIN, &text);
}

static int put_dying(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	uint64_t groups = 0, bytes = 0;
	struct mw_rows rows;
	int error = choose_owners(x, &rows);

	for (size_t i = 0; !error && i < rows.count; i++) {
		const struct mw_entity *owner = rows.at[i];

		if (!is_dying(owner))
			continue;
		if (!groups)
			mw_heading(cli, out,
				   N_("removed groups that live on, for these pages are theirs"));
		bytes += mw_get_or(owner, M_OW_ALL, 0);
		if (groups++ >= DYING_ROWS)
			continue;
		put_holds(cli, owner, out);
		put_files(cli, x, owner, out);
	}
	if (error || !groups)
		return error;
	buf_puts(out, "  ");
	buf_printf(out, mw_tr(&cli->style, "all %llu of them: "), (unsigned long long)groups);
	mw_number_size(out, &cli->style, bytes);
	buf_char(out, '\n');
	return 0;
}

/* --- the screen ------------------------------------------------------------------------------- */

static void put_why_not(const struct mw_cli *cli, enum mw_state state, struct buf *out)
{
	bool live = cli->source->machine.kind == MW_LIVE;
	scoped_buf struct buf text = { 0 };

	buf_puts(
		&text,
		mw_tr(&cli->style,
		      !live ? N_("cannot tell: there is no page census in the capture")
		      : state == MW_DENIED
			      ? N_("cannot tell: a page census needs root (CAP_SYS_ADMIN); memwhy "
				   "files looks at the files of one container without it")
			      : N_("cannot tell: this kernel shows no page frames (neither BPF nor "
				   "/proc/kpageflags)")));
	put_wrapped(cli, out, 0, MW_TONE_PLAIN, &text);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const char *const next[] = { "memwhy files", "memwhy node", NULL };
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	enum mw_state state = mw_get(node, M_CENSUS_FRAMES).state;
	int error = 0;

	if (state != MW_OK) {
		put_why_not(cli, state, out);
		return 0;
	}
	if (x->target)
		error = put_answer_of(cli, x, out);
	else
		put_answer(cli, node, out);
	buf_char(out, '\n');
	if (!error)
		error = put_classes(cli, x, out);
	put_unmarked(cli, x, out);
	mw_heading(cli, out, N_("whose they are"));
	if (!error)
		error = mw_rows_write(&x->view, &x->rows, &cli->columns, &cli->sorting, &cli->users,
				      &cli->style, false, &x->notes, out);
	if (x->rows.total > x->rows.count)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", x->rows.total - x->rows.count);
	if (!error)
		error = put_dying(cli, x, out);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	mw_next(cli, out, next);
	return error;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	mw_json_node(j, x->snapshot);
	mw_json_entities(j, "owners", x->rows.at, x->rows.count);
	return 0;
}
