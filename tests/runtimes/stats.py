"""A container's memory in its runtime's words, and in memwhy's."""
from answer import ask
from describe import started
from kernel import MIB
from tap import Skip

TRIES = 5


def compare(expect, machine, runtime, container):
    """The runtime's number before and after memwhy's; the container must stand still."""
    word = f'{runtime.tool} stats'
    for _ in range(TRIES):
        before = runtime.stats(container)
        answer = ask(machine, 'container', container.cgroup)
        after = runtime.stats(container)
        if abs(after - before) <= before // 200:
            break
    wanted = (before + after) / 2
    words = answer.words('container:' + container.cgroup)
    expect.near(word, words.get(word), wanted, wanted / 100)
    if hasattr(runtime, 'api_stats'):
        expect.near(f'{word} by its API', words.get(word), runtime.api_stats(container), wanted / 100)


def agree(expect, machine, runtime):
    """What the runtime's own statistics say, and memwhy at the same moment: 1 % at most between them"""
    if not hasattr(runtime, 'stats'):
        raise Skip(f'{runtime.tool} has no statistics of its own')
    with started(runtime, 'steady', 'anon 40', 'mapped 8 /tmp/file', limit=128 * MIB) as steady:
        compare(expect, machine, runtime, steady)


def asked(expect, machine, runtime):
    """memwhy asks the runtime itself: its number is shown beside memwhy's own, and is the same"""
    if not hasattr(runtime, 'api_stats'):
        raise Skip(f'{runtime.tool} has no API that memwhy could ask')
    with started(runtime, 'steady', 'anon 40', limit=128 * MIB) as steady:
        words = ask(machine, 'container', steady.cgroup).words('container:' + steady.cgroup)
        wanted = runtime.api_stats(steady)
        expect.near('asked', words.get(f'{runtime.tool} stats, asked'), wanted, wanted / 100)


SCENARIOS = [agree, asked]
