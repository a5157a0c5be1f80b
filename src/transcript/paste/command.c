/* A command line, as far as it tells what its output is about. */
#include "transcript/paste.h"

#include <errno.h>

enum { WORDS = 64, DEPTH = 4 };

struct words {
	struct slice at[WORDS];
	size_t count;
	struct slice whole; /* the text that they come from */
};

static struct slice unquoted(struct slice word)
{
	if (word.len >= 2 && (word.at[0] == '\'' || word.at[0] == '"') &&
	    word.at[word.len - 1] == word.at[0])
		return (struct slice){ word.at + 1, word.len - 2 };
	return word;
}

/* Where the first simple command ends, quotes heeded; `bar` says whether a pipe follows. */
static size_t simple_end(struct slice s, bool *bar)
{
	char quote = 0;

	*bar = false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '|' || c == ';' ||
			   (c == '&' && i + 1 < s.len && s.at[i + 1] == '&')) {
			*bar = c == '|' && !slice_begins(slice_skip(s, i), "||");
			return i;
		}
	}
	return s.len;
}

static void cut_words(struct slice s, struct words *w)
{
	*w = (struct words){ .whole = s };
	while (w->count < WORDS) {
		size_t n = 0;
		char quote = 0;

		slice_skip_blanks(&s);
		if (!s.len)
			return;
		for (; n < s.len && (quote || !slice_blank(s.at[n])); n++)
			if (quote)
				quote = s.at[n] == quote ? 0 : quote;
			else if (s.at[n] == '\'' || s.at[n] == '"')
				quote = s.at[n];
		w->at[w->count++] = unquoted((struct slice){ s.at, n });
		s = slice_skip(s, n);
	}
}

static bool is_any(struct slice s, const char *const *list)
{
	for (; *list; list++)
		if (slice_is(s, *list))
			return true;
	return false;
}

/* --- words in front of the command that is run ------------------------------------------------ */

static bool option(struct slice word)
{
	return word.len > 1 && *word.at == '-';
}

/* The value of an option: "-c X", "-cX" no, "--container=X", "--container X". */
static bool value_of(const struct words *w, size_t i, const char *brief, const char *name,
		     struct slice *out)
{
	struct slice word = w->at[i];

	if (slice_is(word, brief) || slice_is(word, name)) {
		if (i + 1 < w->count)
			*out = w->at[i + 1];
		return true;
	}
	if (!slice_word(&word, name) || !slice_word(&word, "="))
		return false;
	*out = word;
	return true;
}

static void kube_options(const struct words *w, size_t from, size_t to, struct mw_paste_command *c)
{
	for (size_t i = from; i < to; i++) {
		value_of(w, i, "-n", "--namespace", &c->pod_namespace);
		value_of(w, i, "-c", "--container", &c->container);
	}
}

/* The first word in [from, to) that is neither an option nor the value of one that `valued` lists. */
static size_t operand(const struct words *w, size_t from, size_t to, const char *const *valued)
{
	for (size_t i = from; i < to; i++) {
		if (!option(w->at[i]))
			return i;
		if (is_any(w->at[i], valued))
			i++;
	}
	return to;
}

static const char *const kube_valued[] = { "-n",        "--namespace",  "-c", "--container",
					   "--context", "--kubeconfig", "-o", "--output",
					   "-l",        "--selector",   NULL };

static size_t find_word(const struct words *w, size_t from, const char *word)
{
	while (from < w->count && !slice_is(w->at[from], word))
		from++;
	return from;
}

/* kubectl [-n NS] exec [-it] POD [-c C] [--] CMD */
static size_t kubectl_exec(const struct words *w, size_t at, struct mw_paste_command *c)
{
	size_t verb = operand(w, at + 1, w->count, kube_valued), pod, dashes;

	if (verb == w->count || !slice_is(w->at[verb], "exec"))
		return at;
	dashes = find_word(w, verb, "--");
	pod = operand(w, verb + 1, dashes, kube_valued);
	kube_options(w, at + 1, dashes, c);
	if (pod == dashes)
		return at;
	c->pod = slice_last(w->at[pod], '/');
	c->inside = true;
	return dashes < w->count ? dashes + 1 : operand(w, pod + 1, w->count, kube_valued);
}

static const char *const exec_valued[] = { "-e", "--env", "-u", "--user", "-w", "--workdir", NULL };

/* docker exec [-it] NAME CMD; crictl, podman, nerdctl likewise */
static size_t docker_exec(const struct words *w, size_t at, struct mw_paste_command *c)
{
	size_t name;

	if (at + 1 >= w->count || !slice_is(w->at[at + 1], "exec"))
		return at;
	name = operand(w, at + 2, w->count, exec_valued);
	if (name == w->count)
		return at;
	c->container = w->at[name];
	c->inside = true;
	return name + 1;
}

static const char *const ssh_valued[] = { "-p", "-i", "-l", "-o", "-J", "-F", NULL };

static size_t ssh(const struct words *w, size_t at, struct mw_paste_command *c)
{
	size_t host = operand(w, at + 1, w->count, ssh_valued);

	if (host + 1 >= w->count)
		return at;
	c->host = slice_last(w->at[host], '@');
	c->inside = false;
	return host + 1;
}

