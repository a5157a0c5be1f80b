#include "cli/select.h"
#include "render/text.h"

#include <errno.h>

enum { MOST_LISTED = 8, LEAST_ID = 12 };

/* How well a name fits; the best kind wins, and must be met by one group only. */
enum fit { NO_FIT, BEGINNING, PATH_END, LAST_PART, PATH };

struct candidates {
	enum fit fit;
	size_t count;
	struct mw_entity *first;
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The longest run of hexadecimal digits, when it is long enough for a container's id. */
static struct slice id_in(struct slice name)
{
	struct slice best = { name.at, 0 };

	for (size_t i = 0; i < name.len; i++) {
		size_t n = 0;

		while (i + n < name.len && is_hex(name.at[i + n]))
			n++;
		if (n > best.len)
			best = (struct slice){ name.at + i, n };
		i += n;
	}
	return best.len >= LEAST_ID ? best : (struct slice){ name.at, 0 };
}

static bool begins(struct slice s, struct slice with)
{
	return with.len <= s.len && !memcmp(s.at, with.at, with.len);
}

static enum fit fit_of(struct slice path, struct slice what)
{
	struct slice last = slice_last(path, '/'), id = id_in(last);

	if (slice_equal(path, what))
		return PATH;
	if (slice_equal(last, what) || (id.len && slice_equal(id, what)))
		return LAST_PART;
	if (memchr(what.at, '/', what.len)) {
		struct slice end = slice_skip(path, path.len > what.len ? path.len - what.len : 0);
		bool whole = *what.at == '/' || (end.at > path.at && end.at[-1] == '/');

		return slice_equal(end, what) && whole ? PATH_END : NO_FIT;
	}
	return begins(last, what) || begins(id, what) ? BEGINNING : NO_FIT;
}

/* The path of a group from what people paste: /sys/fs/cgroup/memory/x/ is /x. */
static struct slice clean(const struct mw_snapshot *s, const char *what)
{
	static const char mount[] = "/sys/fs/cgroup";
	struct slice path = slice_of(what), controller;

	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	if (!slice_word(&path, mount))
		return path;
	controller = path;
	if ((slice_word(&controller, "/memory") || slice_word(&controller, "/unified")) &&
	    (!controller.len || *controller.at == '/') && !mw_snapshot_by_name(s, MW_CGROUP, path))
		path = controller;
	return path.len ? path : SLICE("/");
}

static bool is_pid(struct slice what, uint64_t *pid)
{
	struct slice rest = what;

	return what.len && (unsigned char)(*what.at - '0') < 10 && slice_u64(&rest, pid) &&
	       !rest.len;
}

static void add_candidate(struct candidates *c, struct mw_entity *e, enum fit fit)
{
	if (fit == NO_FIT || fit < c->fit)
		return;
	if (fit > c->fit)
		*c = (struct candidates){ .fit = fit };
	if (!c->count++)
		c->first = e;
}

static int ambiguous(const struct mw_snapshot *s, struct slice what, const struct candidates *c,
		     const struct mw_language *language, struct buf *problem)
{
	struct mw_entity *e;
	size_t listed = 0;

	buf_puts(problem, "'");
	mw_text_safe(problem, what, false);
	buf_printf(problem, mw_language_text(language, "' is the name of %zu groups:"), c->count);
	mw_for_each (e, s, MW_CGROUP) {
		if (listed == MOST_LISTED || fit_of(slice_of(e->name), what) != c->fit)
			continue;
		buf_puts(problem, "\n  ");
		mw_text_safe(problem, slice_of(e->name), false);
		listed++;
	}
	if (c->count > listed)
		buf_printf(problem, mw_language_text(language, "\n  ... %zu more"),
			   c->count - listed);
	return -EINVAL;
}

int mw_select_container(const struct mw_snapshot *s, const char *what,
			const struct mw_language *language, struct mw_entity **out,
			struct buf *problem)
{
	struct slice wanted = clean(s, what);
	struct mw_entity *e = mw_snapshot_by_name(s, MW_CGROUP, wanted);
	struct candidates c = { .fit = NO_FIT };
	uint64_t pid;

	if (!e && is_pid(wanted, &pid)) {
		const struct mw_entity *process = mw_snapshot_by_id(s, MW_PROCESS, pid);

		e = process ? process->parent : NULL;
	}
	if (e) {
		*out = e;
		return 0;
	}
	if (wanted.len)
		mw_for_each (e, s, MW_CGROUP)
			add_candidate(&c, e, fit_of(slice_of(e->name), wanted));
	if (c.count == 1) {
		*out = c.first;
		return 0;
	}
	if (c.count)
		return ambiguous(s, wanted, &c, language, problem);
	if (!mw_snapshot_count(s, MW_CGROUP)) {
		buf_puts(problem,
			 mw_language_text(
				 language,
				 "no control groups here: no memory controller is mounted"));
		return -ENOENT;
	}
	buf_puts(problem, mw_language_text(language, "no container or group '"));
	mw_text_safe(problem, slice_of(what), false);
	buf_puts(problem, mw_language_text(language, "'; memwhy containers lists them"));
	return -ENOENT;
}

int mw_select_process(const struct mw_snapshot *s, const char *what,
		      const struct mw_language *language, struct mw_entity **out,
		      struct buf *problem)
{
	struct mw_entity *e;
	uint64_t pid;

	if (!is_pid(slice_of(what), &pid)) {
		buf_puts(problem, "'");
		mw_text_safe(problem, slice_of(what), false);
		buf_puts(problem, mw_language_text(language, "' is not a process id"));
		return -EINVAL;
	}
	e = mw_snapshot_by_id(s, MW_PROCESS, pid);
	if (!e) {
		buf_printf(problem, mw_language_text(language, "no process %llu here"),
			   (unsigned long long)pid);
		return -ENOENT;
	}
	*out = e;
	return 0;
}
