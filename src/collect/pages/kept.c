/* A census as text, for captures:
 *
 *   census 6 6291358 98303 1 1 1      shift, frames, frames visited; whether owners, removed groups,
 *                                     files are known
 *   dropped 0 0 0                     files, their pages, pages of groups
 *   pages anon 12345
 *   group 4711 23 0 anon 12 file 3    id, id of the group above, whether it is dying; pages
 *   name of what it was called        of the group before: a dying one
 *   row 4711 file 8:1 77 0 1 100644 12 3 0 1
 *                                     group, type, device, inode, generation, links, mode; pages,
 *                                     active, dirty, mapped
 */
#include "collect/node/node.h"
#include "collect/pages/pages.h"

#include <errno.h>
#include <stdlib.h>

enum { GROUPS_MAX = 1 << 17, ROWS_MAX = 1 << 18, MINORBITS = 20 };

static const char *const type_names[MW_CENSUS_TYPES] = {
	[MW_CENSUS_FREE] = "free",
	[MW_CENSUS_ANON] = "anon",
	[MW_CENSUS_SWAP_CACHE] = "swap_cache",
	[MW_CENSUS_FILE] = "file",
	[MW_CENSUS_SHMEM] = "shmem",
	[MW_CENSUS_SLAB] = "slab",
	[MW_CENSUS_PAGE_TABLE] = "page_tables",
	[MW_CENSUS_KERNEL] = "kernel",
	[MW_CENSUS_HUGETLB] = "hugetlb",
	[MW_CENSUS_COMPRESSED] = "compressed",
	[MW_CENSUS_OFFLINE] = "offline",
	[MW_CENSUS_RESERVED] = "reserved",
	[MW_CENSUS_UNKNOWN] = "unknown",
};

const char *mw_census_type_name(enum mw_census_type type)
{
	return type_names[type];
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put(struct buf *out, uint64_t v)
{
	buf_char(out, ' ');
	buf_u64(out, v);
}

static void put_group(struct buf *out, const struct mw_census_group *g)
{
	buf_puts(out, "group");
	put(out, g->id);
	put(out, g->parent);
	put(out, g->dying);
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
		if (g->pages[type]) {
			buf_char(out, ' ');
			buf_puts(out, type_names[type]);
			put(out, g->pages[type]);
		}
	buf_char(out, '\n');
	if (!*g->name)
		return;
	buf_puts(out, "name ");
	for (const char *p = g->name; *p; p++)
		buf_char(out, *p == '\n' ? '?' : *p);
	buf_char(out, '\n');
}

static void put_row(struct buf *out, const struct mw_census_row *r)
{
	buf_puts(out, "row");
	put(out, r->group);
	buf_char(out, ' ');
	buf_puts(out, type_names[r->type]);
	buf_printf(out, " %u:%u", r->device >> MINORBITS, r->device & ((1U << MINORBITS) - 1));
	put(out, r->ino);
	put(out, r->generation);
	put(out, r->links);
	buf_printf(out, " %o", r->mode);
	put(out, r->pages);
	put(out, r->active);
	put(out, r->dirty);
	put(out, r->mapped);
	buf_char(out, '\n');
}

void mw_census_write(const struct mw_census *c, struct buf *out)
{
	buf_printf(out, "census %u %llu %llu %d %d %d\n", c->shift, (unsigned long long)c->frames,
		   (unsigned long long)c->visited, c->has_groups, c->has_dying, c->has_files);
	buf_puts(out, "dropped");
	put(out, c->dropped_files);
	put(out, c->dropped_pages);
	put(out, c->lost_groups);
	buf_char(out, '\n');
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++) {
		buf_puts(out, "pages ");
		buf_puts(out, type_names[type]);
		put(out, c->pages[type]);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < c->group_count; i++)
		put_group(out, &c->groups[i]);
	for (size_t i = 0; i < c->row_count; i++)
		put_row(out, &c->rows[i]);
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
	struct mw_census census;
	size_t group_room, row_room;
	bool begun;
};

/* Frames: 2^44 of them are more than any machine's, and leave room for sums in bytes. */
static bool take(struct slice *line, uint64_t *out)
{
	return slice_u64(line, out) && *out < 1ULL << 44;
}

static bool take_u64s(struct slice *line, uint64_t *const *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!slice_u64(line, out[i]))
			return false;
	return true;
}

static bool take_type(struct slice *line, unsigned *out)
{
	struct slice word;

	if (!slice_token(line, &word))
		return false;
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
		if (slice_is(word, type_names[type])) {
			*out = type;
			return true;
		}
	return false;
}

static bool at_end(struct slice line)
{
	return !slice_trim(line).len;
}

/* Room for one more. @return NULL: too many, or out of memory */
static void *grow(void *at, size_t *room, size_t count, size_t most, size_t size)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *more;

	if (count < *room)
		return at;
	if (count >= most)
		return NULL;
	more = realloc(at, wanted * size);
	if (more)
		*room = wanted;
	return more;
}

static int read_whole(struct reader *r, struct slice line)
{
	struct mw_census *c = &r->census;
	uint64_t shift, frames, visited, groups, dying, files;

	if (r->begun || !slice_u64(&line, &shift) || shift > 16 || !take(&line, &frames) ||
	    !take(&line, &visited) || !slice_u64(&line, &groups) || !slice_u64(&line, &dying) ||
	    !slice_u64(&line, &files) || !at_end(line))
		return -EBADMSG;
	r->begun = true;
	c->shift = (uint32_t)shift;
	c->frames = frames;
	c->visited = visited;
	c->has_groups = groups;
	c->has_dying = dying;
	c->has_files = files;
	return 0;
}

