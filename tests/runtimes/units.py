"""Real units of systemd: what `systemctl show` prints, and what memwhy says."""
import contextlib

from answer import ask, cell
from kernel import MIB
from machine import go_on, run, wait_for
from tap import Skip

SHOWN = 'Id', 'ControlGroup', 'MainPID', 'MemoryMax', 'MemoryCurrent', 'Slice'


class Unit:
    def __init__(self, name):
        self.name = name
        lines = run('systemctl', 'show', '-p', ','.join(SHOWN), name).splitlines()
        self.shown = dict(line.split('=', 1) for line in lines)
        self.cgroup = self.shown['ControlGroup']

    def number(self, key):
        """None = no limit."""
        return None if self.shown[key] == 'infinity' else int(self.shown[key])


@contextlib.contextmanager
def unit(machine, name, *commands, slice_='', limit=0):
    """A transient service; it and its slice are gone afterwards."""
    words = ['--collect', '--unit', name]
    words += ['--slice', slice_] if slice_ else []
    words += ['-p', f'MemoryMax={limit}'] if limit else []
    run('systemd-run', *words, machine.actor, '-', *commands)
    try:
        wait_for(name, lambda: 'MainPID=0' not in run('systemctl', 'show', '-p', 'MainPID', name))
        yield Unit(name)
    finally:
        run('systemctl', 'stop', name, check=False)


def as_shown(expect, machine, made, role):
    row = ask(machine, 'containers').row('containers', id=made.cgroup)
    expect.equal(f'{made.name}: role', row.get('role'), role)
    expect.equal(f'{made.name}: runtime', row.get('runtime'), 'systemd')
    expect.equal(f'{made.name}: name', row['name'], made.shown['Id'])
    expect.equal(f'{made.name}: limit', cell(row, 'limit'), made.number('MemoryMax'))
    return row


def service(expect, machine):
    """A service with a limit: name, limit, usage and first process as systemctl shows them"""
    with unit(machine, 'memwhy-test-web.service', 'anon 20', limit=64 * MIB) as made:
        row = as_shown(expect, machine, made, 'unit')
        expect.equal('first process', row.get('init_pid', made.number('MainPID')), made.number('MainPID'))
        made = Unit(made.name)
        expect.near('usage', cell(row, 'usage'), made.number('MemoryCurrent'), made.number('MemoryCurrent') / 100)
        for way in 'unit:memwhy-test-web.service', 'memwhy-test-web.service', 'memwhy-test-web':
            rows = ask(machine, 'container', way).rows('containers')
            expect.equal(f'asked for {way}', [row['id'] for row in rows][:1], [made.cgroup])


def nested_slices(expect, machine):
    """A service in a slice of a slice: each level is itself"""
    with unit(machine, 'memwhy-test-db.service', 'anon 4', slice_='memwhy-test.slice') as made:
        as_shown(expect, machine, made, 'unit')
        for name in 'memwhy-test.slice', 'memwhy.slice':
            as_shown(expect, machine, Unit(name), 'slice')


def escaped(expect, machine):
    """Names with escapes, of instances and slices: told as systemctl tells them"""
    instance = run('systemd-escape', '--template=memwhy@.service', '/var/lib/a-b c')
    slice_ = run('systemd-escape', '--suffix=slice', 'memwhy-odd')
    with unit(machine, instance, 'anon 4', slice_=slice_) as made:
        expect.true('there is an escape', '\\x2d' in made.cgroup, made.cgroup)
        as_shown(expect, machine, made, 'unit')
        as_shown(expect, machine, Unit(slice_), 'slice')


def session(expect, machine):
    """A scope in a user's slice is a session; whose, systemd-logind knows, which does not run here"""
    name = 'session-7.scope'
    run('systemd-run', '--collect', '--unit', name, '--slice', 'user-0.slice', '--scope', '/run/busybox', 'sh', '-c',
        f'{machine.actor} - "anon 4" >/dev/null </dev/null 2>&1 &')
    try:
        made = Unit(name)
        as_shown(expect, machine, made, 'session')
        expect.equal('group', made.cgroup, '/user.slice/user-0.slice/session-7.scope')
    finally:
        run('systemctl', 'stop', name, check=False)


def killed(expect, machine):
    """A service that wants more than its limit is named where the kill is told"""
    with unit(machine, 'memwhy-test-greedy.service', 'anon 8', 'wait 0', 'anon 96', limit=24 * MIB) as made:
        go_on(made.number('MainPID'))
        wait_for('the kill', lambda: not run('systemctl', 'is-active', made.name, check=False) == 'active')
        reports = [row for row in ask(machine, 'oom').rows('oom') if row.get('victim_group') == made.cgroup]
        if not reports:
            raise Skip('the kernel\'s log does not tell of the kill')
        expect.equal('whose service', reports[-1].get('victim_name'), made.name)


SCENARIOS = [service, nested_slices, escaped, session, killed]
