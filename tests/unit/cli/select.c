#include "cli/list/select.h"
#include "test.h"

#include <errno.h>

static void scoped_snapshot_free(struct mw_snapshot **s)
{
	mw_snapshot_free(*s);
}
#define scoped_snapshot SCOPED(scoped_snapshot_free)

#define ID "3f9c2a7be01d4c5566778899aabbccddeeff00112233445566778899aabbccdd"

static struct mw_entity *group(struct mw_snapshot *s, struct mw_entity *parent, const char *path)
{
	return mw_snapshot_add(s, MW_CGROUP, parent, slice_of(path),
			       100 + mw_snapshot_count(s, MW_CGROUP), 0);
}

/* Groups as docker, containerd's CRI, podman and systemd name them. */
static struct mw_snapshot *machine(void)
{
	struct mw_machine m = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&m);
	struct mw_entity *root, *system, *pods, *docker;

	assert_non_null(s);
	root = group(s, NULL, "/");
	system = group(s, root, "/system.slice");
	group(s, system, "/system.slice/ssh.service");
	group(s, system, "/system.slice/sshguard.service");
	docker = group(s, system, "/system.slice/docker-" ID ".scope");
	pods = group(s, root, "/kubepods");
	group(s, pods, "/kubepods/cri-containerd-77aa00112233445566778899aabbccdd.scope");
	group(s, pods, "/kubepods/77ab00112233445566778899aabbccdd");
	group(s, pods, "/kubepods/memory");
	mw_snapshot_add(s, MW_PROCESS, docker, SLICE("4711"), 4711, 1);
	mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("4712"), 4712, 1);
	return s;
}

static void expect_group(const struct mw_snapshot *s, const char *what, const char *path)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_entity *e = NULL;

	EXPECT_EQ(mw_select_container(s, what, NULL, &e, &problem), 0);
	EXPECT_STR(e->name, path);
	EXPECT_EQ(problem.len, 0);
}

static void expect_none(const struct mw_snapshot *s, const char *what, int error, const char *part)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_entity *e = NULL;

	EXPECT_EQ(mw_select_container(s, what, NULL, &e, &problem), error);
	EXPECT(!e);
	assert_non_null(strstr(problem.at, part));
}

TEST(by_path)
{
	scoped_snapshot struct mw_snapshot *s = machine();

	expect_group(s, "/", "/");
	expect_group(s, "/system.slice/ssh.service", "/system.slice/ssh.service");
	expect_group(s, "/system.slice/", "/system.slice");
	expect_group(s, "system.slice/ssh.service", "/system.slice/ssh.service");
	expect_group(s, "/sys/fs/cgroup/system.slice/ssh.service", "/system.slice/ssh.service");
	expect_group(s, "/sys/fs/cgroup/memory/system.slice", "/system.slice");
	expect_group(s, "/sys/fs/cgroup/memory", "/");
	expect_group(s, "/sys/fs/cgroup", "/");
	/* the end of a path begins at a slash */
	expect_none(s, "slice/ssh.service", -ENOENT, "no container");
}

TEST(by_name_and_its_beginning)
{
	scoped_snapshot struct mw_snapshot *s = machine();

	expect_group(s, "ssh.service", "/system.slice/ssh.service");
	expect_group(s, "sshg", "/system.slice/sshguard.service");
	expect_group(s, "memory", "/kubepods/memory");
	expect_none(s, "ssh", -EINVAL, "/system.slice/sshguard.service");
	expect_none(s, "nginx", -ENOENT, "no container or group 'nginx'");
	expect_none(s, "", -ENOENT, "no container");
}

TEST(by_the_id_in_it)
{
	scoped_snapshot struct mw_snapshot *s = machine();

	expect_group(s, "3f9", "/system.slice/docker-" ID ".scope");
	expect_group(s, ID, "/system.slice/docker-" ID ".scope");
	expect_group(s, "docker-3f9c", "/system.slice/docker-" ID ".scope");
	expect_group(s, "77aa", "/kubepods/cri-containerd-77aa00112233445566778899aabbccdd.scope");
	expect_none(s, "77a", -EINVAL, "is the name of 2 groups");
}

TEST(by_a_process_in_it)
{
	scoped_snapshot struct mw_snapshot *s = machine();
	scoped_buf struct buf problem = { 0 };
	struct mw_entity *e = NULL;

	expect_group(s, "4711", "/system.slice/docker-" ID ".scope");
	expect_none(s, "4712", -ENOENT, "no container");
	EXPECT_EQ(mw_select_process(s, "4712", NULL, &e, &problem), 0);
	EXPECT_EQ(e->id, 4712);
	EXPECT_EQ(mw_select_process(s, "4713", NULL, &e, &problem), -ENOENT);
	EXPECT_EQ(mw_select_process(s, "47 11", NULL, &e, &problem), -EINVAL);
	EXPECT_EQ(mw_select_process(s, " 4711", NULL, &e, &problem), -EINVAL);
	EXPECT_EQ(e->id, 4712);
}

TEST(a_hostile_name_in_a_message_is_harmless)
{
	struct mw_machine m = { .page_size = 4096 };
	scoped_snapshot struct mw_snapshot *s = mw_snapshot_new(&m);
	scoped_buf struct buf problem = { 0 };
	struct mw_entity *e = NULL;

	group(s, NULL, "/x\033[2J1");
	group(s, NULL, "/x\033[2J2");
	EXPECT_EQ(mw_select_container(s, "x\033", NULL, &e, &problem), -EINVAL);
	EXPECT(!memchr(problem.at, '\033', problem.len));
}

