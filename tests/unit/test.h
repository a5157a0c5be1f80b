/* TEST(name) { … } is all that a test file holds: tests register themselves, main() is in test.c. */
#ifndef MW_TESTS_TEST_H
#define MW_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "source/source.h"

struct test {
	const char *name;
	void (*run)(void **);
	struct test *next;
};

void test_register(struct test *test);

#define TEST(title)                                                        \
	static void test_##title(void **state);                            \
	static struct test entry_##title = { #title, test_##title, NULL }; \
	__attribute__((constructor)) static void register_##title(void)    \
	{                                                                  \
		test_register(&entry_##title);                             \
	}                                                                  \
	static void test_##title(__attribute__((unused)) void **state)

#define EXPECT(condition)       assert_true(condition)
#define EXPECT_EQ(got, wanted)  assert_int_equal((got), (wanted))
#define EXPECT_STR(got, wanted) assert_string_equal((got), (wanted))
#define EXPECT_SLICE(got, wanted)                                      \
	do {                                                           \
		struct slice got_ = (got), wanted_ = slice_of(wanted); \
		assert_int_equal(got_.len, wanted_.len);               \
		assert_memory_equal(got_.at, wanted_.at, wanted_.len); \
	} while (0)

static inline void scoped_source_free(struct mw_source **source)
{
	mw_source_free(*source);
}
#define scoped_source SCOPED(scoped_source_free)

/** The captured tree tests/fixtures/NAME (a directory or NAME.tar.zst). Fails the test without it.
 */
struct mw_source *fixture(const char *name);
/** The bytes of tests/fixtures/PATH. */
struct buf fixture_text(const char *path);

#endif
