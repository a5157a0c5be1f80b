/* /proc/net/sockstat and sockstat6 (net/ipv4/proc.c), whole or what grep left of them:
 *
 *	TCP: inuse 38 orphan 0 tw 24 alloc 41 mem 139 */
#include "collect/node/node.h"
#include "transcript/format.h"

#include <errno.h>

static const char *const protocols[] = { "sockets", "TCP",  "UDP",      "UDPLITE", "RAW",  "FRAG",
					 "TCP6",    "UDP6", "UDPLITE6", "RAW6",    "FRAG6" };

enum { PROTOCOLS = sizeof(protocols) / sizeof(*protocols) };

/* @return which protocol; PROTOCOLS: no such line */
static size_t protocol_of(struct slice line)
{
	struct slice name, word;
	size_t i = 0;
	uint64_t v;

	line = slice_trim(line);
	if (!slice_until(&line, ':', &name) || !slice_token(&line, &word) ||
	    !(slice_is(word, "inuse") || slice_is(word, "used")) || !slice_u64(&line, &v))
		return PROTOCOLS;
	while (i < PROTOCOLS && !slice_is(name, protocols[i]))
		i++;
	return i;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	bool seen[PROTOCOLS] = { false };
	size_t n = line;

	while (n < paste->count) {
		size_t i = protocol_of(mw_line_bare(&paste->lines[n]));

		if (i == PROTOCOLS || seen[i])
			break;
		seen[i] = true;
		b->keys++;
		n++;
	}
	b->certainty = MW_SURE;
	return n - line;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct slice text = mw_reading_text(r);
	struct mw_parse_error at;
	int error = mw_parse_sockstat(r->s, text, &at);

	return error ? error : mw_parse_sockstat6(r->s, text, &at);
}

const struct mw_format mw_format_sockstat = {
	.id = "sockstat",
	.name = N_("/proc/net/sockstat"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
