"""One container at a time, of a runtime that has a command of its own."""
import contextlib

import kernel
from answer import ask
from answers import row_of, same
from kernel import MIB
from machine import go_on, wait_for
from tap import Skip

LABELS = {'tier': 'web', 'owner.example': 'a b=c'}


@contextlib.contextmanager
def started(runtime, name, *commands, **options):
    container = runtime.start(name, *commands, **options)
    try:
        yield container
    finally:
        runtime.remove(container)


def limited(expect, machine, runtime):
    """A container with a limit and labels: everything as the runtime's own command prints it"""
    with started(runtime, 'web', 'anon 20', limit=64 * MIB, labels=LABELS) as web:
        row = same(expect, machine, runtime, web)
        expect.equal('role', row.get('role'), 'container')
        expect.equal('the kernel\'s limit', row['limit_bytes'], machine.limit(web.cgroup))


def unlimited(expect, machine, runtime):
    """A container without a limit beside another one: each has its own name"""
    with started(runtime, 'one', 'anon 2') as one, started(runtime, 'two', 'anon 2', limit=96 * MIB) as two:
        for container in one, two:
            same(expect, machine, runtime, container)


def asked_by_name(expect, machine, runtime):
    """By name, by runtime and name, by the beginning of its id, by pid: the same container"""
    with started(runtime, 'shop-cart', 'anon 4', limit=64 * MIB) as cart:
        ways = ['shop-cart', f'{runtime.word}:shop-cart', str(cart.pid), cart.cgroup]
        ways += [cart.id[:12]] if len(cart.id) == 64 else []
        for way in ways:
            rows = ask(machine, 'container', way).rows('containers')
            expect.equal(f'asked for {way}', [row['id'] for row in rows][:1], [cart.cgroup])


def killed(expect, machine, runtime):
    """A container that wants more than its limit is named where the kill is told"""
    with started(runtime, 'greedy', 'anon 8', 'wait 0', 'anon 96', limit=24 * MIB) as greedy:
        go_on(greedy.pid)
        wait_for('the container to be killed', lambda: runtime.exited(greedy))
        report = last_kill(machine, greedy)
        expect.equal('whose container', report.get('victim_name'), greedy.name)
        expect.equal('whose limit', report.get('limit_name'), greedy.name)
        expect.equal('limit', report.get('limit_bytes'), 24 * MIB)


def last_kill(machine, container):
    reports = [row for row in ask(machine, 'oom').rows('oom') if row.get('victim_group') == container.cgroup]
    if not reports:
        raise Skip('the kernel\'s log does not tell of the kill')
    return reports[-1]


SCENARIOS = [limited, unlimited, asked_by_name, killed]
