/* Whether memwhy is in a container: trees that look like one, and those that merely seem to. */
#include "test.h"
#include "tree.h"

#include "collect/cgroup/inside.h"
#include "engine/engine.h"

/* As Docker 20.10 mounts them, cgroup v1 of the host and cgroup v2. */
#define DOCKER_ID  "55150e0c9c3b7e3a6c0b5a0f4f3c6d1b8a9e2d7c6b5a4f3e2d1c0b9a8f7e6d5c"
#define DOCKER_SUM "510 509 0:44 / / rw,relatime master:190 - overlay overlay rw,lowerdir=/l\n"
#define DOCKER_FILES                                                     \
	"528 510 254:0 /var/lib/docker/containers/" DOCKER_ID            \
	"/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw\n" \
	"529 510 254:0 /var/lib/docker/containers/" DOCKER_ID            \
	"/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw\n"
#define V1_PART                                                                        \
	"520 514 0:32 /docker/" DOCKER_ID " /sys/fs/cgroup/memory ro,nosuid - cgroup " \
	"cgroup rw,memory\n"
#define V1_WHOLE "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
#define V2_WHOLE "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
#define POD_UID  "0b1f7a52-9d3c-4c0e-8a6b-2f5d1c7e9a44"
#define POD_FILES                                                                          \
	"900 880 8:1 /var/lib/kubelet/pods/" POD_UID                                       \
	"/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw\n"                          \
	"901 880 8:1 /var/lib/kubelet/pods/" POD_UID                                       \
	"/containers/java/5f0c4e1a /dev/termination-log rw,relatime - ext4 /dev/sda1 rw\n" \
	"902 880 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" DOCKER_ID   \
	"/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw\n"

static void namespaces(const char *pid, const char *cgroup)
{
	put_link("proc/self/ns/pid", pid);
	put_link("proc/self/ns/cgroup", cgroup);
	put("proc/self/status", "Name:\tmemwhy\nNSpid:\t7\n");
}

static void first_namespaces(void)
{
	namespaces("pid:[4026531836]", "cgroup:[4026531835]");
}

static void own_namespaces(void)
{
	namespaces("pid:[4026532301]", "cgroup:[4026532305]");
}

static void v1(void)
{
	put("sys/fs/cgroup/memory/memory.stat", "total_cache 8192\n");
	put("sys/fs/cgroup/memory/cgroup.procs", "1\n");
}

static void v2(void)
{
	put("sys/fs/cgroup/cgroup.controllers", "memory\n");
	put("sys/fs/cgroup/cgroup.procs", "1\n");
}

static struct mw_snapshot *sweep(void)
{
	struct mw_source *source;
	struct mw_snapshot *s;

	EXPECT_EQ(mw_source_live(top, &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CGROUPS, &s), 0);
	mw_source_free(source);
	return s;
}

static void expect_text(const struct mw_snapshot *s, enum mw_metric metric, const char *wanted)
{
	const char *got = mw_get_text(mw_snapshot_node(s), metric);

	EXPECT_STR(got ? got : "none", wanted);
}

/* Sweep the tree, compare, and remove both. NULL = is not looked at */
static void expect(const char *kind, const char *signs, const char *hidden, const char *group)
{
	const char *const wanted[] = { kind, signs, hidden, group };
	static const enum mw_metric metrics[] = { M_INSIDE, M_INSIDE_SIGNS, M_INSIDE_HIDDEN,
						  M_INSIDE_GROUP };
	struct mw_snapshot *s = sweep();

	for (size_t i = 0; i < 4; i++)
		if (wanted[i])
			expect_text(s, metrics[i], wanted[i]);
	mw_snapshot_free(s);
	remove_tree();
}

static void expect_outside(void)
{
	expect("none", "none", "none", "none");
}

TEST(docker_on_v1_sees_its_part_of_the_tree)
{
	make_tree();
	namespaces("pid:[4026532301]", "cgroup:[4026531835]");
	v1();
	put(".dockerenv", "");
	put("proc/self/mountinfo", DOCKER_SUM V1_PART DOCKER_FILES);
	expect("docker",
	       "pid namespace, part of the cgroup tree, files mounted by the runtime, "
	       "/.dockerenv, overlay root",
	       "groups,processes,log", "/");
}

