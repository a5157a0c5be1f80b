/* The kubelet's order and signals, worked out by hand from its rules for made-up nodes. */
#include "test.h"

#include "ledger/eviction.h"
#include "ledger/pods.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

struct node {
	struct mw_snapshot *s;
	struct mw_entity *node;
	uint64_t next;
};

static struct node machine(uint64_t total)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct node n = { .s = mw_snapshot_new(&machine), .next = 1 };

	n.node = mw_snapshot_node(n.s);
	mw_set(n.node, M_MEM_TOTAL, total);
	return n;
}

/* A pod of one container. @request < 0: nobody told it */
static struct mw_entity *pod(struct node *n, const char *name, const char *qos, int64_t request,
			     uint64_t working_set)
{
	char path[64];
	struct mw_entity *own, *box;

	snprintf(path, sizeof(path), "/kubepods/pod%s", name);
	own = mw_snapshot_add(n->s, MW_CGROUP, NULL, slice_of(path), n->next++, 0);
	mw_set_text(n->s, own, M_CG_ROLE, SLICE("pod"));
	mw_set_text(n->s, own, M_CG_POD_UID, slice_of(name));
	mw_set_text(n->s, own, M_CG_POD, slice_of(name));
	mw_set_text(n->s, own, M_CG_QOS, slice_of(qos));
	mw_set(own, M_CG_WORKING_SET, working_set * MIB);
	snprintf(path, sizeof(path), "/kubepods/pod%s/c", name);
	box = mw_snapshot_add(n->s, MW_CGROUP, own, slice_of(path), n->next++, 0);
	mw_set_text(n->s, box, M_CG_ROLE, SLICE("container"));
	mw_set_text(n->s, box, M_CG_POD_UID, slice_of(name));
	if (request >= 0)
		mw_set(box, M_CG_REQUEST, (uint64_t)request * MIB);
	return own;
}

static struct mw_entity *priority(struct mw_entity *own, int64_t priority)
{
	mw_set(own, M_CG_PRIORITY, (uint64_t)priority);
	return own;
}

/* What runs in a pod's container. */
static void process(struct node *n, struct mw_entity *own, uint64_t birth, int64_t adj)
{
	struct mw_entity *box = mw_snapshot_at(n->s, MW_CGROUP, own->index + 1);
	struct mw_entity *p = mw_snapshot_add(n->s, MW_PROCESS, box, SLICE("app"), 1000 + n->next++,
					      birth);

	mw_set(p, M_P_OOM_SCORE_ADJ, (uint64_t)adj);
}

struct order {
	struct arena arena;
	struct mw_eviction *at;
	size_t count;
};

static struct order order(const struct node *n)
{
	struct order o = { .count = 0 };

	EXPECT_EQ(mw_pods_find(n->s), 0);
	o.count = mw_eviction_order(&o.arena, n->s, &o.at);
	return o;
}

/* "a b c": names in the order. */
static void expect_order(const struct order *o, const char *wanted)
{
	scoped_buf struct buf names = { 0 };

	for (size_t i = 0; i < o->count; i++)
		buf_printf(&names, "%s%s", i ? " " : "", o->at[i].pod->name);
	EXPECT_SLICE(buf_slice(&names), wanted);
}

static void done(struct order *o, struct node *n)
{
	arena_release(&o->arena);
	mw_snapshot_free(n->s);
}

/* exceedMemoryRequests, then priority, then memory: the documentation's own example of why a Burstable
 * pod of low priority goes before a BestEffort one of high priority, and why a large pod within its
 * request goes after a small one above it. */
TEST(over_its_request_first_then_priority_then_size)
{
	struct node n = machine(64 * GIB);
	struct order o;

	priority(pod(&n, "large-within", "Guaranteed", 9000, 9000), 0);
	priority(pod(&n, "best-high", "BestEffort", 0, 500), 1000);
	priority(pod(&n, "burst-low", "Burstable", 100, 101), -10);
	priority(pod(&n, "burst-far", "Burstable", 100, 700), 0);
	priority(pod(&n, "burst-near", "Burstable", 900, 1000), 0);
	priority(pod(&n, "within-low", "Burstable", 100, 50), -1000);
	o = order(&n);
	expect_order(&o, "burst-low burst-far burst-near best-high within-low large-within");
	EXPECT_EQ(o.at[0].standing, MW_EVICT_OVER);
	EXPECT_EQ(o.at[0].priority, -10);
	EXPECT_EQ(o.at[0].by, MW_EVICT_BY_PRIORITY);
	EXPECT_EQ(o.at[1].by, MW_EVICT_BY_SIZE);
	EXPECT_EQ(o.at[1].above, 600 * (int64_t)MIB);
	EXPECT_EQ(o.at[3].by, MW_EVICT_BY_REQUEST);
	EXPECT_EQ(o.at[4].standing, MW_EVICT_WITHIN);
	EXPECT_EQ(o.at[4].above, -50 * (int64_t)MIB);
	for (uint32_t i = 0; i < o.count; i++) {
		EXPECT_EQ(o.at[i].first, i + 1);
		EXPECT_EQ(o.at[i].last, i + 1);
	}
	done(&o, &n);
}

