#include "cli/list/select.h"
#include "base/scoped.h"
#include "model/title.h"
#include "render/text.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_LISTED = 8, LEAST_ID = 12 };

/* How well a name fits; the best kind wins, and must be met by one group only. */
enum fit { NO_FIT, BEGINNING, PATH_END, LAST_PART, PART, NAME, TITLE, PATH };

struct candidate {
	struct mw_entity *e;
	enum fit fit;
	int rank; /* what people more likely mean, of those that fit equally */
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

static enum fit better(enum fit a, enum fit b)
{
	return a > b ? a : b;
}

/* One of its names: whole it is worth `whole`. */
static enum fit fit_of_name(struct slice name, struct slice what, enum fit whole)
{
	if (!name.len || !what.len)
		return NO_FIT;
	return slice_equal(name, what) ? whole : begins(name, what) ? BEGINNING : NO_FIT;
}

static enum fit fit_of_path(struct slice path, struct slice what)
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

static struct slice text_of(const struct mw_entity *e, enum mw_metric metric)
{
	const char *text = mw_get_text(e, metric);

	return slice_of(text ? text : "");
}

/* shop/order-7d9f/java, order-7d9f/java, java; of a pod shop/order-7d9f, order-7d9f, its uid. */
static enum fit fit_of_names(const struct mw_entity *e, struct slice what)
{
	scoped_buf struct buf buf = { 0 };
	struct slice space = text_of(e, M_CG_NAMESPACE), title;
	bool pod = mw_group_role_is(e, "pod");
	enum fit fit;

	if (!mw_group_has_title(e))
		return NO_FIT;
	mw_group_title(e, &buf);
	title = buf_slice(&buf);
	fit = fit_of_name(title, what, TITLE);
	fit = better(fit, fit_of_name(text_of(e, M_CG_NAME), what, NAME));
	if (mw_get_text(e, M_CG_POD) && space.len)
		fit = better(fit, fit_of_name(slice_skip(title, space.len + 1), what, PART));
	if (pod)
		return better(fit, fit_of_name(text_of(e, M_CG_POD_UID), what, LAST_PART));
	fit = better(fit, fit_of_name(text_of(e, M_CG_CONTAINER), what, PART));
	return better(fit, fit_of_name(text_of(e, M_CG_RUNTIME_ID), what, LAST_PART));
}

/* What stands before a colon: who made it, or what it is. */
static bool is_called(const struct mw_entity *e, struct slice word, struct slice rest)
{
	static const char *const units[] = { "unit", "scope", "slice" };

	if (slice_equal(text_of(e, M_CG_RUNTIME), word) || slice_equal(text_of(e, M_CG_ROLE), word))
		return true;
	/* as JSON names them: "container:/system.slice/ssh.service" */
	if (slice_is(word, "container") && slice_begins(rest, "/"))
		return true;
	for (size_t i = 0; slice_is(word, "unit") && i < sizeof(units) / sizeof(*units); i++)
		if (mw_group_role_is(e, units[i]))
			return true;
	return slice_is(word, "crio") && slice_equal(text_of(e, M_CG_RUNTIME), SLICE("cri-o"));
}

static enum fit fit_of(const struct mw_entity *e, struct slice what)
{
	struct slice rest = what, word;
	enum fit fit = better(fit_of_path(slice_of(e->name), what), fit_of_names(e, what));

	if (slice_until(&rest, ':', &word) && rest.len && is_called(e, word, rest))
		fit = better(fit,
			     better(fit_of_path(slice_of(e->name), rest), fit_of_names(e, rest)));
	return fit;
}

/* Of a whole name the container is meant, then the pod, then the unit. Nobody means a pause container,
 * nor what runs inside of a container. */
static int rank_of(const struct mw_entity *e, enum fit fit)
{
	const struct mw_entity *container = mw_group_container(e);

	if (container && (container != e || mw_group_role_is(e, "sandbox")))
		return 0;
	if (fit == BEGINNING)
		return 1;
	return container ? 4 : mw_group_role_is(e, "pod") ? 3 : mw_group_role_is(e, "unit") ? 2 : 1;
}

static struct candidate candidate_of(struct mw_entity *e, struct slice what)
{
	struct candidate c = { .e = e, .fit = fit_of(e, what) };

