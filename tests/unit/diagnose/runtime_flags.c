/* What command lines of runtimes say. */
#include "test.h"

#include "diagnose/runtime/flags.h"

#define GIB ((uint64_t)1 << 30)

static struct mw_jvm_flags jvm(const char *text)
{
	struct mw_jvm_flags flags = { 0 };

	mw_jvm_flags_parse(slice_of(text), &flags);
	return flags;
}

TEST(a_java_command_line)
{
	struct mw_jvm_flags f = jvm(
		"/usr/bin/java -cp /app:/lib -Xms512m -Xmx2000m -Xss512K "
		"-XX:MaxDirectMemorySize=1g -XX:MaxMetaspaceSize=256M "
		"-XX:ReservedCodeCacheSize=251658240 -XX:+UseParallelGC com.example.Main "
		"-Xmx64g -XX:+UseZGC");

	EXPECT_EQ(f.heap_initial.v, 512 << 20);
	EXPECT_EQ(f.heap_max.v, 2097152000);
	EXPECT_EQ(f.stack_size.v, 512 << 10);
	EXPECT_EQ(f.direct_max.v, GIB);
	EXPECT_EQ(f.metaspace_max.v, 256 << 20);
	EXPECT_EQ(f.code_max.v, 251658240);
	EXPECT_STR(f.collector, "Parallel");
	EXPECT_EQ(f.max_ram_share.state, MW_ABSENT);
}

TEST(options_may_stand_between_jar_and_its_name)
{
	struct mw_jvm_flags f = jvm(
		"java -jar -XX:+UseContainerSupport -XX:InitialRAMPercentage=70.0 "
		"-XX:MaxRAMPercentage=70.5 -XX:-UseAdaptiveSizePolicy app.jar -Xmx1g");

	EXPECT_EQ(f.max_ram_share.v, 705000);
	EXPECT_EQ(f.initial_ram_share.v, 700000);
	EXPECT_EQ(f.heap_max.state, MW_ABSENT);
	EXPECT(!f.no_container_support);
}

TEST(options_without_a_program)
{
	struct mw_jvm_flags f = jvm("-XX:MaxHeapSize=2097152000 -XX:ThreadStackSize=512\n"
				    "-XX:MaxRAMFraction=2 -XX:+UseG1GC -XX:+AlwaysPreTouch");

	EXPECT_EQ(f.heap_max.v, 2097152000);
	EXPECT_EQ(f.stack_size.v, 512 << 10);
	EXPECT_EQ(f.max_ram_share.v, 500000);
	EXPECT_STR(f.collector, "G1");
	EXPECT(f.always_pre_touch);
}

TEST(the_command_line_wins_over_the_variable)
{
	struct mw_jvm_flags f = jvm("\"-Xmx1g\" -XX:+UseSerialGC -XX:NativeMemoryTracking=summary");

	EXPECT_EQ(f.heap_max.v, GIB);
	mw_jvm_flags_parse(SLICE("java -Xmx2g -Xmx3g -jar a.jar"), &f);
	EXPECT_EQ(f.heap_max.v, 3 * GIB);
	EXPECT_STR(f.collector, "Serial");
	EXPECT(f.native_tracking);
}

TEST(values_that_are_none)
{
	static const char *const bad[] = {
		"-Xmx",
		"-Xmxg",
		"-Xmx1x",
		"-Xmx1gg",
		"-Xmx99999999999999999999",
		"-Xmx-1m",
		"-Xmx 1g",
		"-Xmx1.5g",
		"-XX:MaxHeapSize=",
		"-XX:MaxHeapSize",
		"-Xmx18446744073709551615k",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(jvm(bad[i]).heap_max.state, MW_ABSENT);
	EXPECT_EQ(jvm("-XX:MaxRAMFraction=0").max_ram_share.state, MW_ABSENT);
	EXPECT_EQ(jvm("-XX:MaxRAMPercentage=many").max_ram_share.state, MW_ABSENT);
}

TEST(node_options)
{
	struct mw_node_flags f = { 0 };

	mw_node_flags_parse(SLICE("node --inspect --max_old_space_size=4096 "
				  "--max-semi-space-size=64 app.js --max-old-space-size=1"),
			    &f);
	EXPECT_EQ(f.old_space.v, 4 * GIB);
	EXPECT_EQ(f.semi_space.v, 64 << 20);
	f = (struct mw_node_flags){ 0 };
	mw_node_flags_parse(SLICE("--max-old-space-size=18446744073709551615"), &f);
	mw_node_flags_parse(SLICE("--max-old-space-size=4096m --max-old-space-sizes=7"), &f);
	EXPECT_EQ(f.old_space.state, MW_ABSENT);
}

TEST(php_titles)
{
	struct mw_php_title t;

	EXPECT(mw_php_title_parse(SLICE("php-fpm: pool www  "), &t));
	EXPECT(!t.master);
	EXPECT_SLICE(t.name, "www");
	EXPECT(mw_php_title_parse(SLICE("php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"),
				  &t));
	EXPECT(t.master);
	EXPECT_SLICE(t.name, "/etc/php/8.2/fpm/php-fpm.conf");
	EXPECT(!mw_php_title_parse(SLICE("php-fpm: pool"), &t));
	EXPECT(!mw_php_title_parse(SLICE("php-fpm8.2 -F"), &t));
	EXPECT(!mw_php_title_parse(SLICE(""), &t));
}
