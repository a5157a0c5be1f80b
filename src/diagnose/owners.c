#include "diagnose/owners.h"
#include "model/title.h"

enum { MOST = 3 };

/* What the owners of a kind are called, and the sentence for one, two, three of them. */
struct words {
	const char *name[MOST], *size[MOST];
	const char *detail[MOST];
};

static const struct words processes = {
	{ "process1", "process2", "process3" },
	{ "process1_size", "process2_size", "process3_size" },
	{ N_("the largest process: {process1} {process1_size}"),
	  N_("the largest processes: {process1} {process1_size}, {process2} {process2_size}"),
	  N_("the largest processes: {process1} {process1_size}, {process2} {process2_size}, "
	     "{process3} {process3_size}") },
};

static const struct words groups = {
	{ "group1", "group2", "group3" },
	{ "group1_size", "group2_size", "group3_size" },
	{ N_("the largest group: {group1} {group1_size}"),
	  N_("the largest groups: {group1} {group1_size}, {group2} {group2_size}"),
	  N_("the largest groups: {group1} {group1_size}, {group2} {group2_size}, {group3} "
	     "{group3_size}") },
};

static const struct words caches = {
	{ "cache1", "cache2", "cache3" },
	{ "cache1_size", "cache2_size", "cache3_size" },
	{ N_("the largest cache: {cache1} {cache1_size}"),
	  N_("the largest caches: {cache1} {cache1_size}, {cache2} {cache2_size}"),
	  N_("the largest caches: {cache1} {cache1_size}, {cache2} {cache2_size}, {cache3} "
	     "{cache3_size}") },
};

static const struct words files = {
	{ "file1", "file2", "file3" },
	{ "file1_size", "file2_size", "file3_size" },
	{ N_("the largest file: {file1} {file1_size}"),
	  N_("the largest files: {file1} {file1_size}, {file2} {file2_size}"),
	  N_("the largest files: {file1} {file1_size}, {file2} {file2_size}, {file3} {file3_size}") },
};

/* By a rate, or a part of what the finding is about. */
static const struct words process_rates = {
	{ "process1", "process2", "process3" },
	{ "process1_size", "process2_size", "process3_size" },
	{ N_("most of it: {process1} {process1_size}"),
	  N_("most of it: {process1} {process1_size}, {process2} {process2_size}"),
	  N_("most of it: {process1} {process1_size}, {process2} {process2_size}, {process3} "
	     "{process3_size}") },
};

static const struct words group_rates = {
	{ "group1", "group2", "group3" },
	{ "group1_size", "group2_size", "group3_size" },
	{ N_("most of it in {group1} {group1_size}"),
	  N_("most of it in {group1} {group1_size}, {group2} {group2_size}"),
	  N_("most of it in {group1} {group1_size}, {group2} {group2_size}, {group3} {group3_size}") },
};

struct owner {
	const struct mw_entity *e;
	double size;
};

static double size_of(const struct mw_check *c, const struct mw_owners *what,
		      const struct mw_entity *e)
{
	struct mw_num n;

	if (what->rate)
		return mw_rate(c, e, what->metric);
	n = mw_get(e, what->metric);
	return n.state == MW_OK ? (double)n.v : NAN;
}

/* A group that holds others is no owner: they are. */
static bool *parents(const struct mw_check *c)
{
	bool *is_parent = arena_array(c->arena, mw_snapshot_count(c->now, MW_CGROUP) + 1,
				      sizeof(*is_parent));
	const struct mw_entity *e;

	mw_for_each (e, c->now, MW_CGROUP)
		if (is_parent && e->parent)
			is_parent[e->parent->index] = true;
	return is_parent;
}

static size_t find(struct mw_check *c, const struct mw_owners *what, struct owner best[MOST])
{
	const bool *is_parent = what->kind == MW_CGROUP ? parents(c) : NULL;
	const struct mw_entity *e;
	size_t count = 0;

	mw_for_each (e, c->now, what->kind) {
		double size = size_of(c, what, e);
		size_t at;

		if (isnan(size) || size <= 0 || size < what->least ||
		    (is_parent && is_parent[e->index]) ||
		    (what->inside && !mw_inside(e, what->inside)) ||
		    (what->takes && !what->takes(e)))
			continue;
		at = count < MOST ? count++ : MOST;
		for (; at > 0 && best[at - 1].size < size; at--)
			if (at < MOST)
				best[at] = best[at - 1];
		if (at < MOST)
			best[at] = (struct owner){ e, size };
	}
	return count;
}

