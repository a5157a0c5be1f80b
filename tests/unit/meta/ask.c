/* What answers of Docker and podman say, and what is done where there is none. */
#include "meta/ask/wanted.h"
#include "test.h"

#define WEB "55150e0bf370afdeee9abad8e15143ac106316d92062456363a6fcbb04939548"
#define PW1 "81de1309385260a59f4faaa2624875e1e0a0ebfc37305b2d51bc740e8b2493e4"

/* Groups that are wanted, as finding out about them begins. */
struct groups {
	struct arena arena;
	struct mw_who who[3], *at[3];
	size_t count;
	struct mw_wanted wanted;
};

static void add(struct groups *g, const char *path, const char *id, const char *uid)
{
	struct mw_who *who = &g->who[g->count];

	mw_who_init(who, &g->arena, slice_of(path));
	mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
	mw_who_text(who, M_CG_RUNTIME_ID, slice_of(id));
	mw_who_text(who, M_CG_POD_UID, slice_of(uid));
	g->at[g->count++] = who;
}

static void begin(struct groups *g)
{
	EXPECT_EQ(mw_wanted_init(&g->wanted, g->at, g->count), 0);
}

static void end(struct groups *g)
{
	for (size_t i = 0; i < g->count; i++)
		mw_who_release(g->at[i]);
	mw_wanted_release(&g->wanted);
	arena_release(&g->arena);
}

static int list(struct groups *g, const char *runtime, const uint32_t *user, struct slice json)
{
	struct mw_container_list l = { runtime, user, mw_wanted_find, &g->wanted };

	return mw_containers_parse(json, &l);
}

TEST(dockers_list)
{
	scoped_buf struct buf text = fixture_text("meta/docker-list.json");
	struct groups g = { 0 };

	add(&g, "/a", WEB, "");
	add(&g, "/b", PW1, "");
	begin(&g);
	EXPECT_EQ(list(&g, "docker", NULL, buf_slice(&text)), 0);
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_RUNTIME), "docker");
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_NAME), "web1");
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_IMAGE), "vt:1");
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_PROJECT), "shop");
	EXPECT(g.wanted.told[0] && !g.wanted.told[1]);
	EXPECT(!mw_who_knows(g.at[1], M_CG_NAME));
	end(&g);
}

TEST(podmans_list_of_one_user)
{
	scoped_buf struct buf text = fixture_text("meta/podman-list.json");
	struct groups g = { 0 };

	add(&g, "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-x.scope", PW1, "");
	add(&g, "/user.slice/user-1001.slice/libpod-x.scope", PW1, "");
	add(&g, "/user.slice/user-1000.slicex/libpod-x.scope", PW1, "");
	begin(&g);
	EXPECT_EQ(list(&g, "podman", &(uint32_t){ 1000 }, buf_slice(&text)), 0);
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_NAME), "pw1");
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_IMAGE), "localhost/vt:1");
	EXPECT(mw_who_knows(g.at[0], M_CG_INIT_PID));
	EXPECT(!mw_who_knows(g.at[1], M_CG_NAME) && !mw_who_knows(g.at[2], M_CG_NAME));
	EXPECT_EQ(list(&g, "podman", NULL, buf_slice(&text)), 0);
	EXPECT_SLICE(mw_who_get(g.at[1], M_CG_NAME), "pw1");
	end(&g);
}

TEST(a_pods_infra_container_is_its_sandbox)
{
	struct groups g = { 0 };

	add(&g, "/a", PW1, "");
	begin(&g);
	EXPECT_EQ(list(&g, "podman", NULL,
		       SLICE("[{\"Id\":\"" PW1 "\",\"Names\":[\"x-infra\"],\"IsInfra\":true,"
			     "\"PodName\":\"shop\"}]")),
		  0);
	EXPECT(mw_who_is(g.at[0], M_CG_ROLE, MW_ROLE_SANDBOX));
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_POD), "shop");
	end(&g);
}

