"""One end of a connection, client or server, that can behave and misbehave on command."""
import array
import fcntl
import hashlib
import os
import select
import socket
import struct
import termios
import time
from dataclasses import dataclass, field

from harness.stream import BLOCK_BYTES, Source
from harness.wait import eventually, pace, patient

DEADLINE_SECONDS = float(os.environ.get("WEIR_TEST_DEADLINE", "20"))
HEAD_BYTES = 4096

FIN, RESET, TIMEOUT = "fin", "reset", "timeout"


@dataclass
class Received:
    """What came until the end, and how it ended."""

    size: int = 0
    how: str = ""
    head: bytes = b""
    seconds: float = 0.0
    _digest: object = field(default_factory=hashlib.sha256, repr=False)

    def add(self, data):
        self.size += len(data)
        self._digest.update(data)
        if len(self.head) < HEAD_BYTES:
            self.head += bytes(data[: HEAD_BYTES - len(self.head)])

    @property
    def digest(self):
        return self._digest.hexdigest()


def parse_address(text):
    """(family, sockaddr) of 127.0.0.1:80, [::1]:80 or unix:/path."""
    if text.startswith("unix:"):
        return socket.AF_UNIX, text[len("unix:") :]
    host, _, port = text.rpartition(":")
    if host.startswith("["):
        return socket.AF_INET6, (host[1:-1], int(port))
    return socket.AF_INET, (host, int(port))


def format_address(sock):
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    if sock.family == socket.AF_INET6:
        return f"[{name[0]}]:{name[1]}"
    return f"{name[0]}:{name[1]}"


class Peer:
    """A connected socket with deadlines on everything."""

    def __init__(self, sock):
        self.socket = sock
        self.sent = 0
        self.reset_at_once = False  # by the other end, before connect() had even returned
        sock.settimeout(patient(DEADLINE_SECONDS))

    @classmethod
    def connect(cls, address, receive_buffer=None, within=DEADLINE_SECONDS, source=None):
        family, where = parse_address(address)
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            sock.bind((source, 0))
        peer = cls(sock)
        try:
            sock.settimeout(patient(within))
            sock.connect(where)
        except ConnectionResetError:
            peer.reset_at_once = True
        except OSError:
            sock.close()
            raise
        sock.settimeout(patient(DEADLINE_SECONDS))
        return peer

    # Sending

    def send(self, data):
        self.socket.sendall(data)
        self.sent += len(data)

    def send_stream(self, size, seed=1):
        """The first `size` bytes of Source(seed); `sent` tells how far it got."""
        source = Source(seed)
        while size:
            block = memoryview(source.take(min(size, BLOCK_BYTES)))
            size -= len(block)
            while block:
                count = self.socket.send(block)
                self.sent += count
                block = block[count:]

    def send_until_stalled(self, seed=1, quiet=0.2, limit=256 * 1024 * 1024):
        """Sends Source(seed) until the other end takes no more for `quiet` seconds."""
        source, sent = Source(seed), 0
        self.socket.setblocking(False)
        block = memoryview(source.take(BLOCK_BYTES))
        while sent < limit:
            _, writable, _ = select.select([], [self.socket], [], quiet)
            if not writable:
                break
            try:
                count = self.socket.send(block)
            except BlockingIOError:
                continue
            sent += count
            block = block[count:] or memoryview(source.take(BLOCK_BYTES))
        self.socket.settimeout(patient(DEADLINE_SECONDS))
        self.sent += sent
        assert sent < limit, "nothing ever stopped this writer"
        return sent

    def send_until_reset(self, within):
        """Sends on to somebody who does not read; True once a reset has told so."""
        deadline = time.monotonic() + patient(within)
        self.socket.setblocking(False)
        while time.monotonic() < deadline:
            select.select([], [self.socket], [], max(0.0, deadline - time.monotonic()))
            try:
                self.sent += self.socket.send(bytes(BLOCK_BYTES))
            except BlockingIOError:
                continue
            except ConnectionError:
                return True
        self.socket.settimeout(patient(DEADLINE_SECONDS))
        return False

    def unsent(self):
        """Bytes that the other kernel has not acknowledged yet (SIOCOUTQ)."""
        value = array.array("i", [0])
        fcntl.ioctl(self.socket.fileno(), termios.TIOCOUTQ, value)
        return value[0]

    def wait_until_delivered(self, within=10.0):
        eventually(lambda: self.unsent() == 0, within, "all bytes acknowledged by the proxy")

    # Receiving

    def receive(self, count):
        """Exactly that many bytes."""
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            assert piece, f"end of stream after {len(data)} of {count} bytes"
            data += piece
        return data

    def receive_to_end(self, within=DEADLINE_SECONDS, bytes_per_second=None):
        """Reads until FIN, reset or the deadline."""
        if self.reset_at_once:
            return Received(how=RESET)
        received, start = Received(), time.monotonic()
        deadline = start + patient(within)
        block = 256 * 1024 if bytes_per_second is None else min(64 * 1024, bytes_per_second // 10)
        buffer = bytearray(block)
        while True:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                count = self.socket.recv_into(buffer)
            except TimeoutError:
                received.how = TIMEOUT
                break
            except ConnectionError:
                received.how = RESET
                break
            if not count:
                received.how = FIN
                break
            received.add(memoryview(buffer)[:count])
            if bytes_per_second is not None:
                due = start + received.size / bytes_per_second
                pace(max(0.0, due - time.monotonic()))
        received.seconds = time.monotonic() - start
        return received

    def silent_for(self, seconds):
        """True when nothing at all arrives in that time."""
        return not select.select([self.socket], [], [], seconds)[0]

    def wait_for_reset(self, within):
        """True when the kernel reports an error or a hang-up, without reading a byte."""
        poller = select.poll()
        poller.register(self.socket, 0)
        return bool(poller.poll(patient(within) * 1000))

    def echo(self, data=b"ping"):
        """Sends and expects the same back."""
        self.send(data)
        answer = self.receive(len(data))
        assert answer == data, f"sent {data[:40]!r}, got {answer[:40]!r}"

    # Ending

    def finish_writing(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Abort: the other end gets RST, not FIN."""
        try:
            linger = struct.pack("ii", 1, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # a thread that is blocked in recv() holds the socket open: this wakes it, and is
            # not seen by the other end
            self.socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.close()

    def close(self):
        self.socket.close()
