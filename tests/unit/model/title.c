#include "model/title.h"
#include "test.h"

static void scoped_snapshot_free(struct mw_snapshot **s)
{
	mw_snapshot_free(*s);
}
#define scoped_snapshot SCOPED(scoped_snapshot_free)

static struct mw_snapshot *snapshot(void)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);

	assert_non_null(s);
	return s;
}

static struct mw_entity *group(struct mw_snapshot *s, struct mw_entity *parent, const char *path,
			       const char *role, const char *name)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, parent, slice_of(path),
					      100 + mw_snapshot_count(s, MW_CGROUP), 0);

	mw_set_text(s, e, M_CG_ROLE, slice_of(role));
	if (name)
		mw_set_text(s, e, M_CG_NAME, slice_of(name));
	return e;
}

static void expect_word(const struct mw_snapshot *s, const struct mw_entity *e, const char *word)
{
	scoped_arena struct arena a = { 0 };

	EXPECT_STR(mw_group_word(&a, s, e), word);
}

TEST(a_title_is_what_people_say)
{
	scoped_snapshot struct mw_snapshot *s = snapshot();
	scoped_buf struct buf title = { 0 };
	struct mw_entity *pod = group(s, NULL, "/kubepods/p", "pod", NULL);
	struct mw_entity *java = group(s, pod, "/kubepods/p/1", "container", "k8s_java");

	mw_set_text(s, pod, M_CG_POD, SLICE("order-7d9f"));
	mw_set_text(s, pod, M_CG_NAMESPACE, SLICE("shop"));
	mw_set_text(s, java, M_CG_POD, SLICE("order-7d9f"));
	mw_set_text(s, java, M_CG_NAMESPACE, SLICE("shop"));
	mw_set_text(s, java, M_CG_CONTAINER, SLICE("java"));
	mw_group_title(pod, &title);
	EXPECT_STR(title.at, "shop/order-7d9f");
	buf_clear(&title);
	mw_group_title(java, &title);
	EXPECT_STR(title.at, "shop/order-7d9f/java");
	expect_word(s, java, "'shop/order-7d9f/java'");
	/* what names a class of things is no name */
	buf_clear(&title);
	mw_group_title(group(s, NULL, "/kubepods", "pods", "kubepods"), &title);
	EXPECT_STR(title.at, "/kubepods");
}

TEST(a_word_names_one_group_only)
{
	scoped_snapshot struct mw_snapshot *s = snapshot();
	struct mw_entity *web = group(s, NULL, "/docker/1", "container", "web");
	struct mw_entity *quoted = group(s, NULL, "/docker/2", "container", "it's");
	struct mw_entity *number = group(s, NULL, "/docker/3", "container", "4711");

	expect_word(s, web, "'web'");
	expect_word(s, quoted, "'it'\\''s'");
	/* it would be taken for a pid */
	expect_word(s, number, "'/docker/3'");
	/* an init of its own: what is inside is not meant */
	group(s, web, "/docker/1/web", "unit", "web");
	expect_word(s, web, "'web'");
	group(s, NULL, "/libpod/4", "container", "web");
	expect_word(s, web, "'/docker/1'");
	expect_word(s, mw_snapshot_at(s, MW_CGROUP, 4), "'/libpod/4'");
}

TEST(the_container_that_a_group_is_in)
{
	scoped_snapshot struct mw_snapshot *s = snapshot();
	struct mw_entity *slice = group(s, NULL, "/machine.slice", "slice", "machine.slice");
	struct mw_entity *outer = group(s, slice, "/machine.slice/a", "container", "a");
	struct mw_entity *inner = group(s, outer, "/machine.slice/a/container", "unit", NULL);

	EXPECT(!mw_group_container(slice));
	EXPECT(mw_group_container(outer) == outer);
	EXPECT(mw_group_container(inner) == outer);
	/* docker in docker: who looks at the machine means the outer one */
	EXPECT(mw_group_container(
		       group(s, inner, "/machine.slice/a/container/b", "container", "b")) == outer);
}
