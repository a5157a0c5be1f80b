/* What holds for every rule. */
#include "world.h"

enum { MOST_PARAMS = 16 };

static const char *const units[] = { "bytes", "bytes/s", "ratio", "seconds", "count", "1/s" };

static bool is_unit(const char *unit)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i]))
			return true;
	return false;
}

static void check_words(const struct mw_rule *rule, const char *what, const char *text)
{
	if (!text || !*text)
		fail_msg("%s has no %s", rule->id, what);
}

/* Shown without a finding: nothing would fill a placeholder. */
static void check_plain(const struct mw_rule *rule, const char *what, const char *text)
{
	check_words(rule, what, text);
	if (strchr(text, '{'))
		fail_msg("%s: a placeholder in its %s", rule->id, what);
}

TEST(ids_are_stable_words)
{
	for (const struct mw_rule *const *r = mw_rules; *r; r++) {
		const char *id = (*r)->id;

		if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
			fail_msg("%s is no id", id);
		if (((*r)->kind == MW_NODE) != !strncmp(id, "node-", 5) && (*r)->kind != MW_RUNTIME)
			fail_msg("%s is about another kind", id);
		if (((*r)->kind == MW_CGROUP) != !strncmp(id, "ctr-", 4))
			fail_msg("%s is about another kind", id);
		EXPECT(mw_rule_find(id) == *r);
	}
	EXPECT(!mw_rule_find("node-no-such"));
}

TEST(every_rule_says_what_it_is)
{
	for (const struct mw_rule *const *r = mw_rules; *r; r++) {
		check_words(*r, "title", (*r)->title);
		check_plain(*r, "about", (*r)->about);
		check_plain(*r, "silent", (*r)->silent);
		EXPECT((*r)->level < MW_LEVELS);
		assert_non_null((*r)->check);
	}
}

TEST(every_threshold_has_a_reason)
{
	for (const struct mw_rule *const *r = mw_rules; *r; r++) {
		size_t n = 0;

		for (const struct mw_param *p = (*r)->params; p && p->name; p++, n++) {
			check_plain(*r, p->name, p->reason);
			if (!is_unit(p->unit))
				fail_msg("%s.%s has a strange unit", (*r)->id, p->name);
			for (const struct mw_param *q = (*r)->params; q < p; q++)
				if (!strcmp(p->name, q->name))
					fail_msg("%s has %s twice", (*r)->id, p->name);
		}
		EXPECT(n <= MOST_PARAMS);
	}
}

TEST(nothing_explains_itself)
{
	for (const struct mw_rule *const *r = mw_rules; *r; r++)
		for (const char *const *x = (*r)->explains; x && *x; x++)
			if (!strcmp(*x, (*r)->id))
				fail_msg("%s explains itself", (*r)->id);
}

/* A machine of which nothing is known is not ill, and raises no questions either. */
TEST(an_empty_machine_is_silent)
{
	const struct mw_machine machine = { .page_size = 4096 };
	scoped_world struct world w = { 0 };

	w.s = mw_snapshot_new(&machine);
	w.node = mw_snapshot_node(w.s);
	w.at[w.count++] = w.s;
	world_diagnose(&w);
	EXPECT_EQ(w.d.count, 0);
	EXPECT_EQ(w.d.cannot_tell_count, 0);
}