static const char *const sudo_valued[] = { "-u", "-g", "-n", "--interval", "-s", "-k", NULL };

/* sudo, time, watch -n 1, timeout 5, env A=b: what they run follows their options. */
static size_t wrapper(const struct words *w, size_t at, struct mw_paste_command *c)
{
	bool number = slice_is(w->at[at], "timeout");
	size_t next = operand(w, at + 1, w->count, sudo_valued);

	if (number)
		next++;
	while (next < w->count && memchr(w->at[next].at, '=', w->at[next].len) &&
	       !memchr(w->at[next].at, '/', w->at[next].len))
		next++;
	return next < w->count ? next : at;
}

static size_t nsenter(const struct words *w, size_t at, struct mw_paste_command *c)
{
	static const char *const valued[] = { "-t", "--target", NULL };
	size_t next = operand(w, at + 1, w->count, valued);

	c->inside = true;
	return next < w->count ? next : at;
}

static const struct {
	const char *name;
	size_t (*step)(const struct words *w, size_t at, struct mw_paste_command *c);
} wrappers[] = {
	{ "kubectl", kubectl_exec }, { "oc", kubectl_exec },
	{ "k", kubectl_exec },       { "docker", docker_exec },
	{ "podman", docker_exec },   { "crictl", docker_exec },
	{ "nerdctl", docker_exec },  { "ssh", ssh },
	{ "sudo", wrapper },         { "time", wrapper },
	{ "watch", wrapper },        { "timeout", wrapper },
	{ "env", wrapper },          { "nice", wrapper },
	{ "nohup", wrapper },        { "command", wrapper },
	{ "do", wrapper },           { "nsenter", nsenter },
};

static size_t unwrap(const struct words *w, struct mw_paste_command *c)
{
	size_t at = 0;

	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers) && at < w->count;) {
		size_t next = at;

		if (slice_is(slice_last(w->at[at], '/'), wrappers[i].name))
			next = wrappers[i].step(w, at, c);
		i = next == at ? i + 1 : 0;
		at = next;
	}
	return at;
}

/* --- what it reads ---------------------------------------------------------------------------- */

/* Takes the last steps of "a/../b" out, as people type them. */
static size_t normalise(char *path, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		struct slice rest = { path + i, len - i };

		if (slice_begins(rest, "/./") || (rest.len == 2 && slice_begins(rest, "/."))) {
			i += 2;
		} else if (slice_begins(rest, "/../") ||
			   (rest.len == 3 && slice_begins(rest, "/.."))) {
			while (n && path[n - 1] != '/')
				n--;
			n -= n > 0;
			i += 3;
		} else if (slice_begins(rest, "//")) {
			i++;
		} else {
			path[n++] = path[i++];
		}
	}
	return n;
}

static bool join(struct arena *a, struct slice cwd, struct slice name, struct slice *out)
{
	char *path;

	if ((name.len && strchr("/~$", *name.at)) || !cwd.len || *cwd.at == '~') {
		cwd.len = 0;
		if (!name.len || !memchr(name.at, '.', name.len)) {
			*out = name;
			return true;
		}
	}
	path = arena_alloc(a, cwd.len + name.len + 2);
	if (!path)
		return false;
	if (cwd.len) {
		memcpy(path, cwd.at, cwd.len);
		path[cwd.len++] = '/';
	}
	memcpy(path + cwd.len, name.at, name.len);
	*out = (struct slice){ path, normalise(path, cwd.len + name.len) };
	return true;
}

static bool add_path(struct arena *a, struct mw_paste_command *c, struct slice word)
{
	if (c->path_count == MW_COMMAND_PATHS || !word.len)
		return true;
	if (slice_begins(word, "<"))
		word = slice_skip(word, 1);
	return join(a, c->cwd, word, &c->paths[c->path_count++]);
}

static const char *const readers[] = { "cat", "head", "tail", "more", "less", "zcat", "tac",
				       "nl",  "sort", "ls",   "cut",  "xxd",  NULL };
static const char *const filters[] = { "grep", "egrep", "zgrep", "awk", "sed", "fgrep",
				       "rg",   "gawk",  "mawk",  "jq",  NULL };
static const char *const path_valued[] = { "-n", "-c", "-e", "-f", "-F", "-v", "-A",
					   "-B", "-C", "-m", "-d", "-k", NULL };

static bool find_paths(struct arena *a, const struct words *w, size_t at,
		       struct mw_paste_command *c)
{
	bool filter = is_any(c->program, filters), pattern = filter;

	if (!filter && !is_any(c->program, readers))
		return true;
	for (size_t i = at + 1; i < w->count; i++) {
		struct slice word = w->at[i];

		if (option(word)) {
			if (slice_is(word, "-e") || slice_is(word, "-f"))
				pattern = false;
			/* grep's -c and -v take nothing */
			if (is_any(word, path_valued) &&
			    !(filter && (slice_is(word, "-c") || slice_is(word, "-v") ||
					 (slice_is(word, "-n") && !slice_is(c->program, "head")))))
				i++;
		} else if (slice_begins(word, ">") || slice_begins(word, "2>")) {
			break;
		} else if (pattern) {
			pattern = false;
		} else if (!add_path(a, c, word)) {
			return false;
		}
	}
	return true;
}

