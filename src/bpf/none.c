/* In the place of all this where libbpf, clang or bpftool was not there. */
#include "bpf/cmdline.h"
#include "bpf/census.h"
#include "bpf/cgroup.h"
#include "bpf/paths.h"
#include "bpf/sockets.h"
#include "bpf/task.h"
#include "language/language.h"

#include <errno.h>
#include <stdlib.h>

struct mw_bpf {
	bool repeats;
};

int mw_bpf_new(bool off, struct mw_bpf **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void mw_bpf_free(struct mw_bpf *b)
{
	free(b);
}

bool mw_bpf_need(struct mw_bpf *b, uint32_t mask)
{
	return false;
}

bool mw_bpf_works(const struct mw_bpf *b, enum mw_bpf_capability capability)
{
	return false;
}

void mw_bpf_distrust(struct mw_bpf *b, enum mw_bpf_capability capability, const char *why)
{
}

void mw_bpf_expect_repeats(struct mw_bpf *b)
{
	if (b)
		b->repeats = true;
}

bool mw_bpf_repeats(const struct mw_bpf *b)
{
	return b && b->repeats;
}

void mw_bpf_status(const struct mw_bpf *b, enum mw_bpf_capability capability,
		   struct mw_bpf_status *out)
{
	static const struct mw_bpf_status all[] = {
#define CAPABILITY(id, name, does) \
	{ #name, does, MW_BPF_OFF, ENOSYS, N_("built without libbpf"), 0 },
#include "bpf/capabilities.def"
#undef CAPABILITY
	};

	*out = all[capability];
}

int64_t mw_bpf_load_ns(const struct mw_bpf *b)
{
	return 0;
}

const char *mw_bpf_built(void)
{
	return NULL;
}

int mw_bpf_tasks(struct mw_bpf *b, struct mw_tasks *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_groups(struct mw_bpf *b, int directory, int version, bool sizes,
		  struct mw_group_rows *out)
{
	return -EOPNOTSUPP;
}

struct mw_slots *mw_bpf_group_slots(struct mw_bpf *b)
{
	return NULL;
}

int mw_bpf_sockets(struct mw_bpf *b, struct buf *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_path_own(struct mw_bpf *b, int fd, struct mw_path_want *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_paths(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count, struct buf *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_path_users(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count,
		      unsigned use, struct buf *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_census(struct mw_bpf *b, const struct mw_census_range *ranges, size_t count, __u32 shift,
		  struct mw_census *out)
{
	return -EOPNOTSUPP;
}

int mw_bpf_cmdlines(struct mw_bpf *b, struct buf *out)
{
	return -EOPNOTSUPP;
}
