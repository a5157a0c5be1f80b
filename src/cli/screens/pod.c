/* memwhy pod NAME */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/screens/group.h"
#include "cli/list/select.h"
#include "ledger/pods.h"
#include "model/title.h"

#include <errno.h>

/* x->target is the pod's group, since that is what files, limits and findings are about; a pod without
 * one (before the kubelet's, or seen from inside) is shown by one of its containers. */
static int read_more(struct mw_cli *cli, struct mw_sample *x)
{
	int error = mw_select_pod(x->snapshot, cli->options.operand, cli->style.language,
				  &x->target, &cli->problem);

	return error ? error : mw_group_open(cli, x);
}

static const struct mw_entity *pod_of(struct mw_cli *cli, const struct mw_sample *x)
{
	const struct mw_entity *pod = mw_pod_of(x->snapshot, x->target);

	if (!pod)
		buf_puts(&cli->problem,
			 mw_tr(&cli->style, "the group was removed while it was read"));
	return pod;
}

/* --- text ------------------------------------------------------------------------------------- */

/* "Burstable, 2 containers, request 1.00 GiB, limit 3.00 GiB; 214 MiB left" */
static void put_summary(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *pod,
			struct buf *out)
{
	static const struct mw_labelled sizes[] = {
		{ M_PD_REQUEST, N_("request ") },
		{ M_PD_LIMIT, N_("limit ") },
	};
	struct mw_num containers = mw_get(pod, M_PD_CONTAINERS);

	if (mw_get_text(pod, M_PD_QOS)) {
		mw_text_safe(out, slice_of(mw_get_text(pod, M_PD_QOS)), cli->style.unicode);
		buf_puts(out, mw_tr(&cli->style, ", "));
	}
	mw_number_count(out, &cli->style, containers.state == MW_OK ? containers.v : 0, "container",
			"containers");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (mw_get(pod, sizes[i].metric).state != MW_OK)
			continue;
		buf_puts(out, mw_tr(&cli->style, ", "));
		buf_puts(out, mw_tr(&cli->style, sizes[i].label));
		mw_number_metric(out, &cli->style, pod, sizes[i].metric, &x->notes);
	}
	if (mw_get(pod, M_PD_HEADROOM).state != MW_OK)
		return;
	buf_puts(out, "; ");
	mw_number_metric(out, &cli->style, pod, M_PD_HEADROOM, &x->notes);
	buf_puts(out, mw_tr(&cli->style, " left"));
}

static void put_header(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *pod,
		       struct buf *out)
{
	scoped_buf struct buf summary = { 0 };
	size_t used = mw_text_width(slice_of(pod->name)) + 3;

	mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
	mw_text_safe(out, slice_of(pod->name), cli->style.unicode);
	mw_tone_end(out, &cli->style, MW_TONE_BOLD);
	put_summary(cli, x, pod, &summary);
	if (cli->style.width && used + mw_text_width(buf_slice(&summary)) > cli->style.width)
		buf_puts(out, "\n  ");
	else
		buf_puts(out, "   ");
	mw_text_wrap(out, buf_slice(&summary), 2, cli->style.width);
	buf_puts(out, "\n\n");
}

static const struct mw_labelled facts[] = {
	{ M_PD_QOS, N_("class") },
	{ M_PD_OWNER, N_("belongs to") },
	{ M_PD_PRIORITY, N_("priority") },
	{ M_PD_EVICTION_RANK, N_("would be evicted as no.") },
	{ M_PD_RESTARTS, N_("restarts") },
	{ M_PD_STATIC, N_("started from a file") },
	{ M_PD_NETNS, N_("network namespace") },
	{ M_PD_UID, N_("uid") },
	{ M_PD_CGROUP, N_("its group") },
};

static const struct mw_labelled sizes[] = {
	{ M_PD_REQUEST, N_("request") },
	{ M_PD_LIMIT, N_("limit") },
	{ M_PD_WORKING_SET, N_("working set") },
	{ M_PD_UNRECLAIMABLE, N_("cannot be reclaimed") },
	{ M_PD_SWAP, N_("swap") },
	{ M_PD_VOLUMES, N_("volumes in memory") },
};

/* Its containers, the pause container among them. */
static int choose_containers(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *pod,
			     struct mw_rows *out)
{
	const struct mw_filter all = { .sandboxes = true };
	const struct mw_sorting by = { { .metric = M_CG_USAGE, .name = "usage" }, true };
	int error = mw_rows_choose(&x->view, MW_CGROUP, &all, &by, &x->arena, out);
	size_t kept = 0;

	for (size_t i = 0; !error && i < out->count; i++)
		if (mw_group_container(out->at[i]) == out->at[i] &&
		    mw_pod_of(x->snapshot, out->at[i]) == pod)
			out->at[kept++] = out->at[i];
	out->count = out->total = kept;
	return error;
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *pod = pod_of(cli, x);
	struct mw_account *account = pod ? mw_ledger_pod(&x->arena, x->snapshot, pod) : NULL;
	struct mw_rows containers;
	int error = account ? choose_containers(cli, x, pod, &containers) : pod ? -ENOMEM : -ENOENT;

	if (error)
		return error;
	put_header(cli, x, pod, out);
	error = mw_findings_put(cli, x, out);
	if (!error)
		error = mw_cli_account(cli, x, account, "usage", 1, out);
	if (!error)
		error = mw_group_rows_put(cli, x, MW_CGROUP, N_("its containers"),
					  "name,usage,eff_limit,unreclaim,headroom,request:3,wss:2,"
					  "restarts:1,image:4",
					  &containers, out);
	if (!error && pod->parent)
		error = mw_group_words_put(cli, x, out);
	if (error)
		return error;
	mw_facts_put(cli, x, pod, N_("what was asked for, what is used"), sizes,
		     sizeof(sizes) / sizeof(*sizes), out);
	mw_facts_put(cli, x, pod, N_("who it is"), facts, sizeof(facts) / sizeof(*facts), out);
	error = mw_group_limits_put(cli, x, out);
	if (!error)
		error = mw_group_processes_put(cli, x, out);
	if (!error)
		error = mw_group_cached_put(cli, x, out);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	mw_group_next(cli, x, "memwhy pods",
		      containers.count ? mw_command_about(x, "memwhy container", containers.at[0])
				       : NULL,
		      out);
	return error;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	const struct mw_entity *pod = pod_of(cli, x);
	struct mw_account *account = pod ? mw_ledger_pod(&x->arena, x->snapshot, pod) : NULL;
	struct mw_rows containers;
	int error = account ? choose_containers(cli, x, pod, &containers) : pod ? -ENOMEM : -ENOENT;

	if (error)
		return error;
	mw_json_array(j, "pods");
	mw_json_object(j, NULL);
	mw_json_row(j, &x->view, pod);
	mw_json_end(j);
	mw_json_end(j);
	return mw_group_json(cli, x, pod->parent, &containers, account, j);
}

const struct mw_screen mw_screen_pod = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_PROCESSES,
	.kind = MW_KINDS,
	.findings = true,
	.read = read_more,
	.text = text,
	.json = json,
};
