#include "meta/ask/ask.h"
#include "base/scoped.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SECOND ((int64_t)1000000000)

enum {
	WAIT_FIRST_S = 10,
	WAIT_MOST_S = 600,
	ANSWER_KEPT = 256 << 10, /* memory for answers that is kept between sweeps */
};

void mw_ask_init(struct mw_ask *ask, const struct mw_meta_options *options)
{
	*ask = (struct mw_ask){ .options = options };
}

void mw_ask_release(struct mw_ask *ask)
{
	mw_http_free(ask->http);
	buf_release(&ask->answer);
	for (size_t i = 0; i < MW_ENDPOINTS; i++)
		free(ask->endpoints[i].path);
}

/* --- what went wrong -------------------------------------------------------------------------- */

static const char *denied(enum mw_endpoint_id who)
{
	static const char *const texts[MW_ENDPOINTS] = {
		[MW_ASK_DOCKER] = N_("root and the group docker may ask it"),
		[MW_ASK_PODMAN] = N_("root may ask it"),
		[MW_ASK_PODMAN_USERS] = N_(
			"root and the user whose containers they are may ask it"),
		[MW_ASK_KUBELET] = N_(
			"it wants a token (--kube-token) that may get nodes/pods or nodes/proxy"),
		[MW_ASK_KUBELET_STATS] = N_(
			"it wants a token (--kube-token) that may get nodes/stats"),
		[MW_ASK_KUBELET_CONFIG] = N_(
			"it wants a token (--kube-token) that may get nodes/configz or nodes/proxy"),
		[MW_ASK_KUBE_API] = N_("it wants another token (--kube-token), with pods allowed"),
	};

	if (who > MW_ASK_PODMAN_USERS && who <= MW_ASK_PODMAN_USERS_LAST)
		who = MW_ASK_PODMAN_USERS;
	return texts[who];
}

static const char *too_late(int64_t time)
{
	static const struct {
		int64_t time;
		const char *text;
	} texts[] = {
		{ MW_ASK_TIME, N_("no answer within 200 ms") },
		{ MW_ASK_KUBELET_TIME, N_("no answer within 500 ms") },
		{ MW_ASK_STATS_TIME, N_("no answer within 1.2 s") },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].time == time)
			return texts[i].text;
	return N_("no answer in time");
}

static const char *reason(enum mw_endpoint_id who, const struct mw_http_request *request, int error)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{ -ENOSYS, N_("not asked: libcurl is not here, or memwhy was built without it") },
		{ -ENXIO, N_("there is no such socket") },
		{ -ENOENT, N_("another server, which does not know what it is asked for") },
		{ -ECONNREFUSED, N_("nobody listens there") },
		{ -EHOSTUNREACH, N_("there is no way to that host") },
		{ -EFBIG, N_("the answer is longer than is read") },
		{ -ECONNRESET, N_("the connection ended before the answer did") },
		{ -EREMOTEIO, N_("it answers with an error") },
		{ -EPROTO, N_("it does not answer as HTTP does") },
		{ -ENOTSUP, N_("its certificate is not trusted (--kube-ca)") },
		{ -EINVAL, N_("no address that can be asked") },
		{ -EBADMSG, N_("the answer was not understood") },
	};

	if (error == -EACCES)
		return denied(who);
	if (error == -ETIMEDOUT)
		return too_late(request->time);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].error == error)
			return texts[i].text;
	return NULL;
}

/* Sockets are shown as files are. */
static struct slice shown(const struct mw_ask *ask, const struct mw_http_request *request)
{
	const char *root = ask->options->root ? ask->options->root : "/";
	struct slice path = slice_of(request->socket ? request->socket : request->url);

	if (request->socket && slice_word(&path, root))
		slice_word(&path, "/");
	return path;
}

static void note(const struct mw_endpoint *e, struct mw_snapshot *s, int64_t now)
{
	int64_t wait = e->not_before - now;

	if (e->path)
		mw_snapshot_problem_again(s, slice_of(e->path), e->error, e->what,
					  wait > 0 ? (uint32_t)((wait + SECOND - 1) / SECOND) : 0);
}

void mw_ask_remind(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s)
{
	int64_t now = mw_clock(source);

	for (size_t i = 0; i < MW_ENDPOINTS; i++)
		if (ask->endpoints[i].failures && now < ask->endpoints[i].not_before)
			note(&ask->endpoints[i], s, now);
}

