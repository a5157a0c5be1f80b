"""podman, and its service; its options are those that run everywhere."""
import json
import os

import image
from containerd import Container
from docker import api, size
from machine import Daemon, execute, run, wait_for

SOCKET = '/run/podman/podman.sock'


class Podman:
    word = tool = 'podman'

    def __init__(self, machine, image_made):
        machine.needs('podman', 'conmon', 'runc')
        self.machine = machine
        # a CI's root may not raise limits, and crun does not run on hybrid control groups
        self.options = ['--cgroup-manager', 'systemd' if machine.systemd else 'cgroupfs', '--runtime', 'runc',
                        '--log-level', 'error']
        with open('/etc/containers/policy.json', 'w', encoding='ascii') as file:
            json.dump({'default': [{'type': 'insecureAcceptAnything'}]}, file)
        self.podman('load', '-i', image_made.archive)
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        # labels are in podman's database: memwhy has to ask
        service = Daemon(machine, ['podman', *self.options, 'system', 'service', '-t', '0', 'unix://' + SOCKET],
                         lambda: os.path.exists(SOCKET))
        machine.made.callback(service.stop)

    def podman(self, *words, check=True):
        return run('podman', *self.options, *words, check=check)

    def start(self, name, *commands, limit=0, labels=(), mounts=()):
        words = ['run', '-d', '--name', name, '--network', 'none', '--ulimit', 'nofile=20000:20000',
                 '--ulimit', 'nproc=20000:20000']
        if self.machine.parent:
            words += ['--cgroup-parent', self.machine.parent]
        if limit:
            words += ['--memory', f'{limit}b']
        for key, value in dict(labels).items():
            words += ['--label', f'{key}={value}']
        for outside, inside in mounts:
            words += ['-v', f'{outside}:{inside}:ro']
        made = self.podman(*words, image.NAME, '/bin/actor', '-', *commands).splitlines()[-1]
        return Container(made, name, self.podman('inspect', '-f', '{{.State.Pid}}', made))

    def execute(self, container, user, *command):
        return execute('podman', *self.options, 'exec', '-u', user, container.id, *command)

    def inspect(self, container):
        return json.loads(self.podman('inspect', container.id))[0]

    def facts(self, container):
        row = self.inspect(container)
        return {'runtime': self.word, 'runtime_id': row['Id'], 'name': row['Name'], 'image': row['ImageName'],
                'init_pid': row['State']['Pid'], 'limit_bytes': row['HostConfig']['Memory'] or None}

    def labels(self, container):
        return self.inspect(container)['Config']['Labels'] or {}

    def exited(self, container):
        return not self.inspect(container)['State']['Running']

    def stats(self, container):
        return size(self.podman('stats', '--no-stream', '--format', '{{.MemUsage}}', container.id).split()[0])

    def api_stats(self, container):
        """The same from its API."""
        return api(SOCKET, f'/v4.0.0/libpod/containers/stats?containers={container.id}&stream=false'
                   )['Stats'][0]['MemUsage']

    def rename(self, container, name):
        self.podman('rename', container.id, name)

    def stop(self, container):
        self.podman('kill', container.id, check=False)
        wait_for(container.name + ' to stop', lambda: self.exited(container))

    def remove(self, container):
        self.podman('rm', '-f', container.id, check=False)
