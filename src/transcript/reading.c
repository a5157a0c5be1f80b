/* What formats call while they read a block. */
#include "base/index.h"
#include "transcript/parts.h"

#include <errno.h>

/* What pastes do not say: nearly all machines have 4 KiB pages and 100 clock ticks. */
static const struct mw_machine machine = { .kind = MW_TRANSCRIPT,
					   .page_size = 4096,
					   .clock_ticks = 100 };

static int take(struct mw_reading *r)
{
	struct mw_cells *c = mw_cells_take(r->arena, r->s);

	if (!c)
		return -ENOMEM;
	*r->notes->tail = c;
	r->notes->tail = &c->later;
	r->notes->moment++;
	r->block->cells += c->cell_count;
	return 0;
}

int mw_reading_moment(struct mw_reading *r)
{
	struct mw_snapshot *next = mw_snapshot_new(&machine);

	if (!next || take(r)) {
		mw_snapshot_free(next);
		return r->notes->error = -ENOMEM;
	}
	mw_snapshot_free(r->s);
	r->s = next;
	return 0;
}

int mw_block_read(struct mw_transcript *t, size_t block, struct mw_notes *notes)
{
	struct mw_block *b = &t->blocks[block];
	struct mw_reading r = { .s = mw_snapshot_new(&machine),
				.paste = &t->paste,
				.block = b,
				.arena = &t->arena,
				.notes = notes };
	int error;

	if (!r.s)
		return -ENOMEM;
	notes->block = block;
	notes->tail = &b->rows;
	notes->moment = 0;
	error = b->format->read(&r, b);
	if (!error || error == -EBADMSG) {
		b->error = error;
		error = take(&r);
	}
	mw_snapshot_free(r.s);
	return error ? error : notes->error;
}

struct slice mw_reading_text(struct mw_reading *r)
{
	const struct mw_paste_line *lines = &r->paste->lines[r->block->line];
	size_t indent = SIZE_MAX, size = 0, n = 0;
	char *text;

	for (size_t i = 0; i < r->block->lines; i++) {
		struct slice line = mw_line_bare(&lines[i]), rest = line;

		slice_skip_blanks(&rest);
		if (rest.len && line.len - rest.len < indent)
			indent = line.len - rest.len;
		size += line.len + 1;
	}
	text = arena_alloc(r->arena, size + 1);
	if (!text)
		return (struct slice){ "", 0 };
	for (size_t i = 0; i < r->block->lines; i++) {
		struct slice line = mw_line_bare(&lines[i]);

		if (lines[i].kind == MW_LINE_TEXT || lines[i].kind == MW_LINE_PROMPT) {
			line = slice_skip(line, indent);
			memcpy(text + n, line.at, line.len);
			n += line.len;
		}
		text[n++] = '\n';
	}
	return (struct slice){ text, n };
}

/* --- rows ------------------------------------------------------------------------------------- */

struct mw_entity *mw_reading_node(struct mw_reading *r)
{
	return mw_snapshot_node(r->s);
}

struct mw_entity *mw_reading_group(struct mw_reading *r, int version, struct slice path)
{
	struct mw_entity *e = mw_snapshot_by_name(r->s, MW_CGROUP, path);

	if (!e)
		e = mw_snapshot_add(r->s, MW_CGROUP, NULL, path, 0, 0);
	if (e && version)
		mw_set(e, M_CG_VERSION, (uint64_t)version);
	return e;
}

/* Below which the groups are. */
static const char *const mounts[] = { "/sys/fs/cgroup/memory",
				      "/sys/fs/cgroup/unified",
				      "/sys/fs/cgroup",
				      "/cgroup/memory",
				      "/dev/memcg",
				      NULL };

static struct slice parent_of(struct slice path)
{
	size_t n = path.len;

	while (n && path.at[n - 1] != '/')
		n--;
	return (struct slice){ path.at, n > 1 ? n - 1 : n };
}

/* "memory.stat" is a file of a group, "memory" its controller's directory. */
static struct slice group_of(struct slice file)
{
	struct slice name = slice_last(file, '/'), path = file;

	if (slice_begins(name, "memory.") || slice_begins(name, "cgroup."))
		path = name.len == file.len ? (struct slice){ "", 0 } : parent_of(file);
	for (const char *const *m = mounts; *m; m++) {
		struct slice rest = path, before = path;

		/* a mount of the host's below "/host", "/rootfs" */
		if (slice_after(&rest, *m) && (!rest.len || *rest.at == '/')) {
			before.len = (size_t)(rest.at - path.at) - strlen(*m);
			if (!memchr(before.at, ' ', before.len))
				return rest;
		}
	}
	/* only the last part of a directory is known */
	if (slice_is(path, "memory") || slice_is(path, "cgroup") || slice_begins(path, "~") ||
	    slice_begins(path, "$") || slice_begins(path, "/proc") || slice_is(path, "/"))
		path.len = 0;
	return path;
}

struct mw_entity *mw_reading_group_of(struct mw_reading *r, int version, struct slice file)
{
	const struct mw_paste_command *c = r->block->command;
	struct slice path = file;

