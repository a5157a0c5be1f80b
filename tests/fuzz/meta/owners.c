/* Every owner reads the same text from whatever file it asks for. */
#include "base/scoped.h"
#include "meta/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* podman's container in the corpus */
#define ID "81de1309385260a59f4faaa2624875e1e0a0ebfc37305b2d51bc740e8b2493e4"

struct same {
	struct mw_source source;
	struct slice text;
};

static int same_open(struct mw_source *source, intptr_t at, const char *path, intptr_t *out)
{
	(void)source;
	(void)path;
	*out = at;
	return 0;
}

static void same_close(struct mw_source *source, intptr_t dir)
{
	(void)source;
	(void)dir;
}

static int same_read(struct mw_source *source, intptr_t at, const char *path, enum mw_shape shape,
		     struct buf *out)
{
	(void)at;
	(void)path;
	(void)shape;
	buf_add(out, ((struct same *)source)->text);
	return out->error;
}

static int same_link(struct mw_source *source, intptr_t at, const char *path, struct buf *out)
{
	return same_read(source, at, path, MW_RECORD, out);
}

static int same_list(struct mw_source *source, intptr_t dir, mw_list_fn fn, void *argument)
{
	static const char *const names[] = { "default", "k8s.io", "3.log", ID };
	int stop = 0;

	(void)source;
	(void)dir;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !stop; i++)
		stop = fn(&(struct mw_dirent){ names[i], 0, MW_DT_DIR }, argument);
	return stop;
}

static int same_stat(struct mw_source *source, intptr_t at, const char *path, struct mw_stat *out)
{
	(void)source;
	(void)at;
	(void)path;
	*out = (struct mw_stat){ 0 };
	return 0;
}

static int64_t same_clock(struct mw_source *source)
{
	(void)source;
	return 1;
}

static void claim(void *argument, const struct mw_owner *owner, struct slice path, struct slice id)
{
	(void)argument;
	if (!owner || !path.len || *path.at != '/' || !id.len)
		__builtin_trap();
}

static void ask(struct mw_inquiry *q, const struct mw_owner *owner, const char *path)
{
	struct mw_who who;

	mw_who_init(&who, &q->arena, slice_of(path));
	mw_who_text(&who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
	mw_who_text(&who, M_CG_RUNTIME, slice_of(owner->name));
	mw_who_text(&who, M_CG_RUNTIME_ID, SLICE(ID));
	if (owner->read)
		owner->read(q, &who);
	if (owner->claims)
		owner->claims(q, owner, claim, NULL);
	if (who.labels.len > MW_WHO_LABELS)
		__builtin_trap();
	mw_who_release(&who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mw_source_ops ops = {
		.open = same_open,
		.close = same_close,
		.read = same_read,
		.link = same_link,
		.list = same_list,
		.stat = same_stat,
		.clock = same_clock,
	};
	struct same same = { { .ops = &ops }, { (const char *)data, size } };
	const struct mw_machine machine = { .kind = MW_LIVE, .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_inquiry q = { .source = &same.source, .snapshot = s };

	if (!s)
		return 0;
	for (const struct mw_owner *const *o = mw_owners; *o; o++)
		ask(&q, *o, "/docker/" ID);
	arena_release(&q.arena);
	buf_release(&q.text);
	buf_release(&q.path);
	mw_snapshot_free(s);
	return 0;
}
