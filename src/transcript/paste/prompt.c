/* A shell's prompt in front of a command. */
#include "transcript/paste.h"

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '+';
}

static bool take_word(struct slice *s, struct slice *word)
{
	size_t n = 0;

	while (n < s->len && word_byte(s->at[n]))
		n++;
	if (!n)
		return false;
	*word = (struct slice){ s->at, n };
	*s = slice_skip(*s, n);
	return true;
}

/* What a line that begins with "#" must begin with to be a command rather than a remark. `bare`: it
 * may stand alone. Two words: the second is one of its own. */
static const struct {
	const char *name;
	bool bare, verbs;
} commands[] = {
	{ "awk" },

	{ "cat" },
	{ "cd" },
	{ "crictl", false, true },
	{ "curl" },
	{ "date", true },
	{ "df", true },
	{ "dmesg", true },
	{ "docker", false, true },
	{ "du", true },
	{ "egrep" },
	{ "find" },
	{ "for" },
	{ "free", true },
	{ "grep" },
	{ "head" },
	{ "hostname", true },
	{ "htop", true },
	{ "jcmd" },
	{ "jhsdb", false, true },
	{ "jmap" },
	{ "jps", true },
	{ "jstat" },
	{ "journalctl", true },
	{ "kubectl", false, true },
	{ "less" },
	{ "ls", true },
	{ "lsof", true },
	{ "memwhy", true, true },
	{ "more" },
	{ "mount", true },
	{ "netstat", true },
	{ "nsenter" },
	{ "numactl" },
	{ "numastat", true },
	{ "oc", false, true },
	{ "pidstat", true },
	{ "pmap" },
	{ "podman", false, true },
	{ "ps", true },
	{ "sar", true },
	{ "slabtop", true },
	{ "smem", true },
	{ "ss", true },
	{ "sudo" },
	{ "swapon", true },
	{ "sysctl" },
	{ "systemctl", true, true },
	{ "tail" },
	{ "top", true },
	{ "uname", true },
	{ "uptime", true },
	{ "vmstat", true },
	{ "watch" },
	{ "zcat" },
	{ "zgrep" },
	{ "systemd-cgtop", true },
	{ "ctr", false, true },
	{ "nerdctl", false, true },
};

/* An argument, not a word of a sentence. */
static bool argument(struct slice word)
{
	if (!word.len)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (strchr("/-.*$|'\"=&0123456789", word.at[i]))
			return true;
	return false;
}

/* `grep PATTERN FILE`: the pattern may be any word. */
static bool names_file(struct slice words)
{
	struct slice word;

	while (slice_token(&words, &word))
		if (memchr(word.at, '/', word.len) || slice_begins(word, "memory."))
			return true;
	return false;
}

static bool ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] >= 0x80)
			return false;
	return true;
}

static bool likely_command(struct slice text)
{
	struct slice first, second = { "", 0 }, name;

	/* a remark may follow a command, but in a script's manner */
	text.len = mw_line_remark(text);
	if (!ascii(text) || !slice_token(&text, &first))
		return false;
	slice_token(&text, &second);
	name = slice_last(first, '/');
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (slice_is(name, commands[i].name))
			return second.len
				       ? commands[i].verbs || argument(second) || names_file(text)
				       : commands[i].bare;
	return false;
}

/* A command as such, not a price or a variable. */
static bool possible_command(struct slice text)
{
	char c = text.len ? *text.at : 0;

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("/.~({'\"_", c);
}

bool mw_command_likely(struct slice line)
{
	struct slice rest = line, first, second;

	/* the first line of top's own output */
	return slice_token(&rest, &first) && slice_token(&rest, &second) &&
	       !slice_is(second, "-") && first.at == line.at && likely_command(line);
}

static void skip_extras(struct slice *s)
{
	struct slice rest = *s, ignored;
	uint64_t v;

	slice_skip_blanks(&rest);
	/* a virtual environment's name */
	if (slice_word(&rest, "(") && slice_until(&rest, ')', &ignored) && ignored.len < 40 &&
	    slice_begins(rest, " "))
		*s = slice_skip(rest, 1);
	rest = *s;
	slice_skip_blanks(&rest);
	slice_word(&rest, "[");
	/* the time of day */
	if (slice_u64(&rest, &v) && v < 24 && slice_word(&rest, ":") && slice_u64(&rest, &v) &&
	    v < 60) {
		if (slice_word(&rest, ":") && !slice_u64(&rest, &v))
			return;
		slice_word(&rest, "]");
		if (rest.len && (slice_blank(*rest.at) || *rest.at == '['))
			*s = rest;
	}
}

