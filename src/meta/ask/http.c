#include "meta/ask/http.h"
#include "base/scoped.h"

/* what is marked as old is what old libraries know, too */
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/un.h>

enum {
	HEADERS_MOST = 64 << 10, /* all headers of an answer, its trailers and "100 Continue"s */
	TOKEN_MOST = 16 << 10,
};

struct mw_http {
	CURL *easy;
};

/* --- the library ------------------------------------------------------------------------------ */

#define FUNCTIONS(X)      \
	X(global_init)    \
	X(easy_init)      \
	X(easy_setopt)    \
	X(easy_perform)   \
	X(easy_getinfo)   \
	X(easy_reset)     \
	X(easy_cleanup)   \
	X(slist_append)   \
	X(slist_free_all) \
	X(version)

/* Once loaded it stays: its own libraries do not like to be unloaded. */
static struct {
	bool tried, loaded;
#define X(name) __typeof__(curl_##name) *name;
	FUNCTIONS(X)
#undef X
} curl;

static bool find_functions(void *library)
{
	static const struct {
		const char *name;
		void *at;
	} wanted[] = {
#define X(name) { "curl_" #name, &curl.name },
		FUNCTIONS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		void *function = dlsym(library, wanted[i].name);

		if (!function)
			return false;
		memcpy(wanted[i].at, &function, sizeof(function));
	}
	return true;
}

static bool load(void)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
	void *library = NULL;

	if (curl.tried)
		return curl.loaded;
	curl.tried = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	curl.loaded = library && find_functions(library) && !curl.global_init(CURL_GLOBAL_DEFAULT);
	return curl.loaded;
}

bool mw_http_built(void)
{
	return true;
}

/* "libcurl/7.88.1 OpenSSL/3.0.11 …" */
const char *mw_http_version(void)
{
	static char text[64];
	struct slice all, name;

	if (!load())
		return NULL;
	all = slice_of(curl.version());
	if (!slice_token(&all, &name) || name.len >= sizeof(text))
		return NULL;
	for (size_t i = 0; i < name.len; i++)
		text[i] = name.at[i] == '/' ? ' ' : name.at[i];
	return text;
}

int mw_http_new(struct mw_http **out)
{
	struct mw_http *http;

	if (!load())
		return -ENOSYS;
	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	http->easy = curl.easy_init();
	if (!http->easy) {
		free(http);
		return -ENOMEM;
	}
	*out = http;
	return 0;
}

void mw_http_free(struct mw_http *http)
{
	if (!http)
		return;
	curl.easy_cleanup(http->easy);
	free(http);
}

/* --- the token -------------------------------------------------------------------------------- */

/* The host of a URL, without brackets and port. */
static struct slice host_of(const char *url)
{
	struct slice rest = slice_of(url), host;
	size_t end = 0;

	slice_after(&rest, "://");
	if (memchr(rest.at, '@',
		   rest.len)) /* "http://localhost@elsewhere": nobody writes that in good faith */
		return SLICE("");
	if (slice_word(&rest, "["))
		return slice_until(&rest, ']', &host) ? host : SLICE("");
	while (end < rest.len && !strchr(":/?#", rest.at[end]))
		end++;
	return (struct slice){ rest.at, end };
}

/* 127.0.0.1, not 127.0.0.1.example.org */
static bool is_loopback(struct slice host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] != '.' && !isdigit((unsigned char)host.at[i]))
			return slice_is(host, "localhost") || slice_is(host, "::1");
	return slice_begins(host, "127.");
}

static bool is_private(const struct mw_http_request *request)
{
	return request->socket || slice_begins(slice_of(request->url), "https://") ||
	       is_loopback(host_of(request->url));
}

/* "Authorization: Bearer …" @return 0, -EACCES */
static int read_token(const char *path, struct buf *out)
{
	/* O_NONBLOCK: a FIFO must not hold us */
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char text[TOKEN_MOST];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	struct slice token;

	if (len <= 0 || len == sizeof(text))
		return -EACCES;
	token = slice_trim((struct slice){ text, (size_t)len });
	for (size_t i = 0; i < token.len; i++)
		if (!isgraph((unsigned char)token.at[i]))
			return -EACCES;
	buf_puts(out, "Authorization: Bearer ");
	buf_add(out, token);
	return out->error;
}

/* --- a request -------------------------------------------------------------------------------- */

struct transfer {
	struct buf *body;
	size_t most, headers;
	int error; /* why it was broken off, -errno */
};

