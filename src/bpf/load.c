/* Loading. One object holds all programs; an instance of it is opened with the programs that are
 * wanted, and opened again without the one that the kernel refused. */
#include "base/scoped.h"
#include "bpf/part.h"
#include "bpf/btf/types.h"
#include "language/language.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WHY = 200, LOG = 1 << 16 };

struct capability {
	enum mw_bpf_state state;
	int error;
	char why[WHY];
	int64_t start_ns;
	struct mw_programs *programs; /* the instance in which it lives */
	void *own;
};

struct mw_bpf {
	struct capability at[MW_BPF_CAPABILITIES];
	struct mw_programs *instances[MW_BPF_CAPABILITIES];
	size_t instance_count;
	int64_t load_ns;
	bool repeats;
};

static const struct {
	const char *name, *does;
	const struct mw_bpf_part *part;
} parts[] = {
#define CAPABILITY(id, name, does) { #name, does, &mw_bpf_part_##name },
#include "bpf/capabilities.def"
#undef CAPABILITY
};

/* What libbpf said last, for the reason; it knows one printer for all objects. */
static char said[LOG];

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

__attribute__((format(printf, 2, 0))) static int listen_to(enum libbpf_print_level level,
							   const char *format, va_list arguments)
{
	size_t len = strlen(said);

	if (level == LIBBPF_WARN && len < sizeof(said) - 1)
		return vsnprintf(said + len, sizeof(said) - len, format, arguments);
	return 0;
}

int mw_bpf_new(bool off, struct mw_bpf **out)
{
	struct mw_bpf *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	for (int i = 0; off && i < MW_BPF_CAPABILITIES; i++)
		mw_bpf_distrust(b, i, N_("not wanted: --bpf off"));
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(listen_to);
	*out = b;
	return 0;
}

void mw_bpf_free(struct mw_bpf *b)
{
	if (!b)
		return;
	for (int i = MW_BPF_CAPABILITIES - 1; i >= 0; i--)
		if (b->at[i].programs && parts[i].part->stop)
			parts[i].part->stop(b, b->at[i].programs);
	for (size_t i = 0; i < b->instance_count; i++)
		mw_programs__destroy(b->instances[i]);
	free(b);
}

/* --- one instance ----------------------------------------------------------------------------- */

static void refuse(struct mw_bpf *b, int capability, int error, const char *why)
{
	struct capability *c = &b->at[capability];

	c->state = MW_BPF_OFF;
	c->error = error < 0 ? -error : error;
	snprintf(c->why, sizeof(c->why), "%s", why);
}

static void refuse_all(struct mw_bpf *b, uint32_t mask, int error, const char *why)
{
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++)
		if (mask & 1U << i)
			refuse(b, i, error, why);
}

/* The capability that a program or map belongs to, by its name. @return -1: to none */
static int owner_of(const char *name)
{
	int found = -1;
	size_t longest = 0;

	for (int i = 0; i < MW_BPF_CAPABILITIES; i++) {
		size_t len = strlen(parts[i].name);

		if (len > longest && strncmp(name, parts[i].name, len) == 0 && name[len] == '_') {
			found = i;
			longest = len;
		}
	}
	return found;
}

static bool wanted(const char *name, uint32_t mask)
{
	int owner = owner_of(name);

	return owner < 0 || mask & 1U << owner;
}

static void select_parts(struct mw_programs *p, uint32_t mask)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program (program, p->obj)
		if (!wanted(bpf_program__name(program), mask))
			bpf_program__set_autoload(program, false);
	bpf_object__for_each_map (map, p->obj)
		if (!bpf_map__is_internal(map) && !wanted(bpf_map__name(map), mask))
			bpf_map__set_autocreate(map, false);
}

/* The line of what was said that names the program or map refused, without libbpf's own words; its
 * capability. @return -1: it names none that is loaded */
static int blamed(uint32_t mask, char why[static WHY])
{
	static const char *const marks[] = { "prog '", "map '" };
	char *rest = said;

	for (char *line; (line = strsep(&rest, "\n"));) {
		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
			char *name = strstr(line, marks[i]), *end;
			int owner;

			if (!name)
				continue;
			name += strlen(marks[i]);
			end = strchr(name, '\'');
			if (!end)
				continue;
			*end = '\0';
			owner = owner_of(name);
			if (owner < 0 || !(mask & 1U << owner))
				continue;
			snprintf(why, WHY, "%s%s", name, end + 1);
			return owner;
		}
	}
	return -1;
}

