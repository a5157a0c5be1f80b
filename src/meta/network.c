#include "meta/who.h"

#include <stdio.h>

/* A runtime's files may outlive the process, and count in another pid namespace. */
static bool is_in_group(struct slice cgroups, struct slice path)
{
	struct slice line, number, controllers;

	/* "0::/a", "9:memory:/a" */
	while (slice_line(&cgroups, &line))
		if (slice_until(&line, ':', &number) && slice_until(&line, ':', &controllers) &&
		    line.len >= path.len && !memcmp(line.at, path.at, path.len) &&
		    (line.len == path.len || line.at[path.len] == '/'))
			return true;
	return false;
}

void mw_who_network(struct mw_who *who, struct mw_source *source, struct buf *text)
{
	struct mw_dir root = mw_root(source);
	char file[64];
	struct slice link;
	uint64_t pid, inode;

	if (!mw_who_knows(who, M_CG_INIT_PID))
		return;
	pid = who->number[M_CG_INIT_PID - MW_WHO_FIRST];
	snprintf(file, sizeof(file), "proc/%llu/cgroup", (unsigned long long)pid);
	if (mw_read(&root, file, text) || !is_in_group(buf_slice(text), who->path))
		return;
	snprintf(file, sizeof(file), "proc/%llu/ns/net", (unsigned long long)pid);
	if (mw_readlink(&root, file, text))
		return;
	link = buf_slice(text);
	if (slice_word(&link, "net:[") && slice_u64(&link, &inode))
		mw_who_number(who, M_CG_NETNS, inode);
}
