#include "oom/next.h"
#include "oom/badness.h"

#include <errno.h>
#include <stdlib.h>

/* What all domains are computed from. */
struct ranking {
	const struct mw_snapshot *s;
	struct arena *a;
	struct mw_oom_rules rules;
	uint32_t page_size;
	uint64_t without; /* a pid */
	uint64_t machine; /* pages of RAM and swap; 0 = unknown */
	struct mw_oom_task *tasks;
	size_t count;
	struct mw_oom_next *domains;
	size_t domain_count;
	uint32_t *domain_of; /* by row of the group: its place in `domains`, 0 = not limited */
};

static const uint64_t MOST_BYTES = (uint64_t)1 << 58;

static const char *const standing_names[] = {
	[MW_OOM_CANDIDATE] = "candidate", [MW_OOM_EXEMPT] = "exempt",   [MW_OOM_INIT] = "init",
	[MW_OOM_LEAVING] = "leaving",     [MW_OOM_UNKNOWN] = "unknown",
};

static const char *const outcome_names[] = {
	[MW_OOM_KILLS] = "kill", [MW_OOM_KILLS_ASKER] = "kill-asker", [MW_OOM_PANICS] = "panic",
	[MW_OOM_WAITS] = "wait", [MW_OOM_NOBODY] = "nobody",
};

const char *mw_oom_standing_name(enum mw_oom_standing standing)
{
	return standing_names[standing];
}

const char *mw_oom_outcome_name(enum mw_oom_outcome outcome)
{
	return outcome_names[outcome];
}

bool mw_oom_protected(const struct mw_oom_task *task)
{
	return task->standing == MW_OOM_EXEMPT || task->standing == MW_OOM_INIT ||
	       (task->standing == MW_OOM_CANDIDATE && task->adj <= MW_OOM_PROTECTED);
}

/* Not below 0: counters of different moments may cross. */
static uint64_t less(uint64_t from, uint64_t take)
{
	return from > take ? from - take : 0;
}

/* A size; a damaged capture may say anything, and sums and products of it must stay numbers. */
static struct mw_num size_of(const struct mw_entity *e, enum mw_metric metric)
{
	struct mw_num n = mw_get(e, metric);

	n.v = n.v < MOST_BYTES ? n.v : MOST_BYTES;
	return n;
}

static uint64_t size_or(const struct mw_entity *e, enum mw_metric metric, uint64_t otherwise)
{
	struct mw_num n = size_of(e, metric);

	return n.state == MW_OK ? n.v : otherwise;
}

/* --- tasks ------------------------------------------------------------------------------------ */

/* A process that runs in its parent's memory (vfork, clone with CLONE_VM) shows the same numbers, all
 * of them; a forked one has page tables and file pages of its own. */
static bool same_memory(const struct mw_entity *a, const struct mw_entity *b)
{
	static const enum mw_metric numbers[] = {
		M_P_VSS,       M_P_VSS_PEAK, M_P_RSS,  M_P_RSS_PEAK, M_P_RSS_ANON,    M_P_RSS_FILE,
		M_P_RSS_SHMEM, M_P_SWAP,     M_P_DATA, M_P_STACK,    M_P_PAGE_TABLES,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct mw_num x = mw_get(a, numbers[i]), y = mw_get(b, numbers[i]);

		if (x.state != y.state || (x.state == MW_OK && x.v != y.v))
			return false;
	}
	return mw_get_or(a, M_P_RSS, 0) > 0;
}

static const struct mw_entity *parent_of(const struct ranking *r, const struct mw_entity *process)
{
	struct mw_num ppid = mw_get(process, M_P_PPID);

	return ppid.state == MW_OK ? mw_snapshot_by_id(r->s, MW_PROCESS, ppid.v) : NULL;
}

static const struct mw_entity *whose_memory(const struct ranking *r,
					    const struct mw_entity *process)
{
	const struct mw_entity *owner = NULL, *parent = parent_of(r, process);

	/* a parent is older: no circle */
	while (parent && parent->birth <= process->birth && parent != process &&
	       same_memory(process, parent)) {
		owner = parent;
		process = parent;
		parent = parent_of(r, process);
	}
	return owner;
}

static int64_t points_of(const struct ranking *r, const struct mw_oom_task *t, uint64_t pages,
			 uint64_t total)
{
	bool root = mw_get_or(t->process, M_P_EUID, 1) == 0;

	return mw_oom_badness(&r->rules, pages, t->adj, total, root);
}

