/* What goes on: pressure at a limit, swapping, sockets. */
#include "world.h"

/* --- ctr-limit-pressure ----------------------------------------------------------------------- */

/* A group at its limit of 100 MiB with 60 MiB of cache; counters as they stand. */
static struct mw_entity *at_limit(struct world *w, unsigned version, uint64_t hits,
				  uint64_t refaults)
{
	struct mw_entity *e = world_group(w, "/c", version);

	mw_set(e, M_CG_LIMIT, 100 * MIB);
	world_charge(e, 39 * MIB, 30 * MIB, 30 * MIB);
	mw_set(e, version == 1 ? M_CG_FAILCNT : M_CG_EVENTS_MAX, hits);
	mw_set(e, M_CG_REFAULT_FILE, refaults);
	return e;
}

TEST(waiting_at_the_limit)
{
	static const struct {
		unsigned ms; /* waited within a second */
		enum mw_level level;
	} cases[] = { { 150, MW_NOTICE }, { 400, MW_WARNING }, { 20, MW_LEVELS } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scoped_world struct world w = world_new();
		struct mw_entity *e = at_limit(&w, 2, 1000, 500);
		const struct mw_finding *f;

		mw_set(e, M_CG_PSI_SOME_US, 7000000);
		world_later(&w, 1);
		e = at_limit(&w, 2, 1300, 500);
		mw_set(e, M_CG_PSI_SOME_US, 7000000 + cases[i].ms * 1000);
		world_diagnose(&w);
		f = world_finding(&w, "ctr-limit-pressure", e);
		EXPECT_EQ(f ? f->level : MW_LEVELS, cases[i].level);
		if (!f)
			continue;
		assert_float_equal(cited(f, "stall"), cases[i].ms / 1e3, 1e-9);
		EXPECT_EQ(cited(f, "hits"), 300);
		EXPECT_EQ(f->confidence, MW_HIGH);
	}
}

TEST(thrashing_at_the_limit_of_v1)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;
	struct mw_entity *e;

	at_limit(&w, 1, 1000, 500);
	world_later(&w, 1);
	e = at_limit(&w, 1, 1300, 500 + 2560);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-limit-pressure", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "refault"), 2560 * 4096);
}

TEST(a_backup_at_its_limit)
{
	for (unsigned version = 1; version <= 2; version++) {
		scoped_world struct world w = world_new();

		at_limit(&w, version, 1000, 500);
		world_later(&w, 1);
		at_limit(&w, version, 1060, 510);
		world_diagnose(&w);
		EXPECT(!world_finding(&w, "ctr-limit-pressure", NULL));
		EXPECT(!world_unknown(&w, "ctr-limit-pressure"));
	}
}

TEST(memory_high_slows_down)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = at_limit(&w, 2, 0, 0);

	mw_set_state(e, M_CG_LIMIT, MW_UNLIMITED);
	mw_set(e, M_CG_HIGH, 100 * MIB);
	mw_set(e, M_CG_EVENTS_HIGH, 400);
	mw_set(e, M_CG_PSI_SOME_AVG10, 31500000);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "ctr-limit-pressure", e)->level, MW_WARNING);
	EXPECT_EQ(world_finding(&w, "ctr-limit-pressure", e)->confidence, MW_MEDIUM);
	assert_float_equal(cited(world_finding(&w, "ctr-limit-pressure", e), "stall"), 0.315, 1e-9);
}

TEST(one_look_at_a_group_that_once_thrashed)
{
	scoped_world struct world w = world_new();

	at_limit(&w, 1, 1000, 100000);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-limit-pressure", NULL));
	EXPECT(world_unknown(&w, "ctr-limit-pressure"));
}

TEST(one_look_at_a_group_that_never_did)
{
	scoped_world struct world w = world_new();

	at_limit(&w, 1, 1000, 300);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "ctr-limit-pressure"));
}

/* --- ctr-swap-churn --------------------------------------------------------------------------- */

static struct mw_entity *swapping(struct world *w, unsigned swap_mib, uint64_t refaults)
{
	struct mw_entity *e = world_group(w, "/s", 2);

	world_charge(e, 300 * MIB, 0, 0);
	mw_set(e, M_CG_SWAP, swap_mib * (uint64_t)MIB);
	mw_set(e, M_CG_REFAULT_ANON, refaults);
	return e;
}

