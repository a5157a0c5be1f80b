"""An image made here, of two static programs: nothing is downloaded."""
import hashlib
import io
import json
import os
import shutil
import tarfile

NAME = 'memwhy.test/actor:1'        # what every runtime calls it
PAUSE = 'memwhy.test/pause:1'
FOLDERS = ('bin', 'dev', 'etc', 'lib', 'lib64', 'proc', 'run', 'sys', 'tmp', 'usr', 'memwhy')
MACHINE = {'x86_64': 'amd64', 'aarch64': 'arm64'}
USERS = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'


class Image:
    """`folder` gets rootfs.tar and, as docker load and ctr images import read them, actor.tar and pause.tar."""

    def __init__(self, folder, actor):
        self.rootfs = folder + '/rootfs.tar'
        self.archive = folder + '/actor.tar'
        self.pause = folder + '/pause.tar'
        self.actor = actor
        self.write_rootfs()
        self.write_archive(self.archive, NAME, ['/bin/actor', '-', 'anon 1'])
        self.write_archive(self.pause, PAUSE, ['/bin/actor', '-', 'anon 0'])

    def write_rootfs(self):
        with tarfile.open(self.rootfs, 'w') as tar:
            for folder in FOLDERS:
                info = tarfile.TarInfo(folder)
                info.type, info.mode = tarfile.DIRTYPE, 0o1777 if folder == 'tmp' else 0o755
                tar.addfile(info)
            for name, source in ('bin/busybox', shutil.which('busybox')), ('bin/actor', self.actor):
                info = tar.gettarinfo(source, name)
                info.mode, info.uid, info.gid = 0o755, 0, 0
                with open(source, 'rb') as file:
                    tar.addfile(info, file)
            link = tarfile.TarInfo('bin/sh')
            link.type, link.linkname = tarfile.SYMTYPE, 'busybox'
            tar.addfile(link)
            add(tar, 'etc/passwd', USERS.encode())

    def write_archive(self, path, name, command):
        with open(self.rootfs, 'rb') as file:
            layer = file.read()
        digest = hashlib.sha256(layer).hexdigest()
        config = json.dumps({
            'architecture': MACHINE.get(os.uname().machine, os.uname().machine), 'os': 'linux',
            'created': '2024-01-01T00:00:00Z',
            'config': {'Env': ['PATH=/bin'], 'Cmd': command},
            'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + digest]},
            'history': [{'created': '2024-01-01T00:00:00Z'}]}).encode()
        config_name = hashlib.sha256(config).hexdigest() + '.json'
        manifest = json.dumps([{'Config': config_name, 'RepoTags': [name], 'Layers': [digest + '/layer.tar']}])
        with tarfile.open(path, 'w') as tar:
            add(tar, digest + '/layer.tar', layer)
            add(tar, config_name, config)
            add(tar, 'manifest.json', manifest.encode())

    def unpack(self, folder):
        with tarfile.open(self.rootfs) as tar:
            tar.extractall(folder)
        return folder


def add(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    tar.addfile(info, io.BytesIO(content))
