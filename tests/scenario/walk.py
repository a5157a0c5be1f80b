"""Many groups, read from the kernel's structures and as text: the same rows."""
import json
import os
import subprocess

import kernel
from answer import ask
from sweep import works
from tap import Skip

# as many as a guest under emulation makes in a few seconds; more: MEMWHY_GROUPS=3000
FEW = 60


def usable(expect, world):
    able, said = works(world, 'cgroup')
    # Linux 6.1 keeps a v1 group's own counters per CPU
    if not able and os.path.exists('/sys/kernel/btf/vmlinux') and world.version == 2:
        expect.true('BPF reads groups on a kernel with BTF', False, said)
    if not able:
        raise Skip(said)


def watched(world, names):
    """The groups whose rows stand still: not those that memwhy runs in; elsewhere than in a guest, ours alone."""
    own = [line.split(':', 2)[2] for line in kernel.text('/proc/self/cgroup').splitlines()
           if line.startswith('0::') or 'memory' in line.split(':')[1].split(',')]
    return {name for name in names if name.startswith('/memwhy-test-') or
            (world.in_guest and not any((path + '/').startswith(name.rstrip('/') + '/') for path in own))}


def populate(world):
    """Groups in groups, a third of them with memory of different kinds and amounts."""
    count = int(os.environ.get('MEMWHY_GROUPS', FEW))
    parents = [world.group(f'walk{n}') for n in range(max(count // 100, 2))]
    groups = []
    for number in range(count):
        parent = parents[number % len(parents)]
        groups.append(parent.child(f'{number}'))
    kinds = ('anon', 'tmpfs', 'read-once', 'mapped', 'dirty')
    for number, group in enumerate(groups[:48:3]):
        actor = world.actor(group)
        kind = kinds[number % len(kinds)]
        # sizes that differ: no counter may pass for another
        actor.make(kind, 1 + number % 4,
                   world.file(f'walk{number}', '/dev/shm' if kind == 'tmpfs' else None))
        if number % 2:
            actor.make('anon', 1 + number % 3)
    groups[1].limit(64 << 20)
    return groups


def rows(expect, world, when):
    answer = ask(world, 'containers', '--bpf', when)
    expect.true('BPF is believed', not [p for p in answer.rows('problems') if 'BPF' in p.get('what', '')],
                answer.rows('problems'))
    return {row['id']: row for row in answer.rows('containers')}


def compare(expect, names, before, fast, after):
    """Cell by cell, where the text was the same before and after. Returns how many were compared."""
    compared, wrong = 0, []
    expect.within('no group is missing', names & set(before) & set(after), set(fast))
    for name in names & set(before) & set(fast) & set(after):
        for key in set(before[name]) | set(fast[name]):
            text, got = before[name].get(key), fast[name].get(key)
            if key.startswith(('headroom', 'pressure')) or text != after[name].get(key):
                continue
            compared += 1
            if got != text:
                wrong.append((name, key, got, text))
    expect.true('every cell is as in the text', not wrong, f'{len(wrong)} differ: {wrong[:6]}')
    return compared


def every_row(expect, world):
    """All groups' rows are the same read with BPF, as text, and by the kernel's own memory.stat"""
    usable(expect, world)
    groups = populate(world)
    wrong, ours = [], {group.id for group in groups}
    before, fast, after = (rows(expect, world, when) for when in ('off', 'on', 'off'))
    expect.within('all our groups have a row', ours, set(fast))
    compared = compare(expect, watched(world, set(before)), before, fast, after)
    expect.true('most cells stood still', compared > 30 * len(groups), compared)
    for group in groups:
        for key, value in group.counters().items():
            got = fast[group.id].get(key + '_bytes', fast[group.id].get(key))
            if before[group.id] == after[group.id] and got != value:
                wrong.append((group.id, key, got, value))
    expect.true("memory.stat, read here, says the same", not wrong, f'{len(wrong)}: {wrong[:6]}')
    expect.within('no group was made for it', {n for n in fast if 'memwhy' in n},
                  {n for n in fast if n.startswith('/memwhy-test-')})


def looked_at_again(expect, world):
    """In a repeating run what changes is seen: a new group, another limit, memory that comes and goes"""
    usable(expect, world)
    group = world.group('again')
    actor = world.actor(group)
    run = subprocess.Popen([world.memwhy, 'containers', '--json', '--bpf', 'on', '--interval', '1',
                            '--count', '4'], stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(run.stdout.readline())
        actor.make('anon', 20)
        group.limit(96 << 20)
        other = world.group('again-new')
        rest = [json.loads(line) for line in run.stdout]
    finally:
        run.stdout.close()
        run.wait()
    then = {row['id']: row for row in first['containers']}
    now = {row['id']: row for row in rest[-1]['containers']}
    expect.true('the first look has it', group.id in then)
    expect.true('a group made since has a row', other.id in now)
    wanted = group.counters()
    for key in ('anon', 'limit', 'usage'):
        expect.near(key, now[group.id].get(key + '_bytes'), wanted[key], 2 * kernel.STOCK)
    expect.true('it has grown', now[group.id]['anon_bytes'] - then[group.id]['anon_bytes'] >= 19 << 20)


SCENARIOS = [every_row, looked_at_again]
