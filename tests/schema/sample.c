/* Prints documents that hold everything the contract's writers can write, one per line: with every
 * number there, with none, and with every number denied. validate.py checks them. */
#include "base/scoped.h"
#include "render/document.h"
#include "render/eviction.h"
#include "render/finding.h"

#include <errno.h>
#include <math.h>

static const struct mw_machine machine = {
	.kind = MW_TREE,
	.page_size = 4096,
	.taken_at = 1763608447000000000,
	.clock = 10000000000,
	.kernel = "6.1.0",
	.host = "web-7",
};

static int print(void *argument, struct slice text)
{
	return fwrite(text.at, 1, text.len, argument) == text.len ? 0 : -EIO;
}

static void fill(struct mw_snapshot *s, struct mw_entity *e, enum mw_state state)
{
	for (enum mw_metric m = mw_metric_first(e->kind); m < mw_metric_end(e->kind); m++) {
		if (state != MW_OK)
			mw_set_state(e, m, state);
		else if (m == M_CGROUP)
			mw_set_text(s, e, m, SLICE("hybrid"));
		else if (mw_metric_info(m)->unit == MW_LABELS)
			mw_set_text(s, e, m, SLICE("team=\033\xff\napp=a=b\nbroken\n"));
		else if (mw_metric_info(m)->unit == MW_TEXT)
			mw_set_text(s, e, m, SLICE("text \033\xff"));
		else if (m == M_P_OOM_SCORE_ADJ)
			mw_set(e, m, (uint64_t)-1000);
		else
			mw_set(e, m, 1500001);
	}
}

static struct mw_account *account(struct arena *a, const char *entity)
{
	struct mw_account *top = mw_account_new(a, "usage", (struct mw_num){ 9, MW_OK }, "how");
	struct mw_account *part = mw_account_new(a, "anon", (struct mw_num){ 10, MW_OK }, NULL);

	top->entity = entity;
	mw_account_add(top, part);
	mw_account_add(top, mw_account_new(a, "file", (struct mw_num){ 0, MW_VANISHED }, NULL));
	part->note = "a remark";
	part = mw_account_new(a, "swap", (struct mw_num){ 1, MW_OK }, NULL);
	part->aside = part->outside = true;
	mw_account_add(top, part);
	mw_account_balance(top);
	return top;
}

static void findings(struct mw_json *j, const struct mw_snapshot *s)
{
	const struct mw_style style = { .unicode = true };
	struct mw_cite text = { .name = "who",
				.form = MW_FORM_TEXT,
				.text = "a\033\xff",
				.source = "status: Name",
				.threshold = NAN };
	struct mw_cite cite = { "left", MW_FORM_BYTES, 1.5, NULL, "memory.stat", 4096, &text };
	struct mw_lines line = { "{left} of {who}", NULL };
	struct mw_finding cause = {
		.id = "node-memory-low",
		.level = MW_CRITICAL,
		.confidence = MW_LOW,
		.doubt = "because of {who}",
		.entity = mw_snapshot_node(s),
		.title = "{entity} has {left}",
		.cited = &cite,
		.details = &line,
		.advice = &line,
		.avoid = &line,
		.next = &line,
	};
	struct mw_finding effect = { .id = "ctr-oom-risk",
				     .entity = mw_snapshot_at(s, MW_CGROUP, 0),
				     .title = "x",
				     .cause = &cause };
	struct mw_finding *both[] = { &cause, &effect };
	struct mw_cannot_tell unknown[] = {
		{ .id = "a", .entity = cause.entity, .entities = 1, .missing = "{left}" },
		{ "b", mw_snapshot_at(s, MW_PROCESS, 0), 2, "x", &cite, "memwhy node" },
	};
	const struct mw_diagnosis d = { both, 2, unknown, 2 };

	mw_json_findings(j, &d, &style);
}

static void accounts_and_words(struct mw_json *j)
{
	static const struct mw_word words[] = {
		{ "kubectl top", "usage - inactive_file", "why", 7, MW_OK },
		{ "podman stats", NULL, NULL, 0, MW_SKIPPED },
		{ "docker stats, asked", "usage", "why", 7, MW_OK, .own = { 9, MW_OK },
		  .differs = true },
	};
	scoped_arena struct arena a = { 0 };

	mw_json_array(j, "accounts");
	mw_json_account(j, account(&a, "node"), 0);
	mw_json_account(j, account(&a, "container:/shop"), 0);
	mw_json_account(j, account(&a, "process:69"), 0);
	mw_json_end(j);
	mw_json_array(j, "words");
	mw_json_words(j, "node", words, 3);
	mw_json_end(j);
}

