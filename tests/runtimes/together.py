"""Everything about one container: for guests, in which starting one takes seconds."""
import inside
import stats
from answers import same
from describe import LABELS, started
from kernel import MIB


def one(expect, machine, runtime):
    """Facts, statistics, and memwhy inside: all of one container"""
    with started(runtime, 'web', 'anon 20', 'mapped 4 /tmp/file', limit=64 * MIB, labels=LABELS,
                 mounts=inside.mounts(machine)) as web:
        same(expect, machine, runtime, web)
        stats.compare(expect, machine, runtime, web)
        inside.look(expect, machine, runtime, web)
