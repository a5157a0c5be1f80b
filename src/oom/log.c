/* Lines in, reports out: takes envelopes off, tells streams apart, gives each message to its
 * report. */
#include "base/index.h"
#include "oom/parts.h"

#include <errno.h>
#include <stdlib.h>

enum {
	STREAMS = 64,
	OPEN_REPORTS = 8,
	RECENT = 16,
	MOST_LINES = 64, /* of one message */
};

#define US_PER_S UINT64_C(1000000)

/* Messages of one machine, in their order. */
struct stream {
	uint64_t host; /* hash; 0 = not told */
	const char *host_name;
	uint64_t last_hash;   /* of its latest message that mattered */
	uint64_t last_uptime; /* UINT64_MAX = never told */
	bool failure;         /* a page allocation failure was reported after the last kill began */
	enum mw_origin origin; /* of its latest line */
};

struct mw_oom_log {
	struct arena *arena;
	struct mw_oom_rule rule;
	struct mw_stamp_rule stamp;
	struct stream streams[STREAMS];
	uint32_t stream_count;
	uint32_t current; /* the stream that a line without an envelope goes to */
	bool foreign;     /* the latest line was another program's */
	struct mw_oom_building *open, **tail; /* oldest first */
	uint32_t open_count;
	struct mw_oom_report **done; /* heap */
	uint32_t done_count, done_room;
	struct mw_oom_journal journal;
	struct buf text; /* a message without escapes */
	const char *file;
	uint64_t number;
	int error;
};

struct mw_oom_rule mw_oom_rule_of(const struct mw_machine *machine)
{
	return (struct mw_oom_rule){
		.page_size = machine->page_size,
		.now = machine->taken_at,
		.boot = machine->taken_at && machine->clock ? machine->taken_at - machine->clock
							    : 0,
		.swap_total = MW_OOM_NOT_TOLD,
	};
}

struct mw_oom_log *mw_oom_log_new(struct arena *arena, const struct mw_oom_rule *rule)
{
	struct mw_oom_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->arena = arena;
	log->rule = *rule;
	if (!log->rule.page_size)
		log->rule.page_size = 4096;
	if (!log->rule.swap_total)
		log->rule.swap_total = MW_OOM_NOT_TOLD;
	log->stamp = (struct mw_stamp_rule){ rule->now, rule->zone };
	log->tail = &log->open;
	return log;
}

static void free_building(struct mw_oom_building *b)
{
	free(b->rows);
	free(b->killed);
	free(b->zones);
	free(b);
}

void mw_oom_log_free(struct mw_oom_log *log)
{
	if (!log)
		return;
	while (log->open) {
		struct mw_oom_building *b = log->open;

		log->open = b->next;
		free_building(b);
	}
	mw_oom_journal_release(&log->journal);
	buf_release(&log->text);
	free(log->done);
	free(log);
}

/* --- reports ---------------------------------------------------------------------------------- */

static void fail(struct mw_oom_log *log, int error)
{
	if (!log->error)
		log->error = error;
}

static struct mw_oom_building *new_building(struct mw_oom_log *log, uint32_t stream,
					    const struct mw_envelope *e)
{
	struct mw_oom_building *b = calloc(1, sizeof(*b));
	struct mw_oom_report *r;
	struct mw_oom_counter *const counters[] = { &b->r.memory, &b->r.memsw, &b->r.swap,
						    &b->r.kmem };

	if (!b) {
		fail(log, -ENOMEM);
		return NULL;
	}
	r = &b->r;
	for (size_t i = 0; i < 4; i++)
		*counters[i] = (struct mw_oom_counter){ MW_OOM_NOT_TOLD, MW_OOM_NOT_TOLD,
							MW_OOM_NOT_TOLD };
	for (size_t i = 0; i < MW_OOM_STATS; i++)
		r->stat[i] = MW_OOM_NOT_TOLD;
	for (size_t i = 0; i < MW_OOM_INFOS; i++)
		r->info[i] = MW_OOM_NOT_TOLD;
	memset(&r->task_sum, 0xff, offsetof(struct mw_oom_row, badness));
	r->kernel_score = UINT32_MAX;
	r->totalpages = MW_OOM_NOT_TOLD;
	r->page_size = log->rule.page_size;
	r->uptime = e->uptime;
	r->time = e->time;
	if (e->stamp.len)
		r->stamp = arena_copy(log->arena, e->stamp);
	r->host = log->streams[stream].host_name;
	r->file = log->file;
	r->first_line = r->last_line = log->number;
	r->seen = 1;
	b->swap_total = log->rule.swap_total;
	b->stream = stream;
	b->caller = e->caller;
	b->last_uptime = e->uptime;
	b->last_time = e->time;
	*log->tail = b;
	log->tail = &b->next;
	log->open_count++;
	return b;
}

