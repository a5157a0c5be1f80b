"""containerd, with ctr or as a kubelet's runtime."""
import json

import image
from machine import Daemon, cgroup_of, run, wait_for

CONFIG = '''version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = {restrict}
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = {systemd}
'''


class Container:
    """Of any runtime: its id, the name that it was given, its group and first process."""

    def __init__(self, made, name, pid):
        self.id, self.name, self.pid = made, name, int(pid)
        self.cgroup = cgroup_of(pid)


class Containerd:
    """The daemon; ends with the machine."""

    def __init__(self, machine):
        machine.needs('containerd', 'ctr', 'runc')
        config = machine.folder + '/containerd.toml'
        with open(config, 'w', encoding='ascii') as file:
            # CI's root may be without the capability to lower a score
            file.write(CONFIG.format(pause=image.PAUSE, systemd=str(machine.systemd).lower(),
                                     restrict=str(not machine.in_guest).lower()))
        self.daemon = Daemon(machine, ['containerd', '-c', config], lambda: answers('ctr', 'version'))
        machine.made.callback(self.daemon.stop)
        self.machine = machine

    def load(self, namespace, archive):
        run('ctr', '-n', namespace, 'images', 'import', archive)


def answers(*command):
    try:
        return run(*command) != ''
    except RuntimeError:
        return False


class Ctr:
    """Containers of ctr, in a namespace of containerd's."""
    word, tool = 'containerd', 'ctr'
    namespace = 'shop'

    def __init__(self, machine, image_made):
        self.machine = machine
        self.daemon = Containerd(machine)
        self.daemon.load(self.namespace, image_made.archive)

    def ctr(self, *words, check=True):
        return run('ctr', '-n', self.namespace, *words, check=check)

    def start(self, name, *commands, limit=0, labels=()):
        words = ['run', '-d', '--cgroup', f'{self.machine.parent}/{self.namespace}/{name}']
        if limit:
            words += ['--memory-limit', limit]
        for key, value in dict(labels).items():
            words += ['--label', f'{key}={value}']
        self.ctr(*words, image.NAME, name, '/bin/actor', '-', *commands)
        pids = [row.split()[1] for row in self.ctr('tasks', 'ls').splitlines() if row.split()[0] == name]
        return Container(name, name, pids[0])

    def facts(self, container):
        """What its own command prints, by memwhy's names; not the image, which only containerd's database has."""
        row = json.loads(self.ctr('containers', 'info', container.id))
        return {'runtime': self.word, 'runtime_id': row['ID'], 'name': row['ID'],
                'init_pid': container.pid, 'namespace': self.namespace,
                'limit_bytes': row['Spec']['linux']['resources'].get('memory', {}).get('limit')}

    def labels(self, container):
        labels = json.loads(self.ctr('containers', 'info', container.id))['Labels']
        return {key: value for key, value in labels.items() if not key.startswith('io.containerd.')}

    def exited(self, container):
        return [row for row in self.ctr('tasks', 'ls').splitlines()
                if row.split()[0] == container.id and row.split()[2] == 'STOPPED']

    def stop(self, container):
        self.ctr('tasks', 'kill', '-s', 'KILL', container.id, check=False)
        wait_for(container.id + ' to stop', lambda: self.exited(container))

    def remove(self, container):
        self.ctr('tasks', 'delete', '-f', container.id, check=False)
        self.ctr('containers', 'delete', container.id, check=False)
