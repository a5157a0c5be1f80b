"""memwhy asked about a container."""
from answer import ask, cell


TRIES = 10


def row_of(machine, container, asked=False):
    """The group's row, as `containers` has it. @asked  with what a socket tells, which may be slow to answer"""
    for _ in range(TRIES):
        answer = ask(machine, 'containers')
        if not asked or not any('.sock' in problem['path'] for problem in answer.rows('problems')):
            break
    return answer.row('containers', id=container.cgroup)


def same(expect, machine, runtime, container):
    """Every fact that the runtime's own command prints is in memwhy's row."""
    row = row_of(machine, container, asked=True)
    for key, wanted in runtime.facts(container).items():
        got = cell(row, key.removesuffix('_bytes')) if key == 'limit_bytes' else row.get(key)
        expect.equal(f'{container.name}: {key}', got, wanted)
    labels = row.get('labels', {})
    for key, wanted in runtime.labels(container).items():
        expect.equal(f'{container.name}: label {key}', labels.get(key), wanted)
    return row
