/* pmap, pmap -d, -x (procps, with its columns of every age), -X and -XX, whole, sorted or cut. */
#include "transcript/format.h"

#include <errno.h>

enum { NUMBERS = 4, FOREIGN_MAX = 2 };

/* "00007fb12b6a5000 504 24 24 rw--- [ anon ]" taken apart. */
struct row {
	uint64_t start, size; /* bytes */
	struct slice perms, name;
	uint64_t numbers[NUMBERS]; /* as printed, KiB; -x has them behind the address */
	size_t count;
	bool full; /* of -X: perms behind the address, the rest by the header's columns */
};

static bool only_of(struct slice s, const char *bytes)
{
	for (size_t i = 0; i < s.len; i++)
		if (!s.at[i] || !strchr(bytes, s.at[i]))
			return false;
	return s.len > 0;
}

/* "rw---", "r-xs-", and "rw-p" of -X */
static bool is_mode(struct slice s)
{
	return (s.len == 5 && only_of(s, "rwxsR-")) || (s.len == 4 && only_of(s, "rwxsp-"));
}

static bool address(struct slice *line, uint64_t *start)
{
	struct slice rest = *line, word;

	if (!slice_token(&rest, &word) || word.len < 5 || word.len > 16 ||
	    !only_of(word, "0123456789abcdef"))
		return false;
	*line = rest;
	return slice_hex(&word, start);
}

/* What -d has behind the mode: offset and device. */
static void skip_device(struct slice *line)
{
	struct slice rest = *line, offset, device;

	if (slice_token(&rest, &offset) && offset.len == 16 &&
	    only_of(offset, "0123456789abcdef") && slice_token(&rest, &device) &&
	    only_of(device, "0123456789abcdef:") && device.len == 9)
		*line = rest;
}

static bool take_row(struct slice line, struct row *out)
{
	struct row row = { .name = { "", 0 } };
	struct slice word;

	if (!address(&line, &row.start) || !slice_token(&line, &word))
		return false;
	if (is_mode(word)) {
		row.full = word.len == 4;
		row.perms = word;
		*out = row;
		return row.full;
	}
	do {
		struct mw_quantity q = { 0 };

		/* very old ones print "-" for what they cannot know */
		if (row.count == NUMBERS ||
		    (!slice_is(word, "-") && !mw_quantity_parse(word, 1024, &q)))
			return false;
		row.numbers[row.count++] = q.unit ? q.value / 1024 : q.value;
	} while (slice_token(&line, &word) && !is_mode(word));
	if (!is_mode(word) || row.numbers[0] > UINT64_MAX / 1024)
		return false;
	row.perms = word;
	row.size = row.numbers[0] * 1024;
	skip_device(&line);
	row.name = slice_trim(line);
	*out = row;
	return true;
}

/* "69:   java -jar …" */
static bool take_title(struct slice line, uint64_t *pid, struct slice *command)
{
	if (!slice_u64(&line, pid) || !slice_word(&line, ":") || !line.len || *line.at != ' ')
		return false;
	*command = slice_trim(line);
	return *pid <= UINT32_MAX && command->len > 0;
}

/* The headers of -x and -X; others tell nothing that rows do not. */
static bool take_header(struct slice line, struct mw_columns *c)
{
	static const char *const words[] = { "Kbytes", "Rss" };

	if (!mw_columns_header(line, c))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (mw_columns_find(c, words[i]) < c->count)
			return mw_columns_find(c, "Address") < c->count;
	return false;
}

/* "total kB 11135288 5517748 5499792", " total 2924K", "mapped: 2924K writeable/private: …", and the
 * numbers below the ==== of -X. */
static bool take_total(struct slice line, struct row *out)
{
	struct row row = { .count = 0 };
	struct slice word;

	line = slice_trim(line);
	row.full = slice_ends(line, " KB");
	if (row.full)
		line.len -= strlen(" KB");
	else if (!slice_word(&line, "total kB") && !slice_word(&line, "total ") &&
		 !slice_word(&line, "mapped: "))
		return false;
	while (row.count < NUMBERS && slice_token(&line, &word)) {
		struct mw_quantity q;

		if (!mw_quantity_parse(word, 1024, &q))
			break;
		row.numbers[row.count++] = q.unit && q.unit != '%' ? q.value / 1024 : q.value;
	}
	*out = row;
	return row.count > 0;
}

