"""A container's memory in its runtime's words, and in memwhy's."""
from answer import ask
from describe import started
from kernel import MIB
from tap import Skip

TRIES = 5


def agree(expect, machine, runtime):
    """What the runtime's own statistics say, and memwhy at the same moment: 1 % at most between them"""
    if not hasattr(runtime, 'stats'):
        raise Skip(f'{runtime.tool} has no statistics of its own')
    with started(runtime, 'steady', 'anon 40', 'mapped 8 /tmp/file', limit=128 * MIB) as steady:
        word = f'{runtime.tool} stats'
        for _ in range(TRIES):
            before = runtime.stats(steady)
            answer = ask(machine, 'container', steady.cgroup)
            after = runtime.stats(steady)
            if abs(after - before) <= before // 200:
                break
        words = answer.words('container:' + steady.cgroup)
        wanted = (before + after) / 2
        expect.near(word, words.get(word), wanted, wanted / 100)
        expect.true('more than was made', wanted >= 40 * MIB, wanted)
        if hasattr(runtime, 'api_stats'):
            expect.near(f'{word} by its API', words.get(word), runtime.api_stats(steady), wanted / 100)


def asked(expect, machine, runtime):
    """memwhy asks the runtime itself: its number is shown beside memwhy's own, and is the same"""
    if not hasattr(runtime, 'api_stats'):
        raise Skip(f'{runtime.tool} has no API that memwhy could ask')
    with started(runtime, 'steady', 'anon 40', limit=128 * MIB) as steady:
        words = ask(machine, 'container', steady.cgroup).words('container:' + steady.cgroup)
        wanted = runtime.api_stats(steady)
        expect.near('asked', words.get(f'{runtime.tool} stats, asked'), wanted, wanted / 100)


SCENARIOS = [agree, asked]
