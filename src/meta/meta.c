#include "meta/meta.h"
#include "base/scoped.h"
#include "meta/ask/kubelet_config.h"
#include "meta/ask/wanted.h"
#include "meta/kept.h"
#include "meta/known.h"
#include "meta/local.h"
#include "meta/volumes.h"
#include "model/title.h"
#include "source/capture.h"

#include <errno.h>
#include <stdlib.h>

enum {
	WATCHED = 128, /* files looked at for changes in one sweep, in turn */
	RETRY_S = 10,  /* what could not be asked */
	AGAIN_S = 60,  /* what the kubelet said */
	YOUNG = 5, /* sweeps: runtimes make the group first, then say whose it is, then its pid */
};

struct mw_meta {
	struct mw_meta_options options;
	struct mw_known_table known;
	uint64_t sweep;
	size_t watch_next;          /* the first to be looked at in the next sweep */
	int64_t retry_at, again_at; /* mw_clock(); 0 = never */
	struct mw_kept kept;
	struct mw_ask ask;
	struct mw_volumes volumes;
	struct mw_kubelet_config kubelet;
};

int mw_meta_new(const struct mw_meta_options *options, struct mw_meta **out)
{
	struct mw_meta *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->options = *options;
	mw_ask_init(&m->ask, &m->options);
	*out = m;
	return 0;
}

void mw_meta_free(struct mw_meta *m)
{
	if (!m)
		return;
	mw_known_release(&m->known);
	mw_volumes_release(&m->volumes);
	mw_kept_release(&m->kept);
	mw_ask_release(&m->ask);
	free(m);
}

/* --- what is to be found out ------------------------------------------------------------------ */

struct pending {
	struct mw_entity *group;
	struct mw_who who;
	bool incomplete;
	uint8_t young;
};

struct round {
	struct mw_meta *m;
	struct mw_inquiry q;
	struct pending *at;
	struct mw_who **who; /* each of them, in the same order */
	size_t count;
	bool incomplete; /* a group that nothing is found out about now */
};

static bool changed(struct mw_source *source, struct mw_known *k)
{
	const char *file = mw_known_watch(k);
	struct mw_dir root = mw_root(source);
	struct mw_stat st = { 0 };

	if (!file)
		return false;
	/* gone is a change as well */
	if (mw_stat(&root, file, &st))
		st = (struct mw_stat){ 0 };
	return st.inode != k->watched.inode || st.size != k->watched.size ||
	       st.modified != k->watched.modified;
}

/* Is it this sweep's turn of known group `at`? All of them have one within a few sweeps. */
static bool is_watched_now(const struct mw_meta *m, size_t at)
{
	size_t behind = at >= m->watch_next ? at - m->watch_next
					    : at + m->known.count - m->watch_next;

	return behind < WATCHED;
}

static bool is_due(struct round *r, uint32_t at, struct slice path, int64_t now)
{
	struct mw_meta *m = r->m;
	struct mw_known *k = m->known.at[at];

	if (k->path_hash != hash_bytes(path))
		return true;
	if (k->young || (k->incomplete && m->retry_at && now >= m->retry_at))
		return true;
	if (k->known[M_CG_POD_UID - MW_WHO_FIRST] && m->again_at && now >= m->again_at)
		return true;
	return is_watched_now(m, at) && changed(r->q.source, k);
}

/* The group's pod was there before its first container, which alone knows the pod's name. */
static void add_pod_of(struct round *r, const struct mw_entity *group, uint8_t *taken)
{
	for (struct mw_entity *above = group->parent; above; above = above->parent)
		if (mw_group_role_is(above, MW_ROLE_POD) && !taken[above->index] &&
		    !mw_get_text(above, M_CG_POD)) {
			taken[above->index] = 1;
			r->at[r->count++].group = above;
		}
}

