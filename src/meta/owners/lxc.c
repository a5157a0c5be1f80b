/* LXC, LXD and Incus: lxc.payload.NAME and lxc.monitor.NAME, below folders of these names before LXC
 * 4, /lxc/NAME before LXC 3. A name of LXD's other projects is PROJECT_NAME. */
#include "meta/owner.h"
#include "meta/path.h"

static const struct {
	const char *begin; /* of the name, "" = it is below `folder` */
	const char *folder;
	const char *role;
} rows[] = {
	{ "lxc.payload.", NULL, MW_ROLE_CONTAINER },
	{ "lxc.monitor.", NULL, MW_ROLE_SCOPE },
	{ "", "lxc.payload", MW_ROLE_CONTAINER },
	{ "", "lxc.monitor", MW_ROLE_SCOPE },
	{ "", "lxc", MW_ROLE_CONTAINER },
};

static void recognise(struct mw_who *who)
{
	struct slice above, name = mw_path_last(who->path, &above);
	struct slice in = mw_path_last(above, NULL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice rest = name;

		if (!slice_word(&rest, rows[i].begin) || !rest.len ||
		    (rows[i].folder && !slice_is(in, rows[i].folder)))
			continue;
		mw_who_text(who, M_CG_ROLE, slice_of(rows[i].role));
		mw_who_text(who, M_CG_RUNTIME, SLICE("lxc"));
		mw_who_text(who, M_CG_RUNTIME_ID, rest);
		mw_who_text(who, M_CG_NAME, rest);
		return;
	}
}

const struct mw_owner mw_owner_lxc = { .name = "lxc", .recognise = recognise };
