"""memwhy's answer, and what holds for every answer."""
import json
import os
import subprocess

import kernel

TRIES = 6       # until the kernel's counters stand still while memwhy looks


class Answer:
    def __init__(self, document):
        self.document = document

    def rows(self, section):
        return self.document.get(section, [])

    def row(self, section, **wanted):
        """The one row with these values."""
        found = [row for row in self.rows(section)
                 if all(row.get(key) == value for key, value in wanted.items())]
        if len(found) != 1:
            raise LookupError(f'{len(found)} rows in {section} with {wanted}')
        return found[0]

    def account(self, entity):
        return self.row('accounts', entity=entity)

    def words(self, entity):
        return {word['tool']: word.get('bytes') for word in self.rows('words')
                if word['entity'] == entity}


def ask(world, *arguments):
    done = subprocess.run([world.memwhy, '--json', *map(str, arguments)], capture_output=True,
                          timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f'memwhy {arguments}: status {done.returncode}: {done.stderr.decode()}')
    if done.stderr:
        raise RuntimeError(f'memwhy {arguments} said {done.stderr.decode()}')
    return Answer(json.loads(done.stdout))


def cell(row, name):
    """A value; None = no limit. A value that is not there for another reason is an error here."""
    for key in (name + '_bytes', name):
        if key in row:
            return row[key]
    state = row.get('states', {}).get(name + '_bytes', row.get('states', {}).get(name))
    if state == 'unlimited':
        return None
    raise LookupError(f'{name} is {state or "not in the row"}')


def part(account, *path):
    """The bytes of a part, by the names on the way down."""
    for name in path:
        found = [p for p in account.get('parts', []) if p['name'] == name]
        if len(found) != 1:
            raise LookupError(f'{name}: {len(found)} parts of that name in {account["name"]}')
        account = found[0]
    return account['bytes']


def balanced(expect, account):
    """Parts and what is unexplained add up to the whole, at every level."""
    parts = account.get('parts', [])
    if 'unexplained_bytes' in account and 'bytes' in account:
        total = sum(p.get('bytes', 0) for p in parts if not p.get('aside'))
        expect.equal(f'{account["name"]}: parts + unexplained', total + account['unexplained_bytes'],
                     account['bytes'])
    for p in parts:
        balanced(expect, p)


def same_as_kernel(expect, look, reference, what, slack=kernel.STOCK, observer=lambda key: 0):
    """Each value of reference() equals the one in look()'s row. A value counts when the kernel said
    the same before and after memwhy looked: then the only tolerance is observer(key), by how much
    memwhy's own running changes that value. What never stands still must lie between its
    neighbours, or `slack` beside them."""
    right = set()
    for _ in range(TRIES):
        before = reference()
        row = look()
        after = reference()
        still = {key for key in before if before[key] == after.get(key)}
        right |= {key for key in still if close(cell(row, key), before[key], observer(key))}
        if right >= set(before):
            break
    for key in sorted(set(before) - right):
        values = [value for value in (before[key], after.get(key)) if value is not None]
        if key in still or len(values) < 2:
            expect.equal(f'{what}: {key}', cell(row, key), before[key])
        else:
            expect.between(f'{what}: {key} (moving)', cell(row, key), min(values) - slack, max(values) + slack)
    expect.true(f'{what}: something to compare', before)
    return row


def close(got, wanted, tolerance):
    return got == wanted or None not in (got, wanted) and abs(got - wanted) <= tolerance


def agrees(expect, world, group):
    """All of a group's numbers, against its files; its account, against itself. Returns the row."""
    answers = []

    def look():
        answers.append(ask(world, 'container', group.id))
        return answers[-1].row('containers', id=group.id)
    row = same_as_kernel(expect, look, group.counters, group.id)
    account = answers[-1].account('container:' + group.id)
    balanced(expect, account)
    expect.equal('the account is of the usage', account['bytes'], cell(row, 'usage'))
    # each CPU's stock, charged but not in the statistics: since Linux 6.17 a CPU keeps one for each
    # of several groups, and a group's usage holds those of the groups below it
    groups = sum(1 for _ in os.walk(group.folder))
    expect.near('unexplained', account['unexplained_bytes'], 0,
                cell(row, 'usage') // 1000 + groups * kernel.STOCK)
    words = answers[-1].words('container:' + group.id)
    working = max(0, cell(row, 'usage') - cell(row, 'inactive_file'))
    expect.equal('working set', cell(row, 'working_set'), working)
    expect.equal('kubectl top', words['kubectl top'], working)
    expect.equal('docker stats', words['docker stats'], working)
    expect.equal('cAdvisor rss', words['cAdvisor rss'], cell(row, 'anon'))
    expect.equal('cAdvisor cache', words['cAdvisor cache'], cell(row, 'file'))
    expect.equal('podman stats', words['podman stats'], cell(row, 'usage' if world.version == 1 else 'anon'))
    return row, account
