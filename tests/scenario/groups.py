"""Known memory in a group of its own: what was made, what the kernel counts, what memwhy says."""
import os
import subprocess

import kernel
from answer import agrees, ask, cell, part, same_as_kernel
from kernel import MIB, STOCK
from tap import Skip

LEVELS = 200

# An actor's own anonymous memory, page tables and stack, and a batch of pages per CPU on its way to
# a list (31 a CPU at most): half a MiB, beside the stock.
OWN = MIB // 2 + STOCK


# Up to Linux 6.1 each thread adds to its process's counters of pages after 64 faults.
BATCH = 64 * kernel.PAGE


def made(expect, what, got, amount, low_slack=STOCK):
    """As much as was made: not more than the actor itself needs above it."""
    expect.between(what, got, amount - low_slack, amount + OWN)


def fresh(world, name):
    group = world.group(name)
    return group, world.actor(group)


def anonymous(expect, world):
    """48 MiB touched are anonymous memory of the group, the account and the process"""
    group, actor = fresh(world, 'anon')
    amount = actor.make('anon', 48)
    row, account = agrees(expect, world, group)
    made(expect, 'anon', cell(row, 'anon'), amount)
    made(expect, 'the line of the account', part(account, 'anonymous'), amount)
    expect.between('cannot be reclaimed', cell(row, 'unreclaimable'), 0 if cold(world) else amount - STOCK,
                   cell(row, 'usage'))
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('container of the process', process['container'], group.id)
    made(expect, 'RssAnon', cell(process, 'rss_anon'), amount, BATCH)
    made(expect, 'USS', cell(process, 'uss'), amount, 0)


def cold(world):
    """Whether anonymous memory could be swapped out: then it counts as reclaimable."""
    return kernel.meminfo()['SwapFree'] > 0


def transparent_huge_pages(expect, world):
    """32 MiB in huge pages are shown as such, and are part of anonymous memory"""
    group, actor = fresh(world, 'thp')
    amount = actor.make('thp', 32)
    row, account = agrees(expect, world, group)
    if not group.counters().get('anon_thp'):
        raise Skip('the kernel gave no huge page')
    made(expect, 'anon', cell(row, 'anon'), amount)
    expect.between('huge pages', cell(row, 'anon_thp'), 2 * MIB, amount)
    expect.equal('the line of the account', part(account, 'anonymous', 'huge pages (THP)'),
                 cell(row, 'anon_thp'))
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('AnonHugePages', cell(process, 'anon_thp'),
                 kernel.smaps_rollup(actor.pid)['AnonHugePages'])


def file_read_once(expect, world):
    """A file read once is page cache that the working set leaves out"""
    group, actor = fresh(world, 'once')
    amount = actor.make('read-once', 32, world.file('once'))
    row, account = agrees(expect, world, group)
    made(expect, 'file', cell(row, 'file'), amount)
    if not kernel.multigenerational():
        made(expect, 'inactive file', cell(row, 'inactive_file'), amount)
        expect.between('working set', cell(row, 'working_set'), 0, OWN + 4 * MIB)
    cached = sum(part(account, name) for name in ('page cache, active', 'page cache, inactive'))
    made(expect, 'the lines of the account', cached, amount)
    expect.between('cannot be reclaimed', cell(row, 'unreclaimable'), 0, OWN + 4 * MIB)


def file_read_twice(expect, world):
    """A file read twice is in the working set, and can be reclaimed all the same"""
    group, actor = fresh(world, 'twice')
    amount = actor.make('read-twice', 32, world.file('twice'))
    row, account = agrees(expect, world, group)
    made(expect, 'file', cell(row, 'file'), amount)
    if kernel.multigenerational():
        raise Skip('MGLRU does not sort by the second use; the amounts hold')
    # the last batch of each CPU waits for its way to the active list
    made(expect, 'active file', cell(row, 'active_file'), amount, 2 * MIB)
    expect.between('working set', cell(row, 'working_set'), amount - 2 * MIB, amount + OWN + 4 * MIB)
    expect.between('cannot be reclaimed', cell(row, 'unreclaimable'), 0, OWN + 4 * MIB)
    made(expect, 'the line of the account', part(account, 'page cache, active'), amount, 2 * MIB)


def dirty_file(expect, world):
    """Written but not synced is dirty; synced it is clean, and still there"""
    group, actor = fresh(world, 'dirty')
    path = world.file('dirty')
    amount = actor.make('dirty', 16, path)
    dirty = group.counters()['file_dirty'] + group.counters()['file_writeback']
    row, _ = agrees(expect, world, group)
    made(expect, 'file', cell(row, 'file'), amount)
    if not dirty:
        raise Skip('nothing was dirty: this file system writes at once, or writeback was faster')
    with open(path, 'rb') as file:
        os.fsync(file.fileno())
    row, _ = agrees(expect, world, group)
    expect.between('dirty after fsync', cell(row, 'file_dirty') + cell(row, 'file_writeback'), 0, STOCK)
    made(expect, 'file after fsync', cell(row, 'file'), amount)


