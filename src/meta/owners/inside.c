/* The container that memwhy itself runs in: its group is the top of what is seen ("/"), whose path says
 * nothing. The files that its runtime mounted, its hostname and its service account do. */
#include "meta/owner.h"

#include <errno.h>

static struct slice fact(const struct mw_inquiry *q, enum mw_metric metric)
{
	const char *text = mw_get_text(mw_snapshot_node(q->snapshot), metric);

	return slice_of(text ? text : "");
}

/* A host's network brings its hostname: no name of the container's own then. */
static struct slice hostname(struct mw_inquiry *q)
{
	struct mw_dir root = mw_root(q->source);
	struct slice link, own = slice_of(mw_snapshot_machine(q->snapshot)->host);

	if (mw_readlink(&root, "proc/self/ns/uts", &q->text))
		return own;
	link = buf_slice(&q->text);
	return slice_is(link, "uts:[4026531838]") ? SLICE("") : own;
}

static int read_facts(struct mw_inquiry *q, struct mw_who *who)
{
	static const char file[] = "var/run/secrets/kubernetes.io/serviceaccount/namespace";
	struct slice kind = fact(q, M_INSIDE), uid = fact(q, M_INSIDE_POD_UID), name;

	if (!mw_who_is(who, M_CG_RUNTIME, "inside"))
		return -ENOENT;
	name = hostname(q);
	mw_who_replace(who, M_CG_RUNTIME, kind);
	/* claimed by a word, where nothing tells the id */
	who->known[M_CG_RUNTIME_ID - MW_WHO_FIRST] = fact(q, M_INSIDE_ID).len;
	if (!slice_is(kind, "kubernetes")) {
		mw_who_text(who, M_CG_NAME, name);
		return 0;
	}
	mw_who_text(who, M_CG_POD, name);
	mw_who_text(who, M_CG_POD_UID, uid);
	mw_who_text(who, M_CG_CONTAINER, fact(q, M_INSIDE_CONTAINER));
	if (!mw_inquiry_read(q, "%s", file))
		mw_who_text(who, M_CG_NAMESPACE, slice_trim(buf_slice(&q->text)));
	return 0;
}

static int claims(struct mw_inquiry *q, const struct mw_owner *self, mw_claim_fn claim,
		  void *argument)
{
	struct slice group = fact(q, M_INSIDE_GROUP), id = fact(q, M_INSIDE_ID);

	if (group.len)
		claim(argument, self, group, id.len ? id : slice_of(self->name));
	return 0;
}

const struct mw_owner mw_owner_inside = {
	.name = "inside",
	.read = read_facts,
	.claims = claims,
};