/* Put what is known; note the rest. */
static int gather(struct round *r, struct mw_snapshot *s, int64_t now)
{
	size_t groups = mw_snapshot_count(s, MW_CGROUP);
	scoped_free uint8_t *taken = calloc(groups + 1, 1);
	struct mw_meta *m = r->m;
	struct mw_entity *e;
	int error = 0;

	r->at = calloc(groups + 1, sizeof(*r->at));
	r->who = calloc(groups + 1, sizeof(struct mw_who *));
	if (!taken || !r->at || !r->who)
		return -ENOMEM;
	mw_for_each (e, s, MW_CGROUP) {
		uint32_t at = mw_known_find(&m->known, e->id);

		if (taken[e->index])
			continue;
		if (at != INDEX_NONE) {
			m->known.at[at]->sweep = m->sweep;
			if (!is_due(r, at, slice_of(e->name), now)) {
				r->incomplete |= m->known.at[at]->incomplete;
				error = mw_known_put(m->known.at[at], s, e);
				if (error)
					return error;
				continue;
			}
		}
		taken[e->index] = 1;
		if (at == INDEX_NONE)
			r->at[r->count].young = m->sweep > 1 ? YOUNG : 0;
		else if (m->known.at[at]->young)
			r->at[r->count].young = (uint8_t)(m->known.at[at]->young - 1);
		r->at[r->count++].group = e;
		add_pod_of(r, e, taken);
	}
	m->watch_next = m->known.count ? (m->watch_next + WATCHED) % m->known.count : 0;
	return 0;
}

/* --- sockets ---------------------------------------------------------------------------------- */

/* Nothing says what it is called: files were not there, or not for us. */
static bool lacks_name(const struct mw_who *who)
{
	return mw_who_is(who, M_CG_ROLE, MW_ROLE_CONTAINER) && mw_who_knows(who, M_CG_RUNTIME_ID) &&
	       !mw_who_knows(who, M_CG_NAME) && !mw_who_knows(who, M_CG_CONTAINER);
}

/* They stand in podman's database alone. */
static bool lacks_labels(const struct mw_who *who)
{
	return mw_who_is(who, M_CG_ROLE, MW_ROLE_CONTAINER) &&
	       mw_who_is(who, M_CG_RUNTIME, "podman") && !who->labels.len;
}

static bool may_be(const struct mw_who *who, const char *runtime)
{
	return !mw_who_knows(who, M_CG_RUNTIME) || mw_who_is(who, M_CG_RUNTIME, runtime);
}

static int ask_all(struct round *r, struct mw_wanted *w, int64_t now)
{
	struct mw_ask *ask = &r->m->ask;
	bool docker = false, podman = false, pods = false;
	int error = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct mw_who *who = &r->at[i].who;
		bool nameless = lacks_name(who);

		docker |= nameless && may_be(who, "docker");
		podman |= (nameless && may_be(who, "podman")) || lacks_labels(who);
		pods |= mw_who_knows(who, M_CG_POD_UID);
	}
	if (docker)
		error = mw_docker_list(ask, r->q.source, r->q.snapshot, mw_wanted_find, w);
	if (error != -ENOMEM && podman)
		error = mw_podman_list(ask, r->q.source, r->q.snapshot, mw_wanted_find, w);
	if (error != -ENOMEM && pods) {
		error = mw_kubelet_list(ask, r->q.source, r->q.snapshot, mw_wanted_find, w);
		/* a group that is new between two rounds does not put the others' off */
		if (r->m->again_at ? now >= r->m->again_at : !error)
			r->m->again_at = now + (error ? RETRY_S : AGAIN_S) * (int64_t)1000000000;
	}
	return error == -ENOMEM ? error : 0;
}

static int ask(struct round *r, int64_t now)
{
	struct mw_wanted w;
	int error = mw_wanted_init(&w, r->who, r->count);

	if (error)
		return error;
	for (size_t i = 0; i < r->count; i++)
		r->at[i].incomplete = lacks_name(r->who[i]) || lacks_labels(r->who[i]) ||
				      mw_who_knows(r->who[i], M_CG_POD_UID);
	error = ask_all(r, &w, now);
	for (size_t i = 0; i < r->count; i++)
		r->at[i].incomplete &= !w.told[i];
	mw_wanted_release(&w);
	if (now >= r->m->retry_at)
		r->m->retry_at = now + RETRY_S * (int64_t)1000000000;
	return error;
}