static void entities(struct mw_json *j, const struct mw_snapshot *s, const struct mw_view *view)
{
	struct mw_entity *group = mw_snapshot_at(s, MW_CGROUP, 0);
	struct mw_entity *share = mw_snapshot_at(s, MW_CGROUP_NUMA, 0);
	struct mw_entity *process = mw_snapshot_at(s, MW_PROCESS, 0);
	struct mw_entity *region = mw_snapshot_at(s, MW_REGION, 0);
	struct mw_entity *runtime = mw_snapshot_at(s, MW_RUNTIME, 0);
	struct mw_entity *pod = mw_snapshot_at(s, MW_POD, 0);
	struct mw_entity *volume = mw_snapshot_at(s, MW_VOLUME, 0);
	struct mw_entity *sockets = mw_snapshot_at(s, MW_SOCKETS, 0);

	mw_json_node(j, s);
	mw_json_array(j, "containers");
	mw_json_object(j, NULL);
	mw_json_entity(j, group);
	mw_json_entities(j, "numa", &share, 1);
	mw_json_rates(j, view, group);
	mw_json_end(j);
	mw_json_end(j);
	mw_json_array(j, "pods");
	mw_json_object(j, NULL);
	mw_json_entity(j, pod);
	mw_json_entities(j, "volumes_in_memory", &volume, 1);
	mw_json_rates(j, view, pod);
	mw_json_end(j);
	mw_json_end(j);
	mw_json_array(j, "processes");
	mw_json_object(j, NULL);
	mw_json_entity(j, process);
	mw_json_entities(j, "regions", &region, 1);
	mw_json_rates(j, view, process);
	mw_json_end(j);
	mw_json_end(j);
	mw_json_entities(j, "runtimes", &runtime, 1);
	mw_json_entities(j, "sockets", &sockets, 1);
}

static void eviction(struct mw_json *j, const struct mw_snapshot *s)
{
	const struct mw_entity *pod = mw_snapshot_at(s, MW_POD, 0);
	const struct mw_num some = { 4096, MW_OK }, none = { 0, MW_ABSENT };
	const struct mw_eviction_signal signals[] = {
		{ "memory.available", "MemTotal - x", some, some, some, some, some, false },
		{ "allocatableMemory.available", "y", none, none, none, none, none, true },
	};
	struct mw_eviction order[MW_EVICT_STANDINGS + 1] = { 0 };

	for (size_t i = 0; i < MW_EVICT_STANDINGS; i++)
		order[i] = (struct mw_eviction){ .pod = pod,
						 .standing = (enum mw_eviction_standing)i,
						 .by = (enum mw_eviction_by)(i % MW_EVICT_BYS) };
	order[MW_EVICT_STANDINGS] = (struct mw_eviction){
		.pod = pod,
		.first = 1,
		.last = 2,
		.priority = -10,
		.priority_known = true,
		.working_set = some,
		.request = some,
		.request_error = 4096,
		.above = -2048,
	};
	mw_json_eviction(j, signals, 2, order, MW_EVICT_STANDINGS + 1);
}

static struct mw_snapshot *snapshot(enum mw_state state)
{
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_run *run;

	if (!s)
		abort();
	for (enum mw_kind k = 0; k < MW_KINDS; k++) {
		struct mw_entity *parent = mw_snapshot_count(s, MW_CGROUP)
						   ? mw_snapshot_at(s, MW_CGROUP, 0)
						   : NULL;
		struct mw_entity *e = k == MW_NODE
					      ? mw_snapshot_node(s)
					      : mw_snapshot_add(s, k, parent, SLICE("/x"), 4096, 1);

		if (!e)
			abort();
		fill(s, e, state);
	}
	run = mw_snapshot_run_begin(s, "meminfo", 0);
	mw_snapshot_problem(s, SLICE("proc/meminfo"), 3, -EBADMSG, "a number");
	mw_snapshot_problem(s, SLICE("proc/1/smaps"), 0, -4711, NULL);
	mw_snapshot_problem_again(s, SLICE("run/docker.sock"), -ETIMEDOUT, "no answer", 10);
	mw_snapshot_run_end(s, run, -EACCES, 1500);
	mw_snapshot_run_end(s, mw_snapshot_run_begin(s, "vmstat", 0), 0, 1500);
	return s;
}

int main(void)
{
	static const enum mw_state states[] = { MW_OK, MW_ABSENT, MW_DENIED };
	int error = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(*states) && !error; i++) {
		struct mw_snapshot *s = snapshot(states[i]);
		struct mw_view view = { s, s, 1000000000 };
		scoped_buf struct buf out = { 0 };
		struct mw_json j;

		mw_json_init(&j, &out, print, stdout, false);
		mw_json_object(&j, NULL);
		mw_json_header(&j, s, "0.1.0");
		entities(&j, s, &view);
		accounts_and_words(&j);
		findings(&j, s);
		eviction(&j, s);
		mw_json_runs(&j, s);
		error = mw_json_finish(&j);
		mw_snapshot_free(s);
	}
	return error ? 1 : 0;
}
