/* The table of tasks, of every age: its first line names the columns. */
#include "oom/badness.h"
#include "oom/parts.h"

#include <errno.h>
#include <stdlib.h>

enum column {
	C_UNKNOWN,
	C_UID,
	C_TGID,
	C_TOTAL_VM,
	C_RSS,
	C_ANON,
	C_FILE,
	C_SHMEM,
	C_PT_PAGES, /* nr_ptes, nr_pmds, nr_puds: added up */
	C_PT_BYTES,
	C_SWAP,
	C_ADJ,
	C_OLD_ADJ, /* oom_adj, -17 … 15 */
	C_NAME,
};

static const struct {
	const char *name;
	enum column column;
} names[] = {
	{ "uid", C_UID },
	{ "tgid", C_TGID },
	{ "total_vm", C_TOTAL_VM },
	{ "rss", C_RSS },
	{ "rss_anon", C_ANON },
	{ "rss_file", C_FILE },
	{ "rss_shmem", C_SHMEM },
	{ "nr_ptes", C_PT_PAGES },
	{ "nr_pmds", C_PT_PAGES },
	{ "nr_puds", C_PT_PAGES },
	{ "pgtables_bytes", C_PT_BYTES },
	{ "swapents", C_SWAP },
	{ "oom_score_adj", C_ADJ },
	{ "oom_adj", C_OLD_ADJ },
	{ "name", C_NAME },
};

/* Enough for 2^62 bytes of 64 KiB pages. */
#define MOST_PAGES (UINT64_C(1) << 46)

/* "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name" */
bool mw_oom_read_header(struct mw_oom_building *b, struct slice text)
{
	struct slice s = text, word;
	bool named = false, scored = false;

	if (!slice_after(&s, "]"))
		return false;
	b->column_count = 0;
	b->old_adj = b->pt_bytes = false;
	while (slice_token(&s, &word) && b->column_count < MW_OOM_COLUMNS) {
		enum column c = C_UNKNOWN;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (slice_is(word, names[i].name))
				c = names[i].column;
		named |= c == C_NAME;
		scored |= c == C_ADJ;
		b->old_adj |= c == C_OLD_ADJ;
		b->pt_bytes |= c == C_PT_BYTES;
		b->columns[b->column_count++] = (uint8_t)c;
	}
	b->old_adj &= !scored;
	b->r.has_table = named;
	return named;
}

static void set(struct mw_oom_building *b, struct mw_oom_row *t, enum column c, int64_t v)
{
	uint64_t u = v < 0 ? 0 : (uint64_t)v;

	u = u < MOST_PAGES ? u : MOST_PAGES;
	switch (c) {
	case C_UID: t->uid = (uint32_t)v; break;
	case C_TGID: t->tgid = (uint32_t)u; break;
	case C_TOTAL_VM: t->total_vm = u; break;
	case C_RSS: t->rss = u; break;
	case C_ANON: t->anon = u; break;
	case C_FILE: t->file = u; break;
	case C_SHMEM: t->shmem = u; break;
	case C_PT_PAGES:
		t->page_tables = u + (t->page_tables == MW_OOM_NOT_TOLD ? 0 : t->page_tables);
		break;
	case C_PT_BYTES: t->page_tables = u; break;
	case C_SWAP: t->swap = u; break;
	case C_ADJ:
		t->has_adj = v >= -1000 && v <= 1000;
		t->adj = (int16_t)(t->has_adj ? v : 0);
		break;
	default: break;
	}
}

static bool read_row(struct mw_oom_building *b, struct slice s, struct mw_oom_row *t)
{
	uint64_t pid;
	int64_t v;

	*t = (struct mw_oom_row){ .uid = UINT32_MAX };
	t->total_vm = t->rss = t->anon = t->file = t->shmem = t->swap = t->page_tables =
		MW_OOM_NOT_TOLD;
	if (!slice_word(&s, "[") || !slice_u64(&s, &pid) || pid > INT32_MAX)
		return false;
	slice_skip_blanks(&s);
	if (!slice_word(&s, "]"))
		return false;
	t->pid = (uint32_t)pid;
	for (uint32_t i = 0; i < b->column_count; i++) {
		if (b->columns[i] == C_NAME) {
			mw_oom_name(t->name, slice_skip(s, s.len && *s.at == ' '));
			return true;
		}
		if (!slice_i64(&s, &v))
			return false;
		set(b, t, b->columns[i], v);
	}
	return false;
}

/* --- what is kept ----------------------------------------------------------------------------- */

static uint64_t known(uint64_t v)
{
	return v == MW_OOM_NOT_TOLD ? 0 : v;
}

