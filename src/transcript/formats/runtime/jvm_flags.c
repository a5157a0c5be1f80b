/* A JVM's flags: jcmd VM.flags and VM.command_line, jinfo, -XX:+PrintCommandLineFlags. What they mean
 * is worked out later; here they are found. */
#include "base/scoped.h"
#include "jvm.h"

#include <errno.h>

/* What stands in front of flags. `tail`: other lines of the same outputs, without flags. */
static const struct {
	const char *begins;
	bool tail;
} lines[] = {
	{ "-XX:", false },
	{ "jvm_args:", false },
	{ "Non-default VM flags:", false },
	{ "Command line:", false },
	{ "VM Flags:", true },
	{ "VM Arguments:", true },
	{ "java_command:", true },
	{ "java_class_path", true },
	{ "Launcher Type:", true },
	{ "VM Flags", true },
	{ "Attaching to process ID", true },
	{ "Debugger attached", true },
	{ "Server compiler", true },
	{ "JVM version is", true },
};

enum { LINES = sizeof(lines) / sizeof(*lines) };

static size_t line_of(struct slice text)
{
	size_t i = 0;

	while (i < LINES && !slice_begins(text, lines[i].begins))
		i++;
	return i;
}

/* A flag, not a sentence about one. */
static bool is_flags(struct slice text, size_t kind)
{
	struct slice word;
	size_t words = 0;

	if (kind == LINES || lines[kind].tail)
		return false;
	if (kind)
		text = slice_skip(text, strlen(lines[kind].begins));
	for (; slice_token(&text, &word); words++)
		if (*word.at != '-')
			return false;
	return words > 0;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t at = mw_jvm_behind_pid(paste, line), end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT || at == paste->count)
		return 0;
	for (; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = slice_trim(l->text);
		size_t kind = line_of(text);

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (is_flags(text, kind))
			b->keys++;
		else if (kind == LINES || !lines[kind].tail)
			break;
		end = at + 1;
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

static int read_flags(struct mw_reading *r, const struct mw_block *b)
{
	scoped_buf struct buf flags = { 0 };
	struct mw_entity *jvm;
	uint64_t pid = mw_jvm_pid(b);

	for (size_t i = 0; i < b->lines; i++) {
		struct slice text = slice_trim(mw_block_line(r, b, i)->text);
		size_t kind = line_of(text);

		mw_jvm_pid_line(text, &pid);
		if (!is_flags(text, kind))
			continue;
		if (kind)
			text = slice_trim(slice_skip(text, strlen(lines[kind].begins)));
		if (flags.len)
			buf_char(&flags, ' ');
		buf_add(&flags, text);
	}
	jvm = mw_jvm_row(r, pid);
	if (!jvm || flags.error)
		return -ENOMEM;
	mw_set_text(r->s, jvm, M_RT_FLAGS, buf_slice(&flags));
	return 0;
}

const struct mw_format mw_format_jvm_flags = {
	.id = "jvm-flags",
	.name = N_("a JVM's flags"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read_flags,
};
