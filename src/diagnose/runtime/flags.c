#include "diagnose/runtime/flags.h"

bool mw_flag_size(struct slice text, uint64_t *out)
{
	static const char units[] = "kmgt";
	uint64_t v, unit = 1;

	if (!text.len || *text.at < '0' || *text.at > '9' || !slice_u64(&text, &v))
		return false;
	if (text.len == 1) {
		const char *at = memchr(units, *text.at | 0x20, sizeof(units) - 1);

		if (!at)
			return false;
		unit <<= 10 * (at - units + 1);
	} else if (text.len) {
		return false;
	}
	if (v > UINT64_MAX / unit)
		return false;
	*out = v * unit;
	return true;
}

/* --- HotSpot ---------------------------------------------------------------------------------- */

/* How a flag's value is written. */
enum value { SIZE, KIB_SIZE, PERCENT, FRACTION };

static const struct {
	const char *name; /* what the word begins with; the value follows at once */
	enum value value;
	size_t place; /* of a struct mw_num */
} values[] = {
#define V(name, value, member)                                     \
	{                                                          \
		name, value, offsetof(struct mw_jvm_flags, member) \
	}
	V("-Xmx", SIZE, heap_max),
	V("-XX:MaxHeapSize=", SIZE, heap_max),
	V("-Xms", SIZE, heap_initial),
	V("-XX:InitialHeapSize=", SIZE, heap_initial),
	V("-XX:MaxRAM=", SIZE, max_ram),
	V("-XX:MaxRAMPercentage=", PERCENT, max_ram_share),
	V("-XX:MaxRAMFraction=", FRACTION, max_ram_share),
	V("-XX:MinRAMPercentage=", PERCENT, min_ram_share),
	V("-XX:InitialRAMPercentage=", PERCENT, initial_ram_share),
	V("-Xss", SIZE, stack_size),
	V("-XX:ThreadStackSize=", KIB_SIZE, stack_size),
	V("-XX:MaxDirectMemorySize=", SIZE, direct_max),
	V("-XX:MaxMetaspaceSize=", SIZE, metaspace_max),
	V("-XX:CompressedClassSpaceSize=", SIZE, class_space),
	V("-XX:ReservedCodeCacheSize=", SIZE, code_max),
	V("-XX:MaxHeapFreeRatio=", PERCENT, max_heap_free_share),
#undef V
};

static const struct {
	const char *flag, *collector;
} collectors[] = {
	{ "-XX:+UseSerialGC", "Serial" },
	{ "-XX:+UseParallelGC", "Parallel" },
	{ "-XX:+UseParallelOldGC", "Parallel" },
	{ "-XX:+UseConcMarkSweepGC", "CMS" },
	{ "-XX:+UseG1GC", "G1" },
	{ "-XX:+UseZGC", "Z" },
	{ "-XX:+UseShenandoahGC", "Shenandoah" },
};

static const struct {
	const char *flag;
	size_t place; /* of a bool */
	bool value;
} switches[] = {
#define S(flag, member, value)                                     \
	{                                                          \
		flag, offsetof(struct mw_jvm_flags, member), value \
	}
	S("-XX:+AlwaysPreTouch", always_pre_touch, true),
	S("-XX:-AlwaysPreTouch", always_pre_touch, false),
	S("-XX:NativeMemoryTracking=summary", native_tracking, true),
	S("-XX:NativeMemoryTracking=detail", native_tracking, true),
	S("-XX:NativeMemoryTracking=off", native_tracking, false),
	S("-XX:-UseContainerSupport", no_container_support, true),
	S("-XX:+UseContainerSupport", no_container_support, false),
	S("-XX:-ZUncommit", no_uncommit, true),
	S("-XX:+ZUncommit", no_uncommit, false),
	S("-XX:-ShenandoahUncommit", no_uncommit, true),
	S("-XX:+ShenandoahUncommit", no_uncommit, false),
#undef S
};

