/* What kubectl prints, whole and in pieces. */
#include "diagnosed.h"

#include "ledger/pods.h"

TEST(java_pod)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"java-container-5g-heap-1.3g-transcript.txt");
	struct mw_entity *e = group(&t, NULL), *jvm = mw_snapshot_at(now(&t), MW_RUNTIME, 0);

	EXPECT_STR(e->name, "app-java-86348df32-rs8ne");
	EXPECT_STR(mw_get_text(e, M_CG_NAMESPACE), "app-ns");
	EXPECT_STR(mw_get_text(e, M_CG_CONTAINER), "app-java");
	EXPECT_STR(mw_get_text(e, M_CG_IMAGE), "hub/app-java:0.0.2-v9926675b");
	EXPECT_EQ(cell(e, M_CG_SPEC_LIMIT), 6ull << 30);
	EXPECT_EQ(cell(e, M_CG_REQUEST), 2ull << 30);
	EXPECT_EQ(cell(e, M_CG_CPU_LIMIT), 2048000);
	EXPECT_EQ(cell(e, M_CG_CPU_REQUEST), 200000);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 6ull << 30);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_RUNTIME), 1);
	EXPECT_EQ(jvm->id, 69);
	EXPECT(jvm->parent == process(&t, 69));
	EXPECT_STR(mw_get_text(jvm, M_RT_FLAGS),
		   "java -jar -XX:+UseContainerSupport -XX:InitialRAMPercentage=70.0 "
		   "-XX:MaxRAMPercentage=70.0 -Dspring.profiles.active=prod "
		   "-XX:-UseAdaptiveSizePolicy  -XX:NewRatio=2  -XX:SurvivorRatio=8  app.jar");
	EXPECT_EQ(block(&t, "pod-spec", 0)->first_line, 2);
	EXPECT_EQ(block(&t, "pod-spec", 0)->last_line, 58);
}

TEST(resources_alone_with_tabs)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("pod-slow-growth-java-pod.yaml");
	struct mw_entity *e = group(&t, "container");

	EXPECT_EQ(cell(e, M_CG_SPEC_LIMIT), 3000ull << 20);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 3000ull << 20);
	EXPECT_EQ(cell(e, M_CG_REQUEST), 2200ull << 20);
	EXPECT_EQ(cell(e, M_CG_CPU_LIMIT), 3000000);
	EXPECT_EQ(cell(e, M_CG_CPU_REQUEST), 1000000);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(resources_go_to_the_container_of_the_paste)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"pod-slow-growth-java-pod.yaml", "pod-slow-growth-java-memory.stat.txt");
	struct mw_entity *e = group(&t, NULL);

	EXPECT_EQ(cell(e, M_CG_REQUEST), 2200ull << 20);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 3145728000);
	EXPECT_EQ(cell(e, M_CG_USAGE), 3133505536);
}

static const char two_containers[] = "apiVersion: v1\n"
				     "items:\n"
				     "- apiVersion: v1\n"
				     "  kind: Pod\n"
				     "  metadata:\n"
				     "    name: web-0\n"
				     "    namespace: shop\n"
				     "    ownerReferences:\n"
				     "    - kind: StatefulSet\n"
				     "      name: web\n"
				     "  spec:\n"
				     "    containers:\n"
				     "    - args:\n"
				     "      - -Xmx512m\n"
				     "      - -jar\n"
				     "      command: [\"java\"]\n"
				     "      env:\n"
				     "      - name: OTHER\n"
				     "        value: -Xmx1g\n"
				     "      - name: JAVA_TOOL_OPTIONS\n"
				     "        value: \"-XX:+UseSerialGC\"\n"
				     "      - name: FROM_SECRET\n"
				     "        valueFrom:\n"
				     "          secretKeyRef:\n"
				     "            name: JAVA_OPTS\n"
				     "      image: web:1\n"
				     "      name: web\n"
				     "      resources:\n"
				     "        limits:\n"
				     "          memory: \"1073741824\"\n"
				     "    - env:\n"
				     "      - name: GOMEMLIMIT\n"
				     "        value: 100MiB\n"
				     "      image: proxy:2\n"
				     "      name: proxy\n"
				     "      resources: {}\n"
				     "    initContainers:\n"
				     "    - image: init:1\n"
				     "      name: init\n"
				     "      resources:\n"
				     "        limits:\n"
				     "          memory: 5Gi\n"
				     "    priority: -5\n"
				     "  status:\n"
				     "    containerStatuses:\n"
				     "    - lastState:\n"
				     "        terminated:\n"
				     "          exitCode: 137\n"
				     "          reason: OOMKilled\n"
				     "      name: web\n"
				     "      restartCount: 3\n"
				     "    - lastState: {}\n"
				     "      name: proxy\n"
				     "      restartCount: 0\n"
				     "    qosClass: Burstable\n"
				     "- apiVersion: v1\n"
				     "  kind: Pod\n"
				     "  metadata:\n"
				     "    name: db-0\n"
				     "  spec:\n"
				     "    containers:\n"
				     "    - name: db\n"
				     "      resources:\n"
				     "        requests:\n"
				     "          memory: 100M\n"
				     "kind: List\n"
				     "metadata:\n"
				     "  resourceVersion: \"\"\n";

