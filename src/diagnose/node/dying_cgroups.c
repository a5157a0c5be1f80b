/* Control groups that were removed and still hold memory. */
#include "diagnose/node/node.h"

enum { COUNT, HELD, PERCPU, SHORT };

static const struct mw_param params[] = {
	[COUNT] = { "count", 500, "count",
		    N_("a few hundred come and go on every machine that starts services") },
	[HELD] = { "held", 0.01, "ratio", N_("of RAM charged to them: less is not worth a word") },
	[PERCPU] = { "percpu", 0.03, "ratio",
		     N_("of RAM in per-CPU counters, which each group needs, alive or not") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

static double anon_and_file(const struct mw_entity *e, enum mw_metric anon, enum mw_metric file)
{
	return (double)mw_get_or(e, anon, 0) + (double)mw_get_or(e, file, 0);
}

static bool is_v1(const struct mw_entity *e)
{
	return mw_get_or(e, M_CG_VERSION, 2) == 1;
}

static double charged(const struct mw_entity *e)
{
	return is_v1(e) ? anon_and_file(e, M_CG_ANON, M_CG_FILE)
			: (double)mw_get_or(e, M_CG_USAGE, 0);
}

/* What a group has of its own: only v1 tells. */
static double own(const struct mw_entity *e)
{
	return is_v1(e) ? anon_and_file(e, M_CG_LOCAL_ANON, M_CG_LOCAL_FILE) : 0;
}

/* On v2 groups with others in them have no processes, and so nothing of their own; the root may, and
 * has no usage. */
static bool is_empty(const struct mw_entity *e)
{
	return mw_get(e, M_CG_USAGE).state == MW_OK && !mw_get_or(e, M_CG_PROCESSES, 0);
}

/* A group's charge less its own and that of the groups one sees in it is what removed ones left. */
static double left_behind(const struct mw_check *c)
{
	size_t count = mw_snapshot_count(c->now, MW_CGROUP);
	double *rest = arena_array(c->arena, count + 1, sizeof(*rest)), sum = 0;
	bool *is_parent = arena_array(c->arena, count + 1, sizeof(*is_parent));
	const struct mw_entity *e;

	if (!rest || !is_parent)
		return 0;
	mw_for_each (e, c->now, MW_CGROUP) {
		rest[e->index] += charged(e) - own(e);
		if (!e->parent)
			continue;
		rest[e->parent->index] -= charged(e);
		is_parent[e->parent->index] = true;
	}
	mw_for_each (e, c->now, MW_CGROUP)
		if (rest[e->index] > 0 && (is_v1(e) || (is_parent[e->index] && is_empty(e))))
			sum += rest[e->index];
	return sum;
}

static const struct mw_entity *root_of(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (!e->parent)
			return e;
	return NULL;
}

/* v2 counts them; on v1 /proc/cgroups counts all groups there are, and the tree shows the rest. */
static double dying(const struct mw_snapshot *s, const char **source)
{
	const struct mw_entity *root = root_of(s), *node = mw_snapshot_node(s);
	struct mw_num v2 = root ? mw_get(root, M_CG_DYING_DESCENDANTS)
				: (struct mw_num){ 0, MW_ABSENT };
	struct mw_num all = mw_get(node, M_MEMORY_CGROUPS);
	const char *top = mw_get_text(node, M_CGROUP_ROOT);

	if (v2.state == MW_OK) {
		*source = "/sys/fs/cgroup/cgroup.stat: nr_dying_descendants";
		return (double)v2.v;
	}
	/* groups that are not below our mount are alive, for all we know */
	if (!root || all.state != MW_OK || !top || strcmp(top, "/") != 0)
		return NAN;
	*source = "/proc/cgroups: num_cgroups of memory, less the groups in the tree";
	return (double)all.v - (double)mw_snapshot_count(s, MW_CGROUP);
}

/* A page census tells what each of them holds; where there are few, nobody need look. */
static uint32_t more(const struct mw_snapshot *s)
{
	const char *source;

	return dying(s, &source) >= params[COUNT].value ? MW_WANT_CENSUS : 0;
}

static const struct mw_entity *largest_dying(const struct mw_snapshot *s)
{
	const struct mw_entity *e, *largest = NULL;

	mw_for_each (e, s, MW_OWNER)
		if (mw_get_or(e, M_OW_DYING, 0) &&
		    (!largest || mw_get_or(e, M_OW_ALL, 0) > mw_get_or(largest, M_OW_ALL, 0)))
			largest = e;
	return largest;
}

/* The census' rows come with the largest first. */
static const char *largest_file(const struct mw_snapshot *s, uint64_t group)
{
	const struct mw_entity *f;

	mw_for_each (f, s, MW_FILE)
		if (mw_get_or(f, M_F_GROUP, 0) == group && mw_get_text(f, M_F_PATH))
			return mw_get_text(f, M_F_PATH);
	return NULL;
}

/* What pins them, by the pages that are theirs. */
static void cite_pinned(struct mw_check *c)
{
	static const char source[] = "page census: pages of groups that are gone";
	const struct mw_entity *e, *largest = largest_dying(c->now);
	double file = 0, shmem = 0, other = 0;
	const char *path;

	if (!largest)
		return;
	mw_for_each (e, c->now, MW_OWNER) {
		if (!mw_get_or(e, M_OW_DYING, 0))
			continue;
		file += (double)mw_get_or(e, M_OW_FILE, 0);
		shmem += (double)mw_get_or(e, M_OW_SHMEM, 0);
		other += (double)mw_get_or(e, M_OW_ALL, 0) - (double)mw_get_or(e, M_OW_FILE, 0) -
			 (double)mw_get_or(e, M_OW_SHMEM, 0);
	}
	mw_cite(c, "pinned_file", MW_FORM_BYTES, file, source);
	mw_cite(c, "pinned_shmem", MW_FORM_BYTES, shmem, source);
	mw_cite(c, "pinned_other", MW_FORM_BYTES, other > 0 ? other : 0, source);
	mw_detail(c, N_("what keeps them: page cache {pinned_file}, tmpfs and shared memory "
			"{pinned_shmem}, anonymous and kernel pages {pinned_other}"));
	mw_cite_text(c, "largest", largest->name, source);
	mw_cite(c, "largest_holds", MW_FORM_BYTES, (double)mw_get_or(largest, M_OW_ALL, 0), source);
	path = largest_file(c->now, largest->id);
	if (path)
		mw_cite_text(c, "largest_file", path, source);
	mw_detail(c, path ? N_("the largest is {largest} with {largest_holds}; its largest file: "
			       "{largest_file}")
			  : N_("the largest is {largest} with {largest_holds}"));
}

static enum mw_verdict check(struct mw_check *c)
{
	const char *source = "";
	double count = dying(c->now, &source), held, percpu = mw_metric_of_ram(c, M_PERCPU);
	struct mw_num counted = mw_get(c->node, M_CENSUS_DYING);

	if (!(count >= c->p[COUNT]))
		return MW_CLEAR;
	held = counted.state == MW_OK ? (double)counted.v : left_behind(c);
	if (!(mw_of_ram(c, held) >= c->p[HELD]) && !(percpu >= c->p[PERCPU]))
		return MW_CLEAR;
	mw_cite_over(c, "dying", MW_FORM_COUNT, count, source, c->p[COUNT]);
	mw_cite_over(c, "held", MW_FORM_BYTES, held,
		     counted.state == MW_OK
			     ? "page census: pages of groups that are gone"
			     : "memory.stat: each group's charge less its own and its children's",
		     c->p[HELD] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_metric(c, "percpu", c->node, M_PERCPU, NAN);
	if (mw_get(c->node, M_PERCPU).state == MW_OK)
		mw_detail(c, N_("per-CPU data, of which each group has some, is {percpu} in all"));
	if (mw_is_short(c, c->p[SHORT]))
		mw_level(c, MW_WARNING);
	mw_detail(c,
		  N_("a removed group lives on while page cache, tmpfs files or kernel objects are "
		     "charged to it; the pages are taken back when memory runs short"));
	cite_pinned(c);
	mw_advise(c, N_("find what makes groups again and again (cron jobs, a crash loop, exec "
			"probes), and put files that outlive it elsewhere than in tmpfs"));
	mw_avoid(c,
		 N_("drop_caches as a habit: it ends only those that hold nothing but clean page "
		    "cache"));
	mw_ask(c, "memwhy census --sample full");
	mw_ask(c, "memwhy containers --sort usage");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_dying_cgroups = {
	.id = "node-dying-cgroups",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.more = more,
	.title = N_("{dying} removed control groups still hold {held}"),
	.about = N_(
		"A memory control group does not end when its directory goes, but when the last "
		"page charged to it does. Many of them hold memory that no container owns, and "
		"slow down everything that walks the groups."),
	.silent = N_("A few hundred that hold little: they go when memory is needed."),
};
