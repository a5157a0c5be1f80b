#include "meta/owners/storage.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

int mw_storage_read(struct mw_inquiry *q, struct mw_who *who, const struct mw_storage *storage)
{
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID), ignored;
	int error = mw_inquiry_read(q, "%s/%.*s/userdata/config.json", storage->files,
				    SLICE_ARG(id));

	if (error)
		return error;
	mw_who_parsed(q, who, mw_oci_parse(buf_slice(&q->text), who, &ignored),
		      "a bundle's config.json");
	mw_pid_fact(
		q, who,
		arena_printf(&q->arena, "%s/%.*s/userdata/pidfile", storage->run, SLICE_ARG(id)));
	return 0;
}

static bool find_id(struct slice name, const char *const *prefixes, struct slice *id)
{
	for (; *prefixes; prefixes++)
		if (mw_path_id(name, *prefixes, id))
			return true;
	return false;
}

bool mw_storage_recognise(struct mw_who *who, const char *runtime, const char *const *prefixes)
{
	struct slice above, name = mw_path_last(who->path, &above), id;
	const char *role = MW_ROLE_CONTAINER;

	if (!find_id(name, prefixes, &id)) {
		if (!slice_is(name, "container") ||
		    !find_id(mw_path_last(above, NULL), prefixes, &id))
			return false;
		role = MW_ROLE_SCOPE;
	}
	mw_who_text(who, M_CG_ROLE, slice_of(role));
	mw_who_text(who, M_CG_RUNTIME, slice_of(runtime));
	mw_who_text(who, M_CG_RUNTIME_ID, id);
	return true;
}
