#include "diagnose/rule.h"

enum { MEMORY, MANY };

static const struct mw_param params[] = {
	[MEMORY] = { "memory", 67108864.0, "bytes",
		     N_("of deleted tmpfs files: memory that nobody sees in a directory") },
	[MANY] = { "many", 16, "count",
		   N_("programs keep a few temporary files this way on purpose") },
	{ 0 },
};

static const char *const explains[] = { "ctr-shmem-charged", "node-shmem-heavy", NULL };

/* The kernel's own names of memory that has no file: always "deleted". */
static bool is_no_file(const char *name)
{
	static const char *const names[] = { "/dev/zero", "/memfd:",        "/SYSV",
					     "/[aio]",    "/anon_hugepage", "/drm" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

struct held {
	double memory, disk; /* resident, mapped */
	const char *largest;
	uint64_t largest_bytes;
};

static struct held sum_mapped(const struct mw_check *c)
{
	struct held h = { 0 };
	const struct mw_entity *e;

	mw_for_each (e, c->now, MW_REGION) {
		uint64_t rss = mw_get_or(e, M_R_RSS, 0);

		if (e->parent != c->e || !rss || !slice_ends(slice_of(e->name), " (deleted)") ||
		    is_no_file(e->name))
			continue;
		*(mw_get_or(e, M_R_SHMEM, 0) ? &h.memory : &h.disk) += (double)rss;
		if (rss > h.largest_bytes) {
			h.largest_bytes = rss;
			h.largest = e->name;
		}
	}
	return h;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num open = mw_get(c->e, M_P_FD_DELETED);
	struct held h;

	/* read by `memwhy pid` only */
	if (open.state != MW_OK)
		return MW_CLEAR;
	h = sum_mapped(c);
	if (h.memory < c->p[MEMORY] && (double)open.v < c->p[MANY])
		return MW_CLEAR;
	mw_cite_metric(c, "open", c->e, M_P_FD_DELETED, c->p[MANY]);
	mw_cite_over(c, "memory", MW_FORM_BYTES, h.memory, "smaps: Rss of deleted files on tmpfs",
		     c->p[MEMORY]);
	mw_cite(c, "disk", MW_FORM_BYTES, h.disk, "smaps: Rss of other deleted files");
	if (h.memory >= c->p[MEMORY])
		mw_title(c, N_("{entity} holds {memory} of deleted files in memory"));
	if (h.memory > 0)
		mw_detail(c, N_("{memory} of mapped ones lie on tmpfs: memory until it lets go"));
	if (h.disk > 0)
		mw_detail(c,
			  N_("{disk} of mapped ones lie on disks: page cache, which is reclaimed"));
	if (h.largest) {
		mw_cite_text(c, "largest", h.largest, "maps");
		mw_detail(c, N_("the largest is {largest}"));
	}
	mw_advise(
		c,
		N_("restart the process or make it reopen its files (logrotate: copytruncate or a "
		   "postrotate signal)"));
	mw_ask(c, "ls -l /proc/%llu/fd", (unsigned long long)c->e->id);
	mw_ask(c, "lsof +L1");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_deleted_files_held = {
	.id = "proc-deleted-files-held",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity} holds {open} deleted files open"),
	.about = N_(
		"Deleted files keep their space while somebody has them open or mapped. On tmpfs "
		"that space is memory."),
	.silent = N_("A few temporary files, deleted right after they were made."),
	.explains = explains,
};
