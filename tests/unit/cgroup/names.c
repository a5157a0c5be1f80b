/* /proc/PID/cgroup to a group's name in the snapshot. */
#include "test.h"

#include "collect/cgroup/hierarchy.h"

static bool named(int version, const char *root, const char *home, const char *text,
		  struct slice *name)
{
	static struct mw_group_names names;

	names = (struct mw_group_names){ .version = version };
	names.root = slice_of(root);
	names.home = slice_of(home);
	return mw_group_name(&names, slice_of(text), name);
}

TEST(the_memory_line_counts)
{
	struct slice name;

	EXPECT(named(1, "/", "", "9:name=systemd:/i\n4:cpu,memory:/a:b\n0::/x\n", &name));
	EXPECT_SLICE(name, "/a:b");
	EXPECT(named(2, "/", "", "9:name=systemd:/i\n4:memory:/a\n0::/x\n", &name));
	EXPECT_SLICE(name, "/x");
	EXPECT(!named(1, "/", "", "4:memory_x:/a\n0::/x\n", &name));
	EXPECT(!named(0, "/", "", "0::/x\n", &name));
}

TEST(a_mount_of_a_part_cuts_the_path)
{
	struct slice name;

	EXPECT(named(1, "/docker/4f", "", "4:memory:/docker/4f\n", &name));
	EXPECT_SLICE(name, "/");
	EXPECT(named(1, "/docker/4f", "", "4:memory:/docker/4f/sub\n", &name));
	EXPECT_SLICE(name, "/sub");
	EXPECT(!named(1, "/docker/4f", "", "4:memory:/docker/4f2\n", &name));
	EXPECT(!named(1, "/docker/4f", "", "4:memory:/docker\n", &name));
}

/* the host's groups mounted in a container with a namespace of its own, /kube/pod/ctr */
TEST(a_namespace_below_the_mount)
{
	struct slice name;

	EXPECT(named(2, "/../../..", "/kube/pod/ctr", "0::/../../../system\n", &name));
	EXPECT_SLICE(name, "/system");
	EXPECT(named(2, "/../../..", "/kube/pod/ctr", "0::/\n", &name));
	EXPECT_SLICE(name, "/kube/pod/ctr");
	EXPECT(named(2, "/../../..", "/kube/pod/ctr", "0::/x\n", &name));
	EXPECT_SLICE(name, "/kube/pod/ctr/x");
	EXPECT(named(2, "/../../..", "/kube/pod/ctr", "0::/../sibling\n", &name));
	EXPECT_SLICE(name, "/kube/pod/sibling");
	EXPECT(named(2, "/../../..", "/kube/pod/ctr", "0::/../..\n", &name));
	EXPECT_SLICE(name, "/kube");
	EXPECT(!named(2, "/../../..", "", "0::/../sibling\n", &name));
}

TEST(what_the_mount_does_not_show_has_no_name)
{
	struct slice name;

	EXPECT(!named(2, "/", "", "0::/../sibling\n", &name));
	EXPECT(!named(2, "/..", "", "0::/../..\n", &name));
	EXPECT(!named(2, "/", "", "0::\n", &name));
	EXPECT(!named(2, "/", "", "0:", &name));
	EXPECT(!named(2, "/", "", "", &name));
}
