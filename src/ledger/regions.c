#include "ledger/regions.h"

#include <stdlib.h>

/* glibc puts one page below a thread's stack that nobody may touch, runtimes up to some hundred KiB
 * more; what is larger is the unused rest of a malloc arena, which begin at multiples of 64 MiB. No
 * stack is smaller than PTHREAD_STACK_MIN. Other allocators use guards, too. */
enum { GUARD_MAX = 1 << 20, ARENA_SIZE = 64 << 20, STACK_MIN = 16 << 10 };

/* HotSpot's heap begins at a whole MiB and is at least 8 MiB large (gc/shared/genArguments.cpp). */
enum { JAVA_HEAP_ALIGNMENT = 1 << 20, JAVA_HEAP_MIN = 8 << 20 };

/* Compressed references reach so far, and little else lies there. */
#define JAVA_HEAP_BELOW ((uint64_t)32 << 30)

static bool has_perms(const struct mw_entity *region, const char *perms)
{
	const char *got = mw_get_text(region, M_R_PERMS);

	return got && !strcmp(got, perms);
}

static bool thread_stack(const struct mw_entity *region, const struct mw_entity *before)
{
	if (!strncmp(region->name, "[stack:", 7))
		return true;
	/* a pasted pmap does not tell how many threads there are */
	return before && mw_get_or(region->parent, M_P_THREADS, 2) > 1 &&
	       mw_get_or(region, M_R_SIZE, 0) >= STACK_MIN && !*region->name && !*before->name &&
	       has_perms(region, "rw-p") && has_perms(before, "---p") &&
	       mw_get_or(before, M_R_END, 0) == region->id &&
	       mw_get_or(before, M_R_SIZE, UINT64_MAX) <= GUARD_MAX && region->id % ARENA_SIZE;
}

/* A path, or the last part of it, which is all that a pasted pmap has; other names are "[vdso]" and
 * "anon_inode:[perf_event]". */
static bool is_file(const struct mw_entity *region)
{
	return *region->name && (*region->name == '/' || !strchr(region->name, '['));
}

/* Class data archives hold objects that are mapped into the heap. */
static bool is_heap_piece(const struct mw_entity *region)
{
	const char *perms = mw_get_text(region, M_R_PERMS);

	if (slice_ends(slice_of(region->name), ".jsa"))
		return true;
	return !*region->name && !mw_get_or(region, M_R_INODE, 0) && perms && strlen(perms) > 3 &&
	       perms[3] != 's';
}

/* The gapless run of such mappings from `row` on, up to `most` bytes (0 = as far as it goes). @return
 * false when their resident sizes are not known */
static bool measure_run(const struct mw_snapshot *s, size_t row, uint64_t most,
			struct mw_heap_range *out)
{
	const struct mw_entity *first = mw_snapshot_at(s, MW_REGION, row);
	struct mw_heap_range run = { .begin = first->id, .end = first->id };

	for (; row < mw_snapshot_count(s, MW_REGION); row++) {
		const struct mw_entity *e = mw_snapshot_at(s, MW_REGION, row);

		if (e->parent != first->parent || e->id != run.end || !is_heap_piece(e) ||
		    (most && run.end - run.begin >= most))
			break;
		if (mw_get(e, M_R_RSS).state != MW_OK)
			return false;
		run.resident += mw_get_or(e, M_R_RSS, 0);
		run.end = e->id + mw_get_or(e, M_R_SIZE, 0);
	}
	*out = run;
	return true;
}

bool mw_java_heap(const struct mw_snapshot *s, const struct mw_entity *process, struct mw_num max,
		  struct mw_heap_range *out)
{
	bool known = max.state == MW_OK, found = false;
	/* the JVM may round a given size down */
	uint64_t least = known ? max.v - max.v / 64 : JAVA_HEAP_MIN;
	struct mw_heap_range run = { 0 }, best = { 0 };
	const struct mw_entity *e;

	mw_for_each (e, s, MW_REGION) {
		if (e->parent != process || e->id < run.end || e->id % JAVA_HEAP_ALIGNMENT ||
		    !is_heap_piece(e) || (!known && e->id >= JAVA_HEAP_BELOW))
			continue;
		if (!measure_run(s, row_e, known ? max.v : 0, &run))
			return false;
		if (run.end - run.begin < least)
			continue;
		best = run;
		found = true;
		if (known)
			break;
		least = run.end - run.begin + 1;
	}
	if (found)
		*out = best;
	return found;
}

