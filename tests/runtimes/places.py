"""Folders of the machine that a run mounts its own over. Those that were not there are removed by the last run
that needs any: removing a mount point would detach what other runs, in their namespaces, have mounted on it."""
import contextlib
import fcntl
import os

LIST = '/tmp/memwhy-test-places'


class Places:
    def __init__(self):
        while True:
            self.file = open(LIST, 'a+', encoding='utf-8')
            fcntl.flock(self.file, fcntl.LOCK_SH)
            # the last run of before may have removed it meanwhile
            with contextlib.suppress(FileNotFoundError):
                if os.stat(LIST).st_ino == os.fstat(self.file.fileno()).st_ino:
                    return
            self.file.close()

    def make(self, path):
        if os.path.isdir(path):
            return
        self.make(os.path.dirname(path))
        # another run may be as far
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)
            self.file.write(path + '\n')
            self.file.flush()

    def leave(self):
        with self.file:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            self.file.seek(0)
            for path in reversed(self.file.read().splitlines()):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
            os.unlink(LIST)
