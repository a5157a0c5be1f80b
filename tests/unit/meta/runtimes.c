/* Runtimes' groups by their paths and by the files that they leave. */
#include "tree.h"

#include <errno.h>

#define DOCKER "55150e0bf370afdeee9abad8e15143ac106316d92062456363a6fcbb04939548"
#define LIBPOD "81de1309385260a59f4faaa2624875e1e0a0ebfc37305b2d51bc740e8b2493e4"
#define CRIO   "3f1c2d4e5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f"
#define CRIBOX "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f30211203f4e5d6c7b8a9"
#define CRIUID "6d1f0a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
#define POD \
	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d1f0a2b_3c4d_4e5f_8a9b_0c1d2e3f4a5b.slice"
#define STORE "var/lib/containers/storage/overlay-containers/"
#define RUN   "run/containers/storage/overlay-containers/"

TEST(groups_of_runtimes_are_known_by_their_paths)
{
	static const char *const rows[][2] = {
		{ "/docker/" DOCKER, "role=container runtime=docker runtime_id=" DOCKER },
		{ "/system.slice/docker-" DOCKER ".scope",
		  "role=container runtime=docker runtime_id=" DOCKER },
		{ "/a/b/" DOCKER, "role=container runtime_id=" DOCKER },
		{ "/system.slice/cri-containerd-" DOCKER ".scope",
		  "role=container runtime=containerd runtime_id=" DOCKER },
		{ "/system.slice/nerdctl-" DOCKER ".scope",
		  "role=container runtime=containerd runtime_id=" DOCKER },
		{ "/k8s.io/" DOCKER, "role=container runtime=containerd runtime_id=" DOCKER },
		{ "/machine.slice/libpod-" LIBPOD ".scope",
		  "role=container runtime=podman runtime_id=" LIBPOD },
		{ "/machine.slice/libpod-" LIBPOD ".scope/container",
		  "role=scope runtime=podman runtime_id=" LIBPOD },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" LIBPOD
		  ".scope/container",
		  "role=scope runtime=podman runtime_id=" LIBPOD },
		{ "/libpod_parent/libpod-" LIBPOD,
		  "role=container runtime=podman runtime_id=" LIBPOD },
		{ "/system.slice/web.service/libpod-payload-" LIBPOD,
		  "role=container runtime=podman runtime_id=" LIBPOD },
		{ "/machine.slice/libpod-conmon-" LIBPOD ".scope",
		  "role=scope runtime=podman runtime_name=libpod-conmon-" LIBPOD ".scope" },
		{ "/libpod_parent/" LIBPOD, "role=slice runtime=podman" },
		{ POD "/crio-" CRIO ".scope", "role=container runtime=cri-o runtime_id=" CRIO
					      " pod_uid=" CRIUID " qos=Burstable" },
		{ POD "/crio-" CRIO ".scope/container",
		  "role=scope runtime=cri-o runtime_id=" CRIO " pod_uid=" CRIUID " qos=Burstable" },
		{ "/kubepods/pod" CRIUID "/crio-" CRIO,
		  "role=container runtime=cri-o runtime_id=" CRIO " pod_uid=" CRIUID
		  " qos=Guaranteed" },
		{ POD "/crio-conmon-" CRIO ".scope",
		  "role=scope runtime=cri-o runtime_name=crio-conmon-" CRIO ".scope "
		  "pod_uid=" CRIUID " qos=Burstable" },
		{ "/kubepods/burstable/pod" CRIUID "/docker-" DOCKER ".scope",
		  "role=container runtime=docker runtime_id=" DOCKER " pod_uid=" CRIUID
		  " qos=Burstable" },
		{ "/lxc.payload.web1",
		  "role=container runtime=lxc runtime_id=web1 runtime_name=web1" },
		{ "/lxc.payload.shop_web1",
		  "role=container runtime=lxc runtime_id=shop_web1 runtime_name=shop_web1" },
		{ "/user.slice/lxc.monitor.web1",
		  "role=scope runtime=lxc runtime_id=web1 runtime_name=web1" },
		{ "/lxc/101", "role=container runtime=lxc runtime_id=101 runtime_name=101" },
		{ "/lxc.payload/web1",
		  "role=container runtime=lxc runtime_id=web1 runtime_name=web1" },
		/* near misses */
		{ "/docker", "" },
		{ "/docker/55150e0bf370", "" },
		{ "/docker/" DOCKER "0", "" },
		{ "/system.slice/docker-55150e0bf370.scope",
		  "role=scope runtime=systemd runtime_name=docker-55150e0bf370.scope" },
		{ "/lxc.payload.", "" },
		{ "/lxc", "" },
		{ "/default/c1", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scoped_arena struct arena arena = { 0 };
		struct mw_who who = who_of(&arena, rows[i][0]);

		expect_who(&who, rows[i][1]);
		mw_who_release(&who);
	}
}

