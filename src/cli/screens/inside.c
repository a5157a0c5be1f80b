#include "cli/screens/inside.h"
#include "collect/cgroup/mountinfo.h"
#include "model/title.h"

#include <errno.h>

static const char *text_of(const struct mw_snapshot *s, enum mw_metric metric)
{
	const char *text = mw_get_text(mw_snapshot_node(s), metric);

	return text ? text : "";
}

static bool hides(const struct mw_snapshot *s, const char *what)
{
	return mw_mount_option(slice_of(text_of(s, M_INSIDE_HIDDEN)), what);
}

static bool is_kind(const struct mw_snapshot *s, const char *kind)
{
	return !strcmp(text_of(s, M_INSIDE), kind);
}

bool mw_inside_is(const struct mw_snapshot *s)
{
	return *text_of(s, M_INSIDE) && (hides(s, "groups") || hides(s, "processes"));
}

struct mw_entity *mw_inside_group(const struct mw_snapshot *s)
{
	const char *name = text_of(s, M_INSIDE_GROUP);
	struct mw_entity *own = *name ? mw_snapshot_by_name(s, MW_CGROUP, slice_of(name)) : NULL;

	/* memwhy may be in a group that the container made in its own */
	for (struct mw_entity *g = own; g; g = g->parent)
		if (mw_group_role_is(g, "container"))
			return g;
	return own;
}

void mw_inside_where(const struct mw_cli *cli, const struct mw_snapshot *s, struct buf *out)
{
	buf_puts(out, mw_tr(&cli->style, "inside a container"));
	if (!is_kind(s, "container"))
		buf_printf(out, " (%s)", text_of(s, M_INSIDE));
}

/* --- the account ------------------------------------------------------------------------------ */

static int put_words(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *group,
		     struct buf *out)
{
	struct mw_num limit = mw_get(group, M_CG_EFFECTIVE_LIMIT);
	uint64_t all = mw_get_or(mw_snapshot_node(x->snapshot), M_MEM_TOTAL, UINT64_MAX);
	struct mw_word *words;
	size_t count = mw_words_container(&x->arena, x->snapshot, group, &words), kept = 0;

	for (size_t i = 0; i < count; i++)
		if (words[i].brief && words[i].state == MW_OK)
			words[kept++] = words[i];
	if (!kept)
		return 0;
	buf_char(out, '\n');
	return mw_words_write(cli, x, words, kept,
			      limit.state == MW_OK && limit.v < all ? limit.v : 0, out);
}

static void put_left(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *group,
		     struct buf *out)
{
	const char *binding = mw_get_text(group, M_CG_HEADROOM_OF);
	const char *by = !binding                      ? NULL
			 : !strcmp(binding, "machine") ? N_(" before the machine runs out")
			 : mw_get(group, M_CG_LIMIT).state == MW_OK
				 ? N_(" before an OOM kill")
				 : N_(" before an OOM kill, by a limit above what is seen here");

	if (!by)
		return;
	buf_puts(out, "  ");
	mw_number_metric(out, &cli->style, group, M_CG_HEADROOM, &x->notes);
	buf_puts(out, mw_tr(&cli->style, " left"));
	buf_puts(out, mw_tr(&cli->style, by));
	buf_char(out, '\n');
}

int mw_inside_account(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *group = mw_inside_group(x->snapshot);
	struct mw_account *account;
	int error;

	if (!group) {
		buf_puts(out, "  ");
		buf_puts(out, mw_tr(&cli->style,
				    "no control groups are mounted here: neither the container's "
				    "limit nor its usage can be read\n"));
		return 0;
	}
	account = mw_ledger_container(&x->arena, x->snapshot, group);
	if (!account)
		return -ENOMEM;
	error = mw_cli_account(cli, x, account, N_("where the container's memory is"), 1, out);
	if (error)
		return error;
	put_left(cli, x, group, out);
	return put_words(cli, x, group, out);
}

/* --- the limits of the view ------------------------------------------------------------------- */

static void put_machine(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);

	mw_heading(cli, out, "the machine");
	mw_fact_named(cli, out, "free, /proc/meminfo");
	if (hides(x->snapshot, "meminfo")) {
		buf_puts(out,
			 mw_tr(&cli->style, "made by lxcfs: the container, not the machine\n"));
		return;
	}
	buf_puts(out, mw_tr(&cli->style, "show the machine, not the container: "));
	mw_number_metric(out, &cli->style, node, M_MEM_TOTAL, &x->notes);
	buf_puts(out, mw_tr(&cli->style, ", available "));
	mw_number_metric(out, &cli->style, node, M_MEM_AVAILABLE, &x->notes);
	buf_char(out, '\n');
}

