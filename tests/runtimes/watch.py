"""memwhy that repeats itself while containers come, change and go."""
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading

import kernel
from answers import same
from describe import LABELS, started
from kernel import MIB
from tap import Skip

INTERVAL = 0.2
FEW = 10            # sweeps, in which whatever changed must be seen
END = None


class Watch:
    """memwhy containers --json, again and again; its rows of groups below `under`."""

    def __init__(self, machine, under, count=100000, wrapper=()):
        self.under = under
        command = [*wrapper, machine.memwhy, 'containers', '--json', '--interval', str(INTERVAL), '--count', str(count)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.said = []
        self.threads = [threading.Thread(target=self.read), threading.Thread(target=self.listen)]
        for thread in self.threads:
            thread.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(END)

    def listen(self):
        self.said.extend(self.process.stderr)

    def sweep(self):
        """The next look's rows by id; only those of this run."""
        line = self.lines.get(timeout=120)
        if line is END:
            raise RuntimeError(f'memwhy ended with status {self.process.wait()}: {"".join(self.said)}')
        return {row['id']: row for row in json.loads(line)['containers'] if row['id'].startswith(self.under)}

    def now(self):
        """The rows of a look that began after this was called."""
        while not self.lines.empty():
            self.sweep()
        self.sweep()
        return self.sweep()

    def until(self, what, holds):
        """Sweeps until holds(rows), at most a few."""
        rows = self.now()
        for _ in range(FEW):
            if holds(rows):
                return rows
            rows = self.sweep()
        raise AssertionError(f'after {FEW} sweeps not: {what}: {[brief(row) for row in rows.values()]}')

    def stop(self):
        """Its status and what it said on standard error; a signal is what ends it."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(30)
        for thread in self.threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return status, ''.join(self.said)

    def memory(self):
        return kernel.status(self.process.pid)['VmRSS']


def brief(row):
    return {key: row.get(key) for key in ('id', 'name', 'runtime_id', 'init_pid')}


@contextlib.contextmanager
def watched(expect, machine, under, **options):
    watch = Watch(machine, under, **options)
    try:
        yield watch
    finally:
        if watch.process.poll() is None:
            status, said = watch.stop()
            expect.true('memwhy ends as asked', status in (0, -signal.SIGINT), status)
            expect.equal('said on standard error', said, '')


def names(rows):
    return [row['name'] for row in rows.values()]


def come_and_go(expect, machine, runtime):
    """A container starts, ends, and another takes its name: never a name without its container"""
    with watched(expect, machine, machine.parent) as watch:
        watch.sweep()
        for turn in 'first', 'second':
            with started(runtime, 'cart', 'anon 4', limit=64 * MIB, labels={'turn': turn}) as cart:
                rows = watch.until(f'the {turn} one is there',
                                   lambda rows, cart=cart: rows.get(cart.cgroup, {}).get('init_pid') == cart.pid)
                row = rows[cart.cgroup]
                expect.equal(f'{turn}: name', row['name'], 'cart')
                expect.equal(f'{turn}: id', row['runtime_id'], cart.id)
                expect.equal(f'{turn}: label', row.get('labels', {}).get('turn'), turn)
                runtime.stop(cart)
                # containerd keeps the group of a task that ended until the task is deleted
                watch.until(f'the {turn} one has stopped', lambda rows, cart=cart:
                            cart.cgroup not in rows or os.path.isdir(machine.group(cart.cgroup)))
            rows = watch.until(f'the {turn} one is gone', lambda rows: 'cart' not in names(rows))
            expect.true(f'{turn}: no group left', 'cart' not in names(watch.now()))


def renamed(expect, machine, runtime):
    """A container gets another name: the new one is told, the old one no more"""
    if not hasattr(runtime, 'rename'):
        raise Skip(f'{runtime.tool} cannot rename')
    with watched(expect, machine, machine.parent) as watch:
        with started(runtime, 'before', 'anon 4', limit=64 * MIB, labels=LABELS) as container:
            watch.until('the container is there', lambda rows: 'before' in names(rows))
            runtime.rename(container, 'after')
            container.name = 'after'
            watch.until('the new name', lambda rows: rows[container.cgroup]['name'] == 'after')
            expect.true('the old name', 'before' not in names(watch.now()))
            same(expect, machine, runtime, container)


def restarted(expect, machine, runtime):
    """A container starts again: same name and id, another first process"""
    if not hasattr(runtime, 'restart'):
        raise Skip(f'{runtime.tool} cannot restart')
    with watched(expect, machine, machine.parent) as watch:
        with started(runtime, 'again', 'anon 4', limit=64 * MIB) as container:
            watch.until('the container is there', lambda rows: 'again' in names(rows))
            old = container.pid
            runtime.restart(container)
            expect.true('another process', container.pid != old)
            watch.until('its new first process',
                        lambda rows: rows.get(container.cgroup, {}).get('init_pid') == container.pid)
            same(expect, machine, runtime, container)


SCENARIOS = [come_and_go, renamed, restarted]