TEST(groups_of_systemd_are_known_by_their_paths)
{
	static const char *const rows[][2] = {
		{ "/system.slice", "role=slice runtime=systemd runtime_name=system.slice" },
		{ "/system.slice/nginx.service",
		  "role=unit runtime=systemd runtime_name=nginx.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service",
		  "role=unit runtime=systemd runtime_name=getty@tty1.service" },
		{ "/system.slice/system-serial\\x2dgetty.slice",
		  "role=slice runtime=systemd runtime_name=system-serial\\x2dgetty.slice" },
		{ "/init.scope", "role=scope runtime=systemd runtime_name=init.scope" },
		{ "/user.slice", "role=slice runtime=systemd runtime_name=user.slice" },
		{ "/user.slice/user-1000.slice",
		  "role=slice runtime=systemd runtime_id=1000 runtime_name=user-1000.slice" },
		{ "/user.slice/user-1000.slice/session-c3.scope",
		  "role=session runtime=systemd runtime_id=c3 runtime_name=session-c3.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service",
		  "role=unit runtime=systemd runtime_id=1000 runtime_name=user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-gnome-editor-1234.scope",
		  "role=scope runtime=systemd runtime_name=app-gnome-editor-1234.scope" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
		  "role=machine runtime=systemd "
		  "runtime_id=machine-qemu\\x2d1\\x2dvm.scope runtime_name=qemu-1-vm" },
		{ "/machine.slice/systemd-nspawn@web\\x2d1.service",
		  "role=machine runtime=systemd "
		  "runtime_id=systemd-nspawn@web\\x2d1.service runtime_name=web-1" },
		{ "/machine.slice/machine-a\\x2.scope",
		  "role=machine runtime=systemd runtime_id=machine-a\\x2.scope "
		  "runtime_name=a\\x2" },
		{ "/.slice", "" },
		{ "/nginx", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scoped_arena struct arena arena = { 0 };
		struct mw_who who = who_of(&arena, rows[i][0]);

		expect_who(&who, rows[i][1]);
		mw_who_release(&who);
	}
}

static void expect_read(struct tree *t, const char *path, const char *wanted, const char *labels)
{
	struct mw_who who = tree_who(t, path);

	expect_who(&who, wanted);
	EXPECT_SLICE(buf_slice(&who.labels), labels);
	mw_who_release(&who);
}

TEST(docker_leaves_a_name)
{
	scoped_tree struct tree t = tree_new();

	tree_copy(&t, "var/lib/docker/containers/" DOCKER "/config.v2.json",
		  "docker-config.v2.json");
	tree_copy(&t, "var/lib/docker/containers/" DOCKER "/hostconfig.json",
		  "docker-hostconfig.json");
	/* below a group of one's own, too */
	expect_read(&t, "/a/b/" DOCKER,
		    "role=container runtime=docker runtime_id=" DOCKER
		    " runtime_name=web1 image=vt:1 project=shop init_pid=23062 "
		    "request_bytes=33554432 spec_limit_bytes=67108864 restarts=0",
		    "com.docker.compose.project=shop\nteam=x\n");
	/* another data folder */
	tree_put(&t, "etc/docker/daemon.json", SLICE("{\"data-root\": \"/srv/docker\"}"));
	tree_put(&t, "srv/docker/containers/" DOCKER "/config.v2.json",
		 SLICE("{\"Name\":\"/other\"}"));
	tree_again(&t);
	expect_read(&t, "/docker/" DOCKER,
		    "role=container runtime=docker runtime_id=" DOCKER " runtime_name=other", "");
}

TEST(docker_below_the_kubelet_says_which_pod)
{
	scoped_tree struct tree t = tree_new();

	tree_copy(&t, "var/lib/docker/containers/" DOCKER "/config.v2.json",
		  "cri-dockerd-config.v2.json");
	expect_read(&t, "/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555/" DOCKER,
		    "role=container runtime=docker runtime_id=" DOCKER
		    " runtime_name=k8s_app_cart-7d9f_shop_11111111-2222-3333-4444-555555555555_4 "
		    "pod=cart-7d9f namespace=shop "
		    "pod_uid=11111111-2222-3333-4444-555555555555 container_name=app image=vt:1 "
		    "qos=BestEffort init_pid=23062 restarts=4",
		    "annotation.io.kubernetes.container.restartCount=4\n"
		    "io.kubernetes.container.name=app\nio.kubernetes.docker.type=container\n"
		    "io.kubernetes.pod.name=cart-7d9f\nio.kubernetes.pod.namespace=shop\n"
		    "io.kubernetes.pod.uid=11111111-2222-3333-4444-555555555555\n");
	tree_put(&t, "var/lib/docker/containers/" DOCKER "/config.v2.json",
		 SLICE("{\"Name\":\"/k8s_POD_cart_shop_1-2_0\",\"RestartCount\":0}"));
	expect_read(&t, "/kubepods/besteffort/pod1-2/" DOCKER,
		    "role=sandbox runtime=docker runtime_id=" DOCKER
		    " runtime_name=k8s_POD_cart_shop_1-2_0 pod=cart namespace=shop pod_uid=1-2 "
		    "qos=BestEffort",
		    "");
}

TEST(podman_leaves_a_list_of_names)
{
	scoped_tree struct tree t = tree_new();
	static const char facts[] =
		"role=container runtime=podman runtime_id=" LIBPOD
		" runtime_name=pw1 image=localhost/vt:1 init_pid=815 spec_limit_bytes=67108864";

	tree_copy(&t, STORE "containers.json", "podman-containers.json");
	tree_copy(&t, STORE LIBPOD "/userdata/config.json", "podman-oci.json");
	tree_put(&t, RUN LIBPOD "/userdata/pidfile", SLICE("815"));
	expect_read(&t, "/libpod_parent/libpod-" LIBPOD, facts, "");
	/* the list is read once: it may be gone for the next */
	tree_remove(&t, STORE "containers.json");
	expect_read(&t, "/machine.slice/libpod-" LIBPOD ".scope", facts, "");
	tree_again(&t);
	expect_read(&t, "/machine.slice/libpod-" LIBPOD ".scope",
		    "role=container runtime=podman runtime_id=" LIBPOD, "");
}

#define HOME_STORAGE "home/alice/.local/share/containers/storage"

/* Root writes the tests' files, too: they become a user's. */
static void give(const struct tree *t, const char *file, unsigned user)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", t->path, file);
	EXPECT_EQ(lchown(path, user, (gid_t)-1), 0);
}

