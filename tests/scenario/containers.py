"""What memwhy says of containers, where we made the illness ourselves."""
import contextlib
import os
import subprocess

import kernel
from answer import ask, cell
from kernel import MIB, STOCK
from tap import Skip


def limited(world, name, size):
    """A group of at most `size` bytes, none of them in swap."""
    group = world.group(name)
    group.limit(size)
    with contextlib.suppress(FileNotFoundError):
        if world.version == 2:
            group.write('memory.swap.max', 0)
        else:
            group.write('memory.swappiness', 0)
    return group


def said(world, group):
    """The findings about the group itself, by id."""
    rows = ask(world, 'container', group.id).rows('findings')
    return {row['id']: row for row in rows if row['entity'] == 'container:' + group.id}


def cited(finding, name):
    return next(cite['value'] for cite in finding['cited'] if cite['name'] == name)


def healthy(expect, world):
    """Half of the limit in use, and a file read: nothing to say"""
    group = limited(world, 'healthy', 256 * MIB)
    actor = world.actor(group)
    actor.make('anon', 96)
    actor.make('read-once', 64, world.file('healthy'))
    expect.equal('findings', set(said(world, group)), set())


def near_the_limit(expect, world):
    """Anonymous memory of 62 of 64 MiB is an OOM risk; the process that holds it is named"""
    group = limited(world, 'risk', 64 * MIB)
    actor = world.actor(group)
    actor.make('anon', 61)
    found = said(world, group)
    expect.within('findings', {'ctr-oom-risk'}, found)
    if 'ctr-oom-risk' not in found:
        return
    risk = found['ctr-oom-risk']
    expect.true('level', risk['level'] in ('warning', 'critical'), risk['level'])
    counters = group.counters()
    lists = counters['active_file'] + counters['inactive_file'] + counters.get('slab_reclaimable', 0)
    expect.near('left', cited(risk, 'left'), 64 * MIB - counters['usage'] + lists, STOCK)
    expect.equal('process', cited(risk, 'process'), f'scenario-actor[{actor.pid}]')
    expect.within('next', {f'memwhy pid {actor.pid}'}, risk['next'])


def full_of_file_cache(expect, world):
    """A file read twice fills the limit and the working set: told as cache, not as a risk"""
    group = limited(world, 'cache', 64 * MIB)
    path = world.file('cache')
    world.actor(group).make('read-twice', 58, path)
    row = ask(world, 'container', group.id).row('containers', id=group.id)
    found = said(world, group)
    expect.within('findings', {'ctr-cache-not-risk'}, found)
    expect.true('no risk', 'ctr-oom-risk' not in found, found)
    expect.true('nothing worse than a notice', all(f['level'] in ('info', 'notice') for f in found.values()),
                {key: f['level'] for key, f in found.items()})
    expect.between('cannot be reclaimed', cell(row, 'unreclaimable'), 0, 8 * MIB)
    if kernel.multigenerational():
        return
    inflated = found.get('ctr-active-file-inflates-working-set')
    expect.true('told of the working set', inflated, found)
    if inflated:
        if the_file(world, group, path) is not None:
            expect.equal('the file is named', cited(inflated, 'file1'), path)
        expect.near('working set', cited(inflated, 'working_set'), cell(row, 'working_set'), STOCK)
        expect.equal('explained by', found['ctr-cache-not-risk']['explained_by']['id'], inflated['id'])


def files_in_memory(expect, world):
    """96 MiB in tmpfs under a limit of 256; then their process ends, and they stay"""
    group = limited(world, 'shmem', 256 * MIB)
    actor = world.actor(group)
    path = world.file('shmem', '/dev/shm')
    amount = actor.make('tmpfs', 96, path)
    found = said(world, group)
    expect.within('findings', {'ctr-shmem-charged'}, found)
    expect.near('shmem', cited(found['ctr-shmem-charged'], 'shmem'), amount, STOCK)
    if the_file(world, group, path) is not None:
        expect.equal('the file is named', cited(found['ctr-shmem-charged'], 'file1'), path)
    expect.true('drop_caches is no cure', any('drop_caches' in line for line in
                                              found['ctr-shmem-charged']['avoid']))
    actor.end()
    found = said(world, group)
    expect.within('findings afterwards', {'ctr-dead-charges', 'ctr-shmem-charged'}, found)
    expect.near('held', cited(found['ctr-dead-charges'], 'needed'), amount, MIB)
    expect.equal('explained by', found['ctr-shmem-charged'].get('explained_by', {}).get('id'), 'ctr-dead-charges')


def limit_above(expect, world):
    """256 MiB below a group of 96 can never be had: the one above is named"""
    outer = world.group('above')
    inner = outer.child('inner')
    outer.limit(96 * MIB)
    inner.limit(256 * MIB)
    world.actor(inner).make('anon', 8)
    found = said(world, inner)
    expect.within('findings', {'ctr-parent-limit'}, found)
    expect.equal('whose limit', cited(found['ctr-parent-limit'], 'ancestor'), outer.id)
    expect.equal('its limit', cited(found['ctr-parent-limit'], 'ancestor_limit'), 96 * MIB)
    expect.equal('findings of the one above', set(said(world, outer)), set())


