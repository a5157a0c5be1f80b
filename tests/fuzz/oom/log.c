#include "base/scoped.h"
#include "oom/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_arena struct arena arena = { .limit = 64 << 20 };
	const struct mw_oom_rule rule = { .now = INT64_C(1795248000000000000),
					  .zone = size % 3 ? 3600 : 0,
					  .swap_total = size % 2 ? MW_OOM_NOT_TOLD : 1 << 30 };
	struct mw_oom_log *log = mw_oom_log_new(&arena, &rule);
	const struct mw_oom_report *const *reports;
	struct slice text = { (const char *)data, size }, line;
	size_t count;

	if (!log)
		return 0;
	for (uint64_t number = 1; slice_line(&text, &line); number++)
		mw_oom_log_line(log, line, "file", number);
	if (!mw_oom_log_finish(log, &reports, &count))
		for (size_t i = 0; i < count; i++)
			if (reports[i]->task_count > reports[i]->tasks_listed)
				__builtin_trap();
	mw_oom_log_free(log);
	return 0;
}
