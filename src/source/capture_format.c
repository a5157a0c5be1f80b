/* The two files that a capture adds to the texts, written and parsed. capture.h has the format. */
#include "base/scoped.h"
#include "source/capture.h"

#include <errno.h>

static const char *const call_names[MW_CALLS] = { "open", "read", "link", "list", "stat" };
static const char *const type_names[] = { "unknown", "file", "dir", "link" };
enum { TYPES = sizeof(type_names) / sizeof(*type_names), FORMAT = 1 };

static int name_in(const char *const *names, int count, struct slice name)
{
	for (int i = 0; i < count; i++)
		if (slice_is(name, names[i]))
			return i;
	return -1;
}

/* --- text ------------------------------------------------------------------------------------- */

void mw_capture_escape(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c == '\\')
			buf_puts(out, "\\\\");
		else if (c > ' ' && c < 0x7f)
			buf_char(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

/* Take what stands behind a backslash. */
static bool take_escape(struct slice *text, char *out)
{
	struct slice digits;
	uint64_t v = '\\';

	if (!slice_word(text, "\\")) {
		if (text->len < 3 || !slice_word(text, "x") || slice_blank(*text->at))
			return false;
		digits = (struct slice){ text->at, 2 };
		if (!slice_hex(&digits, &v) || digits.len)
			return false;
		*text = slice_skip(*text, 2);
	}
	*out = (char)v;
	return true;
}

/* @slash  whether an escape may mean '/': in a path it would move the name to another place */
static int unescape(struct buf *out, struct slice text, bool slash)
{
	while (text.len) {
		char c = *text.at;
		bool escaped = c == '\\';

		text = slice_skip(text, 1);
		if (escaped && (!take_escape(&text, &c) || (c == '/' && !slash)))
			return -EBADMSG;
		if (!c)
			return -EBADMSG;
		buf_char(out, c);
	}
	return out->error;
}

int mw_capture_unescape(struct buf *out, struct slice text)
{
	return unescape(out, text, false);
}

static const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "EIO";
}

static int error_number(struct slice name)
{
	if (slice_is(name, "0"))
		return 0;
	for (int i = 1; i < 200; i++) {
		const char *known = strerrorname_np(i);

		if (known && slice_is(name, known))
			return i;
	}
	return EIO; /* one that this machine does not have */
}

static bool octal(struct slice *s, uint64_t *out)
{
	struct slice digits;
	uint64_t v = 0;

	if (!slice_token(s, &digits) || digits.len > 11)
		return false;
	for (; digits.len; digits = slice_skip(digits, 1)) {
		if (*digits.at < '0' || *digits.at > '7')
			return false;
		v = v << 3 | (unsigned)(*digits.at - '0');
	}
	*out = v;
	return true;
}

/* --- manifest --------------------------------------------------------------------------------- */

void mw_manifest_write(struct buf *out, const struct mw_machine *machine, uint64_t entries)
{
	buf_printf(out,
		   "memwhy-capture %d\npage_size %u\nclock_ticks %u\ntaken_at %lld\nclock %lld\n",
		   FORMAT, machine->page_size, machine->clock_ticks, (long long)machine->taken_at,
		   (long long)machine->clock);
	if (*machine->kernel) {
		buf_puts(out, "kernel ");
		mw_capture_escape(out, slice_of(machine->kernel));
		buf_char(out, '\n');
	}
	if (*machine->host) {
		buf_puts(out, "host ");
		mw_capture_escape(out, slice_of(machine->host));
		buf_char(out, '\n');
	}
	buf_printf(out, "names escaped\nentries %llu\n", (unsigned long long)entries);
}

static int complain(struct buf *problem, const struct mw_language *language, const char *file,
		    uint64_t line, const char *what, int error)
{
	buf_printf(problem, mw_language_text(language, "%s line %llu: %s"), file,
		   (unsigned long long)line, mw_language_text(language, what));
	return error;
}

static bool time_value(struct slice v, int64_t *out)
{
	return slice_i64(&v, out) && !v.len && *out >= 0;
}

static bool number_value(struct slice v, uint64_t least, uint64_t most, uint64_t *out)
{
	return slice_u64(&v, out) && !v.len && *out >= least && *out <= most;
}

static bool text_value(struct slice v, char *out, size_t size)
{
	scoped_buf struct buf text = { .limit = size - 1 };

	if (unescape(&text, v, true))
		return false;
	memcpy(out, text.at ? text.at : "", text.len + 1);
	return true;
}

enum key { PAGE_SIZE, CLOCK_TICKS, TAKEN_AT, CLOCK, KERNEL, HOST, NAMES, ENTRIES, KEYS };

static const char *const keys[KEYS] = { "page_size", "clock_ticks", "taken_at", "clock",
					"kernel",    "host",        "names",    "entries" };

/* @return whether the value is one that the key may have */
static bool take_value(enum key key, struct slice value, struct mw_machine *machine,
		       struct mw_manifest *manifest)
{
	uint64_t v = 0;
	bool good = false;

