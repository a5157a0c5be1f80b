/* Names of directories. */
#include "collect/files/files.h"
#include "tree.h"

#include <errno.h>

TEST(a_folder_has_one_name)
{
	static const struct {
		const char *given, *name;
		int error;
	} all[] = {
		{ "/", "/", 0 },
		{ "//", "/", 0 },
		{ "/real/log", "/real/log", 0 },
		{ "//real/./log//", "/real/log", 0 },
		{ "/real/../real/log/..", "/real", 0 },
		{ "/../..", "/", 0 },
		{ "/log", "/real/log", 0 },
		{ "/real/back/log/", "/real/log", 0 },
		{ "/top/real", "/real", 0 },
		{ "/round", "", -ELOOP },
		{ "/real/none", "", -ENOENT },
		{ "/real/file", "", -ENOTDIR },
		{ "/real/file/more", "", -ENOTDIR },
		{ "/dangling/x", "", -ENOENT },
	};
	static const char *const links[][2] = { { "real/log", "log" },
						{ "../real", "real/back" },
						{ "/", "top" },
						{ "round", "round" },
						{ "gone", "dangling" } };
	struct mw_source *source;
	char full[256];

	make_tree();
	place("real/log/x", full, sizeof(full));
	place("real/file", full, sizeof(full));
	fclose(fopen(full, "w"));
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		place(links[i][1], full, sizeof(full));
		EXPECT_EQ(symlink(links[i][0], full), 0);
	}
	EXPECT_EQ(mw_source_live(top, &source), 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		scoped_buf struct buf name = { 0 };

		EXPECT_EQ(mw_files_folder(source, all[i].given, &name), all[i].error);
		if (!all[i].error)
			EXPECT_STR(name.at, all[i].name);
	}
	mw_source_free(source);
	remove_tree();
}

TEST(a_process_root_is_not_followed)
{
	scoped_buf struct buf name = { 0 };
	struct mw_source *source;

	EXPECT_EQ(mw_source_live("/", &source), 0);
	EXPECT_EQ(mw_files_folder(source, "/proc/self/root/./etc/", &name), 0);
	EXPECT_STR(name.at, "/proc/self/root/etc");
	EXPECT_EQ(mw_files_folder(source, "/proc/self/root", &name), 0);
	EXPECT_STR(name.at, "/proc/self/root");
	mw_source_free(source);
}
