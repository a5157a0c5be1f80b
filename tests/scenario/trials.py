#!/usr/bin/env python3
"""trials.py MEMWHY ACTOR [--guest] [--seed N] [--first N] [--count N]: who dies next, said before it dies. TAP. Needs root.

Each trial makes processes of random sizes and kinds of memory, oom_score_adj, nested groups with
random limits, asks `memwhy oom --next`, then lets one group, or in a guest the machine, run out of
memory, and compares with whom the kernel killed. Whoever is ahead by less than NARROW or NOISE, or is
said to be close, may lose; everybody else must not. The same seed makes the same trials."""
import argparse
import contextlib
import os
import random
import re
import sys
import time

import kernel
import tap
from answer import ask
from kernel import MIB
from world import World

NARROW = 0.01               # of the first one's points, or of all that its domain may have
NOISE = 64                  # pages: counters per CPU, what starts after the look
PATIENCE = 300              # seconds until the kernel must have killed: a guest that swaps is slow
KILLED = re.compile(r'Killed process (\d+) ')


class KernelLog:
    """What the kernel has said since this was made."""

    def __init__(self):
        self.fd = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.text = []

    def killed(self):
        """Pids in the order in which they were killed, each once."""
        while True:
            try:
                self.text.append(os.read(self.fd, 1 << 16).decode(errors='replace'))
            except BlockingIOError:
                break
            except BrokenPipeError:     # messages were overwritten: go on with the oldest
                continue
        return list(dict.fromkeys(int(pid) for pid in KILLED.findall(''.join(self.text))))

    def close(self):
        os.close(self.fd)


