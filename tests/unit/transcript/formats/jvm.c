/* The tools of the JVM: real output of JDK 17 and 25 with each collector, and of JDK 11 in a pod. */
#include "paste.h"

static struct mw_entity *jvm(const struct mw_transcript *t, uint64_t pid)
{
	struct mw_entity *e = mw_snapshot_by_id(now(t), MW_RUNTIME, pid);

	assert_non_null(e);
	EXPECT_STR(e->name, "jvm");
	return e;
}

static uint64_t mib(const struct mw_entity *e, enum mw_metric metric)
{
	return cell(e, metric) >> 20;
}

TEST(jmap_in_a_pod)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("pod-slow-growth-java-jmap-heap.txt",
							       "pod-slow-growth-java-jstat-gc.txt");
	struct mw_entity *e = jvm(&t, 7);

	EXPECT_EQ(cell(e, M_RT_HEAP_MAX), 2000ull << 20);
	EXPECT_EQ(cell(e, M_RT_HEAP_USED), 168122616);
	EXPECT_EQ(mib(e, M_RT_HEAP_USED), 160);
	EXPECT_EQ(cell(e, M_RT_YOUNG_COMMITTED), 788ull << 20);
	EXPECT_EQ(cell(e, M_RT_OLD_COMMITTED), 462ull << 20);
	EXPECT_EQ(cell(e, M_RT_HEAP_COMMITTED), 1250ull << 20);
	EXPECT_EQ(cell(e, M_RT_OLD_USED), 127228152);
	EXPECT_STR(mw_get_text(e, M_RT_COLLECTOR), "G1");
	EXPECT_STR(mw_get_text(e, M_RT_VERSION), "11.0.16+8");
	/* the address space's end is the JVM's word for none */
	EXPECT_EQ(mw_get(e, M_RT_METASPACE_MAX).state, MW_ABSENT);
	/* jstat was asked at another moment, and says what jmap does not */
	EXPECT_EQ(cell(e, M_RT_METASPACE_COMMITTED), 115184 << 10);
	EXPECT_EQ(cell(e, M_RT_METASPACE_USED), 111165747); /* 108560.3 KiB */
	EXPECT_EQ(cell(e, M_RT_GC_COUNT), 18981);
	EXPECT_EQ(cell(e, M_RT_GC_TIME), 223826000);
	EXPECT_EQ(cell(e, M_RT_FULL_GC_COUNT), 0);
}

TEST(jstat_in_a_pod)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("pod-slow-growth-java-jstat-gc.txt");
	struct mw_entity *e = jvm(&t, 7);

	EXPECT_EQ(cell(e, M_RT_HEAP_COMMITTED), 1250ull << 20);
	EXPECT_EQ(cell(e, M_RT_YOUNG_COMMITTED), (8192ull + 798720) << 10);
	EXPECT_EQ(cell(e, M_RT_YOUNG_USED), (8192ull + 226304) << 10);
	EXPECT_EQ(cell(e, M_RT_OLD_COMMITTED), 473088ull << 10);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

/* What each collector's file must give; the JVM was started with -Xmx200m and held 40 MiB. */
static void check(const char *file, uint64_t pid, const char *collector, uint64_t committed)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(file);
	struct mw_entity *e = jvm(&t, pid);

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(e, M_RT_HEAP_MAX) >> 20, 200);
	EXPECT_EQ(cell(e, M_RT_HEAP_COMMITTED) >> 20, committed);
	EXPECT(mib(e, M_RT_HEAP_USED) >= 40);
	EXPECT(cell(e, M_RT_HEAP_USED) <= cell(e, M_RT_HEAP_COMMITTED));
	EXPECT_STR(mw_get_text(e, M_RT_COLLECTOR), collector);
	EXPECT_EQ(cell(e, M_RT_METASPACE_COMMITTED), 320 << 10);
	EXPECT(strstr(mw_get_text(e, M_RT_FLAGS), "-XX:MaxHeapSize=209715200"));
	EXPECT(cell(e, M_RT_CLASSES) >= 400);
	block(&t, "jmap-heap", 0);
	block(&t, "jvm-heap-info", 0);
	block(&t, "jvm-flags", 1);
}

