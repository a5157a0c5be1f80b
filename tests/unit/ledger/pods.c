/* Pods by hand-made groups: what the kubelet's groups and pasted specifications say. */
#include "test.h"

#include "ledger/pods.h"

#define MIB ((uint64_t)1 << 20)

static struct mw_snapshot *machine(void)
{
	struct mw_machine machine = { .page_size = 4096 };

	return mw_snapshot_new(&machine);
}

static struct mw_entity *group(struct mw_snapshot *s, struct mw_entity *parent, const char *name,
			       const char *role, const char *uid)
{
	static uint64_t inode;
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, parent, slice_of(name), ++inode, 0);

	if (role)
		mw_set_text(s, e, M_CG_ROLE, slice_of(role));
	if (uid)
		mw_set_text(s, e, M_CG_POD_UID, slice_of(uid));
	return e;
}

static void name(struct mw_snapshot *s, struct mw_entity *e, const char *space, const char *pod,
		 const char *container)
{
	mw_set_text(s, e, M_CG_POD, slice_of(pod));
	if (space)
		mw_set_text(s, e, M_CG_NAMESPACE, slice_of(space));
	if (container)
		mw_set_text(s, e, M_CG_CONTAINER, slice_of(container));
}

static void holds(struct mw_entity *e, uint64_t usage, uint64_t working_set, uint64_t headroom)
{
	mw_set(e, M_CG_USAGE, usage * MIB);
	mw_set(e, M_CG_WORKING_SET, working_set * MIB);
	mw_set(e, M_CG_HEADROOM, headroom * MIB);
}

static uint64_t mib(const struct mw_entity *e, enum mw_metric metric)
{
	struct mw_num n = mw_get(e, metric);

	EXPECT_EQ(n.state, MW_OK);
	return n.v / MIB;
}

/* One pod of two containers and a sandbox, as on a node. */
struct world {
	struct mw_snapshot *s;
	struct mw_entity *pod, *web, *log, *pause;
};

static struct world world(void)
{
	struct world w = { .s = machine() };

	w.pod = group(w.s, NULL, "/kubepods/burstable/pod1-a", "pod", "1-a");
	w.web = group(w.s, w.pod, "/kubepods/burstable/pod1-a/c1", "container", "1-a");
	w.log = group(w.s, w.pod, "/kubepods/burstable/pod1-a/c2", "container", "1-a");
	w.pause = group(w.s, w.pod, "/kubepods/burstable/pod1-a/c3", "sandbox", "1-a");
	name(w.s, w.web, "shop", "cart-7d9f", "web");
	name(w.s, w.log, "shop", "cart-7d9f", "log");
	name(w.s, w.pause, "shop", "cart-7d9f", NULL);
	mw_set_text(w.s, w.pod, M_CG_QOS, SLICE("Burstable"));
	mw_set_text(w.s, w.web, M_CG_IMAGE, SLICE("web:1"));
	mw_set_text(w.s, w.log, M_CG_IMAGE, SLICE("log:1"));
	mw_set_text(w.s, w.pause, M_CG_IMAGE, SLICE("pause:3"));
	holds(w.web, 100, 90, 50);
	holds(w.log, 10, 8, 20);
	holds(w.pause, 1, 1, 70);
	mw_set(w.web, M_CG_RESTARTS, 2);
	mw_set(w.log, M_CG_RESTARTS, 1);
	return w;
}

