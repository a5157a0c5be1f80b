#!/usr/bin/env python3
"""hostile.py MEMWHY SCHEMA: a real kernel with processes and groups named by strangers, and with parts
missing. Makes groups memwhy-test-hostile* and mount namespaces of its own; needs root."""
import ctypes
import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import time

try:
    import jsonschema
except ImportError:
    jsonschema = None

MEMWHY, SCHEMA = os.path.abspath(sys.argv[1]), sys.argv[2]
PR_SET_NAME = 15
HIERARCHIES = [b"/sys/fs/cgroup/memory", b"/sys/fs/cgroup"]
COMMS = [b"\x1b[31mred", b"a\nb", b"a) R 1 1 (b", b") S 0 0", b"\xff\xfe\xc3", b"\xc2\x9b31m", b"\t \x7f",
         b"\xe2\x80\xaertl", b"\"'\\", b"\\n", b""]
GROUPS = [b"esc\x1b[31m", b"sp ace  two", b"...", b"\xff\xfe\xc3", b"q\"uo'te\\", b"\xe2\x80\xaertl", b"L" * 255,
          b"a:b,c", b"(deleted)", b"-dash"]
FILES = [b"a\nb", b"e\x1b[31m", b"\xff\xfe", b"7f00-7f01 r--p 0 00:00 0\nRss: 999999999 kB"]
HIDDEN = {0x202e, *range(0x80, 0xa0)}

count = failed = 0
libc = ctypes.CDLL(None)


def check(why, name):
    global count, failed
    count += 1
    failed += bool(why)
    print(f"{'not ok' if why else 'ok'} {count} - {name}" + (f"\n#   {why}" if why else ""), flush=True)


def start(group, comm, path=None):
    """A process in a group, with a name and a mapped file."""
    ready, done = os.pipe()
    pid = os.fork()
    if not pid:
        with open(group + b"/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        if path:
            fd = os.open(path, os.O_RDWR | os.O_CREAT)
            os.ftruncate(fd, 65536)
            mmap.mmap(fd, 65536).write(b"x" * 65536)
        libc.prctl(PR_SET_NAME, comm, 0, 0, 0)
        os.write(done, b"1")
        while True:
            signal.pause()
    os.read(ready, 1)
    os.close(ready)
    os.close(done)
    return pid


def complaint(arguments, validator):
    run = subprocess.run([MEMWHY.encode(), *arguments], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
                         env={**os.environ, "LC_ALL": "C.UTF-8"})
    if run.returncode:
        return f"exit status {run.returncode}: {run.stderr!r}"
    try:
        text = (run.stdout + run.stderr).decode("utf-8")
        if bad := [c for c in text if c < " " and c != "\n" or ord(c) in HIDDEN or c == "\x7f"]:
            return f"printed {bad[0]!r}"
        document = json.loads(run.stdout) if b"--json" in arguments else None
    except ValueError as error:
        return str(error)
    error = document and validator and next(validator.iter_errors(document), None)
    return error and f"{error.json_path}: {error.message[:200]}"


def names(top, validator):
    groups = [top + b"/" + name for name in GROUPS]
    for group in groups:
        os.mkdir(group)
    folder = tempfile.TemporaryDirectory(prefix="memwhy-hostile-")
    pids = []
    try:
        pids = [start(groups[i % len(groups)], comm) for i, comm in enumerate(COMMS)]
        pids += [start(groups[0], b"maps", folder.name.encode() + b"/" + f) for f in FILES]
        below = b"/" + os.path.basename(top) + b"/"
        commands = [[], [b"ps", b"-o", b"pid,name,container,cmdline"], [b"containers"],
                    *[[b"container", below + name] for name in GROUPS],
                    [b"census"], [b"files", b"--container", below + GROUPS[0]], [b"files", b"--dir", folder.name.encode(), b"--bpf", b"off"],
                    [b"sockets"], [b"sockets", b"--by", b"container"],
                    *[[b"pid", str(pid).encode()] for pid in pids]]
        for command in commands:
            for form in ([], [b"--json"]):
                what = " ".join(c[:40].decode("ascii", "backslashreplace") for c in command + form)
                name = what.encode("unicode_escape").decode()
                check(complaint(command + form, validator), f"memwhy {name}")
        rows = json.loads(subprocess.run([MEMWHY, "ps", "--json"], stdout=subprocess.PIPE,
                                         check=True).stdout)["processes"]
        shown = {row["pid"]: row.get("name") for row in rows}
        told = [shown.get(pid) for pid in pids[:len(COMMS)]]
        plain = [(i, c.decode()) for i, c in enumerate(COMMS) if c.isascii()]
        wrong = [c for i, c in plain if told[i] != c]
        check(f"not as they were set: {wrong}" if wrong else None, "names come back as they were set")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        folder.cleanup()
        for group in groups:
            remove(group)


def remove(group):
    for _ in range(50):
        try:
            return os.rmdir(group)
        except OSError:
            time.sleep(0.02)


def elsewhere(script):
    """Run a script in a mount namespace of its own."""
    run = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", MEMWHY], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=60, check=False)
    return run.returncode, run.stdout.decode(errors="replace")


def missing():
    if elsewhere("mount -t tmpfs none /mnt")[0]:
        check(None, "a machine with parts missing # SKIP no mount namespaces here")
        return
    status, text = elsewhere('mount -t tmpfs none /proc && exec "$1"')
    check(None if status == 2 and "/proc" in text else f"{status}: {text}", "without /proc: says so")
    status, text = elsewhere('umount -l /sys; exec "$1"')
    check(None if status == 0 else f"{status}: {text}", "without /sys: the machine all the same")
    nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups"
    room = 'mount -t tmpfs -o mode=755 none /mnt && cp "$1" /mnt/memwhy && '
    status, text = elsewhere(room + f"exec {nobody} /mnt/memwhy pid 1")
    good = status == 0 and "denied" in text and "EACCES" not in text
    check(None if good else f"{status}: {text}", "denied numbers are told once, by their mark")
    status, text = elsewhere(room + f"mount -t proc -o hidepid=2 proc /proc && exec {nobody} /mnt/memwhy ps")
    check(None if status == 0 and "hidepid" in text else f"{status}: {text}", "hidepid is named")


def main():
    top = next((h for h in HIERARCHIES if os.path.exists(h + b"/cgroup.procs")), None)
    if os.geteuid() or not top:
        print("1..0 # SKIP needs root and a memory control group hierarchy")
        return 0
    validator = None
    if jsonschema:
        with open(SCHEMA, encoding="utf-8") as file:
            validator = jsonschema.Draft202012Validator(json.load(file))
    top += b"/memwhy-test-hostile-%d" % os.getpid()
    os.mkdir(top)
    try:
        names(top, validator)
    finally:
        remove(top)
    missing()
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
