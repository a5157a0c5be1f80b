"""Processes: against /proc, and against ps, top, pmap and smem."""
import os
import re
import shutil
import subprocess

import kernel
from answer import ask, balanced, cell, same_as_kernel
from kernel import MIB
from tap import Skip

STATUS = {'vss': 'VmSize', 'vss_peak': 'VmPeak', 'rss': 'VmRSS', 'rss_peak': 'VmHWM', 'rss_anon': 'RssAnon',
          'rss_file': 'RssFile', 'rss_shmem': 'RssShmem', 'data': 'VmData', 'stack': 'VmStk',
          'text': 'VmExe', 'lib': 'VmLib', 'page_tables': 'VmPTE', 'swap': 'VmSwap', 'locked': 'VmLck',
          'threads': 'Threads'}
ROLLUP = {'smaps_rss': 'Rss', 'private_clean': 'Private_Clean', 'private_dirty': 'Private_Dirty',
          'shared_clean': 'Shared_Clean', 'shared_dirty': 'Shared_Dirty', 'anonymous': 'Anonymous',
          'pss': 'Pss'}


def busy_actor(world, name):
    """A process with memory of several kinds, that then stands still."""
    actor = world.actor(world.group(name))
    actor.make('anon', 12)
    actor.make('memfd', 6)
    actor.make('mapped', 4, world.file(name))
    return actor


def in_status(expect, world):
    """Every number of /proc/PID/status, and RSS is the sum of its three parts"""
    actor = busy_actor(world, 'status')

    def reference():
        status = kernel.status(actor.pid)
        return {ours: status[theirs] for ours, theirs in STATUS.items() if theirs in status}
    row = same_as_kernel(expect, lambda: ask(world, 'ps', '-n', 0).row('processes', pid=actor.pid), reference,
                         'status')
    expect.equal('RSS', cell(row, 'rss'), sum(cell(row, 'rss_' + kind) for kind in ('anon', 'file', 'shmem')))


def in_smaps(expect, world):
    """Every number of smaps_rollup; RSS >= PSS >= USS; regions and their account as in smaps"""
    actor = busy_actor(world, 'smaps')
    answers = []

    def look():
        answers.append(ask(world, 'pid', actor.pid))
        return answers[-1].row('processes', pid=actor.pid)

    def reference():
        values = kernel.smaps_rollup(actor.pid)
        return {ours: values[theirs] for ours, theirs in ROLLUP.items()}
    # memwhy maps libc too: its pages become shared, and are divided by one process more
    row = same_as_kernel(expect, look, reference, 'smaps_rollup', 2 * MIB,
                         lambda key: 2 * MIB if key in ('pss', 'private_clean', 'shared_clean') else 0)
    expect.equal('USS', cell(row, 'uss'), cell(row, 'private_clean') + cell(row, 'private_dirty'))
    expect.true('VSS >= RSS >= PSS >= USS', cell(row, 'vss') >= cell(row, 'smaps_rss') >= cell(row, 'pss') >=
                cell(row, 'uss'))
    balanced(expect, answers[-1].account(f'process:{actor.pid}'))
    said = re.findall(r'^([0-9a-f]+)-([0-9a-f]+) .*\n(?:\w.*\n)*?Rss: +(\d+) kB', kernel.text(f'/proc/{actor.pid}/smaps'),
                      re.M)
    expect.equal('regions', sorted((int(r['start'], 16), int(r['end'], 16), cell(r, 'rss'))
                                   for r in row['regions']),
                 [(int(start, 16), int(end, 16), int(rss) * 1024) for start, end, rss in said])


