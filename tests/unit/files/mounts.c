#include "test.h"

#include "collect/files/mounts.h"

#include <errno.h>

enum { MOST = 40000 };

#define DEVICE(major, minor) ((uint64_t)(major) << 20 | (minor))

/* of a virtual machine, where /dev/shm was mounted twice and a part of the disk a second time */
static const char host[] =
	"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
	"24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,mode=755\n"
	"25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k\n"
	"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
	"30 25 0:27 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k\n"
	"44 27 254:0 /srv/data\\040one /mnt/data rw,relatime - ext4 /dev/vda rw,discard\n"
	"45 27 0:33 / /mnt rw,relatime - tmpfs none rw\n"
	"46 27 0:34 /sub /opt rw,relatime - btrfs /dev/vdb rw\n";

/* of a container of containerd: its overlay, and a volume from the machine's disk */
static const char container[] =
	"812 701 0:61 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/containerd/snapshots/9/fs"
	":/var/lib/containerd/snapshots/8/fs,upperdir=/var/lib/containerd/snapshots/12/fs,"
	"workdir=/var/lib/containerd/snapshots/12/work\n"
	"813 812 0:62 / /proc rw - proc proc rw\n"
	"820 812 254:0 /var/lib/kubelet/pods/1/volumes/logs /var/log/app rw,relatime - ext4 /dev/vda rw\n"
	"821 812 0:70 / /dev/shm rw - tmpfs shm rw,size=65536k\n";

static void expect_seen(const char *text, uint64_t device, const char *inside, const char *wanted)
{
	scoped_buf struct buf out = { 0 };
	struct mw_seen_list list;

	EXPECT_EQ(mw_seen_parse(slice_of(text), MOST, &list), 0);
	buf_puts(&out, "before ");
	EXPECT_EQ(mw_seen_find(&list, device, slice_of(inside), &out), wanted != NULL);
	EXPECT_STR(out.at, wanted ? wanted : "before ");
	mw_seen_release(&list);
}

static void expect_overlay(const char *text, const char *real, const char *wanted)
{
	scoped_buf struct buf out = { 0 };
	struct mw_seen_list list;

	EXPECT_EQ(mw_seen_parse(slice_of(text), MOST, &list), 0);
	EXPECT_EQ(mw_seen_overlay(&list, slice_of(real), &out), wanted != NULL);
	if (wanted)
		EXPECT_SLICE(buf_slice(&out), wanted);
	mw_seen_release(&list);
}

TEST(the_mount_of_the_whole_file_system_is_preferred)
{
	expect_seen(host, DEVICE(254, 0), "/srv/data one/a", "before /srv/data one/a");
	expect_seen(host, DEVICE(254, 0), "/", "before /");
}

TEST(a_part_of_a_file_system_shows_only_that)
{
	expect_seen(host, DEVICE(0, 34), "/sub/a", "before /opt/a");
	expect_seen(host, DEVICE(0, 34), "/subway/a", NULL);
	expect_seen(host, DEVICE(0, 34), "/sub", "before /opt");
	expect_seen(container, DEVICE(254, 0), "/var/lib/kubelet/pods/1/volumes/logs/app.log",
		    "before /var/log/app/app.log");
	expect_seen(container, DEVICE(254, 0), "/etc/shadow", NULL);
}

TEST(what_another_mount_hides_is_not_seen)
{
	expect_seen(host, DEVICE(0, 23), "/a", NULL);
	expect_seen(host, DEVICE(0, 27), "/a", "before /dev/shm/a");
	expect_seen(host, DEVICE(254, 0), "/mnt/a", NULL);
	/* hidden through the mount below it */
	expect_seen("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /mnt/deep rw - ext4 b rw\n"
		    "3 1 8:3 / /mnt rw - ext4 c rw\n",
		    DEVICE(8, 2), "/a", NULL);
}

TEST(mounts_that_stand_on_each_other_end)
{
	expect_seen("1 2 8:1 / /a rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n", DEVICE(8, 2),
		    "/x", NULL);
}

