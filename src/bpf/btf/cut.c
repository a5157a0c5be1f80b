/* Documentation/bpf/btf.rst: a header, records of types numbered from 1 on, and their names. */
#include "bpf/btf/cut.h"
#include "base/index.h"
#include "base/scoped.h"

#include <errno.h>

enum { MAGIC = 0xeb9f, MOST = 1 << 28, HEAD_WORDS = 3 };

struct header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t size, types_at, types_len, names_at, names_len;
};

enum kind {
	POINTER = 2,
	STRUCT = 4,
	KINDS = 20,
};

/* A record is three words: its name, its kind and the number of its entries, and its size or another type. By
 * kind, what stands in an entry behind it: n a name, t a type, - a number. */
static const struct {
	enum { DROPPED, KEPT, ASKED } use; /* asked for by its name */
	enum { SIZE, TYPE } third;
	enum { NONE, ONE, MANY } entries;
	const char *entry;
} shapes[KINDS] = {
	[1] = { ASKED, SIZE, ONE, "-" },         /* int */
	[POINTER] = { KEPT, TYPE, NONE, "" },    /* to anything */
	[3] = { KEPT, SIZE, ONE, "tt-" },        /* array */
	[STRUCT] = { ASKED, SIZE, MANY, "nt-" }, /* struct */
	[5] = { ASKED, SIZE, MANY, "nt-" },      /* union */
	[6] = { ASKED, SIZE, MANY, "n-" },       /* enum */
	[7] = { DROPPED, SIZE, NONE, "" },       /* forward */
	[8] = { ASKED, TYPE, NONE, "" },         /* typedef */
	[9] = { KEPT, TYPE, NONE, "" },          /* volatile */
	[10] = { KEPT, TYPE, NONE, "" },         /* const */
	[11] = { KEPT, TYPE, NONE, "" },         /* restrict */
	[12] = { DROPPED, TYPE, NONE, "" },      /* function */
	[13] = { DROPPED, TYPE, MANY, "nt" },    /* its prototype */
	[14] = { DROPPED, TYPE, ONE, "-" },      /* variable */
	[15] = { DROPPED, SIZE, MANY, "t--" },   /* section */
	[16] = { KEPT, SIZE, NONE, "" },         /* float */
	[17] = { DROPPED, TYPE, ONE, "-" },      /* tag of a declaration */
	[18] = { KEPT, TYPE, NONE, "" },         /* tag of a type */
	[19] = { ASKED, SIZE, MANY, "n--" },     /* enum of 64 bits */
};

struct cut {
	struct slice types, names;
	uint32_t *at;   /* by number: where its record is */
	uint32_t count; /* … and how many there are, with 0, which is void */
	uint32_t *new;  /* by number: its number in what is kept, 0 = not kept */
	uint32_t *kept; /* by new number: its number */
	uint32_t kept_count;
	uint32_t pointer; /* the new number of the one pointer */
	struct buf text;
	struct mw_btf_number *numbers;
	size_t number_count;
};

static void cut_release(struct cut *c)
{
	free(c->at);
	free(c->new);
	free(c->kept);
	buf_release(&c->text);
}

static uint32_t word(const struct cut *c, uint32_t at, uint32_t number)
{
	uint32_t v;

	memcpy(&v, c->types.at + at + number * sizeof(v), sizeof(v));
	return v;
}

static uint32_t kind_of(uint32_t info)
{
	return info >> 24 & 0x1f;
}

static uint32_t entries_of(uint32_t info)
{
	switch (shapes[kind_of(info)].entries) {
	case NONE: return 0;
	case ONE: return 1;
	default: return info & 0xffff;
	}
}

static uint32_t words_of(uint32_t info)
{
	return HEAD_WORDS + entries_of(info) * (uint32_t)strlen(shapes[kind_of(info)].entry);
}

static int section(struct slice kernel, uint32_t from, uint32_t at, uint32_t len, struct slice *out)
{
	uint64_t begin = (uint64_t)from + at;

	if (begin > kernel.len || len > kernel.len - begin)
		return -EBADMSG;
	*out = (struct slice){ kernel.at + begin, len };
	return 0;
}

