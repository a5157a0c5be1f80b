"""Sockets: a server that never closes, and one that does, against ss' own source."""
import json
import os
import re
import socket
import subprocess
import sys
import time

from answer import ask
from sweep import works
from tap import Skip

MANY, PAYLOAD = 150, 1000

SERVER = '''
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(512)
print(listener.getsockname()[1], flush=True)
kept, closes = [], sys.argv[1] == "closes"
for _ in range(int(sys.argv[2])):
    connection = listener.accept()[0]
    if closes:
        while connection.recv(65536):
            pass
        connection.close()
    else:
        kept.append(connection)
print("done", flush=True)
sys.stdin.read()
'''


def connect(port):
    """In a guest the loopback may be down."""
    try:
        return socket.create_connection(('127.0.0.1', port), 5)
    except OSError as error:
        raise Skip(f'no loopback: {error.strerror}') from error


class Server:
    def __init__(self, how):
        self.process = subprocess.Popen([sys.executable, '-c', SERVER, how, str(MANY)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        port = int(self.process.stdout.readline())
        try:
            for _ in range(MANY):
                with connect(port) as client:
                    client.sendall(b'x' * PAYLOAD)
        except Skip:
            self.process.kill()
            self.process.wait()
            raise
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def in_close_wait(pid):
    """What the kernel's table says of the sockets that a process has open."""
    inodes = set()
    for fd in os.listdir(f'/proc/{pid}/fd'):
        link = os.readlink(f'/proc/{pid}/fd/{fd}')
        if link.startswith('socket:['):
            inodes.add(link[len('socket:['):-1])
    with open(f'/proc/{pid}/net/tcp', encoding='ascii') as table:
        return sum(words[3] == '08' and words[9] in inodes for words in map(str.split, table))


def findings(world, pid):
    return {f['id']: f for f in ask(world, 'pid', pid).rows('findings')}


def leaking_server(expect, world):
    """proc-close-wait fires for a server that never closes, with the kernel's own count"""
    with Server('leaks') as server:
        found = findings(world, server.pid).get('proc-close-wait')
        expect.true('proc-close-wait', found is not None)
        cited = {c['name']: c['value'] for c in found['cited']}
        expect.equal('sockets', cited['count'], in_close_wait(server.pid))
        expect.equal('sockets made', cited['count'], MANY)
        expect.equal('unread', cited['unread'], MANY * PAYLOAD)
        expect.equal('peer', cited['peer'], '127.0.0.1')
        expect.equal('entity', found['entity'], f'process:{server.pid}')


def closing_server(expect, world):
    """proc-close-wait is silent for a server that closes"""
    with Server('closes') as server:
        expect.equal('in CLOSE-WAIT', in_close_wait(server.pid), 0)
        expect.true('silent', 'proc-close-wait' not in findings(world, server.pid))


# In a network namespace of its own, so that nobody else's sockets are in its tables: what it made is known.
NAMESPACE = '''
import fcntl, os, resource, socket, struct, sys
pairs, processes = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
device = socket.socket()
fcntl.ioctl(device, 0x8914, struct.pack("16sh22x", b"lo", 1))     # up
device.close()

def listen(address):
    listener = socket.socket()
    listener.bind((address, 0))
    listener.listen(4096)
    return listener

def connect(listener):
    client = socket.create_connection(listener.getsockname())
    return client, listener.accept()[0]

def many(number):
    listener, kept = listen(f"127.0.1.{number}"), []
    for i in range(pairs):
        client, server = connect(listener)
        if i % 10 == 0:
            client.sendall(b"x" * 1000)
        kept += client, server
    os.write(1, b"made\\n")
    sys.stdin.read()

listener = listen("127.0.2.1")
left = []
for _ in range(20):                                     # CLOSE-WAIT, and who waits for its end
    client, server = connect(listener)
    client.sendall(b"y" * 100)
    client.close()
    left.append(server)
for _ in range(5):                                      # TIME-WAIT
    client, server = connect(listener)
    client.close()
    server.recv(1)
    server.close()
full, reader = connect(listener)
full.setblocking(False)
stuck = 0
try:
    while True:
        stuck += full.send(b"z" * 65536)
except BlockingIOError:
    pass
waiting = [socket.create_connection(listener.getsockname()) for _ in range(3)]      # not accepted
here, there = socket.socketpair()
here.sendall(b"u" * 100000)
there.recv(1000)
out, into = os.pipe()
os.write(into, b"p" * 5000)
print(stuck, flush=True)
for number in range(processes):
    if not os.fork():
        for s in [listener, full, reader, here, there, *left, *waiting]:
            s.close()
        many(number + 1)
        os._exit(0)
sys.stdin.read()
'''


class Namespace:
    """Processes with known sockets where nobody else has any."""
    def __init__(self, pairs, processes):
        self.pairs, self.processes = pairs, processes
        self.process = subprocess.Popen(['unshare', '-n', sys.executable, '-c', NAMESPACE, str(pairs),
                                         str(processes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        stuck = self.process.stdout.readline()
        if not stuck:
            self.process.wait()
            raise Skip('no network namespace, or no loopback in it')
        self.stuck = int(stuck)
        for _ in range(processes):
            said = self.process.stdout.readline()
            if said != 'made\n':
                self.__exit__()
                raise RuntimeError(f'not all sockets could be made: {said!r}')
        self.inode = os.stat(f'/proc/{self.pid}/ns/net').st_ino

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def ss(self):
        """What ss says of its TCP sockets, by state: how many, unread, not acknowledged, memory."""
        done = subprocess.run(['nsenter', f'--net=/proc/{self.pid}/ns/net', 'ss', '-tanmHO'], capture_output=True,
                              text=True, check=True)
        states = {}
        for line in done.stdout.splitlines():
            words = line.split()
            sums = states.setdefault(words[0], [0, 0, 0, 0])
            sums[0] += 1
            if words[0] != 'LISTEN':
                # the end of the stream is no byte
                sums[1] += max(0, int(words[1]) - (words[0] == 'CLOSE-WAIT'))
                sums[2] += int(words[2])
            memory = re.search(r'skmem:\(r(\d+),rb\d+,t(\d+),tb\d+,f-?\d+,w(\d+),o\d+,bl(\d+)', line)
            if memory:
                r, t, w, bl = map(int, memory.groups())
                sums[3] += r + max(t, w) + bl
        return states

    def rows(self, world, *options):
        """memwhy's rows of this namespace."""
        return [row for row in ask(world, 'sockets', *options).rows('sockets') if row.get('netns') == self.inode]


def by_state(rows):
    states = {}
    for row in rows:
        if row['protocol'] != 'tcp':
            continue
        sums = states.setdefault(row['name'], [0, 0, 0, 0])
        for i, key in enumerate(('count', 'recv_queue_bytes', 'send_queue_bytes', 'memory_bytes')):
            sums[i] += row.get(key, 0)
    return states


def count_of(rows, **wanted):
    return sum(row['count'] for row in rows if all(row.get(key) == value for key, value in wanted.items()))


def known_sockets(expect, world):
    """Sockets of another network namespace: as ss counts them, with their owners and what waits in them"""
    many = int(os.environ.get('MEMWHY_TEST_SOCKETS', 400 if world.in_guest else 2000))
    with Namespace(many // 4, 2) as space:
        for _ in range(20):         # until no timer goes off meanwhile
            before = space.ss()
            rows = space.rows(world)
            if space.ss() == before:
                break
            time.sleep(0.2)
        got = by_state(rows)
        if not any(sums[3] for sums in before.values()):     # no tcp_diag: ss reads /proc/net/tcp
            for sums in got.values():
                sums[3] = 0
        expect.equal('states, bytes and memory', got, before)
        expect.true('many', before['ESTAB'][0] >= many)
        expect.equal('closed by their peers', count_of(rows, name='CLOSE-WAIT', pid=space.pid), 20)
        own = [row for row in rows if row.get('pid') == space.pid]
        expect.equal('unread in CLOSE-WAIT', sum(r['recv_queue_bytes'] for r in own if r['name'] == 'CLOSE-WAIT'), 2000)
        expect.equal('stuck: received or on its way', sum(r['recv_queue_bytes'] + r['send_queue_bytes']
                     for r in own if r['protocol'] == 'tcp' and r['name'] == 'ESTAB'), space.stuck)
        expect.equal('unread in unix sockets', sum(r['recv_queue_bytes'] for r in own if r['protocol'] == 'unix'), 99000)
        nobody = [row for row in rows if 'pid' not in row]
        expect.equal('not accepted', count_of(nobody, name='ESTAB', protocol='tcp'), 3)
        expect.equal('nobody holds them', {row['name'] for row in nobody if row['protocol'] == 'tcp'},
                     {'ESTAB', 'TIME-WAIT', 'FIN-WAIT-2'})
        for row in rows:
            if row['name'] == 'ESTAB' and row.get('pid') not in (None, space.pid):
                expect.equal('of a child', row['count'], many // 2)
                expect.equal('unread of a child', row['recv_queue_bytes'], -(-many // 40) * 1000)
        pipes = [row for row in ask(world, 'sockets').rows('sockets')
                 if row.get('pid') == space.pid and row['protocol'] == 'pipe']
        # its standard output and input, and its own
        if works(world, 'sockets')[0]:
            expect.equal('bytes in pipes', sum(row['recv_queue_bytes'] for row in pipes), 5000)
        both_ways(expect, world, space, rows)


def both_ways(expect, world, space, rows):
    """The same without the kernel's structures, but for what text does not tell."""
    keys = 'pid', 'protocol', 'name', 'count', 'shared', 'recv_queue_bytes', 'ownerless', 'peer', 'memory_bytes'

    def comparable(some, keys=keys, protocols=('tcp', 'udp', 'unix')):
        return sorted((tuple(row.get(key) for key in keys) for row in some if row['protocol'] in protocols), key=repr)
    for _ in range(20):         # until no timer went off meanwhile
        text = space.rows(world, '--bpf', 'off')
        again = space.rows(world)
        if comparable(again) == comparable(rows):
            break
        rows = again
    # without unix_diag and tcp_diag, which are modules, their memory is not told
    told = {row['protocol'] for row in text if row['name'] == 'ESTAB' and 'memory_bytes' in row}
    expect.equal('with --bpf off', comparable(text, protocols=told), comparable(rows, protocols=told))
    expect.equal('with --bpf off, less memory', comparable(text, keys[:-1], ('tcp',)),
                 comparable(rows, keys[:-1], ('tcp',)))
    capture = os.path.join(world.disk, f'memwhy-test-sockets-{os.getpid()}.tar')
    try:
        live = space.rows(world, '--save', capture)
        expect.equal('from a capture', comparable(space.rows(world, '--root', capture)), comparable(live))
    finally:
        os.unlink(capture)


RAW = '''
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
client = socket.create_connection(listener.getsockname(), 5)
client.sendall(b"r" * 1000)
print("made", flush=True)
sys.stdin.read()
'''


def raw_of_tcp(expect, world):
    """A raw socket that names TCP's number is raw, and what waits in it is what the kernel's table says"""
    command = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$0" -c "$1"', sys.executable, RAW]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout.readline() != 'made\n':
                raise Skip('no network namespace, or no loopback in it')
            with open(f'/proc/{process.pid}/net/raw', encoding='ascii') as table:
                unread = int(table.read().splitlines()[1].split()[4].split(':')[1], 16)
            rows = [row for row in ask(world, 'sockets').rows('sockets')
                    if row.get('pid') == process.pid and row['protocol'] == 'raw']
            expect.true('something waits in it', unread > 1000)
            expect.equal('unread', [row['recv_queue_bytes'] for row in rows], [unread])
        finally:
            process.stdin.close()
            process.wait(20)


def hidden_owner(expect, world):
    """What is held by a process that may not be looked at is not said to be nobody's"""
    ours = socket.socketpair()
    try:
        done = subprocess.run([world.memwhy, 'sockets', '--json', '--bpf', 'off'], user=65534, group=65534,
                              extra_groups=[], capture_output=True, text=True, check=True)
    except PermissionError as error:
        raise Skip('another user cannot start memwhy') from error
    finally:
        for end in ours:
            end.close()
    rows = [row for row in json.loads(done.stdout)['sockets'] if row['protocol'] == 'unix' and 'pid' not in row]
    if not rows:
        raise Skip('no unix_diag')
    expect.true('both ends', sum(row['count'] for row in rows) >= 2)
    expect.equal('whose', {(row.get('ownerless'), row.get('states', {}).get('ownerless')) for row in rows},
                 {(None, 'denied')})


def by_heading(expect, world):
    """--by adds up the same sockets"""
    with Namespace(20, 1):
        count = sum(row['count'] for row in ask(world, 'sockets').rows('sockets'))
        for by in 'state', 'process', 'container':
            groups = ask(world, 'sockets', '--by', by).rows('socket_groups')
            expect.near(f'by {by}', sum(row['count'] for row in groups), count, 8)
        peers = {row['name']: row for row in ask(world, 'sockets', '--by', 'peer').rows('socket_groups')}
        expect.true('the peer', '127.0.2.1' in peers, sorted(peers))


SCENARIOS = [leaking_server, closing_server, known_sockets, raw_of_tcp, hidden_owner, by_heading]
