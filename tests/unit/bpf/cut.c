/* Types written by libbpf, cut down by us, and read by libbpf again. */
#include "test.h"

#include "bpf/btf/cut.h"

#include <errno.h>

#include <bpf/btf.h>

static void scoped_btf_free(struct btf **btf)
{
	btf__free(*btf);
}
#define scoped_btf SCOPED(scoped_btf_free)

static struct slice raw(const struct btf *btf)
{
	__u32 len;
	const void *at = btf__raw_data(btf, &len);

	return (struct slice){ at, len };
}

static struct btf *cut(const struct btf *whole, struct slice names)
{
	scoped_buf struct buf out = { 0 };
	struct btf *btf;

	EXPECT_EQ(mw_btf_cut(raw(whole), names, NULL, 0, &out), 0);
	btf = btf__new(out.at, (__u32)out.len);
	EXPECT(btf != NULL);
	return btf;
}

/* struct node { struct node *next; const u32 numbers[5]; union { … wide } value; enum colour colour : 3; }
 * and things that have nothing to do with it. */
static struct btf *sample(void)
{
	struct btf *b = btf__new_empty();
	int u32, constant, array, wide, value, colour, node, pointer;

	EXPECT(b != NULL);
	btf__add_func_proto(b, 0);
	u32 = btf__add_int(b, "u32", 4, 0);
	node = btf__type_cnt(b) + 6;
	constant = btf__add_const(b, u32);
	array = btf__add_array(b, u32, constant, 5);
	wide = btf__add_typedef(b, "wide", u32);
	value = btf__add_union(b, NULL, 4);
	EXPECT_EQ(btf__add_field(b, "wide", wide, 0, 0), 0);
	colour = btf__add_enum(b, "colour", 4);
	EXPECT_EQ(btf__add_enum_value(b, "RED", 7), 0);
	pointer = btf__add_ptr(b, node);
	EXPECT_EQ(btf__add_struct(b, "node", 40), node);
	EXPECT_EQ(btf__add_field(b, "next", pointer, 0, 0), 0);
	EXPECT_EQ(btf__add_field(b, "numbers", array, 64, 0), 0);
	EXPECT_EQ(btf__add_field(b, "value", value, 224, 0), 0);
	EXPECT_EQ(btf__add_field(b, "colour", colour, 256, 3), 0);
	EXPECT(btf__add_struct(b, "other", 8) > 0);
	EXPECT_EQ(btf__add_field(b, "value", value, 0, 0), 0);
	EXPECT(btf__add_struct(b, "node___old", 4) > 0);
	EXPECT_EQ(btf__add_field(b, "number", u32, 0, 0), 0);
	EXPECT(btf__add_enum64(b, "large", 8, false) > 0);
	EXPECT_EQ(btf__add_enum64_value(b, "HUGE", 1ull << 40), 0);
	return b;
}

TEST(a_type_with_all_that_is_in_it)
{
	scoped_btf struct btf *whole = sample(), *b = cut(whole, SLICE("node\0"));
	const struct btf_type *t = btf__type_by_id(
		b, (__u32)btf__find_by_name_kind(b, "node", BTF_KIND_STRUCT));
	const struct btf_member *m = btf_members(t);

	EXPECT_EQ(btf_vlen(t), 4);
	EXPECT_EQ(t->size, 40);
	EXPECT_STR(btf__name_by_offset(b, m[0].name_off), "next");
	EXPECT(btf_is_ptr(btf__type_by_id(b, m[0].type)));
	EXPECT_EQ(btf__type_by_id(b, m[0].type)->type, 0);
	EXPECT(btf_is_array(btf__type_by_id(b, m[1].type)));
	EXPECT_EQ(btf__resolve_size(b, m[1].type), 20);
	EXPECT_EQ(btf_member_bit_offset(t, 2), 224);
	EXPECT(btf_is_composite(btf__type_by_id(b, m[2].type)));
	EXPECT_EQ(btf_member_bit_offset(t, 3), 256);
	EXPECT_EQ(btf_member_bitfield_size(t, 3), 3);
	t = btf__type_by_id(b, m[3].type);
	EXPECT_STR(btf__name_by_offset(b, t->name_off), "colour");
	EXPECT_EQ(btf_enum(t)->val, 7);
	EXPECT(btf__find_by_name_kind(b, "node___old", BTF_KIND_STRUCT) > 0);
	EXPECT_EQ(btf__find_by_name(b, "other"), -ENOENT);
	EXPECT_EQ(btf__find_by_name(b, "large"), -ENOENT);
}

