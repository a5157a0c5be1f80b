#include "cli/list/users.h"

#include <errno.h>
#include <pwd.h>

void mw_users_read(struct mw_users *u, struct mw_source *source, bool ask_system)
{
	struct mw_dir root = mw_root(source);

	if (u->read)
		return;
	u->read = true;
	u->ask_system = ask_system;
	u->text.limit = 4 << 20;
	if (mw_read(&root, "etc/passwd", &u->text))
		buf_clear(&u->text);
}

void mw_users_release(struct mw_users *u)
{
	buf_release(&u->text);
}

/* name:password:uid:… */
static bool parse_line(struct slice line, struct slice *name, uint32_t *uid)
{
	struct slice password;
	uint64_t v;

	if (!slice_until(&line, ':', name) || !slice_until(&line, ':', &password) ||
	    !slice_u64(&line, &v) || v > UINT32_MAX)
		return false;
	*uid = (uint32_t)v;
	return name->len > 0;
}

bool mw_users_find(const struct mw_users *u, struct slice user, uint32_t *out)
{
	struct slice text = buf_slice(&u->text), line, name, rest = user;
	char copy[64];
	struct passwd *entry;
	uint64_t v;
	uint32_t uid;

	while (slice_line(&text, &line))
		if (parse_line(line, &name, &uid) && slice_equal(name, user)) {
			*out = uid;
			return true;
		}
	if (user.len && !slice_blank(*user.at) && slice_u64(&rest, &v) && !rest.len &&
	    v <= UINT32_MAX) {
		*out = (uint32_t)v;
		return true;
	}
	if (!u->ask_system || user.len >= sizeof(copy))
		return false;
	memcpy(copy, user.at, user.len);
	copy[user.len] = '\0';
	entry = getpwnam(copy);
	if (entry)
		*out = entry->pw_uid;
	return entry != NULL;
}

void mw_users_name(const struct mw_users *u, uint32_t uid, struct buf *out)
{
	struct slice text = buf_slice(&u->text), line, name;
	struct passwd *entry;
	uint32_t other;

	while (slice_line(&text, &line))
		if (parse_line(line, &name, &other) && other == uid) {
			buf_add(out, name);
			return;
		}
	entry = u->ask_system ? getpwuid(uid) : NULL;
	if (entry && *entry->pw_name)
		buf_puts(out, entry->pw_name);
	else
		buf_u64(out, uid);
}

/* The next of "a,b,c". */
static bool next_user(struct slice *list, struct slice *user)
{
	if (!list->len)
		return false;
	if (!slice_until(list, ',', user)) {
		*user = *list;
		list->len = 0;
	}
	*user = slice_trim(*user);
	return true;
}

int mw_users_resolve(const struct mw_users *u, struct slice list, uint32_t *out, size_t most,
		     struct slice *who)
{
	struct slice user;
	size_t count = 0;

	while (next_user(&list, &user)) {
		if (count == most || !mw_users_find(u, user, &out[count])) {
			*who = user;
			return -EINVAL;
		}
		count++;
	}
	return (int)count;
}
