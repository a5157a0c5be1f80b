/* --version, and with --verbose what it was built with and what works here. */
#include "cli/cli.h"
#include "meta/ask/http.h"

#include <archive.h>
#include <gnu/libc-version.h>

/* What a command may want to read, and what is lost without it. */
static const struct {
	const char *path, *use;
} files[] = {
	{ "proc/meminfo", N_("the machine's ledger") },
	{ "proc/vmstat", N_("reclaim, faults") },
	{ "proc/zoneinfo", N_("zones, watermarks") },
	{ "proc/pressure/memory", N_("pressure (PSI)") },
	{ "proc/slabinfo", N_("slab caches") },
	{ "proc/pagetypeinfo", N_("fragmentation by kind") },
	{ "proc/vmallocinfo", N_("vmalloc by caller") },
	{ "proc/self/smaps_rollup", N_("PSS in one read") },
	{ "proc/1/smaps_rollup", N_("PSS of other users' processes") },
	{ "proc/1/status", N_("processes of other users") },
};

static void put_built(struct mw_cli *cli, struct buf *out)
{
	const char *zstd = archive_libzstd_version();

	const char *http = mw_http_version();

	mw_heading(cli, out, "built with");
#if defined(__clang__)
	buf_printf(mw_fact(cli, out, "compiler"), "clang %s, %s\n", __clang_version__,
#else
	buf_printf(mw_fact(cli, out, "compiler"), "gcc %s, %s\n", __VERSION__,
#endif
#ifdef __OPTIMIZE__
		   mw_tr(&cli->style, "optimised")
#else
		   mw_tr(&cli->style, "not optimised")
#endif
	);
	buf_printf(mw_fact(cli, out, "libc"), "glibc %s\n", gnu_get_libc_version());
	buf_printf(mw_fact(cli, out, "captures"), "%s\n", archive_version_string());
	mw_fact(cli, out, "languages");
	for (size_t i = 0; mw_language_code(i); i++)
		buf_printf(out, "%s%s", i ? ", " : "", mw_language_code(i));
	buf_char(out, '\n');
	buf_printf(mw_fact(cli, out, "compression"), "%s%s\n",
		   zstd ? "zstd " : mw_tr(&cli->style, "none"), zstd ? zstd : "");
	/* it is no part of the program, but must be here to be used */
	if (http)
		buf_printf(mw_fact(cli, out, "sockets"), "%s\n", http);
	else
		buf_printf(mw_fact(cli, out, "sockets"), "%s\n",
			   mw_tr(&cli->style, mw_http_built() ? N_("none: libcurl.so.4 is not here")
							      : N_("none: built without libcurl")));
}

static void put_bpf(struct mw_cli *cli, struct buf *out)
{
	const char *built = mw_bpf_built();

	mw_heading(cli, out, "read from the kernel's structures (BPF)");
	if (!cli->bpf)
		return;
	mw_bpf_need(cli->bpf, ~0U);
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++) {
		struct mw_bpf_status status;
		bool works;
		char room[16];

		mw_bpf_status(cli->bpf, i, &status);
		works = status.state == MW_BPF_WORKS;
		mw_fact_named(cli, out, status.name);
		buf_puts(out, mw_tr(&cli->style, works ? N_("yes ") : N_("no  ")));
		mw_tone_begin(out, &cli->style, MW_TONE_DIM);
		buf_puts(out, mw_tr(&cli->style, status.does));
		if (!works)
			buf_printf(out, ": %s", mw_tr(&cli->style, status.why));
		if (!works && status.error)
			buf_printf(out, " (%s)", mw_error_name(status.error, room));
		mw_tone_end(out, &cli->style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
	buf_printf(mw_fact(cli, out, "loaded in"), mw_tr(&cli->style, "%.1f ms, libbpf %s\n"),
		   (double)mw_bpf_load_ns(cli->bpf) / 1e6,
		   built ? built : mw_tr(&cli->style, "not there"));
}

static int put_here(struct mw_cli *cli, struct buf *out)
{
	struct mw_dir root = mw_root(cli->source);
	const struct mw_machine *machine = &cli->source->machine;
	scoped_buf struct buf text = { 0 };
	struct mw_snapshot *s;
	const char *cgroup;
	char room[16];
	int error = mw_engine_sweep(cli->source, MW_WANT_CGROUPS, &s);

	if (error)
		return error;
	mw_heading(cli, out, "works here");
	cgroup = mw_get_text(mw_snapshot_node(s), M_CGROUP);
	buf_printf(mw_fact(cli, out, "kernel"), mw_tr(&cli->style, "%s, pages of %u KiB\n"),
		   machine->kernel, machine->page_size / 1024);
	buf_printf(mw_fact(cli, out, "control groups"), mw_tr(&cli->style, "%s, %zu groups\n"),
		   cgroup ? cgroup : mw_tr(&cli->style, "no memory controller"),
		   mw_snapshot_count(s, MW_CGROUP));
	mw_snapshot_free(s);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		error = mw_read(&root, files[i].path, &text);
		mw_fact_named(cli, out, files[i].path);
		buf_puts(out, mw_tr(&cli->style, error ? N_("no  ") : N_("yes ")));
		mw_tone_begin(out, &cli->style, MW_TONE_DIM);
		buf_puts(out, mw_tr(&cli->style, files[i].use));
		if (error)
			buf_printf(out, ": %s", mw_error_name(error, room));
		mw_tone_end(out, &cli->style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
	return 0;
}

int mw_version_write(struct mw_cli *cli, struct buf *out)
{
	int error;

	buf_printf(out, "memwhy %s\n", MEMWHY_VERSION);
	if (!cli->options.verbose)
		return 0;
	put_built(cli, out);
	error = mw_cli_open(cli, false);
	if (!error)
		error = put_here(cli, out);
	if (!error)
		put_bpf(cli, out);
	return error;
}
