#include "test.h"

#include "collect/files/users.h"

#include <unistd.h>

static void add(struct buf *users, uint32_t index, uint32_t pid, uint32_t use)
{
	const struct mw_path_user u = { .index = index, .pid = pid, .use = use, .comm = "app" };

	buf_add(users, (struct slice){ (const char *)&u, sizeof(u) });
}

TEST(a_process_is_counted_once_and_more_is_nobody)
{
	const struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	scoped_buf struct buf users = { 0 };
	scoped_free struct mw_files_used *used = NULL;
	struct mw_entity *e[4];

	EXPECT(s != NULL);
	add(&users, 0, 4000001, MW_PATH_OPEN);
	add(&users, 0, 4000001, MW_PATH_MAPPED);
	add(&users, 0, (uint32_t)getpid(), MW_PATH_OPEN);
	add(&users, 1, 4000001, MW_PATH_MAPPED);
	add(&users, 1, 0, MW_PATH_MORE);
	/* of another pid namespace, without a number as the word that there is more */
	add(&users, 2, 0, MW_PATH_MAPPED);
	add(&users, 2, 0, MW_PATH_MORE);
	add(&users, 9, 4000001, MW_PATH_OPEN);
	used = mw_files_used_by(&users, 4);
	EXPECT(used != NULL);
	EXPECT(used[0].count == 1 && !used[0].more);
	EXPECT(used[1].count == 1 && used[1].named == 1 && used[1].more);
	EXPECT(used[2].count == 1 && used[2].named == 0 && used[2].more);
	EXPECT(used[3].count == 0 && !used[3].more);
	for (uint32_t i = 0; i < 4; i++) {
		e[i] = mw_snapshot_add(s, MW_FILE, NULL, SLICE(""), i + 1, 0);
		EXPECT(e[i] != NULL);
		mw_files_put_used(s, e[i], &used[i]);
	}
	EXPECT_EQ(mw_get(e[0], M_F_USERS).v, 1);
	EXPECT_STR(mw_get_text(e[0], M_F_USED_BY), "4000001=app (mapped)");
	EXPECT_EQ(mw_get(e[1], M_F_USERS).state, MW_SKIPPED);
	EXPECT_STR(mw_get_text(e[1], M_F_USED_BY), "4000001=app (mapped)");
	EXPECT_EQ(mw_get(e[2], M_F_USERS).state, MW_SKIPPED);
	EXPECT_EQ(mw_get(e[3], M_F_USERS).v, 0);
	mw_snapshot_free(s);
}
