/* lsof: descriptors of processes.
 *
 *	COMMAND   PID USER   FD      TYPE  DEVICE SIZE/OFF     NODE NAME
 *	python3 14211 root  cwd       DIR   254,0     4096 10192338 /srv
 *	python3 14211 root    3u      REG     0,1  1048576     5933 /memfd:pool (deleted)
 *
 * Cells may be empty, but those in front of NAME are not needed behind TYPE. A thread's rows, with TID
 * and TASKCMD behind the PID, repeat its process'. A listing that was filtered (lsof -i, +L1, grep)
 * lacks the first row of a process, its cwd: then the counts are not of all. */
#include "transcript/format.h"

#include <errno.h>

enum { CELLS = 7, LOOK_AHEAD = 2 };

static const struct {
	const char *type;
	enum mw_metric metric;
} types[] = {
	{ "REG", M_P_FD_FILES },    { "DIR", M_P_FD_FILES },       { "CHR", M_P_FD_FILES },
	{ "BLK", M_P_FD_FILES },    { "LINK", M_P_FD_FILES },      { "IPv4", M_P_FD_SOCKETS },
	{ "IPv6", M_P_FD_SOCKETS }, { "inet", M_P_FD_SOCKETS },    { "unix", M_P_FD_SOCKETS },
	{ "sock", M_P_FD_SOCKETS }, { "netlink", M_P_FD_SOCKETS }, { "pack", M_P_FD_SOCKETS },
	{ "raw", M_P_FD_SOCKETS },  { "raw6", M_P_FD_SOCKETS },    { "vsock", M_P_FD_SOCKETS },
	{ "FIFO", M_P_FD_PIPES },   { "a_inode", M_P_FD_OTHER },   { "0000", M_P_FD_OTHER },
	{ "unknown", MW_METRICS },
};

enum { TYPES = sizeof(types) / sizeof(*types) };

/* What a name says before the type does. */
static const struct {
	const char *prefix;
	enum mw_metric metric;
} names[] = {
	{ "/memfd:", M_P_FD_MEMFDS },
	{ "/dmabuf", M_P_FD_DMABUFS },
	{ "/", M_P_FD_FILES }, /* a named pipe is a file */
};

static const enum mw_metric kinds[] = { M_P_FD_FILES,   M_P_FD_SOCKETS, M_P_FD_PIPES,
					M_P_FD_MEMFDS,  M_P_FD_DMABUFS, M_P_FD_OTHER,
					M_P_FD_DELETED, M_P_FDS };

struct row {
	uint64_t pid;
	struct slice comm, fd, name;
	size_t type;
	bool extra;  /* a number stands behind the PID: TID, or with -R and -g the parent */
	bool thread; /* … and a name behind that: TASKCMD */
};

/* "cwd", "txt", "mem", "DEL", "NOFD", "12", "3u", "255rW" */
static bool is_fd(struct slice word)
{
	static const char *const names_[] = { "cwd", "rtd", "txt", "mem", "mmap", "DEL",
					      "ltx", "pd",  "jld", "err", "NOFD", NULL };
	uint64_t v;

	if (slice_u64(&word, &v))
		return word.len <= 2 && (!word.len || strchr("rwu-", *word.at) || *word.at == ' ');
	for (const char *const *n = names_; *n; n++)
		if (slice_is(word, *n))
			return true;
	return false;
}

static size_t type_of(struct slice word)
{
	size_t i = 0;

	while (i < TYPES && !slice_is(word, types[i].type))
		i++;
	return i;
}

/* The name has blanks of its own: "/x (deleted)", "type=STREAM (CONNECTED)". */
static struct slice name_of(struct slice rest)
{
	struct slice name = rest;

	/* a path begins behind a blank */
	if (slice_after(&rest, " /")) {
		name = (struct slice){ rest.at - 1, rest.len + 1 };
		return slice_trim(name);
	}
	return slice_last(slice_trim(name), ' ');
}

static bool parse_row(struct slice line, struct row *out)
{
	struct slice words[CELLS], rest = line;
	size_t count = 0, fd = 0;
	uint64_t v;

	while (count < CELLS && slice_token(&rest, &words[count])) {
		count++;
		/* FD and TYPE stand side by side behind PID and USER */
		if (count >= 5 && is_fd(words[count - 2]) && type_of(words[count - 1]) < TYPES) {
			fd = count - 2;
			break;
		}
	}
	if (!fd || !slice_u64(&words[1], &out->pid) || words[1].len)
		return false;
	out->extra = fd > 3 && slice_u64(&words[2], &v) && !words[2].len;
	if (fd > 3 && !out->extra)
		return false;
	out->thread = fd == 5;
	out->comm = words[0];
	out->fd = words[fd];
	out->type = type_of(words[fd + 1]);
	out->name = name_of(rest);
	return true;
}

