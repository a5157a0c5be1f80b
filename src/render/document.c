#include "render/document.h"
#include "base/scoped.h"
#include "render/number.h"

#include <errno.h>
#include <stdio.h>

static const char *const source_kinds[] = { [MW_LIVE] = "live",
					    [MW_TREE] = "tree",
					    [MW_TRANSCRIPT] = "transcript",
					    [MW_HISTORY] = "history" };

/* The keys that the contract promises: not there means "states" says why. */
static const enum mw_metric promised[] = {
	M_MEM_TOTAL,
	M_MEM_AVAILABLE,
	M_CG_USAGE,
	M_CG_WORKING_SET,
	M_CG_UNRECLAIMABLE,
	M_CG_LIMIT,
	M_CG_EFFECTIVE_LIMIT,
	M_CG_ANON,
	M_CG_FILE,
	M_CG_SHMEM,
	M_CG_ACTIVE_FILE,
	M_CG_INACTIVE_FILE,
	M_CG_INACTIVE_ANON,
	M_CG_KERNEL,
	M_CG_SWAP,
	M_P_VSS,
	M_P_RSS,
	M_P_RSS_ANON,
	M_P_RSS_FILE,
	M_P_RSS_SHMEM,
	M_P_PSS,
	M_P_USS,
	M_P_SWAP,
	M_P_THREADS,
	M_P_OOM_SCORE,
	M_P_OOM_SCORE_ADJ,
	M_F_PATH,
	M_F_CACHED,
	M_F_ACTIVE,
	M_F_DIRTY,
	M_F_DELETED,
};

/* Told as part of who the entity is, under the contract's key. */
static const struct {
	enum mw_metric metric;
	const char *key;
} renamed[] = {
	{ M_P_COMM, "name" },
	{ M_P_START_TIME, "start_time" },
	{ M_R_END, "end" },
};

/* What the machine consists of. */
static const struct {
	enum mw_kind kind;
	const char *key;
} pools[] = {
	{ MW_NUMA, "numa" },
	{ MW_ZONE, "zones" },
	{ MW_HUGEPAGES, "hugepage_pools" },
	{ MW_THP, "thp_sizes" },
	{ MW_SLAB, "slabs" },
	{ MW_SWAP, "swap_devices" },
	{ MW_ZRAM, "zram_devices" },
	{ MW_VMALLOC, "vmalloc_callers" },
	{ MW_CAPABILITY, "capabilities" },
};

static const struct {
	int number;
	const char *name;
} errors[] = {
#define ERROR(name)         \
	{                   \
		name, #name \
	}
	ERROR(EPERM),        ERROR(ENOENT),     ERROR(ESRCH),        ERROR(EINTR),
	ERROR(EIO),          ERROR(ENXIO),      ERROR(EBADF),        ERROR(EAGAIN),
	ERROR(ENOMEM),       ERROR(EACCES),     ERROR(EFAULT),       ERROR(EBUSY),
	ERROR(ENODEV),       ERROR(ENOTDIR),    ERROR(EISDIR),       ERROR(EINVAL),
	ERROR(ENFILE),       ERROR(EMFILE),     ERROR(ENOTTY),       ERROR(EFBIG),
	ERROR(ENOSPC),       ERROR(EROFS),      ERROR(ELOOP),        ERROR(ENOSYS),
	ERROR(ENAMETOOLONG), ERROR(EBADMSG),    ERROR(EOVERFLOW),    ERROR(ERANGE),
	ERROR(EPROTO),       ERROR(EOPNOTSUPP), ERROR(ETIMEDOUT),    ERROR(ECANCELED),
	ERROR(ESTALE),       ERROR(ENODATA),    ERROR(ECONNREFUSED), ERROR(ECONNRESET),
	ERROR(EHOSTUNREACH), ERROR(EREMOTEIO),  ERROR(EXDEV),        ERROR(E2BIG),
#undef ERROR
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const char *mw_error_name(int error, char room[16])
{
	error = error < 0 ? -error : error;
	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].number == error)
			return errors[i].name;
	snprintf(room, 16, "E%d", error);
	return room;
}

/* --- header ----------------------------------------------------------------------------------- */

void mw_json_program(struct mw_json *j, const char *version)
{
	mw_json_object(j, "memwhy");
	mw_json_puts(j, "version", version);
	mw_json_u64(j, "schema", MW_JSON_SCHEMA);
	mw_json_end(j);
}

