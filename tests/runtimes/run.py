#!/usr/bin/env python3
"""run.py MEMWHY ACTOR PART [--guest]: who memwhy says a group is, and what the runtime that made it says.
TAP. Needs root.

Starts a container runtime where it keeps its things by default, but in a mount namespace of this run
alone; its groups are below memwhy-test-*. In a guest (--guest) everything is as on any machine."""
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(1, HERE + '/../scenario')

import kernel                                       # noqa: E402
import tap                                          # noqa: E402
from image import Image                             # noqa: E402
from machine import Machine                         # noqa: E402
from parts import PARTS                             # noqa: E402

OWN = '--own-mounts'


def why_not():
    if os.geteuid():
        return 'not root: cannot start containers'
    if not kernel.hierarchy()[1]:
        return 'no memory controller is mounted'
    return None


def main(memwhy, actor, part, *options):
    reason = why_not()
    if reason:
        print(f'1..0 # SKIP {reason}')
        return 0
    if OWN not in options:
        os.execvp('unshare', ['unshare', '--mount', '--propagation', 'private', sys.executable, *sys.argv, OWN])
    if '--guest' in options:        # loading BPF programs takes seconds there, and is not the subject
        os.environ['MEMWHY_BPF'] = 'off'
    try:
        with Machine(os.path.abspath(memwhy), os.path.abspath(actor), part, '--guest' in options) as machine:
            machine.image = Image(machine.folder, actor)
            return tap.run(PARTS[part](machine))
    except tap.Skip as skip:
        print(f'1..0 # SKIP {skip}')
        return 0


sys.exit(main(*sys.argv[1:]))