TEST(docker_on_v2_has_a_cgroup_namespace)
{
	make_tree();
	own_namespaces();
	v2();
	put("sys/fs/cgroup/cgroup.type", "domain\n");
	put("dev/kmsg", "");
	put("proc/self/mountinfo", DOCKER_SUM V2_WHOLE DOCKER_FILES);
	expect("docker", NULL, "groups,processes", "/");
}

TEST(a_pod_is_known_by_the_kubelets_mounts)
{
	struct mw_snapshot *s;

	make_tree();
	own_namespaces();
	v2();
	put("proc/self/mountinfo", DOCKER_SUM V2_WHOLE POD_FILES);
	s = sweep();
	expect_text(s, M_INSIDE, "kubernetes");
	expect_text(s, M_INSIDE_POD_UID, POD_UID);
	expect_text(s, M_INSIDE_CONTAINER, "java");
	expect_text(s, M_INSIDE_ID, "none");
	mw_snapshot_free(s);
	remove_tree();
}

TEST(the_service_account_tells_a_pod_too)
{
	make_tree();
	own_namespaces();
	put("var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop");
	put("proc/self/mountinfo", DOCKER_SUM);
	expect("kubernetes", NULL, "groups,processes,log", "none");
}

TEST(podman_is_known_by_its_mounts)
{
	make_tree();
	own_namespaces();
	put("proc/self/mountinfo",
	    DOCKER_SUM "600 510 0:25 /containers/overlay-containers/" DOCKER_ID
		       "/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n");
	expect("podman", NULL, NULL, "none");
}

TEST(lxc_tells_by_process_1_and_by_lxcfs)
{
	static const char environ[] = "PATH=/bin";
	char full[128];
	FILE *f;

	make_tree();
	own_namespaces();
	put("proc/1/environ", environ);
	snprintf(full, sizeof(full), "%s/proc/1/environ", top);
	f = fopen(full, "a");
	EXPECT(f && fwrite("\0container=lxc\0", 15, 1, f) == 1);
	fclose(f);
	put("proc/self/mountinfo",
	    DOCKER_SUM "700 690 0:50 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n");
	expect("lxc",
	       "pid namespace, cgroup namespace, container= of process 1, overlay root, lxcfs",
	       "groups,processes,log,meminfo", "none");
}

TEST(nspawn_tells_by_systemds_file)
{
	make_tree();
	own_namespaces();
	put("run/systemd/container", "systemd-nspawn\n");
	put("proc/self/mountinfo", "1 0 8:1 /m / rw - ext4 /dev/sda rw\n");
	expect("systemd-nspawn", NULL, NULL, "none");
}

TEST(who_names_no_kind_is_a_container)
{
	make_tree();
	own_namespaces();
	put(".dockerenv", ""); /* left over: "/" is not made of layers */
	put("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda rw\n");
	expect("container", NULL, NULL, "none");
}

TEST(a_container_may_see_the_whole_machine)
{
	make_tree();
	first_namespaces();
	v2();
	put("sys/fs/cgroup/docker/cgroup.procs", "");
	put("sys/fs/cgroup/docker/" DOCKER_ID "/cgroup.procs", "7\n");
	put("dev/kmsg", "");
	put(".dockerenv", "");
	put("proc/self/cgroup", "0::/docker/" DOCKER_ID "\n");
	put("proc/self/mountinfo", DOCKER_SUM V2_WHOLE DOCKER_FILES);
	expect("docker", "files mounted by the runtime, /.dockerenv, overlay root", "none",
	       "/docker/" DOCKER_ID);
}

