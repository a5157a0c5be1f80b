#include "oom/envelope.h"

enum { LAYERS = 6, LONGEST_BRACKET = 48 };

static bool digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static struct slice one_blank_less(struct slice s)
{
	return s.len && *s.at == ' ' ? slice_skip(s, 1) : s;
}

/* --- brackets --------------------------------------------------------------------------------- */

/* "12345.678901", "  +0.000012", "12345.678901 <    0.000012>" */
static bool is_uptime(struct slice s, uint64_t *uptime)
{
	uint64_t us;
	struct slice t = s;
	size_t digits = 0;
	bool relative;

	slice_skip_blanks(&t);
	relative = slice_word(&t, "+") || slice_begins(t, "<");
	slice_word(&t, "<");
	slice_skip_blanks(&t);
	while (digits < t.len && digit(t.at[digits]))
		digits++;
	if (!digits || digits == t.len || t.at[digits] != '.' || !slice_micro(&t, &us))
		return false;
	slice_skip_blanks(&t);
	if (t.len && *t.at != '<' && *t.at != '>')
		return false;
	*uptime = relative ? UINT64_MAX : us;
	return true;
}

/* "T123", "    C0" */
static bool is_caller(struct slice s, uint32_t *caller)
{
	uint64_t number;
	bool task;

	slice_skip_blanks(&s);
	task = slice_begins(s, "T");
	if ((!task && !slice_begins(s, "C")) || s.len < 2 || !digit(s.at[1]))
		return false;
	s = slice_skip(s, 1);
	if (!slice_u64(&s, &number) || s.len || number > INT32_MAX - 1)
		return false;
	*caller = task ? (uint32_t)number + 1 : (uint32_t)number | 1u << 31;
	return true;
}

static bool take_bracket(struct slice *rest, const struct mw_stamp_rule *rule,
			 struct mw_envelope *out)
{
	struct slice t = *rest, near, inside;
	struct mw_stamp stamp;

	if (!slice_word(&t, "["))
		return false;
	near = t;
	if (!slice_begins(t, "pod/"))
		near.len = near.len < LONGEST_BRACKET ? near.len : LONGEST_BRACKET;
	if (!slice_until(&near, ']', &inside))
		return false;
	t = slice_skip(t, inside.len + 1);
	if (slice_begins(inside, "pod/")) { /* kubectl logs --prefix */
		out->host = inside;
		*rest = one_blank_less(t);
		return true;
	}
	if (t.len && *t.at != ' ' && *t.at != '[')
		return false;
	if (is_caller(inside, &out->caller) && out->origin == MW_ORIGIN_KERNEL) {
		*rest = one_blank_less(t);
		return true;
	}
	if (out->origin == MW_ORIGIN_KERNEL && out->uptime != UINT64_MAX)
		return false;
	if (!is_uptime(inside, &out->uptime)) {
		struct slice s = inside;

		if (out->stamp.len || !mw_stamp_take(&s, rule, &stamp) || slice_trim(s).len)
			return false;
		out->stamp = stamp.written;
		out->time = stamp.time;
	}
	if (out->origin != MW_ORIGIN_OTHER)
		out->origin = MW_ORIGIN_KERNEL;
	/* "[12.3][ T1] text": the caller may stand behind a blank or not */
	*rest = t.len && *t.at == '[' ? t : one_blank_less(t);
	return true;
}

/* --- /dev/kmsg -------------------------------------------------------------------------------- */

/* "6,1234,567890,-,caller=T1;" */
static bool take_record(struct slice *rest, struct mw_envelope *out)
{
	struct slice t = *rest, head, caller;
	uint64_t priority, sequence, us;

	if (!t.len || !digit(*t.at) || !slice_u64(&t, &priority) || !slice_word(&t, ",") ||
	    !slice_u64(&t, &sequence) || !slice_word(&t, ",") || !slice_u64(&t, &us) ||
	    !slice_word(&t, ",") || !slice_until(&t, ';', &head) || head.len > 64)
		return false;
	caller = head;
	if (slice_after(&caller, "caller="))
		is_caller(caller, &out->caller);
	out->uptime = us;
	out->escaped = true;
	/* above the kernel's facility somebody wrote to /dev/kmsg */
	out->origin = priority < 8 ? MW_ORIGIN_KERNEL : MW_ORIGIN_OTHER;
	*rest = t;
	return true;
}

/* "<6>"; @return the syslog priority, or -1 */
static int take_level(struct slice *rest)
{
	struct slice t = *rest;
	uint64_t level;

	if (!slice_word(&t, "<") || !slice_u64(&t, &level) || level > 191 || !slice_word(&t, ">"))
		return -1;
	*rest = t;
	return (int)level;
}

/* "kern  :info  : ": dmesg -x */
static bool take_decoded(struct slice *rest, struct mw_envelope *out)
{
	static const char *const levels[] = { "emerg", "alert",  "crit", "err",
					      "warn",  "notice", "info", "debug" };
	struct slice t = *rest, facility, level;

	if (t.len < 16 || t.at[6] != ':' || t.at[13] != ':')
		return false;
	facility = slice_trim((struct slice){ t.at, 6 });
	level = slice_trim((struct slice){ t.at + 7, 6 });
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (slice_is(level, levels[i])) {
			if (!slice_is(facility, "kern"))
				out->origin = MW_ORIGIN_OTHER;
			*rest = one_blank_less(slice_skip(t, 14));
			return true;
		}
	return false;
}

