"""Work that is heavy and healthy: nothing is found at warning or above while it goes on."""
import contextlib
import json
import os
import signal
import subprocess
import sys

import kernel
from kernel import MIB
from tap import Skip

# Enough to keep a compiler busy while memwhy looks a few times.
SOURCE = ''.join(f'int f{i}(int x) {{ int y = x; for (int i = 0; i < {i}; i++) y = y * 31 ^ (i + x); return y; }}\n'
                 for i in range(1, 3000))

# A table that is written, searched and changed, as long as it is let.
DATABASE = r'''
import random, sqlite3, sys
random.seed(1)
c = sqlite3.connect(sys.argv[1])
c.execute('create table t (k integer primary key, v text)')
c.execute('create index i on t (v)')
for n in range(1 << 30):
    if n == 4:
        print('busy', flush=True)
    c.executemany('insert into t (v) values (?)', [('%032x' % random.getrandbits(128),) for _ in range(2000)])
    c.commit()
    for _ in range(20):
        c.execute('select count(*) from t where v > ?', ('%032x' % random.getrandbits(128),)).fetchone() \
            if n < 8 else c.execute('select v from t where k = ?', (random.randrange(2000 * n),)).fetchone()
    if n > 20:
        c.execute('delete from t where k < ?', (2000 * (n - 20),))
'''


def enter(group):
    """For a child before it becomes the program."""
    return lambda: group.write('cgroup.procs', os.getpid())


@contextlib.contextmanager
def busy(group, *command, **options):
    """Goes on until the block ends; what it has started ends with it."""
    process = subprocess.Popen(command, preexec_fn=enter(group), start_new_session=True, **options)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def documents(world, *arguments):
    done = subprocess.run([world.memwhy, '--json', *arguments], capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f'memwhy {arguments}: status {done.returncode}: {done.stderr.decode()}')
    decoder, text, at = json.JSONDecoder(), done.stdout.decode(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


def ours(world, finding):
    """In a guest everything is; here other work may be ill."""
    entity = finding['entity']
    return world.in_guest or entity == 'node' or 'memwhy-test-' in entity


def alarms(world, document):
    return [(f['id'], f['level'], f['entity'], f.get('title'), f.get('cited')) for f in document['findings']
            if f['level'] in ('warning', 'critical') and ours(world, f)]


def nothing_wrong(expect, world):
    """One look, and three a second apart."""
    count = 0
    for arguments in [], ['--interval', '1', '--count', '3']:
        for document in documents(world, *arguments):
            count += 1
            bad = alarms(world, document)
            expect.true(f'nothing at warning or above, look {count}', not bad, str(bad))
    expect.equal('looks', count, 4)


def idle(expect, world):
    """A machine that does nothing in particular has nothing at warning or above"""
    nothing_wrong(expect, world)


def compiling(expect, world):
    """A compiler in a group with room to work: nothing at warning or above"""
    group = world.group('compile')
    group.limit(512 * MIB)
    source = world.file('source.c', '/tmp')
    with open(source, 'w', encoding='ascii') as file:
        file.write(SOURCE)
    try:
        with busy(group, 'sh', '-c', 'while :; do cc -O2 -c -o /dev/null "$1" || exit; done', 'sh', source,
                  stderr=subprocess.DEVNULL) as process:
            nothing_wrong(expect, world)
            expect.true('it went on all the time', process.poll() is None)
    except FileNotFoundError as error:
        raise Skip(f'{error.filename} is not installed') from error


def database(expect, world):
    """A database that writes, searches and deletes in a group with room: nothing at warning or above"""
    group = world.group('database')
    group.limit(256 * MIB)
    path = world.file('database')
    world.file('database-journal')
    with busy(group, sys.executable, '-c', DATABASE, path, stdout=subprocess.PIPE) as process:
        if not process.stdout.readline():
            raise Skip('no sqlite3 for this Python')
        nothing_wrong(expect, world)
        expect.true('it went on all the time', process.poll() is None)


def read_all(path):
    with open(path, 'rb', buffering=0) as file:
        while file.read(MIB):
            pass


def sparse(world, name, size):
    """Holes are read into the page cache like data, but from nowhere."""
    path = world.file(name)
    with open(path, 'wb') as file:
        file.truncate(size)
    return path


# As a disk gives it: an emulated processor that reads as fast as it can needs a third of the time for reclaim.
READER = '''
import sys, time
while True:
    with open(sys.argv[1], 'rb', buffering=0) as file:
        while file.read(1 << 20):
            time.sleep(float(sys.argv[2]))
'''


def group_full_of_cache(expect, world):
    """A group at its limit with page cache that is read once and again: nothing at warning or above"""
    group = world.group('cache')
    group.limit(64 * MIB)
    actor = world.actor(group)
    actor.make('anon', 8)
    path = sparse(world, 'cache', 256 * MIB)
    with busy(group, sys.executable, '-c', READER, path, '0.05' if world.in_guest else '0.004'):
        subprocess.run(['cat', path], preexec_fn=enter(group), stdout=subprocess.DEVNULL, check=True)
        nothing_wrong(expect, world)
        counters = group.counters()
        expect.between('the group is at its limit', counters['usage'], counters['limit'] * 9 // 10, counters['limit'])


def machine_full_of_cache(expect, world):
    """A machine without free memory, all of it page cache: nothing at warning or above"""
    if not world.in_guest:
        raise Skip('fills the page cache of the machine: in a guest only')
    path = sparse(world, 'full', 2 * kernel.meminfo()['MemTotal'])
    read_all(path)
    memory = kernel.meminfo()
    expect.between('free', memory['MemFree'], 0, memory['MemTotal'] // 4)
    expect.between('cached', memory['Cached'], memory['MemTotal'] // 2, memory['MemTotal'])
    nothing_wrong(expect, world)


def old_swap(expect, world):
    """Swap in use since long ago, that nobody touches: nothing at warning or above"""
    if not kernel.meminfo()['SwapTotal']:
        raise Skip('this machine has no swap')
    actor = world.actor(world.group('swapped'))
    actor.make('swapped', 64)
    memory = kernel.meminfo()
    expect.between('swap in use', memory['SwapTotal'] - memory['SwapFree'], 32 * MIB, memory['SwapTotal'])
    nothing_wrong(expect, world)


def near_its_end(expect, world):
    """The counterpart: a group whose limit is nearly full of what cannot be reclaimed is warned of"""
    group = world.group('risk')
    group.limit(64 * MIB)
    if world.version == 2:
        group.write('memory.swap.max', 0)
    elif kernel.meminfo()['SwapTotal']:
        group.write('memory.memsw.limit_in_bytes', 64 * MIB)
    world.actor(group).make('anon', 61)
    found = [finding for document in documents(world) for finding in alarms(world, document)]
    expect.true('a warning about the group', any(entity == f'container:{group.id}' for _, _, entity, *_ in found),
                str(found))


SCENARIOS = [near_its_end, idle, compiling, database, group_full_of_cache, machine_full_of_cache, old_swap]