static int open_sections(struct cut *c, struct slice kernel)
{
	struct header h;
	int error;

	if (kernel.len < sizeof(h))
		return -EBADMSG;
	if (kernel.len > MOST)
		return -EFBIG;
	memcpy(&h, kernel.at, sizeof(h));
	if (h.magic != MAGIC || h.size < sizeof(h))
		return -EBADMSG;
	if (h.version != 1)
		return -ENOTSUP;
	error = section(kernel, h.size, h.types_at, h.types_len, &c->types);
	if (!error)
		error = section(kernel, h.size, h.names_at, h.names_len, &c->names);
	if (error)
		return error;
	/* so that every name ends in it */
	return c->names.len && !c->names.at[c->names.len - 1] ? 0 : -EBADMSG;
}

/* Where each record is. */
static int number_types(struct cut *c)
{
	size_t most = c->types.len / (HEAD_WORDS * sizeof(uint32_t)) + 1;
	uint32_t at = 0;

	c->at = malloc(most * sizeof(*c->at));
	c->new = calloc(most, sizeof(*c->new));
	c->kept = malloc((most + 1) * sizeof(*c->kept));
	if (!c->at || !c->new || !c->kept)
		return -ENOMEM;
	for (c->count = 1; at < c->types.len; c->count++) {
		uint32_t info, size;

		if (c->types.len - at < HEAD_WORDS * sizeof(uint32_t))
			return -EBADMSG;
		info = word(c, at, 1);
		if (!kind_of(info) || kind_of(info) >= KINDS)
			return -ENOTSUP;
		size = words_of(info) * (uint32_t)sizeof(uint32_t);
		if (size > c->types.len - at)
			return -EBADMSG;
		c->at[c->count] = at;
		at += size;
	}
	return 0;
}

/* --- which ones ------------------------------------------------------------------------------- */

static int keep(struct cut *c, uint32_t number)
{
	uint32_t kind;

	if (number >= c->count)
		return -EBADMSG;
	if (!number || c->new[number])
		return 0;
	kind = kind_of(word(c, c->at[number], 1));
	if (shapes[kind].use == DROPPED)
		return 0;
	if (kind == POINTER && c->pointer) {
		c->new[number] = c->pointer;
		return 0;
	}
	c->kept[++c->kept_count] = number;
	c->new[number] = c->kept_count;
	if (kind == POINTER)
		c->pointer = c->kept_count;
	return 0;
}

static int keep_parts(struct cut *c, uint32_t number)
{
	uint32_t at = c->at[number], info = word(c, at, 1), next = HEAD_WORDS;
	uint32_t kind = kind_of(info);
	int error = 0;

	if (kind != POINTER && shapes[kind].third == TYPE)
		error = keep(c, word(c, at, 2));
	for (uint32_t i = 0; i < entries_of(info); i++)
		for (const char *role = shapes[kind].entry; *role; role++, next++)
			if (!error && *role == 't')
				error = keep(c, word(c, at, next));
	return error;
}

struct slice mw_btf_essential(struct slice name)
{
	struct slice rest = name;

	/* a name of nothing else is a name */
	if (slice_after(&rest, "___") && rest.len && rest.at - 3 > name.at)
		return (struct slice){ name.at, (size_t)(rest.at - 3 - name.at) };
	return name;
}

static bool is_name(uint32_t number, const void *key, const void *names)
{
	const struct slice *wanted = key;
	const char *name = (const char *)names + number;

	return !strncmp(name, wanted->at, wanted->len) && !name[wanted->len];
}

static int index_names(struct slice names, struct index *x)
{
	int error = 0;

	if (names.len && names.at[names.len - 1])
		return -EBADMSG;
	for (size_t at = 0; at < names.len && !error; at += strlen(names.at + at) + 1)
		error = index_add(x, hash_bytes(slice_of(names.at + at)), (uint32_t)at);
	return error;
}