/* The main thread has ended, other threads have not: what they use shows in oom_score alone. */
static bool estimate(const struct ranking *r, struct mw_oom_task *t, struct mw_num score)
{
	int64_t pages;

	if (score.state != MW_OK || !score.v || !r->machine)
		return false;
	pages = mw_oom_score_points(&r->rules, score.v, r->machine) -
		t->adj * (int64_t)(r->machine / 1000);
	t->pages = pages > 0 ? (uint64_t)pages : 0;
	t->estimated = true;
	return true;
}

/* The kernel gives 0 to whom it would not consider; so do rules with a floor to the small. */
static bool refused(const struct ranking *r, const struct mw_oom_task *t, struct mw_num score)
{
	return score.state == MW_OK && !score.v && r->machine &&
	       mw_oom_score(&r->rules, points_of(r, t, t->pages, r->machine), r->machine) >= 2;
}

static enum mw_oom_standing standing_of(const struct ranking *r, const struct mw_oom_task *t,
					struct mw_num score)
{
	/* process 1 of a container is no init to the kernel: it has a score */
	if (t->process->id == 1 && (score.state != MW_OK || !score.v))
		return MW_OOM_INIT;
	if (t->adj == MW_OOM_NEVER)
		return MW_OOM_EXEMPT;
	return refused(r, t, score) ? MW_OOM_LEAVING : MW_OOM_CANDIDATE;
}

static uint64_t pages_of(const struct ranking *r, const struct mw_entity *process,
			 enum mw_metric metric)
{
	return size_or(process, metric, 0) / r->page_size;
}

static void count_pages(const struct ranking *r, const struct mw_entity *process,
			struct mw_oom_task *t)
{
	uint64_t locked = pages_of(r, process, M_P_LOCKED);

	t->pages = pages_of(r, process, M_P_RSS) + pages_of(r, process, M_P_SWAP) +
		   pages_of(r, process, M_P_PAGE_TABLES);
	t->shmem = pages_of(r, process, M_P_RSS_SHMEM);
	t->file = pages_of(r, process, M_P_RSS_FILE);
	t->file = less(t->file, locked);
}

/* No adj: the range is -1000 to 1000. */
enum { UNKNOWN_ADJ = 1 << 20 };

/* @return false: it has no memory, there is nothing to kill */
static bool task_of(const struct ranking *r, const struct mw_entity *process, struct mw_oom_task *t)
{
	struct mw_num rss = mw_get(process, M_P_RSS), score = mw_get(process, M_P_OOM_SCORE);
	int64_t adj = (int64_t)mw_get_or(process, M_P_OOM_SCORE_ADJ, UNKNOWN_ADJ);
	bool known = adj >= MW_OOM_NEVER && adj <= -MW_OOM_NEVER &&
		     (rss.state == MW_OK || rss.state == MW_ABSENT);

	if (mw_get_or(process, M_P_KERNEL_THREAD, 0) || rss.state == MW_VANISHED ||
	    mw_get(process, M_P_OOM_SCORE_ADJ).state == MW_VANISHED)
		return false;
	*t = (struct mw_oom_task){ .process = process };
	t->adj = known ? (int)adj : 0;
	if (rss.state == MW_OK) {
		count_pages(r, process, t);
		t->shares = whose_memory(r, process);
	} else if (rss.state == MW_ABSENT && !estimate(r, t, score)) {
		return false;
	}
	t->standing = known ? standing_of(r, t, score) : MW_OOM_UNKNOWN;
	return true;
}

static int find_tasks(struct ranking *r)
{
	struct mw_entity *process;

	r->tasks = arena_array(r->a, mw_snapshot_count(r->s, MW_PROCESS) + 1, sizeof(*r->tasks));
	if (!r->tasks)
		return -ENOMEM;
	mw_for_each (process, r->s, MW_PROCESS)
		if (process->id != r->without)
			r->count += task_of(r, process, &r->tasks[r->count]);
	return 0;
}

/* --- domains ---------------------------------------------------------------------------------- */

/* The group that is charged too for what this one is charged for. */
static const struct mw_entity *above(const struct mw_entity *group)
{
	const struct mw_entity *parent = group->parent;

	return parent && mw_get_or(parent, M_CG_USE_HIERARCHY, 1) ? parent : NULL;
}

