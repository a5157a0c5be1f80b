"""The page cache by file: what memwhy says of files that we made, against mincore(2)."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import kernel
from answer import ask, cell
from cached import resident
from sweep import capabilities
from tap import Skip

HERE = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def cached(world, group, *kinds, new_mounts=False, count=1000):
    """Files made in the group by a process that stays; and what it says of them."""
    folder = tempfile.mkdtemp(prefix='memwhy-test-files-', dir=world.disk)
    process = subprocess.Popen(
        [sys.executable, HERE + '/cached.py', group.folder, str(int(new_mounts)), folder, *kinds],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, 'FILES': str(count)})
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f'cached.py {kinds} failed')
        yield process.pid, json.loads(line)
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
        shutil.rmtree(folder)


def files(world, *options):
    """Rows by device and inode; the census must have been taken."""
    answer = ask(world, 'files', '-n', 0, *options)
    counted = answer.document['files_counted']
    if counted['how'] == 'asked':
        raise Skip('no page census by BPF here')
    return {(row['device'], row['inode']): row for row in answer.rows('files')}


def key(made):
    return made['device'], made['inode']


def some_gave_way(world):
    """A machine with more cached files than the census has room for: the smallest give way, which is told."""
    return ask(world, 'files', '-n', 1).document['files_counted'].get('smaller_bytes', 0) > 0


def still(expect, made):
    """Without what was taken from memory since: some machines write idle pages out all the time."""
    left = {}
    for name, m in made.items():
        with open(m['path'], 'rb') as file:
            if resident(file.fileno()) == m['resident']:
                left[name] = m
    expect.between('files that are as they were', len(left), len(made) * 9 // 10, len(made))
    return left


def bytes_of(expect, rows, made, few=0):
    """Each file's pages are what mincore(2) says."""
    wrong = {name: (rows.get(key(m), {}).get('cached_bytes', 0), m['resident']) for name, m in made.items()
             if rows.get(key(m), {}).get('cached_bytes', 0) != m['resident']}
    if few and len(wrong) <= few:
        wrong = {}
    expect.equal(f'cached bytes of {len(made)} files', wrong, {})


def thousand(expect, world):
    """1000 files in a group: cached bytes, path and owner of each, hostile names included"""
    group = world.group('files')
    with cached(world, group, 'many', count=200 if world.in_guest else 1000) as (_, made):
        few = len(made) // 25 if some_gave_way(world) else 0
        rows = files(world, '--container', group.id)
        below = files(world, '--dir', os.path.dirname(made['many 1']['path']))
        most = sum(m['resident'] > 0 for m in made.values())
        made = still(expect, made)
        bytes_of(expect, rows, made, few)
        there = {name: m for name, m in made.items() if m['resident']}
        wrong = {name: rows[key(m)].get('path') for name, m in there.items()
                 if key(m) in rows and rows[key(m)].get('path') != m['path']}
        expect.equal('paths', wrong, {})
        expect.equal('owners', {row['container'] for row in rows.values()}, {group.id})
        expect.equal('deleted', {rows[key(m)]['deleted'] for m in there.values() if key(m) in rows}, {False})
        expect.between('--dir: files', len(below), len(there) - few, most)


def special(expect, world):
    """Equal inode numbers, long and deep names, deleted, memfd, bind mount, overlay, in mounts of their own"""
    group = world.group('special')
    kinds = ['twins', 'names', 'gone', 'memfd', 'bind', 'overlay']
    with cached(world, group, *kinds, new_mounts=True) as (pid, made):
        expect.equal('twins have the same number', made['left']['inode'], made['right']['inode'])
        rows = files(world, '--container', group.id)
        bytes_of(expect, rows, made)
        for name, wanted in made.items():
            row = rows.get(key(wanted))
            if not row:
                expect.true(name, False, 'not there')
                continue
            hidden = name in ('left', 'right')
            expect.equal(f'{name}: path', row.get('path'),
                         f'/proc/{pid}/root{wanted["path"]}' if hidden else wanted['path'])
            expect.equal(f'{name}: deleted', row['deleted'], wanted['deleted'])
            if 'inner' in wanted:
                expect.within(f'{name}: path inside', {row.get('container_path')}, {wanted['inner'], wanted['path']})
        used = rows[key(made['gone'])].get('used_by', {})
        expect.within('a deleted file is held by', {str(pid)}, used)


