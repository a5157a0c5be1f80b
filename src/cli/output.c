#include "cli/output.h"
#include "base/scoped.h"
#include "render/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

enum { NARROWEST = 40, WIDEST = 2000, NOT_FOUND = 127 };

void mw_output_init(void)
{
	/* the lowest free descriptor is taken, so they come in order */
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			return;
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* A number from the environment. @return 0 when it is none */
static unsigned environment_number(const char *name)
{
	struct slice text = slice_of(environment(name) ? environment(name) : "");
	uint64_t v;

	return slice_u64(&text, &v) && !text.len && v <= WIDEST ? (unsigned)v : 0;
}

void mw_output_style(const struct mw_options *o, const struct mw_locale *locale,
		     struct mw_style *style, bool *terminal, unsigned *rows)
{
	const char *term = environment("TERM");
	struct winsize size = { 0 };
	unsigned width = environment_number("COLUMNS");

	*terminal = isatty(STDOUT_FILENO);
	if (*terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	if (!width)
		width = size.ws_col;
	*rows = size.ws_row;
	*style = (struct mw_style){
		.unicode = locale->unicode,
		.bars = *terminal,
		.exact_bytes = o->bytes,
		.width = width && width < NARROWEST ? NARROWEST : width,
		.language = locale->language,
	};
	if (o->colour == MW_COLOUR_AUTO)
		style->colour = *terminal && !environment("NO_COLOR") && term &&
				strcmp(term, "dumb") != 0;
	else
		style->colour = o->colour == MW_COLOUR_ALWAYS;
}

int mw_output_write(int fd, struct slice text)
{
	while (text.len) {
		ssize_t n = write(fd, text.at, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text = slice_skip(text, (size_t)n);
	}
	return 0;
}

int mw_output_sink(void *unused, struct slice text)
{
	return mw_output_write(STDOUT_FILENO, text);
}

/* --- the pager -------------------------------------------------------------------------------- */

static bool on_path(const char *program)
{
	struct slice rest = slice_of(environment("PATH") ? environment("PATH") : ""), part;
	scoped_buf struct buf path = { 0 };

	while (rest.len) {
		if (!slice_until(&rest, ':', &part)) {
			part = rest;
			rest.len = 0;
		}
		buf_clear(&path);
		buf_add(&path, part);
		buf_char(&path, '/');
		buf_puts(&path, program);
		if (part.len && !path.error && !access(path.at, X_OK))
			return true;
	}
	return false;
}

/* @return the command, or NULL: do not page */
static const char *pager(void)
{
	const char *command = getenv("MEMWHY_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return on_path("less") ? "less" : NULL;
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

static void be_pager(const char *command, const int ends[2])
{
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
	/* leave when it fits, keep colours, leave the text on the screen */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(NOT_FOUND);
}

int mw_output_page(struct slice text)
{
	const char *command = pager();
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	int ends[2], status = 0, error;
	pid_t child;

	if (!command || pipe2(ends, O_CLOEXEC))
		return mw_output_write(STDOUT_FILENO, text);
	child = fork();
	if (child < 0) {
		close(ends[0]);
		close(ends[1]);
		return mw_output_write(STDOUT_FILENO, text);
	}
	if (!child)
		be_pager(command, ends);
	/* ^C belongs to the pager while it runs */
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	close(ends[0]);
	error = mw_output_write(ends[1], text);
	close(ends[1]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return mw_output_write(STDOUT_FILENO, text);
	return error;
}

void mw_output_error(struct slice text, bool unicode)
{
	scoped_buf struct buf out = { 0 };
	struct slice line;

	buf_puts(&out, "memwhy: ");
	while (slice_line(&text, &line)) {
		mw_text_safe(&out, line, unicode);
		buf_char(&out, '\n');
	}
	mw_output_write(STDERR_FILENO, buf_slice(&out));
}
