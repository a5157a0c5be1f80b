#include "meta/ask/kubelet_config.h"
#include "test.h"

#define GIB      ((uint64_t)1 << 30)
#define MIB      ((uint64_t)1 << 20)
#define AT(s, m) ((s).at[M_##m - MW_SETTINGS_FIRST])

#define EXPECT_BYTES(s, m, bytes)                 \
	do {                                      \
		EXPECT_EQ(AT(s, m).state, MW_OK); \
		EXPECT_EQ(AT(s, m).v, (bytes));   \
	} while (0)

static struct mw_kubelet_settings defaults(void)
{
	struct mw_kubelet_settings s;

	mw_kubelet_defaults(&s);
	return s;
}

TEST(defaults_of_the_kubelet)
{
	struct mw_kubelet_settings s = defaults();

	EXPECT_BYTES(s, EVICTION_HARD, 100 * MIB);
	EXPECT_BYTES(s, EVICTION_PODS, 1);
	EXPECT_EQ(AT(s, EVICTION_SOFT).state, MW_ABSENT);
	EXPECT_EQ(AT(s, KUBE_RESERVED).state, MW_ABSENT);
}

TEST(yaml)
{
	scoped_buf struct buf text = fixture_text("meta/kubelet-config.yaml");
	struct mw_kubelet_settings s = defaults();
	uint32_t line;
	int error = mw_kubelet_config_parse(buf_slice(&text), 8 * GIB, false, &s, &line);

	if (error == -ENOSYS)
		skip();
	EXPECT_EQ(error, 0);
	EXPECT_BYTES(s, EVICTION_HARD, 8 * GIB / 20);
	EXPECT_BYTES(s, EVICTION_SOFT, GIB);
	EXPECT_BYTES(s, EVICTION_SOFT_GRACE, 90000000);
	EXPECT_BYTES(s, KUBE_RESERVED, GIB);
	EXPECT_BYTES(s, SYSTEM_RESERVED, 512000000);
	EXPECT_BYTES(s, EVICTION_PODS, 1);
}

TEST(configz)
{
	scoped_buf struct buf text = fixture_text("meta/kubelet-configz.json");
	struct mw_kubelet_settings s = defaults();
	uint32_t line;

	EXPECT_EQ(mw_kubelet_config_parse(buf_slice(&text), 8 * GIB, false, &s, &line), 0);
	EXPECT_BYTES(s, EVICTION_HARD, 500 * MIB);
	EXPECT_BYTES(s, EVICTION_SOFT, GIB);
	EXPECT_BYTES(s, EVICTION_SOFT_GRACE, 90000000);
	EXPECT_BYTES(s, KUBE_RESERVED, GIB);
	EXPECT_BYTES(s, SYSTEM_RESERVED, 512 * MIB);
	EXPECT_BYTES(s, EVICTION_PODS, 1);
}

/* pkg/kubelet/apis/config/v1beta1/defaults.go: evictionHard that is given has no defaults beside it,
 * but for mergeDefaultEvictionSettings */
