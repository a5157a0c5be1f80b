#include "collect/sockets/diag.h"

#include <netinet/in.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(const struct mw_diag_socket *x, void *argument)
{
	return mw_socket_add(argument, &x->sum, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mw_diag_query queries[] = { { AF_INET, IPPROTO_TCP, 0, 0 },
							{ AF_UNIX, 0, 0, 0 } };

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct mw_socket_table table = { 0 };
		bool done = false;

		mw_diag_parse(&queries[i], (struct slice){ (const char *)data, size }, take, &table,
			      &done);
		mw_socket_table_release(&table);
	}
	return 0;
}
