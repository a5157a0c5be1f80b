/* The kubelet's groups, and containerd's containers in them. */
#include "meta/owners/oci.h"
#include "tree.h"

#define ID    "f5ec22940024d214a6a5e40f3abd8f241e034eef5a88d78d30290f012303435a"
#define BOX   "83766719410e18db9cb0dfb12f209b5c1c7076e5c53b63a44a73ee057306f05c"
#define UID   "11111111-2222-3333-4444-555555555555"
#define U_D   "11111111_2222_3333_4444_555555555555"
#define TASKS "run/containerd/io.containerd.runtime.v2.task/"
#define POD   "pod=cart-7d9f namespace=shop pod_uid=" UID

TEST(groups_of_the_kubelet_are_known_by_their_paths)
{
	static const char *const rows[][2] = {
		{ "/kubepods", "role=pods runtime=kubelet" },
		{ "/kubepods.slice", "role=pods runtime=kubelet" },
		{ "/kubelet.slice/kubelet-kubepods.slice", "role=pods runtime=kubelet" },
		{ "/memwhy-test-x/kubepods/burstable", "role=qos runtime=kubelet qos=Burstable" },
		{ "/kubepods.slice/kubepods-besteffort.slice",
		  "role=qos runtime=kubelet qos=BestEffort" },
		{ "/kubepods/pod" UID, "role=pod runtime=kubelet pod_uid=" UID " qos=Guaranteed" },
		{ "/kubepods/besteffort/pod" UID,
		  "role=pod runtime=kubelet pod_uid=" UID " qos=BestEffort" },
		{ "/kubepods/burstable/pod" UID "/" ID,
		  "role=container runtime_id=" ID " pod_uid=" UID " qos=Burstable" },
		{ "/kubepods.slice/kubepods-pod" U_D ".slice",
		  "role=pod runtime=kubelet pod_uid=" UID " qos=Guaranteed" },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U_D
		  ".slice/cri-containerd-" ID ".scope",
		  "role=container runtime=containerd runtime_id=" ID " pod_uid=" UID
		  " qos=Burstable" },
		{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
		  "kubelet-kubepods-besteffort-pod" U_D ".slice/cri-containerd-" ID ".scope",
		  "role=container runtime=containerd runtime_id=" ID " pod_uid=" UID
		  " qos=BestEffort" },
		/* a node in a container; one in a pod */
		{ "/docker/" BOX "/kubelet/kubepods/burstable/pod" UID "/" ID,
		  "role=container runtime_id=" ID " pod_uid=" UID " qos=Burstable" },
		{ "/kubepods/burstable/pod9/" BOX "/kubelet/kubepods/pod" UID,
		  "role=pod runtime=kubelet pod_uid=" UID " qos=Guaranteed" },
		/* from a file */
		{ "/kubepods/burstable/pod0123456789abcdef0123456789abcdef",
		  "role=pod runtime=kubelet pod_uid=0123456789abcdef0123456789abcdef "
		  "qos=Burstable static_pod=1" },
		/* below a container; what the kubelet did not make */
		{ "/kubepods/burstable/pod" UID "/" ID "/inner", "pod_uid=" UID " qos=Burstable" },
		{ "/kubepods/burstable/pod" UID "/c1", "pod_uid=" UID " qos=Burstable" },
		{ "/kubepods/other", "" },
		{ "/kubepods/burstable/pod", "" },
		{ "/kubepodsx", "" },
		{ "/", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scoped_arena struct arena arena = { 0 };
		struct mw_who who = who_of(&arena, rows[i][0]);

		expect_who(&who, rows[i][1]);
		mw_who_release(&who);
	}
}

#define ENDED "role=container runtime_id=" ID " "
#define CLASS "qos=Burstable"

TEST(a_link_names_the_pod_when_the_bundle_is_gone)
{
	static const struct {
		const char *link, *facts;
	} rows[] = {
		{ "cart-7d9f_shop_app-" ID ".log",
		  ENDED POD " container_name=app " CLASS " restarts=3" },
		{ "cart-7d9f_shop_app-" ID ".txt", ENDED "pod_uid=" UID " " CLASS },
		{ "cart-7d9f_shop_app-" BOX ".log", ENDED "pod_uid=" UID " " CLASS },
		{ "cart-7d9f_shop-" ID ".log", ENDED "pod_uid=" UID " " CLASS },
		{ "-" ID ".log", ENDED "pod_uid=" UID " " CLASS },
		{ ID ".log", ENDED "pod_uid=" UID " " CLASS },
		{ "x.log", ENDED "pod_uid=" UID " " CLASS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scoped_tree struct tree t = tree_new();
		struct mw_who who;
		char path[256];

		snprintf(path, sizeof(path), "var/log/containers/%s", rows[i].link);
		tree_put(&t, path, SLICE(""));
		tree_put(&t, "var/log/pods/shop_cart-7d9f_" UID "/app/3.log", SLICE(""));
		who = tree_who(&t, "/kubepods/burstable/pod" UID "/" ID);
		mw_pod_link(&t.q, &who);
		expect_who(&who, rows[i].facts);
		mw_who_release(&who);
	}
}

TEST(a_bundle_names_the_pod)
{
	scoped_tree struct tree t = tree_new();
	struct mw_who who;

	tree_copy(&t, TASKS "k8s.io/" ID "/config.json", "cri-containerd-container.json");
	tree_put(&t, TASKS "k8s.io/" ID "/init.pid", SLICE("4711"));
	tree_copy(&t, TASKS "k8s.io/" BOX "/config.json", "cri-containerd-sandbox.json");
	tree_put(&t, TASKS "moby/" ID "/config.json", SLICE("{\"linux\":{}}"));
	tree_put(&t, "var/log/pods/shop_cart-7d9f_" UID "/app/2.log", SLICE(""));
	tree_put(&t, "var/log/pods/shop_cart-7d9f_" UID "/app/10.log.20261120-085552", SLICE(""));
	tree_put(&t, "var/log/pods/shop_cart-7d9f_" UID "/app/99.logs", SLICE(""));
	who = tree_who(&t, "/kubepods/burstable/pod" UID "/" ID);
	expect_who(&who, "role=container runtime=containerd runtime_id=" ID " " POD
			 " container_name=app image=docker.io/library/vt:1 qos=Burstable "
			 "init_pid=4711 spec_limit_bytes=67108864 restarts=10");
	mw_who_release(&who);
	who = tree_who(&t, "/kubepods/burstable/pod" UID "/" BOX);
	expect_who(&who,
		   "role=sandbox runtime=containerd runtime_id=" BOX " " POD " qos=Burstable");
	mw_who_release(&who);
}