	c.rank = c.fit == NO_FIT ? 0 : rank_of(e, c.fit);
	return c;
}

/* > 0: a is the better one. */
static int compare(const struct candidate *a, const struct candidate *b)
{
	return a->fit != b->fit ? (int)a->fit - (int)b->fit : a->rank - b->rank;
}

/* In a pod that fits just as well: the beginning of a container's name is its pod's. */
static bool is_in_such_pod(const struct candidate *c, struct slice what)
{
	for (struct mw_entity *up = c->e->parent; up; up = up->parent) {
		struct candidate above = candidate_of(up, what);

		if (mw_group_role_is(up, "pod") && !compare(&above, c))
			return true;
	}
	return false;
}

/* All groups that fit best. @at as many as there are groups. @return how many */
static size_t find_all(const struct mw_snapshot *s, struct slice what, struct mw_entity **at)
{
	struct candidate best = { .fit = NO_FIT };
	struct mw_entity *e;
	size_t count = 0, kept = 0;

	mw_for_each (e, s, MW_CGROUP) {
		struct candidate c = candidate_of(e, what);

		if (c.fit == NO_FIT || compare(&c, &best) < 0)
			continue;
		if (compare(&c, &best) > 0) {
			best = c;
			count = 0;
		}
		at[count++] = e;
	}
	for (size_t i = 0; i < count; i++) {
		best.e = at[i];
		if (!is_in_such_pod(&best, what))
			at[kept++] = at[i];
	}
	return kept;
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

static int ambiguous(struct mw_entity *const *at, size_t count, struct slice what,
		     const struct mw_language *language, struct buf *problem)
{
	size_t listed = count < MOST_LISTED ? count : MOST_LISTED;

	buf_puts(problem, "'");
	mw_text_safe(problem, what, false);
	buf_printf(problem, mw_language_text(language, "' is the name of %zu groups:"), count);
	for (size_t i = 0; i < listed; i++) {
		scoped_buf struct buf title = { 0 };

		buf_puts(problem, "\n  ");
		mw_group_title(at[i], &title);
		mw_text_safe(problem, buf_slice(&title), false);
		if (!mw_group_has_title(at[i]))
			continue;
		buf_puts(problem, "   ");
		mw_text_safe(problem, slice_of(at[i]->name), false);
	}
	if (count > listed)
		buf_printf(problem, mw_language_text(language, "\n  ... %zu more"), count - listed);
	return -EINVAL;
}

static int not_found(const struct mw_snapshot *s, const char *what,
		     const struct mw_language *language, struct buf *problem)
{
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

int mw_select_container(const struct mw_snapshot *s, const char *what,
			const struct mw_language *language, struct mw_entity **out,
			struct buf *problem)
{
	struct slice wanted = clean(s, what);
	struct mw_entity *e = mw_snapshot_by_name(s, MW_CGROUP, wanted);
	scoped_free struct mw_entity **at = NULL;
	size_t count = 0;
	uint64_t pid;

	if (!e && is_pid(wanted, &pid)) {
		const struct mw_entity *process = mw_snapshot_by_id(s, MW_PROCESS, pid);

		e = process ? process->parent : NULL;
	}
	if (e) {
		*out = e;
		return 0;
	}
	if (wanted.len) {
		at = calloc(mw_snapshot_count(s, MW_CGROUP) + 1, sizeof(struct mw_entity *));
		if (!at)
			return -ENOMEM;
		count = find_all(s, wanted, at);
	}
	if (!count)
		return not_found(s, what, language, problem);
	if (count > 1)
		return ambiguous(at, count, wanted, language, problem);
	*out = *at;
	return 0;
}

/* The pod's own group, for any that belongs to it. */
static struct mw_entity *own_group(const struct mw_snapshot *s, struct mw_entity *group)
{
	struct slice uid = text_of(group, M_CG_POD_UID);
	struct mw_entity *e;

	for (e = group; e; e = e->parent)
		if (mw_group_role_is(e, "pod"))
			return e;
	mw_for_each (e, s, MW_CGROUP)
		if (uid.len && mw_group_role_is(e, "pod") &&
		    slice_equal(text_of(e, M_CG_POD_UID), uid))
			return e;
	return group;
}

static bool is_of_pod(const struct mw_entity *e)
{
	return mw_get_text(e, M_CG_POD) || mw_get_text(e, M_CG_POD_UID);
}

int mw_select_pod(const struct mw_snapshot *s, const char *what, const struct mw_language *language,
		  struct mw_entity **out, struct buf *problem)
{
	scoped_buf struct buf only_pods = { 0 }, unused = { 0 };
	struct mw_entity *e = NULL;
	int error = -ENOENT;

	if (strncmp(what, "pod:", 4) != 0) {
		buf_printf(&only_pods, "pod:%s", what);
		if (only_pods.error)
			return only_pods.error;
		error = mw_select_container(s, only_pods.at, language, &e, &unused);
	}
	if (error == -EINVAL) {
		buf_add(problem, buf_slice(&unused));
		return error;
	}
	if (error)
		error = mw_select_container(s, what, language, &e, problem);
	if (error == -ENOENT) {
		buf_clear(problem);
		buf_puts(problem, mw_language_text(language, "no pod '"));
		mw_text_safe(problem, slice_of(what), false);
		buf_puts(problem, mw_language_text(language, "'; memwhy pods lists them"));
	}
	if (error)
		return error;
	if (!is_of_pod(e) && mw_group_container(e))
		e = (struct mw_entity *)mw_group_container(e);
	if (!is_of_pod(e)) {
		mw_text_safe(problem, slice_of(e->name), false);
		buf_puts(problem,
			 mw_language_text(language, " is in no pod; memwhy pods lists them"));
		return -ENOENT;
	}
	*out = own_group(s, e);
	return 0;
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
