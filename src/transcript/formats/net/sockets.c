/* TCP sockets as ss and netstat list them, one line each or, with -m and -i, two:
 *
 *	CLOSE-WAIT 101 0 10.0.0.7:8080 10.0.0.9:59940 users:(("java",pid=69,fd=14))
 *		 skmem:(r932,rb131072,t0,tb3939840,f3164,w0,o0,bl0,d0)
 *	tcp        101      0 10.0.0.7:8080    10.0.0.9:59940    CLOSE_WAIT  69/java
 *
 * Rows tell what they are: headers are often cut off or in the user's language. Sockets of other
 * kinds (ss -a, netstat -a) belong to the listing and are not counted. */
#include "base/buf.h"
#include "collect/tcp.h"
#include "transcript/format.h"

#include <arpa/inet.h>
#include <errno.h>

enum { TITLES = 4 };

static const char *const tcp[] = { "tcp", "tcp6", "tcp4", NULL };
static const char *const no_tcp[] = { "udp",   "udp6",  "udplite", "udpl",  "raw",   "raw6",
				      "icmp6", "unix",  "u_str",   "u_dgr", "u_seq", "nl",
				      "p_raw", "p_dgr", "v_str",   "v_dgr", "mptcp", "sctp",
				      "dccp",  "xdp",   "tipc",    "???",   NULL };

/* What else a socket's second line begins with or has in it. */
static const char *const marks[] = { "skmem:(", "users:((", "cwnd:", " ino:",
				     "timer:(", " rto:",    NULL };

static bool one_of(struct slice word, const char *const *list)
{
	for (; *list; list++)
		if (slice_is(word, *list))
			return true;
	return false;
}

static bool has(struct slice text, const char *what)
{
	return slice_after(&text, what);
}

/* --- one row ---------------------------------------------------------------------------------- */

struct row {
	struct mw_tcp_socket socket;
	struct slice rest; /* behind the addresses */
	bool other;        /* no TCP */
};

/* "10.0.0.9:80", "[::1]:80", ":::80", "*:*", "10.0.0.9%eth0:80", "host:http" */
static bool is_address(struct slice word, struct slice *host)
{
	struct slice port = slice_last(word, ':');

	if (!port.len || port.len == word.len)
		return false;
	word.len -= port.len + 1;
	if (slice_word(&word, "[") && slice_ends(word, "]"))
		word.len--;
	if (!slice_until(&word, '%', host))
		*host = word;
	return true;
}

/* A name stays unknown: all zero. */
static void set_peer(struct slice host, uint32_t *out)
{
	static const uint32_t mapped[] = { 0, 0, 0xffff0000u };
	char text[INET6_ADDRSTRLEN];

	if (host.len >= sizeof(text))
		return;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	if (inet_pton(AF_INET6, text, out) != 1 && inet_pton(AF_INET, text, &out[3]) == 1 && out[3])
		memcpy(out, mapped, sizeof(mapped));
}

/* "Recv-Q Send-Q Local Peer", and what is behind. */
static bool take_queues(struct slice *rest, struct row *out)
{
	struct slice local, peer, host;

	if (!slice_u64(rest, &out->socket.recv) || !slice_u64(rest, &out->socket.send) ||
	    !slice_token(rest, &local) || !is_address(local, &host) || !slice_token(rest, &peer) ||
	    !is_address(peer, &host))
		return false;
	set_peer(host, out->socket.peer);
	out->rest = *rest;
	return true;
}

static bool is_digit(struct slice word)
{
	return (unsigned char)(*word.at - '0') < 10;
}

