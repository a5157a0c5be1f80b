/* kubectl get pod -o yaml or json, manifests, and the pieces of them that people paste. */
#include "outline.h"
#include "pod.h"

#include <errno.h>

/* What a piece may begin with: nothing else stands at its margin. */
static const char *const outer[] = { "apiVersion", "kind",      "metadata", "spec",
				     "status",     "items",     "template", "containers",
				     "resources",  "limits",    "requests", "containerStatuses",
				     "env",        "name",      "image",    "qosClass",
				     "data",       "namespace", NULL };

static bool is_outer(struct slice key)
{
	for (const char *const *o = outer; *o; o++)
		if (slice_is(key, *o))
			return true;
	return false;
}

/* How far to look for what decides: managed fields and long scripts may come first, but lines that
 * begin like this stand in other texts too. */
enum { LOOK_AHEAD = 1000, LOOK_NEAR = 60 };

static size_t look_ahead(struct slice key)
{
	static const char *const sure[] = { "apiVersion", "kind",     "items", "metadata",
					    "spec",       "template", NULL };

	for (const char *const *k = sure; *k; k++)
		if (slice_is(key, *k))
			return LOOK_AHEAD;
	return key.len ? LOOK_NEAR : LOOK_AHEAD / 2;
}

/* What it is recognised by: what somebody asks for, or a pod. */
struct evidence {
	struct mw_outline outline; /* first: callbacks get it */
	uint32_t found;
};

static void see(struct mw_outline *o, struct slice key, struct slice value)
{
	struct evidence *e = (struct evidence *)(void *)o;
	struct slice above = mw_outline_above(o, 0);
	bool resource = slice_is(above, "limits") || slice_is(above, "requests");

	e->found += resource && slice_is(key, "memory") && mw_kube_bytes(value).state == MW_OK;
	e->found += resource && slice_is(key, "cpu") && mw_kube_cores(value).state == MW_OK;
	e->found += slice_is(key, "kind") && slice_is(value, "Pod");
	e->found += slice_is(key, "containers") && !value.len;
	e->found += slice_is(key, "containerStatuses") && !value.len;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct evidence e = { .outline = { .value = see } };
	struct mw_outline_line first, l;
	size_t end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT ||
	    !mw_outline_line(paste->lines[line].text, &first))
		return 0;
	/* JSON begins with a bracket */
	if (first.has_key ? !is_outer(first.key) : !first.item || first.value.len)
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *p = &paste->lines[at];

		if (p->file != paste->lines[line].file || p->kind == MW_LINE_PROMPT ||
		    (!e.found && at - line > look_ahead(first.key)))
			break;
		b->cut |= p->kind == MW_LINE_ELLIPSIS;
		if (p->kind != MW_LINE_TEXT || slice_is(p->text, "---"))
			continue;
		if (mw_outline_line(p->text, &l)) {
			if ((l.item ? l.dash : l.indent) <=
				    (first.item ? first.dash : first.indent) &&
			    (l.has_key ? !is_outer(l.key) && !l.item : !l.item))
				break;
			mw_outline_feed(&e.outline, p->text);
		}
		end = at + 1;
	}
	mw_outline_end(&e.outline);
	b->keys = e.found;
	b->certainty = MW_SURE;
	return e.found ? end - line : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum { STATUSES = MW_POD_CONTAINERS };

struct reader {
	struct mw_outline outline; /* first: callbacks get it */
	struct mw_reading *r;
	struct mw_pod pod;
	struct mw_pod_container *container;         /* being specified, or NULL */
	struct mw_pod_container statuses[STATUSES]; /* by name, to be joined */
	size_t status_count;
	struct slice variable; /* the one whose value is to come */
	size_t pods;
	bool is_pod, json;
	int error;
};

static void flush(struct reader *p)
{
	for (size_t i = 0; i < p->status_count; i++) {
		struct mw_pod_container *c = mw_pod_find(&p->pod, p->statuses[i].name);

		if (!c)
			c = mw_pod_add(&p->pod, p->statuses[i].name);
		c->restarts = p->statuses[i].restarts;
		c->oom_killed = p->statuses[i].oom_killed;
	}
	/* what a Deployment specifies is the pod that the rest of the paste is about */
	if (!p->is_pod)
		p->pod.name.len = 0;
	if (p->pod.count && !p->error)
		p->error = mw_pod_put(p->r, &p->pod);
	p->pods += p->pod.count > 0;
	p->pod = (struct mw_pod){ .name = { "", 0 }, .pod_namespace = { "", 0 }, .qos = { "", 0 } };
	p->container = NULL;
	p->status_count = 0;
	p->is_pod = true;
}

static void item(struct mw_outline *o)
{
	struct reader *p = (struct reader *)(void *)o;
	struct slice list = mw_outline_above(o, 0);

	p->variable.len = 0;
	if (slice_is(list, "items")) {
		flush(p);
	} else if (slice_is(list, "containers") || (!list.len && o->depth == 1 && !p->json)) {
		/* a piece may begin with "- name: app" */
		p->container = mw_pod_add(&p->pod, SLICE(""));
	} else if (slice_is(list, "containerStatuses")) {
		if (p->status_count < STATUSES)
			p->status_count++;
		p->statuses[p->status_count - 1] = (struct mw_pod_container){ .name = { "", 0 } };
	} else if (slice_is(list, "initContainers") || slice_is(list, "ephemeralContainers")) {
		p->container = NULL;
	}
}