static bool mark(struct slice *s, struct mw_prompt *p)
{
	if (!s->len || !strchr("#$%>", *s->at))
		return false;
	p->root = *s->at == '#';
	*s = slice_skip(*s, 1);
	if (s->len && !slice_blank(*s->at) && !word_byte(*s->at) && *s->at != '/')
		return false;
	p->command = slice_trim(*s);
	return true;
}

/* [user@host cwd]$ */
static bool bracketed(struct slice s, struct mw_prompt *p)
{
	struct slice in;

	if (!slice_word(&s, "[") || !slice_until(&s, ']', &in) || !take_word(&in, &p->user) ||
	    !slice_word(&in, "@") || !take_word(&in, &p->host))
		return false;
	slice_word(&in, ":");
	slice_skip_blanks(&in);
	if (!slice_token(&in, &p->cwd))
		p->cwd = (struct slice){ "", 0 };
	slice_skip_blanks(&s);
	return mark(&s, p);
}

/* Where a directory ends and the mark stands: "/app # ", "~$ ", "/#". */
static bool directory(struct slice s, struct mw_prompt *p)
{
	size_t n = 0, end;

	while (n < s.len && !slice_blank(s.at[n]) && !strchr("#$%>", s.at[n]))
		n++;
	end = n;
	while (n < s.len && slice_blank(s.at[n]))
		n++;
	/* a branch in brackets, as shells with git show */
	if (n < s.len && s.at[n] == '(') {
		while (n < s.len && s.at[n] != ')')
			n++;
		n += n < s.len;
		while (n < s.len && slice_blank(s.at[n]))
			n++;
	}
	p->cwd = (struct slice){ s.at, end };
	s = slice_skip(s, n);
	/* "/usr/bin/java # what it is" */
	return mark(&s, p) && ascii(p->command);
}

/* user@host:cwd$, user@host cwd %, host:cwd # */
static bool at_host(struct slice s, struct mw_prompt *p)
{
	bool user;

	if (!take_word(&s, &p->host))
		return false;
	user = slice_word(&s, "@");
	if (user) {
		p->user = p->host;
		if (!take_word(&s, &p->host))
			return false;
	}
	if (slice_word(&s, ":") || (user && slice_begins(s, " ")))
		slice_skip_blanks(&s);
	else if (!user || !s.len || !strchr("#$%>", *s.at))
		return false;
	if (!user && (!s.len || !strchr("/~", *s.at)))
		return false;
	return directory(s, p);
}

/* bash-4.2# */
static bool shell_version(struct slice s, struct mw_prompt *p)
{
	uint64_t v;

	return (slice_word(&s, "bash-") || slice_word(&s, "sh-")) && slice_u64(&s, &v) &&
	       slice_word(&s, ".") && slice_u64(&s, &v) && mark(&s, p);
}

/* "➜  dir git:(main) ✗ cmd", "➜ cmd", "❯ cmd" */
static bool arrow(struct slice s, struct mw_prompt *p)
{
	bool omz = slice_word(&s, "\xe2\x9e\x9c");
	struct slice first, second, rest;

	if (!omz && !slice_word(&s, "\xe2\x9d\xaf"))
		return false;
	p->command = slice_trim(s);
	if (!omz)
		return true;
	rest = s;
	if (!slice_token(&rest, &first))
		return true;
	s = rest;
	if (slice_token(&rest, &second) && slice_begins(second, "git:(")) {
		p->cwd = first;
		slice_skip_blanks(&rest);
		slice_word(&rest, "\xe2\x9c\x97");
		p->command = slice_trim(rest);
	} else if (slice_is(first, "~") || slice_is(first, "/")) {
		p->cwd = first;
		p->command = slice_trim(s);
	}
	return true;
}

static bool bare(struct slice s, struct mw_prompt *p)
{
	if (!mark(&s, p) || s.at[-1] == '>' || (s.len && !slice_blank(*s.at)))
		return false;
	if (s.at[-1] == '$')
		return !p->command.len || possible_command(p->command);
	return likely_command(p->command);
}

bool mw_prompt_parse(struct slice line, struct mw_prompt *out)
{
	static bool (*const forms[])(struct slice, struct mw_prompt *) = { bracketed, at_host,
									   shell_version, arrow,
									   bare };
	struct mw_prompt p;

	skip_extras(&line);
	slice_skip_blanks(&line);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		p = (struct mw_prompt){ .command = { "", 0 } };
		if (forms[i](line, &p)) {
			*out = p;
			return true;
		}
	}
	p = (struct mw_prompt){ .command = { "", 0 } };
	if (!line.len || !strchr("/~", *line.at) || !directory(line, &p))
		return false;
	*out = p;
	return true;
}