/* @state  of rows that do not say it: `ss state close-wait` leaves the column out; 0 = they do */
static bool parse_row(struct slice line, unsigned state, struct row *out)
{
	struct slice rest = line, word;
	bool named;

	memset(out, 0, sizeof(*out));
	if (!slice_token(&rest, &word))
		return false;
	if (one_of(word, no_tcp)) {
		/* "nl UNCONN 0 0 …", "udp 0 0 …", "unix 2 [ ] …": unlike a sentence */
		out->other = slice_token(&rest, &word) && (mw_tcp_state(word) || is_digit(word)) &&
			     slice_token(&rest, &word) && (is_digit(word) || *word.at == '[') &&
			     slice_token(&rest, &word);
		return out->other;
	}
	named = one_of(word, tcp);
	if (named) {
		line = rest;
		if (!slice_token(&rest, &word))
			return false;
	}
	out->socket.state = mw_tcp_state(word);
	if (out->socket.state)
		return take_queues(&rest, out);
	if (!take_queues(&line, out))
		return false;
	out->socket.state = state;
	if (named && slice_token(&line, &word) && mw_tcp_state(word)) {
		out->socket.state = mw_tcp_state(word);
		out->rest = line;
	}
	return out->socket.state != 0;
}

/* "CLOSE-WAIT" of `ss -tn state close-wait`; 0 when it names several or none. */
static unsigned filtered(const struct mw_paste_command *c)
{
	struct slice rest = c ? c->arguments : (struct slice){ "", 0 }, word;
	unsigned state = 0, count = 0;
	char upper[16];

	while (slice_after(&rest, "state ") && slice_token(&rest, &word)) {
		if (word.len >= sizeof(upper))
			return 0;
		for (size_t i = 0; i < word.len; i++)
			upper[i] = (char)(word.at[i] >= 'a' && word.at[i] <= 'z' ? word.at[i] - 32
										 : word.at[i]);
		state = mw_tcp_state((struct slice){ upper, word.len });
		count++;
	}
	return count == 1 ? state : 0;
}

/* --- the block -------------------------------------------------------------------------------- */

static bool is_header(const struct mw_paste *p, size_t line)
{
	struct slice text = p->lines[line].text;

	if (has(text, "Recv-Q") || (has(text, "RefCnt") && has(text, "Flags")))
		return true;
	/* netstat's title, translated or not: "Active UNIX domain sockets", "激活Internet连接" */
	return line + 1 < p->count && (has(text, "Internet") || has(text, "UNIX")) &&
	       (has(p->lines[line + 1].text, "Recv-Q") || has(p->lines[line + 1].text, "RefCnt"));
}

static bool continues(struct slice line)
{
	if (!line.len || !slice_blank(*line.at))
		return false;
	for (const char *const *m = marks; *m; m++)
		if (has(line, *m))
			return true;
	return false;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	unsigned state = filtered(hint);
	size_t end = line, rows = 0, all = 0;
	struct row row;

	for (size_t n = line; n < paste->count && paste->lines[n].file == paste->lines[line].file;
	     n++) {
		const struct mw_paste_line *l = &paste->lines[n];

		/* titles only */
		if (!all && n - line > TITLES)
			break;
		if (l->kind == MW_LINE_ELLIPSIS && n > line) {
			b->cut = true;
		} else if (l->kind == MW_LINE_PROMPT || (l->kind == MW_LINE_BLANK && n > end)) {
			/* a socket without memory has an empty second line */
			break;
		} else if (l->kind == MW_LINE_BLANK) {
			continue;
		} else if (parse_row(l->text, state, &row)) {
			rows += !row.other;
			all++;
			end = n + 1;
		} else if (!is_header(paste, n) && !(n > line && continues(l->text))) {
			/* remarks stand between rows */
			if (l->kind != MW_LINE_REMARK || n == line)
				break;
		} else if (n > line && all) {
			end = n + 1;
		}
	}
	b->keys = (uint32_t)rows;
	b->certainty = MW_SURE;
	return all ? end - line : 0;
}

/* --- owners ----------------------------------------------------------------------------------- */

struct owner {
	struct mw_entity *process;
	struct mw_tcp_sum sums[MW_TCP_STATES];
};

struct tally {
	struct mw_reading *r;
	struct mw_tcp_sum sums[MW_TCP_STATES];
	struct buf owners; /* of struct owner *, in the order of their rows */
	struct row row;    /* the socket whose lines are being read */
	bool open;
};

