#include "base/scoped.h"
#include "collect/cgroup/files.h"
#include "source/held.h"

#include <errno.h>

void mw_group_reader_init(struct mw_group_reader *r, struct mw_collect *c, int version)
{
	const struct mw_group_file *table = version == 1 ? mw_cgroup1_files : mw_cgroup2_files;
	size_t keyed = 0, count;
	const struct mw_place *places = mw_places(&count);

	r->c = c;
	r->in = 0;
	r->finish = version == 1 ? mw_cgroup1_finish : mw_cgroup2_finish;
	for (r->count = 0; table[r->count].name && r->count < MW_GROUP_FILES; r->count++) {
		struct mw_group_file *f = &r->files[r->count];

		*f = table[r->count];
		f->in = f->in ? f->in : MW_FILES_BASIC;
		r->in |= f->in;
		f->metric = MW_METRICS;
		for (size_t i = 0; i < count && f->metric == MW_METRICS; i++)
			if (!places[i].key && places[i].file && !strcmp(places[i].file, f->name))
				f->metric = places[i].metric;
		if (f->metric == MW_METRICS && keyed < MW_GROUP_KEYED) {
			f->keyed = &r->keyed[keyed++];
			mw_keyed_init(f->keyed, f->name);
		}
	}
}

unsigned mw_group_files(uint32_t want)
{
	unsigned files = 0;

	/* what is asked for in detail is asked for whole */
	if (want & MW_WANT_CGROUP_DETAIL)
		return MW_FILES_USUAL | MW_FILES_PRESSURE | MW_FILES_DETAIL;
	if (want & MW_WANT_CGROUP_SIZES)
		files |= MW_FILES_USUAL;
	if (want & MW_WANT_CGROUP_PRESSURE)
		files |= MW_FILES_PRESSURE;
	return files;
}

int mw_group_value(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error)
{
	*error = (struct mw_parse_error){ 1, N_("a number") };
	return mw_value_parse(buf_slice(&r->c->text),
			      mw_snapshot_machine(r->c->snapshot)->page_size, e, file->metric);
}

int mw_group_text(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		  struct mw_parse_error *error)
{
	mw_set_text(r->c->snapshot, e, file->metric, slice_trim(buf_slice(&r->c->text)));
	return 0;
}

int mw_group_keyed(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error)
{
	return mw_keyed_parse(file->keyed, buf_slice(&r->c->text),
			      mw_snapshot_machine(r->c->snapshot)->page_size, e, error);
}

/* cgroup.procs: how many lines. */
int mw_group_lines(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error)
{
	struct slice text = buf_slice(&r->c->text), line;
	uint64_t lines = 0;

	while (slice_line(&text, &line))
		lines++;
	mw_set(e, file->metric, lines);
	return 0;
}

int mw_group_numa(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		  struct mw_parse_error *error)
{
	return mw_group_numa_parse(file->keyed, buf_slice(&r->c->text), r->c->snapshot, e, error);
}

/* All metrics of a file that belong to the group's own row. */
static void set_states(const struct mw_group_file *f, struct mw_entity *e, enum mw_state state,
		       enum mw_state only)
{
	if (f->metric != MW_METRICS && mw_get(e, f->metric).state == only)
		mw_set_state(e, f->metric, state);
	for (size_t i = 0; f->keyed && i < f->keyed->count; i++) {
		enum mw_metric m = f->keyed->places[i]->metric;

		if (mw_metric_info(m)->kind == e->kind && mw_get(e, m).state == only)
			mw_set_state(e, m, state);
	}
}

static void problem(struct mw_group_reader *r, struct slice path, const char *file, int error,
		    const struct mw_parse_error *at)
{
	scoped_buf struct buf full = { 0 };

	buf_add(&full, path);
	buf_printf(&full, "/%s", file);
	mw_snapshot_problem(r->c->snapshot, buf_slice(&full), at->line, error, at->what);
}

/* What can be known of a file without reading it. */
static bool settled(const struct mw_dir *dir, const struct mw_group_file *f, const char *name,
		    struct mw_entity *e)
{
	struct mw_stat st;

	if (f->inherited && e->parent && mw_get_or(e->parent, f->metric, 0) == 1) {
		mw_set(e, f->metric, 1);
		return true;
	}
	if (f->parse)
		return false;
	if (!mw_stat(dir, name, &st))
		mw_set(e, f->metric, 1);
	return true;
}

static int read_file(struct mw_group_reader *r, const struct mw_dir *dir, struct slice path,
		     const struct mw_group_file *f, struct mw_entity *e)
{
	const char *name = f->name + sizeof("cgroup1/") - 1;
	struct mw_parse_error at = { 0 };
	int error;

	if (settled(dir, f, name, e))
		return 0;
	if (f->many)
		error = mw_read(dir, name, &r->c->text);
	else if (r->c->source->held && e->id)
		error = mw_held_read(r->c->source->held, dir, e->id, (unsigned)(f - r->files), name,
				     &r->c->text);
	else
		error = mw_read_record(dir, name, &r->c->text);
	if (error) {
		enum mw_state state = mw_state_of(error);

		set_states(f, e, state, MW_ABSENT);
		/* groups come and go: nothing to report */
		if (state != MW_ABSENT && state != MW_VANISHED)
			problem(r, path, name, error, &at);
		return error;
	}
	error = f->parse(r, f, e, &at);
	if (error)
		problem(r, path, name, error, &at);
	return 0;
}

static bool gone(int error)
{
	return error == -ENOENT || error == -ENODEV;
}

void mw_group_read(struct mw_group_reader *r, const struct mw_dir *dir, struct slice path,
		   struct mw_entity *e, unsigned which)
{
	uint32_t missing = 0;
	int error, last = 0, before = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct mw_group_file *f = &r->files[i];

		if (!(f->in & which))
			continue;
		error = read_file(r, dir, path, f, e);
		if (error == -ENOENT)
			missing |= UINT32_C(1) << i;
		if (!(f->in & MW_FILES_USUAL))
			continue;
		before = last;
		last = error;
	}
	/* a removed group's files are not there: that does not mean that its kernel lacks them */
	for (size_t i = 0;
	     which & MW_FILES_BASIC && e->parent && gone(last) && gone(before) && i < r->count; i++)
		if (missing >> i & 1)
			set_states(&r->files[i], e, MW_VANISHED, MW_ABSENT);
	r->finish(e);
}
