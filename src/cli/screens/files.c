/* memwhy files */
#include "cli/cli.h"
#include "cli/list/select.h"
#include "cli/screens/lists.h"
#include "collect/files/mounts.h"
#include "model/title.h"

#include <errno.h>

/* Files whose users are looked for, and whose path in the container: the rest is read by programs that
 * can ask again. */
enum { MOST_USED = 1024 };

static bool is_rest(const struct mw_entity *file)
{
	return !file->id && !file->birth;
}

/* The rest of a group is no file. */
static void drop_rests(struct mw_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (!is_rest(rows->at[i]))
			rows->at[kept++] = rows->at[i];
	rows->count = rows->total = kept;
}

static void keep_below(struct mw_rows *rows, const char *folder)
{
	struct slice wanted = slice_of(folder), rest;
	size_t kept = 0;

	while (wanted.len && wanted.at[wanted.len - 1] == '/')
		wanted.len--;
	for (size_t i = 0; i < rows->count; i++) {
		const char *path = mw_get_text(rows->at[i], M_F_PATH);

		if (path && mw_path_below(slice_of(path), wanted, &rest))
			rows->at[kept++] = rows->at[i];
	}
	rows->count = rows->total = kept;
}

/* All that pass the options; what is cut off is counted. */
static int choose_all(struct mw_cli *cli, struct mw_sample *x)
{
	int error = mw_list_choose(cli, x, 0);

	if (error)
		return error;
	drop_rests(&x->rows);
	if (cli->options.folder)
		keep_below(&x->rows, x->folder ? x->folder : cli->options.folder);
	return 0;
}

static void cut(const struct mw_cli *cli, struct mw_rows *rows)
{
	size_t most = mw_list_most(cli);

	if (most && most < rows->count)
		rows->count = most;
}

static int choose(struct mw_cli *cli, struct mw_sample *x)
{
	int error = choose_all(cli, x);

	cut(cli, &x->rows);
	return error;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool has_census(const struct mw_snapshot *s)
{
	return mw_snapshot_count(s, MW_FILE) != 0;
}

/* Why a folder cannot be looked at, in the words of its owner. */
static int refuse_folder(struct mw_cli *cli, int error)
{
	static const struct {
		int error;
		const char *text;
	} reasons[] = {
		{ EREMOTE,
		  N_("it is on a file system that may not answer (FUSE, NFS, automounter), so it "
		     "was not asked") },
		{ EINVAL, N_("its file system has no page cache") },
	};
	const char *reason = mw_language_error(cli->style.language, -error);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].error == -error)
			reason = mw_tr(&cli->style, reasons[i].text);
	buf_printf(&cli->problem, mw_tr(&cli->style, "--dir: cannot list '%s': %s"),
		   cli->options.folder, reason);
	return error;
}

/* By whatever path it is given: files have one. A capture has no folders. */
static int find_folder(struct mw_cli *cli, struct mw_sample *x)
{
	scoped_buf struct buf folder = { 0 };
	int error;

	if (mw_unrecorded(cli->source)->machine.kind != MW_LIVE)
		return 0;
	error = mw_engine_find_folder(cli->source, cli->options.folder, &folder);
	if (error)
		return refuse_folder(cli, error);
	x->folder = arena_copy(&x->arena, buf_slice(&folder));
	return x->folder ? 0 : -ENOMEM;
}

/* Whose a folder's files are is not known: of a container's, those below it are told that are in use there. */
static int ask(struct mw_cli *cli, struct mw_sample *x)
{
	const char *container = cli->options.container;
	struct mw_files_look look = { .folder = container ? NULL : cli->options.folder };
	struct mw_entity *group = NULL;
	int error = 0;

	if (container && cli->options.folder)
		error = find_folder(cli, x);
	if (!error && !look.folder)
		error = mw_engine_sweep_more(cli->source, cli->screen->want, MW_WANT_PROCESSES,
					     x->snapshot);
	if (!error && container)
		error = mw_select_container(x->snapshot, container, cli->style.language, &group,
					    &cli->problem);
	if (error)
		return error;
	look.group = group;
	error = mw_engine_find_files(cli->source, x->snapshot, &look, &x->asked);
	return error && look.folder ? refuse_folder(cli, error) : error;
}