static void note_number(struct cut *c, uint32_t number)
{
	uint32_t at = c->at[number];

	for (size_t i = 0; i < c->number_count; i++)
		if (kind_of(word(c, at, 1)) == STRUCT && !c->numbers[i].number &&
		    !strcmp(c->names.at + word(c, at, 0), c->numbers[i].name))
			c->numbers[i].number = number;
}

static int keep_asked(struct cut *c, struct slice names, const struct index *x)
{
	int error = 0;

	for (uint32_t i = 1; i < c->count && !error; i++) {
		uint32_t at = word(c, c->at[i], 0);
		struct slice name;

		if (shapes[kind_of(word(c, c->at[i], 1))].use != ASKED || !at)
			continue;
		if (at >= c->names.len)
			return -EBADMSG;
		name = mw_btf_essential(slice_of(c->names.at + at));
		if (index_find(x, hash_bytes(name), is_name, &name, names.at) == INDEX_NONE)
			continue;
		note_number(c, i);
		error = keep(c, i);
	}
	for (uint32_t i = 1; i <= c->kept_count && !error; i++)
		error = keep_parts(c, c->kept[i]);
	return error;
}

/* --- written anew ----------------------------------------------------------------------------- */

static void put(struct buf *out, uint32_t v)
{
	buf_add(out, (struct slice){ (const char *)&v, sizeof(v) });
}

static int put_name(struct cut *c, uint32_t at, struct buf *out)
{
	struct slice name;

	if (at >= c->names.len)
		return -EBADMSG;
	name = slice_of(c->names.at + at);
	put(out, name.len ? (uint32_t)c->text.len : 0);
	if (name.len)
		buf_add(&c->text, (struct slice){ name.at, name.len + 1 });
	return 0;
}

static int put_type(struct cut *c, uint32_t number, struct buf *out)
{
	uint32_t at = c->at[number], info = word(c, at, 1), next = HEAD_WORDS;
	uint32_t kind = kind_of(info), third = word(c, at, 2);
	int error = put_name(c, word(c, at, 0), out);

	put(out, info);
	if (kind == POINTER)
		third = 0;
	else if (shapes[kind].third == TYPE)
		third = c->new[third];
	put(out, third);
	for (uint32_t i = 0; i < entries_of(info); i++)
		for (const char *role = shapes[kind].entry; *role && !error; role++, next++) {
			uint32_t v = word(c, at, next);

			if (*role == 'n')
				error = put_name(c, v, out);
			else
				put(out, *role == 't' ? c->new[v] : v);
		}
	return error;
}

static int put_all(struct cut *c, struct buf *out)
{
	struct header h = { .magic = MAGIC, .version = 1, .size = sizeof(h) };
	size_t begin = out->len;
	int error = 0;

	buf_char(&c->text, '\0'); /* the name of what has none */
	buf_add(out, (struct slice){ (const char *)&h, sizeof(h) });
	for (uint32_t i = 1; i <= c->kept_count && !error; i++)
		error = put_type(c, c->kept[i], out);
	if (!error)
		error = c->text.error;
	if (error)
		return error;
	h.types_len = h.names_at = (uint32_t)(out->len - begin - sizeof(h));
	h.names_len = (uint32_t)c->text.len;
	buf_add(out, buf_slice(&c->text));
	if (!out->error)
		memcpy(out->at + begin, &h, sizeof(h));
	return out->error;
}

int mw_btf_cut(struct slice kernel, struct slice names, struct mw_btf_number *numbers, size_t count,
	       struct buf *out)
{
	SCOPED(cut_release) struct cut c = { .numbers = numbers, .number_count = count };
	SCOPED(index_release) struct index x = { 0 };
	size_t begin = out->len;
	int error = open_sections(&c, kernel);

	if (!error)
		error = number_types(&c);
	if (!error)
		error = index_names(names, &x);
	if (!error)
		error = keep_asked(&c, names, &x);
	if (!error)
		error = put_all(&c, out);
	if (error)
		out->len = begin;
	return error;
}
