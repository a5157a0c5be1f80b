#!/usr/bin/env python3
"""smoke MEMWHY BUILD_DIR: the program as a user meets it: wrong arguments, full disks, closed
descriptors, pipes, terminals, locales. Speaks TAP. Needs no privilege."""
import gzip
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MEMWHY, BUILD = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
TESTS = []
PLAIN = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm', 'HOME': '/'}
LISTINGS = [[], ['node'], ['containers'], ['pods'], ['ps'], ['pid', 'self'], ['oom', '--next']]


class Skip(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def run(*arguments, stdout=subprocess.PIPE, close=None, **environment):
    def prepare():
        if close is not None:
            os.close(close)
    return subprocess.run([MEMWHY, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          env={**PLAIN, **environment}, timeout=60, preexec_fn=prepare,
                          errors='surrogateescape')


def terminal(*arguments, columns=100, lines=50, **environment):
    """What stands on a terminal of that size."""
    child, fd = pty.fork()
    if child == 0:
        os.execve(MEMWHY, [MEMWHY, *arguments], {**PLAIN, **environment})
    import fcntl
    import struct
    import termios
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))
    out = b''
    while select.select([fd], [], [], 30)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(fd)
    status = os.waitpid(child, 0)[1]
    return out.decode().replace('\r\n', '\n'), os.waitstatus_to_exitcode(status)


def width(line):
    import unicodedata
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line
               if not unicodedata.combining(c))


def one_line_error(done, *words):
    assert done.returncode == 2, (done.args, done.returncode, done.stderr)
    assert done.stderr.startswith('memwhy: '), done.stderr
    assert not done.stdout, done.stdout
    for word in words:
        assert word in done.stderr, done.stderr


@test
def wrong_arguments_are_refused_with_a_hint():
    one_line_error(run('contaners'), "did you mean 'containers'?")
    one_line_error(run('--jsno'), 'did you mean --json?')
    one_line_error(run('container'), 'needs a WHAT')
    one_line_error(run('ps', 'x'), 'one argument too many')
    one_line_error(run('ps', '-o', 'rrs'), "did you mean 'rss'?")
    one_line_error(run('ps', '--sort', 'usage'), 'unknown column')
    one_line_error(run('ps', '--min', 'much'), 'is not a size')
    one_line_error(run('ps', '--user', 'nobody-of-that-name'), 'nobody is called')
    one_line_error(run('ps', '--count', '2'), 'goes with --interval')
    one_line_error(run('oom', '--next', '/dev/null'), 'not about files')
    one_line_error(run('node', '--sort', 'x'), 'does not go with')
    one_line_error(run('container', 'no-such-group'), 'no container or group')
    one_line_error(run('pid', '0'), 'no process')
    one_line_error(run('pid', 'x'), 'is not a process id')
    one_line_error(run('--root', '/nonexistent'), '/nonexistent')
    one_line_error(run('help', 'nod'), "did you mean 'node'?")


@test
def a_hostile_argument_does_not_reach_the_terminal():
    done = run('container', '\033[2Jx\n')
    one_line_error(done)
    assert '\033' not in done.stderr and done.stderr.count('\n') == 1, repr(done.stderr)


@test
def help_of_each_command():
    commands = ['', 'node', 'containers', 'container', 'ps', 'pid', 'capture', 'help']
    for command in commands:
        words = [command] if command else []
        done = run(*words, '--help')
        assert done.returncode == 0 and 'examples' in done.stdout, done
        assert run('help', *words).stdout == done.stdout
    for line in run('--help', COLUMNS='80').stdout.split('\n'):
        assert width(line) <= 80 or '  memwhy' in line, line


@test
def version():
    assert re.fullmatch(r'memwhy \d+\.\d+\.\d+\n', run('--version').stdout)
    verbose = run('--version', '--verbose').stdout
    for word in ('libarchive', 'control groups', 'proc/self/smaps_rollup'):
        assert word in verbose, verbose


@test
def every_screen_ends_well():
    for words in LISTINGS:
        done = run(*words)
        assert done.returncode == 0 and done.stdout and not done.stderr, done
        assert '\033' not in done.stdout, words


@test
def a_full_disk_is_an_error():
    if not os.path.exists('/dev/full'):
        raise Skip('no /dev/full')
    for words in LISTINGS + [['--json'], ['--help'], ['ps', '--json']]:
        with open('/dev/full', 'w') as full:
            done = run(*words, stdout=full)
        assert done.returncode == 2, (words, done)
        assert 'No space left' in done.stderr, (words, done)


