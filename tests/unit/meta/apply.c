/* Who the groups of a snapshot are: owners, claims, pods, and what is kept between sweeps. */
#include "meta/kept.h"
#include "meta/known.h"
#include "meta/meta.h"
#include "model/title.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ID     "f5ec22940024d214a6a5e40f3abd8f241e034eef5a88d78d30290f012303435a"
#define BOX    "83766719410e18db9cb0dfb12f209b5c1c7076e5c53b63a44a73ee057306f05c"
#define UID    "11111111-2222-3333-4444-555555555555"
#define DOCKER "55150e0bf370afdeee9abad8e15143ac106316d92062456363a6fcbb04939548"
#define TASKS  "run/containerd/io.containerd.runtime.v2.task/"
#define POD    "/kubepods/burstable/pod" UID
#define CONFIG "var/lib/docker/containers/" DOCKER "/config.v2.json"

static struct mw_meta *meta_new(void)
{
	const struct mw_meta_options options = { .offline = true };
	struct mw_meta *m = NULL;

	EXPECT_EQ(mw_meta_new(&options, &m), 0);
	return m;
}

static void free_meta(struct mw_meta **m)
{
	mw_meta_free(*m);
}
#define scoped_meta SCOPED(free_meta)

static struct mw_entity *add(struct tree *t, const char *path, uint64_t inode)
{
	struct slice above;
	struct mw_entity *e;

	for (above = slice_of(path); above.len && above.at[--above.len] != '/';)
		;
	e = mw_snapshot_add(t->snapshot, MW_CGROUP,
			    mw_snapshot_by_name(t->snapshot, MW_CGROUP, above), slice_of(path),
			    inode, 0);
	EXPECT(e != NULL);
	return e;
}

static void expect(const struct mw_entity *e, enum mw_metric metric, const char *wanted)
{
	const char *got = mw_get_text(e, metric);

	EXPECT_STR(got ? got : "", wanted);
}

static void expect_title(const struct mw_entity *e, const char *wanted)
{
	scoped_buf struct buf got = { 0 };

	mw_group_title(e, &got);
	EXPECT_STR(got.at, wanted);
}

static void put_pod(struct tree *t)
{
	tree_copy(t, TASKS "k8s.io/" ID "/config.json", "cri-containerd-container.json");
	tree_put(t, TASKS "k8s.io/" ID "/init.pid", SLICE("4711"));
	tree_copy(t, TASKS "k8s.io/" BOX "/config.json", "cri-containerd-sandbox.json");
}

TEST(groups_of_any_name_are_claimed_by_their_runtimes)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();
	struct mw_entity *ctr, *runc, *crun, *plain;

	tree_copy(&t, TASKS "default/c1/config.json", "ctr-default.json");
	tree_put(&t, TASKS "other/c2/config.json",
		 SLICE("{\"linux\":{\"cgroupsPath\":\"a-b.slice:pre:c2\"}}"));
	tree_copy(&t, "run/runc/vt-runc/state.json", "runc-state.json");
	tree_put(&t, "run/crun/c9/status", SLICE("{\"pid\":12,\"cgroup-path\":\"/mine/crun\"}"));
	tree_copy(&t, "run/crun/c9/config.json", "crun-config.json");
	/* what Docker's runc would say is elsewhere, what is no folder of a container is nothing */
	tree_put(&t, "run/runc/.lock", SLICE(""));

	ctr = add(&t, "/default/c1", 1);
	runc = add(&t, "/vt-test/runc1", 2);
	crun = add(&t, "/mine/crun", 3);
	plain = add(&t, "/mine", 4);
	const struct mw_entity *scope = add(&t, "/a.slice/a-b.slice/pre-c2.scope", 5);

	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	expect(ctr, M_CG_ROLE, "container");
	expect(ctr, M_CG_RUNTIME, "containerd");
	expect(ctr, M_CG_NAMESPACE, "default");
	expect(ctr, M_CG_LABELS, "team=x\n");
	expect_title(ctr, "c1");
	expect(runc, M_CG_RUNTIME, "runc");
	expect(runc, M_CG_LABELS, "org.test=x\n");
	EXPECT_EQ(mw_get_or(runc, M_CG_INIT_PID, 0), 20455);
	EXPECT_EQ(mw_get_or(runc, M_CG_SPEC_LIMIT, 0), 67108864);
	expect_title(runc, "vt-runc");
	expect(crun, M_CG_RUNTIME, "crun");
	EXPECT_EQ(mw_get_or(crun, M_CG_INIT_PID, 0), 12);
	EXPECT_EQ(mw_get_or(crun, M_CG_SPEC_LIMIT, 0), 67108864);
	expect_title(crun, "c9");
	expect(plain, M_CG_ROLE, "");
	expect(scope, M_CG_ROLE, "container");
	expect_title(scope, "c2");
}