static bool is_header(struct slice line)
{
	struct slice word;

	return slice_token(&line, &word) && slice_is(word, "COMMAND") &&
	       slice_token(&line, &word) && slice_is(word, "PID") && slice_after(&line, " FD ") &&
	       slice_after(&line, "TYPE ");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t end = line;
	struct row row;

	for (size_t n = line; n < paste->count && n - end <= LOOK_AHEAD; n++) {
		struct slice text = paste->lines[n].text;

		if (parse_row(text, &row)) {
			b->keys++;
			end = n + 1;
		} else if (paste->lines[n].kind == MW_LINE_ELLIPSIS && n > line) {
			b->cut = true;
		} else if (n == line ? !is_header(text) : paste->lines[n].kind != MW_LINE_TEXT) {
			break;
		}
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

/* --- counting --------------------------------------------------------------------------------- */

struct count {
	struct mw_entity *process;
	uint64_t of[sizeof(kinds) / sizeof(*kinds)];
	bool whole, denied; /* denied: all, or what some of them are */
};

static size_t kind_of(enum mw_metric metric)
{
	size_t i = 0;

	while (kinds[i] != metric)
		i++;
	return i;
}

static void add(struct count *c, const struct row *row)
{
	enum mw_metric metric = types[row->type].metric;
	uint64_t fd;

	c->whole |= slice_is(row->fd, "cwd");
	c->denied |= slice_is(row->fd, "NOFD");
	if (!slice_u64(&(struct slice){ row->fd.at, row->fd.len }, &fd))
		return;
	c->of[kind_of(M_P_FDS)]++;
	if (metric == MW_METRICS) {
		c->denied = true;
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && metric != M_P_FD_SOCKETS; i++)
		if (slice_begins(row->name, names[i].prefix)) {
			metric = names[i].metric;
			break;
		}
	c->of[kind_of(metric)]++;
	if (metric == M_P_FD_FILES && slice_ends(row->name, " (deleted)"))
		c->of[kind_of(M_P_FD_DELETED)]++;
}

static void set(struct count *c, bool cut)
{
	uint64_t all = c->of[kind_of(M_P_FDS)], deleted = c->of[kind_of(M_P_FD_DELETED)];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (c->denied && (kinds[i] != M_P_FDS || !all))
			mw_set_state(c->process, kinds[i], MW_DENIED);
		else if (c->whole && !cut)
			mw_set(c->process, kinds[i], c->of[i]);
	}
	/* of `lsof +L1` and `grep deleted` */
	if (!c->denied && !(c->whole && !cut) && all && deleted == all)
		mw_set(c->process, M_P_FD_DELETED, deleted);
}

static struct count *count_of(struct mw_reading *r, struct buf *counts, const struct row *row)
{
	struct mw_entity *e = mw_reading_process(r, row->pid, row->comm);
	struct count *c;

	if (!e)
		return NULL;
	if (e->index >= counts->len / sizeof(c)) {
		c = arena_new(r->arena, struct count);
		if (!c)
			return NULL;
		*c = (struct count){ .process = e };
		buf_add(counts, (struct slice){ (const char *)&c, sizeof(c) });
		if (counts->error)
			return NULL;
	}
	memcpy(&c, counts->at + e->index * sizeof(c), sizeof(c));
	return c;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct buf counts = { 0 };
	bool parents = false;
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice text = mw_block_line(r, b, i)->text;
		struct count *c;
		struct row row;

		if (!parse_row(text, &row)) {
			parents |= slice_after(&(struct slice){ text.at, text.len }, " PPID ") ||
				   slice_after(&(struct slice){ text.at, text.len }, " PGID ");
			continue;
		}
		if (row.thread || (row.extra && !parents))
			continue;
		c = count_of(r, &counts, &row);
		if (c)
			add(c, &row);
		else
			error = -ENOMEM;
	}
	for (size_t i = 0; i < counts.len / sizeof(struct count *) && !error; i++) {
		struct count *c;

		memcpy(&c, counts.at + i * sizeof(c), sizeof(c));
		set(c, b->cut);
	}
	buf_release(&counts);
	return error;
}

const struct mw_format mw_format_lsof = {
	.id = "lsof",
	.name = N_("lsof"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
