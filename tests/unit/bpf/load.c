/* What cannot be opened is told once. libbpf is stood in for: the linker wraps its functions. */
#include "bpf/capability.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int __wrap_bpf_map_create(void);
int __wrap_bpf_object__open_skeleton(void);

static unsigned opened;

/* The kernel lets everybody load. */
int __wrap_bpf_map_create(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_bpf_object__open_skeleton(void)
{
	opened++;
	errno = ENOMEM;
	return -ENOMEM;
}

TEST(what_cannot_be_opened_is_off_and_says_why)
{
	const uint32_t mask = 1U << MW_BPF_TASK | 1U << MW_BPF_CENSUS;
	struct mw_bpf_status status;
	struct mw_bpf *b;
	unsigned first;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		skip();
	EXPECT_EQ(mw_bpf_new(false, &b), 0);
	EXPECT(!mw_bpf_need(b, mask));
	first = opened;
	EXPECT(first > 0);
	mw_bpf_status(b, MW_BPF_TASK, &status);
	EXPECT_EQ(status.state, MW_BPF_OFF);
	EXPECT_EQ(status.error, ENOMEM);
	EXPECT_STR(status.why, "could not be started");
	mw_bpf_status(b, MW_BPF_CENSUS, &status);
	EXPECT_EQ(status.state, MW_BPF_OFF);
	mw_bpf_status(b, MW_BPF_SOCKETS, &status);
	EXPECT_EQ(status.state, MW_BPF_UNTRIED);
	EXPECT(!mw_bpf_need(b, mask)); /* the next sweep */
	EXPECT_EQ(opened, first);
	mw_bpf_free(b);
}
