#include "collect/files/spaces.h"

#include "base/scoped.h"

#include <errno.h>
#include <stdio.h>

/* Processes of a group that are asked for their namespace, and namespaces that are read at all. */
enum { ASKED = 16, MOST = 4096 };

/* Mounts of one namespace, and of all: who may mount in a container may do so thousands of times. */
enum { MOST_MOUNTS = 10000, MOST_MOUNTS_OF_ALL = 20000 };

void mw_spaces_release(struct mw_spaces *s)
{
	if (s->cut)
		mw_snapshot_problem(s->c->snapshot, SLICE("proc/*/mountinfo"), 0, -EFBIG,
				    N_("there are more mounts than are looked at: some paths are "
				       "not found"));
	for (uint32_t i = 0; i < s->count; i++)
		mw_seen_release(&s->all[i].mounts);
	free(s->all);
	free(s->groups);
	*s = (struct mw_spaces){ .c = s->c };
}

static uint64_t number_of(struct mw_spaces *s, uint32_t pid)
{
	const struct mw_dir root = mw_root(s->c->source);
	struct buf *text = &s->c->text;
	struct slice link;
	uint64_t number;
	char path[48];

	snprintf(path, sizeof(path), "proc/%u/ns/mnt", pid);
	if (mw_readlink(&root, path, text))
		return 0;
	link = buf_slice(text);
	return slice_after(&link, "[") && slice_u64(&link, &number) ? number : 0;
}

/* Docker and podman name layers by links with short names, in one folder: ".../l/ABC" -> "../ID/diff". */
static void follow_links(struct mw_spaces *s, struct mw_seen_list *list)
{
	const struct mw_dir root = mw_root(s->c->source);
	struct buf *target = &s->c->text;
	scoped_buf struct buf path = { 0 };

	for (size_t i = 0; i < list->count; i++)
		for (struct mw_layer *l = list->at[i].layers; l; l = l->next) {
			struct slice name = slice_last(l->path, '/'), folder = l->path, rest;
			char *copy;

			folder.len -= name.len;
			if (!slice_begins(l->path, "/") || !slice_ends(folder, "/l/"))
				continue;
			folder.len -= strlen("l/");
			buf_clear(&path);
			buf_add(&path, slice_skip(l->path, 1));
			if (path.error || mw_readlink(&root, path.at, target))
				continue;
			rest = buf_slice(target);
			if (!slice_word(&rest, "../"))
				continue;
			copy = arena_printf(&list->arena, "%.*s%.*s", SLICE_ARG(folder),
					    SLICE_ARG(rest));
			if (copy)
				l->path = slice_of(copy);
		}
}

static int read_mounts(struct mw_spaces *s, uint32_t pid, struct mw_seen_list *out)
{
	const struct mw_dir root = mw_root(s->c->source);
	const size_t room = MOST_MOUNTS_OF_ALL - s->mounts;
	char path[48];
	int error;

	if (!room) {
		s->cut = true;
		return -EFBIG;
	}
	snprintf(path, sizeof(path), "proc/%u/mountinfo", pid);
	error = mw_read(&root, path, &s->c->text);
	if (!error)
		error = mw_seen_parse(buf_slice(&s->c->text),
				      room < MOST_MOUNTS ? room : MOST_MOUNTS, out);
	if (!error) {
		s->mounts += out->count;
		s->cut |= out->cut;
	}
	if (!error && out->layered)
		follow_links(s, out);
	return error;
}

struct mw_space_of *mw_spaces_process(struct mw_spaces *s, uint32_t pid)
{
	struct mw_space_of new = { .number = number_of(s, pid), .pid = pid }, *all;

	for (uint32_t i = 0; i < s->count; i++)
		if (new.number ? s->all[i].number == new.number : s->all[i].pid == pid)
			return &s->all[i];
	if (s->count == MOST || read_mounts(s, pid, &new.mounts))
		return NULL;
	all = realloc(s->all, (s->count + 1) * sizeof(*all));
	if (!all) {
		mw_seen_release(&new.mounts);
		return NULL;
	}
	s->all = all;
	s->all[s->count] = new;
	return &s->all[s->count++];
}

