/* What Docker's and podman's sockets answer. */
#include "meta/ask/wanted.h"

#define ID "55150e0bf370afdeee9abad8e15143ac106316d92062456363a6fcbb04939548"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stats(struct slice json)
{
	struct mw_num n;

	mw_docker_stats_parse(json, &n);
	mw_podman_stats_parse(json, SLICE(ID), &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice json = { (const char *)data, size };
	struct arena arena = { .limit = 64 << 20 };
	struct mw_who who, *groups[] = { &who };
	struct mw_wanted wanted;
	uint32_t sum = 0;
	struct mw_container_list list = { "docker", size % 2 ? &sum : NULL, mw_wanted_find,
					  &wanted };

	mw_who_init(&who, &arena, SLICE("/user.slice/user-0.slice/c"));
	mw_who_text(&who, M_CG_RUNTIME_ID, SLICE(ID));
	if (!mw_wanted_init(&wanted, groups, 1)) {
		mw_containers_parse(json, &list);
		mw_wanted_release(&wanted);
	}
	/* what was noted has an end, and no part of a label is a line of its own */
	if (memchr(mw_who_get(&who, M_CG_NAME).at, '\0', mw_who_get(&who, M_CG_NAME).len) ||
	    (who.labels.len && who.labels.at[who.labels.len - 1] != '\n'))
		__builtin_trap();
	stats(json);
	mw_who_release(&who);
	arena_release(&arena);
	return 0;
}
