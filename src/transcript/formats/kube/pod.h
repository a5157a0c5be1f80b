/* A pod as its specification and its status tell it. */
#ifndef MW_TRANSCRIPT_FORMATS_POD_H
#define MW_TRANSCRIPT_FORMATS_POD_H

#include "transcript/format.h"

enum { MW_POD_CONTAINERS = 32 };

struct mw_pod_container {
	struct slice name, image;
	struct mw_num request, limit;         /* bytes */
	struct mw_num cpu_request, cpu_limit; /* millionths of a core */
	struct mw_num restarts;
	bool oom_killed;      /* it, or the one before it */
	struct slice jvm;     /* variables and arguments that a JVM reads */
	struct slice node;    /* NODE_OPTIONS */
	struct mw_num go_max; /* GOMEMLIMIT */
};

struct mw_pod {
	struct slice name, pod_namespace, qos;
	struct mw_num priority;
	struct mw_pod_container containers[MW_POD_CONTAINERS];
	size_t count;
};

/** A new container, or the last when there is no room. */
struct mw_pod_container *mw_pod_add(struct mw_pod *pod, struct slice name);
struct mw_pod_container *mw_pod_find(struct mw_pod *pod, struct slice name);

/** Note a resource: "memory" or "cpu" of "limits" or "requests". */
void mw_pod_resource(struct mw_pod_container *c, bool is_limit, struct slice what,
		     struct slice value);
/** Note an environment variable, when it is one that a runtime reads. @return false: out of memory */
bool mw_pod_variable(struct arena *a, struct mw_pod_container *c, struct slice name,
		     struct slice value);
/** Note an argument of the container's command. @return false: out of memory */
bool mw_pod_argument(struct arena *a, struct mw_pod_container *c, struct slice value);

/** The pod's rows. A pod of one container is one row, for people take them for the same; a pod
 *  without a name is the container that the paste was made in.
 *  @return 0 or -ENOMEM */
int mw_pod_put(struct mw_reading *r, const struct mw_pod *pod);

#endif
