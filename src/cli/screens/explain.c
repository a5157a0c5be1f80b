/* memwhy explain FILE...: text that somebody pasted or captured elsewhere. */
#include "cli/explain/explain.h"
#include "cli/findings.h"
#include "cli/output.h"
#include "render/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A tar archive, compressed as captures are, or not. */
static bool is_archive(struct slice text)
{
	return slice_begins(text, "\x28\xb5\x2f\xfd") || slice_begins(text, "\x1f\x8b") ||
	       slice_begins(text, "\xfd"
				  "7zXZ") ||
	       (text.len > 262 && !memcmp(text.at + 257, "ustar", 5));
}

/* --- files ------------------------------------------------------------------------------------ */

static int read_all(int fd, struct buf *out)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(out, 64 << 10))
			/* what lies beyond the limit is not looked at, which the answer tells */
			return out->error == -EFBIG ? 0 : out->error;
		n = read(fd, out->at + out->len, 64 << 10);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		out->len += (size_t)n;
	}
}

static int read_file(struct mw_cli *cli, const char *path, struct buf *out)
{
	bool standard = !strcmp(path, "-");
	scoped_fd int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : read_all(fd, out);

	if (error)
		buf_printf(&cli->problem, "%s: %s", standard ? "standard input" : path,
			   strerror(-error));
	if (!error && is_archive(buf_slice(out))) {
		buf_printf(&cli->problem,
			   "%s is an archive; a capture is looked at with "
			   "memwhy --root %s",
			   path, path);
		return -EINVAL;
	}
	return error;
}

struct inputs {
	struct buf *texts;
	struct mw_paste_file *files;
	size_t count;
};

static void inputs_release(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		buf_release(&in->texts[i]);
	free(in->texts);
	free(in->files);
}

static int read_inputs(struct mw_cli *cli, struct inputs *in)
{
	static const char *const standard_input[] = { "-" };
	const char *const *paths = cli->options.operands;
	size_t count = cli->options.operand_count;
	int error = 0;

	if (!count) {
		if (isatty(STDIN_FILENO))
			mw_output_error(SLICE("reading standard input; end it with ^D"), true);
		paths = standard_input;
		count = 1;
	}
	in->texts = calloc(count, sizeof(*in->texts));
	in->files = calloc(count, sizeof(*in->files));
	if (!in->texts || !in->files)
		return -ENOMEM;
	in->count = count;
	for (size_t i = 0; i < count && !error; i++) {
		in->texts[i].limit = MW_PASTE_BYTES + 1;
		error = read_file(cli, paths[i], &in->texts[i]);
		in->files[i] = (struct mw_paste_file){ paths[i], buf_slice(&in->texts[i]) };
	}
	return error;
}

/* --- the explanation -------------------------------------------------------------------------- */

static void release(struct mw_explanation *x)
{
	for (size_t i = 0; x->hosts && i < x->transcript.host_count; i++)
		arena_release(&x->hosts[i].sample.arena);
	mw_transcript_release(&x->transcript);
	arena_release(&x->arena);
}

static int judge(struct mw_cli *cli, struct mw_explained *h)
{
	const struct mw_transcript_host *host = h->host;
	struct mw_sample *sample = &h->sample;
	int error = 0;

	for (size_t i = 0; i < host->count && !error; i++)
		error = mw_engine_finish(host->moments[i]);
	if (error)
		return error;
	sample->snapshot = host->moments[host->now];
	sample->view = mw_view_of(NULL, sample->snapshot);
	sample->notes.reason[MW_ABSENT] = N_("absent: not in the text");
	sample->evidence.series = (struct mw_series){
		(const struct mw_snapshot *const *)host->moments, host->count > 1 ? host->count : 0
	};
	return mw_findings_find(cli, sample);
}

static int explain(struct mw_cli *cli, const struct inputs *in, struct mw_explanation *x)
{
	int error = mw_transcript_read(in->files, in->count, &x->transcript);

	if (error)
		return error;
	if (!x->transcript.block_count) {
		buf_printf(
			&cli->problem,
			"nothing that memwhy knows is in this text (%zu lines); it reads output of "
			"free, ps, top, vmstat, pmap, kubectl, jstat ..., files of /proc and of "
			"cgroups, and kernel logs",
			x->transcript.unrecognised_lines);
		return -EINVAL;
	}
	x->hosts = arena_array(&x->arena, x->transcript.host_count, sizeof(*x->hosts));
	if (!x->hosts)
		return -ENOMEM;
	for (uint32_t i = 0; i < x->transcript.host_count && !error; i++) {
		x->hosts[i].host = &x->transcript.hosts[i];
		x->hosts[i].number = i;
		error = judge(cli, &x->hosts[i]);
	}
	return error;
}

static int show_json(struct mw_cli *cli, struct mw_explanation *x)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;
	int error, ending;

	mw_json_init(&j, &out, mw_output_sink, NULL, true);
	mw_json_object(&j, NULL);
	mw_json_header(&j, x->hosts[0].sample.snapshot, MEMWHY_VERSION);
	error = mw_explain_json(cli, x, &j);
	ending = mw_json_finish(&j);
	return error ? error : ending;
}

static int show(struct mw_cli *cli, struct mw_explanation *x)
{
	scoped_buf struct buf out = { 0 };
	int error;

	if (cli->options.json)
		return show_json(cli, x);
	error = mw_explain_text(cli, x, &out);
	if (!error)
		error = out.error;
	return error ? error : mw_cli_print(cli, buf_slice(&out));
}

static int run(struct mw_cli *cli)
{
	struct mw_explanation x = { 0 };
	struct inputs in = { 0 };
	int error = read_inputs(cli, &in);

	if (!error)
		error = explain(cli, &in, &x);
	if (!error)
		error = show(cli, &x);
	release(&x);
	inputs_release(&in);
	return error;
}

const struct mw_screen mw_screen_explain = { .kind = MW_KINDS, .findings = true, .run = run };