TEST(g1)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("jvm-g1.txt");
	struct mw_entity *e = jvm(&t, 3641);

	EXPECT_EQ(cell(e, M_RT_NATIVE_COMMITTED), 272675 << 10);
	EXPECT_EQ(cell(e, M_RT_NATIVE_RESERVED), 1650587ull << 10);
	EXPECT_EQ(cell(e, M_RT_CODE_COMMITTED), 7581 << 10);
	EXPECT_EQ(cell(e, M_RT_THREADS), 20);
	EXPECT_EQ(printed(&t, "jvm-native-memory", "GC")->value, 45128 << 10);
	EXPECT_EQ(printed(&t, "jvm-native-memory", "Java Heap")->value, 204800 << 10);
	EXPECT_EQ(cell(e, M_RT_OLD_USED), 99629568); /* jstat's 97294.5 KiB */
	EXPECT_STR(mw_get_text(e, M_RT_VERSION), "17.0.15+6-Debian-1");
}

TEST(serial)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("jvm-serial.txt");

	EXPECT_EQ(cell(jvm(&t, 2313), M_RT_YOUNG_COMMITTED), (54656 + 2 * 6784) << 10);
}

TEST(collectors)
{
	check("jvm-g1.txt", 3641, "G1", 200);
	check("jvm-serial.txt", 2313, "Serial", 200);
	check("jvm-parallel.txt", 2960, "Parallel", 200);
	check("jvm-shenandoah.txt", 4257, "Shenandoah", 200);
	check("jvm-z.txt", 3937, "Z", 200);
}

TEST(native_memory_alone)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ jcmd 12 VM.native_memory scale=MB\n"
		"12:\n\n"
		"Native Memory Tracking:\n\n"
		"Total: reserved=1612MB, committed=266MB\n"
		"-                 Java Heap (reserved=200MB, committed=200MB)\n"
		"                            (mmap: reserved=200MB, committed=200MB) \n \n"
		"-                     Class (reserved=1024MB, committed=2MB)\n"
		"                            (  Metadata:   )\n"
		"                            (    reserved=64MB, committed=1MB)\n"
		"                            (    used=0MB)\n");
	struct mw_entity *e = jvm(&t, 12);

	EXPECT_EQ(mib(e, M_RT_NATIVE_COMMITTED), 266);
	EXPECT_EQ(mib(e, M_RT_METASPACE_COMMITTED), 1);
	EXPECT_EQ(printed(&t, "jvm-native-memory", "committed")->high, (266ull << 20) + (1 << 19));
}

TEST(newest)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("jvm-25.txt");

	EXPECT_EQ(cell(jvm(&t, 5050), M_RT_HEAP_COMMITTED), 204800 << 10);
	EXPECT_EQ(cell(jvm(&t, 5644), M_RT_HEAP_USED), (10240 + 83968) << 10);
	EXPECT_EQ(cell(jvm(&t, 5644), M_RT_HEAP_COMMITTED), 152 << 20);
	EXPECT_EQ(cell(jvm(&t, 5644), M_RT_HEAP_MAX), 200 << 20);
	EXPECT_EQ(cell(jvm(&t, 6089), M_RT_HEAP_COMMITTED), (67072 + 1024 + 43008) << 10);
	EXPECT_EQ(cell(jvm(&t, 6089), M_RT_HEAP_MAX), (68096 + 136704) << 10);
}

