/* The kubelet's configuration and flags as text. */
#include "base/scoped.h"
#include "meta/ask/kubelet_config.h"
#include "meta/ask/yaml.h"
#include "meta/json.h"
#include "model/quantity.h"

#include <errno.h>

#define AT(metric) ((metric)-MW_SETTINGS_FIRST)
#define EVICTED    "memory.available"

/* pkg/kubelet/eviction/defaults_linux.go */
static const struct mw_num default_hard = { 100 << 20, MW_OK };
static const struct mw_num none = { 0, MW_ABSENT };

/* A configuration that is being read. */
struct reading {
	struct mw_kubelet_settings s;
	uint64_t mem_total;
	bool drop_in;
	bool merge_defaults, hard_seen, hard_given;
	struct arena arena;
	struct slice key; /* of the object at hand (JSON) */
};

void mw_kubelet_defaults(struct mw_kubelet_settings *out)
{
	*out = (struct mw_kubelet_settings){ 0 };
	out->at[AT(M_EVICTION_HARD)] = default_hard;
	out->at[AT(M_EVICTION_PODS)] = (struct mw_num){ 1, MW_OK };
}

/* --- values ----------------------------------------------------------------------------------- */

/* "100Mi", "5%"; what is 0 or all of it is no threshold */
static struct mw_num threshold(struct slice text, uint64_t mem_total)
{
	struct mw_quantity q;
	struct mw_num n;

	if (mw_quantity_parse(text, 1000, &q) && q.unit == '%') {
		if (!q.micro || q.micro >= 100000000)
			return none;
		if (!mem_total)
			return none;
		return (struct mw_num){
			(uint64_t)((unsigned __int128)mem_total * q.micro / 100000000), MW_OK
		};
	}
	n = mw_kube_bytes(text);
	if (n.state == MW_OK)
		return n.v ? n : none;
	return (struct mw_num){ 0, MW_MALFORMED };
}

static struct mw_num bytes(struct slice text, uint64_t mem_total)
{
	struct mw_num n = mw_kube_bytes(text);

	return n.state == MW_OK ? n : (struct mw_num){ 0, MW_MALFORMED };
}

static struct mw_num duration(struct slice text, uint64_t mem_total)
{
	struct mw_num n = { 0, MW_MALFORMED };

	if (mw_duration_parse(text, &n.v))
		n.state = MW_OK;
	return n;
}

/* A list that has "pods". */
static struct mw_num one(struct slice text, uint64_t mem_total)
{
	return (struct mw_num){ 1, MW_OK };
}

/* --- what is looked for ----------------------------------------------------------------------- */

static const struct setting {
	const char *key, *flag;
	enum mw_metric metric;
	const char *member; /* of the mapping, or an element of the list */
	char mark;          /* between member and value in a flag; 0 = a list */
	struct mw_num (*parse)(struct slice text, uint64_t mem_total);
} rows[] = {
	{ "evictionHard", "eviction-hard", M_EVICTION_HARD, EVICTED, '<', threshold },
	{ "evictionSoft", "eviction-soft", M_EVICTION_SOFT, EVICTED, '<', threshold },
	{ "evictionSoftGracePeriod", "eviction-soft-grace-period", M_EVICTION_SOFT_GRACE, EVICTED,
	  '=', duration },
	{ "kubeReserved", "kube-reserved", M_KUBE_RESERVED, "memory", '=', bytes },
	{ "systemReserved", "system-reserved", M_SYSTEM_RESERVED, "memory", '=', bytes },
	{ "enforceNodeAllocatable", "enforce-node-allocatable", M_EVICTION_PODS, "pods", 0, one },
	{ NULL },
};

static const struct setting *setting(struct slice key)
{
	const struct setting *r = rows;

	while (r->key && !slice_is(key, r->key))
		r++;
	return r->key ? r : NULL;
}

/* A list that does not name the pods leaves them out. */
static struct mw_num empty(const struct setting *r)
{
	return r->mark ? none : (struct mw_num){ 0, MW_OK };
}

/* What is given takes the place of the defaults, all of them. */
static void begin(struct reading *c, const struct setting *r)
{
	if (!c->drop_in || !r->mark)
		c->s.at[AT(r->metric)] = empty(r);
	c->hard_seen |= r->metric == M_EVICTION_HARD;
}

static void member(struct reading *c, const struct setting *r, struct slice name,
		   struct slice value)
{
	if (!slice_is(name, r->member))
		return;
	c->s.at[AT(r->metric)] = r->parse(value, c->mem_total);
	c->hard_given |= r->metric == M_EVICTION_HARD;
}

static void scalar(struct reading *c, struct slice key, struct slice value)
{
	if (slice_is(key, "mergeDefaultEvictionSettings"))
		c->merge_defaults = slice_is(value, "true");
}

