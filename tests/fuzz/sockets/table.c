#include "collect/sockets/table.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sockets(const struct mw_socket_table *t)
{
	uint64_t all = 0;

	for (size_t i = 0; i < t->count; i++)
		all += t->at[i].count;
	return all;
}

/* What is written is read again as it was. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_socket_table table = { 0 }, again = { 0 };
	struct mw_parse_error at;
	struct buf text = { 0 };

	mw_socket_table_read(&table, (struct slice){ (const char *)data, size }, &at);
	mw_socket_table_write(&table, &text);
	/* what adds up beyond what a machine can have is refused */
	if (!mw_socket_table_read(&again, buf_slice(&text), &at) &&
	    sockets(&again) != sockets(&table))
		abort();
	if (s)
		mw_socket_rows(s, &table, true);
	mw_snapshot_free(s);
	mw_socket_table_release(&table);
	mw_socket_table_release(&again);
	buf_release(&text);
	return 0;
}
