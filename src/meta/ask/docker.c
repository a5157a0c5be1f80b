/* Docker Engine API, by paths without a version: the daemon's own. */
#include "base/scoped.h"
#include "meta/ask/ask.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>
#include <stdio.h>

static int find(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		struct mw_listener *out)
{
	const char *given = ask->options->docker;

	if (given && *given)
		return mw_listener_given(s, given, out);
	if (!mw_listener_socket(ask, source, "run/docker.sock", out))
		return 0;
	return mw_listener_socket(ask, source, "var/run/docker.sock", out);
}

int mw_docker_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   mw_wanted_fn wanted, void *argument)
{
	struct mw_container_list listing = { "docker", NULL, wanted, argument };
	struct mw_listener at;
	const struct mw_question q = {
		.who = MW_ASK_DOCKER,
		.at = &at,
		.path = "/containers/json?all=1",
		.read = mw_containers_parse,
		.argument = &listing,
	};
	int error = find(ask, source, s, &at);

	return error ? error : mw_ask_question(ask, source, s, &q);
}

/* --- one container ---------------------------------------------------------------------------- */

/* calculateMemUsageUnixNoCache() of the client: v1's key, then v2's, where they are below the usage */
int mw_docker_stats_parse(struct slice json, struct mw_num *out)
{
	static const char *const inactive[] = { "total_inactive_file", "inactive_file" };
	struct slice memory, stats = { 0 }, value;
	uint64_t used, less;

	if (!mw_json_member(json, "memory_stats", &memory))
		return -EBADMSG;
	if (!mw_json_member(memory, "usage", &value)) {
		*out = (struct mw_num){ 0, MW_ABSENT };
		return 0;
	}
	if (!mw_json_whole(value, &used))
		return -EBADMSG;
	*out = (struct mw_num){ used, MW_OK };
	if (!mw_json_member(memory, "stats", &stats))
		return 0;
	for (size_t i = 0; i < sizeof(inactive) / sizeof(*inactive); i++)
		if (mw_json_member(stats, inactive[i], &value) && mw_json_whole(value, &less) &&
		    less < used) {
			out->v = used - less;
			break;
		}
	return 0;
}

static int read_stats(struct slice json, void *argument)
{
	struct mw_num usage;
	int error = mw_docker_stats_parse(json, &usage);

	if (!error && usage.state == MW_OK)
		mw_set(argument, M_CG_DOCKER_STATS, usage.v);
	return error;
}

/* @metric is told by `member` of `object`, unless it is known */
static void put_number(struct mw_entity *group, enum mw_metric metric, struct slice object,
		       const char *member)
{
	struct slice value;
	uint64_t number;

	if (mw_get(group, metric).state == MW_ABSENT && mw_json_member(object, member, &value) &&
	    mw_json_whole(value, &number))
		mw_set(group, metric, number);
}

static int read_inspect(struct slice json, void *argument)
{
	struct slice state;

	if (!mw_json_member(json, "State", &state))
		return -EBADMSG;
	put_number(argument, M_CG_INIT_PID, state, "Pid");
	put_number(argument, M_CG_RESTARTS, json, "RestartCount");
	return 0;
}

int mw_docker_stats(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    struct mw_entity *group)
{
	const char *id = mw_get_text(group, M_CG_RUNTIME_ID);
	char path[160];
	struct mw_listener at;
	struct mw_question q = {
		.who = MW_ASK_DOCKER,
		.at = &at,
		.path = path,
		.may_be_absent = true,
		.read = read_inspect,
		.argument = group,
	};
	int error;

	if (!id || !mw_is_container_id(slice_of(id)))
		return 0;
	error = find(ask, source, s, &at);
	if (error)
		return error;
	/* what does not answer this is not waited for longer */
	snprintf(path, sizeof(path), "/containers/%s/json", id);
	error = mw_ask_question(ask, source, s, &q);
	if (error)
		return error;
	snprintf(path, sizeof(path), "/containers/%s/stats?stream=false&one-shot=true", id);
	q.read = read_stats;
	q.time = MW_ASK_STATS_TIME;
	return mw_ask_question(ask, source, s, &q);
}