/* Put a report away: when it is over, or cut off. */
static void close_building(struct mw_oom_log *log, struct mw_oom_building *b)
{
	struct mw_oom_building **at = &log->open;
	struct mw_oom_report *r = NULL;
	int error;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	if (!b->next)
		log->tail = at;
	log->open_count--;
	if (log->done_count == log->done_room) {
		uint32_t room = log->done_room ? 2 * log->done_room : 16;
		void *done = realloc(log->done, room * sizeof(*log->done));

		if (done) {
			log->done = done;
			log->done_room = room;
		}
	}
	error = log->done_count < log->done_room ? mw_oom_finish(log->arena, &log->rule, b)
						 : -ENOMEM;
	if (!error)
		r = arena_new(log->arena, struct mw_oom_report);
	if (r) {
		*r = b->r;
		log->done[log->done_count++] = r;
	} else {
		fail(log, error ? error : -ENOMEM);
	}
	free_building(b);
}

/* Close what this line shows to be over. */
static void age(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e)
{
	struct mw_oom_building *next;

	for (struct mw_oom_building *b = log->open; b; b = next) {
		next = b->next;
		if (b->stream != stream)
			continue;
		b->idle++;
		if (mw_oom_is_over(b, e))
			close_building(log, b);
	}
}

static void touch(struct mw_oom_log *log, struct mw_oom_building *b, const struct mw_envelope *e,
		  enum mw_oom_kind kind)
{
	if (kind > b->stage)
		b->stage = kind;
	b->idle = 0;
	b->r.last_line = log->number;
	if (e->uptime != UINT64_MAX)
		b->last_uptime = e->uptime;
	if (e->time)
		b->last_time = e->time;
}

/* --- messages --------------------------------------------------------------------------------- */

/* The first line of a report. Another one that is still open was cut off, unless both are being
 * written at the same time. */
static bool begin(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		  struct slice text)
{
	struct mw_oom_building *b, *next;
	uint64_t hash = hash_bytes(text);
	bool both = false;

	for (b = log->open; b; b = next) {
		next = b->next;
		if (b->stream != stream)
			continue;
		/* two daemons wrote the same line */
		if (b->head_hash == hash && b->stage < MW_OOM_L_GROUPS && mw_oom_same_moment(b, e))
			return true;
		if (mw_oom_ended(b) || (b->caller && b->caller == e->caller) ||
		    !mw_oom_same_moment(b, e) || log->open_count >= OPEN_REPORTS)
			close_building(log, b);
		else if (!b->caller || !e->caller)
			both = true;
	}
	b = new_building(log, stream, e);
	if (!b)
		return true;
	if (!mw_oom_read_invoked(log->arena, b, text)) {
		close_building(log, b);
		return false;
	}
	b->head_hash = hash;
	b->mixed = both;
	log->streams[stream].failure = false;
	touch(log, b, e, MW_OOM_L_INVOKED);
	return true;
}

static int add_victim(struct mw_oom_building *b, const struct mw_oom_row *task)
{
	void *at;

	if (mw_oom_has_killed(b, task->pid))
		return 0;
	/* grows by doubling: at every power of two */
	if (!(b->killed_count & (b->killed_count - 1))) {
		at = realloc(b->killed,
			     (b->killed_count ? 2 * b->killed_count : 1) * sizeof(*task));
		if (!at)
			return -ENOMEM;
		b->killed = at;
	}
	b->killed[b->killed_count++] = *task;
	return 0;
}

