"""A root shell inside the board, on a port of its own: beside the system under test, not through it.

One line there, its output and its exit code back. The surprising thing: nothing of it is installed on the board; the
first program of the start (`init`) lays it into memory.
"""

import base64
import shlex
import threading

from .qmp import connect


class Died(Exception):
    """A command on the board ended with another code than 0."""


class Shell:
    def __init__(self, path):
        self._plug = connect(path, 20)
        self._lock = threading.Lock()
        self._rest = b""
        self._number = 0

    def wait_ready(self, deadline):
        self._until(b"\nready\n", deadline)

    def run(self, line, deadline=60):
        """What `line` prints; `Died` where its exit code is not 0."""
        output, code = self.try_run(line, deadline)
        if code:
            raise Died(f"{line}: exit code {code}: {output}")
        return output

    def try_run(self, line, deadline=60):
        with self._lock:
            self._number += 1
            mark = f"done-{self._number}"
            self._plug.sendall(f"{mark} {line}\n".encode())
            output = self._until(f"\n{mark} ".encode(), deadline)
            code = self._until(b"\n", deadline)
        return output.decode(errors="replace").strip("\n"), int(code)

    def read(self, path, deadline=60):
        """The bytes of a file on the board."""
        return base64.b64decode(self.run(f"base64 {shlex.quote(path)}", deadline))

    def _until(self, mark, deadline):
        self._plug.settimeout(deadline)
        while mark not in self._rest:
            try:
                some = self._plug.recv(65536)
            except TimeoutError as error:
                raise TimeoutError(f"the board's shell said nothing for {deadline} s: {self._rest[-300:]!r}") from error
            if not some:
                raise EOFError("the board's shell has gone")
            self._rest += some
        before, _, self._rest = self._rest.partition(mark)
        return before