TEST(a_pod_is_its_containers)
{
	struct world w = world();
	const struct mw_entity *e;

	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mw_snapshot_count(w.s, MW_POD), 1);
	e = mw_snapshot_by_name(w.s, MW_POD, SLICE("shop/cart-7d9f"));
	EXPECT(e != NULL);
	EXPECT(e->parent == w.pod);
	EXPECT_EQ(mib(e, M_PD_USAGE), 111);
	EXPECT_EQ(mib(e, M_PD_WORKING_SET), 99);
	EXPECT_EQ(mib(e, M_PD_HEADROOM), 20);
	EXPECT_EQ(mw_get_or(e, M_PD_CONTAINERS, 0), 2);
	EXPECT_EQ(mw_get_or(e, M_PD_RESTARTS, 0), 3);
	EXPECT_STR(mw_get_text(e, M_PD_IMAGE), "web:1");
	EXPECT_STR(mw_get_text(e, M_PD_UID), "1-a");
	EXPECT_STR(mw_get_text(e, M_PD_QOS), "Burstable");
	EXPECT_STR(mw_get_text(e, M_PD_CGROUP), "/kubepods/burstable/pod1-a");
	EXPECT(mw_pod_of(w.s, w.pause) == e);
	EXPECT(mw_pod_of(w.s, w.pod) == e);
	mw_snapshot_free(w.s);
}

TEST(the_pods_own_group_counts_what_its_containers_do_not)
{
	struct world w = world();
	const struct mw_entity *e;

	/* a tmpfs that a container that is gone had filled */
	holds(w.pod, 150, 140, 10);
	mw_set(w.pod, M_CG_LIMIT, 400 * MIB);
	mw_set(w.pod, M_CG_REQUEST, 64 * MIB);
	mw_set(w.web, M_CG_REQUEST, 1 * MIB);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	e = mw_snapshot_at(w.s, MW_POD, 0);
	EXPECT_EQ(mib(e, M_PD_USAGE), 150);
	EXPECT_EQ(mib(e, M_PD_WORKING_SET), 140);
	EXPECT_EQ(mib(e, M_PD_LIMIT), 400);
	EXPECT_EQ(mib(e, M_PD_REQUEST), 64);
	EXPECT_EQ(mib(e, M_PD_HEADROOM), 10);
	mw_snapshot_free(w.s);
	/* v1 without hierarchy: the pod's group counts its own pages only */
	w = world();
	holds(w.pod, 0, 0, 10);
	mw_set(w.pod, M_CG_USE_HIERARCHY, 0);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mib(mw_snapshot_at(w.s, MW_POD, 0), M_PD_USAGE), 111);
	mw_snapshot_free(w.s);
}

TEST(one_container_without_a_limit_leaves_the_pod_without)
{
	struct world w = world();
	const struct mw_entity *e;

	mw_set(w.web, M_CG_LIMIT, 200 * MIB);
	mw_set_state(w.log, M_CG_LIMIT, MW_UNLIMITED);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mw_get(mw_snapshot_at(w.s, MW_POD, 0), M_PD_LIMIT).state, MW_UNLIMITED);
	mw_snapshot_free(w.s);
	w = world();
	mw_set(w.web, M_CG_LIMIT, 200 * MIB);
	mw_set(w.log, M_CG_LIMIT, 30 * MIB);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	e = mw_snapshot_at(w.s, MW_POD, 0);
	EXPECT_EQ(mib(e, M_PD_LIMIT), 230);
	/* nobody told a request */
	EXPECT_EQ(mw_get(e, M_PD_REQUEST).state, MW_ABSENT);
	mw_snapshot_free(w.s);
}

/* What API server and kubelet make of a specification. */
TEST(requests_of_the_classes)
{
	struct mw_snapshot *s = machine();
	struct mw_entity *best = group(s, NULL, "/kubepods/besteffort/podb", "pod", "b");
	struct mw_entity *sure = group(s, NULL, "/kubepods/podg", "pod", "g");
	struct mw_entity *cpu = group(s, NULL, "cpu-only", NULL, NULL);
	struct mw_entity *limit = group(s, NULL, "limit-only", NULL, NULL);

	mw_set_text(s, best, M_CG_QOS, SLICE("BestEffort"));
	mw_set_text(s, sure, M_CG_QOS, SLICE("Guaranteed"));
	mw_set(sure, M_CG_LIMIT, 256 * MIB);
	name(s, cpu, "shop", "cpu-only", "c");
	mw_set_text(s, cpu, M_CG_QOS, SLICE("Burstable"));
	mw_set(cpu, M_CG_CPU_REQUEST, 100000);
	name(s, limit, "shop", "limit-only", "c");
	mw_set(limit, M_CG_SPEC_LIMIT, 32 * MIB);
	EXPECT_EQ(mw_pods_find(s), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_POD), 4);
	EXPECT_EQ(mib(mw_pod_of(s, best), M_PD_REQUEST), 0);
	EXPECT_EQ(mib(mw_pod_of(s, sure), M_PD_REQUEST), 256);
	EXPECT_EQ(mib(mw_pod_of(s, cpu), M_PD_REQUEST), 0);
	/* a bundle's limit says nothing of what was requested */
	EXPECT_EQ(mw_get(mw_pod_of(s, limit), M_PD_REQUEST).state, MW_ABSENT);
	mw_snapshot_free(s);
}

