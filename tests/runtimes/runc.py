"""runc alone: bundles by hand, state in its default place."""
import json
import os

from containerd import Container
from machine import execute, run


class Runc:
    word, tool = 'runc', 'runc'

    def __init__(self, machine, image_made):
        machine.needs('runc')
        self.machine = machine
        self.rootfs = image_made.unpack(machine.folder + '/rootfs')

    def bundle(self, name, limit, labels, mounts, arguments):
        folder = f'{self.machine.folder}/bundles/{name}'
        os.makedirs(folder, exist_ok=True)
        with open(f'{folder}/config.json', 'w', encoding='utf-8') as file:
            json.dump(self.config(name, limit, labels, mounts, arguments), file)
        return folder

    def config(self, name, limit, labels, mounts, arguments):
        own = [{'type': kind, 'source': kind, 'destination': place, 'options': options} for kind, place, options in (
            ('proc', '/proc', []), ('tmpfs', '/dev', []), ('sysfs', '/sys', ['ro']),
            ('cgroup', '/sys/fs/cgroup', ['ro', 'relatime']))]
        own += [{'type': 'bind', 'source': outside, 'destination': inside, 'options': ['rbind', 'ro']}
                for outside, inside in mounts]
        spaces = ['pid', 'mount', 'ipc', 'uts', 'cgroup', 'network']
        return {
            'ociVersion': '1.0.2', 'hostname': name, 'annotations': dict(labels),
            'root': {'path': self.rootfs, 'readonly': True},
            'process': {'user': {'uid': 0, 'gid': 0}, 'args': list(arguments), 'cwd': '/',
                        'env': ['PATH=/bin'], 'noNewPrivileges': True},
            'mounts': own,
            'linux': {'cgroupsPath': f'{self.machine.parent}/runc/{name}',
                      'namespaces': [{'type': kind} for kind in spaces],
                      'resources': {'memory': {'limit': limit} if limit else {}}}}

    def start(self, name, *commands, limit=0, labels=(), mounts=()):
        folder = self.bundle(name, limit, labels, mounts, ['/bin/actor', '-', *commands])
        pidfile = folder + '/pid'
        with open(folder + '/out', 'wb') as out:
            run('runc', 'run', '-d', '--pid-file', pidfile, '-b', folder, name, out=out)
        with open(pidfile, encoding='ascii') as file:
            return Container(name, name, file.read())

    def execute(self, container, user, *command):
        return execute('runc', 'exec', '-u', user, container.id, *command)

    def facts(self, container):
        row = [row for row in json.loads(run('runc', 'list', '-f', 'json')) if row['id'] == container.id][0]
        return {'runtime': self.word, 'runtime_id': row['id'], 'name': row['id'], 'init_pid': row['pid'],
                'limit_bytes': self.limit(row['bundle'])}

    @staticmethod
    def limit(bundle):
        with open(bundle + '/config.json', encoding='utf-8') as file:
            return json.load(file)['linux']['resources']['memory'].get('limit')

    def labels(self, container):
        return json.loads(run('runc', 'state', container.id)).get('annotations', {})

    def exited(self, container):
        return json.loads(run('runc', 'state', container.id))['status'] == 'stopped'

    def stop(self, container):
        run('runc', 'kill', container.id, 'KILL', check=False)

    def remove(self, container):
        run('runc', 'delete', '-f', container.id, check=False)
