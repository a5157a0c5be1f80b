"""Sockets: a server that never closes, and one that does, against ss' own source."""
import os
import socket
import subprocess
import sys

from answer import ask
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


SCENARIOS = [leaking_server, closing_server]