def killed(expect, world):
    """A process that wants more than the limit is killed, and counted where it was"""
    group = limited(world, 'killed', 24 * MIB)
    actor = world.actor(group)
    try:
        actor.make('anon', 64)
    except RuntimeError:
        pass
    if actor.process.wait(20) != -9:
        raise Skip('the kernel did not kill')
    found = said(world, group)
    expect.within('findings', {'ctr-oom-killed'}, found)
    expect.equal('kills', cited(found['ctr-oom-killed'], 'kills'), 1)
    expect.within('next', {'memwhy oom'}, found['ctr-oom-killed']['next'])


def killing_switched_off(expect, world):
    """v1's oom_kill_disable is told before anything hangs"""
    if world.version == 2:
        raise Skip('a switch of cgroup v1')
    group = limited(world, 'disabled', 64 * MIB)
    try:
        group.write('memory.oom_control', 1)
    except OSError as error:
        raise Skip(f'this kernel has no such switch any more: {error.strerror}') from error
    world.actor(group).make('anon', 8)
    found = said(world, group)
    expect.equal('level', found.get('ctr-oom-disabled', {}).get('level'), 'notice')


# The log of the incident that this repeats.
LOG = 8683520


def uncached_log(world):
    """A log file of that size, on disk and not in memory."""
    path = world.file('log')
    with open(path, 'wb') as file:
        line = b'2023-07-14 09:26:53 INFO  request 0123456789abcdef took 17 ms\n'
        file.write((line * (LOG // len(line) + 1))[:LOG])
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path


def grep(group, path):
    """In the group, by a process that ends: what it read stays charged."""
    def enter():
        with open(group.folder + '/cgroup.procs', 'w', encoding='ascii') as file:
            file.write('0')
    subprocess.run(['grep', '-c', 'no such word', path], stdout=subprocess.DEVNULL, check=False, preexec_fn=enter)


def drained():
    """Pages on their way to a list wait on each CPU, up to 31 at a time."""
    return kernel.CPUS * 31 * kernel.PAGE


def log_read_twice(expect, world):
    """A log of 8.3 MiB read twice: inactive cache, then active; the working set grows, no program does"""
    group = world.group('grep')
    group.limit(300 * MIB)
    world.actor(group).make('anon', 12)
    path = uncached_log(world)
    rows, pastes, named = [], [], []
    for number in range(3):
        if number:
            grep(group, path)
        rows.append(ask(world, 'container', group.id).row('containers', id=group.id))
        pastes.append(kernel.text(group.folder + '/memory.stat'))
        named.append(the_file(world, group, path))
    slack = 2 * drained() + STOCK + MIB // 2

    def grew(name, step):
        return cell(rows[step], name) - cell(rows[step - 1], name)
    both = grew('inactive_file', 1) + grew('active_file', 1)
    if both < LOG // 2:
        raise Skip('the file was in memory already: fadvise did not drop it')
    # grep itself and its libraries may come along
    expect.between('first time: cache', both, LOG - slack, LOG + slack + 4 * MIB)
    expect.near('first time: what programs hold', grew('unreclaimable', 1), 0, slack)
    expect.near('second time: what programs hold', grew('unreclaimable', 2), 0, slack)
    expect.near('second time: usage', grew('usage', 2), 0, slack)
    log_is_named(expect, named, slack)
    if kernel.multigenerational():
        return
    expect.near('first time: working set', grew('working_set', 1), 0, slack + 4 * MIB)
    expect.near('second time: moved', -grew('inactive_file', 2), grew('active_file', 2), slack)
    expect.near('second time: working set', grew('working_set', 2), LOG, slack)
    explained(expect, world, pastes)


def the_file(world, group, path):
    """Its row, an empty one when nothing of it is in memory; None where no page census can be taken."""
    answer = ask(world, 'files', '-n', 0, '--container', group.id)
    if answer.document['files_counted']['how'] == 'asked':
        return None
    return next((row for row in answer.rows('files') if row.get('path') == path), {})


def log_is_named(expect, named, slack):
    """First as inactive, then as active."""
    if None in named:
        return
    cached, active = ([row.get(key, 0) for row in named] for key in ('cached_bytes', 'active_bytes'))
    expect.between('the file: before', cached[0], 0, slack)
    expect.near('the file: read once', cached[1], LOG, slack)
    expect.near('the file: read twice', cached[2], LOG, slack)
    if kernel.multigenerational():
        return
    expect.between('the file: active, read once', active[1], 0, slack)
    expect.near('the file: active, read twice', active[2], LOG, slack)


def explained(expect, world, pastes):
    """The same from what somebody would paste: an order, and no times."""
    text = ''.join(f'# cat memory.stat\n{paste}\n' for paste in pastes)
    done = subprocess.run([world.memwhy, 'explain', '--json', '-'], input=text, capture_output=True, text=True,
                          timeout=60, check=False)
    expect.equal('explain: status', done.returncode, 0)
    expect.true('explain: why the working set grew', 'ctr-active-file-inflates-working-set' in done.stdout,
                done.stdout[-300:] + done.stderr)


SCENARIOS = [healthy, near_the_limit, full_of_file_cache, files_in_memory, limit_above, killed,
             killing_switched_off, log_read_twice]
