#include "test.h"

#include "collect/cgroup/mountinfo.h"

#include <errno.h>

/* of a Debian 12 host: memory on v1, v2 beside it */
static const char hybrid[] =
	"22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
	"31 22 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

/* of a Docker container on v1: its own part, read-only, shared; and cpu mounted with cpuacct */
static const char docker[] =
	"610 609 0:29 /docker/4f2a /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:9 - cgroup cgroup "
	"rw,cpu,cpuacct\n"
	"611 609 0:32 /docker/4f2a /sys/fs/cgroup/memory ro,nosuid,nodev,noexec master:12 - cgroup "
	"cgroup rw,memory\n";

TEST(the_memory_hierarchy_is_found_beside_others)
{
	struct mw_mounts m;

	EXPECT_EQ(mw_mounts_scan(slice_of(hybrid), &m), 0);
	EXPECT(m.has_root && m.has_memory && m.has_unified);
	EXPECT_SLICE(m.memory.point, "/sys/fs/cgroup/memory");
	EXPECT_SLICE(m.unified.point, "/sys/fs/cgroup/unified");
	EXPECT_EQ(m.root.major, 254);
	EXPECT_EQ(m.root.minor, 1);
}

TEST(a_container_sees_its_own_part)
{
	struct mw_mounts m;

	EXPECT_EQ(mw_mounts_scan(slice_of(docker), &m), 0);
	EXPECT(m.has_memory && !m.has_unified && !m.has_root);
	EXPECT_SLICE(m.memory.root, "/docker/4f2a");
}

TEST(the_usual_place_and_the_later_mount_win)
{
	struct mw_mounts m;

	EXPECT_EQ(mw_mounts_scan(SLICE("1 0 0:5 /../.. /host/sys/fs/cgroup ro - cgroup2 c rw\n"
				       "2 0 0:5 /old /sys/fs/cgroup rw - cgroup2 c rw\n"
				       "3 0 0:5 / /sys/fs/cgroup rw - cgroup2 c rw\n"
				       "4 0 0:5 /x /mnt rw - cgroup2 c rw\n"),
				 &m),
		  0);
	EXPECT_SLICE(m.unified.point, "/sys/fs/cgroup");
	EXPECT_SLICE(m.unified.root, "/");
}

TEST(escapes_are_bytes_again)
{
	scoped_buf struct buf out = { 0 };

	mw_mount_text(SLICE("/my\\040disk\\134x\\012\\09\\"), &out);
	EXPECT_SLICE(buf_slice(&out), "/my disk\\x\n\\09\\");
}

TEST(an_empty_source_is_no_obstacle)
{
	struct mw_mount m;

	EXPECT(mw_mount_parse(SLICE("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - cgroup  rw,cpu"),
			      &m));
	EXPECT_SLICE(m.options, "rw,cpu");
	EXPECT(!mw_mount_option(m.options, "memory"));
	EXPECT(mw_mount_option(SLICE("rw,memory,cpu"), "memory"));
	EXPECT(!mw_mount_option(SLICE("rw,memory_recursiveprot"), "memory"));
}

TEST(what_is_no_mountinfo_is_said)
{
	struct mw_mounts m;
	struct mw_mount one;

	EXPECT_EQ(mw_mounts_scan(SLICE(""), &m), -EBADMSG);
	EXPECT_EQ(mw_mounts_scan(SLICE("garbage\n\n - - -\n"), &m), -EBADMSG);
	for (size_t cut = 0; cut < 60; cut++)
		EXPECT(!mw_mount_parse((struct slice){ docker, cut }, &one));
	EXPECT(!mw_mount_parse(SLICE("1 2 99999999999999999999:1 / / rw - a b c"), &one));
}
