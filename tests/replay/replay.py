#!/usr/bin/env python3
"""replay MEMWHY: a capture gives the same answer as the moment it was made in, for every command,
from the archive and from the directory that it unpacks to. Speaks TAP. Needs no privilege."""
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

MEMWHY = os.path.abspath(sys.argv[1])
ENVIRONMENT = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/'}
# a process that stands still, so that its mappings and its group are the same for every command
SLEEPER = subprocess.Popen(['sleep', '600'])
PID = str(SLEEPER.pid)
ALL_PROCESS_COLUMNS = 'pid,ppid,user,name,cmdline,exe,cgroup,start_time,oom_score,pss,uss,swap'
COMMANDS = {
    'overview': [],
    'overview, depth 4, how': ['--depth', '4', '--how'],
    'node': ['node'],
    'node in bytes': ['node', '--bytes', '--depth', '9'],
    'containers': ['containers', '-n', '0'],
    'containers by name': ['containers', '-n', '0', '--sort', 'name', '-o',
                           'name,usage,limit,headroom_of,pgfault,oom_kills,peak'],
    'container of a pid': ['container', PID],
    'container /': ['container', '/'],
    'ps': ['ps', '-n', '0'],
    'ps, unusual columns': ['ps', '-n', '0', '-o', ALL_PROCESS_COLUMNS],
    'ps --exact of a container': ['ps', '--exact', '--container', PID],
    'pid': ['pid', PID, '--depth', '9'],
    'oom --next': ['oom', '--next', '-n', '0'],
}
NUMBER = 0


def run(*arguments):
    return subprocess.run([MEMWHY, *arguments], capture_output=True, text=True, timeout=120,
                          env=ENVIRONMENT, errors='surrogateescape')


def quiet(*arguments):
    """A run during which no process of others ended: a capture keeps the first answer of a directory,
    and cannot tell that it was there and then no longer."""
    for _ in range(9):
        done = run(*arguments)
        if 'vanished' not in done.stdout:
            break
    return done


def same_json(text):
    """Without what tells a capture from the kernel itself: the source's kind, collectors' times."""
    document = json.loads(text)
    assert document['source'].pop('kind') in ('live', 'tree')
    todo = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            value.pop('duration_seconds', None)
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return json.dumps(document, indent=1)


def same_text(text):
    """Without the date before the clock, which a live screen leaves out, and who was denied."""
    text = re.sub(r' *\d{4}-\d\d-\d\d (?=\d\d:\d\d:\d\d\n)', '   ', text, count=1)
    text = re.sub(r' +(?=\d\d:\d\d:\d\d\n)', '   ', text, count=1)
    return re.sub(r'(?m)^( *–d denied).*$', r'\1', text)


def report(name, wanted, got):
    global NUMBER
    NUMBER += 1
    if wanted == got:
        print(f'ok {NUMBER} - {name}')
        return True
    print(f'not ok {NUMBER} - {name}')
    difference = difflib.unified_diff(wanted.splitlines(), got.splitlines(), 'live', 'replayed',
                                      lineterm='', n=0)
    for line in list(difference)[:20]:
        print('# ' + line.encode('utf-8', 'backslashreplace').decode())
    return False


def outcome(done, same):
    """What a run said, in a form that can be compared. One that failed says it on stderr."""
    if done.returncode not in (0, 1):
        return f'status {done.returncode}\n{done.stderr}'
    return f'status {done.returncode}\n' + same(done.stdout)


def unpack(archive, directory):
    os.mkdir(directory)
    subprocess.run(['tar', '-C', directory, '-xf', archive], check=True)


def replay(directory, index, name, arguments):
    for form, options, same in (('JSON', ['--json'], same_json), ('text', [], same_text)):
        base = os.path.join(directory, f'{index}-{form}')
        live = outcome(quiet(*arguments, *options, '--save', base + '.tar'), same)
        report(f'{name}: status of the live run in {form}', 'status 0', live.split('\n')[0])
        unpack(base + '.tar', base)
        for kind, root in (('archive', base + '.tar'), ('directory', base)):
            got = outcome(run(*arguments, *options, '--root', root), same)
            report(f'{name}: {form} from the {kind}', live, got)


def capture(directory):
    """One capture answers every command; compressed and plain ones say the same."""
    packed = os.path.join(directory, 'all.tar.zst')
    plain = os.path.join(directory, 'all.tar')
    again = os.path.join(directory, 'all-again')
    done = run('capture', '-o', packed)
    report('capture: status', '0 ', f'{done.returncode} {done.stderr}')
    # a capture of a capture, not compressed, then unpacked
    done = run('capture', '--root', packed, '-o', plain)
    report('capture of a capture: status', '0 ', f'{done.returncode} {done.stderr}')
    unpack(plain, again)
    for name, arguments in COMMANDS.items():
        if '--exact' in arguments:
            continue    # costs the processes something: not in a capture unless asked for
        first = outcome(run(*arguments, '--json', '--root', packed), same_json)
        report(f'capture: {name}: status', 'status 0', first.split('\n')[0])
        for root in (plain, again):
            got = outcome(run(*arguments, '--json', '--root', root), same_json)
            report(f'capture: {name}: from {os.path.basename(root)}', first, got)


def main():
    with tempfile.TemporaryDirectory(prefix='memwhy-test-') as directory:
        for index, (name, arguments) in enumerate(COMMANDS.items()):
            replay(directory, index, name, arguments)
        capture(directory)
    print(f'1..{NUMBER}')


try:
    main()
finally:
    SLEEPER.kill()
    SLEEPER.wait()
