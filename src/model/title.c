#include "model/title.h"
#include "base/scoped.h"

bool mw_group_role_is(const struct mw_entity *group, const char *role)
{
	const char *is = group->kind == MW_CGROUP ? mw_get_text(group, M_CG_ROLE) : NULL;

	return is && !strcmp(is, role);
}

static const char *first_of(const struct mw_entity *group, const enum mw_metric *metrics)
{
	const char *text = NULL;

	for (; *metrics != MW_METRICS && !text; metrics++)
		text = mw_get_text(group, *metrics);
	return text;
}

void mw_group_title(const struct mw_entity *group, struct buf *out)
{
	static const enum mw_metric names[] = { M_CG_CONTAINER, M_CG_NAME, MW_METRICS };
	static const enum mw_metric alone[] = { M_CG_NAME, M_CG_CONTAINER, MW_METRICS };
	const char *pod = mw_get_text(group, M_CG_POD), *space, *name;

	if (!mw_group_has_title(group)) {
		buf_puts(out, group->name);
		return;
	}
	if (!pod) {
		name = first_of(group, alone);
		buf_puts(out, name ? name : group->name);
		return;
	}
	space = mw_get_text(group, M_CG_NAMESPACE);
	if (space)
		buf_printf(out, "%s/", space);
	buf_puts(out, pod);
	name = mw_group_role_is(group, "sandbox") ? "(pause)" : first_of(group, names);
	if (!mw_group_role_is(group, "pod") && name)
		buf_printf(out, "/%s", name);
}

const char *mw_group_title_in(struct arena *a, const struct mw_entity *group)
{
	scoped_buf struct buf title = { 0 };

	mw_group_title(group, &title);
	return title.error ? NULL : arena_copy(a, buf_slice(&title));
}

bool mw_group_has_title(const struct mw_entity *group)
{
	static const char *const named[] = { "container", "sandbox", "unit",  "scope",
					     "session",   "machine", "slice", NULL };

	if (group->kind != MW_CGROUP)
		return false;
	if (mw_get_text(group, M_CG_POD))
		return true;
	for (const char *const *role = named; *role; role++)
		if (mw_group_role_is(group, *role))
			return mw_get_text(group, M_CG_NAME) || mw_get_text(group, M_CG_CONTAINER);
	return false;
}

const struct mw_entity *mw_group_container(const struct mw_entity *group)
{
	const struct mw_entity *outermost = NULL;

	for (; group; group = group->parent)
		if (mw_group_role_is(group, "container") || mw_group_role_is(group, "sandbox"))
			outermost = group;
	return outermost;
}

static bool is_number(struct slice text)
{
	uint64_t v;

	return slice_u64(&text, &v) && !text.len;
}

/* Whether nothing else here is meant by that title: not a process, a path, or another group. Groups
 * inside of it do not count: what runs there may be called anything. */
static bool names_one(const struct mw_snapshot *s, const struct mw_entity *group,
		      struct slice title)
{
	scoped_buf struct buf other = { 0 };
	const struct mw_entity *e, *above;

	if (is_number(title) || mw_snapshot_by_name(s, MW_CGROUP, title))
		return false;
	mw_for_each (e, s, MW_CGROUP) {
		if (e == group || !mw_group_has_title(e))
			continue;
		buf_clear(&other);
		mw_group_title(e, &other);
		if (!slice_equal(buf_slice(&other), title))
			continue;
		for (above = e->parent; above && above != group;)
			above = above->parent;
		if (!above)
			return false;
	}
	return true;
}

const char *mw_group_word(struct arena *a, const struct mw_snapshot *s,
			  const struct mw_entity *group)
{
	scoped_buf struct buf name = { 0 }, word = { 0 };

	mw_group_title(group, &name);
	if (mw_group_has_title(group) && !names_one(s, group, buf_slice(&name))) {
		buf_clear(&name);
		buf_puts(&name, group->name);
	}
	/* a ' inside of '…' is written '\'' */
	buf_char(&word, '\'');
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == '\'')
			buf_puts(&word, "'\\''");
		else
			buf_char(&word, name.at[i]);
	buf_char(&word, '\'');
	return name.error || word.error ? NULL : arena_copy(a, buf_slice(&word));
}