static int read_files(struct mw_cli *cli, struct mw_sample *x)
{
	const char *folder = cli->options.folder;
	int error;

	if (folder && *folder != '/') {
		buf_printf(&cli->problem, mw_tr(&cli->style, "--dir: '%s' does not begin with /"),
			   folder);
		return -EINVAL;
	}
	if (!has_census(x->snapshot))
		return mw_unrecorded(cli->source)->machine.kind == MW_LIVE ? ask(cli, x) : 0;
	if (folder) {
		/* which they are is told by their paths only */
		error = find_folder(cli, x);
		if (!error)
			error = mw_list_choose(cli, x, 0);
		if (!error)
			error = mw_engine_find_paths(cli->source, x->snapshot, x->rows.at,
						     x->rows.count);
		if (error)
			return error;
	}
	error = choose_all(cli, x);
	if (error)
		return error;
	cut(cli, &x->rows);
	if (x->rows.count > MOST_USED) {
		error = mw_engine_find_paths(cli->source, x->snapshot, x->rows.at + MOST_USED,
					     x->rows.count - MOST_USED);
		x->rows.count = MOST_USED;
	}
	return error ? error
		     : mw_engine_name_files(cli->source, x->snapshot, x->rows.at, x->rows.count,
					    true);
}

/* --- showing ---------------------------------------------------------------------------------- */

struct sums {
	uint64_t cached, active, dirty, shmem, deleted;
	uint64_t smaller; /* rests: of all groups where all are listed */
	uint64_t rests;   /* of all groups, whatever is listed */
};

static struct sums add_up(const struct mw_cli *cli, const struct mw_sample *x)
{
	struct sums sums = { 0 };
	const struct mw_entity *e;

	for (size_t i = 0; i < x->rows.total; i++) {
		const char *type;
		uint64_t cached;

		e = x->rows.at[i];
		type = mw_get_text(e, M_F_TYPE);
		cached = mw_get_or(e, M_F_CACHED, 0);
		sums.cached += cached;
		sums.active += mw_get_or(e, M_F_ACTIVE, 0);
		sums.dirty += mw_get_or(e, M_F_DIRTY, 0);
		sums.shmem += type && !strcmp(type, "shmem") ? cached : 0;
		sums.deleted += mw_get_or(e, M_F_DELETED, 0) ? cached : 0;
	}
	mw_for_each (e, x->snapshot, MW_FILE)
		if (is_rest(e))
			sums.rests += mw_get_or(e, M_F_CACHED, 0);
	if (!cli->options.container && !cli->options.folder)
		sums.smaller = sums.rests;
	return sums;
}

static bool was_asked(const struct mw_sample *x)
{
	return x->asked.processes || x->asked.folders;
}

/* "3.12 GiB in 5123 files: 1.20 GiB active, 12.0 MiB dirty, 0.31 GiB of tmpfs and shared memory" */
static void put_summary(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct sums sums = add_up(cli, x);
	scoped_buf struct buf text = { 0 };

	if (was_asked(x) && !x->asked.files && x->asked.denied) {
		buf_puts(&text, mw_tr(&cli->style, "cannot tell: no file may be asked for by this "
						   "user; root sees all"));
	} else {
		mw_number_size(&text, &cli->style, sums.cached);
		buf_puts(&text, mw_tr(&cli->style, " in "));
		mw_number_count(&text, &cli->style, x->rows.total, N_("file"), N_("files"));
	}
	mw_amount(cli, &text, ", ", sums.active, N_("active"));
	mw_amount(cli, &text, ", ", sums.dirty, N_("dirty"));
	mw_amount(cli, &text, ", ", sums.shmem, N_("in tmpfs and shared memory"));
	mw_amount(cli, &text, ", ", sums.deleted, N_("deleted"));
	mw_amount(cli, &text, ", ", sums.smaller, N_("in smaller files, not listed"));
	buf_puts(out, "  ");
	mw_text_wrap(out, buf_slice(&text), 2, cli->style.width);
	buf_puts(out, "\n\n");
}

/* Files of a capture may have been asked for one by one: who took it kept no census. */
static bool is_counted(const struct mw_sample *x)
{
	return mw_get(mw_snapshot_node(x->snapshot), M_CENSUS_SAMPLE).state == MW_OK;
}

static void put_asked(struct mw_cli *cli, const struct mw_files_found *f, struct buf *out)
{
	if (f->folders)
		buf_printf(out,
			   mw_tr(&cli->style,
				 "  not the whole page cache: %zu files were asked for, "
				 "those below --dir (folders listed: %zu)"),
			   f->files, f->folders);
	else
		buf_printf(out,
			   mw_tr(&cli->style,
				 "  not the whole page cache: %zu files were asked for, those that "
				 "%zu processes have open or mapped"),
			   f->files, f->processes);
}

/* What was passed over, and why. */
static void put_passed(struct mw_cli *cli, const struct mw_files_found *f, struct buf *out)
{
	const struct {
		size_t count;
		const char *text;
	} parts[] = {
		{ f->denied, N_(" may not be read: permission denied") },
		{ f->mounts,
		  N_(" mounted below --dir and left out (name one with --dir to see it)") },
		{ f->left,
		  N_(" left alone: on file systems that may not answer (FUSE, NFS), or too "
		     "long") },
		{ f->deep, N_(" too deep to be looked at") },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i].count) {
			buf_printf(out, mw_tr(&cli->style, "; %zu"), parts[i].count);
			buf_puts(out, mw_tr(&cli->style, parts[i].text));
		}
	if (f->failed)
		buf_printf(out, mw_tr(&cli->style, "; %zu could not be read (%s)"), f->failed,
			   mw_language_error(cli->style.language, -f->error));
	if (f->cut)
		buf_puts(out, mw_tr(&cli->style, "; there were more: looking ended here"));
}

