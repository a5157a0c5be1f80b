/* Members of a capture, from wherever they come, made into its nodes. */
#include "source/tree.h"

#include <errno.h>

struct mw_member {
	struct mw_member *next;
	struct slice name, text;
	enum mw_member_type type;
};

int mw_loader_refuse(struct mw_loader *l, struct slice name, const char *why)
{
	enum { SHOWN = 200 };

	buf_puts(l->problem, mw_language_text(l->language, "entry \""));
	mw_capture_escape(l->problem,
			  (struct slice){ name.at, name.len < SHOWN ? name.len : SHOWN });
	buf_printf(l->problem, "%s\": %s", name.len < SHOWN ? "" : "...",
		   mw_language_text(l->language, why));
	return -EBADMSG;
}

int mw_loader_failed(struct mw_loader *l, struct slice name)
{
	return mw_loader_refuse(l, name, mw_language_error(l->language, errno));
}

int mw_loader_unfit(struct mw_loader *l, const char *why)
{
	buf_puts(l->problem, mw_language_text(l->language, why));
	return -EBADMSG;
}

int mw_loader_piece(struct mw_loader *l, struct slice name, struct slice piece)
{
	if (piece.len > MW_CAPTURE_FILE - l->text.len)
		return mw_loader_refuse(l, name, N_("larger than 64 MiB"));
	l->bytes += piece.len;
	if (l->bytes > MW_CAPTURE_TOTAL)
		return mw_loader_refuse(l, name, N_("more than 512 MiB in all"));
	buf_add(&l->text, piece);
	return l->text.error;
}

/* "./proc//meminfo" -> "proc/meminfo"; says what is wrong with it. */
static int normal(struct mw_loader *l, struct slice name, struct mw_path *out)
{
	int error;

	if (name.len && *name.at == '/')
		return mw_loader_refuse(l, name, N_("an absolute name"));
	error = mw_path_join(SLICE(""), name, out);
	if (error)
		return mw_loader_refuse(l, name,
					error == -EINVAL ? N_("a name with \"..\"")
							 : N_("a name too long or too deep"));
	return 0;
}

/* What later versions keep besides is left aside. */
static bool is_kept(struct slice name)
{
	static const char *const kept[] = { MW_KEPT_WHO, MW_KEPT_INSIDE, MW_KEPT_CENSUS,
					    MW_KEPT_SOCKETS, MW_KEPT_FILES };

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (slice_is(name, kept[i]))
			return true;
	return false;
}

int mw_loader_add(struct mw_loader *l, struct slice name, enum mw_member_type type)
{
	struct mw_member *m;
	struct mw_path path;
	struct slice text = buf_slice(&l->text);
	int error = normal(l, name, &path);

	if (error)
		return error;
	if (l->count++ >= MW_CAPTURE_NODES)
		return mw_loader_refuse(l, name, N_("more than 500 000 entries"));
	m = arena_new(&l->capture.arena, struct mw_member);
	if (!m)
		return -ENOMEM;
	m->type = type;
	m->name = (struct slice){
		arena_copy(&l->capture.arena, (struct slice){ path.text, path.length }), path.length
	};
	m->text = (struct slice){ arena_copy(&l->capture.arena, text), text.len };
	if (!m->name.at || !m->text.at)
		return -ENOMEM;
	buf_clear(&l->text);
	if (slice_is(m->name, MW_CAPTURE_OWN "manifest") ||
	    slice_is(m->name, MW_CAPTURE_OWN "entries")) {
		struct mw_member **slot = slice_ends(m->name, "manifest") ? &l->manifest
									  : &l->entries;

		if (*slot || type != MW_MEMBER_FILE)
			return mw_loader_refuse(l, name, *slot ? "twice" : "not a file");
		*slot = m;
		return 0;
	}
	if (!m->name.len || slice_is(m->name, "memwhy") ||
	    (slice_begins(m->name, MW_CAPTURE_OWN) && !is_kept(m->name)))
		return 0;
	*l->last = m;
	l->last = &m->next;
	return 0;
}

static const char *put(struct mw_node *n, const struct mw_member *m)
{
	if (m->type == MW_MEMBER_DIR) {
		if (n->text.at || mw_node_knows(n, MW_CALL_LINK))
			return "twice, as a file and a directory";
		n->folder = true;
		return NULL;
	}
	if (n->text.at || mw_node_knows(n, MW_CALL_LINK))
		return "twice";
	if (n->folder || n->child != INDEX_NONE)
		return "twice, as a file and a directory";
	if (m->type == MW_MEMBER_LINK) {
		n->link = m->text;
		mw_node_answer(n, MW_CALL_LINK, 0);
	} else {
		n->text = m->text;
		mw_node_answer(n, MW_CALL_READ, 0);
	}
	return NULL;
}

