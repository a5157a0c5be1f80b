/* Where the kubelet's settings are found. */
#include "meta/ask/kubelet_config.h"
#include "base/scoped.h"
#include "meta/ask/kubelet.h"

#include <errno.h>
#include <stdio.h>

enum {
	AGAIN_S = 60,
	DROP_INS = 64,
};

/* Where distributions have it. A kubelet that is seen says itself where. */
static const char *const usual_files[] = {
	"var/lib/kubelet/config.yaml",                /* kubeadm */
	"etc/kubernetes/kubelet/config.json",         /* EKS */
	"etc/kubernetes/kubelet/kubelet-config.json", /* EKS, older */
	"etc/kubernetes/kubelet-config.yaml",
	"home/kubernetes/kubelet-config.yaml", /* GKE */
	"etc/default/kubeletconfig.json",      /* AKS */
	"etc/kubernetes/kubelet.conf.yaml",
	"var/lib/kubelet/kubelet-config.yaml",
	"etc/kubernetes/kubelet.yaml",
	NULL,
};

static const char *const usual_dirs[] = {
	"var/lib/rancher/k3s/agent/etc/kubelet.conf.d",
	"var/lib/rancher/rke2/agent/etc/kubelet.conf.d",
	NULL,
};

/* One look at all of it. */
struct look {
	struct mw_kubelet_config *c;
	struct mw_inquiry *q;
	uint64_t mem_total;
	bool found; /* a file, or flags */
};

/* --- the kubelet's process -------------------------------------------------------------------- */

static bool same_mounts(struct mw_inquiry *q, uint64_t pid)
{
	struct mw_dir root = mw_root(q->source);
	scoped_buf struct buf first = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "proc/%llu/ns/mnt", (unsigned long long)pid);
	if (mw_readlink(&root, "proc/1/ns/mnt", &first) || mw_readlink(&root, path, &q->text))
		return true;
	return slice_equal(buf_slice(&first), buf_slice(&q->text));
}

/* Anybody may call a program "kubelet": its flags name files that are read as root. One in a container
 * (a cluster inside of this machine) means other files by the same names. */
static bool is_the_machines(struct mw_inquiry *q, uint64_t pid)
{
	struct mw_dir root = mw_root(q->source);
	struct mw_stat st;
	char path[64];

	snprintf(path, sizeof(path), "proc/%llu", (unsigned long long)pid);
	return (mw_stat(&root, path, &st) || !st.uid) && same_mounts(q, pid);
}

static int compare_comm(const struct mw_dirent *entry, void *argument)
{
	struct mw_inquiry *q = argument;
	struct mw_dir root = mw_root(q->source);
	struct slice name = slice_of(entry->name);
	uint64_t pid;
	char path[64];

	if (!slice_u64(&name, &pid) || name.len)
		return 0;
	snprintf(path, sizeof(path), "proc/%s/comm", entry->name);
	/* most of those that cannot be read have ended */
	if (mw_read(&root, path, &q->text))
		return 0;
	if (!slice_is(slice_trim(buf_slice(&q->text)), "kubelet"))
		return 0;
	return is_the_machines(q, pid) ? (int)pid : 0;
}

/* @return its pid, or 0 */
static uint64_t find_kubelet(struct mw_inquiry *q)
{
	const struct mw_entity *e;
	int pid;

	mw_for_each (e, q->snapshot, MW_PROCESS) {
		const char *comm = mw_get_text(e, M_P_COMM);

		if (comm && !strcmp(comm, "kubelet") && is_the_machines(q, e->id))
			return e->id;
	}
	if (mw_snapshot_count(q->snapshot, MW_PROCESS))
		return 0;
	pid = mw_inquiry_list(q, "proc", compare_comm, q);
	return pid > 0 ? (uint64_t)pid : 0;
}

