"""Where a run's runtimes live: their default places, but private to this run; and what is left of them
at the end is ended by pid."""
import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import kernel
from places import Places
from tap import Skip

PATH = '/usr/sbin:/usr/bin:/sbin:/bin'      # the distribution's runtimes, whatever else is first elsewhere
PLACES = ('/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/etc/containers', '/etc/cni',
          '/etc/docker', '/opt/containerd', '/var/log/pods', '/var/log/containers')
PR_SET_CHILD_SUBREAPER = 36


def wait_for(what, probe, seconds=30, pause=0.05):
    """What probe() says as soon as it is true; an error when it never is."""
    until = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > until:
            raise TimeoutError(f'waited {seconds} s for {what}')
        time.sleep(pause)


def execute(*command):
    """Its status, output and standard error."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def run(*command, check=True, out=None):
    """What it prints. With `out`, a file: it may leave processes behind that keep its output open."""
    if out:
        status = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                timeout=120, check=False).returncode
        said, wrong = '', kernel.text(out.name)
    else:
        status, said, wrong = execute(*command)
    if check and status:
        raise RuntimeError(f'{" ".join(map(str, command))}: status {status}: {(wrong or said).strip()[-400:]}')
    return said.strip()


def cgroup_of(pid):
    """Its group of the memory controller, as memwhy names groups."""
    for line in kernel.text(f'/proc/{pid}/cgroup').splitlines():
        number, controllers, path = line.split(':', 2)
        if 'memory' in controllers.split(','):
            return path
        if number == '0':
            unified = path
    return unified


def go_on(pid):
    """Tell an actor to go on, once it listens: before, the first process of a namespace loses the signal.
    What it catches tells: what it blocks does not, as that is let through while it waits."""
    def listens():
        caught = re.search(r'^SigCgt:\s*([0-9a-f]+)', kernel.text(f'/proc/{pid}/status'), re.M)
        return int(caught[1], 16) >> signal.SIGTERM - 1 & 1
    wait_for('the actor to listen', listens)
    os.kill(pid, signal.SIGUSR1)


def children():
    """All processes that descend from this one; orphans among them, since it is their subreaper."""
    parents = {}
    for pid in kernel.pids():
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[pid] = int(kernel.text(f'/proc/{pid}/stat').rpartition(')')[2].split()[1])
    found = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more


class Daemon:
    """A server started here; its words are in a file."""

    def __init__(self, machine, command, ready):
        name = os.path.basename(command[0])
        self.log = f'{machine.folder}/{name}.log'
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

        def answers():
            if self.process.poll() is not None:
                raise Skip(f'{name} does not run here: {self.last_words()}')
            return ready()
        try:
            wait_for(f'{name} to answer', answers, 120 if machine.in_guest else 30)
        except TimeoutError as error:
            self.stop()
            raise Skip(f'{error}: {self.last_words()}') from error

    def last_words(self):
        lines = kernel.text(self.log).strip().splitlines()
        return lines[-1][-300:] if lines else 'without a word'

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Machine:
    """To be used in a mount namespace of its own, or in a guest. `name` tells groups of runs apart."""

    def __init__(self, memwhy, actor, name, in_guest):
        self.memwhy, self.actor, self.in_guest = memwhy, actor, in_guest
        self.mount, self.version = kernel.hierarchy()
        self.systemd = os.path.isdir('/run/systemd/system') and in_guest
        # a guest is as a machine is: groups where the runtimes put them
        self.parent = '' if in_guest else f'/memwhy-test-{name}-{os.getpid()}'
        self.made = contextlib.ExitStack()
        self.folder = None
        os.environ['PATH'] = PATH

    def __enter__(self):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        base = '/mnt/scratch' if os.path.ismount('/mnt/scratch') else '/var/tmp'
        self.folder = tempfile.mkdtemp(prefix='memwhy-test-', dir=base)
        self.made.callback(self.remove_folder)
        if not self.in_guest:
            run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
        # an overlay cannot lie on an overlay
        on_overlay = run('stat', '-f', '-c', '%T', self.folder).startswith('overlay')
        places = Places()
        self.made.callback(places.leave)
        for place in PLACES:
            places.make(place)
            mine = self.folder + place
            os.makedirs(mine)
            if on_overlay:
                run('mount', '-t', 'tmpfs', 'tmpfs', place)
            else:
                run('mount', '--bind', mine, place)
            self.made.callback(run, 'umount', '-l', place, check=False)
        self.made.callback(self.end_all)
        return self

    def __exit__(self, *unused):
        self.made.close()

    def group(self, path):
        return self.mount + path

    def limit(self, path):
        """The group's own limit; None = none."""
        return kernel.group_counters(self.group(path), self.version)['limit']

    def usage(self, path):
        return kernel.group_counters(self.group(path), self.version)['usage']

    def set_limit(self, path, size):
        name = 'memory.max' if self.version == 2 else 'memory.limit_in_bytes'
        with open(f'{self.group(path)}/{name}', 'w', encoding='ascii') as file:
            file.write(str(size))

    def add(self, name):
        """A group of this run, in every hierarchy."""
        for top in self.hierarchies():
            os.makedirs(top + self.parent + name, exist_ok=True)
        return self.parent + name

    @staticmethod
    def hierarchies():
        return [line.split()[4] for line in kernel.text('/proc/self/mountinfo').splitlines()
                if line.split(' - ')[1].split()[0] in ('cgroup', 'cgroup2')]

    def needs(self, *programs):
        for program in programs:
            if not shutil.which(program):
                raise Skip(f'{program} is not installed')

    def end_all(self):
        """What still runs: shims, conmon, containers whose test failed. Then their groups."""
        wait_for('processes to end', self.end_some, 20)
        if not self.parent:
            return
        for top in self.hierarchies():
            for folder, _, _ in os.walk(top + self.parent, topdown=False):
                with contextlib.suppress(OSError):
                    wait_for('the group to be left', lambda folder=folder: gone(folder), 5)

    @staticmethod
    def end_some():
        left = children()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        return not left

    def remove_folder(self):
        for line in reversed(kernel.text('/proc/self/mountinfo').splitlines()):
            if line.split()[4].startswith(self.folder + '/'):
                run('umount', '-l', line.split()[4], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def gone(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
