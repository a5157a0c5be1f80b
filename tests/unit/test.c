#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static struct test *first, **last = &first;

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
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