static void finish(const struct reading *c, struct mw_kubelet_settings *out)
{
	*out = c->s;
	if (c->merge_defaults && c->hard_seen && !c->hard_given && !c->drop_in)
		out->at[AT(M_EVICTION_HARD)] = default_hard;
}

/* --- YAML ------------------------------------------------------------------------------------- */

static int on_yaml(enum mw_yaml_kind kind, struct slice key, struct slice name, struct slice value,
		   void *argument)
{
	struct reading *c = argument;
	const struct setting *r = setting(key);

	/* what is taken from elsewhere in the file; in other settings it does not matter */
	if (slice_is(key, "<<") || (r && (slice_is(value, "*") || slice_is(name, "<<"))))
		return -EBADMSG;
	if (kind == MW_YAML_SCALAR)
		scalar(c, key, value);
	else if (r && kind == MW_YAML_BEGIN)
		begin(c, r);
	else if (r)
		member(c, r, r->mark ? name : value, value);
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static int on_member(struct slice name, struct slice value, void *argument)
{
	struct reading *c = argument;
	const struct setting *r = setting(c->key);
	struct slice text;

	if (!mw_json_text(&c->arena, value, &text))
		text = value;
	member(c, r, r->mark ? name : text, text);
	return 0;
}

static int on_key(struct slice name, struct slice value, void *argument)
{
	struct reading *c = argument;
	const struct setting *r = setting(name);

	if (slice_is(value, "null"))
		return 0;
	if (slice_is(name, "kubeletconfig"))
		return mw_json_each(value, on_key, c);
	if (!r) {
		scalar(c, name, value);
		return 0;
	}
	c->key = name;
	begin(c, r);
	return r->mark ? mw_json_each(value, on_member, c) : mw_json_elements(value, on_member, c);
}

int mw_kubelet_config_parse(struct slice text, uint64_t mem_total, bool drop_in,
			    struct mw_kubelet_settings *settings, uint32_t *line)
{
	struct reading c = { .s = *settings, .mem_total = mem_total, .drop_in = drop_in };
	int error;

	*line = 0;
	while (text.len && strchr(" \t\r\n", *text.at))
		text = slice_skip(text, 1);
	error = slice_begins(text, "{") ? mw_json_each(text, on_key, &c)
					: mw_yaml_read(text, on_yaml, &c, line);
	arena_release(&c.arena);
	if (!error)
		finish(&c, settings);
	return error;
}

/* --- flags ------------------------------------------------------------------------------------ */

/* "memory.available<100Mi,nodefs.available<10%", "memory=1Gi", "pods,kube-reserved" */
static void take_flag(struct mw_kubelet_settings *out, const struct setting *r, struct slice value,
		      uint64_t mem_total)
{
	struct slice item, name;

	out->at[AT(r->metric)] = empty(r);
	while (value.len) {
		if (!slice_until(&value, ',', &item)) {
			item = value;
			value.len = 0;
		}
		name = item;
		if (r->mark && !slice_until(&item, r->mark, &name))
			continue;
		if (slice_is(slice_trim(name), r->member))
			out->at[AT(r->metric)] = r->parse(slice_trim(item), mem_total);
	}
}

static bool next_argument(struct slice *rest, struct slice *out)
{
	if (!rest->len)
		return false;
	if (!slice_until(rest, '\0', out)) {
		*out = *rest;
		rest->len = 0;
	}
	return true;
}

static const struct setting *flag_setting(struct slice flag)
{
	const struct setting *r = rows;

	while (r->key && !slice_is(flag, r->flag))
		r++;
	return r->key ? r : NULL;
}

bool mw_kubelet_flags_parse(struct slice cmdline, uint64_t mem_total,
			    struct mw_kubelet_settings *settings, struct slice *file,
			    struct slice *dir)
{
	struct slice argument, flag, value;
	bool any = false;

	*file = *dir = SLICE("");
	while (next_argument(&cmdline, &argument)) {
		const struct setting *r;
		struct slice *path;

		if (!slice_word(&argument, "--") && !slice_word(&argument, "-"))
			continue;
		value = argument;
		if (!slice_until(&value, '=', &flag)) {
			flag = argument;
			value = SLICE("");
		}
		r = flag_setting(flag);
		path = slice_is(flag, "config") ? file : slice_is(flag, "config-dir") ? dir : NULL;
		/* others may have no value */
		if ((r || path) && flag.len == argument.len && !next_argument(&cmdline, &value))
			break;
		if (path)
			*path = value;
		if (r)
			take_flag(settings, r, value, mem_total);
		any |= r != NULL;
	}
	return any;
}