TEST(lists_that_are_none)
{
	static const char *const texts[] = {
		"",
		"null",
		"{}",
		"[1]",
		"[",
		"[{}]",
		"[{\"Id\":7}]",
		"[{\"Id\":\"short\"}]",
		"[{\"Id\":\"" WEB "\"",
		"x[]",
		"[{\"Id\":\"\"}]",
		"[{\"Id\":\"" WEB "\"} {}]",
	};
	struct groups g = { 0 };

	add(&g, "/a", WEB, "");
	begin(&g);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		EXPECT_EQ(list(&g, "docker", NULL, slice_of(texts[i])), -EBADMSG);
	EXPECT_EQ(list(&g, "docker", NULL, SLICE("[]")), 0);
	end(&g);
}

TEST(what_files_told_stays)
{
	scoped_buf struct buf text = fixture_text("meta/docker-list.json");
	struct groups g = { 0 };

	add(&g, "/a", WEB, "");
	mw_who_text(g.at[0], M_CG_NAME, SLICE("from-a-file"));
	mw_who_label(g.at[0], SLICE("team"), SLICE("y"));
	begin(&g);
	EXPECT_EQ(list(&g, "docker", NULL, buf_slice(&text)), 0);
	EXPECT_SLICE(mw_who_get(g.at[0], M_CG_NAME), "from-a-file");
	EXPECT_SLICE(buf_slice(&g.at[0]->labels), "team=y\n");
	end(&g);
}

TEST(wanted_groups_are_found_one_after_the_other)
{
	struct groups g = { 0 };
	size_t seen = 0;

	add(&g, "/a", WEB, "u1");
	add(&g, "/b", PW1, "u2");
	add(&g, "/c", WEB, "u1");
	begin(&g);
	for (int round = 0; round < 2; round++) {
		EXPECT(mw_wanted_find(&g.wanted, MW_ASKED_CONTAINER, SLICE(WEB)) == g.at[0]);
		EXPECT(mw_wanted_find(&g.wanted, MW_ASKED_CONTAINER, SLICE(WEB)) == g.at[2]);
		EXPECT(!mw_wanted_find(&g.wanted, MW_ASKED_CONTAINER, SLICE(WEB)));
	}
	EXPECT(!mw_wanted_find(&g.wanted, MW_ASKED_CONTAINER, SLICE("u1")));
	EXPECT(!mw_wanted_find(&g.wanted, MW_ASKED_CONTAINER, SLICE("")));
	while (mw_wanted_find(&g.wanted, MW_ASKED_POD, SLICE("u1")))
		seen++;
	EXPECT_EQ(seen, 2);
	/* another id in between begins anew */
	EXPECT(mw_wanted_find(&g.wanted, MW_ASKED_POD, SLICE("u1")) == g.at[0]);
	EXPECT(mw_wanted_find(&g.wanted, MW_ASKED_POD, SLICE("u2")) == g.at[1]);
	EXPECT(mw_wanted_find(&g.wanted, MW_ASKED_POD, SLICE("u1")) == g.at[0]);
	end(&g);
}

static void expect_docker(const char *json, int error, enum mw_state state, uint64_t bytes)
{
	struct mw_num n = { 7, MW_SKIPPED };

	EXPECT_EQ(mw_docker_stats_parse(slice_of(json), &n), error);
	EXPECT_EQ(n.state, error ? MW_SKIPPED : state);
	EXPECT_EQ(n.v, error ? 7 : bytes);
}

/* docker's calculateMemUsageUnixNoCache(), case by case */
TEST(docker_stats)
{
	scoped_buf struct buf text = fixture_text("meta/docker-stats.json");

	expect_docker(text.at, 0, MW_OK, 21491712);
	expect_docker("{\"memory_stats\":{\"usage\":100,\"stats\":"
		      "{\"total_inactive_file\":30,\"inactive_file\":10}}}",
		      0, MW_OK, 70);
	expect_docker("{\"memory_stats\":{\"usage\":100,\"stats\":{\"inactive_file\":10}}}", 0,
		      MW_OK, 90);
	expect_docker("{\"memory_stats\":{\"usage\":100,\"stats\":{\"inactive_file\":100}}}", 0,
		      MW_OK, 100);
	expect_docker("{\"memory_stats\":{\"usage\":100,\"stats\":"
		      "{\"total_inactive_file\":100,\"inactive_file\":10}}}",
		      0, MW_OK, 90);
	expect_docker("{\"memory_stats\":{\"usage\":100}}", 0, MW_OK, 100);
	/* it does not run */
	expect_docker("{\"memory_stats\":{}}", 0, MW_ABSENT, 0);
	expect_docker("{\"memory_stats\":{\"usage\":-1}}", -EBADMSG, MW_OK, 0);
	expect_docker("{\"memory_stats\":{\"usage\":99999999999999999999}}", -EBADMSG, MW_OK, 0);
	expect_docker("{\"message\":\"no\"}", -EBADMSG, MW_OK, 0);
	expect_docker("", -EBADMSG, MW_OK, 0);
}

