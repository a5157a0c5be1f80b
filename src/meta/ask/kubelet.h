/* What the kubelet and the API server are asked, and what they answer. */
#ifndef MW_META_ASK_KUBELET_H
#define MW_META_ASK_KUBELET_H

#include "meta/ask/ask.h"

enum mw_kubelet_page {
	MW_KUBELET_PODS, /* /pods: nodes/proxy, or nodes/pods where the kubelet knows that; of the
			     * API server pods */
	MW_KUBELET_SUMMARY, /* /stats/summary: nodes/stats */
	MW_KUBELET_CONFIGZ, /* /configz: nodes/proxy, or nodes/configz */
};

/** @return 0, -EBADMSG: not understood, -ENOMEM */
typedef int (*mw_kubelet_read_fn)(struct slice json, void *argument);

/** Ask for a page and have the answer read. Who is asked:
 *  - the URL of --kubelet; the API server of --kube-api for pods, and where there is no --kubelet for
 *    the rest as well, as the kubelet's proxy;
 *  - otherwise this machine's kubelet, when root listens on 127.0.0.1:10255 (plain, no token), or on
 *    10250, where its certificate must be one of this machine's name.
 *  The token and the certificates that sign are those of the options, or of the pod's service account;
 *  this machine's kubelet may have signed for itself (var/lib/kubelet/pki/kubelet.crt).
 *  @return as mw_ask_get() and `read`; -ECONNREFUSED: nobody to ask (noted where
 *  there is a sign of a kubelet) */
int mw_kubelet_ask(struct mw_ask *ask, struct mw_source *source, struct mw_snapshot *s,
		   enum mw_kubelet_page what, mw_kubelet_read_fn read, void *argument);

/* The parsers are pure. */

/** A PodList, as /pods and /api/v1/pods give it, put into the groups that are wanted: what is the
 *  pod's into each group of it, its request into its own group, what is a container's into that.
 *  Static pods are found by uid and by the hash of their file, as the API server knows them.
 *  @return 0, or -EBADMSG: no list of pods; what stood before the fault is used */
int mw_kubelet_pods_parse(struct slice json, mw_wanted_fn wanted, void *argument);

/** The kubelet's Summary: M_CG_KUBELET_… of the groups in it, M_KUBELET_AVAILABLE of the machine.
 *  @now  ns since 1970, for the numbers' age
 *  @return 0, -EBADMSG or -ENOMEM */
int mw_kubelet_summary_parse(struct slice json, int64_t now, struct mw_snapshot *s);

/** "2024-03-01T09:30:00.25Z", "…+02:00" in ns since 1970. @return false, untouched: none */
bool mw_rfc3339(struct slice text, int64_t *ns);

#endif
