"""Pods as a kubelet makes them: who their groups are, and what becomes of them."""
import contextlib

import image
from answer import ask, cell
from containerd import Containerd
from cri import Cri, Pod
from describe import last_kill
from kernel import MIB
from machine import cgroup_of, go_on, gone, run, wait_for
from watch import watched

HOG = ['/bin/actor', '-']
SPACE = 'shop'
SOCKET = '/run/containerd/containerd.sock'


class Kubelet(Cri):
    """A CRI client to a containerd that has the images."""
    tool = 'cri'

    def __init__(self, machine, image_made):
        daemon = Containerd(machine)
        for archive in image_made.archive, image_made.pause:
            daemon.load('k8s.io', archive)
        root = machine.add('') if machine.parent else ''
        super().__init__(SOCKET, image.NAME, root, machine.systemd)
        machine.made.callback(self.close)
        for name in image.NAME, image.PAUSE:
            wait_for('CRI to know ' + name, lambda name=name: self.has_image(name))
        self.machine = machine

    def remove_group(self, pod):
        if self.systemd:
            run('systemctl', 'stop', pod.cgroup_parent())
            return
        for top in self.machine.hierarchies():
            wait_for('the pod\'s group to be left', lambda top=top: gone(top + pod.cgroup()), 10)


class PodContainer:
    def __init__(self, pod, made, name):
        self.pod, self.id, self.name = pod, made, name
        rows = [row.split() for row in run('ctr', '-n', 'k8s.io', 'tasks', 'ls').splitlines()]
        self.pid = int(next(row[1] for row in rows if row[0] == made))
        self.cgroup = cgroup_of(self.pid)
        self.title = f'{pod.namespace}/{pod.name}/{name}'


@contextlib.contextmanager
def pod_of(cri, name, qos='burstable', **options):
    pod = Pod(cri, SPACE, name, qos, **options)
    try:
        yield pod
    finally:
        pod.remove()


def start(pod, name, *commands, **options):
    return PodContainer(pod, pod.start(name, HOG + list(commands), **options), name)


def told(expect, machine, cri, container):
    """What the runtime answers over CRI is what memwhy says. Returns the row."""
    row = ask(machine, 'containers').row('containers', id=container.cgroup)
    said = cri.containers()[container.id]
    pod = cri.pods()[said['sandbox']]
    wanted = {'role': 'container', 'runtime': 'containerd', 'runtime_id': container.id, 'init_pid': container.pid,
              'container_name': said['name'], 'pod': pod['name'], 'namespace': pod['namespace'],
              'pod_uid': pod['uid'], 'image': said['image'], 'restarts': said['attempt']}
    for key, value in wanted.items():
        expect.equal(f'{container.title}: {key}', row.get(key), value)
    expect.equal(f'{container.title}: qos', row.get('qos', '').lower(), container.pod.qos or 'guaranteed')
    expect.equal(f'{container.title}: limit', cell(row, 'limit'), machine.limit(container.cgroup))
    return row


def two_containers(expect, machine, cri):
    """A pod of two containers: both as CRI says, the sandbox is none of them, the pod is one entity"""
    with pod_of(cri, 'cart-0', labels={'app': 'cart'}) as pod:
        app = start(pod, 'app', 'anon 20', limit=64 * MIB)
        side = start(pod, 'side', 'anon 4')
        machine.set_limit(pod.cgroup(), 96 * MIB)
        row = told(expect, machine, cri, app)
        expect.equal('the limit given', row['limit_bytes'], 64 * MIB)
        row = told(expect, machine, cri, side)
        expect.equal('the limit above', row.get('effective_limit_bytes'), 96 * MIB)
        rows = ask(machine, 'containers').rows('containers')
        mine = [row for row in rows if row['id'].startswith(pod.cgroup())]
        expect.equal('containers', sorted(row['container_name'] for row in mine if row.get('role') == 'container'),
                     ['app', 'side'])
        expect.true('the sandbox is no container', not [row for row in mine if row.get('role') == 'container' and
                                                        row.get('runtime_id') == pod.id])
        pods = [row for row in mine if row.get('role') == 'pod']
        expect.equal('the pod', [(row['id'], row.get('pod'), row.get('namespace'), row.get('pod_uid'))
                                 for row in pods], [(pod.cgroup(), 'cart-0', SPACE, pod.uid)])
        expect.equal('the pod\'s limit', [row.get('limit_bytes') for row in pods], [96 * MIB])


def listed(expect, machine, cri):
    """memwhy pods lists the pods that CRI lists, each once, with their containers and restarts"""
    with pod_of(cri, 'one') as one, pod_of(cri, 'two', 'besteffort') as two:
        start(one, 'app', 'anon 4', limit=64 * MIB)
        start(one, 'side', 'anon 4')
        start(two, 'app', 'anon 4', attempt=3)
        rows = {row.get('uid'): row for row in ask(machine, 'pods').rows('pods')}
        for uid, name in {pod['uid']: pod['name'] for pod in cri.pods().values()}.items():
            expect.equal(f'{name}: listed', (rows.get(uid, {}).get('namespace'), rows.get(uid, {}).get('pod')),
                         (SPACE, name))
        expect.equal('containers', [rows.get(pod.uid, {}).get('containers') for pod in (one, two)], [2, 1])
        expect.equal('restarts', rows.get(two.uid, {}).get('restarts'), 3)