TEST(what_is_no_pod)
{
	struct mw_snapshot *s = machine();
	struct mw_entity *docker = group(s, NULL, "/docker/3f9c", "container", NULL);
	struct mw_entity *user = group(s, NULL, "/user.slice", "slice", NULL);
	struct mw_entity *forged = group(s, user, "/user.slice/kubepods/podu", "pod", "u");
	struct mw_entity *pod = group(s, NULL, "/kubepods-podu.slice", "pod", "u");
	struct mw_entity *app = group(s, pod, "/kubepods-podu.slice/app", "container", "u");
	struct mw_entity *conmon = group(s, pod, "/kubepods-podu.slice/conmon", "scope", "u");
	const struct mw_entity *row;

	/* docker run --memory-reservation */
	mw_set(docker, M_CG_REQUEST, 256 * MIB);
	holds(forged, 1, 1, 1);
	holds(pod, 50, 40, 10);
	holds(app, 45, 40, 10);
	holds(conmon, 2, 2, 10);
	EXPECT_EQ(mw_pods_find(s), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_POD), 1);
	row = mw_pod_of(s, app);
	EXPECT(row && row->parent == pod);
	EXPECT_EQ(mib(row, M_PD_USAGE), 50);
	EXPECT_EQ(mw_get(row, M_PD_CONTAINERS).v, 1);
	mw_snapshot_free(s);
}

TEST(pasted_pods_go_by_name_and_namespace)
{
	struct mw_snapshot *s = machine();
	struct mw_entity *own = group(s, NULL, "web", NULL, NULL);
	struct mw_entity *a = group(s, own, "web/a", NULL, NULL);
	struct mw_entity *b = group(s, own, "web/b", NULL, NULL);
	struct mw_entity *other = group(s, NULL, "web2", NULL, NULL);
	struct mw_entity *bare = group(s, NULL, "web3", NULL, NULL);
	const struct mw_entity *e;

	/* kubectl top pod, beside the two containers of a kubectl describe */
	name(s, own, "shop", "web", NULL);
	mw_set(own, M_CG_WORKING_SET, 90 * MIB);
	name(s, a, "shop", "web", "a");
	name(s, b, "shop", "web", "b");
	mw_set(a, M_CG_REQUEST, 40 * MIB);
	mw_set(b, M_CG_REQUEST, 20 * MIB);
	name(s, other, "test", "web", "a");
	mw_set(other, M_CG_WORKING_SET, 5 * MIB);
	name(s, bare, NULL, "web", "a");
	EXPECT_EQ(mw_pods_find(s), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_POD), 3);
	e = mw_snapshot_by_name(s, MW_POD, SLICE("shop/web"));
	EXPECT(e != NULL && mw_pod_of(s, b) == e && mw_pod_of(s, own) == e);
	EXPECT_EQ(mib(e, M_PD_WORKING_SET), 90);
	EXPECT_EQ(mib(e, M_PD_REQUEST), 60);
	EXPECT_EQ(mw_get_or(e, M_PD_CONTAINERS, 0), 2);
	EXPECT_EQ(mib(mw_pod_of(s, other), M_PD_WORKING_SET), 5);
	EXPECT_STR(mw_pod_of(s, bare)->name, "web");
	mw_snapshot_free(s);
}

