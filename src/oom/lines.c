/* What single messages of a report say, in the words of Linux 2.6.32 to 6.18. */
#include "oom/parts.h"

static const struct {
	struct slice begin;
	enum mw_oom_kind kind;
} kinds[] = {
#define BEGIN(text, kind)                                     \
	{                                                     \
		{ (text), sizeof(text) - 1 }, MW_OOM_L_##kind \
	}
	BEGIN("CPU: ", WHO),
	BEGIN("Pid: ", WHO),
	BEGIN("Task in ", GROUPS),
	BEGIN("Memory limit reached of cgroup ", GROUPS),
	BEGIN("memory: usage ", USAGE),
	BEGIN("memory+swap: usage ", USAGE_SWAP),
	BEGIN("swap: usage ", USAGE_SWAP),
	BEGIN("kmem: usage ", USAGE_KMEM),
	BEGIN("Memory cgroup stats for ", STATS),
	BEGIN("Mem-Info:", MEMINFO),
	BEGIN("Mem-info:", MEMINFO),
	BEGIN("Unreclaimable slab info:", SLABS),
	BEGIN("[ pid ]", HEADER),
	BEGIN("[  pid  ]", HEADER),
	BEGIN("oom-kill:", SUMMARY),
	BEGIN("Tasks in ", GROUP),
	BEGIN("Killed process ", KILLED),
	BEGIN("Kill process ", CHOSEN),
	BEGIN("Kernel panic - not syncing: ", PANIC),
	BEGIN("oom_reaper: reaped process ", REAPED),
	BEGIN("oom_reaper: unable to reap ", REAPED),
	BEGIN("Missed ", LOST),
	BEGIN("printk: ", LOST),
#undef BEGIN
};

static bool contains(struct slice s, const char *text)
{
	return slice_after(&s, text);
}

/* "Out of memory", "Memory cgroup out of memory" and what follows. */
static enum mw_oom_kind kind_of_end(struct slice text)
{
	struct mw_oom_death death;

	if (contains(text, "no killable processes"))
		return MW_OOM_L_NOBODY;
	if (!mw_oom_read_death(text, &death))
		return MW_OOM_L_NONE;
	return death.done ? MW_OOM_L_KILLED : MW_OOM_L_CHOSEN;
}

enum mw_oom_kind mw_oom_classify(struct slice text, bool open)
{
	if (!text.len)
		return MW_OOM_L_NONE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct slice begin = kinds[i].begin;

		if (*begin.at != *text.at || text.len < begin.len ||
		    memcmp(begin.at, text.at, begin.len) != 0)
			continue;
		if (kinds[i].kind == MW_OOM_L_LOST && !contains(text, "messages"))
			continue;
		if (kinds[i].kind == MW_OOM_L_GROUP && !contains(text, "memory.oom.group"))
			continue;
		return kinds[i].kind;
	}
	if (slice_begins(text, "Out of memory") ||
	    slice_begins(text, "Memory cgroup out of memory"))
		return kind_of_end(text);
	if (*text.at == '[' && text.len > 8)
		return MW_OOM_L_ROW;
	if (contains(text, " invoked oom-killer: "))
		return MW_OOM_L_INVOKED;
	if (!open)
		return MW_OOM_L_NONE;
	if (contains(text, ": page allocation failure"))
		return MW_OOM_L_FAILURE;
	if (contains(text, " cpuset=") && contains(text, " mems_allowed="))
		return MW_OOM_L_CPUSET;
	return MW_OOM_L_NONE;
}

void mw_oom_name(char out[20], struct slice name)
{
	size_t n = name.len < 19 ? name.len : 19;

	memset(out, 0, 20);
	if (n)
		memcpy(out, name.at, n);
}

/* What stands between here and the next `mark`. @return false, untouched, without one */
static bool up_to(struct slice *s, const char *mark, struct slice *before)
{
	struct slice t = *s;

	if (!slice_after(&t, mark))
		return false;
	*before = (struct slice){ s->at, (size_t)(t.at - s->at) - strlen(mark) };
	*s = t;
	return true;
}

