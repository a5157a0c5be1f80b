#include "base/index.h"
#include "base/scoped.h"
#include "model/metrics.h"
#include "transcript/paste.h"

#include <errno.h>

/* The one being put together. */
struct state {
	struct arena *a;
	const struct mw_paste_taker *taker;
	struct buf list; /* of struct mw_paste_line, until all are there */
	struct mw_paste_line *lines;
	size_t count;
	uint32_t *file_lines;
	uint64_t skipped;
	size_t bytes;
	char *scratch; /* for one line, twice */
	struct mw_paste_command *commands;
	size_t command_count;
};

/* One file. */
struct file {
	const char *name;
	uint32_t number, line; /* the line comes next, from 1 */
	bool large;            /* its text is gone when the next piece is read */
};

/* --- bytes to lines --------------------------------------------------------------------------- */

/* Of a line and those joined to it by soft breaks, which 0x1f marks. @return lines taken */
static uint32_t join_soft(struct state *st, struct slice *line, struct slice *text)
{
	uint32_t n = 1;
	struct slice more;
	size_t len = 0;

	if (!slice_ends(*line, "\x1f"))
		return 1;
	do {
		size_t part = line->len - slice_ends(*line, "\x1f");

		if (part > MW_PASTE_LINE - len)
			part = MW_PASTE_LINE - len;
		memmove(st->scratch + MW_PASTE_LINE + len, line->at, part);
		len += part;
		if (!slice_ends(*line, "\x1f") || !slice_line(text, &more))
			break;
		*line = more;
		n++;
	} while (true);
	*line = (struct slice){ st->scratch + MW_PASTE_LINE, len };
	return n;
}

static void add(struct state *st, const struct mw_paste_line *l)
{
	buf_add(&st->list, (struct slice){ (const char *)l, sizeof(*l) });
}

/* Lines that somebody took: one entry for all that follow each other. */
static void taken_out(struct state *st, const struct file *f, enum mw_line_kind kind,
		      uint32_t lines)
{
	struct mw_paste_line one = { .text = { "", 0 },
				     .file = f->number,
				     .first = f->line,
				     .last = f->line + lines - 1,
				     .kind = kind };
	struct mw_paste_line *last = st->list.len ? (struct mw_paste_line *)(void *)(st->list.at +
										     st->list.len) -
							    1
						  : NULL;

	if (last && last->kind == kind && last->file == one.file && last->last + 1 == one.first)
		last->last = one.last;
	else
		add(st, &one);
}

static int add_line(struct state *st, const struct file *f, struct slice line, uint32_t lines)
{
	struct mw_paste_line l = { .file = f->number, .first = f->line };
	enum mw_line_kind kind = MW_LINE_TEXT;
	struct slice clean;

	if (line.len > MW_PASTE_LINE)
		line.len = MW_PASTE_LINE;
	clean = mw_line_clean(line, st->scratch);
	if (st->taker)
		kind = st->taker->take(st->taker->context, clean, f->name, f->line, f->large);
	if (kind != MW_LINE_TEXT) {
		taken_out(st, f, kind, lines);
		return st->list.error;
	}
	if (st->bytes + line.len >= MW_PASTE_BYTES || st->list.len >= MW_PASTE_LINES * sizeof(l)) {
		st->skipped += line.len + 1;
		return 0;
	}
	st->bytes += line.len + 1;
	if (f->large || (clean.at >= st->scratch && clean.at < st->scratch + 2 * MW_PASTE_LINE)) {
		clean.at = arena_copy(st->a, clean);
		if (!clean.at)
			return -ENOMEM;
	}
	l.text = clean;
	l.last = f->line + lines - 1;
	add(st, &l);
	return st->list.error;
}

static int read_lines(struct state *st, struct file *f, struct slice *text)
{
	struct slice line;
	int error = 0;

	while (!error && slice_line(text, &line)) {
		uint32_t lines = join_soft(st, &line, text);

		error = add_line(st, f, line, lines);
		f->line += lines;
	}
	return error;
}

static int read_whole(struct state *st, struct file *f, struct slice text)
{
	if (text.len <= MW_PASTE_WHOLE && !mw_paste_unquote(st->a, text, &text))
		return -ENOMEM;
	f->large = text.len > MW_PASTE_WHOLE;
	return read_lines(st, f, &text);
}

