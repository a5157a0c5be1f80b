#include "test.h"

#include "collect/process/smaps.h"

#include <errno.h>
#include <stdio.h>

/* Linux 6.18; the totals are of awk, the sum of its lines. */
#define SAMPLE CORPUS "/process-smaps/smaps-6.18"

struct world {
	struct mw_snapshot *snapshot;
	struct mw_entity *process;
};

static struct world world(void)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct world w = { .snapshot = mw_snapshot_new(&machine) };

	w.process = mw_snapshot_add(w.snapshot, MW_PROCESS, NULL, SLICE("x"), 1, 1);
	EXPECT(w.process);
	return w;
}

static struct buf sample(void)
{
	struct buf text = { 0 };
	scoped_file FILE *f = fopen(SAMPLE, "r");

	EXPECT(f);
	EXPECT_EQ(buf_reserve(&text, 65536), 0);
	text.len = fread(text.at, 1, 65536, f);
	return text;
}

static struct mw_entity *region(struct mw_snapshot *s, const char *name)
{
	return mw_snapshot_by_name(s, MW_REGION, slice_of(name));
}

TEST(every_mapping_becomes_a_row)
{
	scoped_buf struct buf text = sample();
	struct world w = world();
	struct mw_parse_error at;
	struct mw_entity *e;
	uint64_t rss = 0;

	EXPECT_EQ(mw_smaps_parse(buf_slice(&text), w.snapshot, w.process, &at), 0);
	EXPECT_EQ(mw_snapshot_count(w.snapshot, MW_REGION), 27);
	mw_for_each (e, w.snapshot, MW_REGION)
		rss += mw_get(e, M_R_RSS).v;
	EXPECT_EQ(rss >> 10, 1612);
	e = region(w.snapshot, "/memfd:a b\nc (deleted)");
	EXPECT(e && e->parent == w.process);
	EXPECT_EQ(mw_get(e, M_R_RSS).v, 40960);
	EXPECT_EQ(mw_get(e, M_R_SIZE).v, 65536);
	EXPECT_EQ(mw_get(e, M_R_DEVICE).v, 1);
	EXPECT_STR(mw_get_text(e, M_R_PERMS), "rw-s");
	EXPECT_EQ(mw_get(region(w.snapshot, "[vvar]"), M_R_RSS).state, MW_OK);
	EXPECT(strstr(mw_get_text(region(w.snapshot, "[stack]"), M_R_VMFLAGS), "gd"));
	mw_snapshot_free(w.snapshot);
}

TEST(smaps_adds_up_to_what_smaps_rollup_would_say)
{
	scoped_buf struct buf text = sample();
	struct world w = world();
	struct mw_parse_error at;

	EXPECT_EQ(mw_smaps_total(buf_slice(&text), w.process, &at), 0);
	EXPECT_EQ(mw_get(w.process, M_P_PSS).v >> 10, 526);
	EXPECT_EQ(mw_get(w.process, M_P_SMAPS_RSS).v >> 10, 1612);
	EXPECT_EQ(mw_get(w.process, M_P_USS).v >> 10, 456);
	EXPECT_EQ(mw_get(w.process, M_P_ANONYMOUS).v >> 10, 396);
	EXPECT_EQ(mw_get(w.process, M_P_PSS_ANON).state, MW_ABSENT);
	mw_snapshot_free(w.snapshot);
}

TEST(older_kernels_say_less_and_that_is_absent)
{
	struct world w = world();
	struct mw_parse_error at;

	EXPECT_EQ(mw_smaps_total(SLICE("00400000-00401000 r-xp 00000000 08:01 7 /bin/x\n"
				       "Size: 4 kB\nRss: 4 kB\nPss: 2 kB\nShared_Clean: 4 kB\n"),
				 w.process, &at),
		  0);
	EXPECT_EQ(mw_get(w.process, M_P_PSS).v, 2048);
	EXPECT_EQ(mw_get(w.process, M_P_USS).state, MW_ABSENT);
	mw_snapshot_free(w.snapshot);
}

TEST(a_garbled_number_spoils_only_itself)
{
	static const char text[] = "1000-2000 rw-p 00000000 00:00 0 \nRss: 4 kB\nPss: ? kB\n"
				   "2000-3000 rw-p 00000000 00:00 0 \nRss: 8 kB\nPss: 8 kB\n"
				   "3000-4000 rw-p 00000000 00:00 0 \nRss: 1 kB\nRss: 1 kB\n";
	struct world w = world();
	struct mw_parse_error at;

	EXPECT_EQ(mw_smaps_parse(slice_of(text), w.snapshot, w.process, &at), -EBADMSG);
	EXPECT_EQ(at.line, 3);
	EXPECT_EQ(mw_get(mw_snapshot_at(w.snapshot, MW_REGION, 0), M_R_PSS).state, MW_MALFORMED);
	EXPECT_EQ(mw_get(mw_snapshot_at(w.snapshot, MW_REGION, 1), M_R_PSS).v, 8192);
	EXPECT_EQ(mw_get(mw_snapshot_at(w.snapshot, MW_REGION, 2), M_R_RSS).state, MW_MALFORMED);
	EXPECT_EQ(mw_smaps_total(slice_of(text), w.process, &at), -EBADMSG);
	EXPECT_EQ(mw_get(w.process, M_P_PSS).state, MW_MALFORMED);
	EXPECT_EQ(mw_smaps_parse(SLICE("rubbish\n"), w.snapshot, w.process, &at), -EBADMSG);
	EXPECT_EQ(mw_snapshot_count(w.snapshot, MW_REGION), 3);
	mw_snapshot_free(w.snapshot);
}

TEST(a_map_line_that_is_none_is_left_alone)
{
	static const char *const lines[] = {
		"",
		"1000-",
		"2000-1000 rw-p 0 00:00 0",
		"1000-2000 rw 0 00:00 0",
		"1000-2000 rw-p 0 0000 0",
		"1000-2000 rw-p 0 00:00 x",
		"fffffffffffffffff-2 rw-p 0 00:00 1",
		"Anonymous: 4 kB",
	};
	struct mw_map m = { .start = 7 };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		EXPECT(!mw_map_parse(slice_of(lines[i]), &m));
	EXPECT_EQ(m.start, 7);
	EXPECT(mw_map_parse(SLICE("00400000-0040b000 r-xp 00001000 fd:10 48 /a  b"), &m));
	EXPECT_EQ(m.major, 0xfd);
	EXPECT_EQ(m.minor, 0x10);
	EXPECT_EQ(m.offset, 4096);
	EXPECT_SLICE(m.name, "/a  b");
}

TEST(numa_maps_finds_its_regions)
{
	struct world w = world();
	struct mw_parse_error at;

	EXPECT_EQ(mw_smaps_parse(SLICE("1000-2000 rw-p 0 00:00 0\n3000-4000 rw-p 0 00:00 0\n"),
				 w.snapshot, w.process, &at),
		  0);
	EXPECT_EQ(mw_numa_maps_parse(SLICE("0500 default\n2000 default\n3000 bind:1 anon=1 N1=1\n"),
				     w.snapshot, 0, &at),
		  0);
	EXPECT_EQ(mw_get(mw_snapshot_at(w.snapshot, MW_REGION, 0), M_R_NUMA).state, MW_ABSENT);
	EXPECT_STR(mw_get_text(mw_snapshot_at(w.snapshot, MW_REGION, 1), M_R_NUMA),
		   "bind:1 anon=1 N1=1");
	EXPECT_EQ(mw_numa_maps_parse(SLICE("1000 default\n?\n"), w.snapshot, 0, &at), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	mw_snapshot_free(w.snapshot);
}
