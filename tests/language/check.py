#!/usr/bin/env python3
"""check.py [ROOT]: the code's texts against po/*/. Speaks TAP.
check.py --missing ROOT: the entries to be translated, as a fragment.

xgettext finds what the code marks and what it hands to functions that translate program text. Every
text must be in a fragment, every text of a fragment in the code, and a translation must be able to
stand where the original does: the same formats, placeholders, line ends, commands."""
import collections
import pathlib
import re
import subprocess
import sys

# functions whose argument is program text
KEYWORDS = ['N_', 'mw_tr:2', 'mw_language_text:2', 'mw_language_plural:2,3', 'mw_number_count:4,5',
            'mw_cell_puts:3', 'mw_tone_puts:4', 'mw_fact:3', 'mw_heading:3', 'M:8']
FORMAT = re.compile(r'%(\d+\$)?([-+#0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%])')
PLACEHOLDER = re.compile(r'\{\w+\}')

Entry = collections.namedtuple('Entry', 'one many text flags place')


def unquote(line):
    text = line[line.index('"') + 1:line.rindex('"')]
    return re.sub(r'\\(.)', lambda m: {'n': '\n', 't': '\t'}.get(m[1], m[1]), text)


def entries(text, name):
    """The entries of a .po text, without its header."""
    fields, flags, place, last, number = {}, set(), None, None, 0
    for number, line in enumerate(text.splitlines() + [''], 1):
        if line.startswith('#,'):
            flags |= {flag.strip() for flag in line[2:].split(',')}
        elif line.startswith('#:'):
            place = place or line[2:].split()[0]
        elif line.startswith('msg'):
            last = line.split()[0]
            fields[last] = unquote(line)
            place = place or f'{name}:{number}'
        elif line.startswith('"'):
            fields[last] += unquote(line)
        elif not line.strip():
            if fields.get('msgid'):
                yield Entry(fields['msgid'], fields.get('msgid_plural'),
                            fields.get('msgstr', fields.get('msgstr[0]', '')), flags, place)
            fields, flags, place, last = {}, set(), None, None
        elif not line.startswith('#'):
            raise ValueError(f'{name}:{number}: {line}')


# listings tell what these metrics are; the others' help is for the manual, which is in English, and
# for findings that cite one: it may be translated
TOLD = ('cgroup.def', 'owner.def', 'process.def', 'runtime.def', 'sockets.def')


def template(root, told):
    """What the code says, as xgettext finds it."""
    files = sorted(str(path.relative_to(root)) for path in (root / 'src').rglob('*')
                   if path.suffix in ('.c', '.h', '.def') and path.name != 'gen_docs.c'
                   and (path.parent.name != 'metrics' or path.name in TOLD) == told)
    run = subprocess.run(
        ['xgettext', '--language=C', '--from-code=UTF-8', '--omit-header', '--no-wrap', '--output=-',
         *('--keyword=' + k for k in KEYWORDS), *files],
        cwd=root, text=True, capture_output=True, check=True)
    return {e.one: e for e in entries(run.stdout, 'xgettext')}, run.stderr


def fragments(folder):
    listed = re.findall(r"^  '([\w-]+)',$", (folder.parent / 'meson.build').read_text(), re.M)
    for path in sorted(folder.glob('*.po')):
        if path.stem != 'header':
            yield path.stem in listed, path.name, list(entries(path.read_text(), path.name))


def formats(text):
    """The kinds of the arguments, in their order."""
    found, at = {}, 0
    for place, kind in FORMAT.findall(text):
        if kind == '%':
            continue
        at += 1
        found[int(place[:-1]) if place else at] = kind
    return found


def misfit(english, text):
    """Why a translation cannot stand where the original does, or None."""
    if not text.strip():
        return 'is empty'
    if formats(english) != formats(text):
        return 'has other formats'
    if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(text)):
        return 'has other placeholders'
    # fullwidth punctuation has its blank in it
    for end, wide in ((r'^\s*', r'^[，；：（]'), (r'\s*$', r'[，；：、。？]$')):
        one, other = re.search(end, english)[0], re.search(end, text)[0]
        if one != other and not (one == ' ' and not other and re.search(wide, text)):
            return 'begins or ends with other blanks'
    for line, other in zip(english.split('\n'), text.split('\n')):
        if '\t' in line and line.split('\t')[0] != other.split('\t')[0]:
            return 'has another command'
    if english.count('\n') != text.count('\n') or english.count('\t') != text.count('\t'):
        return 'has other lines'
    if re.search(r'[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]', text):
        return 'has fullwidth letters'
    return None


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, title, complaints):
        self.count += 1
        self.failed += bool(complaints)
        for line in complaints:
            print('# ' + line.replace('\n', '\\n'))
        print(f'{"not ok" if complaints else "ok"} {self.count} - {title}')


def check(folder, code, more, tap):
    read = list(fragments(folder))
    every = [(name, e) for _, name, known in read for e in known]
    texts = {}
    for name, e in every:
        texts.setdefault(e.one, []).append((name, e))
    where = folder.name
    tap.test(f'{where}: every fragment is built in',
             [f'{name} is not in po/meson.build' for listed, name, _ in read if not listed])
    tap.test(f'{where}: every text is translated',
             [f'{e.place}: "{e.one}"' for e in code.values() if e.one not in texts])
    tap.test(f'{where}: every translation has a text',
             [f'{e.place}: the code does not say "{e.one}"' for _, e in every
              if e.one not in code and e.one not in more])
    tap.test(f'{where}: one translation of a text',
             [f'"{one}": ' + ', '.join(sorted(f'{n}: {e.text}' for n, e in known))
              for one, known in texts.items()
              if len({e.text for _, e in known}) > 1
              or len(known) > len({name for name, _ in known})])
    tap.test(f'{where}: plurals are plurals in both',
             [f'{e.place}: "{e.one}"' for _, e in every
              if e.one in code and code[e.one].many != e.many])
    tap.test(f'{where}: nothing is fuzzy',
             [f'{e.place}: "{e.one}"' for _, e in every if 'fuzzy' in e.flags])
    tap.test(f'{where}: a translation can stand where its text does',
             [f'{e.place}: "{e.text}" {why}' for _, e in every if e.one in code
              for why in [misfit(e.one, e.text)] if why])


def main():
    root = pathlib.Path(sys.argv[-1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    code, warnings = template(root, True)
    more, _ = template(root, False)
    folders = [path for path in sorted((root / 'po').iterdir()) if path.is_dir()]
    if '--missing' in sys.argv:
        known = {e.one for folder in folders for _, _, read in fragments(folder) for e in read}
        for e in code.values():
            if e.one not in known:
                print(f'#: {e.place}')
                print('\n'.join(repr(t) for t in (e.one, e.many) if t))
        return 0
    tap = Tap()
    tap.test('texts are marked so that xgettext understands them, and ASCII',
             [line for line in warnings.splitlines() if line.startswith('src/')])
    for folder in folders:
        check(folder, code, more, tap)
    print(f'1..{tap.count}')
    return tap.failed > 0


if __name__ == '__main__':
    sys.exit(main())
