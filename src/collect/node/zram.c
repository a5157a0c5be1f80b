/* /sys/block/zram*: compressed RAM disks. Needs no privilege; about 20 us a device. */
#include "base/scoped.h"
#include "collect/node/node.h"

#include <errno.h>
#include <stdio.h>

static const enum mw_metric mm_stat[] = {
	M_ZR_ORIG_DATA_SIZE,  M_ZR_COMPR_DATA_SIZE, M_ZR_MEM_USED_TOTAL,
	M_ZR_MEM_LIMIT,       M_ZR_MEM_USED_MAX,    M_ZR_SAME_PAGES,
	M_ZR_PAGES_COMPACTED, M_ZR_HUGE_PAGES,      M_ZR_HUGE_PAGES_SINCE,
};
static const enum mw_metric io_stat[] = { M_ZR_FAILED_READS, M_ZR_FAILED_WRITES, M_ZR_INVALID_IO,
					  M_ZR_NOTIFY_FREE };

enum {
	MM_STATS = sizeof(mm_stat) / sizeof(*mm_stat),
	IO_STATS = sizeof(io_stat) / sizeof(*io_stat)
};

static int read_columns(struct mw_collect *c, const char *device, const char *file,
			struct mw_entity *e, const enum mw_metric *metrics, size_t count)
{
	char path[128];
	int error;

	snprintf(path, sizeof(path), "%s/%s", device, file);
	error = mw_collect_read_record(c, path);
	if (error) {
		mw_node_state(e, file, mw_state_of(error));
		return error;
	}
	error = mw_parse_columns(buf_slice(&c->text), mw_snapshot_machine(c->snapshot)->page_size,
				 e, metrics, count);
	if (error)
		mw_snapshot_problem(c->snapshot, slice_of(path), 1, error, "numbers");
	return error;
}

/* A file for each number (before Linux 4.1). */
static void read_old(struct mw_collect *c, const char *device, struct mw_entity *e)
{
	static const char *const files[] = { "orig_data_size", "compr_data_size",
					     "mem_used_total" };
	struct mw_dir root = mw_root(c->source);
	scoped_dir struct mw_dir dir = { 0 };

	if (mw_open(&root, device, &dir))
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		mw_collect_value(c, &dir, device, files[i], e, mm_stat[i]);
}

static struct mw_entity *read_device(struct mw_collect *c, uint64_t number)
{
	char device[64];
	struct mw_entity *e;

	snprintf(device, sizeof(device), "sys/block/zram%llu", (unsigned long long)number);
	e = mw_snapshot_add(c->snapshot, MW_ZRAM, NULL, slice_last(slice_of(device), '/'), number,
			    0);
	if (!e)
		return NULL;
	mw_node_directory(c, device, e, M_ZR_DISKSIZE, M_ZR_COMP_ALGORITHM + 1);
	if (read_columns(c, device, "mm_stat", e, mm_stat, MM_STATS) == -ENOENT)
		read_old(c, device, e);
	read_columns(c, device, "io_stat", e, io_stat, IO_STATS);
	if (mw_get(e, M_ZR_MEM_LIMIT).state == MW_OK && !mw_get(e, M_ZR_MEM_LIMIT).v)
		mw_set_state(e, M_ZR_MEM_LIMIT, MW_UNLIMITED);
	return e;
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	uint64_t numbers[MW_NUMBERS_MAX], used = 0;
	enum mw_state state = MW_OK;
	size_t count;
	int error = mw_node_numbers(c, "sys/block", "zram", "", numbers, &count);

	if (error) {
		mw_set_state(node, M_ZRAM_USED, mw_state_of(error));
		return error;
	}
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *e = read_device(c, numbers[i]);
		struct mw_num taken;

		if (!e)
			return -ENOMEM;
		taken = mw_get(e, M_ZR_MEM_USED_TOTAL);
		if (taken.state != MW_OK)
			state = taken.state;
		else if (__builtin_add_overflow(used, taken.v, &used))
			state = MW_MALFORMED;
	}
	mw_set(node, M_ZRAM_USED, used);
	mw_set_state(node, M_ZRAM_USED, state);
	return 0;
}

const struct mw_collector mw_collect_zram = {
	.name = "zram",
	.want = MW_WANT_NODE,
	.collect = collect,
};