/* Nothing more is to come from its runtime. */
static bool is_settled(const struct mw_who *who)
{
	if (mw_who_is(who, M_CG_ROLE, MW_ROLE_CONTAINER))
		return mw_who_knows(who, M_CG_INIT_PID);
	return !mw_local_may_be_claimed(who);
}

static int put(struct round *r)
{
	struct mw_dir root = mw_root(r->q.source);

	for (size_t i = 0; i < r->count; i++) {
		struct pending *p = &r->at[i];
		uint64_t path_hash = hash_bytes(slice_of(p->group->name));
		uint32_t at = mw_known_find(&r->m->known, p->group->id);
		struct mw_known *k;
		const char *watch;
		int error;

		if (p->incomplete && at != INDEX_NONE && r->m->known.at[at]->path_hash == path_hash)
			mw_known_recall(r->m->known.at[at], &p->who);
		k = mw_known_new(&p->who, p->group->id);
		watch = k ? mw_known_watch(k) : NULL;
		error = k ? mw_known_keep(&r->m->known, k) : -ENOMEM;
		if (error) {
			free(k);
			return error;
		}
		k->path_hash = path_hash;
		k->sweep = r->m->sweep;
		k->incomplete = p->incomplete;
		k->young = is_settled(&p->who) ? 0 : p->young;
		if (watch && mw_stat(&root, watch, &k->watched))
			k->watched = (struct mw_stat){ 0 };
		error = mw_known_put(k, r->q.snapshot, p->group);
		if (error)
			return error;
	}
	return 0;
}

static void round_release(struct round *r)
{
	for (size_t i = 0; i < r->count; i++)
		mw_who_release(&r->at[i].who);
	free(r->at);
	free(r->who);
	arena_release(&r->q.arena);
	buf_release(&r->q.text);
	buf_release(&r->q.path);
}

static int find_out(struct round *r, int64_t now)
{
	int error = 0;

	for (size_t i = 0; i < r->count; i++) {
		r->who[i] = &r->at[i].who;
		mw_local_recognise(r->who[i], &r->q.arena, slice_of(r->at[i].group->name));
	}
	mw_local_claims(&r->q, r->who, r->count);
	for (size_t i = 0; i < r->count; i++) {
		mw_local_read(&r->q, r->who[i]);
		mw_who_network(r->who[i], r->q.source, &r->q.text);
	}
	if (!r->m->options.offline && r->q.source->machine.kind == MW_LIVE)
		error = ask(r, now);
	if (error)
		return error;
	error = mw_local_name_pods(r->who, r->count);
	return error ? error : put(r);
}

/* --- a sweep ---------------------------------------------------------------------------------- */

static bool has_pods(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (mw_group_role_is(e, MW_ROLE_POD))
			return true;
	return false;
}

/* Volumes are mounted before a pod's containers start: they are looked for when any group is new. */
static int look_at_pods(struct round *r)
{
	struct mw_meta *m = r->m;
	struct mw_snapshot *s = r->q.snapshot;
	int error = 0;

	if (!has_pods(s))
		return 0;
	if (r->count)
		error = mw_volumes_find(&m->volumes, &r->q);
	if (error != -ENOMEM)
		error = mw_volumes_put(&m->volumes, r->q.source, s);
	return error ? error
		     : mw_kubelet_config_read(&m->kubelet, &r->q, &m->ask, m->options.offline);
}

static int apply_live(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s)
{
	struct round r = { .m = m, .q = { .source = mw_unrecorded(source), .snapshot = s } };
	int64_t now = mw_clock(r.q.source);
	int error;

	m->sweep++;
	error = gather(&r, s, now);
	if (!error && r.count)
		error = find_out(&r, now);
	if (r.incomplete)
		mw_ask_remind(&m->ask, r.q.source, s);
	if (!error)
		error = mw_known_forget(&m->known, m->sweep);
	if (!error)
		error = look_at_pods(&r);
	round_release(&r);
	return error;
}