/* Swap that a group may have beside its limit, as far as limits say: v1 limits the sum. */
static struct mw_num swap_allowed(const struct mw_entity *group, uint64_t limit)
{
	struct mw_num sum = size_of(group, M_CG_MEMSW_LIMIT);
	struct mw_num swap = size_of(group, M_CG_SWAP_LIMIT);

	if (mw_get_or(group, M_CG_VERSION, 2) == 1 && sum.state == MW_OK)
		return (struct mw_num){ sum.v > limit ? sum.v - limit : 0, MW_OK };
	if (mw_get_or(group, M_CG_VERSION, 2) == 1)
		swap = sum;
	/* a kernel that does not count swap does not limit it */
	if (swap.state == MW_ABSENT)
		swap.state = MW_UNLIMITED;
	return swap;
}

/* mem_cgroup_get_max(): the limit, and the swap that may be used beside it. */
static struct mw_num group_total(const struct mw_snapshot *s, const struct mw_entity *group)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_num total = size_of(group, M_CG_LIMIT), there = size_of(node, M_SWAP_TOTAL);
	struct mw_num allowed = swap_allowed(group, total.v);

	if (!mw_get_or(group, M_CG_SWAPPINESS, mw_get_or(node, M_SWAPPINESS, 1)) ||
	    (allowed.state == MW_OK && !allowed.v) || (there.state == MW_OK && !there.v))
		return total;
	if (there.state != MW_OK)
		return there;
	if (allowed.state != MW_OK && allowed.state != MW_UNLIMITED)
		return allowed;
	total.v += allowed.state == MW_OK && allowed.v < there.v ? allowed.v : there.v;
	return total;
}

static struct mw_num machine_total(const struct mw_snapshot *s)
{
	struct mw_num ram = size_of(mw_snapshot_node(s), M_MEM_TOTAL);
	struct mw_num swap = size_of(mw_snapshot_node(s), M_SWAP_TOTAL);

	if (ram.state != MW_OK || swap.state != MW_OK)
		return ram.state != MW_OK ? ram : swap;
	return (struct mw_num){ ram.v + swap.v, MW_OK };
}

/* The machine is domain 0. */
static int find_domains(struct ranking *r)
{
	size_t groups = mw_snapshot_count(r->s, MW_CGROUP);
	struct mw_entity *group;

	r->domains = arena_array(r->a, groups + 1, sizeof(*r->domains));
	r->domain_of = arena_array(r->a, groups + 1, sizeof(*r->domain_of));
	if (!r->domains || !r->domain_of)
		return -ENOMEM;
	r->domains[r->domain_count++].total = machine_total(r->s);
	mw_for_each (group, r->s, MW_CGROUP) {
		if (mw_get(group, M_CG_LIMIT).state != MW_OK)
			continue;
		r->domain_of[group->index] = (uint32_t)r->domain_count;
		r->domains[r->domain_count++] = (struct mw_oom_next){
			.domain = group,
			.total = group_total(r->s, group),
		};
	}
	return 0;
}

static void put_task(struct mw_oom_next *d, const struct mw_oom_task *t)
{
	if (d->tasks)
		d->tasks[d->count] = *t;
	d->count++;
}

/* Each task into the machine's list and those of all limited groups that it is in: first counted,
 * then, when there is room, put. */
static void put_tasks(struct ranking *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct mw_entity *group = r->tasks[i].process->parent;

		put_task(&r->domains[0], &r->tasks[i]);
		for (; group; group = above(group))
			if (r->domain_of[group->index])
				put_task(&r->domains[r->domain_of[group->index]], &r->tasks[i]);
	}
}

static int fill_domains(struct ranking *r)
{
	put_tasks(r);
	for (size_t i = 0; i < r->domain_count; i++) {
		struct mw_oom_next *d = &r->domains[i];

		d->tasks = arena_array(r->a, d->count + 1, sizeof(*d->tasks));
		d->victims = arena_array(r->a, d->count + 1, sizeof(*d->victims));
		if (!d->tasks || !d->victims)
			return -ENOMEM;
		d->count = 0;
	}
	put_tasks(r);
	return 0;
}

/* --- the choice ------------------------------------------------------------------------------- */

static bool later(const struct mw_entity *a, const struct mw_entity *b)
{
	return a->birth != b->birth ? a->birth > b->birth : a->id > b->id;
}