/* Fill the buffer. @return 0, or what the file returned; the end when there is room left */
static int fill(const struct mw_paste_file *file, struct buf *b, size_t size, bool *end)
{
	while (b->len < size) {
		ssize_t n = file->more(file->context, b->at + b->len, size - b->len);

		if (n < 0)
			return (int)n;
		if (!n)
			break;
		b->len += (size_t)n;
	}
	*end = b->len < size;
	return 0;
}

/* Piece by piece: each ends with its last whole line, what is left begins the next. */
static int read_pieces(struct state *st, const struct mw_paste_file *file, struct file *f,
		       struct buf *b)
{
	enum { PIECE = 1 << 20 };
	bool end = false;
	int error;

	f->large = true;
	do {
		struct slice text = buf_slice(b), rest;
		const char *last = memrchr(text.at, '\n', text.len);

		if (!end && last)
			text.len = (size_t)(last + 1 - text.at);
		rest = slice_skip(buf_slice(b), text.len);
		error = read_lines(st, f, &text);
		if (error || end)
			return error;
		/* a line longer than a piece is cut into several */
		b->len = rest.len < PIECE ? rest.len : 0;
		memmove(b->at, rest.at, b->len);
		error = fill(file, b, PIECE, &end);
	} while (!error);
	return error;
}

static int read_stream(struct state *st, const struct mw_paste_file *file, struct file *f)
{
	scoped_buf struct buf b = { 0 };
	bool end = false;
	char *copy;
	int error = buf_reserve(&b, MW_PASTE_WHOLE);

	if (!error)
		error = fill(file, &b, MW_PASTE_WHOLE, &end);
	if (error)
		return error;
	if (!end)
		return read_pieces(st, file, f, &b);
	copy = arena_copy(st->a, buf_slice(&b));
	return copy ? read_whole(st, f, (struct slice){ copy, b.len }) : -ENOMEM;
}

static int read_file(struct state *st, uint32_t number, const struct mw_paste_file *file)
{
	struct file f = { .name = file->name, .number = number, .line = 1 };
	int error = file->more ? read_stream(st, file, &f) : read_whole(st, &f, file->text);

	st->file_lines[number] = f.line - 1;
	return error;
}

/* --- numbers in front ------------------------------------------------------------------------- */

/* "12: text", "12|text", "12<tab>text". @return false, untouched */
static bool numbered(struct slice line, uint64_t *number, char *mark, struct slice *text)
{
	struct slice rest = line;
	uint64_t n;

	if (!slice_u64(&rest, &n) || !rest.len || !strchr(":|\t", *rest.at))
		return false;
	*number = n;
	*mark = *rest.at;
	*text = slice_skip(rest, 1);
	return true;
}

/* Three lines with numbers that follow each other were numbered by somebody. */
static size_t numbered_run(struct state *st, size_t from)
{
	uint64_t before = 0, number;
	char mark = 0, m;
	struct slice text;
	size_t n = 0;

	for (; from + n < st->count; n++) {
		if (!numbered(st->lines[from + n].text, &number, &m, &text))
			break;
		if (n && (number != before + 1 || m != mark))
			break;
		before = number;
		mark = m;
	}
	return n;
}

static void strip_numbers(struct state *st)
{
	for (size_t i = 0; i < st->count;) {
		size_t n = numbered_run(st, i);

		for (size_t k = 0; n > 2 && k < n; k++) {
			struct slice *text = &st->lines[i + k].text;
			uint64_t number;
			char mark;

			/* "12: text", but not the text's own indentation */
			if (numbered(*text, &number, &mark, text) && mark == ':' && text->len &&
			    *text->at == ' ')
				*text = slice_skip(*text, 1);
		}
		i += n ? n : 1;
	}
}

/* --- kinds ------------------------------------------------------------------------------------ */

static bool ellipsis(struct slice s)
{
	static const char *const words[] = { "[...]", "(...)", "<snip>", "[snip]",
					     "\xe7\x9c\x81\xe7\x95\xa5" /* 省略 */ };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_begins(s, words[i]))
			return true;
	if (slice_begins(s, "...") || slice_begins(s, "\xe2\x80\xa6") ||
	    slice_begins(s, "\xe2\x8b\xae")) {
		for (size_t i = 0; i < s.len; i++)
			if (*(s.at + i) != '.' && (unsigned char)s.at[i] < 0x80 &&
			    !slice_blank(s.at[i]))
				return false;
		return true;
	}
	return false;
}

static enum mw_line_kind kind_of(struct slice text)
{
	struct mw_prompt prompt;