/* To exceed is to be larger: a pod that takes exactly its request does not. */
TEST(exactly_the_request_is_within_it)
{
	struct node n = machine(64 * GIB);
	struct order o;

	pod(&n, "exact", "Burstable", 100, 100);
	mw_set(pod(&n, "byte", "Burstable", 100, 100), M_CG_WORKING_SET, 100 * MIB + 1);
	o = order(&n);
	expect_order(&o, "byte exact");
	EXPECT_EQ(o.at[0].standing, MW_EVICT_OVER);
	EXPECT_EQ(o.at[0].above, 1);
	EXPECT_EQ(o.at[1].standing, MW_EVICT_WITHIN);
	done(&o, &n);
}

/* The kubelet's sort is not stable: either may be first. */
TEST(equals_share_their_places)
{
	struct node n = machine(64 * GIB);
	struct order o;

	pod(&n, "b", "Burstable", 50, 150);
	pod(&n, "a", "Burstable", 100, 200);
	pod(&n, "first", "BestEffort", 0, 300);
	pod(&n, "last", "Burstable", 100, 100);
	o = order(&n);
	expect_order(&o, "first a b last");
	EXPECT_EQ(o.at[0].first, 1);
	EXPECT_EQ(o.at[0].last, 1);
	EXPECT_EQ(o.at[1].first, 2);
	EXPECT_EQ(o.at[1].last, 3);
	EXPECT_EQ(o.at[2].first, 2);
	EXPECT_EQ(o.at[2].last, 3);
	EXPECT_EQ(o.at[1].by, MW_EVICT_BY_NOTHING);
	EXPECT_EQ(o.at[3].first, 4);
	done(&o, &n);
}

/* IsCriticalPod(): static pods and their mirrors, whatever their priority, and system priorities. */
TEST(static_and_system_pods_are_never_evicted)
{
	struct node n = machine(64 * GIB);
	struct order o;

	priority(pod(&n, "system", "BestEffort", 0, 5000), 2000000000);
	priority(pod(&n, "nearly", "BestEffort", 0, 10), 1999999999);
	mw_set(priority(pod(&n, "file", "BestEffort", 0, 7000), 0), M_CG_STATIC, 1);
	mw_set(priority(pod(&n, "etcd", "Burstable", 10, 8000), 2000001000), M_CG_STATIC, 1);
	o = order(&n);
	expect_order(&o, "nearly etcd file system");
	EXPECT_EQ(o.at[0].first, 1);
	EXPECT_EQ(o.at[1].standing, MW_EVICT_STATIC);
	EXPECT_EQ(o.at[1].first, 0);
	EXPECT_EQ(o.at[3].standing, MW_EVICT_CRITICAL);
	EXPECT_EQ(o.at[3].first, 0);
	done(&o, &n);
}

/* 10 GiB: a thousandth is 10.24 MiB. 1000 - 1000 * 512 / 10240 = 950. */
TEST(a_request_is_told_by_the_adjustment)
{
	struct node n = machine(10 * GIB);
	struct mw_entity *own = pod(&n, "told", "Burstable", -1, 600);
	struct order o;

	process(&n, own, 10, 950);
	/* a child that made itself the first to go */
	process(&n, own, 20, 1000);
	process(&n, pod(&n, "near", "Burstable", -1, 515), 10, 950);
	process(&n, pod(&n, "small", "Burstable", -1, 400), 10, 950);
	pod(&n, "known", "Burstable", 100, 184);
	o = order(&n);
	expect_order(&o, "known told near small");
	EXPECT_EQ(o.at[1].standing, MW_EVICT_OVER);
	EXPECT_EQ(o.at[1].request.v, 512 * MIB);
	EXPECT_EQ(o.at[1].request_error, 10 * GIB / 1000);
	/* 77.8 to 88 over; the other one by 84: either may be first */
	EXPECT_EQ(o.at[0].first, 1);
	EXPECT_EQ(o.at[0].last, 2);
	EXPECT_EQ(o.at[1].first, 1);
	EXPECT_EQ(o.at[1].last, 2);
	/* 515 is more than 512 and less than 522 */
	EXPECT_EQ(o.at[2].standing, MW_EVICT_ABOUT);
	EXPECT_EQ(o.at[2].first, 3);
	EXPECT_EQ(o.at[3].standing, MW_EVICT_WITHIN);
	done(&o, &n);
}