def users(expect, world):
    """Who has a file open and mapped"""
    group = world.group('users')
    actor = world.actor(group)
    path = world.file('mapped')
    actor.make('mapped', 4, path)
    row = next((r for r in files(world, '--container', group.id).values() if r.get('path') == path), {})
    expect.within('used by', {str(actor.pid)}, row.get('used_by', {}))
    expect.true('told as mapped', row.get('used_by', {}).get(str(actor.pid), '').endswith('(mapped)'), row)
    expect.near('mapped bytes', row.get('mapped_bytes', 0), row.get('cached_bytes', 0), kernel.STOCK)


def asked(expect, world):
    """--bpf off: what processes have open, and a directory, have the same bytes"""
    group = world.group('asked')
    with cached(world, group, 'gone', 'memfd', 'many', count=50) as (pid, made):
        answer = ask(world, 'files', '-n', 0, '--bpf', 'off', '--container', group.id)
        expect.equal('how', answer.document['files_counted']['how'], 'asked')
        expect.equal('complete', answer.document['files_counted']['complete'], False)
        rows = {(row['device'], row['inode']): row for row in answer.rows('files')}
        held = {name: made[name] for name in ('gone', 'memfd')}
        bytes_of(expect, rows, held)
        for name, wanted in held.items():
            row = rows.get(key(wanted), {})
            expect.equal(f'{name}: path', row.get('path'), wanted['path'])
            expect.equal(f'{name}: deleted', row.get('deleted'), wanted['deleted'])
            expect.within(f'{name}: used by', {str(pid)}, row.get('used_by', {}))
        many = {name: m for name, m in made.items() if name.startswith('many')}
        folder = os.path.dirname(many['many 1']['path'])
        answer = ask(world, 'files', '-n', 0, '--bpf', 'off', '--dir', folder)
        rows = {(row['device'], row['inode']): row for row in answer.rows('files')}
        many = still(expect, many)
        bytes_of(expect, rows, many)
        expect.within('paths', {m['path'] for m in many.values() if m['resident']},
                      {row['path'] for row in rows.values()})
        expect.equal('all below', {os.path.dirname(row['path']) for row in rows.values()}, {folder})
        # nobody has these open: whose their pages are is not known
        answer = ask(world, 'files', '-n', 0, '--bpf', 'off', '--container', group.id, '--dir', folder)
        expect.equal('of the container, below --dir', answer.rows('files'), [])


def walked(expect, world):
    """--dir: links, pipes and names of one file; a folder that is none"""
    folder = tempfile.mkdtemp(prefix='memwhy-test-files-', dir=world.disk)
    try:
        os.makedirs(folder + '/below/deeper')
        os.mkfifo(folder + '/pipe')
        os.symlink('/etc', folder + '/etc')
        os.symlink(folder, folder + '/below/round')
        path = folder + '/below/deeper/\x1b[31m'
        with open(path, 'wb') as file:
            file.write(bytes(8192))
        os.link(path, folder + '/second')
        wanted = [{'cached': 8192, 'same': True}]
        for bpf in 'off', '':
            options = ['files', '-n', '0', *(['--bpf', bpf] if bpf else [])]
            answer = ask(world, *options, '--dir', folder + '/below/..//')
            rows = [{'cached': row['cached_bytes'], 'same': os.path.samefile(row['path'], path)}
                    for row in answer.rows('files')]
            expect.equal(f'--bpf {bpf}: files', rows, wanted)
            counted = answer.document['files_counted']
            if counted['how'] == 'asked':
                expect.equal(f'--bpf {bpf}: asked for', {k: counted[k] for k in ('asked', 'folders', 'denied', 'failed')},
                             {'asked': 1, 'folders': 3, 'denied': 0, 'failed': 0})
            for wrong in folder + '/none', folder + '/second', '':
                run = subprocess.run([world.memwhy, *options, '--dir', wrong], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True, check=False)
                expect.equal(f'--bpf {bpf}: status of a wrong --dir', run.returncode, 2)
                expect.true(f'--bpf {bpf}: it is told', run.stderr.startswith('memwhy: --dir: '), run.stderr)
    finally:
        shutil.rmtree(folder)


def paths_line(memwhy):
    return [line for line in capabilities(memwhy) if line.split()[:1] == ['paths']]


def linked(expect, world):
    """memwhy itself under two names: of hard links, either may be what the kernel knows it by"""
    folder = tempfile.mkdtemp(prefix='memwhy-test-files-', dir=world.disk)
    try:
        shutil.copy(world.memwhy, folder + '/one')
        before = paths_line(folder + '/one')
        os.link(folder + '/one', folder + '/two')
        expect.equal('as one', paths_line(folder + '/one'), before)
        expect.equal('as two', paths_line(folder + '/two'), before)
    finally:
        shutil.rmtree(folder)


SCENARIOS = [thousand, special, users, asked, walked, linked]