static bool is_rule(struct slice line)
{
	return only_of(line, "-= ");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t end = line, foreign = 0, before = 0;
	struct mw_columns columns;
	struct slice command;
	struct row row;
	uint64_t pid;
	bool titled = take_title(paste->lines[line].text, &pid, &command), total = false;

	if (paste->lines[line].kind != MW_LINE_TEXT)
		return 0;
	for (size_t at = line; at < paste->count && foreign <= FOREIGN_MAX; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = mw_line_bare(l);

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		if (l->kind == MW_LINE_ELLIPSIS)
			b->cut = true;
		if (l->kind != MW_LINE_TEXT || is_rule(text))
			continue;
		if (take_row(text, &row)) {
			/* behind the sum another process begins, or it was sorted to the front */
			if (total && before)
				break;
			b->keys++;
			end = at + 1;
			foreign = 0;
		} else if (take_total(text, &row) && (b->keys || titled || at == line)) {
			total = true;
			before = b->keys;
			end = at + 1;
		} else if (at > line && (take_title(l->text, &pid, &command) ||
					 (b->keys && take_header(text, &columns)))) {
			break;
		} else if (!titled && at == line && !take_header(text, &columns)) {
			return 0;
		} else {
			foreign += at > line;
		}
	}
	if (hint && hint->filter.len)
		b->cut = true;
	b->certainty = MW_SURE;
	return b->keys || (titled && total) ? end - line : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
	struct mw_reading *r;
	struct mw_entity *process;
	struct mw_columns columns;
	bool has_columns;
};

/* "[ anon ]" as the kernel has it. */
static struct slice kernel_name(struct slice name)
{
	if (slice_is(name, "[ anon ]"))
		return (struct slice){ "", 0 };
	if (slice_is(name, "[ stack ]"))
		return SLICE("[stack]");
	return name;
}

static struct mw_entity *add_region(struct reader *p, const struct row *row)
{
	char perms[] = "---p";
	struct mw_entity *e = mw_snapshot_add(p->r->s, MW_REGION, p->process,
					      kernel_name(row->name), row->start, 0);

	if (!e)
		return NULL;
	memcpy(perms, row->perms.at, 3);
	if (row->perms.at[3] == 's')
		perms[3] = 's';
	mw_set_text(p->r->s, e, M_R_PERMS, slice_of(perms));
	mw_set(e, M_R_SIZE, row->size);
	if (row->size <= UINT64_MAX - row->start)
		mw_set(e, M_R_END, row->start + row->size);
	return e;
}

/* The metric of a header's word: of a mapping, or of the sums. */
static enum mw_metric metric_of(struct slice word, const char *file)
{
	size_t n;
	const struct mw_place *places = mw_places(&n);

	for (size_t i = 0; i < n; i++)
		if (places[i].key && places[i].file && slice_is(word, places[i].key) &&
		    !strcmp(places[i].file, file))
			return places[i].metric;
	return MW_METRICS;
}

/* Columns of -x by the header, or the usual ones. */
static struct slice number_name(const struct reader *p, size_t i)
{
	static const char *const usual[NUMBERS] = { "Kbytes", "RSS", "Dirty", "" };

	if (p->has_columns && i + 1 < p->columns.count)
		return p->columns.names[i + 1];
	return slice_of(usual[i]);
}

static const struct {
	const char *name;
	enum mw_metric region, process, process_too;
} numbers[] = {
	{ "RSS", M_R_RSS, M_P_RSS, M_P_SMAPS_RSS },
	{ "PSS", M_R_PSS, M_P_PSS, MW_METRICS },
	{ "Swap", M_R_SWAP, M_P_SMAPS_SWAP, MW_METRICS },
};

/* Dirty pages of a private mapping of a file are its copies. */
static void set_anonymous(struct mw_entity *e, const struct row *row, uint64_t dirty)
{
	const char *perms = mw_get_text(e, M_R_PERMS);
	uint64_t rss = mw_get_or(e, M_R_RSS, 0);
	bool file = *e->name && *e->name != '[';

	if (row->count < 3 || !perms || perms[3] != 'p')
		return;
	mw_set(e, M_R_ANONYMOUS, !file ? rss : dirty < rss ? dirty : rss);
}

static int read_row(struct reader *p, const struct row *row)
{
	struct mw_entity *e = add_region(p, row);
	uint64_t dirty = 0;

	if (!e)
		return -ENOMEM;
	for (size_t i = 1; i < row->count; i++) {
		struct slice name = number_name(p, i);

		if (slice_is(name, "Dirty") && row->numbers[i] <= UINT64_MAX / 1024)
			dirty = row->numbers[i] * 1024;
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
			if (slice_is(name, numbers[k].name))
				mw_set_unit(e, numbers[k].region, row->numbers[i], MW_KIB, 4096);
	}
	set_anonymous(e, row, dirty);
	return 0;
}

/* Flags are words of two letters, right under their header; a mapping's name may look the same. */
static struct slice take_flags(const struct reader *p, size_t column, struct slice *line,
			       struct slice whole)
{
	struct slice rest = *line, word, flags = { "", 0 };

	slice_skip_blanks(&rest);
	flags.at = rest.at;
	while (slice_token(&rest, &word) && word.len == 2 &&
	       (uint32_t)(word.at - whole.at) < p->columns.end[column]) {
		flags.len = (size_t)(word.at + word.len - flags.at);
		*line = rest;
	}
	return flags;
}

