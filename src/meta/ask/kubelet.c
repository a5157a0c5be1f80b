/* Asking the kubelet, or the API server in its place. */
#include "meta/ask/kubelet.h"
#include "base/scoped.h"

#include <errno.h>
#include <stdio.h>

/* Where a pod finds its service account, which is never below another root. */
#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

enum {
	READ_ONLY = 10255, /* plain HTTP, without a token; seldom open */
	USUAL = 10250,
};

/* One of the kubelet's addresses. */
struct place {
	char url[512];
	char ca[512], token[512]; /* files, "" = none */
	const char *connect;      /* in place of the URL's host, or NULL */
};

/* --- files ------------------------------------------------------------------------------------ */

static void set(char *out, size_t size, const char *text)
{
	if (text)
		snprintf(out, size, "%s", text);
}

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

/* "/host" and "etc/x" */
static bool below_root(const struct mw_ask *ask, const char *path, char *out, size_t size)
{
	const char *root = ask->options->root ? ask->options->root : "/";
	int len = snprintf(out, size, "%s%s%s", root, slice_ends(slice_of(root), "/") ? "" : "/",
			   path);

	return len >= 0 && (size_t)len < size && is_there(out);
}

static void set_token(const struct mw_ask *ask, struct place *p)
{
	if (ask->options->token_file)
		set(p->token, sizeof(p->token), ask->options->token_file);
	else if (is_there(ACCOUNT "token"))
		set(p->token, sizeof(p->token), ACCOUNT "token");
}

static void set_ca(const struct mw_ask *ask, struct place *p)
{
	if (ask->options->ca_file)
		set(p->ca, sizeof(p->ca), ask->options->ca_file);
	else if (is_there(ACCOUNT "ca.crt"))
		set(p->ca, sizeof(p->ca), ACCOUNT "ca.crt");
}

/* --- this machine's kubelet ------------------------------------------------------------------- */

/* "  12: 0100007F:280A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234" */
static bool is_listener(struct slice line, unsigned port)
{
	enum { LOCAL = 1, STATE = 3, UID = 7, FIELDS };
	struct slice at[FIELDS];
	uint64_t number;

	for (int i = 0; i < FIELDS; i++)
		if (!slice_token(&line, &at[i]))
			return false;
	at[LOCAL] = slice_last(at[LOCAL], ':');
	return slice_is(at[STATE], "0A") && slice_is(at[UID], "0") &&
	       slice_hex(&at[LOCAL], &number) && number == port;
}

/* Does root listen on that port? A user's program there is not the kubelet, whatever it answers. */
static bool listens(struct mw_source *source, unsigned port, struct buf *text)
{
	static const char *const files[] = { "proc/net/tcp6", "proc/net/tcp", NULL };
	struct mw_dir root = mw_root(source);
	struct slice rest, line;

	for (const char *const *file = files; *file; file++) {
		int error = mw_read(&root, *file, text);

		/* the beginning of a long list has those who listen */
		if (error && error != -EFBIG)
			continue;
		rest = buf_slice(text);
		while (slice_line(&rest, &line))
			if (is_listener(line, port))
				return true;
	}
	return false;
}

/* One that made its own certificate signs for itself. */
static void set_own_ca(const struct mw_ask *ask, struct place *p)
{
	if (!ask->options->ca_file &&
	    below_root(ask, "var/lib/kubelet/pki/kubelet.crt", p->ca, sizeof(p->ca)))
		return;
	p->ca[0] = '\0';
	set_ca(ask, p);
	if (!p->ca[0] && !below_root(ask, "etc/kubernetes/pki/ca.crt", p->ca, sizeof(p->ca)))
		p->ca[0] = '\0';
}

/* --- addresses -------------------------------------------------------------------------------- */

