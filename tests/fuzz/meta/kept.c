#include "base/scoped.h"
#include "meta/kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written, and says the same when it is read again. */
static struct mw_snapshot *read_again(struct slice text, struct buf *out, int *status)
{
	const struct mw_machine machine = { .kind = MW_TREE, .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_kept kept = { 0 };
	uint32_t line = 0;

	if (!s)
		return NULL;
	mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/docker/55150e"), 2, 0);
	mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/kubepods/burstable/pod1111"), 3, 0);
	*status = mw_kept_read(&kept, text, s, &line);
	if ((*status == -EBADMSG) != (line != 0))
		__builtin_trap();
	mw_kept_write(&kept, s, out);
	mw_kept_release(&kept);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_buf struct buf first = { 0 }, second = { 0 };
	const struct slice text = { (const char *)data, size };
	struct mw_snapshot *a, *b;
	int status;

	a = read_again(text, &first, &status);
	b = read_again(buf_slice(&first), &second, &status);
	if (a && b && (status || first.len != second.len))
		__builtin_trap();
	mw_snapshot_free(a);
	mw_snapshot_free(b);
	return 0;
}
