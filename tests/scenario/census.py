"""The page census: known memory in a group of its own, beside the kernel's counters of that group."""
import os

import kernel
from answer import ask, cell
from kernel import MIB, STOCK
from tap import Skip

KINDS = {'anon': 'anon', 'file': 'file', 'shmem': 'shmem'}
# Each kind's share that may differ where everything was looked at.
SHARE = 1000
# A page is counted in a batch of its processor before the group's counter has it: 64 pages a processor
# and counter; memory.stat is no exact number either.
BATCHES = 64 * kernel.PAGE * (os.cpu_count() or 1)


def census(world, *options):
    answer = ask(world, 'census', '-n', 0, *options)
    if 'census_frames_bytes' not in answer.document['node']:
        raise Skip(f'no census here: {answer.document["node"].get("states", {}).get("census_frames_bytes")}')
    return answer


def owner(answer, group):
    inode = os.stat(group.folder).st_ino
    return answer.row('owners', inode=inode)


def expected(group):
    """memory.stat in the census' words: its file pages are without tmpfs."""
    counters = group.counters()
    shmem = counters.get('shmem', 0)
    return {'anon': counters['anon'], 'shmem': shmem, 'file': counters['file'] - shmem}


def filled(world, name):
    group = world.group(name)
    actor = world.actor(group)
    actor.make('anon', 48)
    actor.make('memfd', 24)
    actor.make('read-once', 40, world.file(name))
    return group, actor


def full(expect, world):
    """Every page looked at: anonymous memory, page cache and tmpfs of a group are memory.stat's, with and without BPF"""
    group, _ = filled(world, 'census')
    for options in [], ['--bpf', 'off']:
        before = expected(group)
        row = owner(census(world, '--sample', 'full', *options), group)
        after = expected(group)
        for kind in KINDS:
            low, high = sorted((before[kind], after[kind]))
            slack = high // SHARE + BATCHES
            expect.between(f'{" ".join(options) or "bpf"}: {kind}', cell(row, kind), low - slack, high + slack)
        made = {'anon': 48 * MIB, 'shmem': 24 * MIB, 'file': 40 * MIB}
        for kind, amount in made.items():
            expect.between(f'{" ".join(options) or "bpf"}: {kind} made', cell(row, kind), amount - STOCK,
                           amount + amount // 8 + MIB)


def sampled(expect, world):
    """One page of 64: within three standard errors of memory.stat"""
    group, _ = filled(world, 'sample')
    for options in [], ['--bpf', 'off']:
        answer = census(world, '--sample', 64, *options)
        row = owner(answer, group)
        for kind, wanted in expected(group).items():
            error = (wanted // (64 * kernel.PAGE)) ** 0.5 * 64 * kernel.PAGE
            expect.near(f'{" ".join(options) or "bpf"}: {kind}', cell(row, kind), wanted, 3 * error + BATCHES)
        expect.between('the error that it tells', cell(row, 'error'), 1, 8 * MIB)


def both_ways(expect, world):
    """The machine's classes are the same from the kernel's structures and from /proc/kpageflags"""
    names = 'free', 'anon', 'file', 'shmem', 'slab', 'page_tables', 'hugetlb'
    # with BPF memwhy itself has 7 MiB of maps and 16 MiB of the kernel's types more
    drift = kernel.meminfo()['MemTotal'] // 200 + 24 * MIB
    for _ in range(6):      # other processes live on between the two
        one = census(world, '--sample', 'full').document['node']
        other = census(world, '--sample', 'full', '--bpf', 'off').document['node']
        if all(abs(cell(one, f'census_{name}') - cell(other, f'census_{name}')) <= drift for name in names):
            break
    for name in names:
        expect.near(name, cell(other, f'census_{name}'), cell(one, f'census_{name}'), drift)
    expect.equal('all frames', cell(other, 'census_frames'), cell(one, 'census_frames'))


def huge_pages(expect, world):
    """Two reserved huge pages more are two more in the census"""
    pool = '/proc/sys/vm/nr_hugepages'
    if not world.in_guest:
        raise Skip('changes a setting of the machine: only in a guest')
    before = cell(census(world, '--sample', 'full').document['node'], 'census_hugetlb')
    had = int(kernel.text(pool))
    with open(pool, 'w', encoding='ascii') as file:
        file.write(str(had + 2))
    got = (int(kernel.text(pool)) - had) * kernel.meminfo()['Hugepagesize']
    try:
        if not got:
            raise Skip('the kernel made no huge page')
        for options in [], ['--bpf', 'off']:
            after = cell(census(world, '--sample', 'full', *options).document['node'], 'census_hugetlb')
            expect.equal('huge pages more', after - before, got)
    finally:
        with open(pool, 'w', encoding='ascii') as file:
            file.write(str(had))


def removed(expect, world):
    """A removed group is named with the file that keeps it alive"""
    group = world.group('removed')
    inode = os.stat(group.folder).st_ino
    path = world.file('removed')
    actor = world.actor(group)
    actor.make('synced', 32, path)
    wanted = expected(group)['file']
    actor.end()
    group.remove()
    answer = census(world, '--sample', 'full')
    if 'census_dying_bytes' not in answer.document['node']:
        raise Skip('without BPF removed groups are not told from those above')
    row = answer.row('owners', inode=inode)
    expect.equal('dying', row['dying'], 1)
    expect.near('page cache', cell(row, 'file'), wanted, 2 * MIB)
    expect.true('its name', row['container'].endswith(os.path.basename(group.folder)), row['container'])
    expect.between('all dying', cell(answer.document['node'], 'census_dying'), cell(row, 'all'),
                   cell(answer.document['node'], 'census_frames'))


SCENARIOS = [full, sampled, both_ways, huge_pages, removed]
