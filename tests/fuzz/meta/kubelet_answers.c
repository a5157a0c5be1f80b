/* What the kubelet answers: lists of pods, and its numbers. */
#include "meta/ask/kubelet.h"
#include "meta/ask/wanted.h"

#define UID "5f2c9c7e-3a51-4a39-8a6b-0c1d2e3f4a5b"
#define ID  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pods(struct slice json)
{
	struct arena arena = { .limit = 64 << 20 };
	struct mw_who pod, container, *groups[] = { &pod, &container };
	struct mw_wanted wanted;

	mw_who_init(&pod, &arena, SLICE("/p"));
	mw_who_text(&pod, M_CG_ROLE, SLICE(MW_ROLE_POD));
	mw_who_text(&pod, M_CG_POD_UID, SLICE(UID));
	mw_who_init(&container, &arena, SLICE("/p/c"));
	mw_who_text(&container, M_CG_RUNTIME_ID, SLICE(ID));
	if (!mw_wanted_init(&wanted, groups, 2)) {
		mw_kubelet_pods_parse(json, mw_wanted_find, &wanted);
		mw_wanted_release(&wanted);
	}
	/* a pod is no container */
	if (mw_who_knows(&pod, M_CG_RESTARTS) || mw_who_knows(&pod, M_CG_CONTAINER))
		__builtin_trap();
	mw_who_release(&pod);
	mw_who_release(&container);
	arena_release(&arena);
}

static void summary(struct slice json)
{
	struct mw_machine machine = { .kind = MW_LIVE };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e = s ? mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/p/c"), 1, 0) : NULL;

	if (e) {
		mw_set_text(s, e, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
		mw_set_text(s, e, M_CG_POD_UID, SLICE(UID));
		mw_set_text(s, e, M_CG_CONTAINER, SLICE("java"));
		mw_kubelet_summary_parse(json, 1709285400000000000, s);
	}
	mw_snapshot_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice json = { (const char *)data, size };

	pods(json);
	summary(json);
	return 0;
}
