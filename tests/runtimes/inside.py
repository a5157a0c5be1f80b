"""memwhy run in a container, as somebody without privilege who sees nothing but the container."""
import json

from answer import cell
from describe import started
from kernel import MIB, STOCK

NOBODY = 65534
PROGRAM = '/memwhy/memwhy'


def mounts(machine):
    """memwhy and this machine's libraries, read-only."""
    return [(machine.memwhy, PROGRAM), ('/usr', '/usr'), ('/lib', '/lib'), ('/lib64', '/lib64')]


def look(expect, machine, runtime, container):
    """The page, and the container's numbers: those that its group's files say outside."""
    status, out, err = runtime.execute(container, NOBODY, PROGRAM, '--lang', 'en')
    expect.equal('the page: status', status, 0)
    expect.equal('the page: said on standard error', err, '')
    expect.true('says that it is inside', 'inside a container' in out.lower(), out)
    expect.true('shows the limit', '64.0 MiB' in out, out)
    before = machine.usage(container.cgroup)
    status, out, err = runtime.execute(container, NOBODY, PROGRAM, 'containers', '--json')
    after = machine.usage(container.cgroup)
    expect.equal('containers: status', status, 0)
    expect.equal('containers: said on standard error', err, '')
    rows = json.loads(out)['containers']
    expect.equal('rows', len(rows), 1)
    expect.equal('limit', cell(rows[0], 'limit'), machine.limit(container.cgroup))
    # what is executed is charged while it runs: memwhy itself, and its start
    expect.between('usage', cell(rows[0], 'usage'), min(before, after) - STOCK, max(before, after) + 16 * MIB)


def as_seen_outside(expect, machine, runtime):
    """Inside a container memwhy says so, and shows the limit and usage that its group's files say outside"""
    with started(runtime, 'inside', 'anon 20', limit=64 * MIB, mounts=mounts(machine)) as container:
        look(expect, machine, runtime, container)


def every_command(expect, machine, runtime):
    """Whatever is asked inside: an answer, no failure"""
    with started(runtime, 'inside', 'anon 20', limit=64 * MIB, mounts=mounts(machine)) as container:
        for command in 'node', 'containers', 'ps', 'pods', 'oom', 'rules':
            status, out, err = runtime.execute(container, NOBODY, PROGRAM, *command.split(), '--json')
            expect.true(f'memwhy {command}: status {status}', status == 0, err)
            expect.true(f'memwhy {command}: an answer', out.startswith('{'), out[:100])


SCENARIOS = [as_seen_outside, every_command]