/* A row of -X, cell by cell. */
static int read_full(struct reader *p, struct slice line, const struct row *row)
{
	struct slice rest = line, word;
	struct mw_entity *e = add_region(p, row);

	if (!e)
		return -ENOMEM;
	for (size_t i = 0; i < p->columns.count; i++) {
		struct slice name = p->columns.names[i];
		enum mw_metric m = metric_of(name, "smaps");
		uint64_t v;

		if (slice_is(name, "VmFlags")) {
			mw_set_text(p->r->s, e, M_R_VMFLAGS, take_flags(p, i, &rest, line));
			continue;
		}
		if (slice_is(name, "Mapping")) {
			e->name = arena_copy(mw_snapshot_arena(p->r->s), slice_trim(rest));
			return e->name ? 0 : -ENOMEM;
		}
		if (!slice_token(&rest, &word))
			break;
		if (slice_is(name, "Offset") && slice_hex(&word, &v)) {
			mw_set(e, M_R_OFFSET, v);
		} else if (slice_is(name, "Size") && slice_u64(&word, &v) &&
			   v <= UINT64_MAX >> 11) {
			mw_set(e, M_R_SIZE, v * 1024);
			mw_set(e, M_R_END, row->start + v * 1024);
		} else if (slice_is(name, "Inode") && slice_u64(&word, &v)) {
			mw_set(e, M_R_INODE, v);
		} else if (m != MW_METRICS && slice_u64(&word, &v)) {
			mw_set_unit(e, m, v, MW_KIB, 4096);
		}
	}
	return 0;
}

static int print_total(struct reader *p, enum mw_metric metric, struct slice word, uint64_t kib)
{
	const char *what = arena_copy(p->r->arena, word);

	if (!what)
		return -ENOMEM;
	if (kib > UINT64_MAX / 1024)
		return 0;
	return mw_reading_print(p->r, p->process, metric, what, kib * 1024, 0, MW_NEAREST);
}

static int read_total(struct reader *p, const struct row *row)
{
	int error = 0;

	for (size_t i = 0; i < row->count && !error; i++) {
		struct slice name = number_name(p, i);
		enum mw_metric metric = i ? MW_METRICS : M_P_VSS;

		for (size_t k = 0; i && k < sizeof(numbers) / sizeof(*numbers); k++) {
			if (!slice_is(name, numbers[k].name))
				continue;
			metric = numbers[k].process;
			if (numbers[k].process_too != MW_METRICS)
				mw_set_unit(p->process, numbers[k].process_too, row->numbers[i],
					    MW_KIB, 4096);
		}
		error = print_total(p, metric, name, row->numbers[i]);
	}
	return error;
}

static int read_full_total(struct reader *p, struct slice line)
{
	struct mw_num clean, dirty;
	int error = 0;

	for (size_t i = 0; i < p->columns.count && !error; i++) {
		struct slice name = p->columns.names[i];
		enum mw_metric metric = slice_is(name, "Size") ? M_P_VSS
							       : metric_of(name, "smaps_rollup");
		struct slice under = mw_columns_under(&p->columns, i, line);
		uint64_t v;

		if (metric == MW_METRICS || !slice_u64(&under, &v))
			continue;
		if (metric == M_P_SMAPS_RSS)
			mw_set_unit(p->process, M_P_RSS, v, MW_KIB, 4096);
		error = print_total(p, metric, name, v);
	}
	clean = mw_get(p->process, M_P_PRIVATE_CLEAN);
	dirty = mw_get(p->process, M_P_PRIVATE_DIRTY);
	if (clean.state == MW_OK && dirty.state == MW_OK)
		mw_set(p->process, M_P_USS, clean.v + dirty.v);
	return error;
}

static int read_line(struct reader *p, struct slice line)
{
	struct mw_columns columns;
	struct row row;

	if (take_row(line, &row)) {
		if (!row.full)
			return read_row(p, &row);
		return p->has_columns ? read_full(p, line, &row) : 0;
	}
	if (take_total(line, &row)) {
		if (!row.full)
			return read_total(p, &row);
		return p->has_columns ? read_full_total(p, line) : 0;
	}
	if (take_header(line, &columns)) {
		p->columns = columns;
		p->has_columns = true;
	}
	return 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader p = { .r = r };
	struct slice command = { "", 0 };
	uint64_t pid = b->command ? b->command->pid : 0;
	int error = 0;

	take_title(mw_block_line(r, b, 0)->text, &pid, &command);
	p.process = mw_reading_process(r, pid, (struct slice){ "", 0 });
	if (p.process && command.len)
		error = mw_reading_command_line(r, p.process, command);
	for (size_t i = 0; p.process && i < b->lines && !error; i++)
		if (mw_block_line(r, b, i)->kind == MW_LINE_TEXT)
			error = read_line(&p, mw_line_bare(mw_block_line(r, b, i)));
	return p.process ? error : -ENOMEM;
}

const struct mw_format mw_format_pmap = {
	.id = "pmap",
	.name = N_("pmap"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
