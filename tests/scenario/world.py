"""Groups and actors that scenarios make and that are gone afterwards."""
import contextlib
import os
import signal
import subprocess
import time

import kernel
from tap import Skip


class Actor:
    """A process in a group, that makes memory on command (actor.c)."""

    def __init__(self, program, group):
        self.process = subprocess.Popen([program, group.folder], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.answer('entering the group')

    def answer(self, request):
        kind, _, rest = self.process.stdout.readline().strip().partition(' ')
        if kind == 'skip':
            raise Skip(f'{request}: {rest}')
        if kind != 'ok':
            raise RuntimeError(f'{request}: {kind} {rest}')
        return int(rest)

    def make(self, kind, mib, path=''):
        """Returns how many bytes were really made."""
        request = f'{kind} {mib} {path}'.strip()
        self.process.stdin.write(request + '\n')
        self.process.stdin.flush()
        return self.answer(request)

    def end(self):
        """Let go of everything: the process is gone when this returns."""
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()


class Group:
    def __init__(self, world, folder):
        self.world = world
        self.folder = folder
        self.id = folder[len(world.mount):]
        os.mkdir(folder)

    def write(self, name, value):
        with open(f'{self.folder}/{name}', 'w', encoding='ascii') as file:
            file.write(str(value))

    def limit(self, size):
        self.write('memory.max' if self.world.version == 2 else 'memory.limit_in_bytes', size)

    def child(self, name):
        if self.world.version == 2:
            self.write('cgroup.subtree_control', '+memory')
        return self.world.add(Group(self.world, f'{self.folder}/{name}'))

    def counters(self):
        return kernel.group_counters(self.folder, self.world.version)

    def remove(self):
        # a process that has just been waited for may still be leaving
        for _ in range(50):
            try:
                return os.rmdir(self.folder)
            except FileNotFoundError:
                return None
            except OSError:
                time.sleep(0.1)
        return os.rmdir(self.folder)


class World:
    """What all scenarios of a run share."""

    def __init__(self, memwhy, program, in_guest):
        self.memwhy = memwhy
        self.program = program
        self.in_guest = in_guest
        self.mount, self.version = kernel.hierarchy()
        self.disk = '/mnt/scratch' if os.path.ismount('/mnt/scratch') else '/var/tmp'
        self.made = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.made.close()

    def add(self, group):
        self.made.callback(group.remove)
        return group

    def group(self, name):
        return self.add(Group(self, f'{self.mount}/memwhy-test-{os.getpid()}-{name}'))

    def actor(self, group):
        actor = Actor(self.program, group)
        self.made.callback(actor.end)
        return actor

    def file(self, name, folder=None):
        """A path for an actor to write to; removed at the end."""
        path = f'{folder or self.disk}/memwhy-test-{os.getpid()}-{name}'

        def remove():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        self.made.callback(remove)
        return path

    @contextlib.contextmanager
    def scene(self):
        """Everything made inside is gone afterwards, newest first."""
        outer, self.made = self.made, contextlib.ExitStack()
        try:
            yield self
        finally:
            self.made.close()
            self.made = outer
