#include "model/quantity.h"
#include "test.h"

TEST(quantities)
{
	static const struct {
		const char *text;
		unsigned kilo;
		uint64_t value, step;
		char unit;
	} good[] = {
		{ "14", 1024, 14, 1, 0 },
		{ "14732", 1024, 14732, 1, 0 },
		{ "1,234,567", 1024, 1234567, 1, 0 },
		{ "7.4Gi", 1024, 7945689497, 107374182, 'G' },
		{ "7.8G", 1024, 8375186227, 107374182, 'G' },
		{ "5006Mi", 1000, (uint64_t)5006 << 20, 1 << 20, 'M' },
		{ "13Mi", 1024, 13 << 20, 1 << 20, 'M' },
		{ "188 kB", 1024, 188 << 10, 1024, 'K' },
		{ "1.5GB", 1000, 1500000000, 100000000, 'G' },
		{ "12.5%", 1024, 12, 1, '%' },
		{ "0B", 1024, 0, 1, 'B' },
		{ "229m", 1024, 229, 1, 'm' },
		{ "0", 1024, 0, 1, 0 },
		{ "18446744073709551615", 1024, UINT64_MAX, 1, 0 },
		{ " 42 ", 1024, 42, 1, 0 },
	};
	static const char *const bad[] = { "",      "-",
					   "x",     "1x",
					   "1 2",   "18446744073709551616",
					   "16E",   "99999999999999999999",
					   "1.2.3", "Gi",
					   "1,23",  "12 Kernel" };
	struct mw_quantity q;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!mw_quantity_parse(slice_of(good[i].text), good[i].kilo, &q))
			fail_msg("not taken: %s", good[i].text);
		EXPECT_EQ(q.value, good[i].value);
		EXPECT_EQ(q.step, good[i].step);
		EXPECT_EQ(q.unit, good[i].unit);
	}
	q.value = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mw_quantity_parse(slice_of(bad[i]), 1024, &q))
			fail_msg("taken: %s", bad[i]);
	EXPECT_EQ(q.value, 7);
}

TEST(durations)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{ "41d", 41 * 86400 }, { "1h2m3s", 3723 },
		{ "00:00:01", 1 },     { "1-02:03:04", 86400 + 7384 },
		{ "19:31:54", 70314 }, { "3:04.56", 184 },
		{ "250ms", 0 },
	};
	static const char *const bad[] = { "", "x", "12", "1h2", "99999999999d", "1:99", "-" };
	uint64_t us = 7;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!mw_duration_parse(slice_of(good[i].text), &us))
			fail_msg("not taken: %s", good[i].text);
		EXPECT_EQ(us / 1000000, good[i].seconds);
	}
	us = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mw_duration_parse(slice_of(bad[i]), &us))
			fail_msg("taken: %s", bad[i]);
	EXPECT_EQ(us, 7);
}

TEST(kubernetes_quantities)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		/* resource/quantity_test.go */
		{ "0", 0 },
		{ "1Ki", 1024 },
		{ "8Mi", 8 << 20 },
		{ "100k", 100000 },
		{ "12M", 12000000 },
		{ "2.5Gi", 2684354560 },
		{ "128974848", 128974848 },
		{ "128974848000m", 128974848 },
		{ "129e6", 129000000 },
		{ "129M", 129000000 },
		{ "1.5E3", 1500 },
		{ "12E+2", 1200 },
		{ "7E", 7000000000000000000 },
	};
	static const char *const bad[] = { "",       "e6", "12e19", "99e18", "1e-3",
					   "12Mie3", "5%", "Gi",    "12e6x", "-1Gi" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct mw_num n = mw_kube_bytes(slice_of(good[i].text));

		if (n.state != MW_OK || n.v != good[i].bytes)
			fail_msg("%s: %llu", good[i].text, (unsigned long long)n.v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mw_kube_bytes(slice_of(bad[i])).state != MW_ABSENT)
			fail_msg("taken: %s", bad[i]);
	EXPECT_EQ(mw_kube_cores(SLICE("250m")).v, 250000);
	EXPECT_EQ(mw_kube_cores(SLICE("2")).v, 2000000);
	EXPECT_EQ(mw_kube_cores(SLICE("0.5")).v, 500000);
	EXPECT_EQ(mw_kube_cores(SLICE("2Gi")).state, MW_ABSENT);
}