static bool was_killed(const struct mw_oom_log *log, uint32_t stream, const struct mw_oom_row *t,
		       const struct mw_envelope *e)
{
	uint32_t first = log->done_count > RECENT ? log->done_count - RECENT : 0;

	for (uint32_t i = log->done_count; i-- > first;) {
		const struct mw_oom_report *r = log->done[i];

		if (r->host != log->streams[stream].host_name)
			continue;
		for (uint32_t v = 0; v < r->victim_count; v++)
			if (r->victims[v].pid == t->pid && !strcmp(r->victims[v].name, t->name) &&
			    r->victims[v].total_vm == t->total_vm &&
			    (e->uptime == UINT64_MAX || r->uptime == UINT64_MAX ||
			     e->uptime - r->uptime < MW_OOM_LONG_TIME * US_PER_S))
				return true;
	}
	return false;
}

static bool death(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		  struct slice text, enum mw_oom_kind kind)
{
	struct mw_oom_building *b;
	struct mw_oom_death d;

	if (!mw_oom_read_death(text, &d))
		return false;
	b = mw_oom_find(log->open, stream, e, kind, d.task.pid);
	if (!b) {
		/* its report was held back (the kernel limits their rate) or is not in this log */
		if (was_killed(log, stream, &d.task, e))
			return true;
		b = new_building(log, stream, e);
		if (!b)
			return true;
	}
	touch(log, b, e, kind);
	if (b->r.constraint == MW_OOM_CONSTRAINT_UNKNOWN && (d.memcg || d.machine))
		b->r.constraint = d.memcg ? MW_OOM_MEMCG : MW_OOM_CONSTRAINT_UNKNOWN;
	b->r.asked_dies |= d.asked;
	if (d.score != UINT32_MAX)
		b->r.kernel_score = d.score;
	if (!d.done) {
		b->named = b->r.chosen = d.task.pid;
		return true;
	}
	if (add_victim(b, &d.task))
		fail(log, -ENOMEM);
	return true;
}

static bool reaped(struct mw_oom_log *log, uint32_t stream, struct slice text)
{
	uint32_t pid, first = log->done_count > RECENT ? log->done_count - RECENT : 0;
	uint64_t left;

	if (!mw_oom_read_reaped(text, &pid, &left))
		return true;
	for (struct mw_oom_building *b = log->open; b; b = b->next)
		if (b->stream == stream && mw_oom_has_killed(b, pid)) {
			b->r.reaped = true;
			b->r.reaped_left = left;
			return true;
		}
	for (uint32_t i = log->done_count; i-- > first;)
		for (uint32_t v = 0; v < log->done[i]->victim_count; v++)
			if (log->done[i]->host == log->streams[stream].host_name &&
			    log->done[i]->victims[v].pid == pid) {
				log->done[i]->reaped = true;
				log->done[i]->reaped_left = left;
				return true;
			}
	return true;
}

/* memory.oom.group, panics, nobody to kill: the ends of reports. */
static bool end(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		struct slice text, enum mw_oom_kind kind)
{
	struct mw_oom_building *b = mw_oom_find(log->open, stream, e, kind, 0);
	struct slice group = slice_skip(text, strlen("Tasks in "));
	struct slice words = slice_skip(text, strlen("Kernel panic - not syncing: "));

	if (kind == MW_OOM_L_PANIC && !slice_begins(words, "Out of memory") &&
	    !slice_begins(words, "System is deadlocked on memory"))
		return false;
	/* what is said of a group comes after its first victim */
	for (struct mw_oom_building *i = log->open; !b && i; i = i->next)
		if (i->stream == stream && mw_oom_same_moment(i, e))
			b = i;
	if (!b)
		b = new_building(log, stream, e);
	if (!b)
		return true;
	touch(log, b, e, kind);
	if (kind == MW_OOM_L_GROUP &&
	    slice_ends(group, " are going to be killed due to memory.oom.group set")) {
		group.len -= strlen(" are going to be killed due to memory.oom.group set");
		b->r.group = arena_copy(log->arena, group);
	} else if (kind == MW_OOM_L_PANIC) {
		b->r.panic = arena_copy(log->arena, words);
	}
	return true;
}

/* Messages that a report may begin with when its head was cut off. */
static bool begins_headless(enum mw_oom_kind kind)
{
	return kind == MW_OOM_L_GROUPS || kind == MW_OOM_L_USAGE || kind == MW_OOM_L_HEADER ||
	       kind == MW_OOM_L_SUMMARY;
}