static size_t on_body(char *data, size_t size, size_t count, void *argument)
{
	struct transfer *t = argument;
	size_t len = size * count;

	if (len > t->most - t->body->len)
		t->error = -EFBIG;
	else
		buf_add(t->body, (struct slice){ data, len });
	if (t->body->error)
		t->error = t->body->error;
	return t->error ? 0 : len;
}

static size_t on_header(char *data, size_t size, size_t count, void *argument)
{
	struct transfer *t = argument;
	size_t len = size * count;

	(void)data;
	t->headers += len;
	if (t->headers > HEADERS_MOST)
		t->error = -EPROTO;
	return t->error ? 0 : len;
}

/* Options that a library is too old for are defaults there, or not known to it at all. */
static void set_up(CURL *easy, const struct mw_http_request *request, struct transfer *t)
{
	long time = (long)((request->time + 999999) / 1000000);

	curl.easy_reset(easy);
	curl.easy_setopt(easy, CURLOPT_URL, request->url);
	if (request->socket)
		curl.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->socket);
	curl.easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl.easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl.easy_setopt(easy, CURLOPT_PROXY, "");
	curl.easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl.easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl.easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl.easy_setopt(easy, CURLOPT_USERAGENT, "memwhy");
	curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, time > 0 ? time : 1L);
	curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, time > 0 ? time : 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* a name server that does not answer is not waited for */
	curl.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->most);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl.easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl.easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->insecure ? 0L : 1L);
	curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->insecure ? 0L : 2L);
	if (request->ca_file)
		curl.easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
}

static int not_connected(CURL *easy)
{
	long error = 0;

	curl.easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	switch (error) {
	case ENOENT:
	case ENOTDIR: return -ENXIO;
	case EACCES:
	case EPERM: return -EACCES;
	case ENETUNREACH:
	case EHOSTUNREACH: return -EHOSTUNREACH;
	case ETIMEDOUT: return -ETIMEDOUT;
	default: return -ECONNREFUSED;
	}
}

static int of_status(CURL *easy)
{
	long status = 0;

	curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	switch (status) {
	case 200: return 0;
	case 401:
	case 403: return -EACCES;
	case 404: return -ENOENT;
	default: return -EREMOTEIO;
	}
}

static int of_result(CURL *easy, CURLcode code, const struct transfer *t)
{
	switch (code) {
	case CURLE_OK: return of_status(easy);
	case CURLE_HTTP_RETURNED_ERROR: return of_status(easy);
	case CURLE_COULDNT_CONNECT: return not_connected(easy);
	case CURLE_COULDNT_RESOLVE_HOST: return -EHOSTUNREACH;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_FILESIZE_EXCEEDED: return -EFBIG;
	case CURLE_WRITE_ERROR: return t->error ? t->error : -EPROTO;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR: return -ECONNRESET;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR: return -ENOTSUP;
	case CURLE_URL_MALFORMAT:
	case CURLE_LOGIN_DENIED: return -EINVAL;
	/* CURLE_OUT_OF_MEMORY, too: a header line longer than it takes is one */
	default: return -EPROTO;
	}
}

int mw_http_get(struct mw_http *http, const struct mw_http_request *request, struct buf *out)
{
	struct transfer t = { out, request->most, 0, 0 };
	scoped_buf struct buf token = { 0 };
	struct curl_slist *headers = NULL, *connect = NULL;
	char host[300];
	int error = 0;

	buf_clear(out);
	if (!slice_begins(slice_of(request->url), "http://") &&
	    !slice_begins(slice_of(request->url), "https://"))
		return -EINVAL;
	if (request->socket &&
	    strlen(request->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return -EINVAL;
	if (request->token_file && is_private(request))
		error = read_token(request->token_file, &token);
	if (error)
		return error;
	set_up(http->easy, request, &t);
	if (token.len) {
		headers = curl.slist_append(NULL, token.at);
		if (!headers)
			return -ENOMEM;
		curl.easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
	}
	if (request->connect) {
		/* any host, any port: that host, the same port */
		snprintf(host, sizeof(host), "::%s:", request->connect);
		connect = curl.slist_append(NULL, host);
		curl.easy_setopt(http->easy, CURLOPT_CONNECT_TO, connect);
	}
	error = of_result(http->easy, curl.easy_perform(http->easy), &t);
	/* nothing of this call is left behind in it */
	curl.easy_reset(http->easy);
	curl.slist_free_all(headers);
	curl.slist_free_all(connect);
	return error;
}
