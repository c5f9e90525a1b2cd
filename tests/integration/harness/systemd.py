"""systemd's side of a service: where it is told how the service goes, and the sockets it passes."""
import os
import select
import socket
import time

from harness.running import Running
from harness.wait import patient


class Notified:
    """A NOTIFY_SOCKET; `address` may be a path, or '@' and an abstract name."""

    def __init__(self, address):
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))

    def next(self, within=10.0):
        """(monotonic time, {name: value}) of the next message; None when none comes."""
        if not select.select([self._socket], [], [], patient(within))[0]:
            return None
        text = self._socket.recv(4096).decode()
        return time.monotonic(), dict(line.split("=", 1) for line in text.splitlines())

    def pings(self, count, within=10.0):
        """The times of so many messages, each of which is a ping."""
        times = []
        for _ in range(count):
            message = self.next(within)
            assert message, f"only {len(times)} pings"
            assert message[1] == {"WATCHDOG": "1"}, message
            times.append(message[0])
        return times

    def close(self):
        self._socket.close()


def start_with_sockets(command, sockets, names, env=None):
    """The command with these listening sockets passed from descriptor 3 on, under `names`."""
    redirections = " ".join(
        f"{number}<&{sock.fileno()}" for number, sock in enumerate(sockets, 3)
    )
    script = f'LISTEN_PID=$$ exec "$0" "$@" {redirections}'
    environment = {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(names)}
    return Running(
        ["bash", "-c", script, *command],
        env={**environment, **(env or {})},
        pass_fds=[sock.fileno() for sock in sockets],
    )


def listening(address=("127.0.0.1", 0)):
    """A socket as systemd makes it, on a descriptor out of the way of those that are passed."""
    made = socket.create_server(address, backlog=16)
    os.set_inheritable(made.fileno(), True)
    return made
