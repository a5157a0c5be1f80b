"""What can be run, by name: each starts its runtimes and gives back scenarios."""
import churn
import describe
import inside
import stats
import together
import units
import watch
from containerd import Ctr
from docker import Docker
from podman import Podman
from runc import Runc
from tap import Skip


def bound(scenario, word, *arguments):
    def run(expect):
        scenario(expect, *arguments)
    run.__name__, run.__doc__ = f'{word} {scenario.__name__}', scenario.__doc__
    return run


def skipped(word, skip):
    def run(expect):
        """not started"""
        raise skip
    run.__name__ = word
    return [run]


def of(runtime, *chosen):
    """Scenarios with one runtime: of modules, or single ones."""
    def start(machine):
        try:
            made = runtime(machine, machine.image)
        except Skip as skip:
            return skipped(runtime.tool, skip)
        scenarios = [scenario for some in chosen for scenario in (getattr(some, 'SCENARIOS', None) or [some])]
        return [bound(scenario, runtime.tool, machine, made) for scenario in scenarios]
    return start


def pods(*names):
    """Scenarios with pods: all of them, or those named."""
    def start(machine):
        try:
            import kube
        except ImportError as error:
            return skipped('cri', Skip(f'python3-grpcio is not installed: {error}'))
        return of(kube.Kubelet, *(s for s in kube.SCENARIOS if not names or s.__name__ in names))(machine)
    return start


def systemd(machine):
    return [bound(scenario, 'systemd', machine) for scenario in units.SCENARIOS]


def several(*parts):
    def start(machine):
        return [scenario for part in parts for scenario in part(machine)]
    return start


# Guests are slow: there, what control groups v2 and systemd's driver make different.
PODS = 'two_containers', 'listed', 'killed_by_the_pod'
SOME = together.one, describe.killed

PARTS = {
    'containerd': of(Ctr, describe, watch),
    'cri': pods(),
    'docker': of(Docker, describe, stats, watch, inside),
    'podman': of(Podman, describe, stats, watch, inside),
    'runc': of(Runc, describe, watch, inside),
    'churn': of(Runc, churn),
    'guest-pods': pods(*PODS),
    'guest-systemd-pods': several(systemd, pods(*PODS)),
    'guest-systemd-engines': several(of(Docker, *SOME), of(Podman, *SOME)),
}
