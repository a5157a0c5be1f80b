"""Docker: dockerd on its default socket, above a containerd on its default one."""
import http.client
import json
import socket

import image
from containerd import Container, Containerd, answers
from machine import Daemon, execute, run, wait_for

SOCKET = '/run/docker.sock'
UNITS = {'B': 1, 'KiB': 1 << 10, 'MiB': 1 << 20, 'GiB': 1 << 30, 'kB': 10 ** 3, 'MB': 10 ** 6, 'GB': 10 ** 9}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def api(path, place):
    connection = UnixConnection(path)
    try:
        connection.request('GET', place)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def size(text):
    """20.5MiB, 21.5MB"""
    number = text.rstrip('BKkMGi')
    return float(number) * UNITS[text[len(number):]]


class Docker:
    word = tool = 'docker'

    def __init__(self, machine, image_made):
        machine.needs('docker', 'dockerd')
        self.machine = machine
        self.below = Containerd(machine)
        command = ['dockerd', '--bridge=none', '--iptables=false']
        if machine.parent:
            command.append('--cgroup-parent=' + machine.parent)
        if machine.systemd:
            command.append('--exec-opt=native.cgroupdriver=systemd')
        daemon = Daemon(machine, command, lambda: answers('docker', 'info', '-f', '{{.ID}}'))
        machine.made.callback(daemon.stop)
        run('docker', 'load', '-i', image_made.archive)

    def start(self, name, *commands, limit=0, labels=(), mounts=()):
        words = ['run', '-d', '--name', name, '--network', 'none']
        if limit:
            words += ['-m', limit]
        for key, value in dict(labels).items():
            words += ['--label', f'{key}={value}']
        for outside, inside in mounts:
            words += ['-v', f'{outside}:{inside}:ro']
        made = run('docker', *words, image.NAME, '/bin/actor', '-', *commands).splitlines()[-1]
        return Container(made, name, run('docker', 'inspect', '-f', '{{.State.Pid}}', made))

    def execute(self, container, user, *command):
        return execute('docker', 'exec', '-u', user, container.id, *command)

    def inspect(self, container):
        return json.loads(run('docker', 'inspect', container.id))[0]

    def facts(self, container):
        row = self.inspect(container)
        return {'runtime': self.word, 'runtime_id': row['Id'], 'name': row['Name'].lstrip('/'),
                'image': row['Config']['Image'], 'init_pid': row['State']['Pid'],
                'limit_bytes': row['HostConfig']['Memory'] or None}

    def labels(self, container):
        return self.inspect(container)['Config']['Labels']

    def exited(self, container):
        return not self.inspect(container)['State']['Running']

    def told_of_oom(self, container):
        return self.inspect(container)['State']['OOMKilled']

    def stats(self, container):
        """What `docker stats` prints."""
        return size(run('docker', 'stats', '--no-stream', '--format', '{{.MemUsage}}', container.id).split()[0])

    def api_stats(self, container):
        """The same from the API, by the client's formula."""
        memory = api(SOCKET, f'/containers/{container.id}/stats?stream=false&one-shot=true')['memory_stats']
        stat = memory['stats']
        return memory['usage'] - stat.get('total_inactive_file', stat.get('inactive_file', 0))

    def rename(self, container, name):
        run('docker', 'rename', container.id, name)

    def restart(self, container):
        run('docker', 'restart', '-t', '1', container.id)
        container.pid = int(run('docker', 'inspect', '-f', '{{.State.Pid}}', container.id))

    def stop(self, container):
        run('docker', 'kill', container.id, check=False)
        wait_for(container.name + ' to stop', lambda: self.exited(container))

    def remove(self, container):
        run('docker', 'rm', '-f', container.id, check=False)
