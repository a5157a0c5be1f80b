#include "diagnose/runtime/runtimes.h"
#include "diagnose/owners.h"

#include "diagnose/runtime/flags.h"
#include "ledger/regions.h"

#include <errno.h>

/* --- what is what ----------------------------------------------------------------------------- */

static const char *comm_of(const struct mw_entity *process)
{
	const char *comm = mw_get_text(process, M_P_COMM);

	return comm ? comm : process->name;
}

static bool is_php(const struct mw_entity *process)
{
	return !strncmp(comm_of(process), "php-fpm", 7);
}

/* A pool's row belongs to the master; workers say so in their title, or by whose children they are. */
static bool is_php_master(const struct mw_snapshot *s, const struct mw_entity *process)
{
	const char *cmdline = mw_get_text(process, M_P_CMDLINE);
	const struct mw_entity *parent;
	struct mw_php_title title;

	if (cmdline && mw_php_title_parse(slice_of(cmdline), &title))
		return title.master;
	parent = mw_snapshot_by_id(s, MW_PROCESS, mw_get_or(process, M_P_PPID, 0));
	return mw_get(process, M_P_PPID).state == MW_OK && (!parent || !is_php(parent));
}

static const char *runtime_of(const struct mw_snapshot *s, const struct mw_entity *process)
{
	const char *comm = comm_of(process);

	switch (*comm) {
	case 'j': return !strcmp(comm, "java") ? "jvm" : NULL;
	case 'n': return !strcmp(comm, "node") || !strcmp(comm, "nodejs") ? "node" : NULL;
	case 'p':
		if (!strncmp(comm, "python", 6))
			return "python";
		return is_php(process) && is_php_master(s, process) ? "php-fpm" : NULL;
	default: return NULL;
	}
}

/* --- JVM -------------------------------------------------------------------------------------- */

static void fill(struct mw_entity *e, enum mw_metric metric, struct mw_num n)
{
	if (n.state == MW_OK && mw_get(e, metric).state == MW_ABSENT)
		mw_set(e, metric, n.v);
}

static struct mw_num part_of(struct mw_num whole, struct mw_num share)
{
	if (whole.state != MW_OK || share.state != MW_OK)
		return (struct mw_num){ 0, MW_ABSENT };
	return (struct mw_num){ (uint64_t)((double)whole.v * ((double)share.v / 1e6)), MW_OK };
}

/* What the JVM takes for the machine's memory. */
static struct mw_num ram_of(const struct mw_snapshot *s, const struct mw_entity *runtime,
			    const struct mw_jvm_flags *flags)
{
	const struct mw_entity *group = mw_runtime_group(runtime);
	struct mw_num ram = mw_get(mw_snapshot_node(s), M_MEM_TOTAL);

	if (flags->max_ram.state == MW_OK)
		return flags->max_ram;
	if (group && !flags->no_container_support &&
	    mw_get(group, M_CG_EFFECTIVE_LIMIT).state == MW_OK)
		return mw_get(group, M_CG_EFFECTIVE_LIMIT);
	return ram;
}

static void fill_jvm(struct mw_snapshot *s, struct mw_entity *runtime, const char *cmdline)
{
	const char *variable = mw_get_text(runtime, M_RT_FLAGS);
	struct mw_jvm_flags f = { 0 };
	struct mw_heap_range heap;
	struct mw_num ram;

	if (variable)
		mw_jvm_flags_parse(slice_of(variable), &f);
	if (cmdline)
		mw_jvm_flags_parse(slice_of(cmdline), &f);
	ram = ram_of(s, runtime, &f);
	fill(runtime, M_RT_HEAP_MAX, f.heap_max);
	fill(runtime, M_RT_HEAP_MAX, part_of(ram, f.max_ram_share));
	fill(runtime, M_RT_MAX_RAM_SHARE, f.max_ram_share);
	fill(runtime, M_RT_HEAP_INITIAL, f.heap_initial);
	fill(runtime, M_RT_HEAP_INITIAL, part_of(ram, f.initial_ram_share));
	fill(runtime, M_RT_STACK_SIZE, f.stack_size);
	fill(runtime, M_RT_DIRECT_MAX, f.direct_max);
	fill(runtime, M_RT_METASPACE_MAX, f.metaspace_max);
	if (f.collector && mw_get(runtime, M_RT_COLLECTOR).state == MW_ABSENT)
		mw_set_text(s, runtime, M_RT_COLLECTOR, slice_of(f.collector));
	if (mw_runtime_process(runtime) &&
	    mw_java_heap(s, runtime->parent, mw_get(runtime, M_RT_HEAP_MAX), &heap))
		fill(runtime, M_RT_HEAP_RESIDENT, (struct mw_num){ heap.resident, MW_OK });
}

/* --- others ----------------------------------------------------------------------------------- */

static void fill_node(struct mw_snapshot *s, struct mw_entity *runtime, const char *cmdline)
{
	const char *variable = mw_get_text(runtime, M_RT_FLAGS);
	struct mw_node_flags f = { 0 };

	if (variable)
		mw_node_flags_parse(slice_of(variable), &f);
	if (cmdline)
		mw_node_flags_parse(slice_of(cmdline), &f);
	fill(runtime, M_RT_HEAP_MAX, f.old_space);
}

static const struct {
	const char *name;
	void (*fill)(struct mw_snapshot *s, struct mw_entity *runtime, const char *cmdline);
} fillers[] = {
	{ "jvm", fill_jvm },
	{ "node", fill_node },
};

