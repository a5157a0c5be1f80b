#include "render/document.h"
#include "test.h"

#include <errno.h>
#include <jansson.h>

static const struct mw_machine machine = {
	.kind = MW_TREE,
	.page_size = 65536,
	.taken_at = 1763608447000000000,
	.clock = 10000000000,
	.kernel = "6.1.0",
};

static struct mw_entity *add(struct mw_snapshot *s, enum mw_kind kind, struct mw_entity *parent,
			     const char *name, uint64_t id)
{
	struct mw_entity *e = mw_snapshot_add(s, kind, parent, slice_of(name), id, 1);

	EXPECT(e);
	return e;
}

static json_t *loads(const struct buf *text)
{
	json_error_t error;
	json_t *root = json_loadb(text->at, text->len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		print_error("%s at %d\n", error.text, error.position);
	EXPECT(root);
	return root;
}

static json_t *entity(const struct mw_entity *e)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_object(&j, NULL);
	mw_json_entity(&j, e);
	EXPECT_EQ(mw_json_finish(&j), 0);
	return loads(&out);
}

static json_int_t integer(const json_t *object, const char *key)
{
	json_t *v = json_object_get(object, key);

	EXPECT(json_is_integer(v));
	return json_integer_value(v);
}

static const char *text(const json_t *object, const char *key)
{
	const char *v = json_string_value(json_object_get(object, key));

	EXPECT(v);
	return v;
}

TEST(a_container)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *top = add(s, MW_CGROUP, NULL, "/", 1);
	struct mw_entity *e = add(s, MW_CGROUP, top, "/pods/a\xff\033", 77);
	json_t *root, *states;

	mw_set(e, M_CG_USAGE, 4096);
	mw_set(e, M_CG_SWAP, 0);
	mw_set_state(e, M_CG_LIMIT, MW_UNLIMITED);
	mw_set_state(e, M_CG_HIGH, MW_DENIED);
	mw_set(e, M_CG_PSI_FULL_US, 1500000);
	mw_set(e, M_CG_PSI_SOME_AVG10, 12340000);
	root = entity(e);
	EXPECT_STR(text(root, "id"), "/pods/a\xef\xbf\xbd\033");
	EXPECT_STR(text(root, "name"), "a\xef\xbf\xbd\033");
	EXPECT_STR(text(root, "parent"), "/");
	EXPECT_EQ(integer(root, "usage_bytes"), 4096);
	EXPECT_EQ(integer(root, "swap_bytes"), 0);
	EXPECT(json_real_value(json_object_get(root, "pressure_full_seconds")) == 1.5);
	EXPECT(json_real_value(json_object_get(root, "pressure_some_avg10")) == 12.34);
	states = json_object_get(root, "states");
	EXPECT_STR(text(states, "limit_bytes"), "unlimited");
	EXPECT_STR(text(states, "high_bytes"), "denied");
	/* the contract promises it; nobody promised the peak */
	EXPECT_STR(text(states, "anon_bytes"), "absent");
	EXPECT(!json_object_get(states, "peak_bytes"));
	EXPECT(!json_object_get(root, "limit_bytes"));
	EXPECT(!json_object_get(states, "swap_bytes"));
	json_decref(root);
	mw_snapshot_free(s);
}

TEST(a_process)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = add(s, MW_PROCESS, add(s, MW_CGROUP, NULL, "/shop", 1), "java", 69);
	json_t *root;

	mw_set_text(s, e, M_P_COMM, SLICE("java"));
	mw_set(e, M_P_START_TIME, 7500000);
	mw_set(e, M_P_OOM_SCORE_ADJ, (uint64_t)-998);
	mw_set_state(e, M_P_PSS, MW_SKIPPED);
	root = entity(e);
	EXPECT_EQ(integer(root, "pid"), 69);
	EXPECT_STR(text(root, "name"), "java");
	EXPECT_STR(text(root, "container"), "/shop");
	EXPECT(json_real_value(json_object_get(root, "start_time")) == 7.5);
	EXPECT_EQ(integer(root, "oom_score_adj"), -998);
	EXPECT_STR(text(json_object_get(root, "states"), "pss_bytes"), "skipped");
	json_decref(root);
	mw_snapshot_free(s);
}

TEST(addresses_beyond_a_double_are_text)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = add(s, MW_REGION, NULL, "[vsyscall]", 0xffffffffff600000);
	json_t *root;

	mw_set(e, M_R_END, 0xffffffffff601000);
	root = entity(e);
	EXPECT_STR(text(root, "start"), "0xffffffffff600000");
	EXPECT_STR(text(root, "end"), "0xffffffffff601000");
	json_decref(root);
	mw_snapshot_free(s);
}

/* Whatever the table holds: no key comes twice, and every number is found under its key. */
TEST(every_metric_of_every_kind)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_buf struct buf out = { 0 };
	struct mw_json j;
	json_t *root;

	for (enum mw_kind k = 0; k < MW_KINDS; k++) {
		struct mw_entity *e = k ? add(s, k, NULL, "x", 5) : mw_snapshot_node(s);

		for (enum mw_metric m = mw_metric_first(k); m < mw_metric_end(k); m++) {
			if (mw_metric_is_text(m))
				mw_set_text(s, e, m, SLICE("t"));
			else
				mw_set(e, m, 1);
		}
		root = entity(e);
		EXPECT(json_object_size(root) >= mw_metric_end(k) - mw_metric_first(k));
		EXPECT(!json_object_get(root, "states"));
		json_decref(root);
	}
	mw_json_init(&j, &out, NULL, NULL, true);
	mw_json_object(&j, NULL);
	mw_json_node(&j, s);
	EXPECT_EQ(mw_json_finish(&j), 0);
	root = loads(&out);
	EXPECT_EQ(json_array_size(json_object_get(json_object_get(root, "node"), "numa")), 1);
	EXPECT_EQ(json_array_size(json_object_get(json_object_get(root, "node"), "slabs")), 1);
	json_decref(root);
	mw_snapshot_free(s);
}

