/* Sockets under headings, from rows made by hand. */
#include "test.h"

#include "ledger/sockets.h"

struct scene {
	struct mw_snapshot *s;
	struct mw_entity *web, *db, *nginx, *worker, *mysqld;
	struct arena arena;
};

static struct mw_entity *process(struct mw_snapshot *s, struct mw_entity *group, uint64_t pid,
				 const char *name)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, group, SLICE("?"), pid, 1);

	mw_set_text(s, e, M_P_COMM, slice_of(name));
	return e;
}

static struct mw_entity *add(struct scene *x, struct mw_entity *parent, const char *protocol,
			     const char *state, uint64_t count, uint64_t unread)
{
	struct mw_entity *e = mw_snapshot_add(x->s, MW_SOCKETS, parent, slice_of(state), 0, 0);

	mw_set_text(x->s, e, M_SK_PROTOCOL, slice_of(protocol));
	mw_set(e, M_SK_COUNT, count);
	mw_set(e, M_SK_RECV_QUEUE, unread);
	mw_set(e, M_SK_MEMORY, 2 * unread);
	mw_set(e, M_SK_OWNERLESS, parent ? 0 : count);
	return e;
}

static struct scene scene(void)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct scene x = { .s = mw_snapshot_new(&machine) };
	struct mw_entity *root = mw_snapshot_add(x.s, MW_CGROUP, NULL, SLICE("/"), 1, 0), *e;

	x.web = mw_snapshot_add(x.s, MW_CGROUP, root, SLICE("/web"), 2, 0);
	x.db = mw_snapshot_add(x.s, MW_CGROUP, root, SLICE("/db"), 3, 0);
	x.nginx = process(x.s, x.web, 10, "nginx");
	x.worker = process(x.s, x.web, 11, "nginx");
	x.mysqld = process(x.s, x.db, 12, "mysqld");
	add(&x, NULL, "tcp", "TIME-WAIT", 40, 0);
	add(&x, x.nginx, "tcp", "ESTAB", 5, 100);
	add(&x, x.nginx, "unix", "ESTAB", 2, 7);
	e = add(&x, x.worker, "tcp", "ESTAB", 6, 200);
	mw_set_text(x.s, add(&x, e, "tcp", "ESTAB", 6, 200), M_SK_PEER, SLICE("10.0.0.7"));
	e = add(&x, x.worker, "tcp", "CLOSE-WAIT", 3, 0);
	mw_set_text(x.s, add(&x, e, "tcp", "CLOSE-WAIT", 3, 0), M_SK_PEER, SLICE("10.0.0.7"));
	/* a listening socket has no bytes */
	e = mw_snapshot_add(x.s, MW_SOCKETS, x.mysqld, SLICE("LISTEN"), 0, 0);
	mw_set_text(x.s, e, M_SK_PROTOCOL, SLICE("tcp"));
	mw_set(e, M_SK_COUNT, 1);
	mw_set(e, M_SK_OWNERLESS, 0);
	return x;
}

static void end(struct scene *x)
{
	arena_release(&x->arena);
	mw_snapshot_free(x->s);
}

static const struct mw_entity *find(const struct mw_socket_groups *g, const char *name,
				    const char *protocol)
{
	for (size_t i = 0; i < g->count; i++)
		if (!strcmp(g->at[i]->name, name) &&
		    (!protocol || !strcmp(mw_get_text(g->at[i], M_SK_PROTOCOL), protocol)))
			return g->at[i];
	return NULL;
}

TEST(by_state_and_protocol)
{
	struct scene x = scene();
	struct mw_socket_groups g;

	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_STATE, NULL, &x.arena, &g), 0);
	EXPECT_EQ(g.count, 5);
	EXPECT_EQ(mw_get(find(&g, "ESTAB", "tcp"), M_SK_COUNT).v, 11);
	EXPECT_EQ(mw_get(find(&g, "ESTAB", "tcp"), M_SK_RECV_QUEUE).v, 300);
	EXPECT_EQ(mw_get(find(&g, "ESTAB", "tcp"), M_SK_PROCESSES).v, 2);
	EXPECT_EQ(mw_get(find(&g, "ESTAB", "unix"), M_SK_COUNT).v, 2);
	EXPECT_EQ(mw_get(find(&g, "TIME-WAIT", "tcp"), M_SK_OWNERLESS).v, 40);
	EXPECT_EQ(mw_get(find(&g, "LISTEN", "tcp"), M_SK_RECV_QUEUE).state, MW_ABSENT);
	end(&x);
}