TEST(what_is_given_replaces_defaults)
{
	static const struct {
		const char *text;
		bool drop_in;
		enum mw_state state;
		uint64_t hard, pods;
	} cases[] = {
		{ "{\"evictionHard\":{\"nodefs.available\":\"10%\"}}", false, MW_ABSENT, 0, 1 },
		{ "{\"evictionHard\":{\"nodefs.available\":\"10%\"},"
		  "\"mergeDefaultEvictionSettings\":true}",
		  false, MW_OK, 100 << 20, 1 },
		{ "{\"evictionHard\":{\"memory.available\":\"0%\"},"
		  "\"mergeDefaultEvictionSettings\":true}",
		  false, MW_ABSENT, 0, 1 },
		{ "{\"evictionHard\":{\"nodefs.available\":\"10%\"}}", true, MW_OK, 100 << 20, 1 },
		{ "{\"evictionHard\":null,\"kind\":\"KubeletConfiguration\"}", false, MW_OK,
		  100 << 20, 1 },
		{ "{\"enforceNodeAllocatable\":[]}", false, MW_OK, 100 << 20, 0 },
		{ "{\"enforceNodeAllocatable\":[\"none\"]}", true, MW_OK, 100 << 20, 0 },
		{ "{\"evictionHard\":{\"memory.available\":\"a lot\"}}", false, MW_MALFORMED, 0,
		  1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mw_kubelet_settings s = defaults();
		uint32_t line;

		EXPECT_EQ(mw_kubelet_config_parse(slice_of(cases[i].text), 0, cases[i].drop_in, &s,
						  &line),
			  0);
		EXPECT_EQ(AT(s, EVICTION_HARD).state, cases[i].state);
		if (cases[i].state == MW_OK)
			EXPECT_EQ(AT(s, EVICTION_HARD).v, cases[i].hard);
		EXPECT_BYTES(s, EVICTION_PODS, cases[i].pods);
	}
}

TEST(yaml_that_is_refused)
{
	static const struct {
		const char *text;
		uint32_t line;
	} bad[] = {
		{ "- evictionHard\n", 1 },
		{ "evictionHard: [a\n", 2 },
		{ "a: &a {memory.available: 1Gi}\nevictionHard: *a\n", 2 },
		{ "a: &a {x: y}\n<<: *a\n", 2 },
		{ "evictionHard:\n  <<: {x: y}\n", 2 },
		{ "text\n", 1 },
		{ "? {a: b}\n: c\n", 1 },
	};
	struct mw_kubelet_settings s = defaults();
	scoped_buf struct buf deep = { 0 };
	uint32_t line;

	if (mw_kubelet_config_parse(SLICE("a: b\n"), 0, false, &s, &line) == -ENOSYS)
		skip();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(mw_kubelet_config_parse(slice_of(bad[i].text), 0, false, &s, &line),
			  -EBADMSG);
		EXPECT_EQ(line, bad[i].line);
	}
	buf_puts(&deep, "a: ");
	for (int i = 0; i < 100000; i++)
		buf_char(&deep, '[');
	EXPECT_EQ(mw_kubelet_config_parse(buf_slice(&deep), 0, false, &s, &line), -EBADMSG);
	/* each anchor would be ten of the one before: nothing of it is followed */
	EXPECT_EQ(mw_kubelet_config_parse(SLICE("a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b]\n"
						"evictionHard:\n  memory.available: 1Gi\n"),
					  0, false, &s, &line),
		  0);
	EXPECT_BYTES(s, EVICTION_HARD, GIB);
}

TEST(flags)
{
	static const char line[] =
		"/usr/bin/kubelet\0--kubeconfig=/etc/kubernetes/kubelet.conf\0--fail-swap-on\0"
		"--config\0/var/lib/kubelet/config.yaml\0--config-dir=/etc/kubernetes/kubelet.d\0"
		"--eviction-hard=memory.available<750Mi,nodefs.available<10%\0"
		"--eviction-soft\0memory.available<10%\0"
		"--eviction-soft-grace-period=memory.available=2m\0"
		"--kube-reserved=cpu=100m,memory=1500Mi\0--system-reserved=cpu=1\0"
		"--enforce-node-allocatable=\0";
	struct mw_kubelet_settings s = defaults();
	struct slice file, dir;

	AT(s, SYSTEM_RESERVED) = (struct mw_num){ 5, MW_OK };
	EXPECT(mw_kubelet_flags_parse((struct slice){ line, sizeof(line) - 1 }, 10 * GIB, &s, &file,
				      &dir));
	EXPECT_SLICE(file, "/var/lib/kubelet/config.yaml");
	EXPECT_SLICE(dir, "/etc/kubernetes/kubelet.d");
	EXPECT_BYTES(s, EVICTION_HARD, 750 * MIB);
	EXPECT_BYTES(s, EVICTION_SOFT, GIB);
	EXPECT_BYTES(s, EVICTION_SOFT_GRACE, 120000000);
	EXPECT_BYTES(s, KUBE_RESERVED, 1500 * MIB);
	EXPECT_EQ(AT(s, SYSTEM_RESERVED).state, MW_ABSENT);
	EXPECT_BYTES(s, EVICTION_PODS, 0);
	EXPECT(!mw_kubelet_flags_parse(SLICE("kubelet"), 0, &s, &file, &dir));
	EXPECT_EQ(file.len, 0);
	EXPECT(!mw_kubelet_flags_parse(SLICE("kubelet\0--eviction-hard"), 0, &s, &file, &dir));
	EXPECT_BYTES(s, EVICTION_HARD, 750 * MIB);
}
