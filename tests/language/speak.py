#!/usr/bin/env python3
"""speak.py MEMWHY: the program speaks the language it is asked for. Speaks TAP.

Runs it in environments as containers have them, and walks every command on captured machines for
English sentences in what should be Chinese. What stays English everywhere: commands, options, ids,
names of metrics, files, tools, and whatever the kernel or a user named."""
import json
import os
import pathlib
import re
import subprocess
import sys
import unicodedata

FIXTURES = pathlib.Path(__file__).parents[1] / 'fixtures'
MACHINE = FIXTURES / '6.12-v2.tar.zst'
SENTENCE = re.compile(r'(?<![\w/.:=<>\[\]"\'-])[a-z]{2,}(?: [a-z]{2,}){2,}')
# in the examples of --help, in formulas and in what programs call themselves
NAMES = re.compile(r'kubectl exec web|kubectl debug node|kubectl top (pod|node)|'
                   r'memwhy \w+( \w+)*|out of memory')


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, title, complaints):
        self.count += 1
        self.failed += bool(complaints)
        for line in complaints:
            print('# ' + line)
        print(f'{"not ok" if complaints else "ok"} {self.count} - {title}')


def run(memwhy, arguments, **environment):
    clean = {k: v for k, v in os.environ.items()
             if not k.startswith('LC_') and k not in ('LANG', 'LANGUAGE', 'LOCPATH')}
    done = subprocess.run([memwhy, *arguments], env={**clean, 'COLUMNS': '200', **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def is_chinese(text):
    return any('\u4e00' <= c <= '\u9fff' for c in text)


def environments(memwhy, tap):
    """Which language a screen is in."""
    cases = [
        ({}, [], False),
        ({'LANG': 'zh_CN.UTF-8'}, [], True),
        ({'LANG': 'zh_CN.utf8', 'LOCPATH': '/nonexistent'}, [], True),
        ({'LANG': 'zh_CN.GBK'}, [], False),
        ({'LANG': 'zh_CN'}, [], False),
        ({'LANG': 'zh_CN.UTF-8', 'LC_ALL': 'C'}, [], False),
        ({'LANG': 'zh_CN.UTF-8', 'LC_ALL': 'C.UTF-8'}, [], False),
        ({'LANG': 'C.UTF-8', 'LC_MESSAGES': 'zh_CN.UTF-8'}, [], True),
        ({'LANG': 'en_US.UTF-8', 'LANGUAGE': 'zh_CN:en'}, [], True),
        ({'LANG': 'C', 'LANGUAGE': 'zh'}, [], False),
        ({'LANG': 'C'}, ['--lang', 'zh'], True),
        ({'LANG': 'C'}, ['--lang=zh_CN.UTF-8'], True),
        ({'LANG': 'zh_CN.GBK'}, ['--lang', 'zh'], True),
        ({'LC_ALL': 'POSIX', 'LOCPATH': '/nonexistent'}, ['--lang', 'zh'], True),
        ({'LANG': 'zh_CN.UTF-8'}, ['--lang', 'en'], False),
    ]
    wrong = []
    for environment, arguments, chinese in cases:
        status, text, problem = run(memwhy, ['--root', str(MACHINE), *arguments], **environment)
        if status or problem or is_chinese(text) != chinese:
            wrong.append(f'{environment} {arguments}: {status} {problem} {text[:60]}')
    tap.test('a locale or an option chooses the language', wrong)


def complaints(memwhy, tap):
    """Errors are told in the language, too; even those about the option itself."""
    cases = [
        (['--lang', 'xx'], {}, 'xx', False),
        (['--lang', 'xx'], {'LANG': 'zh_CN.UTF-8'}, 'xx', True),
        (['--lang', 'zh', '--nosuch'], {}, '--nosuch', True),
        (['nosuch', '--lang=zh'], {}, 'nosuch', True),
        (['ps', '--lang', 'zh', '--min', 'huge'], {}, 'huge', True),
        (['ps', '--lang', 'zh', '-o', 'rrs'], {}, 'rss', True),
        (['--lang', 'zh', '--root', '/nonexistent'], {}, '/nonexistent', True),
        (['--lang', 'zh', '--root', '/etc/passwd'], {}, '/etc/passwd', True),
        (['container', 'nosuch', '--lang', 'zh', '--root', str(MACHINE)], {}, 'nosuch', True),
    ]
    wrong = []
    for arguments, environment, word, chinese in cases:
        status, text, problem = run(memwhy, arguments, **environment)
        if (status != 2 or text or word not in problem or is_chinese(problem) != chinese
                or not problem.startswith('memwhy: ')):
            wrong.append(f'{arguments}: {status} {text[:40]} {problem}')
    tap.test('complaints are in the language', wrong)


def columns(line):
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)


def alignment(memwhy, tap):
    """Columns stand below each other on a terminal, with and without a UTF-8 locale."""
    arguments = ['--lang', 'zh', 'node', '--root', str(MACHINE)]
    with_locale = run(memwhy, arguments, LC_ALL='C.UTF-8')[1]
    without = run(memwhy, arguments, LC_ALL='C', LOCPATH='/nonexistent')[1]
    tap.test('the same with and without a locale', [] if with_locale == without else ['differs'])
    lines = without.splitlines()
    table = lines[next(i for i, line in enumerate(lines) if 'GiB' in line or 'MiB' in line) + 1:]
    ends = set()
    for line in table:
        amount = re.match(r'^(.*? {2}\d+\.\d\d)(?: |$)', line)
        if not amount:
            break
        ends.add(columns(amount[1]))
    tap.test('amounts end in one column', [] if len(ends) == 1 else [f'{sorted(ends)}'])


def keys(value):
    """Everything of a document but sentences: a finding's are in the reader's language."""
    if isinstance(value, dict):
        return {k: keys(v) for k, v in value.items() if k not in
                ('title', 'details', 'advice', 'avoid', 'doubt', 'missing', 'duration_seconds')}
    return [keys(v) for v in value] if isinstance(value, list) else value


def documents(memwhy, tap):
    wrong = []
    for command in ([], ['node'], ['containers'], ['ps'], ['container', '/']):
        both = [keys(json.loads(run(memwhy, [*command, '--json', '--lang', language, '--root',
                                             str(MACHINE)])[1])) for language in ('en', 'zh')]
        if both[0] != both[1]:
            wrong.append(' '.join(command) or 'overview')
    tap.test('JSON has the same keys, names and numbers in every language', wrong)


def commands(memwhy):
    text = run(memwhy, ['--lang', 'en', '--help'])[1]
    section = text[text.index('\ncommands\n'):text.index('\noptions\n')]
    return sorted({m for m in re.findall(r'^  memwhy (\w+)', section, re.M)})


def walk(memwhy, tap):
    words = commands(memwhy)
    tries = [['--help'], ['--version', '--verbose']]
    tries += [[word, '--help'] for word in words]
    tries += [[kind, '-o', 'list'] for kind in ('containers', 'ps')]
    for capture in sorted(FIXTURES.glob('*.tar.zst')):
        at = ['--root', str(capture)]
        tries += [at, ['--how', *at], ['node', '--how', '--depth', '9', *at],
                  ['containers', '-n', '0', *at], ['ps', '-n', '0', *at],
                  ['pid', '1', '--how', '--depth', '9', *at],
                  ['container', '/', '--how', '--depth', '9', *at]]
    tries += [['rules']]
    rules = json.loads(run(memwhy, ['rules', '--json'])[1])
    tries += [['rules', rule['id']] for rule in rules.get('rules', [])]
    found = {}
    for arguments in tries:
        _, text, problem = run(memwhy, [*arguments, '--lang', 'zh'])
        for line in (text + problem).splitlines():
            for sentence in SENTENCE.findall(line):
                if not NAMES.match(sentence):
                    found.setdefault(sentence, f'{" ".join(arguments)}: {line.strip()}')
    tap.test(f'no English sentence on {len(tries)} screens',
             [f'"{sentence}" in {where}' for sentence, where in sorted(found.items())])


def main():
    memwhy = sys.argv[1]
    tap = Tap()
    environments(memwhy, tap)
    complaints(memwhy, tap)
    alignment(memwhy, tap)
    documents(memwhy, tap)
    walk(memwhy, tap)
    print(f'1..{tap.count}')
    return tap.failed > 0


sys.exit(main())
