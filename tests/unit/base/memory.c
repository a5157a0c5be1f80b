#include "test.h"

#include "base/arena.h"
#include "base/index.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

TEST(arena_pieces_are_zeroed_aligned_and_apart)
{
	scoped_arena struct arena a = { 0 };
	char *one = arena_alloc(&a, 3), *two = arena_alloc(&a, 100000);

	EXPECT(one && two);
	EXPECT_EQ((uintptr_t)two % 16, 0);
	memset(one, 'x', 3);
	for (size_t i = 0; i < 100000; i++)
		EXPECT_EQ(two[i], 0);
}

TEST(arena_stops_at_its_limit)
{
	scoped_arena struct arena a = { .limit = 1 << 20 };
	size_t pieces = 0;

	while (arena_alloc(&a, 1000))
		pieces++;
	EXPECT(pieces > 500 && pieces < 1100);
	EXPECT(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
}

TEST(a_sealed_arena_cannot_be_written)
{
	scoped_arena struct arena a = { 0 };
	char *text = arena_copy(&a, SLICE("fixed"));
	int status;
	pid_t pid;

	arena_seal(&a);
	EXPECT(arena_alloc(&a, 1) == NULL);
	pid = fork();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		*text = 'x';
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
	EXPECT_STR(text, "fixed");
}

TEST(an_arena_of_spare_blocks_is_zeroed_and_not_sealed)
{
	struct arena a = { 0 };
	char *first;

	arena_keep_spare(1 << 20);
	first = arena_alloc(&a, 5000);
	memset(first, 'x', 5000);
	arena_seal(&a);
	arena_release(&a);
	for (int round = 0; round < 2; round++) {
		char *piece = arena_alloc(&a, 5000);

		EXPECT(round || piece == first);
		for (size_t i = 0; piece && i < 5000; i++)
			EXPECT_EQ(piece[i], 0);
		memset(piece, 'y', 5000);
	}
	arena_keep_spare(0);
	arena_release(&a);
}

TEST(buf_grows_to_its_limit_and_keeps_what_it_has)
{
	scoped_buf struct buf b = { .limit = 10 };

	buf_puts(&b, "12345");
	buf_u64(&b, 678);
	EXPECT_EQ(b.error, 0);
	buf_puts(&b, "9abc");
	EXPECT_EQ(b.error, -EFBIG);
	EXPECT_STR(b.at, "12345678");
	buf_clear(&b);
	buf_printf(&b, "%s-%d", "a", 7);
	EXPECT_EQ(b.error, 0);
	EXPECT_STR(b.at, "a-7");
}

static bool equals(uint32_t number, const void *key, const void *context)
{
	return ((const uint64_t *)context)[number] == *(const uint64_t *)key;
}

TEST(index_finds_what_was_added_and_nothing_else)
{
	static uint64_t keys[5000];
	struct index x = { 0 };

	for (uint32_t i = 0; i < 5000; i++) {
		keys[i] = (uint64_t)i * 4096;
		EXPECT_EQ(index_add(&x, hash_u64(keys[i]), i), 0);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		uint64_t other = keys[i] + 1;

		EXPECT_EQ(index_find(&x, hash_u64(keys[i]), equals, &keys[i], keys), i);
		EXPECT_EQ(index_find(&x, hash_u64(other), equals, &other, keys), INDEX_NONE);
	}
	index_release(&x);
}