/* --- by what people call them ------------------------------------------------------------------ */

struct facts {
	const char *role, *runtime, *name, *space, *pod, *container, *id;
};

static struct mw_entity *known(struct mw_snapshot *s, struct mw_entity *parent, const char *path,
			       struct facts f)
{
	const struct {
		enum mw_metric metric;
		const char *text;
	} texts[] = {
		{ M_CG_ROLE, f.role },     { M_CG_RUNTIME, f.runtime },
		{ M_CG_NAME, f.name },     { M_CG_NAMESPACE, f.space },
		{ M_CG_POD, f.pod },       { M_CG_CONTAINER, f.container },
		{ M_CG_RUNTIME_ID, f.id },
	};
	struct mw_entity *e = group(s, parent, path);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].text)
			mw_set_text(s, e, texts[i].metric, slice_of(texts[i].text));
	return e;
}

static struct mw_snapshot *named(void)
{
	struct mw_machine m = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&m);
	struct mw_entity *pod, *podman;

	known(s, NULL, "/docker/aa11",
	      (struct facts){ "container", "docker", "web", .id = "aa11" });
	podman = known(s, NULL, "/machine.slice/libpod-bb22.scope",
		       (struct facts){ "container", "podman", "nginx", .id = "bb22" });
	group(s, podman, "/machine.slice/libpod-bb22.scope/container");
	known(s, podman, "/machine.slice/libpod-bb22.scope/container/web",
	      (struct facts){ "unit", "systemd", "web" });
	known(s, NULL, "/system.slice/nginx.service",
	      (struct facts){ "unit", "systemd", "nginx.service" });
	known(s, NULL, "/system.slice/web", (struct facts){ "unit", "systemd", "web" });
	pod = known(s, NULL, "/kubepods/pod1",
		    (struct facts){ "pod", "kubelet", .space = "shop", .pod = "order-7d9f" });
	known(s, pod, "/kubepods/pod1/cc33",
	      (struct facts){ "container", "containerd", .space = "shop", .pod = "order-7d9f",
			      .container = "java", .id = "cc33" });
	known(s, pod, "/kubepods/pod1/dd44",
	      (struct facts){ "sandbox", "containerd", .space = "shop", .pod = "order-7d9f",
			      .id = "dd44" });
	pod = known(s, NULL, "/kubepods/pod2",
		    (struct facts){ "pod", "kubelet", .space = "shop", .pod = "order-8e00" });
	known(s, pod, "/kubepods/pod2/ee55",
	      (struct facts){ "container", "containerd", .space = "shop", .pod = "order-8e00",
			      .container = "java", .id = "ee55" });
	known(s, pod, "/kubepods/pod2/ee56",
	      (struct facts){ "container", "containerd", .space = "shop", .pod = "order-8e00",
			      .container = "sidecar", .id = "ee56" });
	return s;
}

TEST(by_the_names_of_runtimes_and_units)
{
	scoped_snapshot struct mw_snapshot *s = named();

	/* a container goes before a unit, and what runs in another is not meant */
	expect_group(s, "web", "/docker/aa11");
	expect_group(s, "docker:web", "/docker/aa11");
	expect_group(s, "unit:web", "/system.slice/web");
	expect_group(s, "aa1", "/docker/aa11");
	expect_group(s, "podman:nginx", "/machine.slice/libpod-bb22.scope");
	expect_group(s, "podman:bb", "/machine.slice/libpod-bb22.scope");
	/* a whole name goes before the beginning of another */
	expect_group(s, "nginx", "/machine.slice/libpod-bb22.scope");
	expect_group(s, "nginx.service", "/system.slice/nginx.service");
	expect_group(s, "unit:nginx", "/system.slice/nginx.service");
	expect_none(s, "ngin", -EINVAL, "nginx.service   /system.slice/nginx.service");
	expect_group(s, "container:/system.slice/web", "/system.slice/web");
	expect_none(s, "docker:nginx", -ENOENT, "no container");
	expect_none(s, "docker:", -ENOENT, "no container");
}

TEST(by_the_names_of_pods)
{
	scoped_snapshot struct mw_snapshot *s = named();

	expect_group(s, "shop/order-7d9f/java", "/kubepods/pod1/cc33");
	expect_group(s, "order-7d9f/java", "/kubepods/pod1/cc33");
	expect_group(s, "shop/order-7d9f", "/kubepods/pod1");
	expect_group(s, "order-7d9f", "/kubepods/pod1");
	expect_group(s, "pod:shop/order-7d9f", "/kubepods/pod1");
	/* its beginning fits the pod's containers as well: the pod is meant */
	expect_group(s, "shop/order-7", "/kubepods/pod1");
	expect_group(s, "order-7", "/kubepods/pod1");
	expect_group(s, "order-8e00/s", "/kubepods/pod2/ee56");
	expect_group(s, "sidecar", "/kubepods/pod2/ee56");
	expect_group(s, "cc", "/kubepods/pod1/cc33");
	expect_group(s, "shop/order-7d9f/(pause)", "/kubepods/pod1/dd44");
	expect_group(s, "dd44", "/kubepods/pod1/dd44");
	expect_none(s, "java", -EINVAL, "shop/order-8e00/java   /kubepods/pod2/ee55");
	expect_none(s, "shop/order", -EINVAL, "is the name of 2 groups");
	expect_none(s, "shop/order-7d9f/javac", -ENOENT, "no container");
}
