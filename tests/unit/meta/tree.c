#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static void begin(struct tree *t)
{
	const struct mw_machine machine = { .kind = MW_LIVE, .page_size = 4096 };

	t->snapshot = mw_snapshot_new(&machine);
	EXPECT(t->snapshot != NULL);
	t->q = (struct mw_inquiry){ .source = t->source, .snapshot = t->snapshot };
}

static void end(struct tree *t)
{
	arena_release(&t->q.arena);
	buf_release(&t->q.text);
	buf_release(&t->q.path);
	mw_snapshot_free(t->snapshot);
}

struct tree tree_new(void)
{
	struct tree t = { .path = "/tmp/memwhy-test-meta-XXXXXX" };

	EXPECT(mkdtemp(t.path) != NULL);
	EXPECT_EQ(mw_source_live(t.path, &t.source), 0);
	begin(&t);
	return t;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void tree_free(struct tree *t)
{
	end(t);
	mw_source_free(t->source);
	nftw(t->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void tree_again(struct tree *t)
{
	end(t);
	begin(t);
}

void tree_put(struct tree *t, const char *path, struct slice text)
{
	scoped_buf struct buf name = { 0 };

	buf_printf(&name, "%s/%s", t->path, path);
	for (char *slash = name.at + strlen(t->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		EXPECT(!mkdir(name.at, 0755) || errno == EEXIST);
		*slash = '/';
	}
	scoped_fd int fd = open(name.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	EXPECT(fd >= 0);
	EXPECT_EQ(write(fd, text.at, text.len), text.len);
}

void tree_copy(struct tree *t, const char *path, const char *name)
{
	char from[128];

	snprintf(from, sizeof(from), "meta/%s", name);
	scoped_buf struct buf text = fixture_text(from);
	tree_put(t, path, buf_slice(&text));
}

void tree_remove(struct tree *t, const char *path)
{
	scoped_buf struct buf name = { 0 };

	buf_printf(&name, "%s/%s", t->path, path);
	EXPECT_EQ(nftw(name.at, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

struct mw_who who_of(struct arena *arena, const char *path)
{
	struct mw_who who;

	mw_who_init(&who, arena, slice_of(path));
	for (const struct mw_owner *const *o = mw_owners; *o; o++)
		if ((*o)->recognise)
			(*o)->recognise(&who);
	return who;
}

struct mw_who tree_who(struct tree *t, const char *path)
{
	struct mw_who who = who_of(&t->q.arena, path);
	int error = -ENOENT;

	for (const struct mw_owner *const *o = mw_owners; *o && error; o++)
		if ((*o)->read && mw_who_knows(&who, M_CG_RUNTIME_ID) &&
		    (!mw_who_knows(&who, M_CG_RUNTIME) ||
		     mw_who_is(&who, M_CG_RUNTIME, (*o)->name))) {
			error = (*o)->read(&t->q, &who);
			if (!error)
				mw_who_text(&who, M_CG_RUNTIME, slice_of((*o)->name));
		}
	return who;
}

void expect_who(const struct mw_who *who, const char *wanted)
{
	scoped_buf struct buf got = { 0 };

	for (enum mw_metric m = MW_WHO_FIRST; m < MW_WHO_END; m++) {
		if (!mw_who_knows(who, m))
			continue;
		buf_printf(&got, "%s%s=", got.len ? " " : "", mw_metric_info(m)->json);
		if (mw_metric_is_text(m))
			buf_add(&got, mw_who_get(who, m));
		else
			buf_u64(&got, who->number[m - MW_WHO_FIRST]);
	}
	EXPECT_STR(got.at ? got.at : "", wanted);
}