	if (!path.len && c && c->path_count == 1)
		path = c->paths[0];
	if (!path.len && c)
		path = c->cwd;
	path = group_of(path);
	if ((!path.len || slice_is(path, "/")) && c && c->pod.len)
		return mw_reading_pod(r, c->pod_namespace, c->pod, c->container);
	if ((!path.len || slice_is(path, "/")) && c && c->inside)
		path = c->container;
	if (slice_is(path, "/"))
		path.len = 0;
	return mw_reading_group(r, version, path);
}

struct mw_entity *mw_reading_pod(struct mw_reading *r, struct slice pod_namespace, struct slice pod,
				 struct slice container)
{
	struct mw_entity *parent = mw_reading_group(r, 0, pod), *e;
	char *name;

	if (!parent || !container.len)
		return parent;
	name = arena_printf(r->arena, "%.*s/%.*s", SLICE_ARG(pod), SLICE_ARG(container));
	if (!name)
		return NULL;
	e = mw_reading_group(r, 0, slice_of(name));
	if (e)
		e->parent = parent;
	return e;
}

/* The container that a command was run in; NULL: not told, or out of memory. */
static struct mw_entity *inside(struct mw_reading *r)
{
	const struct mw_paste_command *c = r->block->command;

	if (!c || !c->inside || (!c->pod.len && !c->container.len))
		return NULL;
	return c->pod.len ? mw_reading_pod(r, c->pod_namespace, c->pod, c->container)
			  : mw_reading_group(r, 0, c->container);
}

struct mw_entity *mw_reading_process(struct mw_reading *r, uint64_t pid, struct slice comm)
{
	struct mw_entity *e = mw_snapshot_by_id(r->s, MW_PROCESS, pid), *group;

	if (!e) {
		group = inside(r);
		/* its number means something in that container only */
		e = mw_snapshot_add(r->s, MW_PROCESS, group, comm, pid,
				    group ? hash_bytes(slice_of(group->name)) | 1 : 0);
	}
	if (e && comm.len)
		mw_set_text(r->s, e, M_P_COMM, comm);
	return e;
}

int mw_reading_command_line(struct mw_reading *r, struct mw_entity *process, struct slice command)
{
	enum { COMM_MAX = 15 };
	struct slice rest = command, name;

	if (!process)
		return -ENOMEM;
	if (slice_begins(command, "[") && slice_ends(command, "]")) {
		name = (struct slice){ command.at + 1, command.len - 2 };
	} else {
		mw_set_text(r->s, process, M_P_CMDLINE, command);
		if (!slice_token(&rest, &name))
			return 0;
		/* "nginx: worker process" is a title, "-bash" a login shell */
		if (slice_ends(name, ":"))
			name.len--;
		else
			name = slice_last(name, '/');
		slice_word(&name, "-");
	}
	name.len = name.len < COMM_MAX ? name.len : COMM_MAX;
	if (name.len && mw_get(process, M_P_COMM).state == MW_ABSENT)
		mw_set_text(r->s, process, M_P_COMM, name);
	return 0;
}

struct mw_entity *mw_reading_row(struct mw_reading *r, enum mw_kind kind, struct mw_entity *parent,
				 struct slice name, uint64_t id)
{
	struct mw_entity *e;

	mw_for_each (e, r->s, kind)
		if (e->id == id && e->parent == parent && slice_equal(slice_of(e->name), name))
			return e;
	return mw_snapshot_add(r->s, kind, parent, name, id, 0);
}

/* --- beside the cells ------------------------------------------------------------------------- */

static int note(struct mw_reading *r, const struct mw_note *n)
{
	buf_add(&r->notes->list, (struct slice){ (const char *)n, sizeof(*n) });
	if (r->notes->list.error)
		r->notes->error = r->notes->list.error;
	return r->notes->list.error;
}

int mw_reading_print(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric,
		     const char *what, uint64_t value, uint64_t step, enum mw_rounding rounding)
{
	uint64_t below = rounding == MW_NEAREST ? step - step / 2 : rounding == MW_UP ? step : 0;
	uint64_t above = rounding == MW_NEAREST ? step / 2 : rounding == MW_DOWN ? step : 0;
	struct mw_note n = {
		.block = r->notes->block,
		.moment = r->notes->moment,
		.what = what,
		.value = value,
		.low = value > below ? value - below : 0,
		.high = value > UINT64_MAX - above ? UINT64_MAX : value + above,
		.metric = metric,
	};

	if (!e)
		return -ENOMEM;
	n.kind = e->kind;
	n.index = e->index;
	if (metric != MW_METRICS && mw_get(e, metric).state == MW_ABSENT)
		mw_set(e, metric, value);
	return note(r, &n);
}

int mw_reading_derive(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric,
		      uint64_t value, const char *how)
{
	struct mw_note n = {
		.block = r->notes->block,
		.moment = r->notes->moment,
		.what = how,
		.metric = metric,
		.derived = true,
	};

	if (!e)
		return -ENOMEM;
	n.kind = e->kind;
	n.index = e->index;
	mw_set(e, metric, value);
	return note(r, &n);
}