static const struct {
	const char *hidden, *label, *what;
} unseen[] = {
	{ "groups", N_("groups"), N_("other containers, their usage and limits") },
	{ "groups", N_("limits above"),
	  N_("of the pod, the slice: they may be smaller than the container's own") },
	{ "processes", N_("processes"), N_("those of the machine and of other containers") },
	{ "log", N_("kernel log"), N_("who was killed when memory ran out") },
	{ "groups", N_("who it is"), N_("what the runtime knows: names, images, requests") },
};

/* Not there, or not for us to read. */
static bool is_unseen(const struct mw_snapshot *s, const char *what)
{
	struct slice log;

	return hides(s, what) || (!strcmp(what, "log") && mw_snapshot_klog(s, &log) == MW_DENIED);
}

static void put_unseen(struct mw_cli *cli, const struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *group = mw_inside_group(x->snapshot);
	/* v1 tells the smallest limit of all groups above */
	bool told = group && mw_get(group, M_CG_HIERARCHICAL_LIMIT).state == MW_OK;

	mw_heading(cli, out, "not seen from here");
	for (size_t i = 0; i < sizeof(unseen) / sizeof(*unseen); i++) {
		if (!is_unseen(x->snapshot, unseen[i].hidden) || (i == 1 && told))
			continue;
		mw_fact(cli, out, unseen[i].label);
		buf_puts(out, mw_tr(&cli->style, unseen[i].what));
		buf_char(out, '\n');
	}
}

/* What the node's memwhy is to be asked for. */
static const char *operand(struct mw_sample *x)
{
	const struct mw_entity *group = mw_inside_group(x->snapshot);
	const char *id = text_of(x->snapshot, M_INSIDE_ID);

	if (*id)
		return arena_printf(&x->arena, "%.12s", id);
	return group && mw_group_has_title(group) ? mw_group_title_in(&x->arena, group) : NULL;
}

static void put_command(struct mw_cli *cli, struct buf *out, const char *label, const char *command)
{
	mw_fact(cli, out, label);
	mw_text_safe(out, slice_of(command), cli->style.unicode);
	buf_char(out, '\n');
}

static void put_more(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct {
		const char *kind, *command;
	} ways[] = {
		{ "docker", "docker run --rm --privileged --pid=host --cgroupns=host "
			    "-v /:/host:ro IMAGE memwhy --root /host" },
		{ "podman", "podman run --rm --privileged --pid=host --cgroupns=host "
			    "-v /:/host:ro IMAGE memwhy --root /host" },
		{ "kubernetes",
		  "kubectl debug node/NODE -it --image=IMAGE -- memwhy --root /host" },
	};
	const char *what = operand(x);

	mw_heading(cli, out, "to see more");
	put_command(cli, out, N_("on the machine"),
		    what ? arena_printf(&x->arena, "memwhy container '%s'", what)
			 : "memwhy containers");
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (is_kind(x->snapshot, ways[i].kind))
			put_command(cli, out, N_("from outside"), ways[i].command);
	if (mw_snapshot_machine(x->snapshot)->kind == MW_LIVE)
		put_command(cli, out, N_("to take along"), "memwhy capture");
}

void mw_inside_limits_of_view(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	put_machine(cli, x, out);
	put_unseen(cli, x, out);
	put_more(cli, x, out);
}

/* --- other screens ---------------------------------------------------------------------------- */

static const struct {
	const struct mw_screen *screen;
	const char *hidden; /* NULL = whatever is */
	bool above;
	const char *text;
} notes[] = {
	{ &mw_screen_node, "meminfo", true,
	  N_("these are lxcfs's numbers and the machine's, mixed: memwhy alone shows the container's") },
	{ &mw_screen_node, NULL, true,
	  N_("these are the machine's numbers, not the container's: memwhy alone shows those") },
	{ &mw_screen_containers, "groups", false,
	  N_("groups of others, and above, are not seen from here") },
	{ &mw_screen_ps, "processes", false, N_("processes of others are not seen from here") },
	{ &mw_screen_oom, "log", false, N_("the kernel's log is not seen from here") },
	{ &mw_screen_oom_next, "processes", false,
	  N_("processes of others are not seen from here: the kernel ranks them, too, when it is the "
	     "machine that runs out") },
};

void mw_inside_note(struct mw_cli *cli, const struct mw_sample *x, bool above, struct buf *out)
{
	bool inside = mw_inside_is(x->snapshot);
	size_t i = 0, count = sizeof(notes) / sizeof(*notes);

	while (inside && i < count &&
	       (notes[i].screen != cli->screen ||
		(notes[i].hidden && !hides(x->snapshot, notes[i].hidden))))
		i++;
	if (!inside || i == count || notes[i].above != above)
		return;
	buf_puts(out, above ? "  " : "\n  ");
	mw_tone_begin(out, &cli->style, MW_TONE_DIM);
	mw_inside_where(cli, x->snapshot, out);
	buf_puts(out, ": ");
	buf_puts(out, mw_tr(&cli->style, notes[i].text));
	mw_tone_end(out, &cli->style, MW_TONE_DIM);
	buf_puts(out, above ? "\n\n" : "\n");
}