	switch (key) {
	case PAGE_SIZE:
		good = number_value(value, 512, 1 << 24, &v) && !(v & (v - 1));
		machine->page_size = (uint32_t)v;
		return good;
	case CLOCK_TICKS:
		good = number_value(value, 1, 1000000, &v);
		machine->clock_ticks = (uint32_t)v;
		return good;
	case TAKEN_AT: return time_value(value, &machine->taken_at);
	case CLOCK: return time_value(value, &machine->clock);
	case KERNEL: return text_value(value, machine->kernel, sizeof(machine->kernel));
	case HOST: return text_value(value, machine->host, sizeof(machine->host));
	case NAMES: return manifest->escaped = slice_is(value, "escaped");
	default:
		return manifest->has_entries = number_value(value, 0, UINT64_MAX,
							    &manifest->entries);
	}
}

/* @return whether the line is good: keys of newer versions are, keys said twice are not */
static bool manifest_line(struct slice line, unsigned *seen, struct mw_machine *machine,
			  struct mw_manifest *manifest)
{
	struct slice word;
	int key;

	if (!slice_until(&line, ' ', &word))
		return false;
	key = name_in(keys, KEYS, word);
	if (key < 0)
		return true;
	if (*seen & 1u << key)
		return false;
	*seen |= 1u << key;
	return take_value((enum key)key, line, machine, manifest);
}

int mw_manifest_parse(struct slice text, struct mw_machine *machine, struct mw_manifest *manifest,
		      const struct mw_language *language, struct buf *problem)
{
	static const char file[] = "memwhy/manifest";
	struct mw_machine m = *machine;
	struct mw_manifest found = { 0 };
	struct slice line;
	uint64_t number = 1, version;
	unsigned seen = 0;

	if (!slice_line(&text, &line) || !slice_word(&line, "memwhy-capture ") ||
	    !number_value(line, 1, 1000000, &version))
		return complain(problem, language, file, 1, N_("does not say \"memwhy-capture 1\""),
				-EBADMSG);
	if (version > FORMAT)
		return complain(problem, language, file, 1, N_("written by a newer memwhy"),
				-EBADMSG);
	while (slice_line(&text, &line)) {
		number++;
		if (!slice_trim(line).len)
			continue;
		if (!manifest_line(line, &seen, &m, &found))
			return complain(problem, language, file, number, N_("not understood"),
					-EBADMSG);
	}
	*machine = m;
	*manifest = found;
	return 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

static void write_path(struct buf *out, struct slice path)
{
	if (path.len)
		mw_capture_escape(out, path);
	else
		buf_char(out, '.');
}

static void write_details(struct buf *out, const struct mw_node *n, enum mw_call call)
{
	if (call == MW_CALL_LINK && !n->error[call]) {
		buf_char(out, ' ');
		mw_capture_escape(out, n->link);
	}
	if (call == MW_CALL_STAT && n->stat)
		buf_printf(out, " %llu %llu %llu %o %u %u", (unsigned long long)n->stat->inode,
			   (unsigned long long)n->stat->device, (unsigned long long)n->stat->size,
			   n->stat->mode, n->stat->links, n->stat->uid);
}

static uint64_t write_node(struct buf *out, const struct mw_node *n)
{
	uint64_t lines = 0;

	for (int call = 0; call < MW_CALLS; call++) {
		/* of a read that went well the text itself is the record */
		if (!mw_node_knows(n, call) || (call == MW_CALL_READ && !n->error[call]))
			continue;
		buf_printf(out, "%s %s ", call_names[call],
			   n->error[call] ? error_name(n->error[call]) : "0");
		write_path(out, mw_node_path(n));
		write_details(out, n, call);
		buf_char(out, '\n');
		lines++;
		for (uint32_t i = 0; call == MW_CALL_LIST && i < n->listed; i++, lines++) {
			buf_printf(out, "- %llu %s ", (unsigned long long)n->entries[i].inode,
				   type_names[n->entries[i].type]);
			mw_capture_escape(out, slice_of(n->entries[i].name));
			buf_char(out, '\n');
		}
	}
	return lines;
}

int mw_entries_write(struct buf *out, const struct mw_capture *c, uint64_t *lines)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < c->count && !out->error; i++)
		count += write_node(out, &c->nodes[i]);
	if (!out->error)
		*lines = count;
	return out->error;
}

struct entries {
	struct mw_capture *capture;
	struct buf scratch;
	struct mw_listing listing;
	uint32_t lister; /* the node whose listing is being read, or INDEX_NONE */
};

static int end_listing(struct entries *e)
{
	uint32_t lister = e->lister;

	e->lister = INDEX_NONE;
	return lister == INDEX_NONE
		       ? 0
		       : mw_listing_keep(&e->listing, e->capture, &e->capture->nodes[lister]);
}