/* What stands before the last `mark`. */
static bool up_to_last(struct slice s, const char *mark, struct slice *before, struct slice *behind)
{
	bool found = false;

	for (struct slice t = s; slice_after(&t, mark);) {
		*before = (struct slice){ s.at, (size_t)(t.at - s.at) - strlen(mark) };
		*behind = t;
		found = true;
	}
	return found;
}

static bool take_pid(struct slice *s, uint32_t *pid)
{
	struct slice t = *s;
	uint64_t v;

	if (!slice_u64(&t, &v) || v > INT32_MAX)
		return false;
	*s = t;
	*pid = (uint32_t)v;
	return true;
}

static bool take_adj(struct slice *s, int16_t *adj)
{
	struct slice t = *s;
	int64_t v;

	if (!slice_i64(&t, &v) || v < -1000 || v > 1000)
		return false;
	*s = t;
	*adj = (int16_t)v;
	return true;
}

/* "java invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=936"
 */
bool mw_oom_read_invoked(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct mw_oom_trigger *t = &b->r.trigger;
	struct slice rest = text, name, s, names;
	int64_t order;

	if (!up_to(&rest, " invoked oom-killer: ", &name))
		return false;
	mw_oom_name(t->name, name);
	s = rest;
	if (slice_after(&s, "gfp_mask=0x") && slice_hex(&s, &t->gfp)) {
		t->has_gfp = true;
		if (slice_word(&s, "(") && slice_until(&s, ')', &names))
			t->gfp_names = arena_copy(a, names);
	}
	s = rest;
	if (slice_after(&s, "order=") && slice_i64(&s, &order) && order >= -1 && order < 32)
		t->order = (int32_t)order;
	else
		t->has_gfp = false;
	s = rest;
	if (slice_after(&s, "nodemask=") && !slice_begins(s, "(null)") &&
	    up_to(&s, ", order=", &names))
		b->r.nodemask = arena_copy(a, names);
	s = rest;
	t->has_adj = slice_after(&s, "oom_score_adj=") && take_adj(&s, &t->adj);
	b->began = true;
	return true;
}

/* "java cpuset=/ mems_allowed=0-1": before Linux 5.0 */
bool mw_oom_read_cpuset(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct slice rest = text, name, cpuset;

	if (!up_to(&rest, " cpuset=", &name) || !up_to(&rest, " mems_allowed=", &cpuset))
		return false;
	b->r.cpuset = arena_copy(a, cpuset);
	b->r.mems_allowed = arena_copy(a, slice_trim(rest));
	return true;
}

/* "CPU: 1 UID: 0 PID: 12 Comm: java Not tainted 6.18.44 #1", "Pid: 12, comm: java Not tainted 2.6.32 #1"
 */
bool mw_oom_read_who(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct slice s = text, t, name, head, tail;

	if (!slice_after(&s, "PID: ") && !slice_word(&s, "Pid: "))
		return false;
	if (!take_pid(&s, &b->r.trigger.pid) ||
	    (!slice_after(&s, "Comm: ") && !slice_after(&s, "comm: ")))
		return false;
	t = s;
	if (!up_to(&t, " Not tainted", &name) && !up_to(&t, " Tainted:", &name))
		return false;
	if (!*b->r.trigger.name)
		mw_oom_name(b->r.trigger.name, name);
	if (up_to_last(t, " #", &head, &tail) || up_to_last(t, " (", &head, &tail))
		b->r.kernel = arena_copy(a, slice_last(slice_trim(head), ' '));
	return true;
}

/* "Task in /a/b killed as a result of limit of /a", or without a task that could be killed "Memory
 * limit reached of cgroup /a": before Linux 5.0 */
