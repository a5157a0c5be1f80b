/* podman's libpod API. Each user has a podman of their own, with a socket of its own. */
#include "base/scoped.h"
#include "meta/ask/ask.h"
#include "meta/json.h"
#include "meta/path.h"

#include <errno.h>
#include <stdio.h>

/* whose sockets are asked: each may cost its time */
enum { USERS = MW_ASK_PODMAN_USERS_LAST - MW_ASK_PODMAN_USERS + 1 };

/* A user's own program answers there: it may tell of that user's groups. */
struct service {
	enum mw_endpoint_id who;
	struct mw_listener at;
	uint32_t uid;
	const uint32_t *user; /* uid; NULL = it may tell of all groups */
};

struct services {
	const struct mw_ask *ask;
	struct mw_source *source;
	struct service at[USERS + 1];
	size_t count;
};

/* --- where they are --------------------------------------------------------------------------- */

static int add_user(const struct mw_dirent *entry, void *argument)
{
	struct services *all = argument;
	struct service *new = &all->at[all->count];
	struct slice name = slice_of(entry->name);
	uint64_t uid;
	char path[64];

	if (all->count > USERS)
		return 1;
	if (!slice_u64(&name, &uid) || name.len || uid > UINT32_MAX)
		return 0;
	snprintf(path, sizeof(path), "run/user/%.10s/podman/podman.sock", entry->name);
	if (mw_listener_socket(all->ask, all->source, path, &new->at))
		return 0;
	/* one who does not answer is no reason to leave the others alone */
	new->who = MW_ASK_PODMAN_USERS + (enum mw_endpoint_id)(all->count % USERS);
	new->uid = (uint32_t)uid;
	new->user = &new->uid;
	all->count++;
	return 0;
}

static int find(struct services *all, struct mw_snapshot *s)
{
	const char *given = all->ask->options->podman;
	struct mw_dir root = mw_root(all->source), users;

	all->at[0] = (struct service){ .who = MW_ASK_PODMAN };
	if (given && *given) {
		all->count = 1;
		return mw_listener_given(s, given, &all->at[0].at);
	}
	all->count = !mw_listener_socket(all->ask, all->source, "run/podman/podman.sock",
					 &all->at[0].at);
	if (!mw_open(&root, "run/user", &users)) {
		mw_list(&users, add_user, all);
		mw_close(&users);
	}
	return all->count ? 0 : -ENOENT;
}

/* --- the list --------------------------------------------------------------------------------- */

int mw_podman_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   mw_wanted_fn wanted, void *argument)
{
	struct services all = { .ask = ask, .source = source };
	int result = find(&all, s);

	for (size_t i = 0; i < all.count && result != -ENOMEM; i++) {
		struct service *service = &all.at[i];
		struct mw_container_list listing = { "podman", service->user, wanted, argument };
		const struct mw_question q = {
			.who = service->who,
			.at = &service->at,
			.path = "/v4.0.0/libpod/containers/json?all=true",
			.read = mw_containers_parse,
			.argument = &listing,
		};
		int error = mw_ask_question(ask, source, s, &q);

		result = result ? result : error;
	}
	return result;
}

/* --- one container ---------------------------------------------------------------------------- */

struct measured {
	struct slice id;
	struct mw_num *out;
	bool found;
};

static int on_stats(struct slice name, struct slice stats, void *argument)
{
	struct measured *m = argument;
	struct slice value;
	uint64_t used;

	(void)name;
	if (!mw_json_member(stats, "ContainerID", &value) || value.len < 2 ||
	    !slice_equal((struct slice){ value.at + 1, value.len - 2 }, m->id))
		return 0;
	if (!mw_json_member(stats, "MemUsage", &value) || !mw_json_whole(value, &used))
		return -EBADMSG;
	*m->out = (struct mw_num){ used, MW_OK };
	m->found = true;
	return 1;
}

int mw_podman_stats_parse(struct slice json, struct slice id, struct mw_num *out)
{
	struct measured m = { id, out, false };
	struct slice stats;
	int error;

	if (!mw_json_member(json, "Stats", &stats))
		return -EBADMSG;
	error = slice_is(stats, "null") ? 0 : mw_json_elements(stats, on_stats, &m);
	if (error < 0)
		return -EBADMSG;
	if (!m.found)
		*out = (struct mw_num){ 0, MW_ABSENT };
	return 0;
}

static int read_stats(struct slice json, void *argument)
{
	struct mw_entity *group = argument;
	struct mw_num usage;
	int error = mw_podman_stats_parse(json, slice_of(mw_get_text(group, M_CG_RUNTIME_ID)),
					  &usage);

	if (!error && usage.state == MW_OK)
		mw_set(group, M_CG_PODMAN_STATS, usage.v);
	return error;
}

int mw_podman_stats(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    struct mw_entity *group)
{
	const char *id = mw_get_text(group, M_CG_RUNTIME_ID);
	struct services all = { .ask = ask, .source = source };
	char path[160];
	int error;

	if (!id || !mw_is_container_id(slice_of(id)))
		return 0;
	error = find(&all, s);
	snprintf(path, sizeof(path), "/v4.0.0/libpod/containers/stats?stream=false&containers=%s",
		 id);
	/* a podman that does not know the container says 404, and the next one is asked */
	for (size_t i = 0; i < all.count && !error; i++) {
		const struct mw_question q = {
			.who = all.at[i].who,
			.at = &all.at[i].at,
			.path = path,
			.may_be_absent = true,
			.read = read_stats,
			.argument = group,
		};

		if (!mw_path_is_of(slice_of(group->name), all.at[i].user) ||
		    mw_get(group, M_CG_PODMAN_STATS).state == MW_OK)
			continue;
		error = mw_ask_question(ask, source, s, &q);
		if (error != -ENOMEM)
			error = 0;
	}
	return error;
}
