/* podman: libpod-ID.scope, /libpod_parent/libpod-ID. Names and images stand in one list of all
 * containers, which is read once a round; limits in each container's bundle. */
#include "meta/owners/oci.h"
#include "meta/owners/storage.h"
#include "meta/path.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { STORES = 32 };

struct container {
	struct slice id, json;
};

/* One user's containers, by id. */
struct store {
	struct mw_storage storage;
	const char *list; /* containers.json */
	struct container *at;
	size_t count;
	uint32_t uid; /* whose; 0 = root's: all groups may be of it */
};

struct stores {
	bool listed, homes_listed;
	struct mw_inquiry *q;
	size_t count;
	struct store at[STORES];
};

static void recognise(struct mw_who *who)
{
	static const char *const prefixes[] = { "libpod-", "libpod-payload-", NULL };
	struct slice above, name = mw_path_last(who->path, &above);

	if (mw_storage_recognise(who, "podman", prefixes))
		return;
	if (slice_begins(name, "libpod-conmon-")) {
		mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_SCOPE));
		mw_who_text(who, M_CG_RUNTIME, SLICE("podman"));
		mw_who_text(who, M_CG_NAME, name);
	} else if (mw_is_container_id(name) &&
		   slice_is(mw_path_last(above, NULL), "libpod_parent")) {
		/* podman's own pods: not Kubernetes' */
		mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_SLICE));
		mw_who_text(who, M_CG_RUNTIME, SLICE("podman"));
	}
}

/* --- the lists -------------------------------------------------------------------------------- */

static int order(const void *a, const void *b)
{
	const struct slice *x = &((const struct container *)a)->id,
			   *y = &((const struct container *)b)->id;
	int sign = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return sign ? sign : (x->len > y->len) - (x->len < y->len);
}

static int count_one(struct slice name, struct slice value, void *argument)
{
	(void)name;
	(void)value;
	++*(size_t *)argument;
	return 0;
}

static int take_one(struct slice name, struct slice value, void *argument)
{
	struct store *store = argument;
	struct slice id;

	(void)name;
	if (mw_json_member(value, "id", &id) && id.len > 2 && *id.at == '"')
		store->at[store->count++] = (struct container){ { id.at + 1, id.len - 2 }, value };
	return 0;
}

static void parse_list(struct mw_inquiry *q, struct store *store)
{
	struct slice json = buf_slice(&q->text);
	const char *copy;
	size_t count = 0;

	if (mw_json_elements(json, count_one, &count)) {
		mw_inquiry_malformed(q, "a list of containers");
		return;
	}
	copy = arena_copy(&q->arena, json);
	store->at = arena_array(&q->arena, count + 1, sizeof(*store->at));
	if (!copy || !store->at)
		return;
	mw_json_elements((struct slice){ copy, json.len }, take_one, store);
	qsort(store->at, store->count, sizeof(*store->at), order);
}

/* A user's file must be one, and the user's own: no link to what only root may read. */
static bool is_own_file(struct mw_inquiry *q, const char *path, uint32_t uid)
{
	struct mw_dir root = mw_root(q->source);
	struct mw_stat st;

	return !uid || (path && !mw_stat(&root, path, &st) && S_ISREG(st.mode) && st.uid == uid);
}

/* @files, @run  of a user, below the root */
static void add_stores(struct stores *all, const char *files, const char *run, uint32_t uid)
{
	static const char *const drivers[] = { "overlay", "vfs", NULL };
	static const char *const lists[] = { "containers.json", "volatile-containers.json", NULL };
	struct arena *a = &all->q->arena;

	for (const char *const *driver = drivers; *driver; driver++)
		for (const char *const *list = lists; *list; list++) {
			struct store *store = &all->at[all->count];

			if (all->count == STORES ||
			    !is_own_file(
				    all->q,
				    arena_printf(a, "%s/%s-containers/%s", files, *driver, *list),
				    uid) ||
			    mw_inquiry_read(all->q, "%s/%s-containers/%s", files, *driver, *list))
				continue;
			*store = (struct store){
				{ arena_printf(a, "%s/%s-containers", files, *driver),
				  arena_printf(a, "%s/%s-containers", run, *driver) },
				arena_copy(a, buf_slice(&all->q->path)),
				NULL,
				0,
				uid,
			};
			if (!store->storage.files || !store->storage.run || !store->list)
				return;
			parse_list(all->q, store);
			all->count++;
		}
}

/* Of a user without privilege: what runs is below run/user/UID. */
static int take_home(const struct mw_dirent *entry, void *argument)
{
	struct stores *all = argument;
	struct mw_dir root = mw_root(all->q->source);
	const char *files = arena_printf(&all->q->arena, "home/%s/.local/share/containers/storage",
					 entry->name),
		   *run;
	struct mw_stat st;

	if (!files || mw_stat(&root, files, &st) || !S_ISDIR(st.mode))
		return 0;
	run = arena_printf(&all->q->arena, "run/user/%u/containers", st.uid);
	if (run)
		add_stores(all, files, run, st.uid);
	return 0;
}

/* Homes may be on servers that do not answer: they are looked at for users' containers alone. */
static const struct stores *stores(struct mw_inquiry *q, bool homes)
{
	static const char key;
	struct stores *all = mw_inquiry_memory(q, &key, sizeof(*all));

	if (!all)
		return NULL;
	all->q = q;
	if (!all->listed)
		add_stores(all, "var/lib/containers/storage", "run/containers/storage", 0);
	all->listed = true;
	if (homes && !all->homes_listed)
		mw_inquiry_list(q, "home", take_home, all);
	all->homes_listed |= homes;
	return all;
}

/* --- a container ------------------------------------------------------------------------------ */

static int take_name(struct slice name, struct slice value, void *argument)
{
	(void)name;
	mw_who_json_text(argument, M_CG_NAME, value);
	return 1;
}

static void take_listed(struct mw_who *who, struct slice json)
{
	struct slice value, text;

	if (mw_json_member(json, "names", &value))
		mw_json_elements(value, take_name, who);
	if (mw_json_member(json, "metadata", &value) && mw_json_text(who->arena, value, &text) &&
	    mw_json_member(text, "image-name", &value))
		mw_who_json_text(who, M_CG_IMAGE, value);
}

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	const struct container key = { .id = mw_who_get(who, M_CG_RUNTIME_ID) };
	const struct stores *all;
	uint32_t user = 0;

	if (!mw_who_is(who, M_CG_RUNTIME, "podman"))
		return -ENOENT;
	mw_path_user(who->path, &user);
	all = stores(q, user);
	for (size_t i = 0; all && i < all->count; i++) {
		const struct store *store = &all->at[i];
		const struct container *found = bsearch(&key, store->at, store->count, sizeof(key),
							order);

		if (!found || (store->uid && store->uid != user))
			continue;
		who->watch = slice_of(store->list);
		take_listed(who, found->json);
		mw_storage_read(q, who, &store->storage);
		return 0;
	}
	return all ? -ENOENT : -ENOMEM;
}

const struct mw_owner mw_owner_podman = {
	.name = "podman",
	.recognise = recognise,
	.read = read_container,
};