static void of_pod(struct reader *p, struct slice above, struct slice key, struct slice value)
{
	if ((!above.len || slice_is(above, "items")) && slice_is(key, "kind") &&
	    !slice_is(value, "List"))
		p->is_pod = slice_is(value, "Pod");
	else if (slice_is(above, "metadata") &&
		 !slice_is(mw_outline_above(&p->outline, 1), "template")) {
		if (slice_is(key, "name"))
			p->pod.name = value;
		else if (slice_is(key, "namespace"))
			p->pod.pod_namespace = value;
	} else if (slice_is(above, "spec") && slice_is(key, "priority")) {
		struct slice rest = value;
		int64_t v;

		if (slice_i64(&rest, &v))
			p->pod.priority = (struct mw_num){ (uint64_t)v, MW_OK };
	} else if (slice_is(key, "qosClass")) {
		p->pod.qos = value;
	}
}

static void of_status(struct reader *p, struct slice above, struct slice key, struct slice value)
{
	struct mw_pod_container *c = &p->statuses[p->status_count - 1];
	uint64_t v;

	if (slice_is(above, "containerStatuses") && slice_is(key, "name"))
		c->name = value;
	else if (slice_is(above, "containerStatuses") && slice_is(key, "restartCount") &&
		 slice_u64(&value, &v))
		c->restarts = (struct mw_num){ v, MW_OK };
	else if (slice_is(above, "terminated") && slice_is(key, "reason"))
		c->oom_killed |= slice_is(value, "OOMKilled");
}

static void of_container(struct reader *p, struct slice above, struct slice key, struct slice value)
{
	struct mw_pod_container *c = p->container;
	bool ok = true;

	if (slice_is(above, "env") && slice_is(key, "name"))
		p->variable = value;
	else if (slice_is(above, "env") && slice_is(key, "value") && p->variable.len)
		ok = mw_pod_variable(p->outline.arena, c, p->variable, value);
	else if (slice_is(above, "args") || slice_is(above, "command"))
		ok = mw_pod_argument(p->outline.arena, c, value);
	else if (slice_is(key, "name") && (slice_is(above, "containers") || !above.len))
		c->name = value;
	else if (slice_is(key, "image") && (slice_is(above, "containers") || !above.len))
		c->image = value;
	if (!ok)
		p->error = -ENOMEM;
}

static void value(struct mw_outline *o, struct slice key, struct slice text)
{
	struct reader *p = (struct reader *)(void *)o;
	struct slice above = mw_outline_above(o, 0);
	bool limits = slice_is(above, "limits"), requests = slice_is(above, "requests");

	if (!text.len) {
		/* such lists come behind the containers' */
		if (slice_is(key, "initContainers") || slice_is(key, "status"))
			p->container = NULL;
		return;
	}
	of_pod(p, above, key, text);
	if (p->status_count)
		of_status(p, above, key, text);
	if (!p->container && (limits || requests) && !p->pod.count)
		p->container = mw_pod_add(&p->pod, SLICE(""));
	if (!p->container)
		return;
	if (limits || requests)
		mw_pod_resource(p->container, limits, key, text);
	else
		of_container(p, above, key, text);
}

/* The pod that was asked for: the name in the text was sometimes made unreadable by another hand. */
static struct slice asked_pod(const struct mw_block *b)
{
	struct slice rest, word, name = { "", 0 };
	bool pods = false;

	if (!b->command || !slice_is(b->command->program, "kubectl"))
		return name;
	rest = b->command->arguments;
	while (slice_token(&rest, &word)) {
		if (*word.at == '-') {
			/* "-n NS", "-o yaml", but "-oyaml" */
			if (word.len == 2)
				slice_token(&rest, &word);
		} else if (slice_begins(word, "pod/") || slice_begins(word, "pods/")) {
			name = slice_last(word, '/');
		} else if (slice_is(word, "pod") || slice_is(word, "pods") ||
			   slice_is(word, "po")) {
			pods = true;
		} else if (pods) {
			if (name.len)
				return (struct slice){ "", 0 };
			name = word;
		}
	}
	return name;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader *p = arena_new(r->arena, struct reader);
	struct slice asked = asked_pod(b);

	if (!p)
		return -ENOMEM;
	p->r = r;
	p->outline = (struct mw_outline){ .arena = r->arena, .value = value, .item = item };
	p->variable = (struct slice){ "", 0 };
	p->json = slice_begins(slice_trim(mw_block_line(r, b, 0)->text), "{");
	flush(p);
	for (size_t i = 0; i < b->lines; i++) {
		const struct mw_paste_line *l = mw_block_line(r, b, i);

		if (l->kind == MW_LINE_TEXT && slice_is(l->text, "---"))
			flush(p);
		else if (l->kind == MW_LINE_TEXT)
			mw_outline_feed(&p->outline, l->text);
	}
	mw_outline_end(&p->outline);
	if (asked.len && !p->pods && p->is_pod)
		p->pod.name = asked;
	if (b->command && !p->pod.pod_namespace.len)
		p->pod.pod_namespace = b->command->pod_namespace;
	flush(p);
	return p->outline.error ? -ENOMEM : p->error;
}

const struct mw_format mw_format_pod_yaml = {
	.id = "pod-spec",
	.name = N_("a pod's specification and status (kubectl get pod -o yaml)"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