TEST(a_mount_above_the_namespace_hides_no_groups)
{
	make_tree();
	own_namespaces();
	v2();
	put("sys/fs/cgroup/a/cgroup.procs", "7\n");
	put("proc/self/cgroup", "0::/\n");
	put("proc/self/mountinfo",
	    DOCKER_SUM "30 24 0:26 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	expect("container", NULL, "processes,log", "none");
}

TEST(v1_with_a_namespace_tells_by_the_release_agent)
{
	make_tree();
	own_namespaces();
	v1();
	put("proc/self/mountinfo", V1_WHOLE);
	expect("container", "pid namespace, cgroup namespace, part of the cgroup tree", NULL, "/");
	make_tree();
	own_namespaces();
	v1();
	put("sys/fs/cgroup/memory/release_agent", "");
	put("proc/self/cgroup", "4:memory:/\n");
	put("proc/self/mountinfo", V1_WHOLE);
	expect("container", "pid namespace, cgroup namespace", NULL, "none");
}

TEST(a_machine_with_a_runtimes_marks_is_none)
{
	make_tree();
	first_namespaces();
	v1();
	put(".dockerenv", "");
	put("run/.containerenv", "");
	put("run/systemd/container", "docker\n");
	put_link("proc/1/ns/mnt", "mnt:[4026531841]");
	put_link("proc/self/ns/mnt", "mnt:[4026532200]"); /* a service: but no other files */
	put_link("proc/1/root", "../..");
	put_link("proc/self/root", "../..");
	put("proc/self/mountinfo", DOCKER_SUM V1_WHOLE);
	expect_outside();
}

TEST(a_machine_that_runs_containers_is_none)
{
	make_tree();
	first_namespaces();
	v2();
	put("proc/self/mountinfo",
	    "1 0 8:1 / / rw - ext4 /dev/sda rw\n" V2_WHOLE
	    "60 1 0:50 / /var/lib/docker/containers/" DOCKER_ID "/mounts/shm rw - tmpfs shm rw\n"
	    "61 1 0:51 / /var/lib/kubelet/pods/" POD_UID "/volumes/v rw - tmpfs tmpfs rw\n");
	expect_outside();
}

TEST(a_proc_of_the_namespace_above_hides_nothing)
{
	make_tree();
	put_link("proc/self/ns/pid", "pid:[4026532301]");
	put_link("proc/self/ns/cgroup", "cgroup:[4026531835]");
	put("proc/self/status", "NSpid:\t4711\t7\n");
	expect_outside();
}

TEST(below_another_root_it_is_that_machine)
{
	make_tree();
	put("host/x", "");
	own_namespaces();
	put_link("proc/self/root", "../../host");
	put(".dockerenv", "");
	put("proc/self/mountinfo", DOCKER_SUM DOCKER_FILES);
	expect_outside();
}

TEST(garbage_is_no_sign)
{
	make_tree();
	namespaces("pid:[4026532301", "cgroup:[99999999999999999999]");
	put("proc/self/mountinfo", "a b c\n\n1 2 3:4\n");
	put("proc/self/status", "NSpid:\n");
	expect_outside();
}

TEST(names_of_mounts_that_nearly_fit)
{
	struct mw_inside_mounts m;

	mw_inside_mounts_scan(
		SLICE("1 0 8:1 /docker/containers/55150e/hostname /etc/hostname rw - ext4 d rw\n"
		      "2 0 8:1 /containers/" DOCKER_ID "/hosts /etc/hostname rw - ext4 d rw\n"
		      "3 0 8:1 /pods/short/etc-hosts /etc/hosts rw - ext4 d rw\n"
		      "4 0 8:1 /pods/" POD_UID "/volumes/x /data rw - ext4 d rw\n"
		      "5 0 8:1 / / rw - overlay o rw\n6 0 8:1 / / rw - ext4 d rw\n"),
		&m);
	EXPECT(!m.runtime && !m.id.len && !m.pod_uid.len && !m.container.len);
	EXPECT(!m.overlay_root && !m.lxcfs);
	mw_inside_mounts_scan(SLICE(DOCKER_FILES), &m);
	EXPECT_STR(m.runtime, "docker");
	EXPECT_SLICE(m.id, DOCKER_ID);
}
