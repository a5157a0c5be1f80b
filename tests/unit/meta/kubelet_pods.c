#include "meta/ask/kubelet.h"
#include "meta/ask/wanted.h"
#include "test.h"

#define UID "5f2c9c7e-3a51-4a39-8a6b-0c1d2e3f4a5b"

enum { GROUPS = 8 };

struct world {
	struct arena arena;
	struct mw_who who[GROUPS];
	struct mw_who *at[GROUPS];
	size_t count;
};

static struct mw_who *add(struct world *w, const char *role, const char *uid, char id)
{
	struct mw_who *who = &w->who[w->count];
	char text[64];

	memset(text, id, sizeof(text));
	mw_who_init(who, &w->arena, SLICE("/x"));
	mw_who_text(who, M_CG_ROLE, slice_of(role));
	if (uid)
		mw_who_text(who, M_CG_POD_UID, slice_of(uid));
	if (id)
		mw_who_text(who, M_CG_RUNTIME_ID, (struct slice){ text, sizeof(text) });
	w->at[w->count++] = who;
	return who;
}

static int tell(struct world *w, struct slice json)
{
	struct mw_wanted wanted;
	int error = mw_wanted_init(&wanted, w->at, w->count);

	EXPECT_EQ(error, 0);
	error = mw_kubelet_pods_parse(json, mw_wanted_find, &wanted);
	mw_wanted_release(&wanted);
	return error;
}

static void release(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		mw_who_release(&w->who[i]);
	arena_release(&w->arena);
}

static uint64_t number(const struct mw_who *who, enum mw_metric metric)
{
	EXPECT(mw_who_knows(who, metric));
	return who->number[metric - MW_WHO_FIRST];
}

#define EXPECT_FACT(who, metric, text) EXPECT_SLICE(mw_who_get((who), (metric)), (text))

TEST(a_pod_and_its_containers)
{
	scoped_buf struct buf json = fixture_text("meta/kubelet-pods.json");
	struct world w = { 0 };
	struct mw_who *pod = add(&w, MW_ROLE_POD, UID, 0), *java = add(&w, "container", UID, 'a'),
		      *proxy = add(&w, "container", UID, 'b'),
		      *log = add(&w, "container", UID, 'c'),
		      *other = add(&w, "container", NULL, 'e'),
		      *pause = add(&w, MW_ROLE_SANDBOX, UID, '7');

	/* as config.json says: what it was started with */
	mw_who_number(java, M_CG_SPEC_LIMIT, 512 << 20);
	EXPECT_EQ(tell(&w, buf_slice(&json)), 0);
	EXPECT_FACT(pod, M_CG_POD, "order-7d9f8b6c5d-x2x7p");
	EXPECT_FACT(pod, M_CG_NAMESPACE, "shop");
	EXPECT_FACT(pod, M_CG_QOS, "Burstable");
	EXPECT_FACT(pod, M_CG_OWNER, "Deployment/order");
	EXPECT_EQ(number(pod, M_CG_PRIORITY), 1000);
	EXPECT(!mw_who_knows(pod, M_CG_STATIC));
	EXPECT_SLICE(buf_slice(&pod->labels), "app=order\npod-template-hash=7d9f8b6c5d\n");
	/* 256 + 16 and the sidecar's 32 are 304 Mi; while it starts 300 are more than 132; overhead 8 */
	EXPECT_EQ(number(pod, M_CG_REQUEST), (304ull + 8) << 20);
	EXPECT_FACT(java, M_CG_CONTAINER, "java");
	EXPECT_FACT(java, M_CG_IMAGE, "registry.example/order:2.4");
	EXPECT_EQ(number(java, M_CG_REQUEST), 256 << 20);
	EXPECT_EQ(number(java, M_CG_SPEC_LIMIT), 1 << 30);
	EXPECT_EQ(number(java, M_CG_CPU_REQUEST), 250000);
	EXPECT_EQ(number(java, M_CG_CPU_LIMIT), 2000000);
	EXPECT_EQ(number(java, M_CG_RESTARTS), 3);
	EXPECT_FACT(proxy, M_CG_CONTAINER, "proxy");
	EXPECT_EQ(number(proxy, M_CG_REQUEST), 32 << 20);
	EXPECT(!mw_who_knows(log, M_CG_SPEC_LIMIT));
	/* an ephemeral one, whose path did not tell the pod */
	EXPECT_FACT(other, M_CG_CONTAINER, "debugger");
	EXPECT_FACT(other, M_CG_POD_UID, UID);
	EXPECT_FACT(pause, M_CG_POD, "order-7d9f8b6c5d-x2x7p");
	EXPECT(!mw_who_knows(pause, M_CG_CONTAINER));
	release(&w);
}