static int place(struct mw_loader *l, const struct mw_member *m, bool escaped)
{
	struct slice name = m->name;
	struct mw_node *n;
	struct mw_path path;
	const char *why;
	uint32_t number;
	int error = 0;

	if (escaped) {
		buf_clear(&l->text);
		if (mw_capture_unescape(&l->text, name))
			return mw_loader_refuse(l, name, N_("a name badly escaped"));
		name = buf_slice(&l->text);
	}
	error = normal(l, name, &path);
	if (!error)
		error = mw_capture_add(&l->capture, (struct slice){ path.text, path.length },
				       &number);
	if (error)
		return error == -EFBIG ? mw_loader_refuse(l, name, N_("more than 500 000 paths"))
				       : error;
	n = &l->capture.nodes[number];
	why = put(n, m);
	for (uint32_t i = number; i && !why; i = l->capture.nodes[i].parent)
		if (l->capture.nodes[l->capture.nodes[i].parent].text.at)
			why = "below a file";
	return why ? mw_loader_refuse(l, name, why) : 0;
}

static struct slice text_at(const struct mw_capture *c, const char *path)
{
	uint32_t number = mw_capture_find(c, slice_of(path));

	return number == INDEX_NONE ? SLICE("") : slice_trim(c->nodes[number].text);
}

static void set_text(char *out, size_t size, struct slice text)
{
	if (*out || !text.len || text.len >= size || memchr(text.at, '\0', text.len))
		return;
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
}

/* The number behind `key` in a file of "key value" lines; 0 = none. */
static uint64_t number_at(const struct mw_capture *c, const char *path, const char *key)
{
	struct slice text = text_at(c, path), line;
	uint64_t v;

	while (slice_line(&text, &line))
		if (slice_word(&line, key))
			return slice_u64(&line, &v) ? v : 0;
	return 0;
}

/* Free memory is told in KiB here and in pages there. The two were read a moment apart, but page sizes
 * are powers of two. */
static uint32_t guess_page_size(const struct mw_capture *c)
{
	uint64_t kib = number_at(c, "proc/meminfo", "MemFree:");
	uint64_t pages = number_at(c, "proc/vmstat", "nr_free_pages ");
	uint32_t size = 4096;

	while (size < 65536 && pages && kib / pages >= size / 1024 * 3 / 2)
		size *= 2;
	return size;
}

static void guess_machine(struct mw_capture *c)
{
	struct slice text = text_at(c, "proc/version"), release;
	struct mw_machine *m = &c->machine;
	uint64_t uptime;

	set_text(m->kernel, sizeof(m->kernel), text_at(c, "proc/sys/kernel/osrelease"));
	if (slice_word(&text, "Linux version ") && slice_token(&text, &release))
		set_text(m->kernel, sizeof(m->kernel), release);
	set_text(m->host, sizeof(m->host), text_at(c, "proc/sys/kernel/hostname"));
	text = text_at(c, "proc/uptime");
	if (!m->clock && slice_micro(&text, &uptime) && uptime < INT64_MAX / 1000)
		m->clock = (int64_t)uptime * 1000;
	if (!m->page_size)
		m->page_size = guess_page_size(c);
	if (!m->clock_ticks)
		m->clock_ticks = 100;
}

int mw_loader_finish(struct mw_loader *l)
{
	struct mw_capture *c = &l->capture;
	struct mw_manifest manifest = { 0 };
	uint64_t lines = 0;
	int error = 0;

	if (l->manifest)
		error = mw_manifest_parse(l->manifest->text, &c->machine, &manifest, l->language,
					  l->problem);
	for (const struct mw_member *m = l->first; m && !error; m = m->next)
		error = place(l, m, manifest.escaped);
	if (!error && l->entries)
		error = mw_entries_parse(l->entries->text, c, &lines, l->language, l->problem);
	if (error)
		return error;
	if (manifest.has_entries && lines != manifest.entries)
		return mw_loader_unfit(l, N_("truncated: memwhy/entries is not complete"));
	if (!l->manifest && mw_capture_find(c, SLICE("proc")) == INDEX_NONE &&
	    mw_capture_find(c, SLICE("sys")) == INDEX_NONE)
		return mw_loader_unfit(
			l, N_("not a capture: no memwhy/manifest, proc or sys at its top"));
	guess_machine(c);
	c->machine.kind = MW_TREE;
	return mw_capture_finish(c);
}