static bool parse_value(enum value kind, struct slice text, uint64_t *out)
{
	uint64_t v;

	switch (kind) {
	case SIZE: return mw_flag_size(text, out);
	case KIB_SIZE:
		if (!mw_flag_size(text, &v) || v > UINT64_MAX >> 10)
			return false;
		*out = v << 10;
		return true;
	case PERCENT:
		if (!text.len || slice_blank(*text.at) || !slice_micro(&text, &v) || text.len)
			return false;
		*out = v / 100;
		return true;
	case FRACTION:
		if (!mw_flag_size(text, &v) || !v)
			return false;
		*out = 1000000 / v;
		return true;
	}
	return false;
}

static void parse_jvm_word(struct slice word, struct mw_jvm_flags *flags)
{
	char *base = (char *)flags;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct slice rest = word;
		uint64_t v;

		if (slice_word(&rest, values[i].name) && parse_value(values[i].value, rest, &v))
			*(struct mw_num *)(void *)(base +
						   values[i].place) = (struct mw_num){ v, MW_OK };
	}
	for (size_t i = 0; i < sizeof(collectors) / sizeof(*collectors); i++)
		if (slice_is(word, collectors[i].flag))
			flags->collector = collectors[i].collector;
	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++)
		if (slice_is(word, switches[i].flag))
			*(bool *)(base + switches[i].place) = switches[i].value;
}

/* Options whose value is the next word. */
static bool takes_word(struct slice option)
{
	static const char *const options[] = {
		"-cp",           "-classpath",     "--class-path",  "-p",
		"--module-path", "--add-opens",    "--add-exports", "--add-reads",
		"--add-modules", "--patch-module",
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (slice_is(option, options[i]))
			return true;
	return false;
}

/* Quotes as shells and manifests write them around a word. */
static struct slice unquote(struct slice word)
{
	while (word.len && (*word.at == '"' || *word.at == '\''))
		word = slice_skip(word, 1);
	while (word.len && (word.at[word.len - 1] == '"' || word.at[word.len - 1] == '\''))
		word.len--;
	return word;
}

void mw_jvm_flags_parse(struct slice text, struct mw_jvm_flags *flags)
{
	bool first = true, skip = false;
	struct slice line, word;

	while (slice_line(&text, &line))
		while (slice_token(&line, &word)) {
			bool value = skip;

			word = unquote(word);
			skip = takes_word(word);
			if (slice_begins(word, "-"))
				parse_jvm_word(word, flags);
			else if (!first && !value)
				return; /* the jar or the main class: the rest is not for the JVM */
			first = false;
		}
}

/* --- Node.js ---------------------------------------------------------------------------------- */

/* Step over a name of V8, in which - and _ are the same. */
static bool v8_word(struct slice *word, const char *name)
{
	size_t len = strlen(name);

	if (word->len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((word->at[i] == '_' ? '-' : word->at[i]) != name[i])
			return false;
	*word = slice_skip(*word, len);
	return true;
}

static void parse_mib(struct slice text, struct mw_num *out)
{
	uint64_t v;

	if (text.len && *text.at >= '0' && slice_u64(&text, &v) && !text.len &&
	    v <= UINT64_MAX >> 20)
		*out = (struct mw_num){ v << 20, MW_OK };
}

void mw_node_flags_parse(struct slice text, struct mw_node_flags *flags)
{
	struct slice line, word;
	bool first = true;

	while (slice_line(&text, &line))
		while (slice_token(&line, &word)) {
			word = unquote(word);
			if (!slice_begins(word, "-") && !first)
				return; /* the script: the rest is not for node */
			first = false;
			if (v8_word(&word, "--max-old-space-size="))
				parse_mib(word, &flags->old_space);
			else if (v8_word(&word, "--max-semi-space-size="))
				parse_mib(word, &flags->semi_space);
		}
}

/* --- PHP-FPM ---------------------------------------------------------------------------------- */

bool mw_php_title_parse(struct slice cmdline, struct mw_php_title *out)
{
	struct mw_php_title title = { 0 };

	if (!slice_word(&cmdline, "php-fpm: "))
		return false;
	title.master = slice_word(&cmdline, "master process (");
	if (!title.master && !slice_word(&cmdline, "pool "))
		return false;
	cmdline = slice_trim(cmdline);
	if (title.master && slice_ends(cmdline, ")"))
		cmdline.len--;
	title.name = cmdline;
	*out = title;
	return title.name.len > 0;
}