bool mw_oom_read_groups(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct slice rest = text, victim;

	if (slice_word(&rest, "Memory limit reached of cgroup ")) {
		b->r.limit_group = arena_copy(a, slice_trim(rest));
		b->r.constraint = MW_OOM_MEMCG;
		return true;
	}
	slice_word(&rest, "Task in ");
	if (!up_to(&rest, " killed as a result of limit of ", &victim))
		return false;
	b->r.victim_group = arena_copy(a, victim);
	b->r.limit_group = arena_copy(a, slice_trim(rest));
	b->r.constraint = MW_OOM_MEMCG;
	return true;
}

static bool take_kib(struct slice *s, const char *key, uint64_t *out)
{
	struct slice t = *s;
	uint64_t v;

	if (!slice_after(&t, key) || !slice_u64(&t, &v))
		return false;
	*s = t;
	/* no limit: counters hold pages or, before Linux 3.19, bytes */
	*out = v >= UINT64_C(1) << 52 ? MW_OOM_UNLIMITED : v << 10;
	return true;
}

bool mw_oom_read_usage(struct mw_oom_building *b, struct slice text)
{
	struct mw_oom_counter c, *to = slice_begins(text, "memory:")        ? &b->r.memory
				       : slice_begins(text, "memory+swap:") ? &b->r.memsw
				       : slice_begins(text, "swap:")        ? &b->r.swap
									    : &b->r.kmem;

	c.failcnt = MW_OOM_NOT_TOLD;
	if (!take_kib(&text, "usage ", &c.usage) || !take_kib(&text, "limit ", &c.limit))
		return false;
	if (slice_after(&text, "failcnt "))
		slice_u64(&text, &c.failcnt);
	*to = c;
	if (b->r.constraint == MW_OOM_CONSTRAINT_UNKNOWN)
		b->r.constraint = MW_OOM_MEMCG;
	return true;
}

static void copy_if(struct arena *a, const char **to, struct slice text)
{
	if (text.len && !slice_is(text, "(null)"))
		*to = arena_copy(a, text);
}

/* "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/a,
 * task_memcg=/a/b,task=java,pid=12,uid=0": from Linux 5.0 on. Names may hold commas and equal signs. */
bool mw_oom_read_summary(struct arena *a, struct mw_oom_building *b, struct slice text)
{
	struct slice rest = text, part, tail;

	if (!slice_after(&rest, "constraint=CONSTRAINT_") || !slice_until(&rest, ',', &part))
		return false;
	for (enum mw_oom_constraint c = MW_OOM_NONE; c < MW_OOM_CONSTRAINTS; c++)
		if (part.len == strlen(mw_oom_constraint_name(c)) &&
		    !strncasecmp(part.at, mw_oom_constraint_name(c), part.len))
			b->r.constraint = c;
	if (slice_is(part, "MEMORY_POLICY"))
		b->r.constraint = MW_OOM_MEMPOLICY;
	if (slice_word(&rest, "nodemask=") && up_to(&rest, ",cpuset=", &part)) {
		copy_if(a, &b->r.nodemask, part);
		if (up_to(&rest, ",mems_allowed=", &part))
			copy_if(a, &b->r.cpuset, part);
		tail = rest;
		if (up_to(&tail, ",global_oom", &part) || up_to(&rest, ",oom_memcg=", &part))
			copy_if(a, &b->r.mems_allowed, part);
	}
	tail = text;
	if (slice_after(&tail, ",oom_memcg=") && up_to(&tail, ",task_memcg=", &part))
		copy_if(a, &b->r.limit_group, part);
	tail = text;
	if (slice_after(&tail, ",task_memcg=") && up_to_last(tail, ",task=", &part, &rest))
		copy_if(a, &b->r.victim_group, part);
	if (up_to_last(text, ",pid=", &part, &tail))
		take_pid(&tail, &b->named);
	b->r.chosen = b->named;
	return true;
}

/* --- deaths ----------------------------------------------------------------------------------- */