def classes(expect, machine, cri):
    """Guaranteed, burstable and best-effort pods are told apart by where they are"""
    with contextlib.ExitStack() as pods:
        for qos in '', 'burstable', 'besteffort':
            pod = pods.enter_context(pod_of(cri, f'class-{qos or "guaranteed"}', qos))
            told(expect, machine, cri, start(pod, 'app', 'anon 4', limit=0 if qos == 'besteffort' else 64 * MIB))


def asked_by_name(expect, machine, cri):
    """By namespace, pod and container, by pod, by id and by pid: the same container"""
    with pod_of(cri, 'named-0') as pod:
        app = start(pod, 'only', 'anon 4', limit=64 * MIB)
        for way in (app.title, 'named-0/only', app.id[:13], app.id, str(app.pid), app.cgroup):
            rows = ask(machine, 'container', way).rows('containers')
            expect.equal(f'asked for {way}', [row['id'] for row in rows][:1], [app.cgroup])
        for way in f'{SPACE}/named-0', 'named-0':
            rows = ask(machine, 'pod', way).rows('pods')
            expect.equal(f'asked for pod {way}', [row.get('uid') for row in rows], [pod.uid])


def started_again(expect, machine, cri):
    """A container that ended is made again by the kubelet: one more restart, nothing of the old one"""
    with pod_of(cri, 'again-0') as pod:
        old = start(pod, 'app', 'anon 4', limit=64 * MIB)
        with watched(expect, machine, pod.cgroup()) as watch:
            rows = watch.until('the first', lambda rows: old.cgroup in rows)
            expect.equal('restarts before', rows[old.cgroup].get('restarts'), 0)
            cri.stop(old.id)
            new = start(pod, 'app', 'anon 4', limit=80 * MIB, attempt=1)
            rows = watch.until('the second', lambda rows: new.cgroup in rows and old.cgroup not in rows)
            expect.equal('restarts after', rows[new.cgroup].get('restarts'), 1)
            expect.equal('its name', rows[new.cgroup].get('container_name'), 'app')
        told(expect, machine, cri, new)


def killed(expect, machine, cri):
    """A container that wants more than its limit is named with its pod where the kill is told"""
    with pod_of(cri, 'oom-0') as pod:
        hog = start(pod, 'hog', 'anon 8', 'wait 0', 'anon 96', limit=24 * MIB)
        go_on(hog.pid)
        wait_for('the container to be killed', lambda: cri.status(hog.id)[1] == 137)
        report = last_kill(machine, hog)
        expect.equal('whose container', report.get('victim_name'), hog.title)
        expect.equal('whose limit', report.get('limit_name'), hog.title)
        expect.equal('the runtime says', cri.status(hog.id)[0], 'OOMKilled')


def killed_by_the_pod(expect, machine, cri):
    """The pod's limit kills a container that has none: the victim is the container, the limit the pod's"""
    with pod_of(cri, 'oom-1') as pod:
        hog = start(pod, 'hog', 'anon 8', 'wait 0', 'anon 96')
        machine.set_limit(pod.cgroup(), 32 * MIB)
        go_on(hog.pid)
        wait_for('the container to be killed', lambda: cri.status(hog.id)[1] == 137)
        report = last_kill(machine, hog)
        expect.equal('whose container', report.get('victim_name'), hog.title)
        expect.equal('whose limit', report.get('limit_name'), f'{SPACE}/oom-1')
        expect.equal('limit', report.get('limit_bytes'), 32 * MIB)


def working_set(expect, machine, cri):
    """What a kubelet would show, and memwhy at the same moment: 1 % at most between them"""
    with pod_of(cri, 'steady-0') as pod:
        app = start(pod, 'app', 'anon 40', 'mapped 8 /tmp/file', limit=128 * MIB)
        for _ in range(5):
            before = cri.working_set(app.id)
            words = ask(machine, 'container', app.cgroup).words('container:' + app.cgroup)
            after = cri.working_set(app.id)
            if abs(after - before) <= before // 200:
                break
        expect.near('kubectl top', words.get('kubectl top'), (before + after) / 2, before / 100)


def made_again(expect, machine, cri):
    """A pod is deleted and another one takes its name: the old one's uid is told no more"""
    uids = []
    with watched(expect, machine, (cri.root or '') + '/kubepods') as watch:
        for _ in range(2):
            with pod_of(cri, 'web-0') as pod:
                uids.append(pod.uid)
                app = start(pod, 'app', 'anon 4')
                rows = watch.until('the pod', lambda rows, app=app: app.cgroup in rows)
                expect.equal('uid', rows[app.cgroup].get('pod_uid'), pod.uid)
                expect.equal('only this one', {row.get('pod_uid') for row in rows.values()
                                               if row.get('pod') == 'web-0'}, {pod.uid})
            watch.until('it is gone', lambda rows: not [row for row in rows.values() if row.get('pod') == 'web-0'])
    expect.true('two pods', len(set(uids)) == 2)


SCENARIOS = [two_containers, listed, classes, asked_by_name, started_again, killed, killed_by_the_pod, working_set,
             made_again]