/* Candidates first, the next to die first of all. */
static int compare(const void *left, const void *right, void *argument)
{
	const struct mw_oom_task *a = left, *b = right;
	const struct ranking *r = argument;

	if (a->standing != b->standing)
		return a->standing < b->standing ? -1 : 1;
	if (a->standing != MW_OOM_CANDIDATE && a->pages != b->pages)
		return a->pages > b->pages ? -1 : 1;
	if (a->points != b->points)
		return a->points > b->points ? -1 : 1;
	return later(a->process, b->process) == r->rules.last_wins ? -1 : 1;
}

/* Where a domain's file pages are counted. */
struct file_metrics {
	enum mw_metric active, inactive, mapped;
};

/* Mapped file pages that reclaim can take from a domain. What is mapped includes shared memory, at
 * least that of the process with most of it. */
static uint64_t mapped_files(const struct ranking *r, const struct mw_oom_next *d)
{
	static const struct file_metrics of_machine = { M_ACTIVE_FILE, M_INACTIVE_FILE, M_MAPPED };
	static const struct file_metrics of_group = { M_CG_ACTIVE_FILE, M_CG_INACTIVE_FILE,
						      M_CG_FILE_MAPPED };
	const struct mw_entity *e = d->domain ? d->domain : mw_snapshot_node(r->s);
	const struct file_metrics *m = d->domain ? &of_group : &of_machine;
	uint64_t lists = (size_or(e, m->active, 0) + size_or(e, m->inactive, 0)) / r->page_size;
	uint64_t mapped = size_or(e, m->mapped, UINT64_MAX) / r->page_size, shmem = 0;

	for (size_t i = 0; i < d->count; i++)
		shmem = d->tasks[i].shmem > shmem ? d->tasks[i].shmem : shmem;
	mapped = less(mapped, shmem);
	return mapped < lists ? mapped : lists;
}

/* What everybody maps, libraries, is mostly charged to another group or in use until the end: as many
 * file pages as the one has that has fewest stay with each. */
static void set_reclaimable(const struct ranking *r, struct mw_oom_next *d)
{
	uint64_t mapped = mapped_files(r, d), least = UINT64_MAX;

	for (size_t i = 0; i < d->count; i++)
		if (d->tasks[i].file && d->tasks[i].file < least)
			least = d->tasks[i].file;
	for (size_t i = 0; i < d->count; i++) {
		struct mw_oom_task *t = &d->tasks[i];

		t->file = less(t->file, least);
		t->file = t->file < mapped ? t->file : mapped;
	}
}

static uint64_t swap_left(const struct ranking *r, const struct mw_oom_next *d)
{
	uint64_t left = size_or(mw_snapshot_node(r->s), M_SWAP_FREE, 0), own, used;

	if (d->domain && d->total.state == MW_OK) {
		own = less(d->total.v, size_or(d->domain, M_CG_LIMIT, 0));
		used = size_or(d->domain, M_CG_SWAP, 0);
		own = less(own, used);
		left = own < left ? own : left;
	}
	return left / r->page_size;
}

/* The first may lose what swap takes of its shared memory. */
static bool close_race(const struct ranking *r, const struct mw_oom_next *d)
{
	uint64_t swap = swap_left(r, d);
	const struct mw_oom_task *t = d->tasks;

	if (d->candidates < 2)
		return false;
	return t[0].points - (int64_t)(t[0].shmem < swap ? t[0].shmem : swap) <= t[1].points;
}

static void rank(const struct ranking *r, struct mw_oom_next *d)
{
	set_reclaimable(r, d);
	for (size_t i = 0; i < d->count; i++) {
		struct mw_oom_task *t = &d->tasks[i];
		uint64_t bytes = t->shares ? 0 : (t->pages - t->file) * r->page_size;

		if (t->standing == MW_OOM_CANDIDATE) {
			d->candidates++;
			if (d->total.state == MW_OK)
				t->points = points_of(r, t, t->pages - t->file,
						      d->total.v / r->page_size);
		}
		d->unknown += t->standing == MW_OOM_UNKNOWN;
		if (mw_oom_protected(t)) {
			d->protected += bytes;
			d->protected_count++;
		} else if (t->standing == MW_OOM_CANDIDATE) {
			d->killable += bytes;
		}
	}
	qsort_r(d->tasks, d->count, sizeof(*d->tasks), compare, (void *)r);
	d->close = close_race(r, d);
}

