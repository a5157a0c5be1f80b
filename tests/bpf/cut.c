/* cut FILE [NAME...]
 * The part of a kernel's type information (raw BTF) with these types, or with all that memwhy's programs know,
 * on standard output. */
#include "base/scoped.h"
#include "bpf/btf/cut.h"
#include "bpf/btf/types.h"

#include "bpf/programs.skel.h"

static int read_file(const char *path, struct buf *out)
{
	scoped_file FILE *file = fopen(path, "rb");
	size_t got;

	if (!file)
		return -1;
	while (!buf_reserve(out, 1 << 16) && (got = fread(out->at + out->len, 1, 1 << 16, file)))
		out->len += got;
	return out->error;
}

static int all_names(struct buf *names)
{
	struct mw_programs *p = mw_programs__open();

	if (!p)
		return -1;
	mw_bpf_type_names(bpf_object__btf(p->obj), names);
	mw_programs__destroy(p);
	return names->error;
}

int main(int argc, char **argv)
{
	scoped_buf struct buf kernel = { 0 }, names = { 0 }, out = { 0 };

	for (int i = 2; i < argc; i++)
		buf_add(&names, (struct slice){ argv[i], strlen(argv[i]) + 1 });
	if (argc < 2 || read_file(argv[1], &kernel) || (argc == 2 && all_names(&names)) ||
	    mw_btf_cut(buf_slice(&kernel), buf_slice(&names), NULL, 0, &out)) {
		fprintf(stderr, "cut: cannot read %s\n", argc < 2 ? "FILE" : argv[1]);
		return 1;
	}
	return fwrite(out.at, 1, out.len, stdout) != out.len;
}
