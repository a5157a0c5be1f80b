#include "diagnose/node/slab.h"

bool mw_is_file_name_slab(const struct mw_entity *cache)
{
	static const char *const others[] = { "sock_inode_cache", "lsm_inode_cache",
					      "mqueue_inode_cache", "rpc_inode_cache" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(cache->name, others[i]))
			return false;
	return !strcmp(cache->name, "dentry") || strstr(cache->name, "inode");
}

bool mw_is_unreclaimable_slab(const struct mw_entity *cache)
{
	static const char *const taken[] = { "radix_tree_node",    "buffer_head",
					     "kmalloc-rcl-",       "xfs_buf",
					     "ext4_extent_status", "sock_inode_cache" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (slice_begins(slice_of(cache->name), taken[i]))
			return false;
	return !mw_is_file_name_slab(cache);
}

void mw_name_slabs(struct mw_check *c, bool (*takes)(const struct mw_entity *),
		   const struct mw_entity **first)
{
	const struct mw_owners caches = { .kind = MW_SLAB, .metric = M_SL_BYTES, .takes = takes };

	if (!mw_name_owners(c, &caches, first))
		mw_doubt(c, MW_MEDIUM,
			 N_("which caches it is was not to be read: /proc/slabinfo is root's"));
}
