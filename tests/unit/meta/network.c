#include "meta/who.h"
#include "test.h"

#include <stdio.h>
#include <sys/stat.h>

/* The last group that the kernel names is one of ours, whatever the hierarchies. */
static struct slice own_group(struct buf *text)
{
	struct slice rest = buf_slice(text), line = SLICE(""), part;

	while (slice_line(&rest, &line))
		;
	EXPECT(slice_until(&line, ':', &part) && slice_until(&line, ':', &part));
	return line;
}

TEST(network_namespace_of_a_process_in_the_group)
{
	scoped_source struct mw_source *source = NULL;
	scoped_buf struct buf cgroups = { 0 }, text = { 0 };
	scoped_arena struct arena arena = { 0 };
	struct mw_who who;
	struct mw_dir root;
	struct stat st;
	char other[300];

	EXPECT_EQ(mw_source_live("/", &source), 0);
	EXPECT_EQ(stat("/proc/self/ns/net", &st), 0);
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "proc/self/cgroup", &cgroups), 0);
	mw_who_init(&who, &arena, own_group(&cgroups));
	mw_who_number(&who, M_CG_INIT_PID, (uint64_t)getpid());
	mw_who_network(&who, source, &text);
	EXPECT(mw_who_knows(&who, M_CG_NETNS));
	EXPECT_EQ(who.number[M_CG_NETNS - MW_WHO_FIRST], st.st_ino);

	/* a pid that now means another group's process */
	snprintf(other, sizeof(other), "/memwhy-test-nowhere-%d", (int)getpid());
	mw_who_init(&who, &arena, slice_of(other));
	mw_who_number(&who, M_CG_INIT_PID, (uint64_t)getpid());
	mw_who_network(&who, source, &text);
	EXPECT(!mw_who_knows(&who, M_CG_NETNS));
}