static int read_part(struct mw_oom_log *log, struct mw_oom_building *b, struct slice text,
		     enum mw_oom_kind kind)
{
	struct arena *a = log->arena;
	int got;

	switch (kind) {
	case MW_OOM_L_CPUSET: return !mw_oom_read_cpuset(a, b, text);
	case MW_OOM_L_WHO: return !mw_oom_read_who(a, b, text);
	case MW_OOM_L_GROUPS: return !mw_oom_read_groups(a, b, text);
	case MW_OOM_L_USAGE:
	case MW_OOM_L_USAGE_SWAP:
	case MW_OOM_L_USAGE_KMEM: return !mw_oom_read_usage(b, text);
	case MW_OOM_L_STATS: return !mw_oom_read_stats(a, b, text);
	case MW_OOM_L_HEADER: return !mw_oom_read_header(b, text);
	case MW_OOM_L_SUMMARY: return !mw_oom_read_summary(a, b, text);
	case MW_OOM_L_ROW:
		got = mw_oom_read_row(b, text);
		b->table_cut |= got == 1;
		return got;
	default: return 0;
	}
}

static bool part(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		 struct slice text, enum mw_oom_kind kind)
{
	struct mw_oom_building *b;

	if (kind == MW_OOM_L_MEMINFO && log->streams[stream].failure)
		return false;
	b = mw_oom_find(log->open, stream, e, kind, 0);
	if (kind == MW_OOM_L_ROW && (!b || b->stage < MW_OOM_L_HEADER))
		return false;
	if (!b && begins_headless(kind))
		b = new_building(log, stream, e);
	if (!b)
		return false;
	switch (read_part(log, b, text, kind)) {
	case 0: touch(log, b, e, kind); return true;
	case -ENOMEM: fail(log, -ENOMEM); return true;
	default:
		if (b->stage == MW_OOM_L_NONE)
			close_building(log, b);
		return false;
	}
}

/* A line that only its place tells: numbers of a group or of the machine. */
static bool inner(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		  struct slice text)
{
	for (struct mw_oom_building *b = log->open; b; b = b->next) {
		enum mw_oom_kind kind = b->stage;
		bool mine = false;

		if (b->stream != stream || (b->caller && e->caller && b->caller != e->caller))
			continue;
		if (kind == MW_OOM_L_STATS || kind == MW_OOM_L_STAT) {
			mine = mw_oom_read_stat(b, text);
			kind = MW_OOM_L_STAT;
		} else if (kind == MW_OOM_L_SLABS || kind == MW_OOM_L_SLAB) {
			mine = mw_oom_read_slab(b, text);
			kind = MW_OOM_L_SLAB;
		}
		if (!mine && (kind == MW_OOM_L_MEMINFO || kind == MW_OOM_L_INFO) &&
		    !log->streams[stream].failure) {
			int got = mw_oom_read_meminfo(b, text);

			if (got == -ENOMEM)
				fail(log, got);
			mine = !got;
			kind = MW_OOM_L_INFO;
		}
		if (mine) {
			touch(log, b, e, kind);
			return true;
		}
	}
	return false;
}

static void lost(struct mw_oom_log *log, uint32_t stream)
{
	for (struct mw_oom_building *b = log->open; b; b = b->next)
		b->lost |= b->stream == stream && !mw_oom_ended(b);
}

/* @return whether it is part of a report */
static bool message(struct mw_oom_log *log, uint32_t stream, const struct mw_envelope *e,
		    struct slice text)
{
	struct stream *at = &log->streams[stream];
	enum mw_oom_kind kind = mw_oom_classify(text, log->open != NULL);
	uint64_t hash;

	if (kind == MW_OOM_L_NONE)
		return log->open && inner(log, stream, e, text);
	if (kind == MW_OOM_L_ROW)
		return log->open && part(log, stream, e, text, kind);
	hash = hash_bytes(text) + e->caller;
	/* written twice; unless two reports are, and both have such a line */
	if (hash == at->last_hash && kind != MW_OOM_L_KILLED && log->open && !log->open->next)
		return true;
	at->last_hash = hash;
	switch (kind) {
	case MW_OOM_L_INVOKED: return begin(log, stream, e, text);
	case MW_OOM_L_CHOSEN:
	case MW_OOM_L_KILLED: return death(log, stream, e, text, kind);
	case MW_OOM_L_GROUP:
	case MW_OOM_L_NOBODY:
	case MW_OOM_L_PANIC: return end(log, stream, e, text, kind);
	case MW_OOM_L_REAPED: return reaped(log, stream, text);
	case MW_OOM_L_FAILURE: at->failure = true; return false;
	case MW_OOM_L_LOST: lost(log, stream); return false;
	default: return part(log, stream, e, text, kind);
	}
}