@test
def a_closed_standard_output_is_an_error():
    for words in ([], ['--json'], ['capture', '-o', '-']):
        # libarchive 3.6 keeps its block buffer when the first write fails
        done = run(*words, close=1, ASAN_OPTIONS='detect_leaks=0')
        assert done.returncode == 2 and done.stderr.startswith('memwhy: '), (words, done)


@test
def closed_standard_input_and_error_do_not_matter():
    assert run('ps', close=0).returncode == 0
    assert run('ps', close=2).returncode == 0


@test
def a_reader_that_has_enough_is_no_error():
    for words in (['ps', '-n', '0'], ['ps', '--json'], ['node']):
        ends = os.pipe()
        os.close(ends[0])
        done = run(*words, stdout=ends[1])
        os.close(ends[1])
        assert done.returncode == 0 and not done.stderr, (words, done)


@test
def json_is_one_object():
    for words in LISTINGS:
        value = json.loads(run(*words, '--json').stdout)
        assert value['memwhy']['schema'] == 1 and value['source']['kind'] == 'live', words
    assert len(json.loads(run('ps', '--json', '-n', '2').stdout)['processes']) == 2


@test
def json_and_table_say_the_same():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'now.tar.zst')
        assert run('capture', '-o', path).returncode == 0
        processes = json.loads(run('--root', path, 'ps', '--json').stdout)['processes']
        table = run('--root', path, 'ps', '--bytes', '-o', 'pid,rss,vss,swap,threads').stdout
        rows = [line.split() for line in table.split('\n')[1:] if re.match(r'\s*\d+ ', line)]
        assert len(rows) == len(processes) and len(rows) > 3
        for row, process in zip(rows, processes):
            assert int(row[0]) == process['pid']
            for cell, key in zip(row[1:], ('rss_bytes', 'vss_bytes', 'swap_bytes', 'threads')):
                assert process.get(key) is None or int(cell) == process[key], (row, process)


@test
def json_for_jq():
    if not shutil.which('jq'):
        raise Skip('no jq')
    text = run('--json').stdout
    done = subprocess.run(['jq', '-e', '.node.mem_total_bytes > 0'], input=text, text=True,
                          stdout=subprocess.PIPE)
    assert done.returncode == 0, done


@test
def a_capture_answers_like_the_machine():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'x.tar.zst')
        done = run('capture', '-o', path)
        assert done.returncode == 0 and 'processes' in done.stdout, done
        total = json.loads(run('--json').stdout)['node']['mem_total_bytes']
        shown = json.loads(run('--root', path, '--json').stdout)
        assert shown['source']['kind'] == 'tree'
        assert shown['node']['mem_total_bytes'] == total
        for words in ([], ['node'], ['containers'], ['ps'], ['pid', '1'], ['oom', '--next']):
            first, second = (run('--root', path, *words) for _ in range(2))
            assert first.returncode == 0 and first.stdout == second.stdout, (words, first)
        one_line_error(run('--root', path, '--interval', '1'), 'running kernel')
        piped = subprocess.run([MEMWHY, 'capture', '-o', '-'], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=PLAIN)
        assert piped.returncode == 0 and len(piped.stdout) > 1000, piped.stderr
    one_line_error(run('capture', '-o', '/nonexistent/x.tar.zst'), 'No such file')


@test
def what_a_run_read_can_be_saved():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'saved.tar')
        done = run('containers', '--json', '--save', path)
        live, again = json.loads(done.stdout), json.loads(
            run('--root', path, 'containers', '--json').stdout)
        assert live['containers'] == again['containers']


@test
def past_kills_from_files():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../fixtures/oom')
    path = os.path.join(folder, '6.1-v2.txt')
    text = open(path, encoding='utf-8').read()
    told = json.loads(run('oom', '--json', path).stdout)
    assert [kill['cause'] for kill in told['oom']] == [
        'ancestor-limit', 'own-limit', 'own-limit', 'requested', 'machine-full']
    assert told['source']['kind'] == 'transcript'
    assert 'killed on request' not in run('oom', path).stdout
    # standard input, compressed
    piped = subprocess.run([MEMWHY, 'oom', '--json', '-'], input=gzip.compress(text.encode()),
                           stdout=subprocess.PIPE, env=PLAIN)
    assert json.loads(piped.stdout)['oom'][4]['victims'] == told['oom'][4]['victims']
    # a report in two files, named newest first
    log = open(os.path.join(folder, '2.6.32-memcg.txt'), encoding='utf-8').read().splitlines(True)
    with tempfile.TemporaryDirectory() as scratch:
        old, new = (os.path.join(scratch, name) for name in ('messages.1', 'messages'))
        with open(old, 'w', encoding='utf-8') as file:
            file.writelines(log[:20])
        with open(new, 'w', encoding='utf-8') as file:
            file.writelines(line.replace('03:14:07', '03:14:08') for line in log[20:])
        kills = json.loads(run('oom', '--json', new, old).stdout)['oom']
        assert len(kills) == 1 and kills[0]['complete'], kills
    done = run('oom', os.path.join(folder, 'others.txt'))
    assert done.returncode == 0 and 'no OOM kill' in done.stdout, done
    one_line_error(run('oom', '/nonexistent'), 'No such file')
    one_line_error(run('oom', path, '--interval', '1'), '--interval')