/* What is not shown, and what would show it. */
static void put_partial(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	scoped_buf struct buf text = { 0 };

	if (!was_asked(x) && (is_counted(x) || !x->rows.total))
		return;
	if (was_asked(x))
		put_asked(cli, &x->asked, &text);
	else
		buf_puts(&text, mw_tr(&cli->style,
				      "  not the whole page cache: these are the files that were "
				      "asked for when it was captured"));
	buf_puts(&text,
		 mw_tr(&cli->style, "; whose pages they are and which are active is not known "
				    "without the page census (root, BPF)"));
	put_passed(cli, &x->asked, &text);
	mw_tone_begin(out, &cli->style, MW_TONE_DIM);
	mw_text_wrap(out, buf_slice(&text), 2, cli->style.width);
	mw_tone_end(out, &cli->style, MW_TONE_DIM);
	buf_char(out, '\n');
}

static void put_next(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const char *commands[3] = { NULL };
	const struct mw_entity *group = x->rows.count ? x->rows.at[0]->parent : NULL;
	size_t n = 0;

	if (group && mw_group_container(group))
		commands[n++] = mw_command_about(x, "memwhy container", mw_group_container(group));
	commands[n++] = cli->options.container || cli->options.folder ? "memwhy files"
								      : "memwhy containers";
	mw_next(cli, out, commands);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	size_t left = x->rows.total - x->rows.count;
	int error;

	x->notes.reason[MW_ABSENT] =
		was_asked(x) ? N_("absent: only a page census tells it")
			     : N_("absent: no name of the file is in memory, or nobody "
				  "looked");
	x->notes.reason[MW_SKIPPED] = N_(
		"skipped: the file is mapped too often for all who do so to be counted");
	put_summary(cli, x, out);
	error = mw_rows_write(&x->view, &x->rows, &cli->columns, &cli->sorting, &cli->users,
			      &cli->style, false, &x->notes, out);
	if (!x->rows.count)
		buf_puts(out,
			 mw_tr(&cli->style, has_census(x->snapshot) ? N_("  no such file\n")
								    : N_("  no file is known\n")));
	if (left)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", left);
	put_partial(cli, x, out);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	put_next(cli, x, out);
	return error;
}

static void json_counted(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	const struct sums sums = add_up(cli, x);
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	uint64_t sample = mw_get_or(node, M_CENSUS_SAMPLE, 1);
	bool asked = was_asked(x), counted = !asked && is_counted(x);

	mw_json_object(j, "files_counted");
	mw_json_puts(j, "how", !counted ? "asked" : sample > 1 ? "sample" : "census");
	if (counted)
		mw_json_u64(j, "sample", sample);
	mw_json_u64(j, "files", x->rows.total);
	mw_json_u64(j, "cached_bytes", sums.cached);
	mw_json_u64(j, "smaller_bytes", sums.smaller);
	if (asked) {
		mw_json_u64(j, "asked", x->asked.files);
		mw_json_u64(j, "processes", x->asked.processes);
		mw_json_u64(j, "folders", x->asked.folders);
		mw_json_u64(j, "denied", x->asked.denied);
		mw_json_u64(j, "failed", x->asked.failed);
		mw_json_u64(j, "left_alone", x->asked.left);
		mw_json_u64(j, "mounts", x->asked.mounts);
		mw_json_u64(j, "too_deep", x->asked.deep);
		mw_json_bool(j, "cut", x->asked.cut);
	}
	mw_json_bool(j, "complete",
		     counted && sample == 1 && !sums.rests &&
			     !mw_get_or(node, M_CENSUS_DROPPED, 0));
	mw_json_end(j);
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	json_counted(cli, x, j);
	mw_json_array(j, "files");
	for (size_t i = 0; i < x->rows.count; i++) {
		mw_json_object(j, NULL);
		mw_json_row(j, &x->view, x->rows.at[i]);
		mw_json_end(j);
	}
	mw_json_end(j);
	return 0;
}

const struct mw_screen mw_screen_files = {
	.want = MW_WANT_CGROUP_NAMES | MW_WANT_CENSUS_FULL,
	.kind = MW_FILE,
	.columns = "cached,active,dirty:4,mapped:5,container:2,path,used_by:3",
	.sort = "cached",
	.read = read_files,
	.choose = choose,
	.text = text,
	.json = json,
};
