#include "render/number.h"
#include "test.h"

static const struct mw_style people = { .unicode = true };
static const struct mw_style ascii = { 0 };
static const struct mw_style exact = { .unicode = true, .exact_bytes = true };

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define EXPECT_TEXT(wanted, call)                     \
	do {                                          \
		scoped_buf struct buf out_ = { 0 };   \
		struct buf *out = &out_;              \
		call;                                 \
		EXPECT_SLICE(buf_slice(out), wanted); \
	} while (0)

TEST(sizes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} table[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.00 KiB" },
		{ 4096, "4.00 KiB" },
		{ 10 * KIB - 1, "10.0 KiB" },
		{ 100 * KIB - 1, "100 KiB" },
		{ 1000 * KIB, "1000 KiB" },
		{ 1023 * KIB, "1023 KiB" },
		{ MIB - 1, "1.00 MiB" },
		{ 214 * MIB, "214 MiB" },
		{ 999 * MIB + 700 * KIB, "1000 MiB" },
		{ 1000 * MIB, "1000 MiB" },
		{ GIB - 1, "1.00 GiB" },
		{ 6217007104, "5.79 GiB" },
		{ 33500700672, "31.2 GiB" },
		{ 512 * GIB, "512 GiB" },
		{ 20 * 1024 * GIB, "20.0 TiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		EXPECT_TEXT(table[i].text, mw_number_size(out, &people, table[i].bytes));
	EXPECT_TEXT("6217007104", mw_number_size(out, &exact, 6217007104));
	EXPECT_TEXT("18446744073709551615", mw_number_size(out, &exact, UINT64_MAX));
}

/* Reading the text back gives the number, to three digits. */
TEST(sizes_are_right_to_three_digits)
{
	uint64_t bytes = 1;

	for (int i = 0; i < 400; i++) {
		scoped_buf struct buf out = { 0 };
		long double back;
		char *unit;

		bytes = bytes + bytes / 11 + 1;
		mw_number_size(&out, &people, bytes);
		back = strtold(out.at, &unit);
		EXPECT(*unit == ' ');
		for (const char *u = "KMGTPE"; unit[1] != 'B';) {
			back *= 1024;
			if (*u++ == unit[1])
				break;
		}
		EXPECT(back <= bytes * 1.00501L && back >= bytes * 0.99499L);
	}
}

TEST(a_column_has_one_unit)
{
	const struct mw_scale *gib = mw_number_scale(&people, 31 * GIB);
	const struct mw_scale *mib = mw_number_scale(&people, GIB - 1);

	EXPECT_STR(gib->name, "GiB");
	EXPECT_STR(mib->name, "MiB");
	EXPECT_STR(mw_number_scale(&people, 0)->name, "KiB");
	EXPECT_STR(mw_number_scale(&exact, GIB)->name, "bytes");
	EXPECT_TEXT("15.92", mw_number_scaled(out, gib, 17093969838));
	EXPECT_TEXT("0.00", mw_number_scaled(out, gib, 0));
	EXPECT_TEXT("-0.03", mw_number_scaled(out, gib, -(int64_t)(32 * MIB)));
	/* never "-0.00" */
	EXPECT_TEXT("0.00", mw_number_scaled(out, gib, -1));
	EXPECT(mw_number_scaled_zero(gib, -1));
	EXPECT(!mw_number_scaled_zero(mib, -(int64_t)MIB));
	EXPECT_TEXT("-9223372036854775808",
		    mw_number_scaled(out, mw_number_scale(&exact, 1), INT64_MIN));
}

TEST(percent)
{
	EXPECT_TEXT("51.0", mw_number_percent(out, &people, 51, 100));
	EXPECT_TEXT("100.0", mw_number_percent(out, &people, INT64_MAX, INT64_MAX));
	EXPECT_TEXT("0.1", mw_number_percent(out, &people, 1, 1000));
	EXPECT_TEXT("-0.1", mw_number_percent(out, &people, -1, 1000));
	EXPECT_TEXT("0.0", mw_number_percent(out, &people, -1, 100000));
	EXPECT_TEXT("–", mw_number_percent(out, &people, 1, 0));
	EXPECT_TEXT("-", mw_number_percent(out, &ascii, 1, 0));
}

TEST(rates)
{
	EXPECT_TEXT("+2.10 MiB/s", mw_number_rate_size(out, &people, 2.1 * MIB));
	EXPECT_TEXT("-312 KiB/s", mw_number_rate_size(out, &people, -312.0 * KIB));
	EXPECT_TEXT("0 B/s", mw_number_rate_size(out, &people, 0));
	EXPECT_TEXT("0 B/s", mw_number_rate_size(out, &people, -0.2));
	EXPECT_TEXT("+2048 B/s", mw_number_rate_size(out, &exact, 2048));
	EXPECT_TEXT("+12.3/s", mw_number_rate(out, 12.34));
	EXPECT_TEXT("-0.50/s", mw_number_rate(out, -0.5));
	EXPECT_TEXT("+123456/s", mw_number_rate(out, 123456.4));
	EXPECT_TEXT("0/s", mw_number_rate(out, 0));
	/* what is no number is not printed as one beyond any machine */
	EXPECT_TEXT("0/s", mw_number_rate(out, __builtin_nan("")));
	EXPECT_TEXT("+16.0 EiB/s", mw_number_rate_size(out, &people, 1e300));
}

TEST(durations)
{
	const uint64_t s = 1000000, min = 60 * s, h = 60 * min;

	EXPECT_TEXT("0 s", mw_number_duration(out, &people, 0));
	EXPECT_TEXT("7 us", mw_number_duration(out, &people, 7));
	EXPECT_TEXT("214 ms", mw_number_duration(out, &people, 214999));
	EXPECT_TEXT("7.50 s", mw_number_duration(out, &people, 7500000));
	EXPECT_TEXT("60.0 s", mw_number_duration(out, &people, min - 1));
	EXPECT_TEXT("41 min", mw_number_duration(out, &people, 41 * min + 59 * s));
	EXPECT_TEXT("3 h 12 min", mw_number_duration(out, &people, 3 * h + 12 * min));
	EXPECT_TEXT("47 h 59 min", mw_number_duration(out, &people, 48 * h - 1));
	EXPECT_TEXT("41 days", mw_number_duration(out, &people, 41 * 24 * h + h));
}

TEST(counts_and_fractions)
{
	EXPECT_TEXT("1 process", mw_number_count(out, &people, 1, "process", "processes"));
	EXPECT_TEXT("0 processes", mw_number_count(out, &people, 0, "process", "processes"));
	EXPECT_TEXT("-997", mw_number_i64(out, -997));
	EXPECT_TEXT("-9223372036854775808", mw_number_i64(out, INT64_MIN));
	EXPECT_TEXT("12.34", mw_number_micro(out, 12340000));
	EXPECT_TEXT("0.000001", mw_number_micro(out, 1));
	EXPECT_TEXT("3", mw_number_micro(out, 3000000));
	EXPECT_TEXT("0", mw_number_micro(out, 0));
}

/* Missing, denied, unlimited, vanished, malformed, skipped and zero are seven marks. */
TEST(states_are_told_apart)
{
	struct buf texts[MW_STATES] = { 0 };

	for (int style = 0; style < 2; style++) {
		for (enum mw_state s = 0; s < MW_STATES; s++) {
			buf_clear(&texts[s]);
			mw_number_num(&texts[s], style ? &people : &ascii, (struct mw_num){ 0, s },
				      NULL);
			EXPECT(texts[s].len > 0);
			for (enum mw_state t = 0; t < s; t++)
				EXPECT(!slice_equal(buf_slice(&texts[s]), buf_slice(&texts[t])));
		}
	}
	for (enum mw_state s = 0; s < MW_STATES; s++)
		buf_release(&texts[s]);
}

TEST(reasons_stand_under_the_table)
{
	struct mw_notes notes = { .reason = { [MW_DENIED] = "denied: needs CAP_SYS_PTRACE" } };
	scoped_buf struct buf cell = { 0 };

	EXPECT_TEXT("", mw_notes_write(&notes, &people, 2, out));
	mw_number_state(&cell, &people, MW_DENIED, &notes);
	mw_number_state(&cell, &people, MW_UNLIMITED, &notes);
	mw_number_state(&cell, &people, MW_SKIPPED, &notes);
	mw_number_state(&cell, &people, MW_SKIPPED, &notes);
	EXPECT_SLICE(buf_slice(&cell), "–d∞~~");
	EXPECT_TEXT("  –d denied: needs CAP_SYS_PTRACE\n"
		    "  ~ skipped: reading costs its owner more than the budget; --exact reads it\n",
		    mw_notes_write(&notes, &people, 2, out));
	EXPECT_TEXT("-d denied: needs CAP_SYS_PTRACE\n"
		    "~ skipped: reading costs its owner more than the budget; --exact reads it\n",
		    mw_notes_write(&notes, &ascii, 0, out));
}

TEST(a_metric_prints_by_its_unit)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *p = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 7, 9);
	struct mw_notes notes = { 0 };

	mw_set_unit(p, M_P_RSS, 1536, MW_KIB, 4096);
	mw_set(p, M_P_OOM_SCORE_ADJ, (uint64_t)-997);
	mw_set(p, M_P_THREADS, 12);
	mw_set(p, M_P_START_TIME, 7500000);
	mw_set_text(s, p, M_P_COMM, SLICE("a\033[31m"));
	mw_set_state(p, M_P_PSS, MW_SKIPPED);
	EXPECT_TEXT("1.50 MiB", mw_number_metric(out, &people, p, M_P_RSS, &notes));
	EXPECT_TEXT("1572864", mw_number_metric(out, &exact, p, M_P_RSS, &notes));
	EXPECT_TEXT("-997", mw_number_metric(out, &people, p, M_P_OOM_SCORE_ADJ, &notes));
	EXPECT_TEXT("12", mw_number_metric(out, &people, p, M_P_THREADS, &notes));
	EXPECT_TEXT("7.50 s", mw_number_metric(out, &people, p, M_P_START_TIME, &notes));
	EXPECT_TEXT("a\\x1b[31m", mw_number_metric(out, &people, p, M_P_COMM, &notes));
	EXPECT_TEXT("~", mw_number_metric(out, &people, p, M_P_PSS, &notes));
	EXPECT_TEXT("–", mw_number_metric(out, &people, p, M_P_SWAP, &notes));
	EXPECT(notes.seen[MW_SKIPPED] && notes.seen[MW_ABSENT] && !notes.seen[MW_DENIED]);
	mw_snapshot_free(s);
}
