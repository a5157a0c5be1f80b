#include "base/scoped.h"
#include "meta/owner.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void recognise(struct arena *arena, struct slice path)
{
	struct mw_who who;

	mw_who_init(&who, arena, path);
	for (const struct mw_owner *const *o = mw_owners; *o; o++)
		if ((*o)->recognise)
			(*o)->recognise(&who);
	/* an owner that knows an id says what it is of */
	if (mw_who_knows(&who, M_CG_RUNTIME_ID) && !mw_who_knows(&who, M_CG_ROLE))
		__builtin_trap();
	mw_who_release(&who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_arena struct arena arena = { .limit = 64 << 20 };
	scoped_buf struct buf out = { 0 };
	struct slice text = { (const char *)data, size }, line, group;
	char plain[256];

	while (slice_line(&text, &line)) {
		recognise(&arena, line);
		mw_unit_unescape(line, plain, sizeof(plain));
		mw_path_of_slice(line, &out);
		if (mw_oci_group(&arena, line, &group) && *group.at != '/')
			__builtin_trap();
	}
	return 0;
}