	text = slice_trim(text);
	if (!text.len)
		return MW_LINE_BLANK;
	if (mw_prompt_parse(text, &prompt))
		return MW_LINE_PROMPT;
	if (ellipsis(text))
		return MW_LINE_ELLIPSIS;
	if (*text.at == '#' || slice_begins(text, "//") || slice_begins(text, "```") ||
	    slice_begins(text, "~~~"))
		return MW_LINE_REMARK;
	return MW_LINE_TEXT;
}

/* A command alone on a line of its own, as people note it above what it printed. */
static bool noted(const struct state *st, size_t i)
{
	const struct mw_paste_line *l = &st->lines[i];

	return l->kind == MW_LINE_TEXT &&
	       (!i || l[-1].file != l->file || l[-1].kind != MW_LINE_TEXT) &&
	       mw_command_likely(l->text);
}

static void set_bare(struct mw_paste_line *l)
{
	struct slice bare = { l->text.at, mw_line_remark(l->text) };

	while (bare.len && slice_blank(bare.at[bare.len - 1]))
		bare.len--;
	l->bare = (uint32_t)bare.len;
}

/* --- words ------------------------------------------------------------------------------------ */

/* The keys of all files in the metric table. Most lines of prose begin with none: formats need not
 * look at them one by one. */
struct words {
	const struct mw_place **slots;
	size_t size; /* a power of two */
};

static struct slice first_word(struct slice text)
{
	size_t n = 0;

	slice_skip_blanks(&text);
	while (n < text.len && !slice_blank(text.at[n]) && text.at[n] != ':' && text.at[n] != '=')
		n++;
	return (struct slice){ text.at, n };
}

static const struct mw_place **slot_of(const struct words *w, struct slice word)
{
	size_t at = hash_bytes(word) & (w->size - 1);

	while (w->slots[at] && !slice_is(word, w->slots[at]->key))
		at = (at + 1) & (w->size - 1);
	return &w->slots[at];
}

static bool make_words(struct arena *a, struct words *w)
{
	size_t n;
	const struct mw_place *places = mw_places(&n);

	for (w->size = 1024; w->size < 2 * n;)
		w->size *= 2;
	w->slots = arena_array(a, w->size, sizeof(*w->slots));
	for (size_t i = 0; w->slots && i < n; i++)
		if (places[i].key)
			*slot_of(w, first_word(slice_of(places[i].key))) = &places[i];
	return w->slots;
}

/* --- commands --------------------------------------------------------------------------------- */

/* A command that goes on behind a "\" at the end of its line. @return false: out of memory */
static bool continued(struct state *st, size_t line, struct slice *command)
{
	size_t from = line;

	while (slice_ends(*command, "\\") && line + 1 < st->count && line - from < 32 &&
	       st->lines[line + 1].file == st->lines[line].file) {
		struct slice more = st->lines[++line].text;
		char *joined = arena_printf(st->a, "%.*s %.*s", (int)command->len - 1, command->at,
					    SLICE_ARG(more));

		if (!joined)
			return false;
		*command = slice_trim(slice_of(joined));
		st->lines[line].kind = MW_LINE_PROMPT;
		st->lines[line].command = UINT32_MAX;
	}
	return true;
}

/* The directory, when the prompt shows only its last part or nothing: where the last cd went. */
static struct slice directory(struct slice shown, struct slice gone_to)
{
	if (!shown.len || slice_equal(slice_last(gone_to, '/'), shown))
		return gone_to;
	return shown;
}

/* `kubectl exec -it POD -- sh` starts a shell: what follows is typed in the container, until it ends
 * or a command that is at home outside comes. */
static bool shell(const struct mw_paste_command *c)
{
	return c->inside && !c->program.len && (c->pod.len || c->container.len);
}

static bool outside(const struct mw_paste_command *c)
{
	static const char *const programs[] = { "kubectl", "oc",   "docker", "podman",
						"crictl",  "exit", "logout" };

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (slice_is(c->program, programs[i]))
			return true;
	return c->inside;
}

/* @return whether the session goes on */
static bool in_session(struct mw_paste_command *c, const struct mw_paste_command *session)
{
	if (outside(c) || (c->host.len && slice_equal(c->host, session->host)))
		return false;
	c->host = session->host;
	c->pod = session->pod;
	c->pod_namespace = session->pod_namespace;
	c->container = session->container;
	c->inside = true;
	return true;
}