def tmpfs_file(expect, world):
    """A file in tmpfs is shared memory, not page cache that could be dropped"""
    group, actor = fresh(world, 'tmpfs')
    amount = actor.make('tmpfs', 24, world.file('tmpfs', '/dev/shm'))
    row, account = agrees(expect, world, group)
    made(expect, 'shmem', cell(row, 'shmem'), amount)
    made(expect, 'the line of the account', part(account, 'shared memory, tmpfs'), amount)
    expect.between('cannot be reclaimed', cell(row, 'unreclaimable'), 0 if cold(world) else amount - STOCK,
                   cell(row, 'usage'))


def memfd(expect, world):
    """A memfd is shared memory of the group and RssShmem of the process"""
    group, actor = fresh(world, 'memfd')
    amount = actor.make('memfd', 24)
    row, _ = agrees(expect, world, group)
    made(expect, 'shmem', cell(row, 'shmem'), amount)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    made(expect, 'RssShmem', cell(process, 'rss_shmem'), amount, BATCH)
    expect.equal('open memfds', process['fd_memfds'], 1)


def mapped_file(expect, world):
    """A mapped file is page cache of the group and RssFile of the process"""
    group, actor = fresh(world, 'mapped')
    amount = actor.make('mapped', 16, world.file('mapped'))
    row, _ = agrees(expect, world, group)
    made(expect, 'file', cell(row, 'file'), amount)
    made(expect, 'mapped', cell(row, 'file_mapped'), amount)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    # a fault maps up to 16 pages of a file, and what lags is 64 faults; the program, libc and the
    # loader are mapped, too
    expect.between('RssFile', cell(process, 'rss_file'), amount - 16 * BATCH, amount + 4 * MIB)


def locked(expect, world):
    """Memory locked by mlock is anonymous, unevictable, and locked memory of the process"""
    group, actor = fresh(world, 'mlock')
    amount = actor.make('mlock', 8)
    row, _ = agrees(expect, world, group)
    made(expect, 'anon', cell(row, 'anon'), amount)
    made(expect, 'unevictable', cell(row, 'unevictable'), amount, STOCK + OWN)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('VmLck', cell(process, 'locked'), amount)


