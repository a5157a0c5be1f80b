#!/usr/bin/env python3
"""cached.py GROUP-FOLDER NEW-MOUNTS FOLDER KIND...: enters a control group, with 1 in a mount namespace of its own, and makes
files of known kinds with known pages in memory. Prints what it made as a line of JSON, by name: path, device, inode,
resident bytes as mincore(2) has them, whether deleted. Keeps it until its standard input ends."""
import ctypes
import json
import mmap
import os
import subprocess
import sys

PAGE = mmap.PAGESIZE
NEWNS = 0x00020000
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]

made = {}
kept = []       # descriptors


def resident(fd):
    size = os.fstat(fd).st_size
    if not size:
        return 0
    at = libc.mmap(None, size, 0, 1, fd, 0)     # MAP_SHARED, nothing is touched
    there = ctypes.create_string_buffer((size + PAGE - 1) // PAGE)
    if libc.mincore(at, size, there):
        raise OSError(ctypes.get_errno(), 'mincore')
    libc.munmap(at, size)
    return sum(byte & 1 for byte in there.raw[:(size + PAGE - 1) // PAGE]) * PAGE


def note(name, path, fd, **more):
    status = os.fstat(fd)
    made[name] = {'path': path, 'inode': status.st_ino, 'resident': resident(fd), 'deleted': False,
                  'device': f'{os.major(status.st_dev)}:{os.minor(status.st_dev)}', **more}


def write(path, pages):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.write(fd, b'\1' * PAGE * pages)
    return fd


def mount(kind, source, target, options=''):
    os.makedirs(target, exist_ok=True)
    subprocess.run(['mount', '-n', '-t', kind, *(['-o', options] if options else []), source, target], check=True)


def many(folder):
    """Small files; of some a part is not in memory any more; some names are hostile."""
    count = int(os.environ.get('FILES', 1000))
    os.mkdir(f'{folder}/many')
    for number in range(count):
        hostile = ('', '\n', '\x1b[31m', ' ', '"', '\\x41', '日')[number % 7]
        path = f'{folder}/many/{number}{hostile}'
        fd = write(path, 1 + number % 5)
        if number % 3 == 0:
            os.fsync(fd)
            os.posix_fadvise(fd, 0, PAGE, os.POSIX_FADV_DONTNEED)
        note(f'many {number}', path, fd)
        os.close(fd)


def twins(folder):
    """Two file systems whose files have the same numbers."""
    for name in 'left', 'right':
        mount('tmpfs', 'none', f'{folder}/{name}')
        path = f'{folder}/{name}/file'
        fd = write(path, 3 if name == 'left' else 5)
        note(name, path, fd)
        os.close(fd)


def names(folder):
    """255 bytes, and 60 folders deep."""
    path = f'{folder}/{"n" * 255}'
    fd = write(path, 2)
    note('long', path, fd)
    os.close(fd)
    deep = folder + '/deep' * 60
    os.makedirs(deep)
    fd = write(deep + '/file', 2)
    note('deep', deep + '/file', fd)
    os.close(fd)


def gone(folder):
    fd = write(f'{folder}/gone', 4)
    os.unlink(f'{folder}/gone')
    note('gone', f'{folder}/gone', fd, deleted=True)
    kept.append(fd)


def memfd(folder):
    fd = os.memfd_create('memwhy test')
    os.write(fd, b'\1' * PAGE * 7)
    note('memfd', 'memfd:memwhy test', fd)
    kept.append(fd)


def bind(folder):
    """A part of the disk, seen at another place here."""
    os.makedirs(f'{folder}/real/part')
    fd = write(f'{folder}/real/part/file', 6)
    os.makedirs(f'{folder}/elsewhere')
    subprocess.run(['mount', '-n', '--bind', f'{folder}/real/part', f'{folder}/elsewhere'], check=True)
    note('bind', f'{folder}/real/part/file', fd)
    os.close(fd)


def overlay(folder):
    """One file of the lower layer that is read, one that is written; then a root of that overlay is all there is."""
    base = f'{folder}/layers'
    for name in 'lower', 'upper', 'work', 'merged':
        os.makedirs(f'{base}/{name}/etc')
    for name in ('lower', 'upper', 'work'):
        os.makedirs(f'{base}/{name}', exist_ok=True)
    fd = write(f'{base}/lower/etc/read', 8)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
    os.rmdir(f'{base}/work/etc')
    mount('overlay', 'overlay', f'{base}/merged',
          f'lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work')
    with open(f'{base}/merged/etc/read', 'rb') as file:
        file.read()
    os.close(write(f'{base}/merged/etc/written', 9))
    for name, layer in ('read', 'lower'), ('written', 'upper'):
        fd = os.open(f'{base}/{layer}/etc/{name}', os.O_RDONLY)
        note('overlay ' + name, f'{base}/{layer}/etc/{name}', fd, inner=f'{base}/merged/etc/{name}')
        os.close(fd)


def main(group, new_mounts, folder, *kinds):
    with open(group + '/cgroup.procs', 'w', encoding='ascii') as file:
        file.write('0')
    if new_mounts == '1':
        if libc.unshare(NEWNS):
            raise OSError(ctypes.get_errno(), 'unshare')
        subprocess.run(['mount', '-n', '--make-rprivate', '/'], check=True)
    for kind in kinds:
        globals()[kind](folder)
    print(json.dumps(made), flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main(*sys.argv[1:])
