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

/* A file being read, piece by piece: a log may be larger than memory. */
struct input {
	struct mw_cli *cli;
	const char *path;
	int fd;
	bool begun;
	int error; /* -errno */
};

/* What one file lacks is told at the end; the others are explained all the same. @return 0: it ends
 * here */
static ssize_t fail(struct input *in, int error)
{
	in->error = -error;
	buf_puts(&in->cli->problem, in->cli->problem.len ? "\n" : "");
	buf_printf(&in->cli->problem, "%s: %s",
		   strcmp(in->path, "-") ? in->path : mw_tr(&in->cli->style, "standard input"),
		   mw_language_error(in->cli->style.language, error));
	return 0;
}

static ssize_t more(void *context, char *to, size_t room)
{
	struct input *in = context;
	ssize_t n;

	if (in->error)
		return 0;
	if (in->fd < 0)
		in->fd = strcmp(in->path, "-") ? open(in->path, O_RDONLY | O_CLOEXEC)
					       : dup(STDIN_FILENO);
	if (in->fd < 0)
		return fail(in, errno);
	do
		n = read(in->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(in, errno);
	if (!in->begun && is_archive((struct slice){ to, (size_t)n })) {
		in->error = -EINVAL;
		buf_puts(&in->cli->problem, in->cli->problem.len ? "\n" : "");
		buf_printf(&in->cli->problem,
			   mw_tr(&in->cli->style, "%s is an archive; a capture is looked at with "
						  "memwhy --root %s"),
			   in->path, in->path);
		return 0;
	}
	in->begun = true;
	return n;
}

struct inputs {
	struct input *list;
	struct mw_paste_file *files;
	size_t count;
};

static void inputs_release(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		scoped_close(&in->list[i].fd);
	free(in->list);
	free(in->files);
}

static int open_inputs(struct mw_cli *cli, struct inputs *in)
{
	static const char *const standard_input[] = { "-" };
	const char *const *paths = cli->options.operands;
	size_t count = cli->options.operand_count;

	if (!count) {
		if (isatty(STDIN_FILENO))
			mw_output_error(slice_of(mw_tr(&cli->style,
						       "reading standard input; end it with ^D")),
					cli->style.unicode);
		paths = standard_input;
		count = 1;
	}
	in->list = calloc(count, sizeof(*in->list));
	in->files = calloc(count, sizeof(*in->files));
	if (!in->list || !in->files)
		return -ENOMEM;
	in->count = count;
	for (size_t i = 0; i < count; i++) {
		in->list[i] = (struct input){ .cli = cli, .path = paths[i], .fd = -1 };
		in->files[i] = (struct mw_paste_file){ .name = paths[i],
						       .more = more,
						       .context = &in->list[i] };
	}
	return 0;
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
		error = mw_engine_finish_paste(host->moments[i]);
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
	if (!x->transcript.block_count && cli->problem.len)
		return -EINVAL;
	if (!x->transcript.block_count) {
		buf_printf(
			&cli->problem,
			mw_tr(&cli->style,
			      "nothing that memwhy knows is in this text (%zu lines); it reads output of "
			      "free, ps, top, vmstat, pmap, kubectl, jstat ..., files of /proc and of "
			      "cgroups, and kernel logs"),
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
	int error = open_inputs(cli, &in);

	if (!error)
		error = explain(cli, &in, &x);
	if (!error)
		error = show(cli, &x);
	for (size_t i = 0; i < in.count && !error; i++)
		error = in.list[i].error;
	release(&x);
	inputs_release(&in);
	return error;
}

const struct mw_screen mw_screen_explain = { .kind = MW_KINDS, .findings = true, .run = run };