TEST(pods_are_named_by_their_containers)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();
	struct mw_entity *pod, *box, *app;

	put_pod(&t);
	add(&t, "/", 1);
	add(&t, "/kubepods", 2);
	add(&t, "/kubepods/burstable", 3);
	pod = add(&t, POD, 4);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	expect_title(pod, POD);

	/* its first containers came after it */
	tree_again(&t);
	add(&t, "/", 1);
	add(&t, "/kubepods", 2);
	add(&t, "/kubepods/burstable", 3);
	pod = add(&t, POD, 4);
	box = add(&t, POD "/" BOX, 5);
	app = add(&t, POD "/" ID, 6);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	expect_title(pod, "shop/cart-7d9f");
	expect_title(box, "shop/cart-7d9f/(pause)");
	expect_title(app, "shop/cart-7d9f/app");
	expect(pod, M_CG_QOS, "Burstable");
	EXPECT_EQ(mw_get_or(app, M_CG_INIT_PID, 0), 4711);
	EXPECT_EQ(mw_get(pod, M_CG_INIT_PID).state, MW_ABSENT);
}

TEST(what_is_known_needs_no_files)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();

	put_pod(&t);
	add(&t, POD "/" ID, 6);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	tree_again(&t);
	expect_title(add(&t, POD "/" ID, 7), POD "/" ID);
	tree_remove(&t, TASKS "k8s.io/" ID "/config.json");
	/* another inode: another container */
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	EXPECT_EQ(mw_get(mw_snapshot_at(t.snapshot, MW_CGROUP, 0), M_CG_POD).state, MW_ABSENT);
	put_pod(&t);
	tree_again(&t);
	add(&t, POD "/" ID, 8);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	tree_again(&t);
	tree_remove(&t, TASKS "k8s.io/" BOX);
	add(&t, POD "/" ID, 8);
	/* an inode that was used again: another path */
	add(&t, "/kubepods", 9);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	expect_title(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 8), "shop/cart-7d9f/app");
	tree_again(&t);
	add(&t, "/system.slice/a.service", 8);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	expect_title(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 8), "a.service");
}

static void expect_docker(struct tree *t, struct mw_meta *m, const char *title)
{
	tree_again(t);
	add(t, "/docker/" DOCKER, 9);
	EXPECT_EQ(mw_meta_apply(m, t->source, t->snapshot), 0);
	expect_title(mw_snapshot_at(t->snapshot, MW_CGROUP, 0), title);
}

TEST(a_new_name_is_noticed)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();

	tree_copy(&t, CONFIG, "docker-config.v2.json");
	expect_docker(&t, m, "web1");
	tree_remove(&t, CONFIG);
	tree_put(&t, CONFIG, SLICE("{\"Name\":\"/web2\"}"));
	expect_docker(&t, m, "web2");
	expect_docker(&t, m, "web2");
	/* removed while its group is still there, and back again */
	tree_remove(&t, CONFIG);
	expect_docker(&t, m, "/docker/" DOCKER);
	tree_put(&t, CONFIG, SLICE("{\"Name\":\"/web3\"}"));
	expect_docker(&t, m, "web3");
}

TEST(a_first_process_that_comes_later_is_noticed)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();

	tree_copy(&t, TASKS "k8s.io/" ID "/config.json", "cri-containerd-container.json");
	for (int round = 0; round < 2; round++) {
		const struct mw_entity *e;

		tree_again(&t);
		e = add(&t, POD "/" ID, 6);
		EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
		EXPECT_EQ(mw_get_or(e, M_CG_INIT_PID, 0), round ? 77 : 0);
		tree_put(&t, TASKS "k8s.io/" ID "/init.pid", SLICE("77"));
	}
}

TEST(what_was_asked_once_outlives_a_silent_source)
{
	struct arena arena = { 0 };
	struct mw_who before, now;
	struct mw_known *k;

	mw_who_init(&before, &arena, SLICE(POD));
	mw_who_text(&before, M_CG_POD, SLICE("order"));
	mw_who_number(&before, M_CG_REQUEST, 64 << 20);
	mw_who_number(&before, M_CG_INIT_PID, 815);
	mw_who_label(&before, SLICE("app"), SLICE("order"));
	k = mw_known_new(&before, 1);
	EXPECT(k != NULL);
	mw_who_init(&now, &arena, SLICE(POD));
	mw_who_text(&now, M_CG_POD, SLICE("order-2"));
	mw_known_recall(k, &now);
	/* what is known now stays; a process is not looked for in the past */
	expect_who(&now, "pod=order-2 request_bytes=67108864");
	EXPECT_STR(now.labels.at, "app=order\n");
	free(k);
	mw_who_release(&before);
	mw_who_release(&now);
	arena_release(&arena);
}