/* Names of machines go into URLs. */
static bool is_host(const char *text)
{
	size_t len = strspn(text,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

	return len && !text[len] && len < 254;
}

static const char *node_name(const struct mw_ask *ask, const struct mw_source *source)
{
	const char *name = ask->options->kube_node ? ask->options->kube_node : source->machine.host;

	return is_host(name) ? name : "localhost";
}

static void set_base(struct place *p, const char *base)
{
	set(p->url, sizeof(p->url), base);
	while (slice_ends(slice_of(p->url), "/"))
		p->url[strlen(p->url) - 1] = '\0';
}

static void api_place(const struct mw_ask *ask, struct place *p)
{
	set_base(p, ask->options->kube_api);
	set_token(ask, p);
	set_ca(ask, p);
}

static int own_place(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		     struct place *p)
{
	/* those who listen come first in a list that may be long */
	scoped_buf struct buf text = { .limit = 256 << 10 };
	const char *node = node_name(ask, source);

	if (listens(source, READ_ONLY, &text)) {
		snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%d", READ_ONLY);
		return 0;
	}
	if (!listens(source, USUAL, &text)) {
		/* groups like a pod's may have been made without one */
		if (is_there(ACCOUNT) ||
		    below_root(ask, "var/lib/kubelet/pki", p->ca, sizeof(p->ca)))
			mw_snapshot_problem(
				s, SLICE("127.0.0.1:10250"), 0, -ECONNREFUSED,
				N_("no kubelet listens here; --kubelet says where one does"));
		return -ECONNREFUSED;
	}
	/* asked by the name that its certificate has */
	snprintf(p->url, sizeof(p->url), "https://%s:%d", node, USUAL);
	p->connect = "127.0.0.1";
	set_token(ask, p);
	set_own_ca(ask, p);
	return 0;
}

/* --- pages ------------------------------------------------------------------------------------ */

static const struct page {
	enum mw_endpoint_id who;
	const char *path; /* of the kubelet's */
	int64_t time;
} pages[] = {
	[MW_KUBELET_PODS] = { MW_ASK_KUBELET, "/pods", MW_ASK_TIME },
	[MW_KUBELET_SUMMARY] = { MW_ASK_KUBELET_STATS, "/stats/summary?only_cpu_and_memory=true",
				 MW_ASK_KUBELET_TIME },
	[MW_KUBELET_CONFIGZ] = { MW_ASK_KUBELET_CONFIG, "/configz", MW_ASK_TIME },
};

/* Where to ask for it, and as whom. @return 0 or -errno, noted */
static int find(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		enum mw_kubelet_page page, struct place *p, struct page *out)
{
	const struct mw_meta_options *o = ask->options;
	const char *node = node_name(ask, source);
	scoped_buf struct buf path = { 0 };
	size_t len;
	int error = 0;

	*out = pages[page];
	if (o->kubelet && !(o->kube_api && page == MW_KUBELET_PODS)) {
		set_base(p, o->kubelet);
		set_token(ask, p);
		set_ca(ask, p);
	} else if (o->kube_api) {
		api_place(ask, p);
		out->time = MW_ASK_KUBELET_TIME;
		if (page == MW_KUBELET_PODS) {
			out->who = MW_ASK_KUBE_API;
			/* 0: from its memory */
			buf_printf(&path,
				   "/api/v1/pods?fieldSelector=spec.nodeName%%3D%s"
				   "&resourceVersion=0",
				   node);
		} else {
			buf_printf(&path, "/api/v1/nodes/%s/proxy%s", node, out->path);
		}
	} else {
		error = own_place(ask, source, s, p);
	}
	buf_puts(&path, path.len ? "" : out->path);
	if (error || path.error)
		return error ? error : path.error;
	len = strlen(p->url);
	if (len + path.len >= sizeof(p->url))
		return -ENAMETOOLONG;
	memcpy(p->url + len, path.at, path.len + 1);
	return 0;
}

/* What did not answer a moment ago need not be asked for another page. */
static bool is_dead(const struct mw_ask *ask)
{
	static const enum mw_endpoint_id pods[] = { MW_ASK_KUBELET, MW_ASK_KUBE_API };

	for (size_t i = 0; i < sizeof(pods) / sizeof(*pods); i++)
		if (ask->endpoints[pods[i]].failures && ask->endpoints[pods[i]].error != -EACCES)
			return true;
	return false;
}

int mw_kubelet_ask(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   enum mw_kubelet_page what, mw_kubelet_read_fn read, void *argument)
{
	struct place place = { .url = "" };
	struct mw_http_request request;
	struct page page;
	int error;

	if (what == MW_KUBELET_CONFIGZ && is_dead(ask))
		return -EAGAIN;
	error = find(ask, source, s, what, &place, &page);
	if (error)
		return error;
	request = (struct mw_http_request){
		.url = place.url,
		.connect = place.connect,
		.token_file = place.token[0] ? place.token : NULL,
		.ca_file = place.ca[0] ? place.ca : NULL,
		.insecure = ask->options->insecure,
		.time = page.time,
		.most = MW_ASK_MOST,
	};
	error = mw_ask_get(ask, page.who, source, s, &request);
	if (error && error != -ENOENT)
		return error;
	if (!error)
		error = read(buf_slice(&ask->answer), argument);
	if (error == -ENOENT || error == -EBADMSG)
		return mw_ask_failed(ask, page.who, source, s, &request, error);
	if (!error)
		mw_ask_answered(ask, page.who);
	return error;
}

/* --- what is asked for ------------------------------------------------------------------------ */

struct asker {
	mw_wanted_fn wanted;
	void *argument;
	struct mw_snapshot *s;
	int64_t now;
};

static int read_pods(struct slice json, void *argument)
{
	const struct asker *a = argument;

	return mw_kubelet_pods_parse(json, a->wanted, a->argument);
}

int mw_kubelet_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    mw_wanted_fn wanted, void *argument)
{
	struct asker a = { .wanted = wanted, .argument = argument };

	return mw_kubelet_ask(ask, source, s, MW_KUBELET_PODS, read_pods, &a);
}

static int read_summary(struct slice json, void *argument)
{
	const struct asker *a = argument;

	return mw_kubelet_summary_parse(json, a->now, a->s);
}

int mw_kubelet_summary(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s)
{
	/* the clock since boot, as the clock on the wall */
	struct asker a = {
		.s = s, .now = source->machine.taken_at + mw_clock(source) - source->machine.clock
	};

	return mw_kubelet_ask(ask, source, s, MW_KUBELET_SUMMARY, read_summary, &a);
}
