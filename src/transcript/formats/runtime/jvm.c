#include "jvm.h"

#include <errno.h>

struct mw_entity *mw_jvm_row(struct mw_reading *r, uint64_t pid)
{
	return mw_reading_row(r, MW_RUNTIME, NULL, SLICE("jvm"), pid);
}

uint64_t mw_jvm_pid(const struct mw_block *b)
{
	return b->command ? b->command->pid : 0;
}

bool mw_jvm_pid_line(struct slice line, uint64_t *pid)
{
	uint64_t v;

	line = slice_trim(line);
	if (!slice_u64(&line, &v) || !slice_is(line, ":") || v > UINT32_MAX)
		return false;
	*pid = v;
	return true;
}

size_t mw_jvm_behind_pid(const struct mw_paste *paste, size_t line)
{
	uint64_t pid;

	if (!mw_jvm_pid_line(paste->lines[line].text, &pid))
		return line;
	do
		line++;
	while (line < paste->count && paste->lines[line].kind == MW_LINE_BLANK);
	return line;
}

static struct mw_num sum(const struct mw_num *n, const enum mw_jvm_pool *pools, size_t count)
{
	struct mw_num total = { 0, MW_OK };

	for (size_t i = 0; i < count; i++)
		if (n[pools[i]].state != MW_OK ||
		    __builtin_add_overflow(total.v, n[pools[i]].v, &total.v))
			total.state = MW_ABSENT;
	return total;
}

/* Tools print the young generation without one survivor space, or not at all: its parts are better. */
static struct mw_num young(const struct mw_num *n)
{
	static const enum mw_jvm_pool parts[] = { MW_JVM_EDEN, MW_JVM_FROM, MW_JVM_TO };
	struct mw_num total = sum(n, parts, 3);

	/* G1 has one survivor space, ZGC none */
	for (size_t count = 2; count && total.state != MW_OK; count--)
		if (n[parts[count]].state == MW_ABSENT)
			total = sum(n, parts, count);
	return n[MW_JVM_EDEN].state == MW_OK && total.state == MW_OK ? total : n[MW_JVM_YOUNG];
}

static int set(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric, const char *what,
	       struct mw_num n, const struct mw_jvm_heap *heap)
{
	if (n.state != MW_OK)
		return 0;
	return mw_reading_print(r, e, metric, what, n.v, heap->step, heap->rounding);
}

int mw_jvm_set(struct mw_reading *r, struct mw_entity *jvm, const struct mw_jvm_heap *h)
{
	struct mw_num young_used = young(h->used), young_taken = young(h->committed);
	struct mw_num used = h->used[MW_JVM_HEAP], taken = h->committed[MW_JVM_HEAP];
	struct mw_num parts[] = { young_used, h->used[MW_JVM_OLD], young_taken,
				  h->committed[MW_JVM_OLD] };
	static const enum mw_jvm_pool of_used[] = { 0, 1 }, of_taken[] = { 2, 3 };
	int error;

	if (used.state != MW_OK)
		used = sum(parts, of_used, 2);
	if (taken.state != MW_OK)
		taken = sum(parts, of_taken, 2);
	const struct {
		enum mw_metric metric;
		const char *what;
		struct mw_num n;
	} cells[] = {
		{ M_RT_HEAP_USED, "heap used", used },
		{ M_RT_HEAP_COMMITTED, "heap committed", taken },
		{ M_RT_YOUNG_USED, "young used", young_used },
		{ M_RT_YOUNG_COMMITTED, "young committed", young_taken },
		{ M_RT_OLD_USED, "old used", h->used[MW_JVM_OLD] },
		{ M_RT_OLD_COMMITTED, "old committed", h->committed[MW_JVM_OLD] },
		{ M_RT_METASPACE_USED, "metaspace used", h->used[MW_JVM_META] },
		{ M_RT_METASPACE_COMMITTED, "metaspace committed", h->committed[MW_JVM_META] },
	};

	if (!jvm)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		error = set(r, jvm, cells[i].metric, cells[i].what, cells[i].n, h);
		if (error)
			return error;
	}
	return 0;
}