TEST(jdk8_cms)
{
	scoped_transcript struct mw_transcript t = paste(
		"using parallel threads in the new generation.\n"
		"using thread-local object allocation.\n"
		"Concurrent Mark-Sweep GC\n"
		"\n"
		"Heap Configuration:\n"
		"   MaxHeapSize              = 1073741824 (1024.0MB)\n"
		"   MaxMetaspaceSize         = 268435456 (256.0MB)\n"
		"\n"
		"Heap Usage:\n"
		"New Generation (Eden + 1 Survivor Space):\n"
		"   capacity = 94371840 (90.0MB)\n"
		"   used     = 41943040 (40.0MB)\n"
		"Eden Space:\n"
		"   capacity = 83886080 (80.0MB)\n"
		"   used     = 41943040 (40.0MB)\n"
		"From Space:\n"
		"   capacity = 10485760 (10.0MB)\n"
		"   used     = 0 (0.0MB)\n"
		"To Space:\n"
		"   capacity = 10485760 (10.0MB)\n"
		"   used     = 0 (0.0MB)\n"
		"concurrent mark-sweep generation:\n"
		"   capacity = 104857600 (100.0MB)\n"
		"   used     = 52428800 (50.0MB)\n"
		"   50.0% used\n"
		"\n"
		"23064 interned Strings occupying 2259256 bytes.\n");
	struct mw_entity *e = jvm(&t, 0);

	EXPECT_EQ(mib(e, M_RT_HEAP_COMMITTED), 200);
	EXPECT_EQ(mib(e, M_RT_HEAP_USED), 90);
	EXPECT_EQ(mib(e, M_RT_METASPACE_MAX), 256);
	EXPECT_STR(mw_get_text(e, M_RT_COLLECTOR), "CMS");
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(jstat_again_and_again)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ jstat -gc -h 2 5 1000\n"
		" S0C    S1C    S0U    S1U      EC       EU        OC         OU       MC     "
		"MU\n"
		"CCSC   CCSU   YGC     YGCT    FGC    FGCT     GCT\n"
		"1024.0 1024.0 0.0 0.0 8192.0 100.0 20480.0 1000.0 100.0 90.0\n"
		"10.0 9.0 1 0.010 0 0.000 0.010\n"
		"1024.0 1024.0 0.0 0.0 8192.0 200.0 20480.0 2000.5 100.0 90.0\n"
		"10.0 9.0 2 0.020 0 0.000 0.020\n"
		"1024.0 1024.0 0.0 0.0 8192.0 300.0 20480.0\n");
	struct mw_entity *first;

	EXPECT_EQ(t.hosts[0].count, 2);
	EXPECT_EQ(cell(jvm(&t, 5), M_RT_OLD_USED), 2000 * 1024 + 512);
	EXPECT_EQ(cell(jvm(&t, 5), M_RT_GC_COUNT), 2);
	first = mw_snapshot_by_id(t.hosts[0].moments[0], MW_RUNTIME, 5);
	EXPECT_EQ(cell(first, M_RT_OLD_USED), 1000 * 1024);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(an_error_of_java_is_no_kill)
{
	scoped_transcript struct mw_transcript t = paste(
		"Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n"
		"\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)\n"
		"\tat Main.main(Main.java:5)\n"
		"done\n");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(block(&t, "java-out-of-memory", 0)->lines, 3);
	EXPECT_EQ(t.unrecognised_lines, 1);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_RUNTIME), 0);
}

TEST(a_runtime_belongs_to_its_process)
{
	scoped_transcript struct mw_transcript t = paste(
		"7:   java -Xmx2000m -jar /opt/app.jar\n"
		" total             2924K\n"
		"$ jstat -class 7\n"
		"Loaded  Bytes  Unloaded  Bytes     Time\n"
		"   400  1013.4        0     0.0       0.02\n");

	EXPECT(jvm(&t, 7)->parent == process(&t, 7));
}

TEST(what_no_jvm_printed)
{
	scoped_transcript struct mw_transcript t = paste(
		"Metaspace is where classes live\n"
		"Eden Space:\n"
		"E O M\n"
		"1 2 3\n"
		"7:\n"
		"Total: reserved\n"
		"Command line: BOOT_IMAGE=/vmlinuz root=/dev/vda\n"
		"used = 5\n"
		"- x (reserved=\n"
		"S0C S1C EC OC\n"
		"a b c d\n"
		"S0C S1C EC OC\n"
		"99999999999999999999 1 1 1\n");

	EXPECT_EQ(mw_snapshot_count(now(&t), MW_RUNTIME), 0);
}