int mw_ask_failed(struct mw_ask *ask, enum mw_endpoint_id who, struct mw_source *source,
		  struct mw_snapshot *s, const struct mw_http_request *request, int error)
{
	struct mw_endpoint *e = &ask->endpoints[who];
	int64_t now = mw_clock(source), wait = WAIT_FIRST_S;
	struct slice path = shown(ask, request);

	for (unsigned i = 0; i < e->failures && wait < WAIT_MOST_S; i++)
		wait *= 2;
	e->failures++;
	e->not_before = now + (wait < WAIT_MOST_S ? wait : WAIT_MOST_S) * SECOND;
	e->error = error;
	e->what = reason(who, request, error);
	free(e->path);
	e->path = strndup(path.at, path.len);
	note(e, s, now);
	return error;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int get(struct mw_ask *ask, const struct mw_http_request *request)
{
	int error = ask->http ? 0 : mw_http_new(&ask->http);

	if (!error && ask->answer.cap > ANSWER_KEPT)
		buf_release(&ask->answer);
	ask->answer.limit = MW_ASK_MOST;
	return error ? error : mw_http_get(ask->http, request, &ask->answer);
}

int mw_ask_get(struct mw_ask *ask, enum mw_endpoint_id who, struct mw_source *source,
	       struct mw_snapshot *s, const struct mw_http_request *request)
{
	struct mw_endpoint *e = &ask->endpoints[who];
	int64_t now = mw_clock(source);
	int error;

	if (e->failures && now < e->not_before) {
		note(e, s, now);
		return -EAGAIN;
	}
	error = get(ask, request);
	if (error == -ENOMEM)
		return error;
	if (error && error != -ENOENT)
		return mw_ask_failed(ask, who, source, s, request, error);
	return error;
}

void mw_ask_answered(struct mw_ask *ask, enum mw_endpoint_id who)
{
	ask->endpoints[who].failures = 0;
}

int mw_ask_question(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    const struct mw_question *q)
{
	scoped_buf struct buf url = { 0 };
	struct mw_http_request request = {
		.socket = *q->at->socket ? q->at->socket : NULL,
		.time = q->time ? q->time : MW_ASK_TIME,
		.most = MW_ASK_MOST,
	};
	int error;

	buf_puts(&url, q->at->base);
	buf_puts(&url, q->path);
	if (url.error)
		return url.error;
	request.url = url.at;
	error = mw_ask_get(ask, q->who, source, s, &request);
	if (!error)
		error = q->read(buf_slice(&ask->answer), q->argument);
	if (error == -EBADMSG || (error == -ENOENT && !q->may_be_absent))
		return mw_ask_failed(ask, q->who, source, s, &request, error);
	if (!error)
		mw_ask_answered(ask, q->who);
	return error;
}

/* --- where to ask ----------------------------------------------------------------------------- */

static bool put(char *out, size_t size, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(out, size, format, arguments);
	va_end(arguments);
	return len >= 0 && (size_t)len < size;
}

int mw_listener_given(struct mw_snapshot *s, const char *given, struct mw_listener *out)
{
	struct slice rest = slice_of(given);
	struct mw_listener place = { .base = "http://d" };
	bool fits = false;

	if (slice_word(&rest, "unix://"))
		fits = put(place.socket, sizeof(place.socket), "%s", rest.at);
	else if (slice_word(&rest, "tcp://") || slice_word(&rest, "http://"))
		fits = put(place.base, sizeof(place.base), "http://%s", rest.at);
	while (slice_ends(slice_of(place.base), "/"))
		place.base[strlen(place.base) - 1] = '\0';
	if (!fits || !rest.len) {
		mw_snapshot_problem(s, slice_of(given), 0, -ENOTSUP,
				    N_("only unix:// and tcp:// without TLS are asked"));
		return -ENOTSUP;
	}
	*out = place;
	return 0;
}

int mw_listener_socket(const struct mw_ask *ask, struct mw_source *source, const char *path,
		       struct mw_listener *out)
{
	const char *root = ask->options->root ? ask->options->root : "/";
	struct mw_dir at = mw_root(source);
	struct mw_listener place = { .base = "http://d" };
	struct mw_stat st;
	int error = mw_stat(&at, path, &st);

	/* what may not be looked at may well be there: asking tells */
	if (error ? error != -EACCES : !S_ISSOCK(st.mode))
		return -ENOENT;
	if (!put(place.socket, sizeof(place.socket), "%s%s%s", root,
		 slice_ends(slice_of(root), "/") ? "" : "/", path))
		return -ENOENT;
	*out = place;
	return 0;
}
