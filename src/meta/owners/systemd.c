/* systemd: units, slices, scopes, sessions of users, and the machines that systemd-machined knows
 * (libvirt's, nspawn's). A unit's name stays as systemctl takes it, escapes included; a machine's name
 * loses them, for they stand for the name. */
#include "meta/owner.h"
#include "meta/path.h"

#include <errno.h>

enum { LONGEST_NAME = 256 };

static const struct {
	const char *type, *role;
} types[] = {
	{ ".service", MW_ROLE_UNIT }, { ".slice", MW_ROLE_SLICE }, { ".scope", MW_ROLE_SCOPE },
	{ ".mount", MW_ROLE_UNIT },   { ".socket", MW_ROLE_UNIT }, { ".swap", MW_ROLE_UNIT },
};

/* What stands for somebody or something else: its id is between. */
static const struct {
	const char *begin, *end, *role;
	bool machine;
} named[] = {
	{ "user-", ".slice", MW_ROLE_SLICE, false },
	{ "user@", ".service", MW_ROLE_UNIT, false },
	{ "session-", ".scope", MW_ROLE_SESSION, false },
	{ "machine-", ".scope", MW_ROLE_MACHINE, true },
	{ "systemd-nspawn@", ".service", MW_ROLE_MACHINE, true },
};

static void note(struct mw_who *who, const char *role, struct slice name)
{
	mw_who_text(who, M_CG_ROLE, slice_of(role));
	mw_who_text(who, M_CG_RUNTIME, SLICE("systemd"));
	mw_who_text(who, M_CG_NAME, name);
}

static bool recognise_named(struct mw_who *who, struct slice name)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		char plain[LONGEST_NAME];
		struct slice id = name;
		size_t len;

		if (!slice_word(&id, named[i].begin) || !mw_path_unit(id, named[i].end, &id))
			continue;
		if (!named[i].machine) {
			note(who, named[i].role, name);
			mw_who_text(who, M_CG_RUNTIME_ID, id);
			return true;
		}
		len = mw_unit_unescape(id, plain, sizeof(plain));
		note(who, named[i].role, len ? (struct slice){ plain, len } : id);
		/* machined's link to it bears the unit's name */
		mw_who_text(who, M_CG_RUNTIME_ID, name);
		return true;
	}
	return false;
}

static void recognise(struct mw_who *who)
{
	struct slice name = mw_path_last(who->path, NULL), stem;

	if (mw_who_knows(who, M_CG_ROLE) || recognise_named(who, name))
		return;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (mw_path_unit(name, types[i].type, &stem)) {
			note(who, types[i].role, name);
			return;
		}
}

/* --- logind's and machined's files ------------------------------------------------------------ */

static void take(struct mw_who *who, struct slice text, const char *user)
{
	struct slice line, key;
	uint64_t pid;

	while (slice_line(&text, &line)) {
		if (!slice_until(&line, '=', &key))
			continue;
		if (user && slice_is(key, user))
			mw_who_text(who, M_CG_USER, line);
		else if (slice_is(key, "LEADER") && slice_u64(&line, &pid) && !line.len && pid)
			mw_who_number(who, M_CG_INIT_PID, pid);
	}
}

static int read_named(struct mw_inquiry *q, struct mw_who *who)
{
	static const struct {
		const char *role, *file, *user;
	} files[] = {
		{ MW_ROLE_MACHINE, "run/systemd/machines/unit:", NULL },
		{ MW_ROLE_SESSION, "run/systemd/sessions/", "USER" },
		{ MW_ROLE_SLICE, "run/systemd/users/", "NAME" },
		{ MW_ROLE_UNIT, "run/systemd/users/", "NAME" },
	};
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID);

	if (!mw_who_is(who, M_CG_RUNTIME, "systemd"))
		return -ENOENT;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int error;

		if (!mw_who_is(who, M_CG_ROLE, files[i].role))
			continue;
		error = mw_inquiry_read(q, "%s%.*s", files[i].file, SLICE_ARG(id));
		if (!error)
			take(who, buf_slice(&q->text), files[i].user);
		return error;
	}
	return -ENOENT;
}

const struct mw_owner mw_owner_systemd = {
	.name = "systemd",
	.recognise = recognise,
	.read = read_named,
};
