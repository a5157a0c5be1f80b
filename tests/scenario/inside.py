"""memwhy inside of a container: namespaces of its own, its group's part of the tree, no privilege."""
import json
import os
import shutil
import subprocess

import kernel
from answer import Answer, ask, balanced, cell, same_as_kernel
from kernel import MIB
from tap import Skip

LIMIT = 192 * MIB

# In the group while the cgroup namespace is made, in another one while memwhy runs: what it needs
# itself is not charged to the group that it shows.
ENTER = '''
echo $$ >"$GROUP/cgroup.procs"
exec unshare -m --propagation private $NAMESPACES -f sh -c "
set -e
echo 0 >'$WATCHERS/cgroup.procs'
$SETUP
exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --no-new-privs \\"\\$@\\"
" sh "$@"
'''
# Several commands in one container: where processors are emulated, making one takes longer than memwhy.
EACH = '''for arguments; do
$0 $arguments 2>&1
printf '\\0%d\\0' $?
done'''
OWN_TREE = {
    1: '''umount -l /sys/fs/cgroup/memory
mount -t cgroup -o ro,memory none /sys/fs/cgroup/memory''',
    2: '''umount -l /sys/fs/cgroup
mount -t cgroup2 -o ro none /sys/fs/cgroup''',
}
ALL = '-p -C --mount-proc'

# Mounts and namespaces are the kernel's memory, and what made them waits in the group until memwhy ends.
MAKING = ('usage', 'memsw_usage', 'peak', 'kernel', 'slab', 'slab_reclaimable', 'slab_unreclaimable', 'percpu',
          'kernel_stack', 'page_tables', 'anon', 'active_anon', 'inactive_anon', 'file_mapped')