struct mw_space_of *mw_spaces_own(struct mw_spaces *s)
{
	const struct mw_dir root = mw_root(s->c->source);
	struct slice link;
	uint64_t pid;

	if (mw_readlink(&root, "proc/self", &s->c->text))
		return NULL;
	link = buf_slice(&s->c->text);
	return slice_u64(&link, &pid) ? mw_spaces_process(s, (uint32_t)pid) : NULL;
}

struct mw_space_of *mw_spaces_machine(struct mw_spaces *s)
{
	if (s->count)
		return &s->all[0];
	/* where process 1 is not ours to look at, we see what we see */
	if (number_of(s, 1) && mw_spaces_process(s, 1))
		return &s->all[0];
	return mw_spaces_own(s);
}

/* --- of a group ------------------------------------------------------------------------------- */

static void add_process(struct mw_spaces *s, struct mw_group_spaces *g, uint32_t pid)
{
	const struct mw_space_of *own;
	uint32_t at, i = 0;

	if (g->count == MW_SPACES_OF_GROUP)
		return;
	own = mw_spaces_process(s, pid);
	if (!own || own == s->all)
		return;
	at = (uint32_t)(own - s->all);
	while (i < g->count && g->at[i] != at)
		i++;
	if (i == g->count)
		g->at[g->count++] = at;
}

static void ask_processes(struct mw_spaces *s, struct mw_group_spaces *g)
{
	const char *mount = mw_get_text(mw_snapshot_node(s->c->snapshot), M_CGROUP_MOUNT);
	const struct mw_dir root = mw_root(s->c->source);
	scoped_buf struct buf path = { 0 }, pids = { 0 };
	struct slice text;
	uint64_t pid;

	buf_printf(&path, "%s%s/cgroup.procs", mount ? mount : "",
		   strcmp(g->group->name, "/") != 0 ? g->group->name : "");
	if (!mount || path.error || mw_read(&root, path.at, &pids))
		return;
	text = buf_slice(&pids);
	for (int i = 0; i < ASKED && slice_u64(&text, &pid); i++) {
		/* 0: in a pid namespace that is not ours */
		if (pid)
			add_process(s, g, (uint32_t)pid);
		text = slice_trim(text);
	}
}

/* A group of groups has none of its own; the sweep may know processes further in. */
static void ask_deeper(struct mw_spaces *s, struct mw_group_spaces *g)
{
	const struct mw_entity *p;
	int asked = 0;

	mw_for_each (p, s->c->snapshot, MW_PROCESS) {
		const struct mw_entity *in = p->parent;

		while (in && in != g->group)
			in = in->parent;
		if (in && asked++ < ASKED)
			add_process(s, g, (uint32_t)p->id);
	}
}

static struct mw_group_spaces *group_spaces(struct mw_spaces *s, const struct mw_entity *group)
{
	struct mw_group_spaces *groups;

	for (uint32_t i = 0; i < s->group_count; i++)
		if (s->groups[i].group == group)
			return &s->groups[i];
	groups = realloc(s->groups, (s->group_count + 1) * sizeof(*groups));
	if (!groups)
		return NULL;
	s->groups = groups;
	groups += s->group_count++;
	*groups = (struct mw_group_spaces){ .group = group };
	ask_processes(s, groups);
	if (!groups->count)
		ask_deeper(s, groups);
	return groups;
}

struct mw_space_of *mw_spaces_group(struct mw_spaces *s, const struct mw_entity *group, uint32_t i)
{
	const struct mw_group_spaces *g;

	if (!group || !mw_spaces_machine(s))
		return NULL;
	g = group_spaces(s, group);
	return g && i < g->count ? &s->all[g->at[i]] : NULL;
}
