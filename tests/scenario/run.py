#!/usr/bin/env python3
"""run.py MEMWHY ACTOR [--guest] [--only=MODULE,...]: scenarios on the running kernel, as TAP. Needs root.

Makes groups memwhy-test-* and files of its own, and changes no setting of the machine; in a guest
(--guest) settings of the machine, too."""
import os
import sys

import census
import containers
import files
import groups
import healthy
import inside
import kernel
import machine
import machine_findings
import processes
import sockets
import walk
import sweep
import tap
from world import World


MODULES = groups, census, containers, processes, sweep, machine, machine_findings, files, sockets, walk, inside, healthy


# Where a guest's kernel is emulated, loading BPF programs takes seconds: those load them whose subject it is.
WITHOUT_BPF = groups, processes, machine, machine_findings, inside, healthy


def in_scene(scenario, bpf):
    def run(expect, world):
        os.environ['MEMWHY_BPF'] = bpf
        with world.scene():
            scenario(expect, world)
    run.__name__, run.__doc__ = scenario.__name__, scenario.__doc__
    return run


def main(memwhy, actor, *options):
    if os.geteuid():
        print('1..0 # SKIP not root: cannot make control groups')
        return 0
    if not kernel.hierarchy()[1]:
        print('1..0 # SKIP no memory controller is mounted')
        return 0
    only = [name for o in options if o.startswith('--only=') for name in o.removeprefix('--only=').split(',')]
    scenarios = [in_scene(s, 'off' if '--guest' in options and module in WITHOUT_BPF else 'auto')
                 for module in MODULES if not only or module.__name__ in only for s in module.SCENARIOS]
    with World(memwhy, actor, '--guest' in options) as world:
        try:
            with world.scene():
                world.group('probe')
        except OSError as error:
            print(f'1..0 # SKIP cannot make control groups: {error.strerror}')
            return 0
        return tap.run(scenarios, world)


sys.exit(main(*sys.argv[1:]))
