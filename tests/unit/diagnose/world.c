#include "world.h"

#include "base/index.h"
#include "engine/engine.h"
#include "render/finding.h"

static void begin(struct world *w, int64_t clock)
{
	const struct mw_machine machine = { .page_size = 4096,
					    .clock = clock,
					    .taken_at = 1700000000000000000 + clock };

	assert_true(w->count < MOMENTS);
	w->s = mw_snapshot_new(&machine);
	w->node = mw_snapshot_node(w->s);
	mw_set(w->node, M_MEM_TOTAL, 16 * GIB);
	mw_set(w->node, M_MEM_FREE, 4 * GIB);
	mw_set(w->node, M_MEM_AVAILABLE, 8 * GIB);
	mw_set(w->node, M_SWAP_TOTAL, 0);
	mw_set(w->node, M_SWAP_FREE, 0);
	w->at[w->count++] = w->s;
}

struct world world_new(void)
{
	struct world w = { 0 };

	begin(&w, 1000000000000);
	return w;
}

void world_later(struct world *w, double seconds)
{
	int64_t clock = mw_snapshot_machine(w->s)->clock + (int64_t)(seconds * 1e9);

	EXPECT_EQ(mw_engine_finish(w->s), 0);
	begin(w, clock);
}

void world_release(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		mw_snapshot_free(w->at[i]);
	arena_release(&w->arena);
}

struct mw_entity *world_add(struct world *w, enum mw_kind kind, struct mw_entity *parent,
			    const char *name, uint64_t id)
{
	struct mw_entity *e = mw_snapshot_add(w->s, kind, parent, slice_of(name), id, 0);

	assert_non_null(e);
	return e;
}

struct mw_entity *world_group(struct world *w, const char *path, unsigned version)
{
	const char *last = strrchr(path, '/');
	struct slice above = { path, last == path ? 1 : (size_t)(last - path) };
	struct mw_entity *parent = strcmp(path, "/") != 0
					   ? mw_snapshot_by_name(w->s, MW_CGROUP, above)
					   : NULL;
	struct mw_entity *e = world_add(w, MW_CGROUP, parent, path,
					hash_bytes(slice_of(path)) >> 1);

	mw_set(e, M_CG_VERSION, version);
	mw_set_state(e, M_CG_LIMIT, MW_UNLIMITED);
	return e;
}

void world_charge(struct mw_entity *group, uint64_t anon, uint64_t inactive_file,
		  uint64_t active_file)
{
	mw_set(group, M_CG_USAGE, anon + inactive_file + active_file);
	mw_set(group, M_CG_ANON, anon);
	mw_set(group, M_CG_FILE, inactive_file + active_file);
	mw_set(group, M_CG_SHMEM, 0);
	mw_set(group, M_CG_KERNEL, 0);
	mw_set(group, M_CG_INACTIVE_FILE, inactive_file);
	mw_set(group, M_CG_ACTIVE_FILE, active_file);
	mw_set(group, M_CG_INACTIVE_ANON, 0);
	mw_set(group, M_CG_ACTIVE_ANON, anon);
}

struct mw_entity *world_process(struct world *w, uint64_t pid, const char *name,
				struct mw_entity *group, uint64_t rss)
{
	struct mw_entity *e = world_add(w, MW_PROCESS, group, name, pid);

	mw_set_text(w->s, e, M_P_COMM, slice_of(name));
	mw_set(e, M_P_RSS, rss);
	mw_set(e, M_P_RSS_ANON, rss);
	mw_set(e, M_P_RSS_FILE, 0);
	mw_set(e, M_P_RSS_SHMEM, 0);
	mw_set(e, M_P_SWAP, 0);
	mw_set(e, M_P_VSS, 2 * rss);
	mw_set(e, M_P_OOM_SCORE_ADJ, 0);
	return e;
}

/* --- what the rules say ----------------------------------------------------------------------- */

static void check_sentence(const char *english, const struct mw_entity *e,
			   const struct mw_cite *cites)
{
	for (size_t i = 0; mw_language_code(i); i++) {
		const struct mw_style style = { .unicode = true,
						.language = mw_language_find(mw_language_code(i)) };
		struct buf text = { 0 };

		mw_template_write(&text, &style, english, e, cites);
		assert_true(text.len > 0);
		if (strchr(text.at, '{') || strstr(text.at, "nan"))
			fail_msg("nothing fills a placeholder: %s", text.at);
		buf_release(&text);
	}
}

static void check_lines(const struct mw_lines *lines, const struct mw_finding *f)
{
	for (; lines; lines = lines->next)
		check_sentence(lines->text, f->entity, f->cited);
}

static void check_finding(const struct mw_finding *f)
{
	check_sentence(f->title, f->entity, f->cited);
	check_lines(f->details, f);
	check_lines(f->advice, f);
	check_lines(f->avoid, f);
	if (f->doubt)
		check_sentence(f->doubt, f->entity, f->cited);
	for (const struct mw_cite *c = f->cited; c; c = c->next)
		assert_true(c->source && *c->source);
	for (const struct mw_lines *l = f->next; l; l = l->next)
		assert_true(*l->text >= 'a' && *l->text <= 'z');
}

void world_diagnose(struct world *w)
{
	const struct mw_evidence evidence = {
		.view = mw_view_of(w->count > 1 ? w->at[w->count - 2] : NULL, w->s),
		.series = { (const struct mw_snapshot *const *)w->at, w->count > 2 ? w->count : 0 },
		.ooms = w->ooms,
		.oom_count = w->oom_count,
		.oom_log = w->oom_log,
	};

	EXPECT_EQ(mw_engine_finish(w->s), 0);
	EXPECT_EQ(mw_diagnose(&evidence, NULL, NULL, &w->arena, &w->d), 0);
	for (size_t i = 0; i < w->d.count; i++)
		check_finding(w->d.findings[i]);
	for (size_t i = 0; i < w->d.cannot_tell_count; i++)
		check_sentence(w->d.cannot_tell[i].missing, w->d.cannot_tell[i].entity,
			       w->d.cannot_tell[i].cited);
}

const struct mw_finding *world_finding(const struct world *w, const char *id,
				       const struct mw_entity *e)
{
	for (size_t i = 0; i < w->d.count; i++)
		if (!strcmp(w->d.findings[i]->id, id) && (!e || w->d.findings[i]->entity == e))
			return w->d.findings[i];
	return NULL;
}

const struct mw_cannot_tell *world_unknown(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->d.cannot_tell_count; i++)
		if (!strcmp(w->d.cannot_tell[i].id, id))
			return &w->d.cannot_tell[i];
	return NULL;
}

static const struct mw_cite *find_cite(const struct mw_finding *f, const char *name)
{
	assert_non_null(f);
	for (const struct mw_cite *c = f->cited; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	fail_msg("%s does not cite %s", f->id, name);
	return NULL;
}

double cited(const struct mw_finding *f, const char *name)
{
	return find_cite(f, name)->value;
}

const char *cited_text(const struct mw_finding *f, const char *name)
{
	return find_cite(f, name)->text;
}
