#include "oom/badness.h"
#include "base/slice.h"

/* All memory and an adj of 1000, in thousandths. */
enum { MOST = 2000 };

/* 4.17 as 4017; UINT64_MAX: unknown */
static uint64_t version_of(const char *release)
{
	struct slice text = slice_of(release);
	uint64_t major, minor;

	if (!slice_u64(&text, &major) || !slice_word(&text, ".") || !slice_u64(&text, &minor) ||
	    major > 1000 || minor > 999)
		return UINT64_MAX;
	return major * 1000 + minor;
}

struct mw_oom_rules mw_oom_rules(const char *release)
{
	uint64_t version = version_of(release);

	return (struct mw_oom_rules){
		.root_bonus = version < 4017,
		.children_first = version < 5002,
		.last_wins = version >= 5003,
		.floor = version < 5009,
	};
}

int64_t mw_oom_badness(const struct mw_oom_rules *rules, uint64_t pages, int adj, uint64_t total,
		       bool root)
{
	int64_t points = (int64_t)pages;

	if (root && rules->root_bonus)
		points -= points * 3 / 100;
	/* divided first, as the kernel does it: the rest of a thousand pages counts for nobody */
	points += adj * (int64_t)(total / 1000);
	return points <= 0 && rules->floor ? 1 : points;
}

int64_t mw_oom_permille(int64_t points, uint64_t total)
{
	return total ? points * 1000 / (int64_t)total : 0;
}

int64_t mw_oom_score(const struct mw_oom_rules *rules, int64_t points, uint64_t total)
{
	int64_t permille = mw_oom_permille(points, total);

	/* no machine has more, but a damaged capture may say so */
	permille = permille > MOST ? MOST : permille < -MOST ? -MOST : permille;
	return rules->floor ? permille : (1000 + permille) * 2 / 3;
}

int64_t mw_oom_score_points(const struct mw_oom_rules *rules, uint64_t score, uint64_t total)
{
	int64_t known = (int64_t)(score < MOST ? score : MOST);
	int64_t permille = rules->floor ? known : known * 3 / 2 - 1000;

	return permille * (int64_t)total / 1000;
}
