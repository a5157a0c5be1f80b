#include "meta/ask/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

enum {
	LONGEST = 1 << 20,
	MOST_EVENTS = 100000,
	DEEPEST = 64,
	KEY = 256,
};

struct reader {
	mw_yaml_fn fn;
	void *argument;
	unsigned depth;
	bool mapping; /* at depth 2: not a list */
	/* at depth 1 and 2: the key whose value is to come; NULL = a key is to come */
	char key[KEY], member[KEY];
	bool has_key, has_member;
};

static struct slice scalar(const yaml_event_t *e)
{
	return (struct slice){ (const char *)e->data.scalar.value, e->data.scalar.length };
}

/* Longer keys are none of those that anybody looks for. */
static void keep(char *out, struct slice key)
{
	size_t len = key.len < KEY ? key.len : 0;

	memcpy(out, key.at, len);
	out[len] = '\0';
}

static int tell(struct reader *r, enum mw_yaml_kind kind, struct slice value)
{
	return r->fn(kind, slice_of(r->key), slice_of(kind == MW_YAML_MEMBER ? r->member : ""),
		     value, r->argument);
}

/* A scalar or an alias. */
static int take(struct reader *r, struct slice value)
{
	const bool key = r->depth == 1 ? !r->has_key : r->mapping && !r->has_member;
	enum mw_yaml_kind kind = r->depth == 1 ? MW_YAML_SCALAR : MW_YAML_MEMBER;

	if (r->depth > 2)
		return 0;
	if (key) {
		keep(r->depth == 1 ? r->key : r->member, value);
		*(r->depth == 1 ? &r->has_key : &r->has_member) = true;
		return 0;
	}
	*(r->depth == 1 ? &r->has_key : &r->has_member) = false;
	return tell(r, kind, value);
}

static int begin(struct reader *r, bool mapping)
{
	if (++r->depth > DEEPEST || (r->depth == 1 && !mapping))
		return -EBADMSG;
	/* a mapping for a key is YAML, but no configuration */
	if (r->depth == 2 && !r->has_key)
		return -EBADMSG;
	if (r->depth == 3 && r->mapping && !r->has_member)
		return -EBADMSG;
	if (r->depth == 3 && r->mapping)
		return tell(r, MW_YAML_MEMBER, SLICE(""));
	if (r->depth != 2)
		return 0;
	r->mapping = mapping;
	r->member[0] = '\0';
	r->has_member = false;
	return tell(r, MW_YAML_BEGIN, SLICE(""));
}

static void end(struct reader *r)
{
	/* what ends was the value */
	if (r->depth == 2)
		r->has_key = false;
	else if (r->depth == 3)
		r->has_member = false;
	r->depth--;
}

static int handle(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		if (!r->depth)
			return -EBADMSG;
		return take(r, scalar(e));
	case YAML_ALIAS_EVENT: return take(r, SLICE("*"));
	case YAML_MAPPING_START_EVENT: return begin(r, true);
	case YAML_SEQUENCE_START_EVENT: return begin(r, false);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: end(r); return 0;
	default: return 0;
	}
}

static int read_all(yaml_parser_t *parser, struct reader *r, uint32_t *line)
{
	bool whole = false;
	int error = 0;

	for (unsigned count = 0; !error && !whole; count++) {
		yaml_event_t e;

		if (count == MOST_EVENTS)
			error = -EBADMSG;
		else if (!yaml_parser_parse(parser, &e))
			error = parser->error == YAML_MEMORY_ERROR ? -ENOMEM : -EBADMSG;
		if (error) {
			*line = (uint32_t)parser->mark.line + 1;
			break;
		}
		whole = e.type == YAML_DOCUMENT_END_EVENT || e.type == YAML_STREAM_END_EVENT;
		error = handle(r, &e);
		if (error)
			*line = (uint32_t)e.start_mark.line + 1;
		yaml_event_delete(&e);
	}
	return error;
}

int mw_yaml_read(struct slice text, mw_yaml_fn fn, void *argument, uint32_t *line)
{
	struct reader r = { .fn = fn, .argument = argument };
	yaml_parser_t parser;
	int error;

	*line = 0;
	if (text.len > LONGEST)
		return -EBADMSG;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	error = read_all(&parser, &r, line);
	yaml_parser_delete(&parser);
	return error;
}
