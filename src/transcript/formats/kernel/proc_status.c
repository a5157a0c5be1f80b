/* /proc/PID/status (fs/proc/array.c, task_mmu.c), whole or what grep left of it. */
#include "transcript/format.h"
#include "collect/process/stat.h"

#include <errno.h>

/* Lines that are no "Key: number" but belong to it. */
static const char *const words[] = { "Name",
				     "Umask",
				     "State",
				     "Tgid",
				     "Ngid",
				     "Pid",
				     "PPid",
				     "TracerPid",
				     "Uid",
				     "Gid",
				     "FDSize",
				     "Groups",
				     "NStgid",
				     "NSpid",
				     "NSpgid",
				     "NSsid",
				     "Kthread",
				     "CoreDumping",
				     "THP_enabled",
				     "untag_mask",
				     "SigQ",
				     "SigPnd",
				     "ShdPnd",
				     "SigBlk",
				     "SigIgn",
				     "SigCgt",
				     "CapInh",
				     "CapPrm",
				     "CapEff",
				     "CapBnd",
				     "CapAmb",
				     "NoNewPrivs",
				     "Seccomp",
				     "Seccomp_filters",
				     "Speculation_Store_Bypass",
				     "SpeculationIndirectBranch",
				     "Cpus_allowed",
				     "Cpus_allowed_list",
				     "Mems_allowed",
				     "Mems_allowed_list",
				     "voluntary_ctxt_switches",
				     "nonvoluntary_ctxt_switches",
				     "x86_Thread_features",
				     "x86_Thread_features_locked",
				     "VmPTE",
				     "VmPMD",
				     "VmSwap",
				     "HugetlbPages",
				     NULL };
static const struct mw_key_set keys = { "status", words, NULL };

static bool key_of(struct slice line, struct slice *key, struct slice *value)
{
	line = slice_trim(line);
	if (!slice_until(&line, ':', key) || !mw_key_known(&keys, *key))
		return false;
	*value = slice_trim(line);
	return true;
}

/* Does a line repeat one since the block's begin? Then another process begins. */
static bool again(const struct mw_paste *p, size_t first, size_t at, struct slice key)
{
	for (size_t i = first; i < at; i++) {
		struct slice other, value;

		if (key_of(p->lines[i].text, &other, &value) && slice_equal(key, other))
			return true;
	}
	return false;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	enum { LINES_MAX = 128 };
	size_t at = line, end = line;
	struct slice key, value;

	if (!mw_key_may_begin(&paste->lines[line], &keys))
		return 0;
	for (; at < paste->count && at - line < LINES_MAX &&
	       paste->lines[at].file == paste->lines[line].file;
	     at++) {
		const struct mw_paste_line *l = &paste->lines[at];

		if (at > line && l->kind != MW_LINE_TEXT) {
			b->cut |= l->kind == MW_LINE_ELLIPSIS;
			if (l->kind == MW_LINE_PROMPT)
				break;
			continue;
		}
		/* a line broken by a mail program follows one of masks or ids */
		if (!key_of(l->text, &key, &value)) {
			if (at == line || at > end || !l->text.len || !slice_blank(*l->text.at))
				break;
			continue;
		}
		if (again(paste, line, at, key))
			break;
		b->keys++;
		end = at + 1;
	}
	b->certainty = b->keys > 3 ? MW_SURE : MW_LIKELY;
	return end - line;
}

static uint64_t first_number(struct slice value)
{
	uint64_t v;

	return slice_u64(&value, &v) ? v : 0;
}

/* Values that are no numbers of their own. */
struct found {
	struct slice name, uid;
	uint64_t pid;
};

static struct found find(const struct mw_reading *r, const struct mw_block *b)
{
	struct found f = { .name = { "", 0 }, .uid = { "", 0 } };

	for (size_t i = 0; i < b->lines; i++) {
		struct slice key, value;

		if (!key_of(mw_line_bare(mw_block_line(r, b, i)), &key, &value))
			continue;
		if (slice_is(key, "Name"))
			f.name = value;
		else if (slice_is(key, "Uid"))
			f.uid = value;
		else if (slice_is(key, "Pid"))
			f.pid = first_number(value);
	}
	if (!f.pid && b->command)
		f.pid = b->command->pid;
	return f;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct found f = find(r, b);
	struct mw_entity *e;
	char *comm = arena_alloc(r->arena, f.name.len + 1);
	uint64_t uid, anon, rss;
	int error;

	if (!comm)
		return -ENOMEM;
	e = mw_reading_process(r, f.pid, (struct slice){ comm, mw_proc_unescape(comm, f.name) });
	error = e ? mw_reading_keyed(r, &keys, NULL, e) : -ENOMEM;
	if (error == -ENOMEM)
		return error;
	if (slice_u64(&f.uid, &uid)) {
		mw_set(e, M_P_UID, uid);
		if (slice_u64(&f.uid, &uid))
			mw_set(e, M_P_EUID, uid);
	}
	anon = mw_get_or(e, M_P_RSS_ANON, UINT64_MAX);
	rss = mw_get_or(e, M_P_RSS, 0);
	if (anon <= rss)
		mw_set(e, M_P_RSS_SHARED, rss - anon);
	return error;
}

const struct mw_format mw_format_proc_status = {
	.id = "status",
	.name = N_("/proc/PID/status"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
