"""All processes in one read of the kernel's structures, row for row against /proc."""
import functools
import json
import os
import re
import subprocess

from tap import Skip

# read from smaps_rollup, in either way, and within a budget
MEASURED = ('pss', 'uss', 'smaps', 'shared_', 'private_', 'referenced', 'anonymous', 'ksm', 'lazyfree', 'anon_thp',
            'shmem_pmd', 'file_pmd', 'swap_pss', 'oom_score', 'states')
# what changes by itself while nothing happens: who runs, and what those who run do
RESTLESS = {'R', 'D'}


def idle(count):
    """Processes that stand still, some of them with threads and memory of their own."""
    code = """
import os, sys, threading, time
count = int(sys.argv[1])
for i in range(count):
    if os.fork() == 0:
        if i % 50 == 0:
            keep = bytearray(i * 1000)
            for _ in range(i % 3):
                threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        os.write(1, b'.')
        os.read(0, 1)
        os._exit(0)
os.read(0, 1)
"""
    process = subprocess.Popen(['/usr/bin/python3', '-IS', '-c', code, str(count)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    left = count
    while left:
        left -= len(os.read(process.stdout.fileno(), left))
    return process


def rows(world, bpf):
    answer = subprocess.run([world.memwhy, 'ps', '--json', '-n', '0', '--bpf', bpf, '--offline'],
                            stdout=subprocess.PIPE, check=True).stdout
    return {(row['pid'], row['start_time']): {key: value for key, value in row.items() if
                                              key == 'oom_score_adj' or not key.startswith(MEASURED)}
            for row in json.loads(answer)['processes']}


def capabilities(memwhy):
    """The lines about BPF."""
    said = subprocess.run([memwhy, '--version', '--verbose', '--lang', 'en'], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    return said.partition('(BPF)')[2].splitlines()


@functools.cache
def capabilities_once(memwhy, _bpf):
    """It loads every program."""
    return capabilities(memwhy)


def works(world, capability):
    for line in capabilities_once(world.memwhy, os.environ.get('MEMWHY_BPF')):
        if line.split()[:1] == [capability]:
            return line.split()[1] == 'yes', line.strip()
    return False, f'{capability} is not listed'


def swept_processes(expect, world):
    """Rows from BPF are the rows from files, for hundreds of processes that stand still"""
    able, said = works(world, 'task')
    if not able and os.path.exists('/sys/kernel/btf/vmlinux'):
        expect.true('BPF reads processes on a kernel with BTF', False, said)
    if not able:
        raise Skip(said)
    count = 150 if world.in_guest else int(os.environ.get('MEMWHY_SWEEP', '1000'))
    parent = idle(count)
    try:
        before, swept, after = rows(world, 'off'), rows(world, 'on'), rows(world, 'off')
    finally:
        parent.stdin.close()
        parent.wait(60)
        parent.stdout.close()
    # threads of the kernel work at any moment, and names of its workers end in what they work on
    for look in (before, swept, after):
        for row in look.values():
            if row['kernel_thread']:
                del row['state']
                row['name'] = re.sub(r'^(kworker/[^+-]*).*', r'\1', row['name'].replace('kworker/R-', 'kworker/R'))
    still = {key: row for key, row in before.items() if after.get(key) == row and row.get('state') not in RESTLESS}
    expect.true('most rows stand still', len(still) >= count, f'{len(still)} of {len(before)}')
    missing = [key for key in still if key not in swept]
    expect.true('no process is left out', not missing, missing[:5])
    newest = max(start for _, start in before)
    more = [key for key in swept if key not in before and key[1] < newest]
    expect.true('no process is made up', not more, [swept[key] for key in more[:3]])
    different = []
    for key, row in still.items():
        if key in swept and swept[key] != row:
            different.append((key[0], {name: (row.get(name), swept[key].get(name)) for name in set(row) | set(swept[key])
                                       if row.get(name) != swept[key].get(name)}))
    # of this machine's other processes, one may have worked between two looks
    expect.true('all rows are equal', len(different) <= 2, f'{len(different)} differ: {different[:3]}')
    expect.true('there are rows', len(swept) >= count, len(swept))


SCENARIOS = [swept_processes]
