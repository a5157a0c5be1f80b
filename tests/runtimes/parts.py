"""What can be run, by name: a function that starts it and returns scenarios and their arguments."""
import churn
import describe
import inside
import stats
import units
import watch
from containerd import Ctr
from docker import Docker
from podman import Podman
from runc import Runc
from tap import Skip


def of(runtime, *modules):
    def start(machine):
        scenarios = [scenario for module in modules for scenario in module.SCENARIOS]
        return scenarios, machine, runtime(machine, machine.image)
    return start


def pods(machine):
    try:
        import kube
    except ImportError as error:
        raise Skip(f'python3-grpcio is not installed: {error}') from error
    return kube.SCENARIOS, machine, kube.kubelet(machine, machine.image)


PARTS = {
    'cri': pods,
    'units': lambda machine: (units.SCENARIOS, machine),
    'containerd': of(Ctr, describe, watch),
    'docker': of(Docker, describe, stats, watch, inside),
    'podman': of(Podman, describe, stats, watch, inside),
    'runc': of(Runc, describe, watch, inside),
    'churn': of(Runc, churn),
    'inside': of(Runc, inside),
    'inside-docker': of(Docker, inside),
    'inside-podman': of(Podman, inside),
}