def swapped_out(expect, world):
    """Memory swapped out is in swap, not in usage, of the group and of the process"""
    if not kernel.meminfo()['SwapTotal']:
        raise Skip('this machine has no swap')
    group, actor = fresh(world, 'swap')
    amount = actor.make('swapped', 24)
    if kernel.status(actor.pid)['VmSwap'] < amount // 2:
        raise Skip('the kernel did not swap out what it was asked to')
    row, account = agrees(expect, world, group)
    # v1 counts as swap what has left memory; pages of the swap cache have not yet
    cached = sum(p['bytes'] for p in account['parts'] if p['name'] == 'swap cache')
    expect.between('swap', cell(row, 'swap') + (cached if world.version == 1 else 0), amount // 2, amount + OWN)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('VmSwap', cell(process, 'swap'), kernel.status(actor.pid)['VmSwap'])
    made(expect, 'swap + anonymous', cell(process, 'swap') + cell(process, 'rss_anon'), amount, 2 * BATCH)


def page_tables(expect, world):
    """8 MiB of page tables are the kernel's memory, in no RSS"""
    group, actor = fresh(world, 'tables')
    amount = actor.make('page-tables', 8)
    row, account = agrees(expect, world, group)
    # and the upper levels: one page per 512
    expect.between('kernel', cell(row, 'kernel'), amount - STOCK, amount + amount // 256 + OWN)
    if world.version == 2:
        expect.between('page tables', part(account, 'kernel', 'page tables'), amount - STOCK,
                       amount + amount // 256 + OWN)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('VmPTE', cell(process, 'page_tables'), kernel.status(actor.pid)['VmPTE'])
    expect.between('VmPTE', cell(process, 'page_tables'), amount, amount + amount // 256 + OWN)
    expect.between('RSS', cell(process, 'rss'), 0, 8 * MIB)


def unix_sockets(expect, world):
    """Bytes waiting in unix sockets are the kernel's memory of the group that sent them"""
    group, actor = fresh(world, 'unix')
    amount = actor.make('unix', 8)
    row, _ = agrees(expect, world, group)
    # a buffer's room is rounded up, twice at most, and has a head of its own
    expect.between('kernel', cell(row, 'kernel'), amount - STOCK, 3 * amount + OWN)


def tcp_sockets(expect, world):
    """Bytes waiting in TCP sockets: of the machine, and on v2 of the group"""
    group, actor = fresh(world, 'tcp')
    amount = actor.make('tcp', 8)
    row, account = agrees(expect, world, group)
    if world.version == 2:
        expect.between('sock', cell(row, 'sock'), amount - STOCK, 4 * amount)
        expect.equal('the line of the account', part(account, 'network buffers'), cell(row, 'sock'))
    node = ask(world, 'node').document['node']
    expect.between('TCP memory of the machine', cell(node, 'tcp_mem'), amount // 2, 16 * amount)


def deleted_file(expect, world):
    """A deleted file that is held open stays page cache; the process is seen to hold it"""
    group, actor = fresh(world, 'deleted')
    amount = actor.make('deleted', 16, world.file('deleted'))
    row, _ = agrees(expect, world, group)
    made(expect, 'file', cell(row, 'file'), amount)
    process = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    expect.equal('deleted files held open', process['fd_deleted'], 1)


def dead_charges(expect, world):
    """What a dead process left in tmpfs is still charged, and held by no process"""
    group, actor = fresh(world, 'dead')
    amount = actor.make('tmpfs', 16, world.file('dead', '/dev/shm'))
    actor.end()
    row, account = agrees(expect, world, group)
    made(expect, 'shmem', cell(row, 'shmem'), amount)
    made(expect, 'usage', cell(row, 'usage'), amount)
    expect.equal('processes', row['processes'], 0)
    made(expect, 'the line of the account', part(account, 'shared memory, tmpfs'), amount)


def nested_groups(expect, world):
    """Of three groups the middle one's limit binds: it is the limit and the headroom of the inner one"""
    outer = world.group('outer')
    middle = outer.child('middle')
    inner = middle.child('inner')
    outer.limit(512 * MIB)
    middle.limit(96 * MIB)
    inner.limit(256 * MIB)
    amount = world.actor(inner).make('mlock', 8) + world.actor(middle.child('beside')).make('anon', 32)
    for group in (outer, middle, inner):
        agrees(expect, world, group)
    row = ask(world, 'container', inner.id).row('containers', id=inner.id)
    counters = middle.counters()
    expect.equal('own limit', cell(row, 'limit'), 256 * MIB)
    expect.equal('effective limit', cell(row, 'effective_limit'), 96 * MIB)
    expect.equal('whose limit', row['headroom_of'], middle.id)
    # between nothing and everything reclaimable of what is not locked
    expect.between('headroom', cell(row, 'headroom'), 96 * MIB - counters['usage'],
                   96 * MIB - (8 * MIB if cold(world) else amount) + STOCK)
    made(expect, 'all of it in the outer group', cell(ask(world, 'container', outer.id).row(
        'containers', id=outer.id), 'anon'), amount, 2 * STOCK)


def limit_hit(expect, world):
    """A file larger than the limit: the limit was hit, nobody was killed, the peak is the limit"""
    group, actor = fresh(world, 'hit')
    group.limit(24 * MIB)
    actor.make('read-once', 48, world.file('hit'))
    row, _ = agrees(expect, world, group)
    if world.version == 2:
        events = kernel.keyed(group.folder + '/memory.events')
        expect.equal('events max', row['events_max'], events['max'])
        hits = row['events_max']
    else:
        hits = row['failcnt']
        expect.equal('failcnt', hits, int(kernel.text(group.folder + '/memory.failcnt')))
    expect.true('the limit was hit', hits > 0)
    expect.equal('OOM kills', row['oom_kills'], 0)
    expect.between('usage', cell(row, 'usage'), 12 * MIB, 24 * MIB)
    if 'peak' in group.counters():
        expect.between('peak', cell(row, 'peak'), 24 * MIB - STOCK, 24 * MIB)


def listing(expect, world):
    """Every group is in the listing, each once, with the kernel's numbers"""
    def folders():
        # memwhy reads, and says so, 256 levels; JSON holds no bytes that are not UTF-8
        found = subprocess.run(['find', world.mount, '-maxdepth', str(LEVELS), '-type', 'd', '-printf', '/%P\\0'], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False)
        return {name.decode(errors='replace') for name in found.stdout.split(b'\0')[:-1]}
    groups = [fresh(world, f'list{i}') for i in range(4)]
    for size, (_, actor) in enumerate(groups, 4):
        actor.make('anon', size)
    before = folders()
    rows = ask(world, 'containers', '-n', 0).rows('containers')
    after = folders()
    ids = [row['id'] for row in rows]
    expect.equal('each once', len(ids), len(set(ids)))
    expect.within('all that stayed', before & after, ids)
    expect.within('none else', [group for group in ids if group.count('/') <= LEVELS], before | after)
    for group, _ in groups:
        same_as_kernel(expect, lambda g=group: ask(world, 'containers', '-n', 0).row('containers', id=g.id),
                       group.counters, group.id)


SCENARIOS = [anonymous, transparent_huge_pages, file_read_once, file_read_twice, dirty_file, tmpfs_file,
             memfd, mapped_file, locked, swapped_out, page_tables, unix_sockets, tcp_sockets, deleted_file,
             dead_charges, nested_groups, limit_hit, listing]
