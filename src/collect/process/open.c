/* What the sweep and the readers of one process have in common. */
#include "collect/process/process.h"
#include "collect/process/stat.h"

#include <errno.h>
#include <stdio.h>

void mw_process_problem(struct mw_collect *c, uint64_t pid, const char *file, uint32_t line,
			int error, const char *what)
{
	char path[64];
	int len = snprintf(path, sizeof(path), "proc/%llu/%s", (unsigned long long)pid, file);

	mw_snapshot_problem(c->snapshot, (struct slice){ path, (size_t)len }, line, error, what);
}

enum mw_state mw_process_lost(struct mw_collect *c, uint64_t pid, const char *file, int error)
{
	if (error == -ESRCH)
		return MW_VANISHED;
	if (mw_state_of(error) != MW_ABSENT)
		mw_process_problem(c, pid, file, 0, error, NULL);
	return mw_state_of(error);
}

static int add_number(const struct mw_dirent *entry, void *argument)
{
	struct buf *out = argument;
	struct slice name = slice_of(entry->name);
	uint64_t v;
	uint32_t number;

	if (!slice_u64(&name, &v) || name.len || v > INT32_MAX)
		return 0;
	number = (uint32_t)v;
	buf_add(out, (struct slice){ (const char *)&number, sizeof(number) });
	return out->error;
}

int mw_process_numbers(const struct mw_dir *dir, struct buf *out)
{
	buf_clear(out);
	return mw_list(dir, add_number, out);
}

int mw_process_open(struct mw_collect *c, const struct mw_entity *process, struct mw_dir *out)
{
	struct mw_dir root = mw_root(c->source), dir;
	struct mw_proc_stat stat;
	char path[32];
	int error;

	snprintf(path, sizeof(path), "proc/%llu", (unsigned long long)process->id);
	error = mw_open(&root, path, &dir);
	if (error)
		return error == -ENOENT ? -ESRCH : error;
	error = mw_read_record(&dir, "stat", &c->text);
	if (!error)
		error = mw_proc_stat_parse(buf_slice(&c->text), &stat);
	if (!error && stat.start != process->birth)
		error = -ESRCH;
	if (error) {
		mw_close(&dir);
		return error == -ENOENT ? -ESRCH : error;
	}
	*out = dir;
	return 0;
}

void mw_process_set_letter(struct mw_snapshot *s, struct mw_entity *e, char letter)
{
	static const char *const letters[] = { "R", "S", "D", "Z", "T", "t",
					       "I", "X", "P", "K", "W", "x" };

	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
		if (*letters[i] == letter) {
			mw_set(e, M_P_STATE, (uintptr_t)letters[i]);
			return;
		}
	mw_set_text(s, e, M_P_STATE, (struct slice){ &letter, 1 });
}
