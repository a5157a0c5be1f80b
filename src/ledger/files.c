#include "ledger/files.h"

#include "ledger/lines.h"

enum { SHOWN = 3, PERCENT = 2 /* of its line: smaller ones are not worth a line */ };

static uint64_t active(const struct mw_entity *file, bool shmem)
{
	return shmem ? 0 : mw_get_or(file, M_F_ACTIVE, 0);
}

static uint64_t inactive(const struct mw_entity *file, bool shmem)
{
	uint64_t cached = mw_get_or(file, M_F_CACHED, 0), up = active(file, shmem);

	return shmem || cached < up ? 0 : cached - up;
}

static uint64_t in_memory(const struct mw_entity *file, bool shmem)
{
	return shmem ? mw_get_or(file, M_F_CACHED, 0) : 0;
}

/* Which line of the account which pages are below. */
static const struct {
	const char *line, *how;
	uint64_t (*bytes)(const struct mw_entity *file, bool shmem);
} kinds[] = {
	{ N_("page cache, active"), N_("the page census: its active pages"), active },
	{ N_("page cache, inactive"), N_("the page census: its other pages"), inactive },
	{ N_("shared memory, tmpfs"), N_("the page census: its pages"), in_memory },
};

struct top {
	const struct mw_entity *at[SHOWN];
	uint64_t bytes[SHOWN];
	size_t count;
};

static void enter(struct top *top, const struct mw_entity *file, uint64_t bytes)
{
	size_t at = top->count < SHOWN ? top->count++ : SHOWN;

	for (; at > 0 && top->bytes[at - 1] < bytes; at--)
		if (at < SHOWN) {
			top->at[at] = top->at[at - 1];
			top->bytes[at] = top->bytes[at - 1];
		}
	if (at < SHOWN) {
		top->at[at] = file;
		top->bytes[at] = bytes;
	}
}

static bool is_inside(const struct mw_entity *e, const struct mw_entity *group)
{
	while (e && e != group)
		e = e->parent;
	return e != NULL;
}

static void add(struct arena *a, struct mw_account *to, const struct top *top, const char *how)
{
	for (size_t i = 0; i < top->count; i++) {
		const struct mw_entity *file = top->at[i];
		const char *path = mw_get_text(file, M_F_CONTAINER_PATH);
		struct mw_account *part;

		if (top->bytes[i] < to->bytes / 100 * PERCENT)
			break;
		if (!path)
			path = mw_get_text(file, M_F_PATH);
		part = mw_line_part(a, to,
				    mw_get_or(file, M_F_DELETED, 0)
					    ? arena_printf(a, "%s (deleted)", path)
					    : path,
				    (struct mw_num){ top->bytes[i], MW_OK }, how);
		if (!part)
			return;
		part->foreign = true;
		part->aside = true;
	}
}

void mw_ledger_files(struct arena *a, struct mw_account *account, const struct mw_snapshot *s,
		     const struct mw_entity *group)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct mw_account *line = mw_account_part(account, kinds[k].line);
		const struct mw_entity *e;
		struct top top = { 0 };

		if (!line || line->state != MW_OK || !line->bytes)
			continue;
		mw_for_each (e, s, MW_FILE) {
			const char *type = mw_get_text(e, M_F_TYPE);
			uint64_t bytes = kinds[k].bytes(e, type && !strcmp(type, "shmem"));

			if (bytes && mw_get_text(e, M_F_PATH) && is_inside(e, group))
				enter(&top, e, bytes);
		}
		add(a, line, &top, kinds[k].how);
	}
}
