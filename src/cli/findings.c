#include "cli/findings.h"

#include "render/finding.h"

#include <errno.h>

enum { USUAL = 6 };

/* --- thresholds ------------------------------------------------------------------------------- */

static int read_file(const char *path, struct buf *out)
{
	scoped_file FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return -errno;
	do {
		if (buf_reserve(out, 4096))
			return out->error;
		n = fread(out->at + out->len, 1, 4096, file);
		out->len += n;
	} while (n);
	return ferror(file) ? -EIO : 0;
}

/* @must  its absence is an error */
static int read_params(struct mw_cli *cli, const char *path, bool must)
{
	scoped_buf struct buf text = { .limit = 1 << 20 };
	const char *what = NULL;
	uint32_t line = 0;
	int error = read_file(path, &text);

	/* a HOME that is somebody else's: su and setpriv leave it as it was */
	if (!must && (error == -ENOENT || error == -ENOTDIR || error == -EACCES))
		return 0;
	if (error) {
		buf_printf(&cli->problem, "%s: %s", path,
			   mw_language_error(cli->style.language, -error));
		return error;
	}
	error = mw_params_read(cli->params, buf_slice(&text), &line, &what);
	if (error)
		buf_printf(&cli->problem, mw_tr(&cli->style, "%s line %u: %s"), path, line,
			   mw_tr(&cli->style, what));
	return error;
}

static int read_user_params(struct mw_cli *cli)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	scoped_buf struct buf path = { 0 };

	if (base && *base == '/')
		buf_printf(&path, "%s/memwhy/rules.conf", base);
	else if (home && *home == '/')
		buf_printf(&path, "%s/.config/memwhy/rules.conf", home);
	return path.len && !path.error ? read_params(cli, path.at, false) : path.error;
}

int mw_findings_init(struct mw_cli *cli)
{
	const struct mw_options *o = &cli->options;
	int error;

	cli->worst = MW_LEVELS;
	if (o->fail_on && !mw_level_find(o->fail_on, &cli->fail_on)) {
		buf_printf(&cli->problem,
			   mw_tr(&cli->style, "--fail-on takes info, notice, warning or "
					      "critical, not '%s'"),
			   o->fail_on);
		return -EINVAL;
	}
	cli->params = mw_params_new();
	if (!cli->params)
		return -ENOMEM;
	error = read_params(cli, "/etc/memwhy/rules.conf", false);
	if (!error)
		error = read_user_params(cli);
	if (!error && o->rules)
		error = read_params(cli, o->rules, true);
	return error;
}

/* --- a sample --------------------------------------------------------------------------------- */

/* A group that a paste did not name has a name of ours, which no machine knows. */
static void drop_commands_about(struct mw_lines **list, const char *prefix)
{
	while (*list) {
		const char *text = (*list)->text;

		if (!strncmp(text, prefix, strlen(prefix)) && text[strlen(prefix)] != '/')
			*list = (*list)->next;
		else
			list = &(*list)->next;
	}
}

/* memwhy sockets reads too little for the others, and is asked about nothing else. */
static bool is_about_sockets(const char *id)
{
	static const char *const ids[] = { "proc-close-wait", "proc-unread-sockets",
					   "ctr-socket-memory", "node-tcp-memory",
					   "proc-fd-growth" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

static int keep_about_sockets(struct mw_diagnosis *d, struct arena *a)
{
	struct mw_finding **kept = arena_array(a, d->count + 1, sizeof(struct mw_finding *));
	size_t count = 0, told = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; i < d->count; i++)
		if (is_about_sockets(d->findings[i]->id))
			kept[count++] = d->findings[i];
	for (size_t i = 0; i < d->cannot_tell_count; i++)
		if (is_about_sockets(d->cannot_tell[i].id))
			d->cannot_tell[told++] = d->cannot_tell[i];
	d->findings = kept;
	d->count = count;
	d->cannot_tell_count = told;
	return 0;
}

int mw_findings_find(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_entity *about = x->target;
	enum mw_level worst;
	struct slice log;
	int error;

	if (!cli->screen->findings)
		return 0;
	if (cli->options.command == MW_CMD_NODE)
		about = mw_snapshot_node(x->snapshot);
	x->evidence.view = x->view;
	x->evidence.oom_log = mw_snapshot_klog(x->snapshot, &log) == MW_OK;
	x->evidence.oom_count = mw_snapshot_ooms(x->snapshot, &x->evidence.ooms);
	error = mw_diagnose(&x->evidence, cli->params, about, &x->arena, &x->diagnosis);
	if (!error && cli->options.command == MW_CMD_SOCKETS)
		error = keep_about_sockets(&x->diagnosis, &x->arena);
	if (error)
		return error;
	for (size_t i = 0; i < x->diagnosis.count && !cli->source; i++)
		drop_commands_about(&x->diagnosis.findings[i]->next, "memwhy container '");
	worst = mw_diagnosis_worst(&x->diagnosis);
	if (worst != MW_LEVELS && (cli->worst == MW_LEVELS || worst > cli->worst))
		cli->worst = worst;
	return 0;
}

int mw_findings_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_findings_options options = {
		.most = cli->options.rows == MW_NOT_GIVEN ? USUAL : cli->options.rows,
		.how = cli->options.how,
	};

	return mw_findings_write(&x->diagnosis, &options, &cli->style, out);
}