/* What the verifier ended with is the reason; libbpf puts it between two marks. */
static void verifier_said(char why[static WHY])
{
	char *end = strstr(said, "\nprocessed "), *line;

	if (!end)
		return;
	*end = '\0';
	line = strrchr(said, '\n');
	snprintf(why, WHY, "%.*s", WHY - 1, line ? line + 1 : said);
}

/* What the programs ask of the kernel's types, into an empty file, once; and the numbers that programs want. */
static int write_types(struct mw_programs *p, int file)
{
	static struct mw_btf_number numbers[] = { { "mem_cgroup" }, { "task_struct" } };
	scoped_buf struct buf names = { 0 };
	int error = 0;

	if (!lseek(file, 0, SEEK_END)) {
		mw_bpf_type_names(bpf_object__btf(p->obj), &names);
		error = names.error;
		if (!error)
			error = mw_bpf_types_write(buf_slice(&names), numbers, 2, file);
	}
	p->rodata->cgroup_memcg_type = numbers[0].number;
	p->rodata->task_struct_type = numbers[1].number;
	return error;
}

/* libbpf reads the file not before it loads. @file  < 0: all the kernel's types */
static struct mw_programs *open_programs(int file)
{
	char path[32];
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = path);
	struct mw_programs *p;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	p = access(path, R_OK) ? NULL : mw_programs__open_opts(&options);
	if (p && !write_types(p, file))
		return p;
	mw_programs__destroy(p);
	return mw_programs__open();
}

static struct mw_programs *open_instance(struct mw_bpf *b, uint32_t *mask, int types)
{
	struct mw_programs *p = open_programs(types);

	if (!p)
		return NULL;
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++) {
		int error;

		if (!(*mask & 1U << i) || !parts[i].part->prepare)
			continue;
		error = parts[i].part->prepare(b, p);
		if (error) {
			refuse(b, i, error, N_("not on this machine"));
			*mask &= ~(1U << i);
		}
	}
	select_parts(p, *mask);
	return p;
}

/* Load what of *mask the kernel takes; the rest is refused. @return NULL: nothing */
static struct mw_programs *load_instance(struct mw_bpf *b, uint32_t *mask)
{
	scoped_fd int types = memfd_create("memwhy types", MFD_CLOEXEC);

	while (*mask) {
		struct mw_programs *p = open_instance(b, mask, types);
		char why[WHY] = "", last[WHY] = "";
		uint32_t refused;
		int error, culprit;

		if (!p) {
			refuse_all(b, *mask, errno, N_("could not be started"));
			return NULL;
		}
		said[0] = '\0';
		error = mw_programs__load(p);
		if (!error)
			return p;
		mw_programs__destroy(p);
		snprintf(last, sizeof(last), "%.*s", (int)strcspn(said, "\n"), said);
		verifier_said(why);
		culprit = blamed(*mask, *why ? last : why);
		refused = culprit < 0 ? *mask : 1U << culprit;
		refuse_all(b, refused, error, *why ? why : last);
		*mask &= ~refused;
	}
	return NULL;
}

static void start_part(struct mw_bpf *b, struct mw_programs *p, int i)
{
	struct capability *c = &b->at[i];
	const char *why = N_("could not be started");
	int64_t begin = now();
	int error = 0;

	c->programs = p;
	c->state = MW_BPF_WORKS;
	if (parts[i].part->start)
		error = parts[i].part->start(b, p, &why);
	c->start_ns = now() - begin;
	if (error)
		refuse(b, i, error, why);
}

/* Whether this reader may load anything, asked in a way that costs nothing. */
static int allowed(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "memwhy", 4, 4, 1, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return access("/sys/kernel/btf/vmlinux", R_OK) ? -errno : 0;
}

/* include/linux/proc_ns.h: the number of the first pid namespace */
enum { FIRST_PID_NAMESPACE = 0xEFFFFFFC };

static bool at_home(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == FIRST_PID_NAMESPACE;
}