/* As the ceiling its runtime's row has, if there is one. */
static struct mw_heap_range find_java_heap(const struct mw_snapshot *s,
					   const struct mw_entity *process)
{
	const struct mw_entity *runtime = mw_snapshot_by_id(s, MW_RUNTIME, process->id);
	struct mw_num max = runtime ? mw_get(runtime, M_RT_HEAP_MAX)
				    : (struct mw_num){ 0, MW_ABSENT };
	const char *comm = mw_get_text(process, M_P_COMM);
	struct mw_heap_range heap = { 0 };

	if (comm && !strcmp(comm, "java"))
		mw_java_heap(s, process, max, &heap);
	return heap;
}

/* What a mapping's anonymous pages are. */
static enum mw_region_class class_of_anon(const struct mw_entity *region,
					  const struct mw_entity *before, struct mw_heap_range java)
{
	if (region->id >= java.begin && region->id < java.end)
		return MW_JAVA_HEAP;
	if (!strcmp(region->name, "[heap]"))
		return MW_HEAP;
	if (!strcmp(region->name, "[stack]"))
		return MW_MAIN_STACK;
	if (thread_stack(region, before))
		return MW_THREAD_STACK;
	return is_file(region) ? MW_FILE_COPY : MW_ANON_MAPPING;
}

/* What its other pages are. */
static enum mw_region_class class_of_rest(const struct mw_entity *region)
{
	if (mw_get_or(region, M_R_SHMEM, 0))
		return MW_SHMEM_PAGES;
	return is_file(region) ? MW_FILE_PAGES : MW_KERNEL_PAGES;
}

static const char *name_of(struct arena *a, const struct mw_entity *region)
{
	const char *perms = mw_get_text(region, M_R_PERMS);

	if (*region->name)
		return region->name;
	return arena_printf(a, "%llx-%llx %s", (unsigned long long)region->id,
			    (unsigned long long)mw_get_or(region, M_R_END, 0), perms ? perms : "");
}

static int by_name(const void *left, const void *right)
{
	const struct mw_region_sum *a = left, *b = right;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_size(const void *left, const void *right)
{
	const struct mw_region_sum *a = left, *b = right;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The pages of one mapping: up to two sums. @return how many, or -1 when out of memory */
static int split(struct arena *a, const struct mw_entity *region, const struct mw_entity *before,
		 struct mw_heap_range java, struct mw_region_sum *out)
{
	uint64_t rss = mw_get_or(region, M_R_RSS, 0);
	uint64_t anon = mw_get_or(region, M_R_ANONYMOUS, 0);
	const char *name = rss ? name_of(a, region) : "";
	int count = 0;

	if (!name)
		return -1;
	anon = anon < rss ? anon : rss;
	if (anon)
		out[count++] = (struct mw_region_sum){ class_of_anon(region, before, java), name,
						       anon, 1 };
	if (rss > anon)
		out[count++] = (struct mw_region_sum){ class_of_rest(region), name, rss - anon, 1 };
	return count;
}

static size_t merge(struct mw_region_sum *sums, size_t count)
{
	size_t kept = 0;

	qsort(sums, count, sizeof(*sums), by_name);
	for (size_t i = 0; i < count; i++) {
		if (kept && !by_name(&sums[kept - 1], &sums[i])) {
			sums[kept - 1].bytes += sums[i].bytes;
			sums[kept - 1].mappings++;
		} else {
			sums[kept++] = sums[i];
		}
	}
	qsort(sums, kept, sizeof(*sums), by_size);
	return kept;
}

size_t mw_regions_sum(struct arena *a, const struct mw_snapshot *s, const struct mw_entity *process,
		      struct mw_region_sum **out)
{
	size_t rows = mw_snapshot_count(s, MW_REGION), count = 0;
	struct mw_region_sum *sums = arena_array(a, 2 * rows, sizeof(*sums));
	const struct mw_entity *region, *before = NULL;
	struct mw_heap_range java = find_java_heap(s, process);

	if (!sums || !rows)
		return 0;
	mw_for_each (region, s, MW_REGION) {
		int parts;

		if (region->parent != process)
			continue;
		parts = split(a, region, before, java, sums + count);
		if (parts < 0)
			return 0;
		count += (size_t)parts;
		before = region;
	}
	*out = sums;
	return merge(sums, count);
}
