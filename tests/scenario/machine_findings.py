"""The machine made ill in one way at a time, in a guest: each illness has its finding, with the kernel's
numbers, and is over when its cause is."""
import contextlib
import json
import os
import re
import subprocess
import sys
import time

import kernel
from answer import Answer, ask
from kernel import MIB
from tap import Skip


def finding(answer, name):
    found = [f for f in answer.rows('findings') if f['id'] == name]
    return found[0] if found else None


def cited(one, name):
    values = [c['value'] for c in one['cited'] if c['name'] == name]
    return values[0] if values else None


def fires(expect, answer, name, *levels):
    one = finding(answer, name)
    said = [f['id'] for f in answer.rows('findings')] + [c['missing'] for c in answer.rows('cannot_tell')]
    expect.true(f'{name} fires', one, said)
    if one and levels:
        expect.true(f'{name} is {levels}', one['level'] in levels, one['level'])
    return one


def guest_only(world):
    if not world.in_guest:
        raise Skip('makes the whole machine ill: in a guest only')


@contextlib.contextmanager
def setting(name, value):
    """A sysctl for a while."""
    path = '/proc/sys/vm/' + name
    before = kernel.text(path).strip()

    def write(text):
        with open(path, 'w', encoding='ascii') as file:
            file.write(str(text))
    write(value)
    try:
        yield
    finally:
        write(before)


def watch(world, seconds, meanwhile):
    """memwhy's answer about two moments, between which meanwhile() happens."""
    run = subprocess.Popen([world.memwhy, 'node', '--json', '--interval', str(seconds), '--count', '2'],
                           stdout=subprocess.PIPE, text=True)
    first = run.stdout.readline()
    meanwhile()
    rest, _ = run.communicate(timeout=120)
    if not first or run.returncode:
        raise RuntimeError(f'memwhy: status {run.returncode}')
    return Answer(json.loads(rest.strip().splitlines()[-1]))


def shared_memory(expect, world):
    """A memfd of a third of RAM: whose it is, and that dropping caches is no cure"""
    guest_only(world)
    size = kernel.meminfo()['MemTotal'] // 3 // MIB
    actor = world.actor(world.group('shmem'))
    actor.make('memfd', size)
    one = fires(expect, ask(world, 'node'), 'node-shmem-heavy', 'notice', 'info', 'warning')
    expect.near('Shmem', cited(one, 'shmem'), kernel.meminfo()['Shmem'], 8 * MIB)
    expect.true('drop_caches is no cure', 'drop_caches' in str(one['avoid']), one['avoid'])
    actor.end()
    expect.true('and it is over', not finding(ask(world, 'node'), 'node-shmem-heavy'))


def locked(expect, world):
    """A third of RAM locked: the locker is named"""
    guest_only(world)
    size = kernel.meminfo()['MemTotal'] // 3 // MIB
    actor = world.actor(world.group('locked'))
    actor.make('mlock', size)
    one = fires(expect, ask(world, 'node'), 'node-unevictable-heavy', 'notice')
    expect.near('Unevictable', cited(one, 'unevictable'), kernel.meminfo()['Unevictable'], 4 * MIB)
    expect.true('the locker', str(cited(one, 'process1')).endswith(f'[{actor.pid}]'), cited(one, 'process1'))