static int parse_listed(struct entries *e, struct slice line)
{
	struct slice type;
	uint64_t inode;
	int kind;

	if (e->lister == INDEX_NONE || !slice_u64(&line, &inode) || !slice_word(&line, " ") ||
	    !slice_until(&line, ' ', &type))
		return -EBADMSG;
	kind = name_in(type_names, TYPES, type);
	buf_clear(&e->scratch);
	if (kind < 0 || !line.len || line.len > MW_CAPTURE_NAME || memchr(line.at, '/', line.len) ||
	    unescape(&e->scratch, line, false) || slice_is(buf_slice(&e->scratch), ".") ||
	    slice_is(buf_slice(&e->scratch), ".."))
		return -EBADMSG;
	return mw_listing_add(&e->listing, e->capture, buf_slice(&e->scratch), inode,
			      (enum mw_dirent_type)kind);
}

static int parse_stat(struct mw_capture *c, struct mw_node *n, struct slice line)
{
	uint64_t inode, device, size, mode, links, uid;
	struct mw_stat *st;

	if (!slice_u64(&line, &inode) || !slice_u64(&line, &device) || !slice_u64(&line, &size) ||
	    !octal(&line, &mode) || !slice_u64(&line, &links) || !slice_u64(&line, &uid) ||
	    line.len || mode > UINT32_MAX || links > UINT32_MAX || uid > UINT32_MAX)
		return -EBADMSG;
	st = arena_new(&c->arena, struct mw_stat);
	if (!st)
		return -ENOMEM;
	*st = (struct mw_stat){
		.inode = inode,
		.device = device,
		.size = size,
		.mode = (uint32_t)mode,
		.links = (uint32_t)links,
		.uid = (uint32_t)uid,
	};
	n->stat = st;
	return 0;
}

static int parse_link(struct entries *e, struct mw_node *n, struct slice target)
{
	char *copy;

	buf_clear(&e->scratch);
	if (target.len > (size_t)4 * MW_CAPTURE_NAME || unescape(&e->scratch, target, true))
		return -EBADMSG;
	copy = arena_copy(&e->capture->arena, buf_slice(&e->scratch));
	if (!copy)
		return -ENOMEM;
	n->link = (struct slice){ copy, e->scratch.len };
	return 0;
}

/* The node that a line is about: its path, unescaped and normalised. */
static int parse_path(struct entries *e, struct slice path, uint32_t *out)
{
	struct mw_path normal;
	int error;

	buf_clear(&e->scratch);
	if (!path.len || path.len > (size_t)4 * MW_CAPTURE_NAME || *path.at == '/' ||
	    unescape(&e->scratch, path, false))
		return -EBADMSG;
	error = mw_path_join(SLICE(""), buf_slice(&e->scratch), &normal);
	if (error)
		return -EBADMSG;
	return mw_capture_add(e->capture, (struct slice){ normal.text, normal.length }, out);
}

static int parse_answer(struct entries *e, struct slice line)
{
	struct slice word, errno_name, path;
	struct mw_node *n;
	uint32_t number;
	int call, error;

	if (!slice_until(&line, ' ', &word) || !slice_until(&line, ' ', &errno_name))
		return -EBADMSG;
	if (!slice_until(&line, ' ', &path)) {
		path = line;
		line.len = 0;
	}
	call = name_in(call_names, MW_CALLS, word);
	error = call < 0 ? -EBADMSG : parse_path(e, path, &number);
	if (error)
		return error;
	n = &e->capture->nodes[number];
	if (mw_node_knows(n, (enum mw_call)call) && (call != MW_CALL_READ || n->error[call]))
		return -EEXIST;
	mw_node_answer(n, (enum mw_call)call, error_number(errno_name));
	if (call == MW_CALL_LIST)
		e->lister = number;
	if (n->error[call])
		return line.len ? -EBADMSG : 0;
	switch (call) {
	case MW_CALL_LINK: return parse_link(e, n, line);
	case MW_CALL_STAT: return parse_stat(e->capture, n, line);
	case MW_CALL_READ: return -EBADMSG; /* its text would be the record */
	default: return line.len ? -EBADMSG : 0;
	}
}

int mw_entries_parse(struct slice text, struct mw_capture *c, uint64_t *lines,
		     const struct mw_language *language, struct buf *problem)
{
	static const char file[] = "memwhy/entries";
	struct entries e = { .capture = c, .lister = INDEX_NONE };
	struct slice line;
	uint64_t number = 0;
	int error = 0;

	while (!error && slice_line(&text, &line)) {
		number++;
		if (slice_word(&line, "- ")) {
			error = parse_listed(&e, line);
			continue;
		}
		error = end_listing(&e);
		if (!error)
			error = parse_answer(&e, line);
	}
	if (!error)
		error = end_listing(&e);
	mw_listing_release(&e.listing);
	buf_release(&e.scratch);
	if (error)
		return error == -ENOMEM   ? error
		       : error == -EFBIG  ? complain(problem, language, file, number,
						     N_("too many names"), error)
		       : error == -EEXIST ? complain(problem, language, file, number,
						     N_("says it twice"), -EBADMSG)
					  : complain(problem, language, file, number,
						     N_("not understood"), error);
	*lines = number;
	return 0;
}
