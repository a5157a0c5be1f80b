#include "meta/volumes.h"
#include "test.h"

#define PODS "/var/lib/kubelet/pods/"

static const char mounts[] =
	"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
	"29 22 0:25 / /run rw,nosuid,nodev shared:2 - tmpfs tmpfs rw,size=804920k,mode=755\n"
	"310 22 0:61 / " PODS "11/volumes/kubernetes.io~projected/kube-api-access-x7n rw,relatime "
	"shared:170 - tmpfs tmpfs rw,size=131072k\n"
	"311 22 0:62 / " PODS "11/volumes/kubernetes.io~empty-dir/cache rw,relatime shared:171 - "
	"tmpfs tmpfs rw,size=65536k\n"
	"312 22 0:63 / /data/kube\\040let/pods/22/volumes/kubernetes.io~secret/a\\040b\\134c rw - tmpfs "
	"tmpfs rw\n"
	"313 311 0:64 / " PODS
	"11/volumes/kubernetes.io~empty-dir/cache rw,relatime - tmpfs tmpfs rw\n"
	"314 22 254:1 /x " PODS "11/volume-subpaths/cache/web/0 rw - tmpfs tmpfs rw\n"
	"315 22 254:1 /x " PODS "33/volumes/kubernetes.io~nfs/share rw - nfs4 server:/x rw\n"
	"316 22 0:65 / " PODS "44/volumes/kubernetes.io~csi/pvc/mount rw - tmpfs tmpfs rw\n"
	"317 22 0:66 / /volumes/kubernetes.io~secret/x rw - tmpfs tmpfs rw\n"
	"318 22 0:67 / " PODS "/volumes/kubernetes.io~secret/x rw - tmpfs tmpfs rw\n"
	"319 22 0:68";

TEST(volumes_among_mounts)
{
	struct mw_volumes v = { 0 };

	EXPECT_EQ(mw_volumes_parse(&v, SLICE(mounts)), 0);
	EXPECT_EQ(v.count, 4);
	EXPECT_STR(v.at[0].path, "data/kube let/pods/22/volumes/kubernetes.io~secret/a b\\c");
	EXPECT_SLICE(v.at[0].uid, "22");
	EXPECT_SLICE(v.at[0].type, "secret");
	EXPECT_SLICE(v.at[0].name, "a b\\c");
	EXPECT_SLICE(v.at[1].name, "cache");
	EXPECT_SLICE(v.at[1].type, "empty-dir");
	EXPECT_SLICE(v.at[2].uid, "11");
	EXPECT_SLICE(v.at[2].type, "projected");
	EXPECT_SLICE(v.at[3].name, "pvc");
	EXPECT_SLICE(v.at[3].type, "csi");
	/* what was found before is gone */
	EXPECT_EQ(mw_volumes_parse(&v, SLICE("")), 0);
	EXPECT_EQ(v.count, 0);
	mw_volumes_release(&v);
}