void mw_json_header(struct mw_json *j, const struct mw_snapshot *s, const char *version)
{
	const struct mw_machine *m = mw_snapshot_machine(s);
	const char *cgroup = mw_get_text(mw_snapshot_node(s), M_CGROUP);

	mw_json_program(j, version);
	mw_json_object(j, "source");
	mw_json_puts(j, "kind", source_kinds[m->kind]);
	if (m->taken_at)
		mw_json_time(j, "taken_at", m->taken_at);
	if (m->kernel[0])
		mw_json_puts(j, "kernel", m->kernel);
	if (m->host[0])
		mw_json_puts(j, "host", m->host);
	mw_json_u64(j, "page_size", m->page_size);
	mw_json_puts(j, "cgroup", cgroup ? cgroup : "none");
	mw_json_end(j);
}

/* --- entities --------------------------------------------------------------------------------- */

static const char *key_of(enum mw_metric metric)
{
	for (size_t i = 0; i < COUNT(renamed); i++)
		if (renamed[i].metric == metric)
			return renamed[i].key;
	return mw_metric_info(metric)->json;
}

static bool is_promised(enum mw_metric metric)
{
	for (size_t i = 0; i < COUNT(promised); i++)
		if (promised[i] == metric)
			return true;
	return false;
}

static void put_address(struct mw_json *j, const char *key, uint64_t address)
{
	char text[24];

	/* as text: beyond what JSON readers keep exact */
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	mw_json_puts(j, key, text);
}

/* "key=value" lines */
static void put_labels(struct mw_json *j, const char *key, const char *text)
{
	struct slice rest = slice_of(text), line, name;
	scoped_buf struct buf label = { 0 };

	mw_json_object(j, key);
	while (slice_line(&rest, &line)) {
		if (!slice_until(&line, '=', &name))
			continue;
		buf_clear(&label);
		buf_add(&label, name);
		if (label.len && !label.error)
			mw_json_string(j, label.at, line);
	}
	mw_json_end(j);
}

static void put_metric(struct mw_json *j, const struct mw_entity *e, enum mw_metric metric)
{
	const char *key = key_of(metric);
	uint64_t v = mw_get(e, metric).v;

	switch (mw_metric_info(metric)->unit) {
	case MW_TEXT: mw_json_puts(j, key, mw_get_text(e, metric)); break;
	case MW_LABELS: put_labels(j, key, mw_get_text(e, metric)); break;
	case MW_US:
	case MW_NS:
	case MW_MICRO: mw_json_micro(j, key, v); break;
	default:
		if (metric == M_F_DELETED)
			mw_json_bool(j, key, v);
		else if (metric == M_R_END)
			put_address(j, key, v);
		else if (mw_number_signed(metric))
			mw_json_i64(j, key, (int64_t)v);
		else
			mw_json_u64(j, key, v);
	}
}

/* The name that its pod, or its runtime, has for a group; the last part of its path. */
static struct slice short_name(const struct mw_entity *group)
{
	const char *name = mw_get_text(group, M_CG_CONTAINER);

	if (!name)
		name = mw_get_text(group, M_CG_NAME);
	return name ? slice_of(name) : slice_last(slice_of(group->name), '/');
}

static void put_identity(struct mw_json *j, const struct mw_entity *e)
{
	struct slice name = slice_of(e->name);

	switch (e->kind) {
	case MW_NODE: break;
	case MW_CGROUP_NUMA:
	case MW_NUMA: mw_json_u64(j, "id", e->id); break;
	case MW_HUGEPAGES:
	case MW_THP: mw_json_u64(j, "page_size_bytes", e->id); break;
	case MW_CGROUP:
		mw_json_string(j, "id", name);
		mw_json_string(j, "name", short_name(e));
		mw_json_u64(j, "inode", e->id);
		if (e->parent)
			mw_json_puts(j, "parent", e->parent->name);
		break;
	case MW_PROCESS:
		mw_json_u64(j, "pid", e->id);
		if (e->parent)
			mw_json_puts(j, "container", e->parent->name);
		break;
	case MW_RUNTIME:
	case MW_SOCKETS:
		mw_json_string(j, "name", name);
		if (e->parent && e->parent->kind == MW_PROCESS)
			mw_json_u64(j, "pid", e->parent->id);
		while (e && e->kind != MW_CGROUP)
			e = e->parent;
		if (e)
			mw_json_puts(j, "container", e->name);
		break;
	case MW_FILE:
		if (e->parent)
			mw_json_puts(j, "container", e->parent->name);
		break;
	case MW_OWNER:
		mw_json_string(j, "container", name);
		mw_json_u64(j, "inode", e->id);
		break;
	case MW_REGION:
		mw_json_string(j, "name", name);
		put_address(j, "start", e->id);
		break;
	case MW_ZONE:
		if (e->parent)
			mw_json_u64(j, "numa", e->parent->id);
		mw_json_string(j, "name", name);
		break;
	default: mw_json_string(j, "name", name);
	}
}