TEST(static_pods_by_the_hash_of_their_file)
{
	/* a mirror, as the API server knows it */
	static const char mirror[] =
		"{\"items\":[{\"metadata\":{\"name\":\"kube-apiserver-cp-1\",\"uid\":\"11111111-0000\","
		"\"namespace\":\"kube-system\",\"annotations\":{\"kubernetes.io/config.mirror\":\"0f9a\","
		"\"kubernetes.io/config.hash\":\"0f9a\"},\"ownerReferences\":[{\"kind\":\"Node\","
		"\"name\":\"cp-1\",\"controller\":true}]},\"spec\":{\"priority\":2000001000}}]}";
	scoped_buf struct buf json = fixture_text("meta/kubelet-pods.json");
	struct world w = { 0 };
	struct mw_who *pod = add(&w, MW_ROLE_POD, "0f9a1f7e3c5b4d2a8e6f7a8b9c0d1e2f", 0),
		      *mirrored = add(&w, MW_ROLE_POD, "0f9a", 0),
		      *db = add(&w, MW_ROLE_POD, "22222222-3a51-4a39-8a6b-0c1d2e3f4a5b", 0);

	EXPECT_EQ(tell(&w, buf_slice(&json)), 0);
	EXPECT_EQ(tell(&w, SLICE(mirror)), 0);
	EXPECT_EQ(number(pod, M_CG_STATIC), 1);
	EXPECT_EQ(number(pod, M_CG_PRIORITY), 2000001000);
	EXPECT_EQ(number(pod, M_CG_REQUEST), 0);
	EXPECT(!mw_who_knows(pod, M_CG_OWNER));
	EXPECT_EQ(number(mirrored, M_CG_STATIC), 1);
	EXPECT(!mw_who_knows(mirrored, M_CG_OWNER));
	EXPECT_FACT(db, M_CG_OWNER, "StatefulSet/db");
	EXPECT_EQ((int64_t)number(db, M_CG_PRIORITY), -10);
	release(&w);
}

TEST(the_largest_moment_of_a_start)
{
	static const char json[] =
		"{\"items\":[{\"status\":{\"qosClass\":\"Burstable\"},\"metadata\":{\"uid\":\"u\"},\"spec\":{"
		"\"initContainers\":[{\"name\":\"s\",\"restartPolicy\":\"Always\",\"resources\":{\"requests\":"
		"{\"memory\":\"1Gi\"}}},{\"name\":\"i\",\"resources\":{\"requests\":{\"memory\":\"2Gi\"}}}],"
		"\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"memory\":1000}}}]}}]}";
	struct world w = { 0 };
	struct mw_who *pod = add(&w, MW_ROLE_POD, "u", 0);

	EXPECT_EQ(tell(&w, SLICE(json)), 0);
	EXPECT_EQ(number(pod, M_CG_REQUEST), 3ull << 30);
	release(&w);
}

TEST(answers_that_are_none)
{
	static const char *const bad[] = { "",
					   "{}",
					   "[]",
					   "null",
					   "{\"items\":[{\"metadata\":",
					   "{\"kind\":\"Status\",\"code\":403}",
					   "<html>" };
	struct world w = { 0 };
	struct mw_who *pod;

	add(&w, MW_ROLE_POD, UID, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(tell(&w, slice_of(bad[i])), -EBADMSG);
	EXPECT_EQ(tell(&w, SLICE("{\"items\":null}")), 0);
	/* a name that is no UTF-8 is no name */
	pod = add(&w, MW_ROLE_POD, "u", 0);
	EXPECT_EQ(tell(&w, SLICE("{\"items\":[{\"metadata\":{\"uid\":\"u\",\"name\":\"\xff\xfe\","
				 "\"namespace\":\"a\"},\"spec\":null}]}")),
		  0);
	EXPECT(!mw_who_knows(pod, M_CG_POD));
	EXPECT_FACT(pod, M_CG_NAMESPACE, "a");
	release(&w);
}
