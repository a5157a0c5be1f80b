/* probe ROOT DOCKER PODMAN SWEEPS [KEY=VALUE...] PATH...: finds out who groups of these paths are, below ROOT, as often
 * as SWEEPS says ("3"; "3n": they are new each time), then asks for the first one's stats. "-" for DOCKER or PODMAN: the usual sockets. KEY is kubelet, api, node, token, ca or insecure.
 * Prints a line of "fact PATH KEY VALUE" each, problems, and how long it took. */
#include "meta/meta.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static void put(const char *text)
{
	for (; *text; text++)
		printf((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? "\\x%02x" : "%c",
		       (unsigned char)*text);
}

static void put_facts(const struct mw_entity *e, enum mw_metric first, enum mw_metric last)
{
	for (int i = (int)first; i <= (int)last; i++) {
		const struct mw_metric_info *info = mw_metric_info((enum mw_metric)i);
		struct mw_num n = mw_get(e, (enum mw_metric)i);

		if (n.state != MW_OK)
			continue;
		printf("fact ");
		for (const char *name = e->name; *name; name++)
			putchar(*name == ' ' ? '_' : *name);
		printf(" %s ", info->name);
		if (mw_metric_is_text((enum mw_metric)i))
			put(mw_get_text(e, (enum mw_metric)i));
		else
			printf("%llu", (unsigned long long)n.v);
		putchar('\n');
	}
}

static void put_problems(const struct mw_snapshot *s)
{
	const struct mw_problem *problems;
	size_t count = mw_snapshot_problems(s, &problems);

	for (size_t i = 0; i < count; i++) {
		printf("problem %d %u ", problems[i].error, problems[i].again);
		put(problems[i].path);
		printf("|%s\n", problems[i].what ? problems[i].what : "");
	}
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int sweep(struct mw_meta *m, struct mw_source *source, char **paths, int count,
		 uint64_t first_id, bool stats)
{
	struct mw_snapshot *s = mw_snapshot_new(&source->machine);
	struct mw_entity *first = NULL;
	double begin = milliseconds();
	int error;

	for (int i = 0; s && i < count; i++) {
		struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, NULL, slice_of(paths[i]),
						      first_id + (uint64_t)i, 0);

		first = first ? first : e;
	}
	error = first ? mw_meta_apply(m, source, s) : -ENOMEM;
	if (!error && stats)
		error = mw_meta_ask_stats(m, source, s, first);
	printf("sweep %d %.1f\n", error, milliseconds() - begin);
	for (int i = 0; !error && i < count; i++)
		put_facts(mw_snapshot_at(s, MW_CGROUP, (size_t)i), M_CG_ROLE, M_CG_KUBELET_AGE);
	if (!error)
		put_facts(mw_snapshot_node(s), M_KUBELET_CONFIG, M_KUBELET_AVAILABLE);
	for (size_t i = 0; !error && i < mw_snapshot_count(s, MW_VOLUME); i++)
		put_facts(mw_snapshot_at(s, MW_VOLUME, i), mw_metric_first(MW_VOLUME),
			  mw_metric_end(MW_VOLUME) - 1);
	put_problems(s);
	mw_snapshot_free(s);
	return error;
}

static const char *given(const char *argument)
{
	return strcmp(argument, "-") != 0 ? argument : NULL;
}

/* @return false: no option */
static bool set_option(struct mw_meta_options *o, char *argument)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{ "kubelet=", &o->kubelet },  { "api=", &o->kube_api }, { "node=", &o->kube_node },
		{ "token=", &o->token_file }, { "ca=", &o->ca_file },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (slice_begins(slice_of(argument), keys[i].key)) {
			*keys[i].value = argument + strlen(keys[i].key);
			return true;
		}
	o->insecure |= !strcmp(argument, "insecure");
	return !strcmp(argument, "insecure");
}

int main(int argc, char **argv)
{
	struct mw_meta_options options = { 0 };
	struct mw_source *source;
	struct mw_meta *m;
	int error, sweeps;
	bool anew;

	if (argc < 6)
		return 2;
	options = (struct mw_meta_options){ .root = argv[1],
					    .docker = given(argv[2]),
					    .podman = given(argv[3]) };
	sweeps = argv[4][0] - '0';
	anew = argv[4][1];
	for (argc -= 5, argv += 5; argc && set_option(&options, *argv); argc--, argv++)
		;
	error = mw_source_live(options.root, &source);
	if (!error)
		error = mw_meta_new(&options, &m);
	for (int i = 0; i < sweeps && !error; i++)
		error = sweep(m, source, argv, argc, anew ? (uint64_t)(i * 1000 + 1) : 1,
			      i + 1 == sweeps);
	mw_meta_free(m);
	mw_source_free(source);
	return error != 0;
}
