/* kubectl describe pod, and node. */
#include "outline.h"
#include "pod.h"

#include <errno.h>

enum { LOOK_AHEAD = 60 };

/* What stands at the margin. */
static const char *const outer[] = { "Name",
				     "Namespace",
				     "Priority",
				     "Priority Class Name",
				     "Runtime Class Name",
				     "PriorityClassName",
				     "Service Account",
				     "Node",
				     "Start Time",
				     "Labels",
				     "Annotations",
				     "Status",
				     "Reason",
				     "Message",
				     "SeccompProfile",
				     "IP",
				     "IPs",
				     "Created By",
				     "Controlled By",
				     "Containers",
				     "Init Containers",
				     "Conditions",
				     "Volumes",
				     "QoS Class",
				     "Node-Selectors",
				     "Tolerations",
				     "Events",
				     "Roles",
				     "CreationTimestamp",
				     "Taints",
				     "Unschedulable",
				     "Lease",
				     "Addresses",
				     "Capacity",
				     "Allocatable",
				     "System Info",
				     "PodCIDR",
				     "PodCIDRs",
				     "ProviderID",
				     "ExternalID",
				     "Non-terminated Pods",
				     "Allocated resources",
				     NULL };

static bool is_outer(struct slice key)
{
	for (const char *const *o = outer; *o; o++)
		if (slice_is(key, *o))
			return true;
	return false;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct mw_outline_line first, l;
	size_t end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT ||
	    !mw_outline_line(paste->lines[line].text, &first) || !slice_is(first.key, "Name") ||
	    first.item || !first.value.len)
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *p = &paste->lines[at];

		if (p->file != paste->lines[line].file || p->kind == MW_LINE_PROMPT ||
		    (!b->keys && at - line > LOOK_AHEAD))
			break;
		b->cut |= p->kind == MW_LINE_ELLIPSIS;
		if (p->kind != MW_LINE_TEXT || !mw_outline_line(p->text, &l))
			continue;
		if (l.indent <= first.indent && at > line &&
		    (!l.has_key || !is_outer(l.key) || slice_is(l.key, "Name")))
			break;
		b->keys += l.indent <= first.indent &&
			   (slice_is(l.key, "Containers") || slice_is(l.key, "Capacity"));
		/* a node lists pods that are described themselves */
		b->variant |= slice_is(l.key, "Capacity");
		end = at + 1;
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

struct reader {
	struct mw_outline outline; /* first: callbacks get it */
	struct mw_reading *r;
	struct mw_pod pod;
	struct mw_pod_container *container;
	struct slice pods; /* of a node: its table, all words */
	struct mw_num capacity;
	int error;
};

static void of_container(struct reader *p, struct slice above, struct slice key, struct slice text)
{
	struct mw_pod_container *c = p->container;
	bool own = slice_is(mw_outline_above(&p->outline, 1), "Containers"), ok = true;
	uint64_t v;

	if (slice_is(above, "Limits") || slice_is(above, "Requests"))
		mw_pod_resource(c, slice_is(above, "Limits"), key, text);
	else if (slice_is(above, "Environment"))
		ok = mw_pod_variable(p->outline.arena, c, key, text);
	else if (own && (slice_is(key, "Args") || slice_is(key, "Command")))
		ok = mw_pod_argument(p->outline.arena, c, text);
	else if (own && slice_is(key, "Image"))
		c->image = text;
	else if (own && slice_is(key, "Restart Count") && slice_u64(&text, &v))
		c->restarts = (struct mw_num){ v, MW_OK };
	else if ((slice_is(above, "Last State") || slice_is(above, "State")) &&
		 slice_is(key, "Reason"))
		c->oom_killed |= slice_is(text, "OOMKilled");
	if (!ok)
		p->error = -ENOMEM;
}

static void of_pod(struct reader *p, struct slice key, struct slice text)
{
	int64_t v;

	p->container = NULL;
	if (slice_is(key, "Name"))
		p->pod.name = text;
	else if (slice_is(key, "Namespace"))
		p->pod.pod_namespace = text;
	else if (slice_is(key, "QoS Class"))
		p->pod.qos = text;
	else if (slice_is(key, "Priority") && slice_i64(&text, &v))
		p->pod.priority = (struct mw_num){ (uint64_t)v, MW_OK };
	else if (slice_is(key, "Non-terminated Pods"))
		p->pods = text;
}

static void value(struct mw_outline *o, struct slice key, struct slice text)
{
	struct reader *p = (struct reader *)(void *)o;
	struct slice above = mw_outline_above(o, 0);

	if (!above.len)
		of_pod(p, key, text);
	else if (slice_is(above, "Containers"))
		p->container = mw_pod_add(&p->pod, key);
	else if (slice_is(above, "Capacity") && slice_is(key, "memory"))
		p->capacity = mw_kube_bytes(text);
	else if (p->container)
		of_container(p, above, key, text);
}

static bool is_share(struct slice word)
{
	return slice_begins(word, "(") && slice_ends(word, "%)");
}

/* A node's pods: "ns name 500m (12%) 1 (25%) 512Mi (3%) 1Gi (6%) 3d", one behind the other. */
static int put_pods(struct reader *p)
{
	struct slice rest = p->pods, word, last[3] = { { "", 0 }, { "", 0 }, { "", 0 } };
	struct mw_pod pod = { .qos = { "", 0 } };
	size_t shares = 0;

	while (slice_token(&rest, &word)) {
		if (!is_share(word)) {
			last[0] = last[1];
			last[1] = last[2];
			last[2] = word;
			continue;
		}
		if (!shares) {
			pod.pod_namespace = last[0];
			pod.name = last[1];
			pod.count = 0;
			mw_pod_add(&pod, SLICE(""));
		}
		/* 0 stands for none: cpu and memory, what is asked for and the limit */
		if (!slice_is(last[2], "0"))
			mw_pod_resource(&pod.containers[0], shares % 2,
					shares < 2 ? SLICE("cpu") : SLICE("memory"), last[2]);
		shares = (shares + 1) % 4;
		if (!shares && pod.name.len && mw_pod_put(p->r, &pod))
			return -ENOMEM;
	}
	return 0;
}

static int put_node(struct reader *p)
{
	struct mw_entity *node = mw_reading_node(p->r);

	if (mw_reading_print(p->r, node, M_MEM_TOTAL, "Capacity", p->capacity.v, 0, MW_NEAREST))
		return -ENOMEM;
	return put_pods(p);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader *p = arena_new(r->arena, struct reader);

	if (!p)
		return -ENOMEM;
	p->r = r;
	p->pods = p->pod.name = p->pod.pod_namespace = p->pod.qos = (struct slice){ "", 0 };
	p->outline = (struct mw_outline){ .arena = r->arena, .value = value };
	for (size_t i = 0; i < b->lines; i++)
		if (mw_block_line(r, b, i)->kind == MW_LINE_TEXT)
			mw_outline_feed(&p->outline, mw_block_line(r, b, i)->text);
	mw_outline_end(&p->outline);
	if (p->error || p->outline.error)
		return -ENOMEM;
	return p->capacity.state == MW_OK ? put_node(p) : mw_pod_put(r, &p->pod);
}

const struct mw_format mw_format_describe = {
	.id = "kubectl-describe",
	.name = N_("kubectl describe"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
