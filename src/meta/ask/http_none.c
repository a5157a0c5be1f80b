/* In the place of http.c where libcurl's headers were not there. */
#include "meta/ask/http.h"

#include <errno.h>
#include <stddef.h>

int mw_http_new(struct mw_http **out)
{
	(void)out;
	return -ENOSYS;
}

void mw_http_free(struct mw_http *http)
{
	(void)http;
}

int mw_http_get(struct mw_http *http, const struct mw_http_request *request, struct buf *out)
{
	(void)http;
	(void)request;
	(void)out;
	return -ENOSYS;
}

bool mw_http_built(void)
{
	return false;
}

const char *mw_http_version(void)
{
	return NULL;
}
