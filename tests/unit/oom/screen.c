/* Reports as people and programs read them. */
#include "oom.h"

#include "render/oom.h"

#include <jansson.h>
#include <locale.h>

static struct buf shown(const struct mw_oom_report *r, const struct mw_style *style, size_t rows)
{
	const struct mw_oom_options options = { .rows = rows, .elsewhere = true };
	struct buf out = { 0 };

	EXPECT_EQ(mw_oom_write(r, &options, style, &out), 0);
	return out;
}

static json_t *as_json(const struct mw_oom_report *r)
{
	const struct mw_style style = { 0 };
	scoped_buf struct buf out = { 0 };
	struct mw_json j;

	mw_json_init(&j, &out, NULL, NULL, false);
	mw_json_oom(&j, r, &style);
	EXPECT_EQ(mw_json_finish(&j), 0);
	return json_loadb(out.at, out.len, 0, NULL);
}

TEST(a_report_in_words)
{
	scoped_told struct told *t = tell_file("oom/3.10-kubepods.txt", NULL);
	const struct mw_style style = { 0 };
	scoped_buf struct buf out = shown(t->at[0], &style, 2);

	EXPECT_SLICE(
		buf_slice(&out),
		"node-9  Nov 20 11:14:07  java[21033] in /kubepods/burstable/podaa/c1 was killed: not its own "
		"group but /kubepods/burstable/podaa above it reached its limit of 1.00 GiB\n"
		"  who asked       java[21033], for 4.00 KiB\n"
		"  usage           memory 1.00 GiB / 1.00 GiB (reached 421 times), memory and swap 1.00 GiB, "
		"no limit, kernel memory 10.0 MiB, no limit\n"
		"  why that one    highest score of 3 tasks: 1249 of 1000 (RSS 321 MiB, swap 0 B, page tables "
		"1.18 MiB, oom_score_adj 936)\n"
		"                  name[pid]         RSS  swap  page tables  adj  score\n"
		"                  java[21033]   321 MiB   0 B     1.18 MiB  936   1249  killed\n"
		"                  sh[21104]    1.56 MiB   0 B     40.0 KiB  936    937\n"
		"                  all 3         322 MiB   0 B     1.23 MiB\n"
		"  held by         processes 314 MiB, tmpfs and shared memory 700 MiB, kernel 10.0 MiB, files "
		"16.0 KiB\n"
		"  not in the list 702 MiB are held by none of the tasks listed\n"
		"  do              remove files from the tmpfs mounts of /kubepods/burstable/podaa or bound them "
		"(emptyDir: sizeLimit, docker: --shm-size); killing processes does not free them\n");
}

/* every cause has its sentence, and each names only what it has */
TEST(every_cause_has_words)
{
	static const char *const files[] = { "oom/2.6.32-memcg.txt",
					     "oom/2.6.32-vanilla.txt",
					     "oom/3.13-lowmem-zone.txt",
					     "oom/4.4-fragmentation.txt",
					     "oom/panic.txt",
					     "oom/6.1-cpuset.txt",
					     "oom/6.1-v2.txt",
					     "oom/6.12-v2.kmsg" };
	const struct mw_style style = { .width = 80, .language = mw_language_find("zh") };

	for (size_t f = 0; f < sizeof(files) / sizeof(*files); f++) {
		scoped_told struct told *t = tell_file(files[f], NULL);

		for (size_t i = 0; i < t->count; i++) {
			scoped_buf struct buf out = shown(t->at[i], &style, 5);

			EXPECT(memchr(out.at, '{', out.len) == NULL);
			EXPECT(memmem(out.at, out.len, "?", 1) == NULL);
		}
	}
}

TEST(names_from_outside_are_made_safe)
{
	static const char text[] =
		"[1.000001] \x1b]0;x\x07{limit} invoked oom-killer: gfp_mask=0xcc0(\x1b[2J), order=0, oom_score_adj=0\n"
		"[1.000002] memory: usage 4kB, limit 4kB, failcnt 1\n"
		"[1.000003] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/\x1b[31m,task_memcg=/\x1b[31m,task=x,pid=7,uid=0\n"
		"[1.000004] Memory cgroup out of memory: Killed process 7 (\x1b[1mx) total-vm:4kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:44kB oom_score_adj:0\n";
	const struct mw_style style = { .unicode = true };
	scoped_told struct told *t = tell(SLICE(text), NULL);
	scoped_buf struct buf out = shown(t->at[0], &style, 5);
	json_t *json = as_json(t->at[0]);

	EXPECT(memchr(out.at, '\x1b', out.len) == NULL);
	EXPECT(memmem(out.at, out.len, "{limit}", 7) != NULL);
	EXPECT_STR(json_string_value(json_object_get(json, "limit_group")), "/\x1b[31m");
	json_decref(json);
}

TEST(json_says_what_is_missing)
{
	static const char text[] =
		"Memory cgroup out of memory: Killed process 7 (x) total-vm:4kB, anon-rss:2kB, file-rss:0kB\n";
	scoped_told struct told *t = tell(SLICE(text), NULL);
	json_t *json = as_json(t->at[0]), *states = json_object_get(json, "states");

	EXPECT_STR(json_string_value(json_object_get(states, "cause")), "absent");
	EXPECT_STR(json_string_value(json_object_get(states, "limit_group")), "absent");
	EXPECT_STR(json_string_value(json_object_get(json, "constraint")), "memcg");
	EXPECT(json_is_false(json_object_get(json, "complete")));
	EXPECT_EQ(json_array_size(json_object_get(json, "victims")), 1);
	EXPECT(json_object_get(json, "time") == NULL);
	json_decref(json);
}

TEST(json_of_the_machine)
{
	scoped_told struct told *t = tell_file("oom/6.1-v1.txt", NULL);
	json_t *json = as_json(t->at[1]), *zone, *task;

	EXPECT_STR(json_string_value(json_object_get(json, "cause")), "machine-full");
	EXPECT_STR(json_string_value(json_object_get(json, "held_by")), "processes");
	EXPECT_EQ(json_integer_value(json_object_get(json, "swap_usage_bytes")), 65532 << 10);
	task = json_array_get(json_object_get(json, "tasks"), 0);
	EXPECT_EQ(json_integer_value(json_object_get(task, "badness")),
		  75129 + 11119 + 729088 / 4096);
	EXPECT_EQ(json_integer_value(json_object_get(json, "badness_total")),
		  98171 - 13388 + 65532 / 4);
	zone = json_array_get(json_object_get(json, "zones"), 1);
	EXPECT_STR(json_string_value(json_object_get(zone, "name")), "DMA32");
	EXPECT_EQ(json_integer_value(json_object_get(zone, "min_bytes")), 2172 << 10);
	json_decref(json);
}
