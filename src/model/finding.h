/* A verdict about an entity, with the numbers it rests on. Rules (diagnose/) decide and cite;
 * renderers write the sentences: texts are templates in English whose {placeholders} name what is
 * cited, translated as a whole. */
#ifndef MW_MODEL_FINDING_H
#define MW_MODEL_FINDING_H

#include "model/snapshot.h"

enum mw_level {
	MW_INFO,     /* explains a number that people misread */
	MW_NOTICE,   /* worth knowing, or money wasted */
	MW_WARNING,  /* act today */
	MW_CRITICAL, /* something is being lost or will be within minutes */
	MW_LEVELS,
};

enum mw_confidence { MW_LOW, MW_MEDIUM, MW_HIGH, MW_CONFIDENCES };

/** "critical", "high": as in JSON and on the command line. */
const char *mw_level_name(enum mw_level level);
const char *mw_confidence_name(enum mw_confidence confidence);
/** @return false when it is no level's name */
bool mw_level_find(const char *name, enum mw_level *out);

/* What a cited value is, and so how it is written and which "unit" JSON gives it. */
enum mw_form {
	MW_FORM_BYTES,      /* "bytes" */
	MW_FORM_BYTE_RATE,  /* "bytes/s" */
	MW_FORM_COUNT,      /* "count" */
	MW_FORM_COUNT_RATE, /* "1/s" */
	MW_FORM_SHARE,      /* "ratio": 0.5 is written "50 %" */
	MW_FORM_SECONDS,    /* "seconds" */
	MW_FORM_TEXT,       /* "text": from outside, hostile */
	MW_FORMS,
};

struct mw_cite {
	const char
		*name; /* what templates call it: "left" for {left}; one of its kind per finding */
	enum mw_form form;
	double value;
	const char *text;   /* of MW_FORM_TEXT */
	const char *source; /* "memory.stat: total_rss"; how it was computed; never NULL */
	double threshold;   /* NAN = it has none */
	struct mw_cite *next;
};

/* A list of templates (translated when written) or of commands (never translated). */
struct mw_lines {
	const char *text;
	struct mw_lines *next;
};

struct mw_finding {
	const char *id; /* "ctr-oom-risk" */
	enum mw_level level;
	enum mw_confidence confidence;
	const char *doubt; /* template: why the confidence is not higher; NULL when it is high */
	const struct mw_entity *entity;
	const char *title; /* template, one sentence: the answer */
	struct mw_cite *cited;
	struct mw_lines *details;       /* templates: what explains the title */
	struct mw_lines *advice;        /* templates: what to do */
	struct mw_lines *avoid;         /* templates: what not to do, and why */
	struct mw_lines *next;          /* commands that tell more */
	const struct mw_finding *cause; /* the finding that explains this one, or NULL */
};

/* "Cannot tell" is an answer too. */
struct mw_cannot_tell {
	const char *id;
	const struct mw_entity *entity; /* the first that it is about */
	uint32_t entities;              /* how many the same is true of */
	const char *missing;            /* template: what is missing */
	struct mw_cite *cited;          /* what it names */
	const char *next;               /* the command that would tell, or NULL */
};

struct mw_diagnosis {
	struct mw_finding *const *findings; /* worst first; what a cause explains follows it */
	size_t count;
	struct mw_cannot_tell *cannot_tell;
	size_t cannot_tell_count;
};

/** "node", "container:/shop/web", "process:69", "runtime:69": as JSON names an entity. */
const char *mw_entity_key(struct arena *a, const struct mw_entity *e);

#endif