static uint64_t mem_total(struct mw_inquiry *q)
{
	struct mw_num n = mw_get(mw_snapshot_node(q->snapshot), M_MEM_TOTAL);
	struct slice text;
	uint64_t kib;

	if (n.state == MW_OK)
		return n.v;
	if (mw_inquiry_read(q, "proc/meminfo"))
		return 0;
	text = buf_slice(&q->text);
	return slice_after(&text, "MemTotal:") && slice_u64(&text, &kib) ? kib << 10 : 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static void set_all(struct mw_kubelet_settings *s, enum mw_state state)
{
	for (size_t i = 0; i < MW_SETTINGS; i++)
		s->at[i] = (struct mw_num){ 0, state };
}

/* @return 0, -ENOENT: another may be there; -errno: its settings are not known */
static int read_file(struct look *l, const char *path, bool drop_in)
{
	struct mw_inquiry *q = l->q;
	uint32_t line;
	int error = mw_inquiry_read(q, "%s", path);

	if (error == -ENOENT || error == -ENOTDIR)
		return -ENOENT;
	if (!error) {
		error = mw_kubelet_config_parse(buf_slice(&q->text), l->mem_total, drop_in,
						&l->c->settings, &line);
		if (error == -EBADMSG || error == -ENOSYS)
			mw_snapshot_problem(q->snapshot, buf_slice(&q->path), line, error,
					    error == -ENOSYS
						    ? N_("memwhy was built without libyaml")
						    : N_("no configuration of a kubelet"));
	}
	if (error)
		set_all(&l->c->settings, mw_state_of(error));
	l->found = true;
	if (!drop_in || !l->c->from[0])
		snprintf(l->c->from, sizeof(l->c->from), "/%s", path);
	return error;
}

struct drop_ins {
	char *names[DROP_INS];
	size_t count;
	struct arena *arena;
};

static int take_drop_in(const struct mw_dirent *entry, void *argument)
{
	struct drop_ins *d = argument;

	if (slice_ends(slice_of(entry->name), ".conf") && d->count < DROP_INS) {
		d->names[d->count] = arena_copy(d->arena, slice_of(entry->name));
		d->count += d->names[d->count] != NULL;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_drop_ins(struct look *l, const char *dir)
{
	struct drop_ins d = { .arena = &l->q->arena };
	char path[1024];

	if (mw_inquiry_list(l->q, dir, take_drop_in, &d))
		return;
	qsort(d.names, d.count, sizeof(*d.names), by_name);
	for (size_t i = 0; i < d.count; i++) {
		int len = snprintf(path, sizeof(path), "%s/%s", dir, d.names[i]);

		if (len > 0 && (size_t)len < sizeof(path) && read_file(l, path, true))
			break;
	}
}

/* Of a kubelet that is not seen: as it is started where it comes from. */
static void read_usual(struct look *l)
{
	int error = -ENOENT;

	for (const char *const *file = usual_files; *file && error == -ENOENT; file++)
		error = read_file(l, *file, false);
	for (const char *const *dir = usual_dirs; *dir && error == -ENOENT; dir++)
		read_drop_ins(l, *dir);
}

/* Paths of the command line are the machine's; those relative to who knows what, and those that could
 * lead out of the root, are left out. */
static const char *below_root(struct arena *a, struct slice path)
{
	struct slice rest = path, part;

	while (slice_until(&rest, '/', &part))
		if (slice_is(part, ".."))
			return NULL;
	if (slice_is(rest, ".."))
		return NULL;
	while (slice_word(&path, "/"))
		if (path.len && *path.at != '/')
			return arena_copy(a, path);
	return NULL;
}

/* @return false: its command line cannot be read */
static bool read_flagged(struct look *l, uint64_t pid)
{
	struct mw_kubelet_settings flags;
	const char *file, *dir, *copy;
	struct slice cmdline, named, named_dir;
	bool any;

	if (mw_inquiry_read(l->q, "proc/%llu/cmdline", (unsigned long long)pid))
		return false;
	copy = arena_copy(&l->q->arena, buf_slice(&l->q->text));
	if (!copy)
		return false;
	cmdline = (struct slice){ copy, l->q->text.len };
	mw_kubelet_defaults(&flags);
	any = mw_kubelet_flags_parse(cmdline, l->mem_total, &flags, &named, &named_dir);
	file = below_root(&l->q->arena, named);
	dir = below_root(&l->q->arena, named_dir);
	if (file)
		read_file(l, file, false);
	if (dir)
		read_drop_ins(l, dir);
	/* flags have the last word */
	if (any)
		mw_kubelet_flags_parse(cmdline, l->mem_total, &l->c->settings, &named, &named_dir);
	if (any && !l->found)
		snprintf(l->c->from, sizeof(l->c->from), "command line");
	l->found |= any;
	return true;
}

/* --- /configz --------------------------------------------------------------------------------- */

static int read_configz(struct slice json, void *argument)
{
	struct look *l = argument;
	struct mw_kubelet_settings s;
	uint32_t line;
	int error;

	/* it tells all of them */
	mw_kubelet_defaults(&s);
	error = mw_kubelet_config_parse(json, l->mem_total, false, &s, &line);
	if (!error)
		l->c->settings = s;
	return error == -ENOSYS ? -EBADMSG : error;
}

static int ask_kubelet(struct look *l, struct mw_ask *ask)
{
	int error = mw_kubelet_ask(ask, l->q->source, l->q->snapshot, MW_KUBELET_CONFIGZ,
				   read_configz, l);

	if (!error)
		snprintf(l->c->from, sizeof(l->c->from), "/configz");
	return error == -ENOMEM ? error : 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int look(struct mw_kubelet_config *c, struct mw_inquiry *q, struct mw_ask *ask, bool offline)
{
	struct look l = { .c = c, .q = q };
	uint64_t pid = find_kubelet(q);
	bool seen;
	int error = 0;

	l.mem_total = mem_total(q);
	c->from[0] = '\0';
	mw_kubelet_defaults(&c->settings);
	seen = pid && read_flagged(&l, pid);
	if (!seen)
		read_usual(&l);
	if (!l.found && !seen && !offline)
		error = ask_kubelet(&l, ask);
	if (!c->from[0])
		snprintf(c->from, sizeof(c->from), "defaults");
	return error;
}

static void put(const struct mw_kubelet_config *c, struct mw_snapshot *s)
{
	struct mw_entity *node = mw_snapshot_node(s);

	mw_set_text(s, node, M_KUBELET_CONFIG, slice_of(c->from));
	for (size_t i = 0; i < MW_SETTINGS; i++) {
		enum mw_metric metric = MW_SETTINGS_FIRST + (enum mw_metric)i;

		if (c->settings.at[i].state == MW_OK)
			mw_set(node, metric, c->settings.at[i].v);
		else
			mw_set_state(node, metric, c->settings.at[i].state);
	}
}

int mw_kubelet_config_read(struct mw_kubelet_config *c, struct mw_inquiry *q, struct mw_ask *ask,
			   bool offline)
{
	int64_t now = mw_clock(q->source);
	int error = 0;

	if (!c->again_at || now >= c->again_at) {
		error = look(c, q, ask, offline);
		c->again_at = now + AGAIN_S * (int64_t)1000000000;
	}
	if (!error)
		put(c, q->snapshot);
	return error;
}