@test
def a_file_that_is_missing_costs_nothing_of_the_others():
    done = run('explain', '/proc/meminfo', '/nonexistent', '/')
    assert done.returncode == 2 and 'meminfo' in done.stdout, done
    assert '/nonexistent: No such file' in done.stderr and '/: Is a directory' in done.stderr, done
    one_line_error(run('explain', '/nonexistent'), 'No such file')


@test
def the_kernel_log_is_part_of_what_was_read():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'saved.tar')
        live = json.loads(run('oom', '--json', '--save', path).stdout)
        again = json.loads(run('--root', path, 'oom', '--json').stdout)
        assert live.get('oom') == again.get('oom')
        assert 'oom' in live or live['cannot_tell'][0]['missing'] == 'the kernel log'


@test
def a_capture_does_not_go_to_a_terminal():
    text, status = terminal('capture', '-o', '-')
    assert status == 2 and 'no text for a terminal' in text, text


@test
def lines_fit_the_terminal():
    for columns in (80, 100, 160):
        for words in LISTINGS:
            text, status = terminal(*words, '--no-pager', '--color', 'never', columns=columns)
            assert status == 0, text
            wide = [line for line in text.split('\n') if width(line) > columns]
            # commands must stay copyable, and a problem names its file, however long they are
            wide = [line for line in wide if not re.match(' +(more +)?memwhy ', line) and
                    'could not be read' not in line]
            assert not wide, (columns, words, wide)


@test
def colour_follows_the_user():
    text, _ = terminal('--no-pager')
    assert '\033[' in text
    for environment in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}):
        text, _ = terminal('--no-pager', **environment)
        assert '\033[' not in text, environment
    text, _ = terminal('--no-pager', '--color', 'never')
    assert '\033[' not in text
    assert '\033[' in run('--color', 'always', NO_COLOR='1').stdout
    assert '\033[' in terminal('--no-pager', NO_COLOR='')[0]


@test
def ascii_where_the_locale_is_c():
    for words in LISTINGS + [['--help'], ['--version', '--verbose']]:
        done = run(*words, LC_ALL='C')
        assert done.returncode == 0 and done.stdout.isascii(), words
    text, _ = terminal('--no-pager', LC_ALL='C')
    assert text.isascii()


@test
def width_from_the_environment():
    for line in run('containers', COLUMNS='80').stdout.split('\n'):
        assert width(line) <= 80, line
    assert run('containers', COLUMNS='nonsense').returncode == 0


@test
def the_pager_is_used_and_not_needed():
    with tempfile.TemporaryDirectory() as folder:
        seen = os.path.join(folder, 'seen')
        text, status = terminal('node', lines=10, MEMWHY_PAGER=f'cat > {seen}')
        assert status == 0 and 'where the memory is' not in text
        with open(seen) as file:
            assert 'where the memory is' in file.read()
        os.unlink(seen)
        terminal('node', '--no-pager', lines=10, MEMWHY_PAGER=f'cat > {seen}')
        assert not os.path.exists(seen)
        run('node', MEMWHY_PAGER=f'cat > {seen}')
        assert not os.path.exists(seen)
    text, status = terminal('node', lines=10, MEMWHY_PAGER='/nonexistent/pager')
    assert status == 0 and 'where the memory is' in text
    text, status = terminal('node', lines=10, PATH='/nonexistent')
    assert status == 0 and 'where the memory is' in text
    text, status = terminal('node', lines=10, PAGER='true')
    assert status == 0