static int read_dropped(struct reader *r, struct slice line)
{
	struct mw_census *c = &r->census;
	uint64_t files, pages, groups;

	if (!take(&line, &files) || !take(&line, &pages) || !take(&line, &groups) || !at_end(line))
		return -EBADMSG;
	c->dropped_files = files;
	c->dropped_pages = pages;
	c->lost_groups = groups;
	return 0;
}

static int read_pages(struct reader *r, struct slice line)
{
	unsigned type;
	uint64_t pages;

	if (!take_type(&line, &type) || !take(&line, &pages) || !at_end(line))
		return -EBADMSG;
	r->census.pages[type] = pages;
	return 0;
}

static int read_group(struct reader *r, struct slice line)
{
	struct mw_census *c = &r->census;
	struct mw_census_group g = { 0 };
	uint64_t id, parent, dying;
	unsigned type;
	void *room;

	if (!take_u64s(&line, (uint64_t *const[]){ &id, &parent, &dying }, 3))
		return -EBADMSG;
	g.id = id;
	g.parent = parent;
	g.dying = dying != 0;
	while (!at_end(line)) {
		uint64_t pages;

		if (!take_type(&line, &type) || !take(&line, &pages))
			return -EBADMSG;
		g.pages[type] = pages;
	}
	room = grow(c->groups, &r->group_room, c->group_count, GROUPS_MAX, sizeof(*c->groups));
	if (!room)
		return c->group_count >= GROUPS_MAX ? -EBADMSG : -ENOMEM;
	c->groups = room;
	c->groups[c->group_count++] = g;
	return 0;
}

static int read_name(struct reader *r, struct slice line)
{
	struct mw_census_group *g;

	if (!r->census.group_count || !line.len || line.len >= sizeof(g->name))
		return -EBADMSG;
	g = &r->census.groups[r->census.group_count - 1];
	memcpy(g->name, line.at, line.len);
	g->name[line.len] = '\0';
	return 0;
}

/* Octal, as modes are written. */
static bool take_mode(struct slice *line, uint16_t *out)
{
	struct slice word;
	unsigned v = 0;

	if (!slice_token(line, &word) || word.len > 6)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned digit = (unsigned char)(word.at[i] - '0');

		if (digit > 7)
			return false;
		v = v << 3 | digit;
	}
	*out = (uint16_t)v;
	return v <= UINT16_MAX;
}

static bool take_device(struct slice *line, uint32_t *out)
{
	uint64_t major, minor;

	if (!slice_u64(line, &major) || !slice_word(line, ":") || !slice_u64(line, &minor) ||
	    major >= 1U << (32 - MINORBITS) || minor >= 1U << MINORBITS)
		return false;
	*out = (uint32_t)(major << MINORBITS | minor);
	return true;
}

static int read_row(struct reader *r, struct slice line)
{
	struct mw_census *c = &r->census;
	uint64_t group, ino, generation, links, pages, active, dirty, mapped;
	struct mw_census_row row = { 0 };
	unsigned type;
	void *room;

	if (!slice_u64(&line, &group) || !take_type(&line, &type) ||
	    (type != MW_CENSUS_FILE && type != MW_CENSUS_SHMEM) ||
	    !take_device(&line, &row.device) || !slice_u64(&line, &ino) ||
	    !slice_u64(&line, &generation) || !slice_u64(&line, &links) ||
	    !take_mode(&line, &row.mode) || !take(&line, &pages) || !take(&line, &active) ||
	    !take(&line, &dirty) || !take(&line, &mapped) || !at_end(line) ||
	    generation > UINT32_MAX || links > UINT32_MAX)
		return -EBADMSG;
	row.group = group;
	row.ino = ino;
	row.type = (uint16_t)type;
	row.generation = (uint32_t)generation;
	row.links = (uint32_t)links;
	row.pages = pages;
	row.active = active;
	row.dirty = dirty;
	row.mapped = mapped;
	room = grow(c->rows, &r->row_room, c->row_count, ROWS_MAX, sizeof(*c->rows));
	if (!room)
		return c->row_count >= ROWS_MAX ? -EBADMSG : -ENOMEM;
	c->rows = room;
	c->rows[c->row_count++] = row;
	return 0;
}

static int read_line(struct reader *r, struct slice line)
{
	static const struct {
		const char *word;
		int (*read)(struct reader *r, struct slice rest);
	} lines[] = {
		{ "row ", read_row },     { "group ", read_group },     { "name ", read_name },
		{ "pages ", read_pages }, { "dropped ", read_dropped }, { "census ", read_whole },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (slice_word(&line, lines[i].word))
			return lines[i].read(r, line);
	return -EBADMSG;
}

int mw_census_parse(struct slice text, struct mw_census *out, struct mw_parse_error *at)
{
	struct reader r = { 0 };
	struct slice line;
	int error = 0;

	for (uint32_t number = 1; !error && slice_line(&text, &line); number++) {
		error = read_line(&r, line);
		if (error)
			*at = (struct mw_parse_error){ number, N_("a line of a page census") };
	}
	if (!error && !r.begun) {
		*at = (struct mw_parse_error){ 1, N_("a line of a page census") };
		error = -EBADMSG;
	}
	if (error)
		mw_census_release(&r.census);
	else
		*out = r.census;
	return error;
}
