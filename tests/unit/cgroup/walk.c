/* The collector on trees made for the purpose: ordinary directories, as a capture unpacks to. */
#include "test.h"
#include "tree.h"

#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>

static struct mw_snapshot *sweep(uint32_t want)
{
	struct mw_source *source;
	struct mw_snapshot *s;

	EXPECT_EQ(mw_source_live(top, &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, want, &s), 0);
	mw_source_free(source);
	return s;
}

static struct mw_num of(const struct mw_snapshot *s, const char *group, enum mw_metric metric)
{
	struct mw_entity *e = mw_snapshot_by_name(s, MW_CGROUP, slice_of(group));

	EXPECT(e != NULL);
	return mw_get(e, metric);
}

static const struct mw_problem *only_problem(const struct mw_snapshot *s)
{
	const struct mw_problem *problems;

	EXPECT_EQ(mw_snapshot_problems(s, &problems), 1);
	return problems;
}

TEST(without_groups_there_are_none)
{
	struct mw_snapshot *s;

	make_tree();
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP), "none");
	EXPECT_EQ(mw_snapshot_count(s, MW_CGROUP), 0);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(v1_unlimited_is_not_a_number)
{
	struct mw_snapshot *s;

	make_tree();
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 8192\nrss 1\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "18446744073709551615\n");
	put("sys/fs/cgroup/memory/memory.use_hierarchy", "1\n");
	put("sys/fs/cgroup/memory/a/memory.stat", "hierarchical_memory_limit 67108864\n");
	put("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4611686018427387903\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP), "v1");
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP_MOUNT), "sys/fs/cgroup/memory");
	EXPECT_EQ(of(s, "/", M_CG_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(of(s, "/", M_CG_MEMSW_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(of(s, "/", M_CG_FILE).v, 8192);
	EXPECT_EQ(of(s, "/a", M_CG_LIMIT).v, 4611686018427387903);
	EXPECT_EQ(of(s, "/a", M_CG_USE_HIERARCHY).v, 1);
	EXPECT_EQ(of(s, "/a", M_CG_HIERARCHICAL_LIMIT).v, 67108864);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(v2_kernel_memory_before_5_18_is_added_up)
{
	struct mw_snapshot *s;

	make_tree();
	put("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
	put("sys/fs/cgroup/cgroup.procs", "1\n2\n30");
	put("sys/fs/cgroup/a/cgroup.procs", "");
	put("sys/fs/cgroup/a/memory.stat",
	    "kernel_stack 16384\npercpu 100\nslab_reclaimable 5\nslab 4096\nsock 9\n");
	put("sys/fs/cgroup/a/memory.max", "max\n");
	put("sys/fs/cgroup/a/memory.high", "0\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP), "v2");
	EXPECT_EQ(of(s, "/", M_CG_PROCESSES).v, 3);
	EXPECT_EQ(of(s, "/", M_CG_USAGE).state, MW_ABSENT);
	EXPECT_EQ(of(s, "/a", M_CG_KERNEL).v, 16384 + 100 + 4096);
	EXPECT_EQ(of(s, "/a", M_CG_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(of(s, "/a", M_CG_HIGH).state, MW_OK);
	EXPECT_EQ(of(s, "/a", M_CG_HIGH).v, 0);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(a_hierarchy_without_the_memory_controller)
{
	struct mw_snapshot *s;

	make_tree();
	put("proc/self/mountinfo", "35 25 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put("sys/fs/cgroup/cgroup.controllers", "cpu pids\n");
	put("sys/fs/cgroup/cgroup.procs", "1\n");
	put("sys/fs/cgroup/a/cgroup.procs", "7\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP), "none");
	EXPECT_EQ(of(s, "/a", M_CG_PROCESSES).v, 1);
	EXPECT_EQ(of(s, "/a", M_CG_USAGE).state, MW_ABSENT);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(a_mount_at_another_place_with_a_blank)
{
	struct mw_snapshot *s;

	make_tree();
	put("proc/1/mountinfo",
	    "35 25 0:32 /docker/4f /mem\\040ory ro - cgroup cgroup ro,memory\n");
	put("mem ory/memory.stat", "total_rss 4096\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP_MOUNT), "mem ory");
	EXPECT_STR(mw_get_text(mw_snapshot_node(s), M_CGROUP_ROOT), "/docker/4f");
	EXPECT_EQ(of(s, "/", M_CG_ANON).v, 4096);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(garbled_text_spoils_its_cell_and_names_the_file)
{
	struct mw_snapshot *s;

	make_tree();
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 8192\ntotal_rss x\ntotal_shmem 1\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "4096\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_EQ(of(s, "/", M_CG_ANON).state, MW_MALFORMED);
	EXPECT_EQ(of(s, "/", M_CG_SHMEM).v, 1);
	EXPECT_STR(only_problem(s)->path, "sys/fs/cgroup/memory/memory.stat");
	EXPECT_EQ(only_problem(s)->line, 2);
	EXPECT_EQ(only_problem(s)->error, EBADMSG);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(a_group_that_is_being_removed_is_no_problem)
{
	const struct mw_problem *problems;
	struct mw_snapshot *s;

	make_tree();
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 8192\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "4096\n");
	put("sys/fs/cgroup/memory/gone/memory.stat", "total_cache 4096\n");
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_EQ(of(s, "/gone", M_CG_FILE).v, 4096);
	EXPECT_EQ(of(s, "/gone", M_CG_USAGE).state, MW_VANISHED);
	EXPECT_EQ(of(s, "/", M_CG_USAGE).state, MW_ABSENT);
	EXPECT_EQ(mw_snapshot_problems(s, &problems), 0);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(names_of_any_bytes_and_length)
{
	static const char odd[] = "\x1b[31mred\x1b[0m\xff\n; rm -rf $(x) \xe4\xb8\xad";
	char path[1024], longest[256];
	struct mw_snapshot *s;

	make_tree();
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 1\n");
	snprintf(path, sizeof(path), "sys/fs/cgroup/memory/%s/memory.stat", odd);
	put(path, "total_cache 2\n");
	memset(longest, 'n', 255);
	longest[255] = '\0';
	snprintf(path, sizeof(path), "sys/fs/cgroup/memory/%s/%s/memory.stat", longest, longest);
	put(path, "total_cache 3\n");
	s = sweep(MW_WANT_CGROUPS);
	snprintf(path, sizeof(path), "/%s", odd);
	EXPECT_EQ(of(s, path, M_CG_FILE).v, 2);
	snprintf(path, sizeof(path), "/%s/%s", longest, longest);
	EXPECT_EQ(of(s, path, M_CG_FILE).v, 3);
	EXPECT_STR(mw_snapshot_by_name(s, MW_CGROUP, slice_of(path))->parent->parent->name, "/");
	mw_snapshot_free(s);
	remove_tree();
}

TEST(nesting_is_bounded)
{
	struct mw_snapshot *s;
	int at;

	make_tree();
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 1\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1\n");
	at = open(top, O_RDONLY | O_DIRECTORY);
	EXPECT(at >= 0 && !fchdir(at) && !chdir("sys/fs/cgroup/memory"));
	for (int i = 0; i < 300; i++)
		EXPECT(!mkdir("d", 0755) && !chdir("d"));
	close(at);
	EXPECT(!chdir("/"));
	s = sweep(MW_WANT_CGROUPS);
	EXPECT_EQ(mw_snapshot_count(s, MW_CGROUP), 257);
	EXPECT_EQ(only_problem(s)->error, ELOOP);
	mw_snapshot_free(s);
	remove_tree();
}

TEST(details_of_one_group)
{
	struct mw_source *source;
	struct mw_snapshot *s;
	struct mw_entity *a;

	make_tree();
	put("sys/fs/cgroup/cgroup.controllers", "memory\n");
	put("sys/fs/cgroup/cgroup.procs", "1\n");
	put("sys/fs/cgroup/a/cgroup.procs", "");
	put("sys/fs/cgroup/a/cgroup.type", "domain threaded\n");
	put("sys/fs/cgroup/a/memory.reclaim", "");
	put("sys/fs/cgroup/a/memory.stat", "anon 4096\n");
	put("sys/fs/cgroup/a/memory.numa_stat", "anon N0=4096\n");
	put("sys/fs/cgroup/a/memory.events", "max 3\n");
	put("sys/fs/cgroup/a/memory.events.local", "max 2\n");
	EXPECT_EQ(mw_source_live(top, &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CGROUPS, &s), 0);
	a = mw_snapshot_by_name(s, MW_CGROUP, SLICE("/a"));
	EXPECT_EQ(mw_get(a, M_CG_LOCAL_EVENTS_MAX).state, MW_ABSENT);
	EXPECT_EQ(mw_engine_open_cgroup(source, s, a), 0);
	EXPECT_EQ(mw_get(a, M_CG_LOCAL_EVENTS_MAX).v, 2);
	EXPECT_EQ(mw_get(a, M_CG_EVENTS_MAX).v, 3);
	EXPECT_EQ(mw_get(a, M_CG_CAN_RECLAIM).v, 1);
	EXPECT_STR(mw_get_text(a, M_CG_TYPE), "domain threaded");
	EXPECT_EQ(mw_snapshot_count(s, MW_CGROUP_NUMA), 1);
	remove_tree();
	EXPECT_EQ(mw_engine_open_cgroup(source, s, a), -ENOENT);
	mw_snapshot_free(s);
	mw_source_free(source);
}

TEST(any_call_may_fail)
{
	static const int errors[] = { ENOENT, EACCES, ENODEV, EIO, EMFILE };
	static const uint32_t want = MW_WANT_CGROUPS | MW_WANT_CGROUP_DETAIL;

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		for (uint64_t nth = 1, calls = 1; nth <= calls; nth++) {
			scoped_source struct mw_source *source = NULL;
			struct mw_snapshot *s;

			EXPECT_EQ(mw_source_faulty(fixture("cadvisor-v2-guest"), nth, errors[i],
						   &source),
				  0);
			EXPECT_EQ(mw_engine_sweep(source, want, &s), 0);
			EXPECT_EQ(mw_engine_finish(s), 0);
			calls = mw_source_faulty_calls(source);
			mw_snapshot_free(s);
		}
}