static bool number(struct slice s, uint64_t *out)
{
	uint64_t v;

	if (!slice_u64(&s, &v) || s.len || !v || v > UINT32_MAX)
		return false;
	*out = v;
	return true;
}

static const char *const pid_first[] = { "pmap",    "jstat",    "jmap",  "jcmd", "jstack",
					 "jinfo",   "jhsdb",    "gcore", "ps",   "gdb",
					 "prlimit", "numastat", NULL };

static uint64_t pid_in_path(struct slice s)
{
	uint64_t pid = 0;
	struct slice digits;

	while (slice_after(&s, "/proc/")) {
		digits = s;
		if (slice_u64(&digits, &pid) && (!digits.len || *digits.at == '/'))
			return pid;
	}
	return 0;
}

static void find_pid(const struct words *w, size_t at, struct mw_paste_command *c)
{
	for (size_t i = 0; i < c->path_count && !c->pid; i++)
		c->pid = pid_in_path(c->paths[i]);
	for (size_t i = at + 1; i < w->count && !c->pid; i++) {
		struct slice value = { "", 0 };

		if (value_of(w, i, "-p", "--pid", &value) || value_of(w, i, "-q", "--ppid", &value))
			number(value, &c->pid);
		else if (slice_begins(w->at[i], "-p"))
			number(slice_skip(w->at[i], 2), &c->pid);
	}
	if (c->pid || !is_any(c->program, pid_first))
		return;
	for (size_t i = at + 1; i < w->count && !c->pid; i++)
		/* jstat's header every so many lines */
		if (slice_is(w->at[i], "-h"))
			i++;
		else
			number(w->at[i], &c->pid);
}

/* --- the line --------------------------------------------------------------------------------- */

/* Programs that print nothing that is looked for, in front of the one that does. */
static const char *const silent[] = { "cd",   "export", "echo", "date",  "clear",
				      "set",  "sleep",  "for",  "while", "sync",
				      "done", "pushd",  "sh",   "bash",  NULL };

static int simple(struct arena *a, struct slice text, struct mw_paste_command *c, int depth);

static bool change_directory(struct arena *a, const struct words *w, size_t at,
			     struct mw_paste_command *c)
{
	struct slice cwd;

	if (at + 1 >= w->count)
		return true;
	if (!join(a, c->cwd, w->at[at + 1], &cwd))
		return false;
	c->cwd = cwd;
	return true;
}

/* for f in a b; do cat $f; done: the list is what is read. */
static bool loop(struct arena *a, const struct words *w, size_t at, struct mw_paste_command *c)
{
	for (size_t i = find_word(w, at, "in") + 1; i < w->count; i++)
		if (memchr(w->at[i].at, '/', w->at[i].len) && !add_path(a, c, w->at[i]))
			return false;
	return true;
}

static int run(struct arena *a, const struct words *w, struct slice text,
	       struct mw_paste_command *c, int depth)
{
	size_t at = unwrap(w, c);
	struct slice name;

	if (at == w->count)
		return 0;
	name = slice_last(w->at[at], '/');
	if ((slice_is(name, "sh") || slice_is(name, "bash")) && at + 2 < w->count &&
	    slice_begins(w->at[at + 1], "-") && slice_ends(w->at[at + 1], "c"))
		return depth < DEPTH ? simple(a, w->at[at + 2], c, depth + 1) : 0;
	if (slice_is(name, "cd") && !change_directory(a, w, at, c))
		return -ENOMEM;
	if (slice_is(name, "for") && !loop(a, w, at, c))
		return -ENOMEM;
	if (is_any(name, silent))
		return 0;
	c->program = name;
	c->arguments = slice_skip(text, (size_t)(w->at[at].at + w->at[at].len - text.at));
	c->arguments = slice_trim(c->arguments);
	kube_options(w, at + 1, w->count, c);
	if (!find_paths(a, w, at, c))
		return -ENOMEM;
	find_pid(w, at, c);
	return 0;
}

/* Simple commands in turn, until one that prints. */
static int simple(struct arena *a, struct slice text, struct mw_paste_command *c, int depth)
{
	int error = 0;

	while (text.len && !error && !c->program.len) {
		bool bar;
		size_t end = simple_end(text, &bar);
		struct slice one = { text.at, end };
		struct words w;

		text = slice_skip(text, end + 1);
		while (slice_begins(text, "&") || slice_begins(text, "|"))
			text = slice_skip(text, 1);
		cut_words(one, &w);
		error = run(a, &w, one, c, depth);
		if (!error && bar && c->program.len)
			c->filter = slice_trim(text);
	}
	return error;
}

int mw_command_parse(struct arena *a, struct slice text, struct mw_paste_command *c)
{
	c->text = text;
	text.len = mw_line_remark(text);
	return simple(a, text, c, 0);
}
