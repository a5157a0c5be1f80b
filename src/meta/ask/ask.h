/* Asking the runtimes' sockets, the kubelet and the API server. What does not answer is left alone
 * for a while: 10 s after its first failure, then twice as long each time, up to 10 minutes. */
#ifndef MW_META_ASK_ASK_H
#define MW_META_ASK_ASK_H

#include "meta/ask/http.h"
#include "meta/meta.h"
#include "meta/who.h"

enum mw_endpoint_id {
	MW_ASK_DOCKER,
	MW_ASK_PODMAN,
	MW_ASK_PODMAN_USERS, /* of users but root: one each */
	MW_ASK_PODMAN_USERS_LAST = MW_ASK_PODMAN_USERS + 7,
	MW_ASK_KUBELET, /* for pods; each page wants a right of its own */
	MW_ASK_KUBELET_STATS,
	MW_ASK_KUBELET_CONFIG,
	MW_ASK_KUBE_API,
	MW_ENDPOINTS,
};

struct mw_endpoint {
	int64_t not_before; /* mw_clock() */
	unsigned failures;  /* in a row */
	int error;          /* of the last one, -errno */
	const char *what;   /* of its problem */
	char *path;         /* likewise */
};

/* What a socket or URL may cost. */
#define MW_ASK_TIME         ((int64_t)200000000)  /* a runtime's */
#define MW_ASK_KUBELET_TIME ((int64_t)500000000)  /* TLS, perhaps another machine */
#define MW_ASK_STATS_TIME   ((int64_t)1200000000) /* Docker measures once a second */
enum { MW_ASK_MOST = 8 << 20 };                   /* bytes of a list */

/* Kept between sweeps. */
struct mw_ask {
	const struct mw_meta_options *options;
	struct mw_http *http; /* NULL until it is first needed */
	struct mw_endpoint endpoints[MW_ENDPOINTS];
	struct buf answer; /* reused */
};

void mw_ask_init(struct mw_ask *ask, const struct mw_meta_options *options);
void mw_ask_release(struct mw_ask *ask);

/** mw_http_get() into ask->answer, unless the endpoint is being left alone. A failure is noted as a
 *  problem of the snapshot (path = the socket or URL, when it is asked again), a status of 404 is not.
 *  @return as mw_http_get(), -EAGAIN = left alone (its last failure is noted once more) */
int mw_ask_get(struct mw_ask *ask, enum mw_endpoint_id who, struct mw_source *source,
	       struct mw_snapshot *s, const struct mw_http_request *request);

/** Note that what mw_ask_get() gave is no answer (-EBADMSG: not understood, -ENOENT: 404 where there
 *  should have been one), and leave the endpoint alone like one that failed. @return error */
int mw_ask_failed(struct mw_ask *ask, enum mw_endpoint_id who, struct mw_source *source,
		  struct mw_snapshot *s, const struct mw_http_request *request, int error);

/** Note once more what is being left alone: for a sweep in which nobody asks, but somebody would. */
void mw_ask_remind(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s);

/** It answered what it was asked: no longer one that fails. */
void mw_ask_answered(struct mw_ask *ask, enum mw_endpoint_id who);

/* Where a runtime listens. */
struct mw_listener {
	char socket[256]; /* "" = TCP */
	char base[256];   /* "http://d", "http://127.0.0.1:2375" */
};

/** @given  "unix:///run/x.sock" (not below the root), "tcp://HOST:PORT", "http://…"
 *  @return 0; -ENOTSUP: a form that is not spoken (ssh), or too long, noted */
int mw_listener_given(struct mw_snapshot *s, const char *given, struct mw_listener *out);
/** The socket of that name below the root, when there is one. @return 0, -ENOENT */
int mw_listener_socket(const struct mw_ask *ask, struct mw_source *source, const char *path,
		       struct mw_listener *out);

/* One thing that is asked of a runtime. */
struct mw_question {
	enum mw_endpoint_id who;
	const struct mw_listener *at;
	const char *path;   /* "/containers/json?all=1" */
	int64_t time;       /* ns; 0 = MW_ASK_TIME */
	bool may_be_absent; /* 404: it is gone, and not a failure */
	/** @return 0, -EBADMSG: not what it should be, or -errno */
	int (*read)(struct slice json, void *argument);
	void *argument;
};

/** Ask, and read what comes. @return 0, as mw_ask_get(), or what `read` gave */
int mw_ask_question(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    const struct mw_question *q);

/* Whose facts an answer has found. */
enum mw_asked { MW_ASKED_CONTAINER, MW_ASKED_POD };

/** The group that is being found out about, by container id or pod uid, or NULL: nobody wants to
 *  know. It may be called again for the next group of the same id until it says NULL. */
typedef struct mw_who *(*mw_wanted_fn)(void *argument, enum mw_asked kind, struct slice id);

/* Each asks one endpoint, and puts what the answer says into the groups that are wanted.
 * @return 0, or -errno as mw_ask_get(), -EBADMSG: an answer that was not understood (noted) */

/** Docker Engine API 1.24 and later: /containers/json, ended ones included. */
int mw_docker_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   mw_wanted_fn wanted, void *argument);
/** podman's libpod API 4 and later: /libpod/containers/json. */
int mw_podman_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   mw_wanted_fn wanted, void *argument);
/** The kubelet's /pods, or, where an API server is given, its list of this node's pods. */
int mw_kubelet_list(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    mw_wanted_fn wanted, void *argument);

/** M_CG_DOCKER_STATS of a group whose M_CG_RUNTIME_ID is known, as `docker stats` computes it, and
 *  M_CG_INIT_PID and M_CG_RESTARTS where they are not known. The daemon measures when nobody has asked
 *  within a second, otherwise at the next: MW_ASK_STATS_TIME, when it answers at all. Before 20.10 it
 *  takes two seconds, which are not waited for. */
int mw_docker_stats(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    struct mw_entity *group);
/** M_CG_PODMAN_STATS likewise. */
int mw_podman_stats(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		    struct mw_entity *group);

/* What is looked for in a list of containers, Docker's or podman's. */
struct mw_container_list {
	const char *runtime;  /* whose list it is */
	const uint32_t *user; /* only groups in this one's slice are told about; NULL = all */
	mw_wanted_fn wanted;
	void *argument;
};

/* Pure: what the answers say. @return 0 or -EBADMSG */

/** @listing a struct mw_container_list. What stood before the fault is noted. */
int mw_containers_parse(struct slice json, void *listing);
/** @out  memory as `docker stats` shows it; absent where the container does not run */
int mw_docker_stats_parse(struct slice json, struct mw_num *out);
/** Likewise `podman stats`, of the container of that id. */
int mw_podman_stats_parse(struct slice json, struct slice id, struct mw_num *out);

/** The kubelet's /stats/summary: M_CG_KUBELET_… of each group of a pod or container in it, and
 *  M_KUBELET_AVAILABLE of the machine. Its numbers are up to 10 s old. */
int mw_kubelet_summary(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s);

#endif