TEST(a_name_joins_the_uid_that_has_it)
{
	struct world w = world();
	struct mw_entity *pasted = group(w.s, NULL, "cart-7d9f", NULL, NULL);

	name(w.s, pasted, "shop", "cart-7d9f", NULL);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mw_snapshot_count(w.s, MW_POD), 1);
	EXPECT(mw_pod_of(w.s, pasted) == mw_pod_of(w.s, w.web));
	mw_snapshot_free(w.s);
}

TEST(groups_that_a_container_makes_are_counted_once)
{
	struct world w = world();
	struct mw_entity *inner = group(w.s, w.web, "/kubepods/burstable/pod1-a/c1/inner",
					"container", "1-a");

	holds(inner, 60, 60, 50);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mib(mw_snapshot_at(w.s, MW_POD, 0), M_PD_USAGE), 111);
	EXPECT_EQ(mw_get_or(mw_snapshot_at(w.s, MW_POD, 0), M_PD_CONTAINERS, 0), 2);
	mw_snapshot_free(w.s);
}

TEST(volumes_are_added_to_their_pod)
{
	struct world w = world();
	struct mw_entity *other = group(w.s, NULL, "/kubepods/besteffort/pod2", "pod", "2");
	struct mw_entity *cache = mw_snapshot_add(w.s, MW_VOLUME, w.pod, SLICE("cache"), 0, 0);
	struct mw_entity *token = mw_snapshot_add(w.s, MW_VOLUME, w.pod, SLICE("token"), 0, 0);
	struct mw_entity *stray = mw_snapshot_add(w.s, MW_VOLUME, NULL, SLICE("stray"), 0, 0);

	mw_set_text(w.s, cache, M_VO_POD_UID, SLICE("1-a"));
	mw_set_text(w.s, token, M_VO_POD_UID, SLICE("1-a"));
	mw_set_text(w.s, stray, M_VO_POD_UID, SLICE("gone"));
	mw_set(cache, M_VO_USED, 7 * MIB);
	mw_set(token, M_VO_USED, 1 * MIB);
	mw_set(stray, M_VO_USED, 9 * MIB);
	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mib(mw_pod_of(w.s, w.pod), M_PD_VOLUMES), 8);
	EXPECT_EQ(mib(mw_pod_of(w.s, other), M_PD_VOLUMES), 0);
	mw_snapshot_free(w.s);
}

TEST(what_is_no_pods_has_no_pod)
{
	struct world w = world();
	struct mw_entity *docker = group(w.s, NULL, "/docker/55150e", "container", NULL);

	EXPECT_EQ(mw_pods_find(w.s), 0);
	EXPECT_EQ(mw_snapshot_count(w.s, MW_POD), 1);
	EXPECT(mw_pod_of(w.s, docker) == NULL);
	EXPECT(mw_pod_of(w.s, NULL) == NULL);
	mw_snapshot_free(w.s);
}

TEST(thousands_of_pods_are_told_apart)
{
	struct mw_snapshot *s = machine();
	char path[64], uid[32], pod[32];

	for (int i = 0; i < 5000; i++) {
		struct mw_entity *e, *c;

		snprintf(uid, sizeof(uid), "uid-%d", i);
		snprintf(pod, sizeof(pod), "web-%d", i);
		snprintf(path, sizeof(path), "/kubepods/pod%d", i);
		e = group(s, NULL, path, "pod", uid);
		for (int k = 0; k < 3; k++) {
			snprintf(path, sizeof(path), "/kubepods/pod%d/c%d", i, k);
			c = group(s, e, path, "container", uid);
			name(s, c, "shop", pod, "c");
			holds(c, 10, 10, 10);
		}
	}
	EXPECT_EQ(mw_pods_find(s), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_POD), 5000);
	EXPECT_EQ(mib(mw_snapshot_by_name(s, MW_POD, SLICE("shop/web-4999")), M_PD_USAGE), 30);
	mw_snapshot_free(s);
}