TEST(by_process)
{
	struct scene x = scene();
	struct mw_socket_groups g;
	const struct mw_entity *worker = NULL;

	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_PROCESS, NULL, &x.arena, &g), 0);
	EXPECT_EQ(g.count, 4);
	for (size_t i = 0; i < g.count; i++)
		worker = g.at[i]->parent == x.worker ? g.at[i] : worker;
	EXPECT(worker != NULL);
	if (!worker)
		return;
	EXPECT_EQ(worker->id, 11);
	EXPECT_STR(worker->name, "nginx");
	EXPECT_EQ(mw_get(worker, M_SK_COUNT).v, 9);
	EXPECT_EQ(mw_get(worker, M_SK_CLOSE_WAIT).v, 3);
	EXPECT(find(&g, "", NULL) && !find(&g, "", NULL)->parent);
	/* of two protocols it has none */
	EXPECT_EQ(mw_get(find(&g, "nginx", NULL), M_SK_PROTOCOL).state, MW_ABSENT);
	end(&x);
}

TEST(by_container_and_inside_of_one)
{
	struct scene x = scene();
	struct mw_socket_groups g;

	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_CONTAINER, NULL, &x.arena, &g), 0);
	EXPECT_EQ(g.count, 3);
	EXPECT_EQ(mw_get(find(&g, "/web", NULL), M_SK_COUNT).v, 16);
	EXPECT_EQ(mw_get(find(&g, "/web", NULL), M_SK_PROCESSES).v, 2);
	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_PROCESS, x.db, &x.arena, &g), 0);
	EXPECT_EQ(g.count, 1);
	EXPECT_STR(g.at[0]->name, "mysqld");
	end(&x);
}

TEST(by_peer)
{
	struct scene x = scene();
	struct mw_socket_groups g;

	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_PEER, NULL, &x.arena, &g), 0);
	EXPECT_EQ(g.count, 1);
	EXPECT_STR(g.at[0]->name, "10.0.0.7");
	EXPECT_EQ(mw_get(g.at[0], M_SK_COUNT).v, 9);
	EXPECT_EQ(mw_get(g.at[0], M_SK_CLOSE_WAIT).v, 3);
	EXPECT_EQ(mw_get(g.at[0], M_SK_PROCESSES).v, 1);
	end(&x);
}

TEST(all_as_one)
{
	struct scene x = scene();
	const struct mw_entity *sum = mw_sockets_sum(x.s, NULL, &x.arena);

	/* parts count with their row */
	EXPECT_EQ(mw_get(sum, M_SK_COUNT).v, 57);
	EXPECT_EQ(mw_get(sum, M_SK_MEMORY).v, 614);
	EXPECT_EQ(mw_get(sum, M_SK_PROCESSES).v, 3);
	EXPECT_EQ(mw_get(mw_sockets_sum(x.s, x.web, &x.arena), M_SK_COUNT).v, 16);
	end(&x);
}

TEST(what_may_be_held_is_not_of_nobody)
{
	struct scene x = scene();
	struct mw_socket_groups g;
	const struct mw_entity *sum;

	mw_set_state(add(&x, NULL, "tcp", "TIME-WAIT", 2, 0), M_SK_OWNERLESS, MW_DENIED);
	add(&x, NULL, "tcp", "TIME-WAIT", 3, 0);
	EXPECT_EQ(mw_sockets_group(x.s, MW_SOCKETS_BY_STATE, NULL, &x.arena, &g), 0);
	EXPECT_EQ(mw_get(find(&g, "TIME-WAIT", "tcp"), M_SK_OWNERLESS).state, MW_DENIED);
	EXPECT_EQ(mw_get(find(&g, "TIME-WAIT", "tcp"), M_SK_COUNT).v, 45);
	sum = mw_sockets_sum(x.s, NULL, &x.arena);
	EXPECT_EQ(mw_get(sum, M_SK_OWNERLESS).state, MW_DENIED);
	end(&x);
}
