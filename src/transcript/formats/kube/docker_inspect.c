/* docker inspect, podman inspect: what a container was given, whether it was killed. */
#include "outline.h"
#include "pod.h"

#include <errno.h>

enum { LOOK_AHEAD = 400 };

struct reader {
	struct mw_outline outline; /* first: callbacks get it */
	struct mw_reading *r;
	struct mw_pod_container container;
	struct slice name, id, pid;
	struct mw_num quota, period;
	uint32_t found;
	int error;
};

static struct mw_num number(struct slice text)
{
	uint64_t v;

	/* 0 and -1 are "not set" */
	if (!slice_u64(&text, &v) || text.len || !v)
		return (struct mw_num){ 0, MW_ABSENT };
	return (struct mw_num){ v, MW_OK };
}

static struct mw_num count(struct slice text)
{
	uint64_t v;

	return slice_u64(&text, &v) ? (struct mw_num){ v, MW_OK } : (struct mw_num){ 0, MW_ABSENT };
}

static void of_host_config(struct reader *p, struct slice key, struct slice value)
{
	struct mw_num n = number(value);

	p->found += slice_begins(key, "Memory");
	if (slice_is(key, "Memory"))
		p->container.limit = n;
	else if (slice_is(key, "MemoryReservation"))
		p->container.request = n;
	else if (slice_is(key, "NanoCpus") && n.state == MW_OK)
		p->container.cpu_limit = (struct mw_num){ n.v / 1000, MW_OK };
	else if (slice_is(key, "CpuQuota"))
		p->quota = n;
	else if (slice_is(key, "CpuPeriod"))
		p->period = n;
}

static void value(struct mw_outline *o, struct slice key, struct slice text)
{
	struct reader *p = (struct reader *)(void *)o;
	struct slice above = mw_outline_above(o, 0), variable;
	bool ok = true;

	if (!above.len && slice_is(key, "Name"))
		p->name = slice_skip(text, slice_begins(text, "/"));
	else if (!above.len && slice_is(key, "Id"))
		p->id = text;
	else if (!above.len && slice_is(key, "RestartCount"))
		p->container.restarts = count(text);
	else if (slice_is(above, "State") && slice_is(key, "OOMKilled"))
		p->container.oom_killed = slice_is(text, "true");
	else if (slice_is(above, "State") && slice_is(key, "Pid"))
		p->pid = text;
	else if (slice_is(above, "HostConfig"))
		of_host_config(p, key, text);
	else if (slice_is(above, "Config") && slice_is(key, "Image"))
		p->container.image = text;
	else if (slice_is(above, "Env") && slice_until(&text, '=', &variable))
		ok = mw_pod_variable(o->arena, &p->container, variable, text);
	else if (slice_is(above, "Args") || slice_is(above, "Cmd"))
		ok = mw_pod_argument(o->arena, &p->container, text);
	if (!ok)
		p->error = -ENOMEM;
}

struct evidence {
	struct mw_outline outline; /* first: callbacks get it */
	uint32_t found;
	bool named;
};

static void see(struct mw_outline *o, struct slice key, struct slice text)
{
	struct evidence *e = (struct evidence *)(void *)o;
	struct slice above = mw_outline_above(o, 0);

	e->found += slice_is(above, "HostConfig") && slice_begins(key, "Memory");
	e->named |= !above.len && text.len && (slice_is(key, "Name") || slice_is(key, "Id"));
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct evidence p = { .outline = { .value = see } };
	struct mw_outline_line first, l;
	size_t end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT ||
	    !mw_outline_line(paste->lines[line].text, &first) || !first.item || first.value.len)
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *q = &paste->lines[at];

		if (q->file != paste->lines[line].file || q->kind == MW_LINE_PROMPT ||
		    (!p.found && at - line > LOOK_AHEAD))
			break;
		b->cut |= q->kind == MW_LINE_ELLIPSIS;
		if (q->kind != MW_LINE_TEXT)
			continue;
		if (mw_outline_line(q->text, &l)) {
			/* behind its last bracket something else begins */
			if (at > line && (l.item ? l.dash : l.indent) <= first.dash)
				break;
			mw_outline_feed(&p.outline, q->text);
		}
		end = at + 1;
	}
	mw_outline_end(&p.outline);
	b->keys = p.found;
	b->certainty = MW_SURE;
	return p.found && p.named ? end - line : 0;
}

static int put(struct reader *p)
{
	struct mw_num quota = p->quota, period = p->period;
	struct mw_pod pod = { .name = p->name.len ? p->name : p->id, .pod_namespace = { "", 0 } };
	struct mw_entity *process;
	uint64_t pid;

	if (!p->found || p->error)
		return p->error;
	if (period.state != MW_OK)
		period.v = 100000;
	if (quota.state == MW_OK && p->container.cpu_limit.state != MW_OK &&
	    quota.v < UINT64_MAX / 1000000)
		p->container.cpu_limit = (struct mw_num){ quota.v * 1000000 / period.v, MW_OK };
	pod.qos = (struct slice){ "", 0 };
	pod.containers[0] = p->container;
	pod.containers[0].name = pod.name;
	pod.count = 1;
	if (mw_pod_put(p->r, &pod))
		return -ENOMEM;
	if (!slice_u64(&p->pid, &pid) || !pid)
		return 0;
	process = mw_reading_process(p->r, pid, (struct slice){ "", 0 });
	if (!process)
		return -ENOMEM;
	process->parent = mw_reading_group(p->r, 0, pod.name);
	return process->parent ? 0 : -ENOMEM;
}

static void begin(struct reader *p)
{
	const struct slice none = { "", 0 };

	p->container = (struct mw_pod_container){
		.name = none, .image = none, .jvm = none, .node = none
	};
	p->name = p->id = p->pid = none;
	p->quota = p->period = (struct mw_num){ 0, MW_ABSENT };
	p->found = 0;
}

/* The next container of the list; JSON's own nesting has items everywhere. */
static void item(struct mw_outline *o)
{
	struct reader *p = (struct reader *)(void *)o;

	if (mw_outline_above(o, 0).len || !p->found)
		return;
	p->error = put(p);
	begin(p);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader *p = arena_new(r->arena, struct reader);

	if (!p)
		return -ENOMEM;
	p->r = r;
	p->outline = (struct mw_outline){ .arena = r->arena, .value = value, .item = item };
	begin(p);
	for (size_t i = 0; i < b->lines; i++)
		if (mw_block_line(r, b, i)->kind == MW_LINE_TEXT)
			mw_outline_feed(&p->outline, mw_block_line(r, b, i)->text);
	mw_outline_end(&p->outline);
	return p->outline.error ? -ENOMEM : put(p);
}

const struct mw_format mw_format_docker_inspect = {
	.id = "docker-inspect",
	.name = N_("docker inspect"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
