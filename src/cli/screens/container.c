/* memwhy container WHAT */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/screens/group.h"
#include "cli/list/select.h"
#include "model/title.h"

#include <errno.h>
#include <stdlib.h>

static int read_more(struct mw_cli *cli, struct mw_sample *x)
{
	int error = mw_select_container(x->snapshot, cli->options.operand, cli->style.language,
					&x->target, &cli->problem);

	return error ? error : mw_group_open(cli, x);
}

/* --- parts of the screen ---------------------------------------------------------------------- */

static void put_title_of(struct mw_cli *cli, struct mw_sample *x, struct slice path,
			 struct buf *out)
{
	const struct mw_entity *group = mw_snapshot_by_name(x->snapshot, MW_CGROUP, path);
	scoped_buf struct buf title = { 0 };

	if (group)
		mw_group_title(group, &title);
	mw_text_safe(out, group ? buf_slice(&title) : path, cli->style.unicode);
}

/* "containerd, Burstable, request 1.00 GiB, " */
static void put_who(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const enum mw_metric said[] = { M_CG_RUNTIME, M_CG_QOS };

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		if (mw_get(x->target, said[i]).state != MW_OK)
			continue;
		mw_number_metric(out, &cli->style, x->target, said[i], &x->notes);
		buf_puts(out, mw_tr(&cli->style, ", "));
	}
	if (mw_get(x->target, M_CG_REQUEST).state == MW_OK) {
		buf_puts(out, mw_tr(&cli->style, "request "));
		mw_number_metric(out, &cli->style, x->target, M_CG_REQUEST, &x->notes);
		buf_puts(out, mw_tr(&cli->style, ", "));
	}
}

/* "containerd, cgroup v1, limit 3.00 GiB; runs out first: its own, 214 MiB left" */
static void put_summary(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *e = x->target;
	const char *binding = mw_get_text(e, M_CG_HEADROOM_OF);

	put_who(cli, x, out);
	buf_printf(out, mw_tr(&cli->style, "cgroup v%llu, "),
		   (unsigned long long)mw_get_or(e, M_CG_VERSION, 0));
	if (mw_get(e, M_CG_LIMIT).state == MW_OK) {
		buf_puts(out, mw_tr(&cli->style, "limit "));
		mw_number_metric(out, &cli->style, e, M_CG_LIMIT, &x->notes);
	} else {
		buf_puts(out, mw_tr(&cli->style, "no limit of its own"));
	}
	if (!binding)
		return;
	buf_puts(out, mw_tr(&cli->style, "; runs out first: "));
	if (!strcmp(binding, e->name))
		buf_puts(out, mw_tr(&cli->style, mw_get(e, M_CG_LIMIT).state != MW_OK
							 ? N_("a limit above what is seen here")
							 : N_("its own")));
	else if (!strcmp(binding, "machine"))
		buf_puts(out, mw_tr(&cli->style, "the machine"));
	else
		put_title_of(cli, x, slice_of(binding), out);
	buf_puts(out, mw_tr(&cli->style, ", "));
	mw_number_metric(out, &cli->style, e, M_CG_HEADROOM, &x->notes);
	buf_puts(out, mw_tr(&cli->style, " left"));
}

static void put_header(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	scoped_buf struct buf title = { 0 }, name = { 0 }, summary = { 0 };
	size_t width;

	mw_group_title(x->target, &title);
	mw_text_safe(&name, buf_slice(&title), cli->style.unicode);
	put_summary(cli, x, &summary);
	width = mw_text_width(buf_slice(&name)) + 3 + mw_text_width(buf_slice(&summary));
	mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
	buf_add(out, buf_slice(&name));
	mw_tone_end(out, &cli->style, MW_TONE_BOLD);
	buf_puts(out, cli->style.width && width > cli->style.width ? "\n  " : "   ");
	mw_text_wrap(out, buf_slice(&summary), 2, cli->style.width);
	if (mw_group_has_title(x->target)) {
		buf_puts(out, "\n  ");
		mw_tone_begin(out, &cli->style, MW_TONE_DIM);
		mw_text_safe(out, slice_of(x->target->name), cli->style.unicode);
		mw_tone_end(out, &cli->style, MW_TONE_DIM);
	}
	buf_puts(out, "\n\n");
}