TEST(podman_of_a_user_is_found_at_home)
{
	static const char list[] = HOME_STORAGE "/overlay-containers/containers.json";
	scoped_tree struct tree t = tree_new();
	unsigned user = geteuid() ? (unsigned)geteuid() : 1000;
	char pidfile[256], group[256], others[256], target[512];

	snprintf(pidfile, sizeof(pidfile),
		 "run/user/%u/containers/overlay-containers/" LIBPOD "/userdata/pidfile", user);
	snprintf(group, sizeof(group),
		 "/user.slice/user-%u.slice/user@%u.service/user.slice/libpod-" LIBPOD ".scope",
		 user, user);
	snprintf(others, sizeof(others),
		 "/user.slice/user-%u.slice/user@%u.service/user.slice/libpod-" LIBPOD ".scope",
		 user + 1, user + 1);
	tree_copy(&t, list, "podman-containers.json");
	tree_put(&t, pidfile, SLICE("815\n"));
	tree_copy(&t, HOME_STORAGE "/overlay-containers/" LIBPOD "/userdata/config.json",
		  "podman-oci.json");
	give(&t, HOME_STORAGE, user);
	give(&t, list, user);
	expect_read(&t, group,
		    "role=container runtime=podman runtime_id=" LIBPOD
		    " runtime_name=pw1 image=localhost/vt:1 init_pid=815 spec_limit_bytes=67108864",
		    "");
	/* what users write tells nothing of others' and of root's */
	tree_again(&t);
	expect_read(&t, others, "role=container runtime=podman runtime_id=" LIBPOD, "");
	tree_again(&t);
	expect_read(&t, "/machine.slice/libpod-" LIBPOD ".scope",
		    "role=container runtime=podman runtime_id=" LIBPOD, "");
	/* nor is a link followed to what the user may not read */
	tree_again(&t);
	tree_remove(&t, list);
	tree_copy(&t, "secret", "podman-containers.json");
	snprintf(target, sizeof(target), "%s/%s", t.path, list);
	EXPECT_EQ(symlink("../../../../../../../secret", target), 0);
	give(&t, list, user);
	expect_read(&t, group, "role=container runtime=podman runtime_id=" LIBPOD, "");
}

TEST(annotations_that_anybody_writes_name_no_pod)
{
	scoped_tree struct tree t = tree_new();

	tree_put(&t, STORE CRIO "/userdata/config.json",
		 SLICE("{\"annotations\":{\"io.kubernetes.cri-o.Annotations\":"
		       "\"{\\\"io.kubernetes.pod.name\\\":\\\"etcd-0\\\","
		       "\\\"io.kubernetes.container.restartCount\\\":\\\"2\\\"}\","
		       "\"io.kubernetes.cri-o.KubeName\":\"order-5f6d8\"}}"));
	expect_read(&t, POD "/crio-" CRIO ".scope",
		    "role=container runtime=cri-o runtime_id=" CRIO
		    " pod=order-5f6d8 pod_uid=" CRIUID " qos=Burstable restarts=2",
		    "");
	tree_again(&t);
	tree_copy(&t, STORE "containers.json", "podman-containers.json");
	tree_put(&t, STORE LIBPOD "/userdata/config.json",
		 SLICE("{\"annotations\":{\"io.kubernetes.pod.uid\":\"" CRIUID "\","
		       "\"io.kubernetes.cri.sandbox-name\":\"order-5f6d8\"}}"));
	expect_read(&t, "/machine.slice/libpod-" LIBPOD ".scope",
		    "role=container runtime=podman runtime_id=" LIBPOD
		    " runtime_name=pw1 image=localhost/vt:1",
		    "");
}