void mw_json_entity(struct mw_json *j, const struct mw_entity *e)
{
	enum mw_metric end = mw_metric_end(e->kind);
	bool any = false;

	put_identity(j, e);
	for (enum mw_metric m = e->first; m < end; m++)
		if (mw_get(e, m).state == MW_OK)
			put_metric(j, e, m);
	for (enum mw_metric m = e->first; m < end; m++) {
		enum mw_state state = mw_get(e, m).state;

		if (state == MW_OK || (state == MW_ABSENT && !is_promised(m)))
			continue;
		if (!any)
			mw_json_object(j, "states");
		any = true;
		mw_json_puts(j, key_of(m), mw_state_name(state));
	}
	if (any)
		mw_json_end(j);
}

void mw_json_rates(struct mw_json *j, const struct mw_view *v, const struct mw_entity *e)
{
	enum mw_metric end = mw_metric_end(e->kind);
	double rate;

	mw_json_object(j, "rates");
	for (enum mw_metric m = e->first; m < end; m++) {
		const struct mw_metric_info *info = mw_metric_info(m);

		if (mw_metric_is_text(m) || info->unit == MW_MICRO ||
		    (info->type != MW_COUNTER && info->unit == MW_COUNT) ||
		    mw_view_rate(v, e, m, &rate) != MW_OK)
			continue;
		mw_json_double(j, key_of(m),
			       info->unit == MW_US || info->unit == MW_NS ? rate / 1e6 : rate);
	}
	mw_json_end(j);
}

void mw_json_node(struct mw_json *j, const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_json_object(j, "node");
	mw_json_entity(j, mw_snapshot_node(s));
	for (size_t i = 0; i < COUNT(pools); i++) {
		if (!mw_snapshot_count(s, pools[i].kind))
			continue;
		mw_json_array(j, pools[i].key);
		mw_for_each (e, s, pools[i].kind) {
			mw_json_object(j, NULL);
			mw_json_entity(j, e);
			mw_json_end(j);
		}
		mw_json_end(j);
	}
	mw_json_end(j);
}

void mw_json_entities(struct mw_json *j, const char *key, struct mw_entity *const *entities,
		      size_t count)
{
	mw_json_array(j, key);
	for (size_t i = 0; i < count; i++) {
		mw_json_object(j, NULL);
		mw_json_entity(j, entities[i]);
		mw_json_end(j);
	}
	mw_json_end(j);
}

void mw_json_sums(struct mw_json *j, const struct mw_entity *e)
{
	static const enum mw_metric sums[] = { M_CG_USAGE,    M_CG_WORKING_SET, M_CG_UNRECLAIMABLE,
					       M_CG_HEADROOM, M_CG_ANON,        M_CG_FILE,
					       M_CG_SHMEM,    M_CG_SWAP,        M_CG_REQUEST };
	static const enum mw_metric of_pods[] = {
		M_PD_USAGE, M_PD_WORKING_SET, M_PD_UNRECLAIMABLE, M_PD_HEADROOM, M_PD_ANON,
		M_PD_FILE,  M_PD_SHMEM,       M_PD_SWAP,          M_PD_REQUEST
	};

	for (size_t i = 0; i < COUNT(sums); i++) {
		enum mw_metric m = e->kind == MW_POD ? of_pods[i] : sums[i];

		if (mw_get(e, m).state == MW_OK)
			put_metric(j, e, m);
	}
}

static void put_volumes(struct mw_json *j, const struct mw_snapshot *s, const struct mw_entity *pod)
{
	const char *uid = mw_get_text(pod, M_PD_UID);
	const struct mw_entity *v;

	mw_json_array(j, "volumes_in_memory");
	mw_for_each (v, s, MW_VOLUME) {
		const char *of = mw_get_text(v, M_VO_POD_UID);

		if (!uid || !of || strcmp(of, uid) != 0)
			continue;
		mw_json_object(j, NULL);
		mw_json_entity(j, v);
		mw_json_end(j);
	}
	mw_json_end(j);
}

