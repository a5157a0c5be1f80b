#include "test.h"

#include "collect/psi.h"

#include <errno.h>

TEST(both_lines)
{
	struct mw_psi psi;

	EXPECT_EQ(mw_psi_parse(SLICE("some avg10=1.05 avg60=0.60 avg300=0.00 total=6432133\n"
				     "full avg10=100.00 avg60=0.10 avg300=0.02 total=5932\n"),
			       &psi),
		  0);
	EXPECT_EQ(psi.some.avg10, 1050000);
	EXPECT_EQ(psi.some.total, 6432133);
	EXPECT_EQ(psi.full.avg10, 100000000);
	EXPECT_EQ(psi.full.avg300, 20000);
}

TEST(a_cpu_pressure_file_before_5_13_has_one_line)
{
	struct mw_psi psi;

	EXPECT_EQ(mw_psi_parse(SLICE("some avg10=0.00 avg60=0.00 avg300=0.00 total=7"), &psi), 0);
	EXPECT(psi.some.present && !psi.full.present);
}

TEST(garbled_pressure_leaves_the_output)
{
	static const char *const bad[] = {
		"",
		"some\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00\n",
		"some avg10= avg60=0.00 avg300=0.00 total=1\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=99999999999999999999\n",
		"some avg10=0 avg60=0 avg300=0 total=1\nsome avg10=0 avg60=0 avg300=0 total=1\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mw_psi psi = { .some.total = 7 };

		EXPECT_EQ(mw_psi_parse(slice_of(bad[i]), &psi), -EBADMSG);
		EXPECT_EQ(psi.some.total, 7);
	}
}
