"""qemu's control socket (QMP, qemu's docs/interop/qmp-spec): one command, one answer, events in between."""

import json
import socket
import time


class Refused(Exception):
    """qemu answered a command with an error."""


class Qmp:
    def __init__(self, path, deadline=20):
        self.events = []
        self._file = connect(path, deadline).makefile("rwb", buffering=0)
        self._receive()  # its greeting
        self.command("qmp_capabilities")

    def command(self, execute, **arguments):
        self._file.write(json.dumps({"execute": execute, "arguments": arguments}).encode() + b"\n")
        while True:
            said = self._receive()
            if "error" in said:
                raise Refused(f"{execute}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]

    def happened(self, event, since=0, **data):
        """Whether qemu told of `event` after the first `since` of its events, with these values in it."""
        self.command("query-status")  # what it had to tell has come when this is answered
        return any(
            told["event"] == event and data.items() <= told.get("data", {}).items() for told in self.events[since:]
        )

    def _receive(self):
        line = self._file.readline()
        if not line:
            raise Refused("qemu has ended")
        said = json.loads(line)
        if "event" in said:
            self.events.append(said)
        return said


def connect(path, deadline):
    """A socket that its owner is just about to open."""
    end = time.monotonic() + deadline
    while True:
        plug = socket.socket(socket.AF_UNIX)
        try:
            plug.connect(str(path))
            return plug
        except OSError as error:
            plug.close()
            if time.monotonic() > end:
                raise TimeoutError(f"{path} was not opened within {deadline} s: {error}") from error
            time.sleep(0.05)
