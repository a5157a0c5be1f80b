#include "collect/cgroup/mountinfo.h"

#include <errno.h>

bool mw_mount_parse(struct slice line, struct mw_mount *out)
{
	struct mw_mount m = { 0 };
	struct slice skipped, word;

	/* "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:7 - tmpfs tmpfs rw,mode=755" */
	if (!slice_u64(&line, &m.id) || !slice_u64(&line, &m.parent) ||
	    !slice_u64(&line, &m.major) || !slice_word(&line, ":") || !slice_u64(&line, &m.minor) ||
	    !slice_token(&line, &m.root) || !slice_token(&line, &m.point) ||
	    !slice_token(&line, &skipped))
		return false;
	do {
		if (!slice_token(&line, &word))
			return false;
	} while (!slice_is(word, "-"));
	if (!slice_token(&line, &m.type))
		return false;
	/* the source in between may be empty */
	while (slice_token(&line, &word))
		m.options = word;
	*out = m;
	return true;
}

bool mw_mount_option(struct slice list, const char *word)
{
	struct slice option;

	while (slice_until(&list, ',', &option))
		if (slice_is(option, word))
			return true;
	return slice_is(list, word);
}

static bool octal(const char *at, char *out)
{
	unsigned v = 0;

	for (int i = 0; i < 3; i++) {
		if (at[i] < '0' || at[i] > '7')
			return false;
		v = v * 8 + (unsigned)(at[i] - '0');
	}
	*out = (char)v;
	return v > 0 && v < 256;
}

void mw_mount_text(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '\\' && text.len - i > 3 && octal(text.at + i + 1, &c))
			i += 3;
		buf_char(out, c);
	}
}

static void keep(struct mw_mount *kept, bool *has, const struct mw_mount *m)
{
	static const char usual[] = "/sys/fs/cgroup";

	if (*has && !slice_equal(m->point, kept->point) &&
	    (slice_begins(kept->point, usual) || !slice_begins(m->point, usual)))
		return;
	*kept = *m;
	*has = true;
}

int mw_mounts_scan(struct slice text, struct mw_mounts *out)
{
	struct mw_mounts found = { 0 };
	struct slice line;
	bool any = false;

	while (slice_line(&text, &line)) {
		struct mw_mount m;

		if (!mw_mount_parse(line, &m))
			continue;
		any = true;
		if (slice_is(m.point, "/"))
			keep(&found.root, &found.has_root, &m);
		if (slice_is(m.type, "cgroup2"))
			keep(&found.unified, &found.has_unified, &m);
		if (slice_is(m.type, "cgroup") && mw_mount_option(m.options, "memory"))
			keep(&found.memory, &found.has_memory, &m);
	}
	if (!any)
		return -EBADMSG;
	*out = found;
	return 0;
}