def everybody(expect, world):
    """Every process is listed once; kernel threads and zombies have no memory, rather than 0"""
    child = os.fork()
    if not child:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        before = kernel.pids()
        rows = ask(world, 'ps', '-n', 0).rows('processes')
        after = kernel.pids()
    finally:
        os.waitpid(child, 0)
    pids = [row['pid'] for row in rows]
    expect.equal('each once', len(pids), len(set(pids)))
    expect.within('all that stayed', before & after, pids)
    for row in rows:
        if row['pid'] == child:
            expect.equal('state of the zombie', row['state'], 'Z')
        if row['pid'] == child or row['kernel_thread']:
            expect.true(f'{row["pid"]} has no RSS', 'rss_bytes' not in row and row['states']['rss_bytes'] == 'absent')
        if 'smaps_rss_bytes' in row and 'pss_bytes' in row:
            expect.true(f'RSS >= PSS >= USS of {row["pid"]}',
                        row['smaps_rss_bytes'] >= row['pss_bytes'] >= row['uss_bytes'])
    threads = {row['pid'] for row in rows if row['kernel_thread']}
    expect.true('kthreadd is a kernel thread', not os.path.exists('/proc/2') or 2 in threads)


def sum_of_pss(expect, world):
    """PSS of all processes together is not more than what is in use"""
    rows = ask(world, 'ps', '-n', 0, '--exact').rows('processes')
    measured = [row['pss_bytes'] for row in rows if 'pss_bytes' in row]
    memory = kernel.meminfo()
    expect.between('sum of PSS', sum(measured), MIB, memory['MemTotal'] - memory['MemFree'])


def run(*command):
    if not shutil.which(command[0]):
        raise Skip(f'{command[0]} is not installed')
    return subprocess.run(command, capture_output=True, text=True, check=True,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'}).stdout


def kib(words):
    return [int(word) * 1024 for word in words]


def listed(world, actor):
    return ask(world, 'ps', '-n', 0).row('processes', pid=actor.pid)


def ps(expect, world):
    """VSZ and RSS as ps prints them"""
    actor = busy_actor(world, 'ps')
    said = kib(run('ps', '-o', 'vsz=,rss=', '-p', str(actor.pid)).split())
    row = listed(world, actor)
    expect.equal('VSZ, RSS', [cell(row, 'vss'), cell(row, 'rss')], said)


def top(expect, world):
    """VIRT, RES and SHR as top prints them"""
    actor = busy_actor(world, 'top')
    screen = run('top', '-b', '-n', '1', '-e', 'k', '-p', str(actor.pid)).splitlines()
    heads = next(line for line in screen if 'VIRT' in line).split()
    values = dict(zip(heads, screen[-1].split()))
    row = listed(world, actor)
    expect.equal('VIRT, RES, SHR', [cell(row, name) for name in ('vss', 'rss', 'rss_shared')],
                 kib(values[head] for head in ('VIRT', 'RES', 'SHR')))


def pmap(expect, world):
    """Size, RSS and dirty memory as pmap -x adds them up"""
    actor = busy_actor(world, 'pmap')
    said = kib(run('pmap', '-x', str(actor.pid)).splitlines()[-1].split()[-3:])
    answer = ask(world, 'pid', actor.pid)
    row = answer.row('processes', pid=actor.pid)
    regions = row['regions']
    # pmap counts the vsyscall page, which is in no VSZ
    expect.equal('Kbytes', sum(cell(region, 'size') for region in regions), said[0])
    expect.equal('RSS', cell(row, 'smaps_rss'), said[1])
    expect.equal('Dirty', cell(row, 'private_dirty') + cell(row, 'shared_dirty'), said[2])


def smem(expect, world):
    """USS, PSS and RSS as smem prints them"""
    actor = busy_actor(world, 'smem')
    lines = run('smem', '-H', '-c', 'pid uss pss rss', '-P', 'scenario-actor').splitlines()
    said = next(kib(line.split()[1:]) for line in lines if line.split()[0] == str(actor.pid))
    row = ask(world, 'pid', actor.pid).row('processes', pid=actor.pid)
    # a page of libc is shared or private, by who else runs now; smem rounds PSS down for each mapping
    for name, wanted in zip(('uss', 'pss', 'smaps_rss'), said):
        expect.near(name, cell(row, name), wanted, 0 if name == 'smaps_rss' else 2 * MIB)


SCENARIOS = [in_status, in_smaps, everybody, sum_of_pss, ps, top, pmap, smem]
