/* A source whose nth call fails, so that tests reach every error path. */
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>

struct faulty {
	struct mw_source source;
	struct mw_source *inner;
	uint64_t calls, nth;
	int error;
};

static int fault(struct mw_source *source)
{
	struct faulty *f = (struct faulty *)source;

	return ++f->calls == f->nth ? -f->error : 0;
}

static struct mw_source *inner(struct mw_source *source)
{
	return ((struct faulty *)source)->inner;
}

static int faulty_open(struct mw_source *source, intptr_t at, const char *path, intptr_t *out)
{
	int error = fault(source);

	return error ? error : inner(source)->ops->open(inner(source), at, path, out);
}

static void faulty_close(struct mw_source *source, intptr_t dir)
{
	inner(source)->ops->close(inner(source), dir);
}

static int faulty_read(struct mw_source *source, intptr_t at, const char *path, enum mw_shape shape,
		       struct buf *out)
{
	int error = fault(source);

	return error ? error : inner(source)->ops->read(inner(source), at, path, shape, out);
}

static int faulty_link(struct mw_source *source, intptr_t at, const char *path, struct buf *out)
{
	int error = fault(source);

	return error ? error : inner(source)->ops->link(inner(source), at, path, out);
}

static int faulty_list(struct mw_source *source, intptr_t dir, mw_list_fn fn, void *argument)
{
	int error = fault(source);

	return error ? error : inner(source)->ops->list(inner(source), dir, fn, argument);
}

static int faulty_stat(struct mw_source *source, intptr_t at, const char *path, struct mw_stat *out)
{
	int error = fault(source);

	return error ? error : inner(source)->ops->stat(inner(source), at, path, out);
}

static int faulty_cached(struct mw_source *source, intptr_t at, const char *path,
			 const struct mw_mounted *in, struct mw_cached *out)
{
	const struct mw_source_ops *ops = inner(source)->ops;
	int error = fault(source);

	if (error || !ops->cached)
		return error ? error : -EOPNOTSUPP;
	return ops->cached(inner(source), at, path, in, out);
}

static int faulty_enter(struct mw_source *source, intptr_t at, const char *path,
			const struct mw_mounted *in, struct mw_mounted *mount, intptr_t *out)
{
	const struct mw_source_ops *ops = inner(source)->ops;
	int error = fault(source);

	if (error || !ops->enter)
		return error ? error : -EOPNOTSUPP;
	return ops->enter(inner(source), at, path, in, mount, out);
}

static int faulty_space(struct mw_source *source, intptr_t at, const char *path,
			struct mw_space *out)
{
	const struct mw_source_ops *ops = inner(source)->ops;
	int error = fault(source);

	if (error || !ops->space)
		return error ? error : -EOPNOTSUPP;
	return ops->space(inner(source), at, path, out);
}

static int64_t faulty_clock(struct mw_source *source)
{
	return inner(source)->ops->clock(inner(source));
}

static void faulty_free(struct mw_source *source)
{
	mw_source_free(inner(source));
	free(source);
}

static const struct mw_source_ops faulty_ops = {
	.open = faulty_open,
	.close = faulty_close,
	.read = faulty_read,
	.link = faulty_link,
	.list = faulty_list,
	.stat = faulty_stat,
	.clock = faulty_clock,
	.space = faulty_space,
	.cached = faulty_cached,
	.enter = faulty_enter,
	.free = faulty_free,
};

int mw_source_faulty(struct mw_source *source, uint64_t nth, int error, struct mw_source **out)
{
	struct faulty *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*f = (struct faulty){
		.source = { &faulty_ops, source->machine, source->root },
		.inner = source,
		.nth = nth,
		.error = error,
	};
	*out = &f->source;
	return 0;
}

uint64_t mw_source_faulty_calls(const struct mw_source *source)
{
	return ((const struct faulty *)source)->calls;
}
