#!/usr/bin/env python3
"""layouts.py RELOCATE BPFTOOL FIXTURES LACKING [--write]: what memwhy's programs ask for, in the types of other
kernels. Speaks TAP.

For each kernel in FIXTURES (NAME.xz, see tests/fixtures/record-btf) libbpf says where it found each field, and
which it did not find. Those must be the ones in LACKING, each line a field, the kernels without it, a colon and the
programs that ask for it: behind bpf_core_field_exists() or its like, unless the program is not for that kernel at
all. After a look at each, --write puts down what was found.

Where fields are is compared with what bpftool reads out of the same types."""
import json
import lzma
import pathlib
import re
import subprocess
import sys
import tempfile

RELOCATION = re.compile(r"libbpf: prog '(\w+)': relo #(\d+): (.*)")
SPEC = re.compile(r'<(\w+)> \[\d+\] (?:struct|union|enum|typedef) (\w+)(\S*)(?:.* @ offset (\d+)\))?')
SOLID = ('const', 'volatile', 'restrict', 'typedef', 'type_tag')


class Types:
    """Types as `bpftool btf dump -j` shows them."""

    def __init__(self, bpftool, file):
        text = subprocess.run([bpftool, '-j', 'btf', 'dump', 'file', file], stdout=subprocess.PIPE, check=True)
        self.by_id = {t['id']: t for t in json.loads(text.stdout)['types']}
        self.structs = {t['name']: t for t in self.by_id.values() if t['kind'] in ('STRUCT', 'UNION')}

    def plain(self, number):
        t = self.by_id[number]
        while t['kind'].lower() in SOLID:
            t = self.by_id[t['type_id']]
        return t

    def size(self, t):
        if t['kind'] == 'PTR':
            return 8
        if t['kind'] == 'ARRAY':
            return t['nr_elems'] * self.size(self.plain(t['type_id']))
        return t['size']

    def member(self, t, name):
        """(bytes from the start, type) of a member, also of one in a nameless union."""
        for m in t.get('members', []):
            inner = self.plain(m['type_id'])
            if m['name'] == name:
                return m['bits_offset'] // 8, inner
            if m['name'] == '(anon)':
                found = self.member(inner, name)
                if found:
                    return m['bits_offset'] // 8 + found[0], found[1]
        return None

    def place(self, struct, path):
        """Bytes from the start of .a.b[2].c, or None."""
        at, t = 0, self.structs[struct]
        for name, index in re.findall(r'\.(\w+)|\[(\d+)\]', path):
            if index:
                t = self.plain(t['type_id'])
                at += int(index) * self.size(t)
                continue
            found = self.member(t, name)
            if not found:
                return None
            at, t = at + found[0], found[1]
        return at


def relocations(relocate, file):
    """({(program, field) that was not found}; {(type, path): offset})"""
    asked, lacking, found = {}, set(), {}
    run = subprocess.run([relocate, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode:
        return run
    for program, number, text in RELOCATION.findall(run.stdout):
        spec = SPEC.search(text)
        if text.startswith('<') and spec:
            asked[program, number] = spec
        elif 'substituting' in text:
            spec = asked[program, number]
            lacking.add((program, spec[2] + spec[3]))
        elif text.startswith('matching') and spec and spec[1] == 'byte_off':
            found[spec[2], spec[3]] = int(spec[4])
    return lacking, found


def reviewed(file):
    known = {}
    for line in file.read_text().splitlines():
        if line and line[0] != '#':
            field, *kernels = line.partition(' : ')[0].split()
            for program in line.partition(' : ')[2].split():
                known[program, field] = kernels
    return known


def write(file, seen):
    lines = {}
    for (program, field), kernels in sorted(seen.items()):
        lines.setdefault((field, ' '.join(kernels)), []).append(program)
    head = [line for line in file.read_text().splitlines(True) if line[0] == '#']
    file.write_text(''.join(head + [f'{field} {kernels} : {" ".join(programs)}\n'
                                    for (field, kernels), programs in sorted(lines.items())]))


def report(number, title, problems):
    print('ok' if not problems else 'not ok', number, '-', title)
    for problem in problems:
        print('#', problem)


def main():
    relocate, bpftool, fixtures, file = sys.argv[1:5]
    known, seen, number = reviewed(pathlib.Path(file)), {}, 0
    for fixture in sorted(pathlib.Path(fixtures).glob('*.xz'), key=lambda f: [int(n) for n in f.stem.split('.')]):
        kernel = fixture.stem
        with tempfile.NamedTemporaryFile() as types:
            types.write(lzma.decompress(fixture.read_bytes()))
            types.flush()
            result = relocations(relocate, types.name)
            if isinstance(result, subprocess.CompletedProcess):
                if result.returncode == 77:
                    print(f'1..0 # SKIP {result.stderr.strip()}')
                    return
                sys.exit(result.stderr)
            lacking, found = result
            layout = Types(bpftool, types.name)
        for place in lacking:
            seen.setdefault(place, []).append(kernel)
        expected = {place for place, kernels in known.items() if kernel in kernels}
        report(number + 1, f'{kernel} lacks what it is known to lack',
               [f'{program}: {field} is found, or asked for no more' for program, field in sorted(expected - lacking)] +
               [f'{program}: {field} is not found; is it guarded? (a type that no program knew: record-btf)'
                for program, field in sorted(lacking - expected)])
        wrong = [f'{struct}{path}: libbpf {at}, bpftool {layout.place(struct, path)}'
                 for (struct, path), at in sorted(found.items()) if layout.place(struct, path) != at]
        few = [] if len(found) > 150 else [f'only {len(found)} fields']
        report(number + 2, f'{kernel}: {len(found)} fields are where bpftool sees them', wrong + few)
        number += 2
    if '--write' in sys.argv:
        write(pathlib.Path(file), seen)
    print(f'1..{number}')


main()
