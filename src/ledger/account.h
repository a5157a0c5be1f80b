/* The account: a total, its named parts, and what the parts do not explain. One type for the
 * machine, a container, a process; every part may be an account of its own. */
#ifndef MW_LEDGER_ACCOUNT_H
#define MW_LEDGER_ACCOUNT_H

#include "base/buf.h"
#include "language/language.h"
#include "model/snapshot.h"

struct mw_account {
	const char
		*entity; /* "node", "container:ID", "process:PID"; NULL on a part of the same one */
	const char *name; /* "page cache"; program text, "{n}" stands for `count` */
	bool foreign; /* … or from outside, hostile: a group's path, a process's, a file's name */
	const char *how;  /* how the number is computed: "Cached + Buffers - Shmem", or NULL */
	const char *note; /* one line for people: "{n} mappings"; program text, or NULL */
	uint64_t count;   /* what "{n}" stands for in `name` and `note` */
	uint64_t bytes;   /* valid when state is MW_OK */
	enum mw_state state;
	bool balanced; /* it has parts that should add up to it: `unexplained` means something */
	int64_t unexplained; /* bytes - parts; negative when the parts say more than the total */
	const char *rest;    /* what the unexplained may be, where it is a lot; or NULL */
	bool aside;          /* shown for information: not added to its parent */
	bool outside;        /* … and not part of it either: swap beside RSS */
	struct mw_account *parts, *last, *next; /* mw_account_add() keeps the list */
};

#define mw_for_each_part(part, account) \
	for (struct mw_account *part = (account)->parts; part; part = part->next)

/** A new account. `name`, `how` are kept as they are, not copied. @return NULL: out of memory */
struct mw_account *mw_account_new(struct arena *a, const char *name, struct mw_num bytes,
				  const char *how);
/** Append a part. NULL parts are skipped, so that allocation is checked once at the end. */
void mw_account_add(struct mw_account *account, struct mw_account *part);
/** Set `unexplained` from the parts, all the way down. */
void mw_account_balance(struct mw_account *account);
/** Append a name or a note, perhaps translated, with the account's `count` in its place. */
void mw_account_text(struct buf *out, const struct mw_account *account, const char *text);
/** The first part of that name, or NULL. */
struct mw_account *mw_account_part(const struct mw_account *account, const char *name);

/** The machine: MemTotal opened (ledger/node.c). */
struct mw_account *mw_ledger_node(struct arena *a, const struct mw_snapshot *s);
/** A group: usage opened; its children and processes below the kinds (ledger/container.c). */
struct mw_account *mw_ledger_container(struct arena *a, const struct mw_snapshot *s,
				       const struct mw_entity *cgroup);
/** A pod: usage by container; its volumes in memory aside (ledger/pod.c). @pod a row of MW_POD */
struct mw_account *mw_ledger_pod(struct arena *a, const struct mw_snapshot *s,
				 const struct mw_entity *pod);
/** A process: RSS opened into kinds, and, when the snapshot has its regions, into regions
 *  (ledger/process.c). */
struct mw_account *mw_ledger_process(struct arena *a, const struct mw_snapshot *s,
				     const struct mw_entity *process);

#endif