class Trial:
    def __init__(self, world, rng, number):
        self.world, self.rng = world, rng
        # every tenth in a guest is about the machine
        self.whole_machine = world.in_guest and number % 10 == 0
        self.swap = rng.choice([0, 8, 24, 48]) if kernel.meminfo()['SwapTotal'] else 0
        self.actors = {}

    # --- the scene

    def grow(self):
        """Groups: top, maybe a and b in it, maybe x and y in a. Processes only where there are no groups
        below, as v2 wants it."""
        rng = self.rng
        top = self.world.group('trial')
        inside, outside, self.domain = [top], [], top
        groups = [top]
        if rng.random() < 0.7:
            a, b = top.child('a'), top.child('b')
            groups += [a, b]
            inside = [a, b]
            if rng.random() < 0.5:
                inside = [a.child('x'), a.child('y')]
                groups += inside
                self.domain = rng.choice([top, a])
                if self.domain is a:
                    outside = [b]
                else:
                    inside.append(b)
            elif rng.random() < 0.5:
                self.domain, inside, outside = a, [a], [b]
        if self.whole_machine:
            self.domain, inside, outside = None, inside + outside, []
        if self.world.version == 2:
            for group in groups:
                if rng.random() < 0.25:
                    group.write('memory.oom.group', 1)
        for group in groups:
            if group is not self.domain and rng.random() < 0.4:
                group.limit(2048 * MIB)
        return inside, outside

    def adj(self):
        rng = self.rng
        if rng.random() < 0.4:
            return 0
        if not self.world.in_guest:     # without CAP_SYS_RESOURCE it only goes up
            return rng.randint(0, 1000)
        return -1000 if rng.random() < 0.1 else rng.randint(-999, 1000)

    def actor(self, group, adj):
        actor = self.world.actor(group)
        self.actors[actor.pid] = actor
        with open(f'/proc/{actor.pid}/oom_score_adj', 'w', encoding='ascii') as file:
            file.write(str(adj))
        return actor

    def populate(self, groups, count, scale):
        rng = self.rng
        common = None
        for number in range(count):
            actor = self.actor(rng.choice(groups), self.adj())
            actor.make('anon', rng.randint(1, 24 * scale))
            if rng.random() < 0.3:
                actor.make('memfd', rng.randint(1, 12 * scale))
            if rng.random() < 0.25:
                actor.make('mapped', rng.randint(1, 12), self.world.file(f'mapped-{number}'))
            if rng.random() < 0.25 and common:
                actor.make('attached', *common)
            elif rng.random() < 0.4:
                size, path = rng.randint(1, 12), self.world.file(f'shared-{number}', '/dev/shm')
                actor.make('mapped', size, path)
                common = common or (size, path)

    # --- the limit

    def cache(self):
        stat = kernel.group_counters(self.domain.folder, self.world.version)
        return stat['active_file'] + stat['inactive_file']

    def squeeze(self):
        """Swap out as much as the group may, then leave it no room but for its page cache."""
        group, version, room = self.domain, self.world.version, self.swap * MIB
        usage = group.counters()['usage']
        if version == 2:
            group.write('memory.swap.max', room)
            if room:
                with contextlib.suppress(OSError):      # as much as can be had
                    group.write('memory.reclaim', room)
            group.limit(group.counters()['usage'] + MIB // 2)
            return
        # the group shrinks to what it may have in memory beside `room` of swap
        if room:
            with contextlib.suppress(OSError):
                group.limit(usage - room)
        group.limit(group.counters()['usage'] + MIB // 2)
        with contextlib.suppress(FileNotFoundError):
            group.write('memory.memsw.limit_in_bytes',
                        group.counters()['memsw_usage'] + self.cache() + MIB // 2 if room else
                        max(group.counters()['memsw_usage'], group.counters()['limit']))

    def look(self):
        wanted = f'container:{self.domain.id}' if self.domain else 'node'
        return ask(self.world, 'oom', '--next').row('oom_next', entity=wanted)

    def push(self, trigger, log):
        """Make memory that is in no process's RSS, until somebody dies."""
        step = 1 if self.domain else 8
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                trigger.make('held', step)
            except (RuntimeError, BrokenPipeError, ValueError):
                pass                    # it died, or was refused the memory because somebody does
            killed = log.killed()
            if killed:
                time.sleep(0.1)         # a whole group dies one after the other
                return log.killed()
        raise RuntimeError('nobody was killed')

    def run(self):
        inside, outside = self.grow()
        self.populate(inside, self.rng.randint(3, 7), 3 if self.whole_machine else 1)
        if outside:
            self.populate(outside, 2, 2)
        trigger = self.actor(self.rng.choice(inside), 0)
        if self.domain:
            self.squeeze()
        row = self.look()
        log = KernelLog()
        try:
            return row, self.push(trigger, log)
        finally:
            log.close()


def lead(row):
    """By how many pages the first is ahead, and how many would be a clear lead."""
    points = [task['points'] for task in row['candidates']]
    if len(points) < 2:
        return 1, 0
    return points[0] - points[1], max(NOISE, abs(points[0]) * NARROW)


def describe(row, killed, actors):
    for task in row['candidates'][:4]:
        print(f'#   {task["points"]} pages, adj {task["oom_score_adj"]}, {task["name"]}[{task["pid"]}]'
              f' in {task.get("container")}' + (' died' if task['pid'] in killed else ''))
    print(f'#   killed: {killed}, predicted: {[v["pid"] for v in row["victims"]]}, entity: {row["entity"]},'
          f' {row["total_bytes"] // kernel.PAGE} pages, oom_group: {row.get("oom_group")}, actors: {sorted(actors)}')


class Trials:
    def __init__(self, seed, first, count):
        self.seed, self.first, self.count = seed, first, count
        self.score = {True: [0, 0], False: [0, 0]}  # clear or close: right, all

    def scenario(self, number):
        def run(expect, world):
            """not to its end"""
            trial = Trial(world, random.Random(f'{self.seed}-{number}'), number)
            with world.scene():
                row, killed = trial.run()
            predicted = [victim['pid'] for victim in row['victims']]
            ahead, needed = lead(row)
            clear = ahead > needed and not row['close']
            # the first kill's victims; what did not help is followed by another kill
            right = bool(predicted) and killed[0] == predicted[0] and \
                set(killed[:len(predicted)]) == set(predicted)
            self.score[clear][0] += right
            self.score[clear][1] += 1
            run.__doc__ = (f'{"machine" if trial.whole_machine else row["entity"][10:].split("/", 2)[-1]}, '
                           f'{len(row["candidates"])} candidates, {ahead} pages ahead'
                           f'{"" if clear else ", close"}{"" if right else ", another one died"}')
            if not right:
                describe(row, killed, trial.actors)
            expect.true('whom the kernel killed first', right or not clear,
                        f'{killed} instead of {predicted}')
        run.__name__ = f'trial_{number}'
        return run

    def run(self, world):
        status = tap.run([self.scenario(number) for number in range(self.first, self.first + self.count)], world)
        print(f'# seed {self.seed}: {self.score[True][0]} of {self.score[True][1]} clear ones right, '
              f'{self.score[False][0]} of {self.score[False][1]} close ones')
        return status


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('memwhy')
    parser.add_argument('actor')
    parser.add_argument('--guest', action='store_true')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--count', type=int, default=10)
    options = parser.parse_args()
    if os.geteuid():
        print('1..0 # SKIP not root: cannot make control groups')
        return 0
    if not kernel.hierarchy()[1]:
        print('1..0 # SKIP no memory controller is mounted')
        return 0
    if options.guest:
        # not the driver, when the machine runs out
        with open('/proc/self/oom_score_adj', 'w', encoding='ascii') as file:
            file.write('-1000')
    with World(options.memwhy, options.actor, options.guest) as world:
        try:
            with world.scene():
                world.group('probe')
        except OSError as error:
            print(f'1..0 # SKIP cannot make control groups: {error.strerror}')
            return 0
        return Trials(options.seed, options.first, options.count).run(world)


sys.exit(main())
