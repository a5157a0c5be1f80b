"""Many containers, one after the other, under memwhy's eyes."""
import shutil

from describe import started
from tap import Skip
from watch import names, watched

MANY = 200
WARM = 50           # containers, after which memwhy has all that it needs
SLACK = 128 << 10   # of memwhy's RSS: the heap's last pages
SOME = 25           # under valgrind, which is slow


def turn_over(expect, machine, runtime, watch, number):
    """One container's whole life; what memwhy said meanwhile names it and nobody else."""
    name = f'turn-{number}'
    with started(runtime, name, 'anon 1', labels={'turn': str(number)}):
        seen = drain(watch)
    for rows in seen:
        for row in rows.values():
            if row.get('role') != 'container':
                continue
            if row['name'] != row['id'].rpartition('/')[2]:
                expect.true('each row has the name of its container', False, f'{row["id"]}: {row["name"]}')
            turn = row.get('labels', {}).get('turn')
            if turn and f'turn-{turn}' != row['name']:
                expect.true('each row has the labels of its container', False, f'{row["id"]}: {turn}')
    return sum(len(rows) > 0 for rows in seen)


def drain(watch):
    seen = []
    while not watch.lines.empty():
        seen.append(watch.sweep())
    return seen


def many(expect, machine, runtime):
    """200 containers come and go: no stale name, no error exit, and memwhy does not grow"""
    seen = 0
    with watched(expect, machine, machine.parent) as watch:
        watch.sweep()
        for number in range(MANY):
            seen += turn_over(expect, machine, runtime, watch, number)
            if number == WARM:
                watch.now()
                warm = watch.memory()
        rows = watch.until('all are gone', lambda rows: not [n for n in names(rows) if n.startswith('turn-')])
        expect.true('no name left', not [row for row in rows.values() if row.get('role') == 'container'], names(rows))
        expect.between('growth of memwhy', watch.memory() - warm, -(64 << 20), SLACK)
        expect.true('memwhy saw them', seen > 10, f'in {seen} sweeps')


def leak(expect, machine, runtime):
    """Containers come and go under valgrind: every byte is given back at the end"""
    if not shutil.which('valgrind'):
        raise Skip('valgrind is not installed')
    # valgrind does not know what bpf(2) writes
    wrapper = ['env', 'MEMWHY_BPF=off', 'valgrind', '-q', '--leak-check=full', '--show-leak-kinds=definite,indirect,possible',
               '--errors-for-leak-kinds=definite,indirect,possible', '--error-exitcode=9']
    with watched(expect, machine, machine.parent, wrapper=wrapper, count=20) as watch:
        rows = [watch.sweep()]
        for number in range(SOME):
            name = f'leak-{number}'
            with started(runtime, name, 'anon 1'):
                rows.append(watch.sweep() if number < 18 else {})
        while watch.process.poll() is None and not watch.lines.empty():
            watch.sweep()
        status = watch.process.wait(60)
        expect.equal('status', status, 0)
        expect.true('some were seen', any('leak-' in name for row in rows for name in names(row)))


SCENARIOS = [many, leak]