TEST(a_file_of_a_layer_is_found_in_the_container)
{
	expect_overlay(container, "/var/lib/containerd/snapshots/12/fs/tmp/a", "/tmp/a");
	expect_overlay(container, "/var/lib/containerd/snapshots/8/fs/lib/libc.so.6",
		       "/lib/libc.so.6");
	expect_overlay(container, "/var/lib/containerd/snapshots/12/work/a", NULL);
	expect_overlay(container, "/var/lib/containerd/snapshots/123/fs/a", NULL);
	/* a volume is mounted over it */
	expect_overlay(container, "/var/lib/containerd/snapshots/12/fs/var/log/app/a", NULL);
	expect_overlay(host, "/var/lib/containerd/snapshots/12/fs/tmp/a", NULL);
}

TEST(layers_are_written_in_several_ways)
{
	expect_overlay(
		"1 0 0:9 / / rw - overlay o rw,lowerdir=l/AB:l/CD,upperdir=77/diff,workdir=77/work\n",
		"/var/lib/docker/overlay2/77/diff/etc/hosts", "/etc/hosts");
	expect_overlay(
		"1 0 0:9 / /m rw - overlay o rw,lowerdir+=/a\\054b,lowerdir+=/c\\:d,upperdir=/u\n",
		"/c:d/x", "/m/x");
	expect_overlay(
		"1 0 0:9 / /m rw - overlay o rw,lowerdir+=/a\\054b,lowerdir+=/c\\:d,upperdir=/u\n",
		"/a,b/x", "/m/x");
	expect_overlay("1 0 0:9 /part /m rw - overlay o rw,lowerdir=/low,upperdir=/up\n",
		       "/up/part/x", "/m/x");
	expect_overlay("1 0 0:9 /part /m rw - overlay o rw,lowerdir=/low,upperdir=/up\n", "/up/x",
		       NULL);
	/* a single word could be any folder */
	expect_overlay("1 0 0:9 / /m rw - overlay o rw,lowerdir=low,upperdir=up\n", "/x/up/y",
		       NULL);
}

TEST(garbage_is_no_mount)
{
	struct mw_seen_list list = { .count = 7 };

	EXPECT_EQ(mw_seen_parse(SLICE(""), MOST, &list), -EBADMSG);
	EXPECT_EQ(mw_seen_parse(SLICE("36 35 98 / /mnt\n"), MOST, &list), -EBADMSG);
	EXPECT_EQ(mw_seen_parse(SLICE("99999999999999999999 1 8:1 / / rw - ext4 a rw\n"), MOST,
				&list),
		  -EBADMSG);
	EXPECT_EQ(list.count, 7);
	for (size_t len = 0; len < sizeof(container) - 1; len += 7) {
		if (!mw_seen_parse((struct slice){ container, len }, MOST, &list))
			mw_seen_release(&list);
		list.count = 7;
	}
}

/* Each of them shows the file but for what is mounted on it, and stands on what the last one hides. */
TEST(thousands_of_mounts_are_no_trouble)
{
	enum { MANY = 20000 };
	scoped_buf struct buf text = { 0 }, out = { 0 };
	struct mw_seen_list list;

	buf_puts(&text, "1 0 8:1 / / rw - ext4 a rw\n");
	for (unsigned i = 2; i < MANY; i++)
		buf_printf(&text, "%u %u 8:2 / /a rw - ext4 b rw\n", i, i - 1);
	EXPECT_EQ(mw_seen_parse(buf_slice(&text), MANY, &list), 0);
	EXPECT(!list.cut);
	for (int i = 0; i < 100; i++) {
		buf_clear(&out);
		mw_seen_find(&list, DEVICE(8, 2), SLICE("/x"), &out);
	}
	mw_seen_release(&list);
	EXPECT_EQ(mw_seen_parse(buf_slice(&text), 1000, &list), 0);
	EXPECT_EQ(list.count, 1000);
	EXPECT(list.cut);
	EXPECT(mw_seen_find(&list, DEVICE(8, 1), SLICE("/x"), &out));
	mw_seen_release(&list);
}