/* --- all -------------------------------------------------------------------------------------- */

static bool is_told(const struct mw_snapshot *s, size_t told, uint64_t pid)
{
	for (size_t i = 0; i < told; i++)
		if (mw_snapshot_at(s, MW_RUNTIME, i)->id == pid)
			return true;
	return false;
}

static int add_rows(struct mw_snapshot *s)
{
	/* few: what readers found; pids do not repeat among the others */
	size_t told = mw_snapshot_count(s, MW_RUNTIME);
	struct mw_entity *e;

	mw_for_each (e, s, MW_PROCESS) {
		const char *name = runtime_of(s, e);

		if (name && !is_told(s, told, e->id) &&
		    !mw_snapshot_add(s, MW_RUNTIME, e, slice_of(name), e->id, e->birth))
			return -ENOMEM;
	}
	return 0;
}

int mw_runtimes_find(struct mw_snapshot *s)
{
	struct mw_entity *e;
	int error = add_rows(s);

	if (error)
		return error;
	mw_for_each (e, s, MW_RUNTIME) {
		struct mw_entity *process = mw_snapshot_by_id(s, MW_PROCESS, e->id);
		const char *cmdline;

		if (process && (!e->parent || e->parent->kind != MW_PROCESS))
			e->parent = process;
		cmdline = e->parent && e->parent->kind == MW_PROCESS
				  ? mw_get_text(e->parent, M_P_CMDLINE)
				  : NULL;
		for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
			if (!strcmp(fillers[i].name, e->name))
				fillers[i].fill(s, e, cmdline);
	}
	return 0;
}

bool mw_php_is_worker(const struct mw_entity *master, const struct mw_entity *process)
{
	/* most processes are something else: told by one byte */
	if (*process->name && *process->name != 'p')
		return false;
	return mw_get(process, M_P_PPID).state == MW_OK &&
	       mw_get(process, M_P_PPID).v == master->id;
}

/* --- for rules -------------------------------------------------------------------------------- */

const struct mw_entity *mw_runtime_process(const struct mw_entity *runtime)
{
	return runtime->parent && runtime->parent->kind == MW_PROCESS ? runtime->parent : NULL;
}

const struct mw_entity *mw_runtime_group(const struct mw_entity *runtime)
{
	const struct mw_entity *e = runtime->parent;

	while (e && e->kind != MW_CGROUP)
		e = e->parent;
	return e;
}

struct mw_num mw_runtime_limit(const struct mw_entity *runtime)
{
	const struct mw_entity *group = mw_runtime_group(runtime);

	for (const struct mw_entity *g = group; g; g = g->parent)
		if (mw_get(g, M_CG_LIMIT).state == MW_OK)
			return mw_get(group, M_CG_EFFECTIVE_LIMIT);
	return (struct mw_num){ 0, group ? MW_UNLIMITED : MW_ABSENT };
}

const char *mw_runtime_command(const struct mw_check *c, const char *before, const char *after)
{
	const char *text = c->e->id ? arena_printf(c->arena, "%s%llu%s", before,
						   (unsigned long long)c->e->id, after)
				    : arena_printf(c->arena, "%sPID%s", before, after);

	return text ? text : before;
}

void mw_runtime_ask(struct mw_check *c, const char *before, const char *after)
{
	mw_ask(c, "%s", mw_runtime_command(c, before, after));
}

void mw_runtime_ask_more(struct mw_check *c)
{
	const struct mw_entity *process = mw_runtime_process(c->e), *group = mw_runtime_group(c->e);

	if (process)
		mw_ask(c, "memwhy pid %llu", (unsigned long long)process->id);
	else if (group)
		mw_ask_about_group(c, group);
}

struct mw_runtime_memory mw_runtime_memory(const struct mw_check *c)
{
	const struct mw_entity *process = mw_runtime_process(c->e), *group = mw_runtime_group(c->e);
	struct mw_runtime_memory m = { .bytes = { 0, MW_ABSENT } };

	if (process && mw_get(process, M_P_RSS).state == MW_OK) {
		m.bytes = mw_get(process, M_P_RSS);
		m.source = mw_source_of(c, process, M_P_RSS);
	} else if (group) {
		m.of_group = true;
		m.bytes = mw_get(group, M_CG_ANON);
		m.source = mw_source_of(c, group, M_CG_ANON);
	}
	return m;
}

bool mw_jvm_outside(const struct mw_check *c, struct mw_jvm_outside *out)
{
	static const enum mw_metric bounds[] = { M_RT_HEAP_RESIDENT, M_RT_HEAP_COMMITTED,
						 M_RT_HEAP_MAX };
	struct mw_jvm_outside x = { .of = mw_runtime_memory(c) };
	size_t i = 0, count = sizeof(bounds) / sizeof(*bounds);

	while (i < count && mw_get(c->e, bounds[i]).state != MW_OK)
		i++;
	if (i == count || x.of.bytes.state != MW_OK)
		return false;
	x.exact = bounds[i] == M_RT_HEAP_RESIDENT;
	x.heap = (double)mw_get(c->e, bounds[i]).v;
	x.heap_source = mw_source_of(c, c->e, bounds[i]);
	x.memory = (double)x.of.bytes.v;
	x.outside = x.memory > x.heap ? x.memory - x.heap : 0;
	*out = x;
	return true;
}
