/* PHP-FPM 8.2: what it really prints, and what its settings mean for a container. */
#include "diagnosed.h"

static struct mw_entity *pool(const struct mw_transcript *t)
{
	struct mw_entity *e = mw_snapshot_by_name(now(t), MW_RUNTIME, SLICE("php-fpm"));

	assert_non_null(e);
	EXPECT_EQ(mw_snapshot_count(now(t), MW_RUNTIME), 1);
	return e;
}

TEST(status_page_in_all_forms)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("php-fpm.txt");

	EXPECT_EQ(cell(pool(&t), M_RT_POOL_WORKERS), 2);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_ACTIVE), 1);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_ACTIVE), 1);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_LIMIT_REACHED), 0);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_CHILDREN), 5);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_REQUESTS), 500);
	EXPECT_EQ(cell(pool(&t), M_RT_MEMORY_LIMIT), 128 << 20);
	/* all of it is the master's, whom ps lists */
	EXPECT_EQ(pool(&t)->id, 32334);
	EXPECT(pool(&t)->parent == process(&t, 32334));
	EXPECT_EQ(block(&t, "php-fpm-status", 1)->lines, 1);
	/* php-fpm -tt's last words */
	EXPECT(t.unrecognised_lines <= 2);
}

TEST(json_in_lines)
{
	scoped_transcript struct mw_transcript t = paste(
		"{\n  \"pool\": \"www\",\n  \"process manager\": \"dynamic\",\n"
		"  \"active processes\": 7,\n  \"total processes\": 12,\n"
		"  \"processes\": [\n    {\n      \"pid\": 9,\n      \"active processes\": 99\n"
		"    }\n  ]\n}\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_ACTIVE), 7);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_WORKERS), 12);
}

TEST(pools_of_one_master_add_up)
{
	scoped_transcript struct mw_transcript t = paste(
		"[www]\npm = static\npm.max_children = 50 ; many\n;pm.max_requests = 9\n\n"
		"[api]\npm.max_children = 20\nphp_admin_value[memory_limit] = -1\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_CHILDREN), 70);
	EXPECT_EQ(mw_get(pool(&t), M_RT_POOL_MAX_REQUESTS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(pool(&t), M_RT_MEMORY_LIMIT).state, MW_UNLIMITED);
}

TEST(settings_that_grep_left)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ grep -r '^pm.max' /etc/php\n"
		"/etc/php/8.2/fpm/pool.d/www.conf:pm.max_children = 50\n"
		"/etc/php/8.2/fpm/pool.d/www.conf:pm.max_requests=0\n"
		"$ grep memory_limit /etc/php.ini\n"
		"memory_limit = 256M\n");

	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_CHILDREN), 50);
	EXPECT_EQ(cell(pool(&t), M_RT_POOL_MAX_REQUESTS), 0);
	EXPECT_EQ(cell(pool(&t), M_RT_MEMORY_LIMIT), 256 << 20);
}

TEST(near_misses_of_php)
{
	scoped_transcript struct mw_transcript t = paste(
		"pool: www\nis slow\n[www]\nkey = 1\n\nset pm.max_children = 50 please\n"
		"{ \"pool\": 1 }\n{ \"pool\":\nuser = root\n");
	scoped_transcript struct mw_transcript huge = paste(
		"pm.max_children = 99999999999999999999999\n");

	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(mw_get(pool(&huge), M_RT_POOL_MAX_CHILDREN).state, MW_ABSENT);
}

#define GROUP(rss, limit)                                             \
	"[root@php-7 ~]# cat /sys/fs/cgroup/memory/memory.stat\n"     \
	"cache 20971520\nrss " rss "\nmapped_file 0\n"                \
	"inactive_anon " rss "\nactive_anon 0\ninactive_file 0\n"     \
	"active_file 20971520\nhierarchical_memory_limit " limit "\n" \
	"total_cache 20971520\ntotal_rss " rss "\n"
#define POOL(children) \
	"[root@php-7 ~]# cat www.conf\n[www]\npm = dynamic\npm.max_children = " children "\n"
#define PS                                                                        \
	"[root@php-7 ~]# ps -eo pid,ppid,rss,vsz,args\n"                          \
	"  PID  PPID   RSS    VSZ COMMAND\n"                                      \
	"    7     1  26668 201604 php-fpm: master process (/etc/php-fpm.conf)\n" \
	"   11     7 111216 301924 php-fpm: pool www\n"                           \
	"   12     7 100000 301924 php-fpm: pool www\n"

TEST(a_full_pool_does_not_fit)
{
	scoped_arena struct arena a = { 0 };
	scoped_transcript struct mw_transcript t = paste(GROUP("188743680", "2147483648") POOL("50")
								 PS);
	scoped_transcript struct mw_transcript fits = paste(GROUP("188743680", "2147483648")
								    POOL("15") PS);

	EXPECT(finding(&t, &a, "php-pool-exceeds-limit", NULL));
	EXPECT(!finding(&fits, &a, "php-pool-exceeds-limit", NULL));
}

/* RSS alone would say 50 * 109 MiB; they have 30 MiB of their own together. */
TEST(workers_that_share_nearly_everything)
{
	scoped_arena struct arena a = { 0 };
	scoped_transcript struct mw_transcript t = paste(GROUP("31457280", "2147483648") POOL("50")
								 PS);

	EXPECT(!finding(&t, &a, "php-pool-exceeds-limit", NULL));
}