void mw_json_row(struct mw_json *j, const struct mw_view *v, const struct mw_entity *e)
{
	mw_json_entity(j, e);
	if (e->kind == MW_POD)
		put_volumes(j, v->now, e);
	if (v->before)
		mw_json_rates(j, v, e);
}

/* --- accounts, words -------------------------------------------------------------------------- */

static void put_account_text(struct mw_json *j, const char *key, const struct mw_account *account,
			     const char *text)
{
	scoped_buf struct buf whole = { 0 };

	mw_account_text(&whole, account, text);
	mw_json_string(j, key, buf_slice(&whole));
}

static void put_account(struct mw_json *j, const struct mw_account *account, unsigned levels)
{
	mw_json_object(j, NULL);
	if (account->entity)
		mw_json_puts(j, "entity", account->entity);
	if (account->foreign)
		mw_json_puts(j, "name", account->name);
	else
		put_account_text(j, "name", account, account->name);
	if (account->state == MW_OK)
		mw_json_u64(j, "bytes", account->bytes);
	if (account->balanced)
		mw_json_i64(j, "unexplained_bytes", account->unexplained);
	if (account->how)
		mw_json_puts(j, "how", account->how);
	if (account->note)
		put_account_text(j, "note", account, account->note);
	if (account->aside)
		mw_json_bool(j, "aside", true);
	if (account->outside)
		mw_json_bool(j, "outside", true);
	if (account->parts && levels) {
		mw_json_array(j, "parts");
		mw_for_each_part (part, account)
			put_account(j, part, levels - 1);
		mw_json_end(j);
	}
	if (account->state != MW_OK) {
		mw_json_object(j, "states");
		mw_json_puts(j, "bytes", mw_state_name(account->state));
		mw_json_end(j);
	}
	mw_json_end(j);
}

void mw_json_account(struct mw_json *j, const struct mw_account *account, unsigned depth)
{
	/* a level of parts is two of JSON */
	unsigned room = j->depth < MW_JSON_DEPTH ? (MW_JSON_DEPTH - j->depth - 2) / 2 : 0;

	put_account(j, account, depth && depth < room ? depth : room);
}

void mw_json_words(struct mw_json *j, const char *entity, const struct mw_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct mw_word *w = &words[i];

		mw_json_object(j, NULL);
		mw_json_puts(j, "entity", entity);
		mw_json_puts(j, "tool", w->tool);
		if (w->state == MW_OK)
			mw_json_u64(j, "bytes", w->bytes);
		if (w->formula)
			mw_json_puts(j, "formula", w->formula);
		if (w->why)
			mw_json_puts(j, "why", w->why);
		if (w->own.state == MW_OK) {
			mw_json_u64(j, "memwhy_bytes", w->own.v);
			mw_json_bool(j, "differs", w->differs);
		}
		mw_json_puts(j, "state", mw_state_name(w->state));
		mw_json_end(j);
	}
}

/* --- how it went ------------------------------------------------------------------------------ */

void mw_json_runs(struct mw_json *j, const struct mw_snapshot *s)
{
	const struct mw_problem *problems;
	const struct mw_run *runs;
	size_t count = mw_snapshot_runs(s, &runs);
	char room[16];

	mw_json_array(j, "collectors");
	for (size_t i = 0; i < count; i++) {
		mw_json_object(j, NULL);
		mw_json_puts(j, "name", runs[i].name);
		mw_json_puts(j, "status",
			     runs[i].status ? mw_error_name(runs[i].status, room) : "ok");
		mw_json_micro(j, "duration_seconds",
			      runs[i].duration > 0 ? (uint64_t)runs[i].duration / 1000 : 0);
		mw_json_u64(j, "problems", runs[i].problems);
		mw_json_end(j);
	}
	mw_json_end(j);
	mw_json_array(j, "problems");
	count = mw_snapshot_problems(s, &problems);
	for (size_t i = 0; i < count; i++) {
		mw_json_object(j, NULL);
		mw_json_puts(j, "path", problems[i].path);
		mw_json_u64(j, "line", problems[i].line);
		mw_json_puts(j, "error", mw_error_name(problems[i].error, room));
		if (problems[i].what)
			mw_json_puts(j, "what", problems[i].what);
		if (problems[i].again)
			mw_json_u64(j, "again_seconds", problems[i].again);
		mw_json_u64(j, "count", problems[i].count);
		mw_json_end(j);
	}
	mw_json_end(j);
}