void mw_cite_group(struct mw_check *c, const char *name, const struct mw_entity *group)
{
	const char *title = mw_group_title_in(c->arena, group);

	mw_cite_text(c, name, title ? title : group->name, "/proc/PID/cgroup");
}

void mw_ask_about_group(struct mw_check *c, const struct mw_entity *group)
{
	const char *word = mw_group_word(c->arena, c->now, group);

	if (word)
		mw_ask(c, "memwhy container %s", word);
}

static void ask(struct mw_check *c, const struct mw_entity *e)
{
	if (e->kind == MW_PROCESS)
		mw_ask(c, "memwhy pid %llu", (unsigned long long)e->id);
	else if (e->kind == MW_CGROUP)
		mw_ask_about_group(c, e);
}

static const struct words *words_of(const struct mw_owners *what)
{
	switch (what->kind) {
	case MW_PROCESS: return what->rate || what->part ? &process_rates : &processes;
	case MW_CGROUP: return what->rate || what->part ? &group_rates : &groups;
	case MW_FILE: return &files;
	default: return &caches;
	}
}

/* Where its own processes see it, otherwise where the machine does. */
static const char *path_of(const struct mw_entity *file)
{
	const char *path = mw_get_text(file, M_F_CONTAINER_PATH);

	return path ? path : mw_get_text(file, M_F_PATH);
}

static void cite_owner(struct mw_check *c, const char *name, const struct mw_entity *e)
{
	const char *text;

	switch (e->kind) {
	case MW_PROCESS: mw_cite_process(c, name, e); break;
	case MW_CGROUP: mw_cite_group(c, name, e); break;
	case MW_FILE:
		text = arena_printf(c->arena, "%s%s", path_of(e),
				    mw_get_or(e, M_F_DELETED, 0) ? " (deleted)" : "");
		mw_cite_text(c, name, text ? text : "", N_("the page census"));
		break;
	default: mw_cite_text(c, name, e->name, "/proc/slabinfo: name");
	}
}

size_t mw_name_owners(struct mw_check *c, const struct mw_owners *what,
		      const struct mw_entity **first)
{
	const struct words *words = words_of(what);
	struct owner best[MOST] = { 0 };
	size_t count = find(c, what, best);

	if (first)
		*first = best[0].e;
	for (size_t i = 0; i < count; i++) {
		cite_owner(c, words->name[i], best[i].e);
		if (what->rate)
			mw_cite_rate(c, words->size[i], best[i].e, what->metric, NAN);
		else
			mw_cite_metric(c, words->size[i], best[i].e, what->metric, NAN);
	}
	if (count) {
		mw_detail(c, words->detail[count - 1]);
		ask(c, best[0].e);
	}
	return count;
}

static bool is_shmem(const struct mw_entity *file)
{
	const char *type = mw_get_text(file, M_F_TYPE);

	return mw_get_text(file, M_F_PATH) && type && !strcmp(type, "shmem");
}

static bool is_on_disk(const struct mw_entity *file)
{
	return mw_get_text(file, M_F_PATH) && !is_shmem(file);
}

void mw_name_files(struct mw_check *c, const struct mw_entity *group, enum mw_metric metric,
		   bool shmem)
{
	const char *word = group ? mw_group_word(c->arena, c->now, group) : NULL;
	const char *sort = metric == M_F_CACHED ? "" : " --sort active";

	if (!mw_name_owners(c,
			    &(struct mw_owners){ .kind = MW_FILE,
						 .metric = metric,
						 .inside = group,
						 .takes = shmem ? is_shmem : is_on_disk },
			    NULL))
		return;
	if (word)
		mw_ask(c, "memwhy files --container %s%s", word, sort);
	else
		mw_ask(c, "memwhy files%s", sort);
}