TEST(list_of_pods)
{
	scoped_transcript struct mw_transcript t = paste(two_containers);
	struct mw_entity *web = group(&t, "web-0/web"), *proxy = group(&t, "web-0/proxy"),
			 *db = group(&t, "db-0"), *e;

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(web, M_CG_SPEC_LIMIT), 1 << 30);
	EXPECT_EQ(cell(web, M_CG_RESTARTS), 3);
	EXPECT_EQ(cell(web, M_CG_OOM_KILLS), 1);
	EXPECT_EQ((int64_t)cell(web, M_CG_PRIORITY), -5);
	EXPECT_STR(mw_get_text(web, M_CG_QOS), "Burstable");
	EXPECT_STR(mw_get_text(web, M_CG_POD), "web-0");
	EXPECT(web->parent == group(&t, "web-0"));
	EXPECT_EQ(mw_get(proxy, M_CG_SPEC_LIMIT).state, MW_ABSENT);
	EXPECT_EQ(mw_get(proxy, M_CG_OOM_KILLS).state, MW_ABSENT);
	EXPECT_EQ(cell(proxy, M_CG_RESTARTS), 0);
	EXPECT_EQ(cell(db, M_CG_REQUEST), 100000000);
	EXPECT_EQ(mw_get(db, M_CG_LIMIT).state, MW_ABSENT);
	mw_for_each (e, now(&t), MW_RUNTIME) {
		if (!strcmp(e->name, "jvm"))
			EXPECT_STR(mw_get_text(e, M_RT_FLAGS), "-Xmx512m -XX:+UseSerialGC");
		else
			EXPECT_EQ(cell(e, M_RT_HEAP_MAX), 100 << 20);
	}
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_RUNTIME), 2);
}

TEST(deployment)
{
	scoped_transcript struct mw_transcript t = paste("kind: Deployment\n"
							 "metadata:\n"
							 "  name: web\n"
							 "spec:\n"
							 "  template:\n"
							 "    spec:\n"
							 "      containers:\n"
							 "      - name: web\n"
							 "        resources:\n"
							 "          limits: \n"
							 "            memory: 1.5Gi\n"
							 "...\n"
							 "\n"
							 "Name:\tbash\n");

	EXPECT_EQ(cell(group(&t, "container"), M_CG_SPEC_LIMIT), 3ull << 29);
	/* what names a limit alone requests as much */
	EXPECT_EQ(cell(group(&t, "container"), M_CG_REQUEST), 3ull << 29);
	EXPECT_EQ(block(&t, "pod-spec", 0)->lines, 11);
}

TEST(json)
{
	scoped_transcript struct mw_transcript t = paste(
		"{\n"
		"    \"apiVersion\": \"v1\",\n"
		"    \"kind\": \"Pod\",\n"
		"    \"metadata\": {\n"
		"        \"name\": \"web-1\",\n"
		"        \"namespace\": \"shop\"\n"
		"    },\n"
		"    \"spec\": {\n"
		"        \"containers\": [\n"
		"            {\n"
		"                \"args\": [\n"
		"                    \"-Xmx64m\"\n"
		"                ],\n"
		"                \"name\": \"web\",\n"
		"                \"resources\": {\n"
		"                    \"limits\": {\n"
		"                        \"memory\": \"64Mi\"\n"
		"                    }\n"
		"                }\n"
		"            }\n"
		"        ]\n"
		"    }\n"
		"}\n");
	struct mw_entity *e = group(&t, "web-1");

	EXPECT_EQ(cell(e, M_CG_SPEC_LIMIT), 64 << 20);
	EXPECT_STR(mw_get_text(e, M_CG_CONTAINER), "web");
	EXPECT_STR(mw_get_text(mw_snapshot_at(now(&t), MW_RUNTIME, 0), M_RT_FLAGS), "-Xmx64m");
}

