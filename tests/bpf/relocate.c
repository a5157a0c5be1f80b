/* relocate FILE
 * Loads memwhy's programs as if the kernel had the types in FILE (raw BTF), and prints what libbpf says of each
 * place where a program asks for a field. What the running kernel makes of the programs then is of no interest.
 * Status 77: not possible here, standard error says why. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/programs.skel.h"

__attribute__((format(printf, 2, 0))) static int say(enum libbpf_print_level level,
						     const char *format, va_list arguments)
{
	/* "prog 'NAME': relo #3: …" */
	return strstr(format, ": relo #%d: ") ? vprintf(format, arguments) : 0;
}

static int skip(const char *why)
{
	fprintf(stderr, "relocate: %s\n", why);
	return 77;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = argv[1]);
	int probe = bpf_map_create(BPF_MAP_TYPE_ARRAY, "memwhy", 4, 4, 1, NULL);
	struct mw_programs *p;
	struct bpf_map *map;

	if (argc != 2)
		return 2;
	if (probe < 0)
		return skip(strerror(errno));
	close(probe);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return skip("this kernel tells no types");
	p = mw_programs__open_opts(&options);
	if (!p)
		return 1;
	bpf_object__for_each_map (map, p->obj)
		if (!bpf_map__is_internal(map))
			bpf_map__set_autocreate(map, false);
	libbpf_set_print(say);
	mw_programs__load(p);
	mw_programs__destroy(p);
	return 0;
}