static int add_to(struct tally *t, uint64_t pid, struct slice comm)
{
	struct mw_entity *e = mw_reading_process(t->r, pid, comm);
	struct owner *o;

	if (!e)
		return -ENOMEM;
	if (e->index >= t->owners.len / sizeof(o)) {
		o = arena_new(t->r->arena, struct owner);
		if (!o)
			return -ENOMEM;
		memset(o, 0, sizeof(*o));
		o->process = e;
		buf_add(&t->owners, (struct slice){ (const char *)&o, sizeof(o) });
		if (t->owners.error)
			return t->owners.error;
	}
	memcpy(&o, t->owners.at + e->index * sizeof(o), sizeof(o));
	mw_tcp_add(o->sums, &t->row.socket);
	return 0;
}

/* users:(("nginx",pid=12,fd=5),("nginx",pid=13,fd=5)); before iproute2 4.0 ("nginx",12,5) */
static int add_users(struct tally *t, struct slice rest)
{
	uint64_t last = 0, pid = 0;
	struct slice comm;
	int error = 0;

	while (!error && slice_after(&rest, "(\"") && slice_until(&rest, '"', &comm)) {
		if (!slice_word(&rest, ","))
			continue;
		slice_word(&rest, "pid=");
		/* a socket may stand twice among a process' descriptors */
		if (slice_u64(&rest, &pid) && pid && pid != last)
			error = add_to(t, pid, comm);
		last = pid;
	}
	return error;
}

/* "69/java", "69/nginx: worker" */
static int add_program(struct tally *t, struct slice rest)
{
	struct slice word, name;
	uint64_t pid;

	while (slice_token(&rest, &word))
		if (slice_u64(&word, &pid) && pid && slice_word(&word, "/")) {
			if (!slice_until(&word, ':', &name))
				name = word;
			return add_to(t, pid, slice_last(name, '/'));
		}
	return 0;
}

/* What its queues hold: received, being sent (or a part of that which is with the device), backlog. */
static void take_memory(struct slice rest, struct mw_tcp_socket *x)
{
	uint64_t received = 0, queued = 0, sent = 0, backlog = 0, v;
	static const char *const names[] = { "r", "w", "t", "bl" };
	uint64_t *const places[] = { &received, &queued, &sent, &backlog };
	struct slice list, item;

	if (!slice_after(&rest, "mem:(") || !slice_until(&rest, ')', &list))
		return;
	while (list.len) {
		if (!slice_until(&list, ',', &item)) {
			item = list;
			list.len = 0;
		}
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			struct slice number = item;

			if (slice_word(&number, names[i]) && slice_u64(&number, &v) && !number.len)
				*places[i] = v <= UINT32_MAX ? v : 0;
		}
	}
	x->memory = received + (queued > sent ? queued : sent) + backlog;
	x->has_memory = true;
}

static int finish(struct tally *t, struct slice users)
{
	if (!t->open)
		return 0;
	t->open = false;
	mw_tcp_add(t->sums, &t->row.socket);
	if (slice_after(&users, "users:("))
		return add_users(t, (struct slice){ users.at - 1, users.len + 1 });
	return add_program(t, t->row.rest);
}

static int read_lines(struct tally *t, const struct mw_block *b)
{
	unsigned state = filtered(b->command);
	struct slice users = { "", 0 };
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice line = mw_block_line(t->r, b, i)->text;
		struct row row;

		if (parse_row(line, state, &row)) {
			error = finish(t, users);
			t->row = row;
			t->open = !row.other;
			users = row.rest;
		} else if (!continues(line)) {
			continue;
		} else if (has(line, "users:(")) {
			users = line;
		}
		take_memory(line, &t->row.socket);
	}
	return error ? error : finish(t, users);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct tally t = { .r = r };
	int error = read_lines(&t, b);

	if (!error)
		error = mw_tcp_rows(r->s, NULL, t.sums);
	for (size_t i = 0; i < t.owners.len / sizeof(struct owner *) && !error; i++) {
		struct owner *o;

		memcpy(&o, t.owners.at + i * sizeof(o), sizeof(o));
		error = mw_tcp_rows(r->s, o->process, o->sums);
	}
	buf_release(&t.owners);
	return error;
}

const struct mw_format mw_format_sockets = {
	.id = "sockets",
	.name = N_("TCP sockets (ss, netstat)"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
