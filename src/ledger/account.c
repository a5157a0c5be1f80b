#include "ledger/account.h"

struct mw_account *mw_account_new(struct arena *a, const char *name, struct mw_num bytes,
				  const char *how)
{
	struct mw_account *account = arena_new(a, struct mw_account);

	if (!account)
		return NULL;
	account->name = name;
	account->how = how;
	account->bytes = bytes.state == MW_OK ? bytes.v : 0;
	account->state = bytes.state;
	return account;
}

void mw_account_add(struct mw_account *account, struct mw_account *part)
{
	if (!part)
		return;
	*(account->last ? &account->last->next : &account->parts) = part;
	account->last = part;
}

void mw_account_balance(struct mw_account *account)
{
	int64_t rest = (int64_t)account->bytes;
	/* a paste may hold any number: a sum beyond 2^63 is no balance */
	bool any = false, beyond = account->bytes > INT64_MAX;

	mw_for_each_part (part, account) {
		mw_account_balance(part);
		if (part->aside || part->state != MW_OK)
			continue;
		beyond |= __builtin_sub_overflow(rest, part->bytes, &rest);
		any = true;
	}
	account->balanced = any && !beyond && account->state == MW_OK;
	account->unexplained = account->balanced ? rest : 0;
}

void mw_account_text(struct buf *out, const struct mw_account *account, const char *text)
{
	struct slice rest = slice_of(text), before = rest;

	if (slice_after(&rest, "{n}")) {
		before.len -= rest.len + SLICE("{n}").len;
		buf_add(out, before);
		buf_u64(out, account->count);
	}
	buf_add(out, rest);
}

struct mw_account *mw_account_part(const struct mw_account *account, const char *name)
{
	mw_for_each_part (part, account) {
		if (!strcmp(part->name, name))
			return part;
	}
	return NULL;
}