class Container:
    """A group with an actor and a place for programs that its users may run."""

    def __init__(self, world):
        self.world = world
        self.group = world.group('inside')
        self.group.limit(LIMIT)
        self.watchers = world.group('watchers')
        self.folder = f'/run/memwhy-test-inside-{os.getpid()}'
        os.mkdir(self.folder)
        world.made.callback(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        shutil.copy(world.memwhy, self.folder + '/memwhy')
        self.actor = world.actor(self.group)

    def enter(self, *command, setup=None, namespaces=ALL):
        environment = {**os.environ, 'GROUP': self.group.folder, 'WATCHERS': self.watchers.folder,
                       'SETUP': OWN_TREE[self.world.version] if setup is None else setup,
                       'NAMESPACES': namespaces, 'LC_ALL': 'C.UTF-8', 'COLUMNS': '100'}
        done = subprocess.run(['sh', '-c', ENTER, 'sh', *command], env=environment, capture_output=True,
                              timeout=120, check=False)
        if b'unshare' in done.stderr:
            raise Skip(done.stderr.decode())
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def run(self, *arguments, **where):
        return self.enter(self.folder + '/memwhy', *arguments, **where)

    def each(self, *commands, **where):
        """(arguments, status, text) of each command, run one after the other in one container."""
        text = self.enter('sh', '-c', EACH, self.folder + '/memwhy', *commands, **where)[1]
        said = text.split('\0')
        if len(said) != 2 * len(commands) + 1:
            raise RuntimeError(f'{commands}: {text}')
        return [(command, int(said[2 * i + 1]), said[2 * i]) for i, command in enumerate(commands)]

    def ask(self, *arguments, **where):
        status, text = self.run('--json', *arguments, **where)
        if status:
            raise RuntimeError(f'status {status}: {text}')
        return Answer(json.loads(text))


def agrees_inside(expect, container, **where):
    answers = []

    def look():
        answers.append(container.ask(**where))
        return answers[-1].row('containers', id='/')
    row = same_as_kernel(expect, look, container.group.counters, 'inside',
                         observer=lambda key: MIB if key in MAKING else 0)
    answer = answers[-1]
    account = answer.rows('accounts')[0]
    expect.equal('the first account', account['entity'], 'container:/')
    balanced(expect, account)
    expect.equal('the account is of the usage', account['bytes'], cell(row, 'usage'))
    expect.equal('the limit in force', cell(row, 'effective_limit'), LIMIT)
    return answer.document['node']


def own_numbers(expect, world):
    """The container's numbers from inside are its group's from outside"""
    container = Container(world)
    made = container.actor.make('anon', 48)
    node = agrees_inside(expect, container)
    expect.true('it says that it is inside', 'inside' in node)
    expect.equal('its group', node['inside_group'], '/')
    expect.within('the signs', ['pid namespace', 'cgroup namespace', 'part of the cgroup tree'],
                  node['inside_signs'].split(', '))
    expect.within('hidden', ['groups', 'processes'], node['inside_hidden'].split(','))
    expect.true('what was made is there', made <= container.group.counters()['anon'])


def bound_part(expect, world):
    """Without a cgroup namespace: the group's folder, mounted as the whole tree"""
    container = Container(world)
    container.actor.make('anon', 24)
    setup = f'mount --bind {container.group.folder} {world.mount}\nmount -o remount,bind,ro {world.mount}'
    node = agrees_inside(expect, container, setup=setup, namespaces='-p --mount-proc')
    expect.within('hidden', ['groups', 'processes'], node['inside_hidden'].split(','))
    expect.true('no cgroup namespace', 'cgroup namespace' not in node['inside_signs'])


def page(expect, world):
    """The page is the container's; other screens say what they lack"""
    container = Container(world)
    parts = {'node': "the machine's numbers, not", 'ps': 'processes of others', 'containers': 'groups of others',
             'oom --next': 'processes of others'}
    (_, status, text), *others = container.each('', *parts)
    expect.equal('exit status', status, 0)
    for part in ('inside a container', 'limit 192 MiB', "where the container's memory is",
                 'show the machine, not the container', 'not seen from here', 'to see more', 'memwhy capture'):
        expect.true(f'says: {part}', part in text, text)
    expect.true('not the account of the machine', 'where the memory is' not in text, text)
    for command, status, text in others:
        expect.true(f'{command} says: {parts[command]}', not status and parts[command] in text, text)


def less_and_less(expect, world):
    """Whatever is taken away: an answer, and no failure"""
    container = Container(world)
    tree = OWN_TREE[world.version]
    for name, setup in {
        'no groups mounted': 'umount -l /sys/fs/cgroup',
        'no /sys': 'umount -l /sys',
        'an empty /sys': 'mount -t tmpfs none /sys',
        'hidepid': tree + '\nmount -t proc -o hidepid=2 proc /proc',
        'no meminfo': tree + '\nmount --bind /dev/null /proc/meminfo',
        'no /proc/self/cgroup': tree + '\nmount --bind /dev/null /proc/self/cgroup',
        'an empty /dev': tree + '\nmount -t tmpfs none /dev',
    }.items():
        for command, status, text in container.each('', 'containers', '--json', setup=setup):
            expect.true(f'{name}: memwhy {command}', status == 0, f'{status}: {text}')
            if not command:
                expect.true(f'{name}: it says that it is inside', 'inside a container' in text, text)


def machine_is_none(expect, world):
    """The machine is no container: not in other mounts, nor beside another process 1's /proc"""
    expect.true('the machine', 'inside' not in ask(world, 'node').document['node'])
    for options in ['-m'], ['-p', '-f'], ['-u', '-i', '-n']:
        done = subprocess.run(['unshare', *options, world.memwhy, 'node', '--json'], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=120, check=False)
        if not done.returncode:
            expect.true(f'unshare {options}', 'inside' not in json.loads(done.stdout)['node'])


def other_root(expect, world):
    """Below --root it is that machine which is looked at"""
    container = Container(world)
    setup = OWN_TREE[world.version]
    host = container.folder + '/host'
    os.mkdir(host)
    script = f'mount --rbind / {host}\nmount -t proc proc /proc\n{setup}'
    answer = container.ask('containers', '-n', '0', '--root', host, setup=script, namespaces='-p -C')
    expect.true('nothing of an inside', 'inside' not in answer.document.get('node', {}))
    expect.true("the machine's groups", answer.row('containers', id=container.group.id))


def capture_replays(expect, world):
    """A capture made inside tells the same outside"""
    container = Container(world)
    path = container.folder + '/capture'
    os.mkdir(path, 0o777)
    os.chmod(path, 0o777)
    status, text = container.run('capture', '-o', path + '/inside.tar.zst')
    expect.equal('exit status', status, 0)
    done = subprocess.run([world.memwhy, '--root', path + '/inside.tar.zst'], capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    expect.true('says that it was inside', 'inside a container' in done.stdout and 'limit 192 MiB' in done.stdout,
                text + done.stdout + done.stderr)


SCENARIOS = [own_numbers, bound_part, page, less_and_less, machine_is_none, other_root, capture_replays]
