/* Who the groups are: Docker, containerd, CRI pods, podman, CRI-O, LXC, systemd, the kubelet.
 *
 * A group's path says much (owners/); local files of its runtime say more; then the runtimes' sockets
 * are asked, and the kubelet (ask/). Every source is optional. What was found is kept by the group's
 * inode for as long as the group is there, so that a later sweep only finds out about new groups.
 * What could not be asked is a problem in the snapshot. */
#ifndef MW_META_META_H
#define MW_META_META_H

#include "model/snapshot.h"
#include "source/source.h"

struct mw_meta;

/* Texts are borrowed and must outlive the meta. */
struct mw_meta_options {
	bool offline;       /* local files only: no socket is asked */
	const char *root;   /* what the source's root is called here: sockets are found below it */
	const char *docker; /* "unix:///run/docker.sock" of DOCKER_HOST, NULL = the usual place */
	const char *podman; /* of CONTAINER_HOST, likewise */
	/* the kubelet: NULL = found out (ask/kubelet.h) */
	const char *kubelet;    /* "https://10.0.0.7:10250" */
	const char *kube_api;   /* "https://10.96.0.1:443": asked only when given */
	const char *kube_node;  /* this node's name, for the API server */
	const char *token_file; /* bearer token */
	const char *ca_file;    /* of the kubelet or the API server */
	bool insecure;          /* the server's certificate is not checked */
};

/** @out  freed with mw_meta_free(). @return 0 or -ENOMEM */
int mw_meta_new(const struct mw_meta_options *options, struct mw_meta **out);
void mw_meta_free(struct mw_meta *m);

/** Fill the facts (M_CG_ROLE … M_CG_STATIC), and what the kubelet says of the machine, into a snapshot
 *  whose groups have been read and which is not sealed. A captured tree's own record is used instead
 *  of files and sockets.
 *  Cost: about 40 us for a new container, 1 us for a known one; at most 200 ms for each socket that
 *  does not answer, then it is left alone for a while.
 *  @return 0 or -ENOMEM; what could not be read or asked is a problem of the snapshot */
int mw_meta_apply(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s);

/** When the source is a recorder: keep what was put into the snapshot, and the titles that were asked
 *  for, in the capture (kept.h). @return 0 or -errno */
int mw_meta_keep(struct mw_meta *m, struct mw_source *source, const struct mw_snapshot *s);

/** Who a group is, or was, that the snapshot need not have (a container that was killed): from its
 *  path and local files, no socket. Captures keep it.
 *  @arena  where the text is put
 *  @return "shop/order-7d9f/java", "web1", "nginx.service"; NULL when nothing is known */
const char *mw_meta_title(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s,
			  struct slice path, struct arena *arena);

/** Ask this group's runtime and the kubelet what they count (M_CG_DOCKER_STATS … M_CG_KUBELET_AGE).
 *  At most 200 ms for each that does not answer (the kubelet 500 ms); up to a second for Docker, when
 *  somebody else asks it, too. @return 0 or -ENOMEM */
int mw_meta_ask_stats(struct mw_meta *m, struct mw_source *source, struct mw_snapshot *s,
		      struct mw_entity *group);

#endif
