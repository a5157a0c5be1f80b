/* A pod's account: usage by container, the pause container and what is charged to the pod itself among
 * them. Its volumes in memory are files of a tmpfs: they are in the shared memory of whoever wrote
 * them, or in swap, and shown aside. */
#include "ledger/account.h"
#include "ledger/lines.h"
#include "ledger/num.h"
#include "ledger/pods.h"
#include "model/title.h"

/* The groups that are its parts: what stands right below its own group, or its containers. */
static bool is_part(const struct mw_snapshot *s, const struct mw_entity *pod,
		    const struct mw_entity *group)
{
	if (pod->parent)
		return group->parent == pod->parent;
	return mw_group_container(group) == group && mw_pod_of(s, group) == pod;
}

static const char *name_of(const struct mw_entity *group)
{
	const char *name = mw_get_text(group, M_CG_CONTAINER);

	if (mw_group_role_is(group, "sandbox"))
		return "(pause)";
	if (!name)
		name = mw_get_text(group, M_CG_NAME);
	return name ? name : slice_last(slice_of(group->name), '/').at;
}

static void add_containers(struct arena *a, const struct mw_snapshot *s,
			   const struct mw_entity *pod, struct mw_account *to)
{
	const struct mw_entity *g, *done = NULL;
	struct mw_num used = { 0, MW_OK };
	uint64_t last = UINT64_MAX;

	/* the largest first: a pod has few */
	for (;;) {
		const struct mw_entity *next = NULL;
		struct mw_account *part;
		uint64_t most = 0;

		mw_for_each (g, s, MW_CGROUP) {
			uint64_t v = mw_get_or(g, M_CG_USAGE, 0);

			if (!is_part(s, pod, g) || v > last ||
			    (v == last && done && g->index <= done->index) || (next && v <= most))
				continue;
			next = g;
			most = v;
		}
		if (!next)
			break;
		part = mw_ledger_container(a, s, next);
		if (part)
			part->name = name_of(next);
		mw_account_add(to, part);
		used = mw_num_plus(used, mw_get(next, M_CG_USAGE));
		last = most;
		done = next;
	}
	if (pod->parent && used.state == MW_OK && to->state == MW_OK && to->bytes > used.v)
		mw_line_part(
			a, to, N_("the pod itself"),
			mw_num_less((struct mw_num){ to->bytes, to->state }, used),
			N_("usage less that of its containers: also what removed ones left, and files "
			   "in its volumes"));
}

static void add_volumes(struct arena *a, const struct mw_snapshot *s, const struct mw_entity *pod,
			struct mw_account *to)
{
	const char *uid = mw_get_text(pod, M_PD_UID);
	struct mw_account *volumes;
	const struct mw_entity *v;

	if (!uid || !mw_get_or(pod, M_PD_VOLUMES, 0))
		return;
	volumes = mw_line_part(a, to, N_("volumes in memory"), mw_get(pod, M_PD_VOLUMES),
			       N_("used bytes of each tmpfs"));
	if (!volumes)
		return;
	volumes->aside = true;
	volumes->note = N_("in the shared memory of whoever wrote them, or in swap");
	mw_for_each (v, s, MW_VOLUME) {
		const char *of = mw_get_text(v, M_VO_POD_UID);
		struct mw_account *part;

		if (!of || strcmp(of, uid) != 0 || !mw_get_or(v, M_VO_USED, 0))
			continue;
		part = mw_line_part(a, volumes, v->name, mw_get(v, M_VO_USED), NULL);
		if (part)
			part->foreign = true;
	}
}

struct mw_account *mw_ledger_pod(struct arena *a, const struct mw_snapshot *s,
				 const struct mw_entity *pod)
{
	struct mw_account *account = mw_account_new(a, pod->name, mw_get(pod, M_PD_USAGE),
						    pod->parent ? N_("usage of its group")
								: N_("usage of its containers"));

	if (!account)
		return NULL;
	account->foreign = true;
	account->entity = arena_printf(a, "pod:%s", pod->name);
	add_containers(a, s, pod, account);
	add_volumes(a, s, pod, account);
	mw_account_balance(account);
	return account;
}