/* 40 + 20 MiB of requests; kubectl top says 90 MiB: 30 MiB over. The other one is within its own. */
TEST(pods_of_a_paste_are_rows)
{
	scoped_transcript struct mw_transcript t = paste("$ kubectl get pods -n shop -o yaml\n"
							 "apiVersion: v1\n"
							 "items:\n"
							 "- apiVersion: v1\n"
							 "  kind: Pod\n"
							 "  metadata:\n"
							 "    name: web-0\n"
							 "    namespace: shop\n"
							 "  spec:\n"
							 "    containers:\n"
							 "    - image: web:1\n"
							 "      name: web\n"
							 "      resources:\n"
							 "        requests:\n"
							 "          memory: 40Mi\n"
							 "    - image: log:1\n"
							 "      name: log\n"
							 "      resources:\n"
							 "        requests:\n"
							 "          memory: 20Mi\n"
							 "    priority: 7\n"
							 "- apiVersion: v1\n"
							 "  kind: Pod\n"
							 "  metadata:\n"
							 "    name: db-0\n"
							 "    namespace: shop\n"
							 "  spec:\n"
							 "    containers:\n"
							 "    - image: db:1\n"
							 "      name: db\n"
							 "      resources:\n"
							 "        requests:\n"
							 "          memory: 500Mi\n"
							 "    priority: 0\n"
							 "kind: List\n"
							 "$ kubectl top pod -n shop\n"
							 "NAME    CPU(cores)   MEMORY(bytes)\n"
							 "web-0   1m           90Mi\n"
							 "db-0    1m           480Mi\n");
	scoped_arena struct arena a = { 0 };
	const struct mw_finding *f = finding(&t, &a, "ctr-evict-candidate", NULL);
	const struct mw_entity *web, *db;

	EXPECT_EQ(mw_snapshot_count(now(&t), MW_POD), 2);
	web = mw_snapshot_by_name(now(&t), MW_POD, SLICE("shop/web-0"));
	db = mw_snapshot_by_name(now(&t), MW_POD, SLICE("shop/db-0"));
	assert_non_null(web);
	assert_non_null(db);
	EXPECT_EQ(mw_get_or(web, M_PD_REQUEST, 0), 60 << 20);
	EXPECT_EQ(mw_get_or(web, M_PD_WORKING_SET, 0), 90 << 20);
	EXPECT_EQ(mw_get_or(web, M_PD_CONTAINERS, 0), 2);
	EXPECT_EQ(mw_get_or(web, M_PD_PRIORITY, 0), 7);
	EXPECT_EQ(mw_get_or(web, M_PD_EVICTION_RANK, 0), 1);
	EXPECT_EQ(mw_get_or(db, M_PD_REQUEST, 0), 500 << 20);
	EXPECT_EQ(mw_get_or(db, M_PD_EVICTION_RANK, 0), 2);
	assert_non_null(f);
	EXPECT(mw_pod_of(now(&t), f->entity) == web);
}

/* Nobody named the pod, but only pods have requests: 2200 MiB, of which it takes more. */
TEST(a_request_without_a_name_is_a_pods)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"pod-slow-growth-java-pod.yaml", "pod-slow-growth-java-memory.stat.txt");
	scoped_arena struct arena a = { 0 };
	const struct mw_finding *f = finding(&t, &a, "ctr-evict-candidate",
					     mw_snapshot_at(now(&t), MW_CGROUP, 0));

	EXPECT_EQ(mw_snapshot_count(now(&t), MW_POD), 1);
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
}

TEST(what_is_no_pod)
{
	scoped_transcript struct mw_transcript t = paste("name: value\n"
							 "spec:\n"
							 "  memory: 5\n"
							 "limits:\n"
							 "  memory: lots\n"
							 "status: ok\n"
							 "{\n"
							 "}\n"
							 "env:\n"
							 "- a\n");

	EXPECT_EQ(t.block_count, 0);
}