/* What a capture holds in the place of files and answers. @return -ENOENT: it was made without */
static int apply_kept(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s)
{
	struct mw_dir root = mw_root(source);
	scoped_buf struct buf text = { 0 };
	uint32_t line = 0;
	int error;

	if (source->machine.kind != MW_TREE)
		return -ENOENT;
	error = mw_read(&root, MW_KEPT_WHO, &text);
	if (!error)
		error = mw_kept_read(&m->kept, buf_slice(&text), s, &line);
	if (error != -EBADMSG)
		return error;
	mw_snapshot_problem(s, SLICE(MW_KEPT_WHO), line, error, NULL);
	return 0;
}

int mw_meta_apply(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s)
{
	struct mw_run *run = mw_snapshot_run_begin(s, "meta", mw_clock(source));
	int error = apply_kept(m, source, s);

	if (error && error != -ENOMEM)
		error = apply_live(m, source, s);
	mw_snapshot_run_end(s, run, error, mw_clock(source));
	return error;
}

int mw_meta_keep(struct mw_meta *m, struct mw_source *source, const struct mw_snapshot *s)
{
	scoped_buf struct buf text = { 0 };
	int error;

	if (mw_unrecorded(source) == source)
		return 0;
	error = mw_kept_write(&m->kept, s, &text);
	return error ? error : mw_keep(source, MW_KEPT_WHO, buf_slice(&text));
}

/* --- one group -------------------------------------------------------------------------------- */

/* As mw_group_title() of a row that has these facts. */
static const char *title_of(const struct mw_who *who, struct arena *arena)
{
	struct mw_machine nowhere = { .kind = MW_LIVE };
	struct mw_snapshot *s = mw_snapshot_new(&nowhere);
	struct mw_entity *e = s ? mw_snapshot_add(s, MW_CGROUP, NULL, who->path, 1, 0) : NULL;
	struct mw_known *k = mw_known_new(who, 1);
	const char *title = NULL;

	if (e && k && !mw_known_put(k, s, e) && mw_group_has_title(e))
		title = mw_group_title_in(arena, e);
	free(k);
	mw_snapshot_free(s);
	return title;
}

const char *mw_meta_title(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s,
			  struct slice path, struct arena *arena)
{
	struct mw_inquiry q = { .source = mw_unrecorded(source), .snapshot = s };
	const struct mw_entity *e = mw_snapshot_by_name(s, MW_CGROUP, path);
	struct slice kept = mw_kept_find(&m->kept, path);
	const char *title;
	struct mw_who who;

	if (e)
		return mw_group_has_title(e) ? mw_group_title_in(arena, e) : NULL;
	if (kept.len) {
		scoped_buf struct buf plain = { 0 };

		return mw_capture_unescape(&plain, kept) ? NULL
							 : arena_copy(arena, buf_slice(&plain));
	}
	mw_local_recognise(&who, &q.arena, path);
	mw_local_read(&q, &who);
	title = title_of(&who, arena);
	if (title)
		mw_kept_title(&m->kept, path, slice_of(title));
	mw_who_release(&who);
	arena_release(&q.arena);
	buf_release(&q.text);
	buf_release(&q.path);
	return title;
}

int mw_meta_ask_stats(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s,
		      struct mw_entity *group)
{
	static const struct {
		const char *runtime;
		int (*ask)(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
			   struct mw_entity *group);
	} runtimes[] = { { "docker", mw_docker_stats }, { "podman", mw_podman_stats } };
	const char *runtime = mw_get_text(group, M_CG_RUNTIME);
	int error = 0;

	if (m->options.offline || source->machine.kind != MW_LIVE)
		return 0;
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes) && runtime; i++)
		if (!strcmp(runtime, runtimes[i].runtime))
			error = runtimes[i].ask(&m->ask, source, s, group);
	if (error != -ENOMEM && mw_get_text(group, M_CG_POD_UID))
		error = mw_kubelet_summary(&m->ask, source, s);
	return error == -ENOMEM ? error : 0;
}