@test
def repeated():
    lines = run('ps', '-n', '3', '--interval', '0.1', '--count', '3', '--json').stdout.split('\n')
    assert len(lines) == 4 and lines[3] == ''
    assert 'rates' not in json.loads(lines[0])['processes'][0]
    assert 'rates' in json.loads(lines[1])['processes'][0]
    stamps = [json.loads(line)['source']['taken_at'] for line in lines[:3]]
    assert stamps == sorted(set(stamps)), stamps    # each has its own time
    text = run('ps', '-n', '3', '-o', '+minflt', '-i', '0.1', '-c', '2').stdout
    titles = [line for line in text.split('\n') if re.match(' +pid ', line)]
    assert len(titles) == 2 and 'minflt/s' in titles[1] and 'minflt/s' not in titles[0], text
    child = subprocess.Popen([MEMWHY, 'ps', '-i', '0.1'], stdout=subprocess.DEVNULL, env=PLAIN)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == 0


@test
def repeating_takes_no_more_memory():
    def rss(pid):
        with open(f'/proc/{pid}/status') as file:
            return int(re.search(r'VmRSS:\s+(\d+)', file.read())[1])
    with open(MEMWHY, 'rb') as file:
        if b'__asan_init' in file.read():
            raise Skip('the sanitizer keeps freed memory')
    child = subprocess.Popen([MEMWHY, 'containers', '--json', '-i', '0.02'],
                             stdout=subprocess.DEVNULL, env=PLAIN)
    time.sleep(1)
    early = rss(child.pid)
    time.sleep(2)
    late = rss(child.pid)
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == 0
    assert late <= early + 512, (early, late)


@test
def listings_obey():
    pids = [int(line) for line in run('ps', '-o', 'pid', '--sort', 'pid').stdout.split()[1:]]
    assert pids == sorted(pids) and os.getpid() in pids
    backwards = run('ps', '-o', 'pid', '--sort', '-pid', '-n', '2').stdout.split()[1:3]
    assert int(backwards[0]) > int(backwards[1])
    mine = run('ps', '-o', 'pid', '-u', str(os.getuid())).stdout.split()
    assert str(os.getpid()) in mine
    assert '1' not in run('ps', '-o', 'pid', '--min', '1000T').stdout.split()
    for command in ('ps', 'containers'):
        assert 'JSON key' in run(command, '-o', 'list').stdout


@test
def a_process_and_its_group():
    done = run('pid', str(os.getpid()))
    assert done.returncode == 0 and f'[{os.getpid()}]' in done.stdout, done
    value = json.loads(run('pid', str(os.getpid()), '--json').stdout)
    assert value['processes'][0]['pid'] == os.getpid()
    assert value['accounts'][0]['bytes'] == value['processes'][0]['rss_bytes']
    with open('/proc/self/cgroup') as file:
        if not re.search(r'^(0|\d+:memory):', file.read().replace('::', ':', 1), re.M):
            raise Skip('no memory controller here')
    done = run('container', str(os.getpid()))
    if done.returncode == 0:
        assert "everybody's words" in done.stdout and 'limits on the way up' in done.stdout


@test
def completions_are_shell():
    for shell, file in (('bash', 'memwhy'), ('zsh', '_memwhy'), ('fish', 'memwhy.fish')):
        if shutil.which(shell):
            subprocess.run([shell, '-n', os.path.join(BUILD, 'completions', file)], check=True)
    script = f'''. {BUILD}/completions/memwhy
COMP_WORDS=(memwhy ps --s); COMP_CWORD=2; _memwhy; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(memwhy cont); COMP_CWORD=1; _memwhy; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(memwhy ps -o pid,rss_an); COMP_CWORD=3; _memwhy; echo "${{COMPREPLY[@]}}"'''
    done = subprocess.run(['bash', '-c', script], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split('\n')[:3] == ['--sort --save', 'containers container',
                                           'pid,rss_anon'], done.stdout


@test
def the_manual_is_clean():
    if not shutil.which('mandoc'):
        raise Skip('no mandoc')
    for page in ('memwhy.1', 'memwhy-metrics.7'):
        done = subprocess.run(['mandoc', '-T', 'lint', os.path.join(BUILD, 'man', page)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        bad = [line for line in done.stdout.split('\n')
               if line and 'referenced manual not found' not in line]
        assert not bad, bad


def main():
    bad = 0
    print(f'1..{len(TESTS)}')
    for number, function in enumerate(TESTS, 1):
        name = function.__name__.replace('_', ' ')
        try:
            function()
            print(f'ok {number} - {name}', flush=True)
        except Skip as why:
            print(f'ok {number} - {name} # SKIP {why}', flush=True)
        except (AssertionError, subprocess.SubprocessError, ValueError, KeyError,
                IndexError) as problem:
            bad = 1
            print(f'not ok {number} - {name}', flush=True)
            for line in f'{type(problem).__name__}: {problem}'[:2000].split('\n'):
                print(f'# {line}')
    return bad


sys.exit(main())