TEST(crio_leaves_what_the_kubelet_said)
{
	scoped_tree struct tree t = tree_new();

	tree_copy(&t, STORE CRIO "/userdata/config.json", "crio-container.json");
	tree_put(&t, RUN CRIO "/userdata/pidfile", SLICE("99"));
	tree_copy(&t, STORE CRIBOX "/userdata/config.json", "crio-sandbox.json");
	expect_read(&t, POD "/crio-" CRIO ".scope",
		    "role=container runtime=cri-o runtime_id=" CRIO
		    " pod=order-5f6d8 namespace=shop pod_uid=" CRIUID
		    " container_name=java image=registry.example.org/shop/order:2.4 qos=Burstable "
		    "init_pid=99 spec_limit_bytes=536870912 restarts=3",
		    "");
	expect_read(&t, POD "/crio-" CRIBOX ".scope",
		    "role=sandbox runtime=cri-o runtime_id=" CRIBOX
		    " pod=order-5f6d8 namespace=shop pod_uid=" CRIUID
		    " image=registry.k8s.io/pause:3.9 qos=Burstable",
		    "app=order\npod-template-hash=5f6d8\n");
}

TEST(logind_knows_the_user)
{
	scoped_tree struct tree t = tree_new();

	tree_put(&t, "run/systemd/users/1000",
		 SLICE("# This is private data. Do not parse.\nNAME=alice\nSTATE=active\n"));
	tree_put(&t, "run/systemd/sessions/3",
		 SLICE("# This is private data. Do not parse.\nUID=1000\nUSER=alice\nACTIVE=1\n"
		       "LEADER=742\n"));
	tree_put(&t, "run/systemd/machines/unit:machine-qemu\\x2d1\\x2dvm.scope",
		 SLICE("NAME=qemu-1-vm\nCLASS=vm\nLEADER=4242\n"));
	expect_read(&t, "/user.slice/user-1000.slice",
		    "role=slice runtime=systemd runtime_id=1000 runtime_name=user-1000.slice "
		    "user=alice",
		    "");
	expect_read(&t, "/user.slice/user-1000.slice/session-3.scope",
		    "role=session runtime=systemd runtime_id=3 runtime_name=session-3.scope "
		    "user=alice init_pid=742",
		    "");
	expect_read(&t, "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
		    "role=machine runtime=systemd runtime_id=machine-qemu\\x2d1\\x2dvm.scope "
		    "runtime_name=qemu-1-vm init_pid=4242",
		    "");
}

/* Whatever files hold, what the path says stays, and the fault is told. */
TEST(malformed_files_are_problems_and_paths_stay)
{
	static const char *const texts[] = { "",      "{",
					     "[[[[",  "{\"Name\":\"/\xff\xfe\"",
					     "\"x\"", "{\"Name\":\"/\xff\"}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		scoped_tree struct tree t = tree_new();
		const struct mw_problem *problems;

		tree_put(&t, "var/lib/docker/containers/" DOCKER "/config.v2.json",
			 slice_of(texts[i]));
		expect_read(&t, "/docker/" DOCKER,
			    "role=container runtime=docker runtime_id=" DOCKER, "");
		EXPECT_EQ(mw_snapshot_problems(t.snapshot, &problems), 1);
		EXPECT_EQ(problems[0].error, EBADMSG);
		EXPECT_STR(problems[0].path, "var/lib/docker/containers/" DOCKER "/config.v2.json");
	}
}

TEST(a_file_of_any_size_is_read_up_to_its_bound)
{
	scoped_tree struct tree t = tree_new();
	scoped_buf struct buf text = { 0 };
	const struct mw_problem *problems;

	buf_puts(&text, "{\"Name\":\"/");
	while (text.len < MW_INQUIRY_FILE)
		buf_puts(&text, "0123456789abcdef");
	buf_puts(&text, "\"}");
	tree_put(&t, "var/lib/docker/containers/" DOCKER "/config.v2.json", buf_slice(&text));
	expect_read(&t, "/docker/" DOCKER, "role=container runtime=docker runtime_id=" DOCKER, "");
	EXPECT_EQ(mw_snapshot_problems(t.snapshot, &problems), 1);
	EXPECT_EQ(problems[0].error, EFBIG);
}
