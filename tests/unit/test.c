#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static struct test *first, **last = &first;

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
}

struct mw_source *fixture(const char *name)
{
	static const char *const forms[] = { "", ".tar.zst" };
	struct mw_source *source = NULL;
	scoped_buf struct buf problem = { 0 };
	char path[4096];
	int error = -ENOENT;

	for (size_t i = 0; i < 2 && error == -ENOENT; i++) {
		buf_clear(&problem);
		snprintf(path, sizeof(path), "%s/%s%s", FIXTURES, name, forms[i]);
		error = mw_source_tree(path, NULL, &source, &problem);
	}
	if (error)
		fail_msg("fixture %s", problem.at);
	return source;
}

struct buf fixture_text(const char *name)
{
	char path[4096];
	struct buf text = { 0 };
	ssize_t got = -1;

	snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && !buf_reserve(&text, 65536) &&
	       (got = read(fd, text.at + text.len, 65536)) > 0)
		text.len += (size_t)got;
	if (got < 0)
		fail_msg("fixture %s: %s", path, strerror(errno));
	text.at[text.len] = '\0';
	return text;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[512] = { 0 };
	size_t count = 0;
	int failed;

	(void)argc;
	for (struct test *t = first; t && count < 512; t = t->next)
		tests[count++] = (struct CMUnitTest){ .name = t->name, .test_func = t->run };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests(argv[0], tests, count, NULL, NULL);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
