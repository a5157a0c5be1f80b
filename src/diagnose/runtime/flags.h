/* What the command line of a language runtime, and the variables that add to it, say about memory.
 * Pure parsers of text from outside: unknown words are skipped, a value that is no number or
 * overflows is as if it were not there. Bytes, unless said otherwise. */
#ifndef MW_DIAGNOSE_RUNTIME_FLAGS_H
#define MW_DIAGNOSE_RUNTIME_FLAGS_H

#include "model/snapshot.h"

/* The HotSpot JVM (java -XX:+PrintFlagsFinal; docs.oracle.com, "The java Command"). What was not
 * given is MW_ABSENT. */
struct mw_jvm_flags {
	struct mw_num heap_max;            /* -Xmx, -XX:MaxHeapSize */
	struct mw_num heap_initial;        /* -Xms, -XX:InitialHeapSize */
	struct mw_num max_ram;             /* -XX:MaxRAM: taken for the machine's memory */
	struct mw_num max_ram_share;       /* -XX:MaxRAMPercentage, MaxRAMFraction; millionths */
	struct mw_num min_ram_share;       /* -XX:MinRAMPercentage: the most on small machines */
	struct mw_num initial_ram_share;   /* -XX:InitialRAMPercentage; millionths */
	struct mw_num stack_size;          /* -Xss, -XX:ThreadStackSize */
	struct mw_num direct_max;          /* -XX:MaxDirectMemorySize */
	struct mw_num metaspace_max;       /* -XX:MaxMetaspaceSize */
	struct mw_num class_space;         /* -XX:CompressedClassSpaceSize */
	struct mw_num code_max;            /* -XX:ReservedCodeCacheSize */
	struct mw_num max_heap_free_share; /* -XX:MaxHeapFreeRatio; millionths */
	const char *collector;             /* "G1", as in RT_COLLECTOR; static; NULL = not given */
	bool always_pre_touch;             /* -XX:+AlwaysPreTouch: the heap is resident at once */
	bool native_tracking;              /* -XX:NativeMemoryTracking=summary or detail */
	bool no_container_support;         /* -XX:-UseContainerSupport: the limit is not seen */
	bool no_uncommit;                  /* -XX:-ZUncommit, -XX:-ShenandoahUncommit */
};

/** Read "java -Xmx2000m -jar app.jar --server.port=1", "-XX:MaxRAMPercentage=70.0 …" as in
 *  JAVA_TOOL_OPTIONS, or what `jcmd PID VM.flags` prints. What stands behind the jar or the main
 *  class is the program's and not read. Later words win, and win over what `flags` holds already:
 *  call it for JAVA_TOOL_OPTIONS first, then for the command line. */
void mw_jvm_flags_parse(struct slice text, struct mw_jvm_flags *flags);

/* Node.js and V8: a command line or NODE_OPTIONS. - and _ are the same in V8's names. */
struct mw_node_flags {
	struct mw_num old_space;  /* --max-old-space-size, given in MiB */
	struct mw_num semi_space; /* --max-semi-space-size, given in MiB; there are three */
};

void mw_node_flags_parse(struct slice text, struct mw_node_flags *flags);

/* "php-fpm: pool www", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)". */
struct mw_php_title {
	bool master;
	struct slice name; /* the pool's, or the configuration file's */
};

/** @return false when it is no title of PHP-FPM */
bool mw_php_title_parse(struct slice cmdline, struct mw_php_title *out);

/** "512k", "2000m", "4g", "1t", "1048576" in bytes, as the JVM and PHP write sizes.
 *  @return false on anything else and on overflow */
bool mw_flag_size(struct slice text, uint64_t *out);

#endif
