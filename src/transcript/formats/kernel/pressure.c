/* PSI: /proc/pressure/{memory,io,cpu} and a group's memory.pressure. The text does not say which: the
 * command does, else it is taken for memory's. */
#include "transcript/format.h"
#include "collect/node/node.h"

#include <errno.h>

static bool some_or_full(struct slice line)
{
	line = slice_trim(line);
	return (slice_begins(line, "some ") || slice_begins(line, "full ")) &&
	       slice_after(&line, "avg10=") && slice_after(&line, "total=");
}

/* "==> /proc/pressure/memory <==" in front is head's. */
static bool heading(struct slice line, struct slice *path)
{
	line = slice_trim(line);
	if (!slice_word(&line, "==> ") || !slice_ends(line, ".pressure <=="))
		if (!slice_begins(line, "/proc/pressure/") || !slice_ends(line, " <=="))
			return false;
	line.len -= strlen(" <==");
	*path = line;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t at = line + heading(paste->lines[line].text, &b->path), n = 0;

	while (n < 2 && at + n < paste->count && some_or_full(paste->lines[at + n].text) &&
	       (!n || slice_begins(slice_trim(paste->lines[at + n].text), "full")))
		n++;
	b->certainty = MW_SURE;
	return n ? at + n - line : 0;
}

/* Of several files that a command reads: as many blocks came before as files were printed. */
static struct slice path_of(const struct mw_reading *r, const struct mw_block *b)
{
	const struct mw_paste_command *c = b->command;
	size_t before = 0;

	if (b->path.len || !c || !c->path_count)
		return b->path;
	for (size_t i = c->line + 1; i < b->line; i++)
		before += slice_begins(slice_trim(r->paste->lines[i].text), "some ");
	return c->paths[before % c->path_count];
}

/* The files below proc/pressure by how their paths end; "" is any other. */
static const char *const files[][2] = {
	{ "pressure/io", "proc/pressure/io" },
	{ "pressure/cpu", "proc/pressure/cpu" },
	{ "pressure/irq", "proc/pressure/irq" },
	{ "", "proc/pressure/memory" },
};

static int read_group(struct mw_reading *r, struct slice path, const struct mw_psi *psi)
{
	struct mw_entity *e = mw_reading_group_of(r, 2, path);

	if (!e)
		return -ENOMEM;
	mw_cgroup2_pressure(e, psi);
	return 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct slice text = mw_reading_text(r), path = path_of(r, b), ignored;
	struct mw_psi psi;
	size_t i = 0;
	int error;

	if (b->path.len)
		slice_line(&text, &ignored);
	error = mw_psi_parse(text, &psi);
	if (error)
		return error;
	if (slice_ends(path, "memory.pressure"))
		return read_group(r, path, &psi);
	/* io.pressure and cpu.pressure of a group have no place in the model */
	if (slice_ends(path, ".pressure"))
		return 0;
	while (!slice_ends(path, files[i][0]))
		i++;
	mw_pressure_set(mw_reading_node(r), files[i][1], &psi);
	return 0;
}

const struct mw_format mw_format_pressure = {
	.id = "pressure",
	.name = N_("pressure stall information (PSI)"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
