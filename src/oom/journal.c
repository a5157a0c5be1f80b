/* journalctl -o verbose and -o export: a record is a group of fields, of which the message may come
 * before those that say whose it is. */
#include "oom/parts.h"

/* "Fri 2026-11-20 03:14:07.123456 UTC [s=…;i=…]" */
static bool is_verbose_head(struct slice line, const struct mw_stamp_rule *rule, int64_t *time)
{
	struct mw_stamp stamp;
	struct slice s = line;

	if (!slice_ends(line, "]") || !slice_after(&s, " [s="))
		return false;
	s = line;
	if (!mw_stamp_take(&s, rule, &stamp) || !slice_begins(slice_trim(s), "[s="))
		return false;
	*time = stamp.time;
	return true;
}

/* "_TRANSPORT=kernel" */
static bool is_field(struct slice line, struct slice *key, struct slice *value)
{
	struct slice s = line;

	slice_skip_blanks(&s);
	if (!s.len || (*s.at != '_' && !(*s.at >= 'A' && *s.at <= 'Z')) ||
	    !slice_until(&s, '=', key) || !key->len || key->len > 64)
		return false;
	for (size_t i = 0; i < key->len; i++)
		if (key->at[i] != '_' && !(key->at[i] >= 'A' && key->at[i] <= 'Z') &&
		    !(key->at[i] >= '0' && key->at[i] <= '9'))
			return false;
	*value = s;
	return true;
}

static void begin(struct mw_oom_journal *j, bool export_form, int64_t time)
{
	buf_clear(&j->message);
	buf_clear(&j->host);
	j->uptime = UINT64_MAX;
	j->time = time;
	j->open = true;
	j->export_form = export_form;
	j->kernel = j->has_message = j->in_message = j->raw_message = false;
}

bool mw_oom_journal_flush(struct mw_oom_journal *j, struct mw_envelope *out)
{
	bool whole = j->open && j->has_message && !j->message.error;

	j->open = false;
	if (!whole)
		return false;
	*out = (struct mw_envelope){
		.text = buf_slice(&j->message),
		.host = buf_slice(&j->host),
		.time = j->time,
		.uptime = j->uptime,
		.origin = j->kernel ? MW_ORIGIN_KERNEL : MW_ORIGIN_OTHER,
	};
	return true;
}

static void take_field(struct mw_oom_journal *j, struct slice key, struct slice value)
{
	uint64_t us;

	j->in_message = false;
	if (slice_is(key, "MESSAGE")) {
		buf_clear(&j->message);
		buf_add(&j->message, value);
		j->has_message = j->in_message = true;
	} else if (slice_is(key, "_TRANSPORT")) {
		j->kernel = slice_is(value, "kernel");
	} else if (slice_is(key, "_HOSTNAME")) {
		buf_clear(&j->host);
		buf_add(&j->host, value);
	} else if (slice_is(key, "__REALTIME_TIMESTAMP")) {
		if (slice_u64(&value, &us) && us < INT64_MAX / 1000)
			j->time = (int64_t)us * 1000;
	} else if (slice_is(key, "_SOURCE_MONOTONIC_TIMESTAMP")) {
		if (slice_u64(&value, &us))
			j->uptime = us;
	}
}

/* A field of several lines is "MESSAGE", its length in eight bytes, the text. */
static void take_raw(struct mw_oom_journal *j, struct slice line)
{
	if (j->raw_message) {
		line = slice_skip(line, 8);
		buf_clear(&j->message);
		j->has_message = j->in_message = true;
		j->raw_message = false;
	} else {
		buf_char(&j->message, '\n');
	}
	buf_add(&j->message, line);
}

static bool take_line(struct mw_oom_journal *j, struct slice line)
{
	struct slice key, value;

	if (j->export_form && slice_is(line, "MESSAGE")) {
		j->raw_message = true;
	} else if (j->raw_message) {
		take_raw(j, line);
	} else if ((j->export_form || (line.len > 4 && slice_begins(line, "    "))) &&
		   is_field(line, &key, &value)) {
		take_field(j, key, value);
	} else if (j->in_message && (j->export_form || slice_begins(line, "    "))) {
		take_raw(j, line);
	} else {
		return false;
	}
	return true;
}

/* @time of the record that begins, 0 in the export form, which tells it later */
static bool is_head(const struct mw_oom_journal *j, struct slice line,
		    const struct mw_stamp_rule *rule, int64_t *time)
{
	*time = 0;
	if (line.len && *line.at == '_')
		return slice_begins(line, "__CURSOR=") ||
		       (!j->open && slice_begins(line, "__REALTIME_TIMESTAMP="));
	return is_verbose_head(line, rule, time);
}

static bool goes_on(const struct mw_oom_journal *j, struct slice line)
{
	struct slice key, value;

	if (!j->export_form)
		return slice_begins(line, "    ");
	return j->raw_message || j->in_message || slice_is(line, "MESSAGE") ||
	       is_field(line, &key, &value);
}

bool mw_oom_journal_over(const struct mw_oom_journal *j, struct slice line,
			 const struct mw_stamp_rule *rule)
{
	int64_t time;

	return j->open && (!line.len || !goes_on(j, line) || is_head(j, line, rule, &time));
}

bool mw_oom_journal_line(struct mw_oom_journal *j, struct slice line,
			 const struct mw_stamp_rule *rule)
{
	int64_t time;

	if (is_head(j, line, rule, &time)) {
		begin(j, *line.at == '_', time);
		if (slice_begins(line, "__REALTIME"))
			take_line(j, line);
		return true;
	}
	return j->open && line.len && take_line(j, line);
}

void mw_oom_journal_release(struct mw_oom_journal *j)
{
	buf_release(&j->message);
	buf_release(&j->host);
}
