#include "collect/process/stat.h"

#include <errno.h>

/* The name may hold ')' and newlines: it ends at the last ')' that numbers can follow. */
static bool split_comm(struct slice text, struct slice *comm, struct slice *rest)
{
	const char *open = memchr(text.at, '(', text.len);
	const char *end = memrchr(text.at, ')', text.len);

	if (!open || !end || end < open)
		return false;
	*comm = (struct slice){ open + 1, (size_t)(end - open - 1) };
	*rest = slice_skip(text, (size_t)(end + 1 - text.at));
	return true;
}

int mw_proc_stat_parse(struct slice text, struct mw_proc_stat *out)
{
	enum { LAST = 22 };
	struct mw_proc_stat s;
	struct slice rest, state;
	uint64_t field[LAST + 1] = { 0 };
	int64_t number;

	if (!text.len || !slice_u64(&text, &s.pid) || !split_comm(text, &s.comm, &rest) ||
	    !slice_token(&rest, &state) || state.len != 1)
		return -EBADMSG;
	/* numbered as in proc(5); some are negative, none of those is used */
	for (int i = 4; i <= LAST; i++) {
		if (!slice_i64(&rest, &number))
			return -EBADMSG;
		field[i] = (uint64_t)number;
	}
	s.state = *state.at;
	s.ppid = field[4];
	s.flags = field[9];
	s.minflt = field[10];
	s.majflt = field[12];
	s.start = field[22];
	*out = s;
	return 0;
}

int mw_proc_status_parse(struct slice text, struct mw_proc_status *out)
{
	struct mw_proc_status s;
	struct slice line;

	if (!slice_line(&text, &line) || !slice_word(&line, "Name:"))
		return -EBADMSG;
	/* one tab: further blanks belong to the name */
	slice_word(&line, "\t");
	s.name = line;
	while (slice_line(&text, &line)) {
		if (!slice_word(&line, "Uid:"))
			continue;
		if (!slice_u64(&line, &s.uid) || !slice_u64(&line, &s.euid))
			return -EBADMSG;
		*out = s;
		return 0;
	}
	return -EBADMSG;
}

size_t mw_proc_unescape(char *out, struct slice text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '\\' && i + 1 < text.len &&
		    (text.at[i + 1] == 'n' || text.at[i + 1] == '\\'))
			c = text.at[++i] == 'n' ? '\n' : '\\';
		out[len++] = c;
	}
	return len;
}

static bool has_memory(struct slice controllers)
{
	struct slice word;

	while (slice_until(&controllers, ',', &word))
		if (slice_is(word, "memory"))
			return true;
	return slice_is(controllers, "memory");
}

bool mw_proc_cgroup_parse(struct slice text, struct slice *path)
{
	struct slice line, id, controllers, unified = { 0 };

	while (slice_line(&text, &line)) {
		if (!slice_until(&line, ':', &id) || !slice_until(&line, ':', &controllers))
			continue;
		if (has_memory(controllers)) {
			*path = line;
			return true;
		}
		if (slice_is(id, "0") && !controllers.len)
			unified = line;
	}
	if (!unified.at)
		return false;
	*path = unified;
	return true;
}

int mw_proc_statm_parse(struct slice text, uint64_t *resident, uint64_t *shared)
{
	uint64_t size, r, s;

	if (!slice_u64(&text, &size) || !slice_u64(&text, &r) || !slice_u64(&text, &s))
		return -EBADMSG;
	*resident = r;
	*shared = s;
	return 0;
}
