/* What it costs to find out who 1000 containers are: half of them Docker's, half of them containerd's in
 * pods, from files as these leave them, in a root of its own below /tmp. No socket is asked.
 *
 *   meta ROUNDS
 *
 * Prints CPU time of the first pass and the median of those after it in ms, and the bytes that are kept
 * for each container between sweeps. */
#include "bench.h"

#include "meta/meta.h"
#include "meta/who.h"

#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTAINERS = 1000, BUNDLE = 16 << 10 };

static char root[] = "/tmp/memwhy-bench-meta-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	exit(2);
}

static void put(const char *path, const char *text, size_t len)
{
	char name[512];
	int fd;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	for (char *slash = name + sizeof(root); (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(name, 0755);
		*slash = '/';
	}
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		fail(name);
	close(fd);
}

static char *sample(const char *name)
{
	char path[512], *text = calloc(1, BUNDLE);
	FILE *file;

	snprintf(path, sizeof(path), FIXTURES "/meta/%s", name);
	file = fopen(path, "r");
	if (!file || !text || !fread(text, 1, BUNDLE - 1, file))
		fail(path);
	fclose(file);
	return text;
}

/* With mounts as a pod's container has them: as large as real ones. */
static size_t pad(char *out, const char *json)
{
	size_t len = (size_t)sprintf(out, "{\"mounts\":[");

	while (len < BUNDLE - strlen(json) - 300)
		len += (size_t)sprintf(
			out + len,
			"{\"destination\":\"/etc/config/%zu\",\"type\":\"bind\",\"source\":"
			"\"/var/lib/kubelet/pods/volumes\",\"options\":[\"rbind\",\"ro\"]},",
			len);
	return len + (size_t)sprintf(out + len - 1, "],%s", json + 1) - 1;
}

static void id_of(char *out, int number)
{
	sprintf(out, "%064x", number + 1);
}

static void make_files(void)
{
	static char bundle[BUNDLE + 1024];
	char *docker = sample("docker-config.v2.json"), *host = sample("docker-hostconfig.json"),
	     *cri = sample("cri-containerd-container.json");
	size_t bundle_len = pad(bundle, cri);

	for (int i = 0; i < CONTAINERS; i++) {
		char path[256], id[65];
		int stem;

		id_of(id, i);
		if (i % 2) {
			stem = snprintf(path, sizeof(path), "var/lib/docker/containers/%s/", id);
			strcpy(path + stem, "config.v2.json");
			put(path, docker, strlen(docker));
			strcpy(path + stem, "hostconfig.json");
			put(path, host, strlen(host));
			continue;
		}
		stem = snprintf(path, sizeof(path),
				"run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/", id);
		strcpy(path + stem, "config.json");
		put(path, bundle, bundle_len);
		strcpy(path + stem, "init.pid");
		put(path, "4711", 4);
	}
	free(docker);
	free(host);
	free(cri);
}

/* Its numbers have been read before: the row's memory is in use. */
static struct mw_entity *add(struct mw_snapshot *s, struct mw_entity *parent, const char *path,
			     int inode)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, parent, slice_of(path), (uint64_t)inode,
					      0);

	if (!e)
		fail("snapshot");
	for (enum mw_metric m = mw_metric_first(MW_CGROUP); m < MW_WHO_FIRST; m++)
		mw_set(e, m, 1);
	return e;
}

static struct mw_snapshot *moment(void)
{
	const struct mw_machine machine = { .kind = MW_LIVE, .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);

	for (int i = 0; s && i < CONTAINERS; i++) {
		struct mw_entity *pod = NULL;
		char path[256], id[65];

		id_of(id, i);
		if (i % 2) {
			snprintf(path, sizeof(path), "/docker/%s", id);
		} else {
			snprintf(path, sizeof(path), "/kubepods/burstable/pod%08d-2222-3333", i);
			pod = add(s, NULL, path, CONTAINERS + i + 1);
			snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", id);
		}
		add(s, pod, path, i + 1);
	}
	if (!s)
		fail("snapshot");
	return s;
}

static double pass(struct mw_meta *m, struct mw_source *source)
{
	struct mw_snapshot *s = moment();
	double begin = cpu_ms(RUSAGE_SELF), took;
	const struct mw_entity *last;

	if (mw_meta_apply(m, source, s))
		fail("meta");
	took = cpu_ms(RUSAGE_SELF) - begin;
	last = mw_snapshot_by_id(s, MW_CGROUP, CONTAINERS);
	if (!last || !mw_get_text(last, M_CG_NAME))
		fail("no names");
	mw_snapshot_free(s);
	return took;
}

int main(int argc, char **argv)
{
	const struct mw_meta_options options = { .offline = true };
	int rounds = rounds_of(argc > 1 ? argv[1] : "11");
	struct mw_source *source;
	struct mw_meta *m;
	double first, times[MAX_ROUNDS];
	size_t before, kept;

	if (!mkdtemp(root))
		fail(root);
	make_files();
	if (mw_source_live(root, &source) || mw_meta_new(&options, &m))
		fail("meta");
	before = mallinfo2().uordblks;
	first = pass(m, source);
	kept = mallinfo2().uordblks - before;
	for (int i = 0; i < rounds; i++)
		times[i] = pass(m, source);
	printf("%.2f %.2f %zu\n", first, median(times, rounds), kept / CONTAINERS);
	mw_meta_free(m);
	mw_source_free(source);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