static enum mw_oom_outcome outcome_of(const struct ranking *r, const struct mw_oom_next *d)
{
	const struct mw_entity *node = mw_snapshot_node(r->s);
	uint64_t panics = mw_get_or(node, M_PANIC_ON_OOM, 0);

	if (panics > (d->domain ? 1 : 0))
		return MW_OOM_PANICS;
	if (d->domain && mw_get_or(d->domain, M_CG_OOM_KILL_DISABLE, 0))
		return MW_OOM_WAITS;
	if (!d->domain && mw_get_or(node, M_OOM_KILL_ALLOCATING_TASK, 0))
		return MW_OOM_KILLS_ASKER;
	return d->candidates ? MW_OOM_KILLS : MW_OOM_NOBODY;
}

/* Before Linux 5.2 the worst child with memory of its own died for its parent. */
static const struct mw_oom_task *sacrifice(const struct ranking *r, const struct mw_oom_next *d)
{
	const struct mw_oom_task *chosen = &d->tasks[0];

	for (size_t i = 0; r->rules.children_first && i < d->candidates; i++)
		if (!d->tasks[i].shares &&
		    mw_get_or(d->tasks[i].process, M_P_PPID, 0) == chosen->process->id)
			return &d->tasks[i];
	return chosen;
}

static const struct mw_entity *memory_of(const struct mw_oom_task *t)
{
	return t->shares ? t->shares : t->process;
}

static bool within(const struct mw_entity *e, const struct mw_entity *group)
{
	for (e = e->parent; e; e = e->parent)
		if (e == group)
			return true;
	return false;
}

/* mem_cgroup_get_oom_group(): the highest group with memory.oom.group between the victim's own and
 * the domain; the root group is none. */
static const struct mw_entity *whole_group(const struct mw_oom_next *d,
					   const struct mw_entity *victim)
{
	const struct mw_entity *found = NULL;

	for (const struct mw_entity *g = victim->parent; g; g = g->parent) {
		if (mw_get_or(g, M_CG_OOM_GROUP, 0))
			found = g;
		if (g == d->domain)
			break;
	}
	return found;
}

/* The chosen one, all who run in its memory, and its whole group where that is asked for. */
static void choose_victims(const struct ranking *r, struct mw_oom_next *d)
{
	const struct mw_oom_task *victim = sacrifice(r, d);

	d->victims[d->victim_count++] = victim->process;
	d->group = whole_group(d, victim->process);
	for (size_t i = 0; i < d->count; i++) {
		const struct mw_oom_task *t = &d->tasks[i];
		bool same = memory_of(t) == memory_of(victim);
		bool member = d->group && within(t->process, d->group) &&
			      t->standing != MW_OOM_EXEMPT;

		if (t != victim && (same || member) && t->standing != MW_OOM_INIT)
			d->victims[d->victim_count++] = t->process;
	}
}

/* Groups without processes cannot ask for memory: left out. */
static size_t keep_inhabited(struct mw_oom_next *domains, size_t count)
{
	size_t kept = 1;

	for (size_t i = 1; i < count; i++)
		if (domains[i].count)
			domains[kept++] = domains[i];
	return kept;
}

int mw_oom_next(const struct mw_snapshot *s, uint64_t without, struct arena *a,
		struct mw_oom_next **out, size_t *count)
{
	const struct mw_machine *machine = mw_snapshot_machine(s);
	struct mw_num total = machine_total(s);
	struct ranking r = {
		.s = s,
		.a = a,
		.without = without,
		.rules = mw_oom_rules(machine->kernel),
		.page_size = machine->page_size ? machine->page_size : 4096,
	};
	int error;

	if (total.state == MW_OK)
		r.machine = total.v / r.page_size;
	error = find_tasks(&r);
	if (!error)
		error = find_domains(&r);
	if (!error)
		error = fill_domains(&r);
	if (error)
		return error;
	r.domain_count = keep_inhabited(r.domains, r.domain_count);
	for (size_t i = 0; i < r.domain_count; i++) {
		struct mw_oom_next *d = &r.domains[i];

		rank(&r, d);
		d->outcome = outcome_of(&r, d);
		if (d->outcome == MW_OOM_KILLS && d->total.state == MW_OK)
			choose_victims(&r, d);
	}
	*out = r.domains;
	*count = r.domain_count;
	return 0;
}
