#include "diagnose/container/group.h"

enum { LEAST };

static const struct mw_param params[] = {
	[LEAST] = { "least", 67108864, "bytes",
		    N_("less than this that nothing takes back is not worth a look") },
	{ 0 },
};

/* No process in it or below. */
static bool is_deserted(const struct mw_check *c)
{
	const struct mw_entity *g;

	mw_for_each (g, c->now, MW_CGROUP)
		if (mw_inside(g, c->e) && mw_get_or(g, M_CG_PROCESSES, 1))
			return false;
	return true;
}

static enum mw_verdict check(struct mw_check *c)
{
	double needed = mw_value(c->e, M_CG_UNRECLAIMABLE);
	double shmem = (double)mw_get_or(c->e, M_CG_SHMEM, 0);

	if (mw_get_or(c->e, M_CG_PROCESSES, 1) || !(needed >= c->p[LEAST]) || !is_deserted(c) ||
	    mw_group_is_machine(c->e) || mw_group_is_shell(c, M_CG_UNRECLAIMABLE, false))
		return MW_CLEAR;
	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, c->p[LEAST]);
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	mw_cite_metric(c, "shmem", c->e, M_CG_SHMEM, NAN);
	mw_cite_metric(c, "kernel", c->e, M_CG_KERNEL, NAN);
	mw_cite_metric(c, "processes", c->e, M_CG_PROCESSES, NAN);
	if (shmem >= needed / 2) {
		mw_detail(c,
			  N_("{shmem} of it are files in tmpfs or shared memory that its processes "
			     "left"));
		mw_advise(c, N_("remove the files: look in /dev/shm, in tmpfs mounts, and at "
				"ipcs -m"));
		mw_ask(c, "df -h -t tmpfs");
		mw_ask(c, "ipcs -m");
	} else if (mw_get(c->e, M_CG_KERNEL).state == MW_OK) {
		mw_detail(c,
			  N_("{kernel} of it are kernel objects, which go when what they belong to "
			     "(files, sockets, namespaces) does"));
	}
	mw_advise(c, N_("once they are gone the group can be removed"));
	mw_avoid(c, N_("remove the group first: what is charged stays in memory, and nothing shows "
		       "whose it was"));
	mw_ask_group(c);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-shmem-charged", "ctr-kernel-heavy", NULL };

const struct mw_rule mw_rule_ctr_dead_charges = {
	.id = "ctr-dead-charges",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("{entity} holds {needed} and has no process any more"),
	.about = N_("Memory stays charged to a group when its processes are gone: files in tmpfs, "
		    "shared memory, kernel objects. Page cache that is left does no harm and does "
		    "not count."),
	.silent = N_("An empty group that holds page cache only."),
};
