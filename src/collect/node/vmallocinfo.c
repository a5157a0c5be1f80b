/* /proc/vmallocinfo: areas of kernel address space and the pages behind them, by caller. Root only; a
 * line per area, the kernel's list lock held meanwhile: 0.2 ms here, tens of ms with 10^5 areas. */
#include "base/index.h"
#include "base/scoped.h"
#include "collect/node/node.h"

#include <errno.h>

/* Thread stacks of VMAP_STACK kernels (Linux 4.9; arm64 4.14), by whatever fork's path inlines to. */
static const char *const stack_callers[] = {
	"dup_task_struct", "alloc_thread_stack_node", "copy_process",  "kernel_clone", "_do_fork",
	"fork_idle",       "create_io_thread",        "kernel_thread",
};

static const char *const shadow_callers[] = { "scs_alloc", "__scs_alloc" };

static const char *const type_names[] = { "vmalloc",      "vmap",       "ioremap", "user",
					  "dma-coherent", "vm_map_ram", "unpurged" };

enum { TYPES = sizeof(type_names) / sizeof(*type_names), CALLERS_MAX = 65536 };

#define ONE_OF(list, name) one_of(list, sizeof(list) / sizeof(*(list)), name)

struct area {
	struct slice caller; /* without offset and module */
	uint64_t size;       /* bytes of address space, guard page included */
	uint64_t pages;      /* that the area owns */
	unsigned types;      /* a bit per type_names */
};

struct totals {
	struct mw_snapshot *s;
	struct index callers;
	unsigned *types; /* by row */
	uint64_t pages, stacks, shadow;
	uint32_t page_size;
};

static bool one_of(const char *const *list, size_t count, struct slice name)
{
	while (count--)
		if (slice_is(name, list[count]))
			return true;
	return false;
}

static unsigned type_of(struct slice word)
{
	for (unsigned i = 0; i < TYPES; i++)
		if (slice_is(word, type_names[i]))
			return 1u << i;
	return 0;
}

/* Areas without a caller: freed ones that wait for a TLB flush, vm_map_ram()'s, boot's. */
static struct slice nameless(unsigned types)
{
	static const char *const known[] = { "unpurged", "vm_map_ram" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (types & type_of(slice_of(known[i])))
			return slice_of(known[i]);
	return SLICE("?");
}

/* "0x…-0x…   20480 kernel_clone+0x94/0x3e0 [module] pages=4 vmalloc N0=4" */
static bool parse_area(struct slice line, struct area *out)
{
	struct area a = { 0 };
	struct slice word, caller;

	if (!slice_begins(line, "0x") || !slice_token(&line, &word) || !slice_u64(&line, &a.size))
		return false;
	while (slice_token(&line, &word)) {
		unsigned type = type_of(word);

		a.types |= type;
		if (slice_word(&word, "pages=")) {
			if (!slice_u64(&word, &a.pages) || word.len)
				return false;
		} else if (!a.caller.len && !type && slice_until(&word, '+', &caller)) {
			a.caller = caller;
		}
	}
	if (!a.caller.len)
		a.caller = nameless(a.types);
	*out = a;
	return true;
}

/* Stacks have a power of two of pages and, as all areas, one guard page. */
static bool is_stack(const struct area *a, uint32_t page_size)
{
	return ONE_OF(stack_callers, a->caller) && a->pages && !(a->pages & (a->pages - 1)) &&
	       a->size == (a->pages + 1) * page_size;
}

static bool same_caller(uint32_t row, const void *key, const void *context)
{
	return slice_is(*(const struct slice *)key, mw_snapshot_at(context, MW_VMALLOC, row)->name);
}

/* @return the caller's row, made when it is new */
static struct mw_entity *row_of(struct totals *t, struct slice caller)
{
	uint64_t hash = hash_bytes(caller);
	uint32_t row = index_find(&t->callers, hash, same_caller, &caller, t->s);
	struct mw_entity *e;

	if (row != INDEX_NONE)
		return mw_snapshot_at(t->s, MW_VMALLOC, row);
	e = mw_snapshot_count(t->s, MW_VMALLOC) < CALLERS_MAX
		    ? mw_snapshot_add(t->s, MW_VMALLOC, NULL, caller, hash, 0)
		    : NULL;
	return e && !index_add(&t->callers, hash, e->index) ? e : NULL;
}

static bool add(struct mw_entity *e, enum mw_metric metric, uint64_t v)
{
	if (__builtin_add_overflow(mw_get_or(e, metric, 0), v, &v))
		return false;
	mw_set(e, metric, v);
	return true;
}

static int add_area(struct totals *t, const struct area *a)
{
	struct mw_entity *e;
	uint64_t bytes, sum;

	if (__builtin_mul_overflow(a->pages, (uint64_t)t->page_size, &bytes) ||
	    __builtin_add_overflow(t->pages, bytes, &sum))
		return -EBADMSG;
	e = row_of(t, a->caller);
	if (!e)
		return -ENOMEM;
	if (!add(e, M_VA_SIZE, a->size))
		return -EBADMSG;
	add(e, M_VA_PAGES, bytes); /* not more than `sum`, which did not overflow */
	add(e, M_VA_AREAS, 1);
	t->types[e->index] |= a->types;
	t->pages = sum;
	if (is_stack(a, t->page_size))
		t->stacks += bytes;
	else if (ONE_OF(shadow_callers, a->caller))
		t->shadow += bytes;
	return 0;
}

static void name_types(struct totals *t)
{
	struct mw_entity *e;

	mw_for_each (e, t->s, MW_VMALLOC) {
		char text[64]; /* all of them and blanks: 57 */
		size_t len = 0;

		for (unsigned i = 0; i < TYPES; i++) {
			size_t n = strlen(type_names[i]);

			if (!(t->types[e->index] & 1u << i))
				continue;
			if (len)
				text[len++] = ' ';
			memcpy(text + len, type_names[i], n);
			len += n;
		}
		mw_set_text(t->s, e, M_VA_TYPES, (struct slice){ text, len });
	}
}

static int parse_all(struct totals *t, struct slice text, struct mw_parse_error *at)
{
	struct slice line;
	int result = 0;

	for (size_t number = 1; slice_line(&text, &line); number++) {
		struct area a;
		int error = parse_area(line, &a) ? add_area(t, &a) : -EBADMSG;

		if (error == -ENOMEM)
			return error;
		if (error)
			result = mw_parse_failed(at, result, number,
						 "an area, its size and caller");
	}
	return result;
}

int mw_parse_vmallocinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	static const enum mw_metric sums[] = { M_VMALLOC_PAGES, M_VMALLOC_STACKS,
					       M_VMALLOC_SHADOW_STACKS };
	struct mw_entity *node = mw_snapshot_node(s);
	scoped_free unsigned *types = calloc(CALLERS_MAX, sizeof(*types));
	struct totals t = { .s = s,
			    .types = types,
			    .page_size = mw_snapshot_machine(s)->page_size };
	int result = types ? parse_all(&t, text, at) : -ENOMEM;
	uint64_t values[] = { t.pages, t.stacks, t.shadow };

	if (types)
		name_types(&t);
	index_release(&t.callers);
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
		if (result)
			mw_set_state(node, sums[i], MW_MALFORMED);
		else
			mw_set(node, sums[i], values[i]);
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/vmallocinfo", MW_RECORDS, mw_parse_vmallocinfo);
}

const struct mw_collector mw_collect_vmallocinfo = {
	.name = "vmallocinfo",
	.want = MW_WANT_NODE_DETAIL,
	.collect = collect,
};
