/* One HTTP request at a time, over TCP or a Unix socket, bounded in time and size. libcurl is loaded
 * when it is first used: most runs ask nobody, and should not wait for it. Without it, at build or
 * at run time, every request is -ENOSYS. */
#ifndef MW_META_ASK_HTTP_H
#define MW_META_ASK_HTTP_H

#include "base/buf.h"

struct mw_http;

struct mw_http_request {
	const char *socket;     /* Unix socket, or NULL = TCP */
	const char *url;        /* "http://d/containers/json", "https://10.0.0.7:10250/pods" */
	const char *connect;    /* host to connect to in place of the URL's, or NULL */
	const char *token_file; /* bearer token, or NULL; read for each request: it is rotated */
	const char *ca_file;    /* NULL = the system's */
	bool insecure;          /* the certificate is not checked */
	int64_t time;           /* ns for all of it, connecting included */
	size_t most;            /* bytes of the answer */
};

/** @out freed with mw_http_free(); it keeps connections for later requests
 *  @return 0, -ENOSYS: no libcurl, -ENOMEM */
int mw_http_new(struct mw_http **out);
void mw_http_free(struct mw_http *http);

/** GET. No redirect is followed, no proxy, cookie or .netrc used, no other protocol than HTTP and
 *  HTTPS spoken. The token goes over HTTPS, a Unix socket or to this machine (localhost, 127.*, ::1)
 *  only: anybody on the way could read it; the request is made without it elsewhere.
 *  @out  the body, emptied first; it may hold anything
 *  @return 0 on status 200, or
 *    -ENOENT        status 404
 *    -ENXIO         no such socket
 *    -ECONNREFUSED  nobody listens
 *    -EHOSTUNREACH  no way to the host, or no such name
 *    -EACCES        the socket or the token file may not be used; status 401, 403
 *    -ETIMEDOUT     no whole answer in time
 *    -EFBIG         a longer answer
 *    -ECONNRESET    the connection ended before the answer did
 *    -EREMOTEIO     another status
 *    -EPROTO        no HTTP
 *    -ENOTSUP       a certificate that is not trusted
 *    -EINVAL        no URL of HTTP or HTTPS, or a socket's path that is too long
 *    -ENOMEM */
int mw_http_get(struct mw_http *http, const struct mw_http_request *request, struct buf *out);

/** Whether the program was built for libcurl. */
bool mw_http_built(void);
/** "libcurl 7.88.1", or NULL: not built for it, or it is not here. Loads it. */
const char *mw_http_version(void);

#endif