static const struct mw_labelled who[] = {
	{ M_CG_IMAGE, N_("image") },
	{ M_CG_OWNER, N_("belongs to") },
	{ M_CG_PROJECT, N_("Compose project") },
	{ M_CG_USER, N_("user") },
	{ M_CG_RUNTIME_ID, N_("runtime's id") },
	{ M_CG_POD_UID, N_("pod's uid") },
	{ M_CG_PRIORITY, N_("priority") },
	{ M_CG_RESTARTS, N_("restarts") },
	{ M_CG_SPEC_LIMIT, N_("declared limit") },
	{ M_CG_INIT_PID, N_("first process") },
	{ M_CG_LABELS, N_("labels") },
};

static const struct mw_labelled facts[] = {
	{ M_CG_PEAK, N_("peak") },
	{ M_CG_FAILCNT, N_("hit its limit, times") },
	{ M_CG_EVENTS_MAX, N_("hit its limit, times") },
	{ M_CG_EVENTS_HIGH, N_("throttled, times") },
	{ M_CG_OOM_KILLS, N_("OOM kills") },
	{ M_CG_SWAP, N_("swap") },
	{ M_CG_SWAP_LIMIT, N_("swap limit") },
	{ M_CG_MEMSW_LIMIT, N_("memory + swap limit") },
	{ M_CG_HIGH, N_("throttling from") },
	{ M_CG_LOW, N_("protected (low)") },
	{ M_CG_MIN, N_("protected (min)") },
	{ M_CG_FILE_DIRTY, N_("dirty page cache") },
	{ M_CG_ANON_THP, N_("anonymous, huge pages") },
	{ M_CG_REFAULT_FILE, N_("file pages read again") },
	{ M_CG_PSI_FULL_AVG10, N_("all waited, % of 10 s") },
	{ M_CG_DYING_DESCENDANTS, N_("removed groups below") },
};

/* Where sockets were read: there was a suspicion. */
static void put_sockets(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	if (mw_get(x->target, M_CG_SOCKET_MEMORY).state != MW_OK)
		return;
	mw_fact(cli, out, N_("socket buffers"));
	mw_number_metric(out, &cli->style, x->target, M_CG_SOCKET_MEMORY, &x->notes);
	if (mw_get_or(x->target, M_CG_VERSION, 2) == 1)
		mw_tone_puts(out, &cli->style, MW_TONE_DIM,
			     N_("   TCP's part is in no group's usage: cgroup v1"));
	buf_char(out, '\n');
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_account *account = mw_ledger_container(&x->arena, x->snapshot, x->target);
	struct mw_rows children;
	int error;

	if (!account)
		return -ENOMEM;
	put_header(cli, x, out);
	error = mw_findings_put(cli, x, out);
	if (error)
		return error;
	error = mw_cli_account(cli, x, account, "usage", 2, out);
	if (!error)
		error = mw_group_words_put(cli, x, out);
	if (error)
		return error;
	mw_facts_put(cli, x, x->target, N_("who it is"), who, sizeof(who) / sizeof(*who), out);
	mw_facts_put(cli, x, x->target, N_("limits and events"), facts,
		     sizeof(facts) / sizeof(*facts), out);
	put_sockets(cli, x, out);
	error = mw_group_limits_put(cli, x, out);
	if (!error)
		error = mw_group_processes_put(cli, x, out);
	if (!error)
		error = mw_group_cached_put(cli, x, out);
	if (!error)
		error = mw_group_children(cli, x, &children);
	if (!error)
		error = mw_group_rows_put(
			cli, x, MW_CGROUP, N_("groups below it"),
			"name,usage,eff_limit,unreclaim,headroom,anon:2,file:3,kernel:4,procs:1",
			&children, out);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	mw_group_next(cli, x, "memwhy containers", NULL, out);
	return error;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	struct mw_account *account = mw_ledger_container(&x->arena, x->snapshot, x->target);
	struct mw_rows children;
	int error = account ? mw_group_children(cli, x, &children) : -ENOMEM;

	return error ? error : mw_group_json(cli, x, x->target, &children, account, j);
}

const struct mw_screen mw_screen_container = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_PROCESSES,
	.kind = MW_KINDS,
	.findings = true,
	.read = read_more,
	.text = text,
	.json = json,
};