/* 999 is given to whatever requests less than two thousandths, 3 to whatever requests nearly all. */
TEST(the_ends_of_the_scale_say_less)
{
	struct node n = machine(10 * GIB);
	struct mw_entity *limited = pod(&n, "limited", "Burstable", -1, 1);
	struct order o;

	mw_set(limited, M_CG_LIMIT, 4 * MIB);
	process(&n, limited, 10, 999);
	process(&n, pod(&n, "tiny", "Burstable", -1, 2), 10, 999);
	process(&n, pod(&n, "huge", "Burstable", -1, 3), 10, 3);
	o = order(&n);
	expect_order(&o, "limited tiny huge");
	EXPECT_EQ(o.at[0].request.v, 0);
	EXPECT_EQ(o.at[0].request_error, 4 * MIB);
	EXPECT_EQ(o.at[0].standing, MW_EVICT_ABOUT);
	EXPECT_EQ(o.at[1].request.v, 0);
	EXPECT_EQ(o.at[1].request_error, 10 * GIB / 500);
	EXPECT_EQ(o.at[2].request.v + o.at[2].request_error, 10 * GIB);
	done(&o, &n);
}

/* What nobody told and nothing shows is not guessed. */
TEST(unknown_requests_are_not_ranked)
{
	struct node n = machine(10 * GIB);
	struct mw_entity *two, *box;
	struct order o;

	pod(&n, "mute", "Burstable", -1, 3000);
	/* only one of its two containers is heard of */
	two = pod(&n, "two", "Burstable", -1, 2000);
	box = mw_snapshot_add(n.s, MW_CGROUP, two, SLICE("/kubepods/podtwo/d"), n.next++, 0);
	mw_set_text(n.s, box, M_CG_ROLE, SLICE("container"));
	mw_set_text(n.s, box, M_CG_POD_UID, SLICE("two"));
	process(&n, two, 10, 950);
	/* adjusted by hand */
	process(&n, pod(&n, "odd", "Burstable", -1, 1000), 10, -500);
	mw_set_state(pod(&n, "gone", "Burstable", 10, 0), M_CG_WORKING_SET, MW_VANISHED);
	pod(&n, "best", "BestEffort", -1, 20);
	o = order(&n);
	expect_order(&o, "best mute two odd gone");
	EXPECT_EQ(o.at[0].first, 1);
	EXPECT_EQ(o.at[0].standing, MW_EVICT_OVER);
	for (size_t i = 1; i < 4; i++) {
		EXPECT_EQ(o.at[i].standing, MW_EVICT_NO_REQUEST);
		EXPECT_EQ(o.at[i].first, 0);
	}
	EXPECT_EQ(o.at[4].standing, MW_EVICT_NO_SIZE);
	done(&o, &n);
}

/* A Burstable pod that the kubelet adjusts as a Guaranteed one is critical. */
TEST(critical_pods_show_by_their_adjustment)
{
	struct node n = machine(10 * GIB);
	struct order o;

	process(&n, pod(&n, "proxy", "BestEffort", -1, 900), 10, -997);
	process(&n, pod(&n, "sure", "Guaranteed", 500, 400), 10, -997);
	process(&n, priority(pod(&n, "lowered", "BestEffort", -1, 800), 5), 10, -997);
	o = order(&n);
	expect_order(&o, "lowered sure proxy");
	EXPECT_EQ(o.at[2].standing, MW_EVICT_CRITICAL);
	EXPECT_EQ(o.at[1].standing, MW_EVICT_WITHIN);
	EXPECT_EQ(o.at[0].standing, MW_EVICT_OVER);
	done(&o, &n);
}

TEST(the_rank_is_a_cell)
{
	struct node n = machine(10 * GIB);

	pod(&n, "b", "Burstable", 100, 120);
	pod(&n, "a", "Burstable", 100, 150);
	mw_set(pod(&n, "s", "BestEffort", 0, 150), M_CG_STATIC, 1);
	EXPECT_EQ(mw_pods_find(n.s), 0);
	EXPECT_EQ(mw_eviction_rank(n.s), 0);
	EXPECT_EQ(mw_get_or(mw_snapshot_by_name(n.s, MW_POD, SLICE("a")), M_PD_EVICTION_RANK, 0),
		  1);
	EXPECT_EQ(mw_get_or(mw_snapshot_by_name(n.s, MW_POD, SLICE("b")), M_PD_EVICTION_RANK, 0),
		  2);
	EXPECT_EQ(mw_get_or(mw_snapshot_by_name(n.s, MW_POD, SLICE("s")), M_PD_EVICTION_RANK, 0),
		  0);
	mw_snapshot_free(n.s);
	n = machine(10 * GIB);
	EXPECT_EQ(mw_eviction_rank(n.s), 0);
	mw_snapshot_free(n.s);
}

