/* One process' mappings: smaps, mountinfo, numa_maps. */
#include "base/scoped.h"
#include "collect/cgroup/mountinfo.h"
#include "collect/process/process.h"
#include "collect/process/smaps.h"

#include <errno.h>

/* The kernel's own tmpfs has no mount point: these are the names it gives its files. */
static const char *const shmem_names[] = { "/memfd:", "/SYSV", "/dev/zero (deleted)",
					   "[anon_shmem:" };

static bool shmem_name(const struct mw_entity *region)
{
	for (size_t i = 0; i < sizeof(shmem_names) / sizeof(*shmem_names); i++)
		if (slice_begins(slice_of(region->name), shmem_names[i]))
			return true;
	return false;
}

/* The devices of all tmpfs mounts that the process sees, as uint64_t. */
static void tmpfs_devices(struct mw_collect *c, const struct mw_dir *dir, struct buf *out)
{
	struct slice text, line;
	struct mw_mount mount;

	if (mw_read(dir, "mountinfo", &c->text))
		return;
	text = buf_slice(&c->text);
	while (slice_line(&text, &line)) {
		uint64_t device;

		if (!mw_mount_parse(line, &mount) ||
		    !(slice_is(mount.type, "tmpfs") || slice_is(mount.type, "devtmpfs")))
			continue;
		device = mount.major << 20 | mount.minor;
		buf_add(out, (struct slice){ (const char *)&device, sizeof(device) });
	}
}

static void mark_shmem(struct mw_collect *c, const struct mw_dir *dir, size_t first)
{
	scoped_buf struct buf devices = { 0 };
	size_t count;

	tmpfs_devices(c, dir, &devices);
	count = devices.len / sizeof(uint64_t);
	for (size_t row = first; row < mw_snapshot_count(c->snapshot, MW_REGION); row++) {
		struct mw_entity *e = mw_snapshot_at(c->snapshot, MW_REGION, row);
		uint64_t device = mw_get_or(e, M_R_DEVICE, 0), shmem = shmem_name(e);

		if (!shmem && mw_get_or(e, M_R_INODE, 0))
			for (size_t i = 0; i < count && !shmem; i++)
				shmem = ((const uint64_t *)(const void *)devices.at)[i] == device;
		mw_set(e, M_R_SHMEM, shmem);
	}
}

static void read_numa(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir,
		      size_t first)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_parse_error at = { 0 };
	struct mw_stat st;
	int error;

	/* walks the page tables once more: only where there is something to tell */
	if (mw_stat(&root, "sys/devices/system/node/node1", &st))
		return;
	error = mw_read(dir, "numa_maps", &c->text);
	if (!error)
		error = mw_numa_maps_parse(buf_slice(&c->text), c->snapshot, first, &at);
	if (error && error != -ENOENT)
		mw_process_problem(c, process->id, "numa_maps", at.line, error, at.what);
}

static void sizes_state(struct mw_snapshot *s, size_t first, enum mw_state state)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "smaps");
	for (size_t row = first; row < mw_snapshot_count(s, MW_REGION); row++)
		for (size_t i = 0; i < keyed.count; i++)
			mw_set_state(mw_snapshot_at(s, MW_REGION, row), keyed.places[i]->metric,
				     state);
}

int mw_process_read_regions(struct mw_collect *c, struct mw_entity *process,
			    const struct mw_dir *dir, bool cheap)
{
	size_t first = mw_snapshot_count(c->snapshot, MW_REGION);
	const char *file = cheap ? "maps" : "smaps";
	int error = mw_read(dir, file, &c->text);
	enum mw_state lost = cheap ? MW_SKIPPED : MW_OK;
	struct mw_parse_error at = { 0 };
	int cut;

	if (error && error != -EFBIG && !cheap) {
		lost = mw_process_lost(c, process->id, file, error);
		error = mw_read(dir, file = "maps", &c->text);
	}
	/* past the buffer's limit: what was read still counts, and the problem says that it is cut
	 */
	if (error && error != -EFBIG) {
		mw_process_lost(c, process->id, file, error);
		return error;
	}
	cut = error;
	error = mw_smaps_parse(buf_slice(&c->text), c->snapshot, process, &at);
	if (error == -ENOMEM)
		return error;
	if (cut || error)
		mw_process_problem(c, process->id, file, cut ? 0 : at.line, cut ? cut : error,
				   cut ? N_("more mappings than fit") : at.what);
	if (!error && !cut && lost == MW_OK && mw_get(process, M_P_PSS).state != MW_OK)
		error = mw_smaps_total(buf_slice(&c->text), process, &at);
	if (lost != MW_OK)
		sizes_state(c->snapshot, first, lost);
	mark_shmem(c, dir, first);
	if (lost == MW_OK)
		read_numa(c, process, dir, first);
	return cut ? cut : error;
}