static void read_numbers(struct slice s, struct mw_oom_death *d)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{ "total-vm:", offsetof(struct mw_oom_row, total_vm) },
		{ "vsz:", offsetof(struct mw_oom_row, total_vm) },
		{ "anon-rss:", offsetof(struct mw_oom_row, anon) },
		{ "file-rss:", offsetof(struct mw_oom_row, file) },
		{ "shmem-rss:", offsetof(struct mw_oom_row, shmem) },
		{ "pgtables:", offsetof(struct mw_oom_row, page_tables) },
	};
	struct slice t;
	uint64_t uid;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		t = s;
		take_kib(&t, keys[i].key, (uint64_t *)((char *)&d->task + keys[i].offset));
	}
	t = s;
	if (slice_after(&t, "UID:") && slice_u64(&t, &uid) && uid < UINT32_MAX)
		d->task.uid = (uint32_t)uid;
	t = s;
	d->task.has_adj = slice_after(&t, "oom_score_adj:") && take_adj(&t, &d->task.adj);
}

/* "(name) total-vm:…": a name may hold brackets, what follows it tells where it ends */
static bool take_name(struct slice *s, struct slice *name)
{
	static const char *const marks[] = { ") total-vm:", ") vsz:",  ") score ",
					     ") sharing ",  "), now ", ") is already",
					     "), adj" };
	struct slice t = *s, before, behind;

	slice_skip_blanks(&t);
	if (!slice_word(&t, "("))
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		before = t;
		if (up_to(&before, marks[i], name)) {
			*s = slice_skip(t, name->len + 1);
			return true;
		}
	}
	if (!up_to_last(t, ")", &before, &behind))
		return false;
	*name = before;
	*s = behind;
	return true;
}

bool mw_oom_read_death(struct slice text, struct mw_oom_death *out)
{
	static const char *const verbs[] = { "Killed process ", "Kill process ", "kill process ",
					     "OOM victim " };
	struct mw_oom_death d = { .task = { .uid = UINT32_MAX }, .score = UINT32_MAX };
	struct slice s, name, t;
	uint64_t v;
	size_t i = 0;

	d.task.total_vm = d.task.rss = d.task.anon = d.task.file = d.task.shmem = d.task.swap =
		d.task.page_tables = MW_OOM_NOT_TOLD;
	for (s = text; i < 4 && (s = text, !slice_after(&s, verbs[i]));)
		i++;
	/* the kernel's words stand in front, not behind what somebody says about them */
	if (i == 4 || (size_t)(s.at - text.at) > 64 || !take_pid(&s, &d.task.pid))
		return false;
	if (slice_word(&s, ", UID ") && slice_u64(&s, &v)) { /* RHEL 6 */
		d.task.uid = v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
		slice_word(&s, ",");
	}
	if (!take_name(&s, &name))
		return false;
	mw_oom_name(d.task.name, name);
	d.memcg = slice_begins(text, "Memory cgroup out of memory");
	d.machine = slice_begins(text, "Out of memory");
	d.asked = contains(text, "(oom_kill_allocating_task)");
	t = s;
	if (slice_after(&t, "score ") && slice_u64(&t, &v) && v < UINT32_MAX)
		d.score = (uint32_t)v;
	d.done = i == 0 || i == 3 || contains(s, "sharing same memory");
	read_numbers(s, &d);
	*out = d;
	return true;
}

bool mw_oom_read_reaped(struct slice text, uint32_t *pid, uint64_t *left)
{
	struct slice s = text;
	uint64_t anon = 0, file = 0, shmem = 0;

	if (!slice_after(&s, "reaped process ") || !take_pid(&s, pid))
		return false;
	if (!take_kib(&s, "anon-rss:", &anon))
		return false;
	take_kib(&s, "file-rss:", &file);
	take_kib(&s, "shmem-rss:", &shmem);
	*left = anon + file + shmem;
	return true;
}