static int add_command(struct state *st, size_t line, const struct mw_paste_command *before)
{
	struct mw_paste_command *c = &st->commands[st->command_count];
	struct mw_prompt p;
	int error;

	if (!mw_prompt_parse(st->lines[line].text, &p))
		p = (struct mw_prompt){ .command = slice_trim(st->lines[line].text) };
	*c = (struct mw_paste_command){
		.host = p.host, .user = p.user, .cwd = p.cwd, .line = (uint32_t)line
	};
	if (before && slice_equal(before->host, p.host))
		c->cwd = directory(p.cwd, before->cwd);
	if (!continued(st, line, &p.command))
		return -ENOMEM;
	error = mw_command_parse(st->a, p.command, c);
	if (!error)
		st->command_count++;
	return error;
}

static int find_commands(struct state *st)
{
	size_t prompts = 0;
	const struct mw_paste_command *last = NULL, *session = NULL;
	uint32_t current = 0;

	for (size_t i = 0; i < st->count; i++)
		prompts += st->lines[i].kind == MW_LINE_PROMPT;
	if (prompts > MW_PASTE_COMMANDS)
		prompts = MW_PASTE_COMMANDS;
	st->commands = arena_array(st->a, prompts + 1, sizeof(*st->commands));
	if (!st->commands)
		return -ENOMEM;
	for (size_t i = 0; i < st->count; i++) {
		struct mw_paste_line *l = &st->lines[i];

		if (!i || l->file != l[-1].file) {
			last = session = NULL;
			current = 0;
		}
		if (l->kind == MW_LINE_PROMPT && st->command_count == MW_PASTE_COMMANDS) {
			current = 0;
		} else if (l->kind == MW_LINE_PROMPT && l->command != UINT32_MAX) {
			int error = add_command(st, i, last);

			if (error)
				return error;
			if (session && !in_session(&st->commands[st->command_count - 1], session))
				session = NULL;
			last = &st->commands[st->command_count - 1];
			if (shell(last))
				session = last;
			current = last->text.len ? (uint32_t)st->command_count : 0;
		}
		l->command = current;
	}
	return 0;
}

/* --- all -------------------------------------------------------------------------------------- */

static int keep_lines(struct state *st)
{
	struct words words;

	st->count = st->list.len / sizeof(*st->lines);
	st->lines = arena_alloc(st->a, st->list.len + sizeof(*st->lines));
	if (!st->lines)
		return -ENOMEM;
	if (st->count)
		memcpy(st->lines, st->list.at, st->list.len);
	strip_numbers(st);
	if (!make_words(st->a, &words))
		return -ENOMEM;
	for (size_t i = 0; i < st->count; i++) {
		st->lines[i].keyed = *slot_of(&words, first_word(st->lines[i].text)) != NULL;
		if (st->lines[i].kind == MW_LINE_TEXT)
			st->lines[i].kind = kind_of(st->lines[i].text);
		if (noted(st, i))
			st->lines[i].kind = MW_LINE_PROMPT;
		set_bare(&st->lines[i]);
	}
	return find_commands(st);
}

static int read_all(struct state *st, const struct mw_paste_file *files, size_t count)
{
	int error = 0;

	st->list.limit = 2 * MW_PASTE_LINES * sizeof(*st->lines);
	for (size_t i = 0; i < count && !error; i++)
		error = read_file(st, (uint32_t)i, &files[i]);
	if (!error)
		error = keep_lines(st);
	buf_release(&st->list);
	return error;
}

int mw_paste_read(struct arena *a, const struct mw_paste_file *files, size_t count,
		  const struct mw_paste_taker *taker, struct mw_paste *out)
{
	struct state st = { .a = a, .taker = taker };
	const char **names = arena_array(a, count + 1, sizeof(*names));
	int error;

	st.file_lines = arena_array(a, count + 1, sizeof(*st.file_lines));
	st.scratch = arena_alloc(a, 2 * MW_PASTE_LINE);
	if (!names || !st.file_lines || !st.scratch)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		names[i] = files[i].name;
	error = read_all(&st, files, count);
	if (error)
		return error;
	*out = (struct mw_paste){
		.lines = st.lines,
		.count = st.count,
		.commands = st.commands,
		.command_count = st.command_count,
		.files = names,
		.file_lines = st.file_lines,
		.file_count = count,
		.bytes_skipped = st.skipped,
		.arena = a,
	};
	return 0;
}

const struct mw_paste_command *mw_paste_command_of(const struct mw_paste *p, size_t line)
{
	uint32_t number = line < p->count ? p->lines[line].command : 0;

	return number ? &p->commands[number - 1] : NULL;
}