/* --- syslog ----------------------------------------------------------------------------------- */

/* "kernel:", "sshd[12]:", "systemd:" */
static bool is_tag(struct slice word, bool *kernel)
{
	if (word.len < 2 || word.at[word.len - 1] != ':' || word.len > 64)
		return false;
	word.len--;
	*kernel = slice_is(word, "kernel") || slice_is(word, "kernel[0]") ||
		  slice_is(word, "vmunix");
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] == '=' || word.at[i] == '(' || word.at[i] == '<')
			return false;
	return true;
}

/* "HOST TAG: ", "HOST LEVEL TAG: ", "kernel: " */
static bool take_tag(struct slice *rest, bool sure, struct mw_envelope *out)
{
	struct slice t = *rest, words[3];
	bool kernel = false;

	for (unsigned i = 0; i < 3 && slice_token(&t, &words[i]); i++) {
		if (!is_tag(words[i], &kernel)) {
			/* a host has no colon behind it, and a level stands in its place only */
			if (words[i].at[words[i].len - 1] == ':' ||
			    (i == 1 && !memchr(words[i].at, '.', words[i].len)))
				return false;
			continue;
		}
		if (!kernel && (i != 1 || (!sure && !memchr(words[i].at, '[', words[i].len))))
			return false;
		if (i)
			out->host = words[0];
		out->origin = kernel ? MW_ORIGIN_KERNEL : MW_ORIGIN_OTHER;
		*rest = one_blank_less(t);
		return true;
	}
	return false;
}

/* RFC 5424, behind "<6>1 TIME ": HOST APP PROCID MSGID SD TEXT */
static bool take_5424(struct slice *rest, struct mw_envelope *out)
{
	struct slice t = *rest, host, app, word;

	if (!slice_token(&t, &host) || !slice_token(&t, &app) || !slice_token(&t, &word) ||
	    !slice_token(&t, &word))
		return false;
	t = one_blank_less(t);
	if (slice_begins(t, "[")) {
		if (!slice_after(&t, "]"))
			return false;
	} else if (!slice_word(&t, "-")) {
		return false;
	}
	t = one_blank_less(t);
	slice_word(&t, "\xef\xbb\xbf");
	out->host = host;
	out->origin = slice_is(app, "kernel") ? MW_ORIGIN_KERNEL : MW_ORIGIN_OTHER;
	*rest = t;
	return true;
}

/* "stdout F ": the container runtime's own log */
static bool take_stream(struct slice *rest)
{
	struct slice t = *rest;

	if (!slice_word(&t, "stdout ") && !slice_word(&t, "stderr "))
		return false;
	if (!slice_word(&t, "F ") && !slice_word(&t, "P "))
		return false;
	*rest = t;
	return true;
}

static bool take_time(struct slice *rest, const struct mw_stamp_rule *rule, bool rfc5424,
		      struct mw_envelope *out)
{
	struct slice t = *rest;
	struct mw_stamp stamp;

	if (out->stamp.len || !mw_stamp_take(&t, rule, &stamp) || (t.len && *t.at != ' '))
		return false;
	out->stamp = stamp.written;
	out->time = stamp.time;
	out->origin = stamp.comma ? MW_ORIGIN_KERNEL : MW_ORIGIN_TIME;
	*rest = one_blank_less(t);
	if (rfc5424 && take_5424(rest, out))
		return true;
	if (!stamp.comma && !take_stream(rest))
		take_tag(rest, true, out);
	return true;
}

/* "web-1  | ": docker compose logs */
static bool take_service(struct slice *rest, struct mw_envelope *out)
{
	struct slice t = *rest, name;

	if (!slice_token(&t, &name) || name.len > 64)
		return false;
	slice_skip_blanks(&t);
	if (!slice_word(&t, "| "))
		return false;
	out->host = name;
	*rest = t;
	return true;
}

void mw_envelope_read(struct slice line, const struct mw_stamp_rule *rule, struct mw_envelope *out)
{
	struct slice rest = line;
	int level;
	bool more = true;

	while (rest.len && (rest.at[rest.len - 1] == '\r' || rest.at[rest.len - 1] == '\n'))
		rest.len--;
	*out = (struct mw_envelope){ .uptime = UINT64_MAX };
	out->indented = rest.len && slice_blank(*rest.at);
	slice_skip_blanks(&rest);
	level = take_level(&rest);
	if (level >= 0 && level < 8)
		out->origin = MW_ORIGIN_KERNEL;
	if (!take_record(&rest, out)) {
		bool rfc5424 = level >= 0 && slice_word(&rest, "1 ");

		for (unsigned i = 0; i < LAYERS && more && rest.len; i++) {
			bool up = out->uptime != UINT64_MAX;

			more = take_bracket(&rest, rule, out);
			if (more && !up && out->uptime != UINT64_MAX && !out->stamp.len)
				take_tag(&rest, false, out); /* journalctl -o short-monotonic */
			if (!more && !up)
				more = take_time(&rest, rule, rfc5424, out) ||
				       take_decoded(&rest, out) || take_service(&rest, out);
		}
	}
	out->text = rest;
}