TEST(header_and_runs)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_buf struct buf out = { 0 };
	struct mw_json j;
	json_t *root, *source, *first;
	struct mw_run *run;

	mw_set_text(s, mw_snapshot_node(s), M_CGROUP, SLICE("v2"));
	run = mw_snapshot_run_begin(s, "meminfo", 1000);
	mw_snapshot_problem(s, SLICE("proc/meminfo"), 3, -EBADMSG, "a number");
	mw_snapshot_run_end(s, run, -EACCES, 1501000);
	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_object(&j, NULL);
	mw_json_header(&j, s, "0.1.0");
	mw_json_runs(&j, s);
	EXPECT_EQ(mw_json_finish(&j), 0);
	root = loads(&out);
	EXPECT_EQ(integer(json_object_get(root, "memwhy"), "schema"), 1);
	source = json_object_get(root, "source");
	EXPECT_STR(text(source, "kind"), "tree");
	EXPECT_STR(text(source, "taken_at"), "2025-11-20T03:14:07.000000000Z");
	EXPECT_STR(text(source, "cgroup"), "v2");
	EXPECT_EQ(integer(source, "page_size"), 65536);
	first = json_array_get(json_object_get(root, "collectors"), 0);
	EXPECT_STR(text(first, "status"), "EACCES");
	EXPECT(json_real_value(json_object_get(first, "duration_seconds")) == 0.0015);
	first = json_array_get(json_object_get(root, "problems"), 0);
	EXPECT_STR(text(first, "path"), "proc/meminfo");
	EXPECT_STR(text(first, "error"), "EBADMSG");
	EXPECT_EQ(integer(first, "line"), 3);
	json_decref(root);
	mw_snapshot_free(s);
}

TEST(error_names)
{
	char room[16];

	EXPECT_STR(mw_error_name(-EACCES, room), "EACCES");
	EXPECT_STR(mw_error_name(ENOENT, room), "ENOENT");
	EXPECT_STR(mw_error_name(4711, room), "E4711");
}

static json_t *account(const struct mw_account *top, unsigned depth)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_object(&j, NULL);
	mw_json_array(&j, "accounts");
	mw_json_account(&j, top, depth);
	EXPECT_EQ(mw_json_finish(&j), 0);
	return loads(&out);
}

TEST(accounts)
{
	scoped_arena struct arena a = { 0 };
	struct mw_account *top = mw_account_new(&a, "usage", (struct mw_num){ 100, MW_OK }, "x");
	struct mw_account *deep = top;
	json_t *root, *v;

	top->entity = "container:/shop";
	mw_account_add(top, mw_account_new(&a, "anon", (struct mw_num){ 130, MW_OK }, NULL));
	mw_account_add(top, mw_account_new(&a, "slab", (struct mw_num){ 0, MW_DENIED }, NULL));
	mw_account_balance(top);
	root = account(top, 0);
	v = json_array_get(json_object_get(root, "accounts"), 0);
	EXPECT_STR(text(v, "entity"), "container:/shop");
	EXPECT_EQ(integer(v, "unexplained_bytes"), -30);
	v = json_array_get(json_object_get(v, "parts"), 1);
	EXPECT(!json_object_get(v, "bytes"));
	EXPECT_STR(text(json_object_get(v, "states"), "bytes"), "denied");
	json_decref(root);

	/* groups may be nested deeper than any reader of JSON goes */
	for (int i = 0; i < 1000; i++) {
		struct mw_account *p = mw_account_new(&a, "x", (struct mw_num){ 0, MW_DENIED }, 0);

		mw_account_add(deep, p);
		deep = p;
	}
	json_decref(account(top, 0));
}

TEST(words)
{
	static const struct mw_word words[] = {
		{ "kubectl top", "usage - inactive_file", NULL, 7, MW_OK },
		{ "podman stats", NULL, "not here", 0, MW_ABSENT },
	};
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_array(&j, NULL);
	mw_json_words(&j, "node", words, 2);
	EXPECT_EQ(mw_json_finish(&j), 0);
	EXPECT_STR(out.at, "[{\"entity\":\"node\",\"tool\":\"kubectl top\",\"bytes\":7,"
			   "\"formula\":\"usage - inactive_file\",\"state\":\"ok\"},"
			   "{\"entity\":\"node\",\"tool\":\"podman stats\",\"why\":\"not here\","
			   "\"state\":\"absent\"}]\n");
}

TEST(rates)
{
	struct mw_machine later = machine;
	struct mw_snapshot *before = mw_snapshot_new(&machine), *now;
	scoped_buf struct buf out = { 0 };
	struct mw_entity *e;
	struct mw_view view;
	struct mw_json j;

	later.clock += 2000000000;
	now = mw_snapshot_new(&later);
	e = mw_snapshot_node(before);
	mw_set(e, M_MEM_FREE, 5000);
	mw_set(e, M_HUGEPAGES, 1);
	e = mw_snapshot_node(now);
	mw_set(e, M_MEM_FREE, 4000);
	mw_set(e, M_HUGEPAGES, 2);
	view = mw_view_of(before, now);
	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_object(&j, NULL);
	mw_json_rates(&j, &view, e);
	EXPECT_EQ(mw_json_finish(&j), 0);
	EXPECT_STR(out.at, "{\"rates\":{\"mem_free_bytes\":-500}}\n");
	mw_snapshot_free(before);
	mw_snapshot_free(now);
}