/* --- signals ---------------------------------------------------------------------------------- */

static struct mw_entity *root(struct node *n, uint64_t version)
{
	struct mw_entity *e = mw_snapshot_add(n->s, MW_CGROUP, NULL, SLICE("/"), n->next++, 0);

	mw_set(e, M_CG_VERSION, version);
	mw_set(e, M_CG_ANON, 2000 * MIB);
	mw_set(e, M_CG_FILE, 1500 * MIB);
	mw_set(e, M_CG_INACTIVE_FILE, 500 * MIB);
	return e;
}

static struct mw_entity *kubepods(struct node *n, struct mw_entity *above)
{
	struct mw_entity *e = mw_snapshot_add(n->s, MW_CGROUP, above, SLICE("/kubepods.slice"),
					      n->next++, 0);

	mw_set(e, M_CG_WORKING_SET, 2500 * MIB);
	mw_set(e, M_CG_LIMIT, 3500 * MIB);
	return e;
}

TEST(signals_of_v2)
{
	struct node n = machine(4000 * MIB);
	struct mw_eviction_signal at[MW_EVICTION_SIGNALS];

	kubepods(&n, root(&n, 2));
	EXPECT_EQ(mw_eviction_signals(n.s, at), 2);
	/* 4000 - (2000 + 1500 - 500) */
	EXPECT_STR(at[0].name, "memory.available");
	EXPECT_EQ(at[0].available.v, 1000 * MIB);
	EXPECT_EQ(at[0].hard.v, 100 * MIB);
	EXPECT_EQ(at[0].left.v, 900 * MIB);
	EXPECT(at[0].assumed);
	EXPECT_EQ(at[0].soft.state, MW_ABSENT);
	EXPECT_STR(at[1].name, "allocatableMemory.available");
	EXPECT_EQ(at[1].available.v, 1000 * MIB);
	mw_snapshot_free(n.s);
}

TEST(signals_of_v1_and_of_a_configuration)
{
	struct node n = machine(4000 * MIB);
	struct mw_entity *top = root(&n, 1);
	struct mw_eviction_signal at[MW_EVICTION_SIGNALS];

	kubepods(&n, top);
	mw_set(top, M_CG_USAGE, 3900 * MIB);
	mw_set_text(n.s, n.node, M_KUBELET_CONFIG, SLICE("/var/lib/kubelet/config.yaml"));
	mw_set(n.node, M_EVICTION_HARD, 700 * MIB);
	mw_set(n.node, M_EVICTION_SOFT, 550 * MIB);
	EXPECT_EQ(mw_eviction_signals(n.s, at), 2);
	/* 4000 - (3900 - 500) */
	EXPECT_EQ(at[0].available.v, 600 * MIB);
	EXPECT_EQ(at[0].left.state, MW_OK);
	EXPECT_EQ(at[0].left.v, 0);
	EXPECT_EQ(at[0].left_soft.v, 50 * MIB);
	EXPECT(!at[0].assumed);
	EXPECT_EQ(at[1].left.v, 300 * MIB);
	EXPECT_EQ(at[1].soft.state, MW_ABSENT);
	mw_snapshot_free(n.s);
}

TEST(what_is_not_watched_is_no_signal)
{
	struct node n = machine(4000 * MIB);
	struct mw_entity *top = root(&n, 2), *pods;
	struct mw_eviction_signal at[MW_EVICTION_SIGNALS];

	EXPECT_EQ(mw_eviction_signals(n.s, at), 0);
	pods = kubepods(&n, top);
	mw_set(n.node, M_EVICTION_PODS, 0);
	EXPECT_EQ(mw_eviction_signals(n.s, at), 1);
	mw_set(n.node, M_EVICTION_PODS, 1);
	mw_set_state(pods, M_CG_LIMIT, MW_UNLIMITED);
	EXPECT_EQ(mw_eviction_signals(n.s, at), 1);
	/* a configuration that names other signals only has no threshold for memory */
	mw_set_text(n.s, n.node, M_KUBELET_CONFIG, SLICE("/etc/k.yaml"));
	EXPECT_EQ(mw_eviction_signals(n.s, at), 1);
	EXPECT_EQ(at[0].hard.state, MW_ABSENT);
	EXPECT_EQ(at[0].left.state, MW_ABSENT);
	mw_set_state(top, M_CG_ANON, MW_DENIED);
	EXPECT_EQ(mw_eviction_signals(n.s, at), 1);
	EXPECT_EQ(at[0].available.state, MW_DENIED);
	mw_snapshot_free(n.s);
}