TEST(swapping_back_and_forth)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;
	struct mw_entity *e = swapping(&w, 200, 50000);

	mw_set(e, M_CG_PSI_SOME_US, 0);
	world_later(&w, 2);
	e = swapping(&w, 204, 52048);
	mw_set(e, M_CG_PSI_SOME_US, 800000);
	mw_set(world_process(&w, 8, "cache", e, 200 * MIB), M_P_SWAP, 150 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-swap-churn", e);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "in"), 4 * MIB);
	EXPECT_EQ(cited(f, "out"), 6 * MIB);
	EXPECT_STR(cited_text(f, "process"), "cache[8]");
}

TEST(swapping_by_the_counters_of_6_14)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;
	struct mw_entity *e = swapping(&w, 200, 0);

	mw_set(e, M_CG_PSWPIN, 100);
	mw_set(e, M_CG_PSWPOUT, 100);
	world_later(&w, 1);
	e = swapping(&w, 200, 0);
	mw_set(e, M_CG_PSWPIN, 612);
	mw_set(e, M_CG_PSWPOUT, 356);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-swap-churn", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "in"), 2 * MIB);
	EXPECT_EQ(cited(f, "out"), MIB);
}

TEST(swap_that_only_comes_back_or_lies_still)
{
	static const struct {
		unsigned swap;
		uint64_t refaults;
	} later[] = { { 196, 51024 }, { 200, 50000 } };

	for (size_t i = 0; i < 2; i++) {
		scoped_world struct world w = world_new();

		swapping(&w, 200, 50000);
		world_later(&w, 1);
		swapping(&w, later[i].swap, later[i].refaults);
		world_diagnose(&w);
		EXPECT(!world_finding(&w, "ctr-swap-churn", NULL));
	}
}

TEST(one_look_at_swap)
{
	static const struct {
		uint64_t refaults;
		bool unknown;
	} cases[] = { { 51200, true }, { 100, false } };

	for (size_t i = 0; i < 2; i++) {
		scoped_world struct world w = world_new();

		swapping(&w, 200, cases[i].refaults);
		world_diagnose(&w);
		EXPECT(!world_finding(&w, "ctr-swap-churn", NULL));
		EXPECT_EQ(world_unknown(&w, "ctr-swap-churn") != NULL, cases[i].unknown);
	}
}

/* --- ctr-socket-memory ------------------------------------------------------------------------ */

TEST(network_buffers_of_v2)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/net", 2), *small = world_group(&w, "/small", 2);
	struct mw_entity *p, *k;
	const struct mw_finding *f;

	mw_set(e, M_CG_LIMIT, GIB);
	world_charge(e, 300 * MIB, 0, 0);
	mw_set(e, M_CG_SOCK, 150 * MIB);
	world_charge(small, 300 * MIB, 0, 0);
	mw_set(small, M_CG_SOCK, 30 * MIB);
	p = world_process(&w, 40, "broker", e, 200 * MIB);
	k = world_add(&w, MW_SOCKETS, p, "ESTAB", 1);
	mw_set(k, M_SK_COUNT, 12);
	mw_set(k, M_SK_RECV_QUEUE, 90 * MIB);
	mw_set(k, M_SK_SEND_QUEUE, 0);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-socket-memory", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "sock"), 150 * MIB);
	EXPECT_EQ(cited(f, "received"), 90 * MIB);
	EXPECT_STR(cited_text(f, "process"), "broker[40]");
	EXPECT(!world_finding(&w, "ctr-socket-memory", small));
}

TEST(queues_that_v1_charges_to_nobody)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/net", 1), *k;

	mw_set(e, M_CG_LIMIT, 500 * MIB);
	world_charge(e, 300 * MIB, 0, 0);
	k = world_add(&w, MW_SOCKETS, world_process(&w, 40, "logger", e, 200 * MIB), "CLOSE-WAIT",
		      1);
	mw_set(k, M_SK_COUNT, 2000);
	mw_set(k, M_SK_SEND_QUEUE, 80 * MIB);
	/* what holds the bytes is larger than they are */
	mw_set(k, M_SK_MEMORY, 100 * MIB);
	mw_set_text(w.s, k, M_SK_PROTOCOL, SLICE("tcp"));
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "ctr-socket-memory", e), "sock"), 100 * MIB);
}
