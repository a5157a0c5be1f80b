#include "meta/owners/claims.h"
#include "meta/path.h"

struct claiming {
	struct mw_inquiry *q;
	const struct mw_owner *self;
	const struct mw_claims *claims;
	mw_claim_fn claim;
	void *argument;
};

static int claim_one(const struct mw_dirent *entry, void *argument)
{
	const struct claiming *c = argument;
	struct slice id = slice_of(entry->name), group;

	if (!mw_is_file_name(id) || (c->claims->named_by_id && mw_is_container_id(id)) ||
	    mw_inquiry_read(c->q, "%s/%s/%s", c->claims->place, entry->name, c->claims->file))
		return 0;
	if (c->claims->group(&c->q->arena, buf_slice(&c->q->text), &group))
		c->claim(c->argument, c->self, group, id);
	else
		mw_inquiry_malformed(c->q, c->claims->what);
	return 0;
}

int mw_claim_each(struct mw_inquiry *q, const struct mw_owner *self, const struct mw_claims *claims,
		  mw_claim_fn claim, void *argument)
{
	struct claiming c = { q, self, claims, claim, argument };

	return mw_inquiry_list(q, claims->place, claim_one, &c);
}