TEST(enums_of_64_bits_and_nothing)
{
	scoped_btf struct btf *whole = sample(), *b = cut(whole, SLICE("large\0u\0"));
	const struct btf_type *t = btf__type_by_id(b, 1);

	EXPECT_EQ(btf__type_cnt(b), 2);
	EXPECT_EQ(btf_kind(t), BTF_KIND_ENUM64);
	EXPECT_EQ(btf_enum64_value(btf_enum64(t)), 1ull << 40);
	scoped_btf struct btf *none = cut(whole, SLICE("nod\0nodes\0"));
	EXPECT_EQ(btf__type_cnt(none), 1);
}

TEST(numbers_of_the_whole)
{
	struct mw_btf_number numbers[] = { { "node" }, { "node___old" }, { "colour" }, { "nod" } };
	scoped_btf struct btf *whole = sample();
	scoped_buf struct buf out = { 0 };

	EXPECT_EQ(mw_btf_cut(raw(whole), SLICE("node\0colour\0"), numbers, 4, &out), 0);
	EXPECT_EQ(numbers[0].number, btf__find_by_name_kind(whole, "node", BTF_KIND_STRUCT));
	EXPECT_EQ(numbers[1].number, btf__find_by_name_kind(whole, "node___old", BTF_KIND_STRUCT));
	EXPECT_EQ(numbers[2].number, 0);
	EXPECT_EQ(numbers[3].number, 0);
}

TEST(cut_short_or_damaged)
{
	scoped_btf struct btf *whole = sample();
	struct slice all = raw(whole), names = SLICE("node\0large\0");
	scoped_free char *bytes = malloc(all.len);

	for (size_t len = 0; len < all.len; len++) {
		scoped_buf struct buf out = { 0 };

		buf_puts(&out, "kept");
		/* a copy of its own, so that a read behind it is found */
		scoped_free char *part = malloc(len + !len);
		memcpy(part, all.at, len);
		EXPECT_EQ(mw_btf_cut((struct slice){ part, len }, names, NULL, 0, &out), -EBADMSG);
		EXPECT_SLICE(buf_slice(&out), "kept");
	}
	for (size_t i = 0; i < all.len; i++) {
		scoped_buf struct buf out = { 0 };
		int error;

		memcpy(bytes, all.at, all.len);
		bytes[i] = (char)0xff;
		error = mw_btf_cut((struct slice){ bytes, all.len }, names, NULL, 0, &out);
		EXPECT(!error || error == -EBADMSG || error == -ENOTSUP);
	}
	scoped_buf struct buf out = { 0 };
	EXPECT_EQ(mw_btf_cut(all, SLICE("node"), NULL, 0, &out), -EBADMSG);
}

TEST(a_word_behind_the_name_does_not_count)
{
	EXPECT_SLICE(mw_btf_essential(SLICE("task_struct___5_13")), "task_struct");
	EXPECT_SLICE(mw_btf_essential(SLICE("a___b___c")), "a");
	EXPECT_SLICE(mw_btf_essential(SLICE("__u32")), "__u32");
	EXPECT_SLICE(mw_btf_essential(SLICE("a___")), "a___");
	EXPECT_SLICE(mw_btf_essential(SLICE("___a")), "___a");
	EXPECT_SLICE(mw_btf_essential(SLICE("")), "");
}

static void expect_same(const struct btf *a, const struct btf_type *x, const struct btf *b,
			const struct btf_type *y)
{
	const struct btf_member *m = btf_members(x), *n = btf_members(y);

	EXPECT_EQ(x->size, y->size);
	EXPECT_EQ(x->info, y->info);
	for (int i = 0; i < btf_vlen(x); i++) {
		EXPECT_STR(btf__name_by_offset(a, m[i].name_off),
			   btf__name_by_offset(b, n[i].name_off));
		EXPECT_EQ(m[i].offset, n[i].offset);
		EXPECT_EQ(btf__resolve_size(a, m[i].type), btf__resolve_size(b, n[i].type));
	}
}

TEST(the_running_kernel)
{
	scoped_btf struct btf *whole = btf__parse("/sys/kernel/btf/vmlinux", NULL), *b;
	static const char *const names[] = { "task_struct", "mm_struct", "page", "sock",
					     "cgroup_subsys_state" };

	if (!whole)
		skip();
	b = cut(whole, SLICE("task_struct\0mm_struct\0page\0sock\0cgroup_subsys_state\0"));
	EXPECT(btf__type_cnt(b) < btf__type_cnt(whole) / 20);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int x = btf__find_by_name_kind(whole, names[i], BTF_KIND_STRUCT);
		int y = btf__find_by_name_kind(b, names[i], BTF_KIND_STRUCT);

		EXPECT(x > 0 && y > 0);
		expect_same(whole, btf__type_by_id(whole, (__u32)x), b,
			    btf__type_by_id(b, (__u32)y));
	}
}