/* @return those that tell pids which mean something here */
static uint32_t keep_meaningful(struct mw_bpf *b, uint32_t mask)
{
	uint32_t strange = 0;

	if (at_home())
		return mask;
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++)
		if (parts[i].part->at_home)
			strange |= mask & 1U << i;
	refuse_all(b, strange, -EXDEV, N_("in a pid namespace of its own"));
	return mask & ~strange;
}

static void load(struct mw_bpf *b, uint32_t mask)
{
	int error = allowed();
	struct mw_programs *p;

	if (error) {
		refuse_all(b, mask, error,
			   error == -EPERM ? N_("needs CAP_BPF and CAP_PERFMON")
			   : error == -ENOENT
				   ? N_("the kernel tells no types (CONFIG_DEBUG_INFO_BTF)")
				   : N_("this kernel loads no programs"));
		return;
	}
	mask = keep_meaningful(b, mask);
	p = load_instance(b, &mask);
	if (!p)
		return;
	b->instances[b->instance_count++] = p;
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++)
		if (mask & 1U << i)
			start_part(b, p, i);
}

bool mw_bpf_need(struct mw_bpf *b, uint32_t mask)
{
	uint32_t missing = 0, off = 0;
	int64_t begin;

	if (!b)
		return false;
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++)
		if (b->at[i].state == MW_BPF_UNTRIED && mask & 1U << i)
			missing |= 1U << i;
	if (missing) {
		begin = now();
		load(b, missing);
		b->load_ns += now() - begin;
	}
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++)
		if (b->at[i].state != MW_BPF_WORKS)
			off |= 1U << i;
	return !(mask & off);
}

/* --- what is known of it ---------------------------------------------------------------------- */

bool mw_bpf_works(const struct mw_bpf *b, enum mw_bpf_capability capability)
{
	return b && b->at[capability].state == MW_BPF_WORKS;
}

void mw_bpf_distrust(struct mw_bpf *b, enum mw_bpf_capability capability, const char *why)
{
	refuse(b, capability, 0, why);
}

void mw_bpf_expect_repeats(struct mw_bpf *b)
{
	if (b)
		b->repeats = true;
}

bool mw_bpf_repeats(const struct mw_bpf *b)
{
	return b && b->repeats;
}

void mw_bpf_status(const struct mw_bpf *b, enum mw_bpf_capability capability,
		   struct mw_bpf_status *out)
{
	const struct capability *c = &b->at[capability];

	*out = (struct mw_bpf_status){
		.name = parts[capability].name,
		.does = parts[capability].does,
		.state = c->state,
		.error = c->error,
		.why = c->why,
		.start_ns = c->start_ns,
	};
}

int64_t mw_bpf_load_ns(const struct mw_bpf *b)
{
	return b->load_ns;
}

const char *mw_bpf_built(void)
{
	return libbpf_version_string();
}

/* --- for parts -------------------------------------------------------------------------------- */

struct mw_programs *mw_bpf_programs(const struct mw_bpf *b, enum mw_bpf_capability capability)
{
	return mw_bpf_works(b, capability) ? b->at[capability].programs : NULL;
}

void **mw_bpf_own(struct mw_bpf *b, enum mw_bpf_capability capability)
{
	return &b->at[capability].own;
}

int mw_bpf_run(const struct bpf_program *program, void *context, uint32_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = context, .ctx_size_in = size);
	int error = bpf_prog_test_run_opts(bpf_program__fd(program), &run);

	return error ? error : (int)run.retval;
}

int mw_bpf_attach(const struct bpf_program *program, struct bpf_link **link, const char **why)
{
	*link = bpf_program__attach_iter(program, NULL);
	if (*link)
		return 0;
	*why = N_("the iterator could not be attached");
	return -errno;
}

int mw_bpf_iterate(const struct bpf_link *link, struct buf *out)
{
	enum { CHUNK = 32768 };
	int fd = bpf_iter_create(bpf_link__fd(link));
	ssize_t got = 1;
	int error = fd < 0 ? fd : 0;

	while (!error && got > 0) {
		error = buf_reserve(out, CHUNK);
		if (error)
			break;
		got = read(fd, out->at + out->len, CHUNK);
		if (got > 0)
			out->len += (size_t)got;
		else if (got < 0 && errno != EINTR && errno != EAGAIN)
			error = -errno;
		else if (got < 0)
			got = 1;
	}
	if (fd >= 0)
		close(fd);
	return error;
}
