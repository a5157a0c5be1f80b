/* The kubelet's groups: kubepods, its classes, pods, and the containers in them.
 *
 *   cgroupfs  …/kubepods[/burstable|/besteffort]/podUID/ID
 *   systemd   …/kubepods.slice[/kubepods-burstable.slice]/kubepods-burstable-podUID.slice/NAME-ID.scope
 *
 * Both anywhere below others: a node may be a container itself (kind), and the kubelet may be told to
 * put all into a group of its own (kubelet-kubepods.slice). A pod's uid has "_" for "-" in a slice's
 * name. Pods that have no class between them and kubepods are guaranteed. */
#include "meta/owner.h"
#include "meta/path.h"

#include <ctype.h>

enum {
	STATIC_UID = 32, /* hexadecimal digits: of a pod from a file, a hash without "-" */
	LONGEST_UID = 64,
};

struct place {
	const char *role; /* NULL = below a container, or nothing that we know */
	const char *qos;
	struct slice uid, id;
};

/* "kubepods", "kubepods.slice", "kubelet-kubepods.slice" */
static bool is_root(struct slice part)
{
	return slice_is(part, "kubepods") || slice_is(part, "kubepods.slice") ||
	       slice_ends(part, "-kubepods.slice");
}

/* A class or pod as a slice's name has it: what stands behind "kubepods-". */
static bool systemd_part(struct slice part, struct slice *rest)
{
	struct slice stem;

	if (!mw_path_unit(part, ".slice", &stem) || !slice_after(&stem, "kubepods-"))
		return false;
	*rest = stem;
	return true;
}

static const char *take_qos(struct slice *name)
{
	if (slice_word(name, "burstable"))
		return "Burstable";
	return slice_word(name, "besteffort") ? "BestEffort" : NULL;
}

static bool take_container(struct slice part, struct slice *id)
{
	static const char *const prefixes[] = { "cri-containerd-", "crio-", "docker-", "", NULL };

	for (const char *const *prefix = prefixes; *prefix; prefix++)
		if (mw_path_id(part, *prefix, id))
			return true;
	return false;
}

/* @path  behind kubepods. @return what stands there */
static struct place place_of(struct slice path)
{
	struct place at = { .role = MW_ROLE_PODS };
	struct slice part, name;

	while (mw_path_part(&path, &part)) {
		const char *qos;

		if (at.uid.len) {
			at.role = !at.id.len && take_container(part, &at.id) ? MW_ROLE_CONTAINER
									     : NULL;
			if (!at.role)
				return at;
			continue;
		}
		name = part;
		systemd_part(part, &name);
		qos = take_qos(&name);
		at.qos = qos ? qos : at.qos;
		if (qos && !name.len) {
			at.role = MW_ROLE_QOS;
			continue;
		}
		if (qos)
			slice_word(&name, "-");
		if (!slice_word(&name, "pod") || !name.len || name.len > LONGEST_UID)
			return (struct place){ 0 };
		at.role = MW_ROLE_POD;
		at.uid = name;
	}
	return at;
}

static void note_uid(struct mw_who *who, struct slice uid)
{
	char plain[LONGEST_UID];
	bool hash = uid.len == STATIC_UID;

	for (size_t i = 0; i < uid.len; i++) {
		plain[i] = uid.at[i] == '_' ? '-' : uid.at[i];
		hash = hash && isxdigit((unsigned char)plain[i]);
	}
	mw_who_text(who, M_CG_POD_UID, (struct slice){ plain, uid.len });
	if (hash)
		mw_who_number(who, M_CG_STATIC, 1);
}

static void recognise(struct mw_who *who)
{
	struct slice path = who->path, part, below = SLICE("");
	bool found = false;
	struct place at;

	while (mw_path_part(&path, &part))
		if (is_root(part)) {
			below = path;
			found = true;
		}
	if (!found)
		return;
	at = place_of(below);
	if (at.uid.len) {
		note_uid(who, at.uid);
		mw_who_text(who, M_CG_QOS, slice_of(at.qos ? at.qos : "Guaranteed"));
	} else if (at.qos) {
		mw_who_text(who, M_CG_QOS, slice_of(at.qos));
	}
	if (!at.role)
		return;
	mw_who_text(who, M_CG_ROLE, slice_of(at.role));
	if (at.id.len)
		mw_who_text(who, M_CG_RUNTIME_ID, at.id);
	else
		mw_who_text(who, M_CG_RUNTIME, SLICE("kubelet"));
}

const struct mw_owner mw_owner_kube = { .name = "kubelet", .recognise = recognise };