static uint64_t table_pages(const struct mw_oom_building *b, const struct mw_oom_row *t)
{
	uint64_t size = b->page_size ? b->page_size : b->r.page_size;

	return b->pt_bytes ? known(t->page_tables) / size : known(t->page_tables);
}

static bool is_spared(const struct mw_oom_row *t)
{
	return t->rss == MW_OOM_NOT_TOLD || (t->has_adj && t->adj == -1000);
}

/* In pages. Who had CAP_SYS_ADMIN no table tells, and 1 for those below it would hide their order. */
static void rate(const struct mw_oom_building *b, uint64_t total, struct mw_oom_row *t)
{
	static const struct mw_oom_rules plain = { 0 };
	uint64_t pages = known(t->rss) + known(t->swap) + table_pages(b, t);

	t->has_badness = false;
	t->badness = (int64_t)pages;
	/* without the total, those that adj does not touch can still be rated */
	if (b->old_adj || is_spared(t) || (t->adj && total == MW_OOM_NOT_TOLD))
		return;
	t->has_badness = true;
	if (t->adj)
		t->badness = mw_oom_badness(&plain, pages, t->adj, total, false);
}

/* Where the total is not told and adj cannot be weighed, `badness` is memory alone. */
static int worse_first(const void *x, const void *y)
{
	const struct mw_oom_row *a = x, *b = y;

	if (is_spared(a) != is_spared(b))
		return is_spared(a) ? 1 : -1;
	if (a->badness != b->badness)
		return a->badness > b->badness ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void sort(struct mw_oom_building *b)
{
	uint64_t total = mw_oom_totalpages(b);

	for (uint32_t i = 0; i < b->row_count; i++)
		rate(b, total, &b->rows[i]);
	qsort(b->rows, b->row_count, sizeof(*b->rows), worse_first);
}

static void add(uint64_t *sum, uint64_t v)
{
	if (v != MW_OOM_NOT_TOLD)
		*sum = known(*sum) + v;
}

static void add_row(struct mw_oom_building *b, const struct mw_oom_row *t)
{
	struct mw_oom_row *sum = &b->r.task_sum;

	add(&sum->total_vm, t->total_vm);
	add(&sum->rss, t->rss);
	add(&sum->anon, t->anon);
	add(&sum->file, t->file);
	add(&sum->shmem, t->shmem);
	add(&sum->swap, t->swap);
	add(&sum->page_tables, t->page_tables);
	b->r.tasks_listed++;
}

int mw_oom_read_row(struct mw_oom_building *b, struct slice text)
{
	struct mw_oom_row t;

	if (!b->column_count || !read_row(b, text, &t))
		return 1;
	if (b->row_count && b->rows[b->row_count - 1].pid == t.pid)
		return 0; /* written twice */
	if (b->row_count == 2 * MW_OOM_TASKS_KEPT) {
		sort(b);
		b->row_count = MW_OOM_TASKS_KEPT;
		b->pruned = true;
	}
	if (b->row_count == b->row_room) {
		uint32_t room = b->row_room ? 2 * b->row_room : 64;
		void *at = realloc(b->rows, room * sizeof(*b->rows));

		if (!at)
			return -ENOMEM;
		b->rows = at;
		b->row_room = room;
	}
	b->rows[b->row_count++] = t;
	add_row(b, &t);
	return 0;
}

static void to_bytes(const struct mw_oom_building *b, struct mw_oom_row *t)
{
	uint64_t *const pages[] = {
		&t->total_vm, &t->rss, &t->anon, &t->file, &t->shmem, &t->swap
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (*pages[i] != MW_OOM_NOT_TOLD)
			*pages[i] *= b->r.page_size;
	if (!b->pt_bytes && t->page_tables != MW_OOM_NOT_TOLD)
		t->page_tables *= b->r.page_size;
}

int mw_oom_finish_table(struct arena *a, struct mw_oom_building *b)
{
	if (!b->row_count)
		return 0;
	sort(b);
	if (b->row_count > MW_OOM_TASKS_KEPT) {
		b->row_count = MW_OOM_TASKS_KEPT;
		b->pruned = true;
	}
	b->r.tasks = arena_array(a, b->row_count, sizeof(*b->rows));
	if (!b->r.tasks)
		return -ENOMEM;
	b->r.task_count = b->row_count;
	memcpy(b->r.tasks, b->rows, b->row_count * sizeof(*b->rows));
	for (uint32_t i = 0; i < b->row_count; i++)
		to_bytes(b, &b->r.tasks[i]);
	to_bytes(b, &b->r.task_sum);
	return 0;
}
