/* Runs a fuzz target over its corpus without a fuzzer: each input as it is, cut at every 97th byte,
 * and with bytes changed by a fixed sequence. The target fails by crashing; sanitizers see the
 * rest. Inputs are copied into memory of exactly their size, so that reading past the end is seen.
 */
#include "base/scoped.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void mutate(uint8_t *data, size_t size)
{
	static const uint8_t bytes[] = { 0, '\n', ' ', ':', '-', '9', 0xff, 0x1b };
	uint64_t seed = 1;

	for (int round = 0; round < 200 && size; round++) {
		size_t at;
		uint8_t old;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (seed >> 33) % size;
		old = data[at];
		data[at] = bytes[(seed >> 20) % sizeof(bytes)];
		run(data, size);
		if (round % 3)
			data[at] = old;
	}
}

static int replay(const char *folder, const char *name)
{
	char path[4096];
	struct stat st;
	uint8_t *data;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return -1;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -1;
	got = read(fd, data, (size_t)st.st_size);
	if (got < 0) {
		free(data);
		return -1;
	}
	run(data, (size_t)got);
	for (size_t cut = 0; cut < (size_t)got;
	     cut += (size_t)got < 97 * 200 ? 97 : (size_t)got / 200)
		run(data, cut);
	mutate(data, (size_t)got);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	int count = 0;

	if (!folder) {
		printf("1..1\nnot ok 1 - no corpus\n");
		return 1;
	}
	for (struct dirent *d; (d = readdir(folder));)
		if (d->d_name[0] != '.')
			printf("%s %d - %s\n", replay(argv[1], d->d_name) ? "not ok" : "ok",
			       ++count, d->d_name);
	printf("1..%d\n", count);
	closedir(folder);
	return count ? 0 : 1;
}