TEST(podman_stats)
{
	scoped_buf struct buf text = fixture_text("meta/podman-stats.json");
	struct mw_num n;

	EXPECT_EQ(mw_podman_stats_parse(buf_slice(&text), SLICE(PW1), &n), 0);
	EXPECT_EQ(n.state, MW_OK);
	EXPECT(n.v > 20 << 20 && n.v < 64 << 20);
	EXPECT_EQ(mw_podman_stats_parse(buf_slice(&text), SLICE(WEB), &n), 0);
	EXPECT_EQ(n.state, MW_ABSENT);
	EXPECT_EQ(mw_podman_stats_parse(SLICE("{\"Stats\":null}"), SLICE(PW1), &n), 0);
	EXPECT_EQ(n.state, MW_ABSENT);
	EXPECT_EQ(mw_podman_stats_parse(SLICE("{\"Stats\":[{\"ContainerID\":\"" PW1 "\"}]}"),
					SLICE(PW1), &n),
		  -EBADMSG);
	EXPECT_EQ(mw_podman_stats_parse(SLICE("{\"Stats\":[7"), SLICE(PW1), &n), -EBADMSG);
	EXPECT_EQ(mw_podman_stats_parse(SLICE("[]"), SLICE(PW1), &n), -EBADMSG);
}

/* --- backing off ------------------------------------------------------------------------------ */

static int64_t now;

static int64_t clock_of(struct mw_source *source)
{
	(void)source;
	return now;
}

TEST(waits_grow_to_ten_minutes)
{
	static const uint32_t waits[] = { 10, 20, 40, 80, 160, 320, 600, 600 };
	const struct mw_source_ops ops = { .clock = clock_of };
	struct mw_source source = { .ops = &ops };
	const struct mw_meta_options options = { .root = "/" };
	const struct mw_http_request request = { .socket = "/run/docker.sock",
						 .url = "http://d/x" };
	struct mw_machine machine = { .kind = MW_LIVE };
	const struct mw_problem *problems;
	struct mw_ask ask;

	mw_ask_init(&ask, &options);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		struct mw_snapshot *s = mw_snapshot_new(&machine);

		EXPECT_EQ(mw_ask_failed(&ask, MW_ASK_DOCKER, &source, s, &request, -EBADMSG),
			  -EBADMSG);
		EXPECT_EQ(mw_snapshot_problems(s, &problems), 1);
		EXPECT_STR(problems[0].path, "run/docker.sock");
		EXPECT_EQ(problems[0].again, waits[i]);
		mw_snapshot_free(s);
		now += waits[i] * INT64_C(1000000000) - 1;
		/* not yet: nothing is asked, what it was is said */
		s = mw_snapshot_new(&machine);
		EXPECT_EQ(mw_ask_get(&ask, MW_ASK_DOCKER, &source, s, &request), -EAGAIN);
		EXPECT_EQ(mw_snapshot_problems(s, &problems), 1);
		EXPECT_EQ(problems[0].error, EBADMSG);
		EXPECT_EQ(problems[0].again, 1);
		mw_snapshot_free(s);
		now++;
	}
	mw_ask_answered(&ask, MW_ASK_DOCKER);
	EXPECT_EQ(ask.endpoints[MW_ASK_DOCKER].failures, 0);
	mw_ask_release(&ask);
}