TEST(who_is_gone_still_has_a_title)
{
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();
	scoped_arena struct arena arena = { 0 };

	tree_copy(&t, CONFIG, "docker-config.v2.json");
	EXPECT_STR(mw_meta_title(m, t.source, t.snapshot, SLICE("/docker/" DOCKER), &arena),
		   "web1");
	EXPECT(mw_meta_title(m, t.source, t.snapshot, SLICE("/x"), &arena) == NULL);
	EXPECT_STR(mw_meta_title(m, t.source, t.snapshot, SLICE("/system.slice/a.service"), &arena),
		   "a.service");
}

/* --- memwhy/who ------------------------------------------------------------------------------- */

static void add_groups(struct tree *t)
{
	add(t, "/kubepods", 2);
	add(t, POD, 4);
	add(t, POD "/" ID, 6);
	add(t, "/docker/" DOCKER, 9);
	add(t, "/plain", 10);
}

static void read_kept(struct tree *t, struct slice text, int status)
{
	struct mw_kept kept = { 0 };
	uint32_t line = 0;

	tree_again(t);
	add_groups(t);
	EXPECT_EQ(mw_kept_read(&kept, text, t->snapshot, &line), status);
	EXPECT_EQ(line != 0, status == -EBADMSG);
	mw_kept_release(&kept);
}

static void write_kept(struct tree *t, struct buf *out)
{
	struct mw_kept kept = { 0 };

	mw_kept_title(&kept, SLICE("/docker/with space\n"), SLICE("web 1\\"));
	mw_kept_title(&kept, SLICE("/docker/with space\n"), SLICE("another"));
	EXPECT_EQ(mw_kept_write(&kept, t->snapshot, out), 0);
	mw_kept_release(&kept);
}

TEST(what_is_kept_says_the_same)
{
	scoped_buf struct buf first = { 0 }, second = { 0 };
	scoped_tree struct tree t = tree_new();
	scoped_meta struct mw_meta *m = meta_new();

	put_pod(&t);
	tree_put(
		&t, CONFIG,
		SLICE("{\"Name\":\"/a b\\nc\\\\\",\"Config\":{\"Labels\":{\"k=\\n\":\"v\\n=\"}}}"));
	add_groups(&t);
	EXPECT_EQ(mw_meta_apply(m, t.source, t.snapshot), 0);
	write_kept(&t, &first);
	read_kept(&t, buf_slice(&first), 0);
	write_kept(&t, &second);
	EXPECT_STR(second.at, first.at);
	expect_title(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 9), "a b\nc\\");
	expect_title(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 6), "shop/cart-7d9f/app");
	expect(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 9), M_CG_LABELS, "k  =v =\n");
	EXPECT_EQ(mw_get_or(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 6), M_CG_INIT_PID, 0), 4711);
}

TEST(kept_titles_are_found_again)
{
	struct mw_kept kept = { 0 };
	scoped_buf struct buf text = { 0 };
	scoped_tree struct tree t = tree_new();
	uint32_t line;

	write_kept(&t, &text);
	EXPECT_EQ(mw_kept_read(&kept, buf_slice(&text), t.snapshot, &line), 0);
	EXPECT(mw_kept_find(&kept, SLICE("/docker/with space\n")).len != 0);
	EXPECT_EQ(mw_kept_find(&kept, SLICE("/docker/with")).len, 0);
	EXPECT_EQ(mw_kept_find(&kept, SLICE("/docker/with space")).len, 0);
	mw_kept_release(&kept);
}

TEST(kept_text_that_was_changed_harms_nobody)
{
	scoped_tree struct tree t = tree_new();

	read_kept(&t, SLICE("group /nobody\npod x\n"), 0);
	read_kept(&t, SLICE("unknown-key x\ngroup /plain\nunknown-key x\nrole container"), 0);
	expect(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 10), M_CG_ROLE, "container");
	read_kept(&t, SLICE("group /plain\nrestarts many\n"), -EBADMSG);
	read_kept(&t, SLICE("group /plain\nrestarts 18446744073709551616\n"), -EBADMSG);
	read_kept(&t, SLICE("group /plain\nrestarts 1 2\n"), -EBADMSG);
	/* the kernel's numbers are not taken from here */
	read_kept(&t, SLICE("group /plain\nusage_bytes 7\nusage 7\n"), 0);
	EXPECT_EQ(mw_get(mw_snapshot_by_id(t.snapshot, MW_CGROUP, 10), M_CG_USAGE).state,
		  MW_ABSENT);
	read_kept(&t, SLICE("title x\n"), -EBADMSG);
	read_kept(&t, SLICE(""), 0);
	read_kept(&t, SLICE("\n\n"), 0);
}
