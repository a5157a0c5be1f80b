"""memwhy asked about a container."""
from answer import ask, cell


def row_of(machine, container):
    """The group's row, as `containers` has it."""
    return ask(machine, 'containers').row('containers', id=container.cgroup)


def same(expect, machine, runtime, container):
    """Every fact that the runtime's own command prints is in memwhy's row."""
    row = row_of(machine, container)
    for key, wanted in runtime.facts(container).items():
        got = cell(row, key.removesuffix('_bytes')) if key == 'limit_bytes' else row.get(key)
        expect.equal(f'{container.name}: {key}', got, wanted)
    labels = row.get('labels', {})
    for key, wanted in runtime.labels(container).items():
        expect.equal(f'{container.name}: label {key}', labels.get(key), wanted)
    return row