def idle_huge_pages(expect, world):
    """A pool of huge pages that nobody uses, seen once: low confidence; promised pages are not idle"""
    guest_only(world)
    size = kernel.meminfo()['Hugepagesize']
    with setting('nr_hugepages', 160 * MIB // size):
        pool = kernel.meminfo()['HugePages_Total'] * size
        if pool < 130 * MIB:
            raise Skip(f'the kernel found only {pool} bytes of huge pages')
        one = fires(expect, ask(world, 'node'), 'node-hugepages-idle', 'notice')
        expect.equal('idle', cited(one, 'idle'), pool)
        expect.equal('confidence', one['confidence'], 'low')
        actor = world.actor(world.group('huge'))
        actor.make('hugetlb', 120)
        expect.true('in use is not idle', not finding(ask(world, 'node'), 'node-hugepages-idle'))
        actor.end()


def strict_overcommit(expect, world):
    """Nearly all that may be promised is, in strict mode: named though memory is free"""
    guest_only(world)
    actor = world.actor(world.group('promises'))
    actor.make('anon', 300)
    info = kernel.meminfo()
    room = int(info['Committed_AS'] / 0.93) - info['SwapTotal']
    with setting('overcommit_kbytes', room // 1024), setting('overcommit_memory', 2):
        answer = ask(world, 'node')
    one = fires(expect, answer, 'node-overcommit-limit', 'warning', 'critical')
    expect.between('committed', cited(one, 'committed') / cited(one, 'limit'), 0.9, 1)
    expect.true('and in mode 0 it means nothing', not finding(ask(world, 'node'), 'node-overcommit-limit'))


def dropped_caches(expect, world):
    """Somebody writes drop_caches while one looks"""
    guest_only(world)

    def drop():
        for _ in range(3):
            with open('/proc/sys/vm/drop_caches', 'w', encoding='ascii') as file:
                file.write('1')
    one = fires(expect, watch(world, 3, drop), 'node-drop-caches-loop', 'warning')
    expect.equal('times', cited(one, 'times'), 3)


def protected_giant(expect, world):
    """The largest process is protected from OOM kills: it is named, and what is left to kill"""
    guest_only(world)
    actor = world.actor(world.group('giant'))
    actor.make('anon', int(kernel.meminfo()['MemTotal'] * 0.4) // MIB)
    with open(f'/proc/{actor.pid}/oom_score_adj', 'w', encoding='ascii') as file:
        file.write('-950')
    one = fires(expect, ask(world), 'node-oom-protected-giant', 'notice')
    expect.true('the giant', str(cited(one, 'giant')).endswith(f'[{actor.pid}]'), cited(one, 'giant'))
    expect.equal('its score', cited(one, 'adj'), -950)


CHURN = '''
import sys, time
size, end = int(sys.argv[1]), time.time() + float(sys.argv[2])
memory = bytearray(size)
print('ready', flush=True)
while time.time() < end:
    for at in range(0, size, 4096):
        memory[at] = at >> 12 & 255
'''


def swap_churn(expect, world):
    """More in use than fits: in and out of swap at the same time"""
    guest_only(world)
    if kernel.meminfo()['SwapTotal'] < 100 * MIB:
        raise Skip('this guest has no swap')
    group = world.group('churn')
    group.limit(40 * MIB)
    process = subprocess.Popen([sys.executable, '-c', CHURN, str(90 * MIB), '150'], stdout=subprocess.PIPE,
                               preexec_fn=lambda: group.write('cgroup.procs', os.getpid()))
    world.made.callback(process.wait)
    world.made.callback(process.kill)
    process.stdout.readline()
    # a guest that shares its processor may hardly run for some seconds
    for _ in range(4):
        answer = watch(world, 5, lambda: None)
        if finding(answer, 'node-swap-churn'):
            break
    rates = {key: answer.document['node'].get(key) for key in ('pswpin', 'pswpout')}
    one = fires(expect, answer, 'node-swap-churn', 'warning', 'critical')
    expect.true('who', str(cited(one, 'process1')).endswith(f'[{process.pid}]'), (cited(one, 'process1'), rates))


BOUND = '''
import ctypes, mmap, sys, time
size, bind, node0 = int(sys.argv[1]), 2, ctypes.c_ulong(1)
if ctypes.CDLL(None).syscall(238, bind, ctypes.byref(node0), 65):
    print('failed', flush=True)
    sys.exit(1)
memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, size, 4096):
    memory[at] = 1
print('ready', flush=True)
# what kswapd takes meanwhile is wanted back
while True:
    for at in range(0, size, 4096):
        memory[at] = 1
    time.sleep(0.05)
'''


def high_watermark(number):
    """Below it kswapd of that node works."""
    zones = kernel.text('/proc/zoneinfo').split('Node ')
    return sum(int(high) * kernel.PAGE for zone in zones if zone.startswith(f'{number}, ')
               for high in re.findall(r'^ +high +(\d+)$', zone, re.M))


def node_meminfo(number):
    lines = kernel.text(f'/sys/devices/system/node/node{number}/meminfo').splitlines()
    return {line.split()[2].rstrip(':'): int(line.split()[3]) * 1024 for line in lines}


def bind_to_node0(world, size):
    process = subprocess.Popen([sys.executable, '-c', BOUND, str(size)], stdout=subprocess.PIPE)
    world.made.callback(process.wait)
    world.made.callback(process.kill)
    if process.stdout.readline() != b'ready\n':
        raise Skip('set_mempolicy() does not work here')
    return process.pid


def numa_imbalance(expect, world):
    """A program bound to one of two NUMA nodes fills it while the other is empty"""
    guest_only(world)
    if not os.path.exists('/sys/devices/system/node/node1'):
        raise Skip('one NUMA node only')
    pids = []
    for _ in range(9):
        node = node_meminfo(0)
        # the program itself takes some, too; with less left all programs' pages go and come for minutes
        keep = max(node['MemTotal'] // 25, high_watermark(0) * 7 // 5)
        more = node['MemFree'] + node['Active(file)'] + node['Inactive(file)'] - keep
        # others have ended meanwhile, or their pages went to swap
        if more > MIB:
            pids.append(bind_to_node0(world, more))
        answer = ask(world, 'node')
        if finding(answer, 'node-numa-imbalance'):
            break
        time.sleep(0.5)
    one = fires(expect, answer, 'node-numa-imbalance', 'notice', 'warning')
    expect.equal('the full node', cited(one, 'full'), 'node0')
    expect.equal('the other', cited(one, 'empty'), 'node1')
    expect.true('who', str(cited(one, 'process1')).endswith(f'[{pids[0]}]'), cited(one, 'process1'))


def low_memory(expect, world):
    """Hardly anything is left: the largest process is named, and that dropping caches is no cure"""
    guest_only(world)
    actor = world.actor(world.group('low'))
    # what it takes makes the kernel swap others out: again, until that is over
    for _ in range(6):
        info = kernel.meminfo()
        more = (info['MemAvailable'] - info['MemTotal'] // 20) // MIB
        if more > 0:
            actor.make('anon', more)
        answer = ask(world)
        if finding(answer, 'node-memory-low'):
            break
    one = fires(expect, answer, 'node-memory-low', 'warning', 'critical')
    expect.near('available', cited(one, 'available'), kernel.meminfo()['MemAvailable'], 24 * MIB)
    expect.true('who', str(cited(one, 'process1')).endswith(f'[{actor.pid}]'), cited(one, 'process1'))
    actor.end()
    expect.true('and it is over', not finding(ask(world), 'node-memory-low'))


SCENARIOS = [shared_memory, locked, idle_huge_pages, strict_overcommit, dropped_caches, protected_giant,
             swap_churn, numa_imbalance, low_memory]