/* --- lines ------------------------------------------------------------------------------------ */

static uint32_t stream_of(struct mw_oom_log *log, struct slice host)
{
	uint64_t hash = host.len ? hash_bytes(host) | 1 : 0;
	uint32_t i = 0;

	while (i < log->stream_count && log->streams[i].host != hash)
		i++;
	if (i < log->stream_count)
		return i;
	if (i == STREAMS)
		return STREAMS - 1;
	log->streams[i] = (struct stream){ .host = hash, .last_uptime = UINT64_MAX };
	if (host.len)
		log->streams[i].host_name = arena_copy(log->arena, host);
	log->stream_count++;
	return i;
}

/* "\x0a", "\\": what /dev/kmsg and its copies escape */
static struct slice unescape(struct buf *out, struct slice s)
{
	buf_clear(out);
	for (struct slice t; slice_until(&s, '\\', &t);) {
		struct slice digits = s;
		uint64_t v;

		buf_add(out, t);
		digits.len = digits.len < 3 ? digits.len : 3;
		if (slice_word(&digits, "x") && digits.len == 2 && !slice_blank(*digits.at) &&
		    slice_hex(&digits, &v) && !digits.len) {
			buf_char(out, (char)v);
			s = slice_skip(s, 3);
		} else {
			buf_char(out, '\\');
		}
	}
	buf_add(out, s);
	return out->error ? s : buf_slice(out);
}

/* @return whether it belongs to a kernel log */
static bool take(struct mw_oom_log *log, const struct mw_envelope *e)
{
	struct slice rest = e->text, line;
	uint32_t stream;
	bool part_of = false;

	if (e->origin == MW_ORIGIN_OTHER) {
		log->foreign = true;
		return false;
	}
	if (e->origin == MW_ORIGIN_NONE) {
		if (log->foreign && e->indented)
			return false;
		stream = log->stream_count ? log->current : stream_of(log, SLICE(""));
	} else {
		stream = stream_of(log, e->host);
		log->current = stream;
	}
	log->foreign = false;
	age(log, stream, e);
	if (e->escaped && memchr(rest.at, '\\', rest.len))
		rest = unescape(&log->text, rest);
	if (!rest.len || !memchr(rest.at, '\n', rest.len))
		return message(log, stream, e, e->indented ? slice_trim(rest) : rest) ||
		       e->origin == MW_ORIGIN_KERNEL;
	for (unsigned i = 0; i < MOST_LINES * 4 && slice_line(&rest, &line); i++)
		part_of |= message(log, stream, e, i ? slice_trim(line) : line);
	return part_of || e->origin == MW_ORIGIN_KERNEL;
}

bool mw_oom_log_line(struct mw_oom_log *log, struct slice line, const char *file, uint64_t number)
{
	struct mw_envelope e;

	if (mw_oom_journal_over(&log->journal, line, &log->stamp) &&
	    mw_oom_journal_flush(&log->journal, &e))
		take(log, &e);
	log->file = file;
	log->number = number;
	if (mw_oom_journal_line(&log->journal, line, &log->stamp))
		return true;
	mw_envelope_read(line, &log->stamp, &e);
	return take(log, &e);
}

int mw_oom_log_finish(struct mw_oom_log *log, const struct mw_oom_report *const **out,
		      size_t *count)
{
	struct mw_oom_report **reports;
	struct mw_envelope e;

	if (mw_oom_journal_flush(&log->journal, &e))
		take(log, &e);
	while (log->open)
		close_building(log, log->open);
	reports = arena_array(log->arena, log->done_count ? log->done_count : 1, sizeof(*reports));
	if (!reports)
		return -ENOMEM;
	if (log->done_count)
		memcpy(reports, log->done, log->done_count * sizeof(*reports));
	*count = mw_oom_join(reports, log->done_count);
	*out = (const struct mw_oom_report *const *)reports;
	return log->error;
}
