"""Servers behind the proxy, each with one behaviour; a behaviour is a function of a Peer.

What a behaviour returns is kept for Backend.outcome(); when it returns, the connection is closed.
"""
import queue
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

from harness.peers import Peer, format_address, parse_address
from harness.wait import pace, patient

BACKLOG = 4096


class Backend:
    """Listens, and runs the behaviour in a thread for every connection."""

    def __init__(self, behaviour, address="127.0.0.1:0", send_buffer=None, receive_buffer=None):
        self.behaviour = behaviour
        self.connections = []
        self._outcomes = queue.Queue()
        family, where = parse_address(address)
        self._listening = socket.socket(family, socket.SOCK_STREAM)
        for option, size in ((socket.SO_SNDBUF, send_buffer), (socket.SO_RCVBUF, receive_buffer)):
            if size:
                self._listening.setsockopt(socket.SOL_SOCKET, option, size)
        if family != socket.AF_UNIX:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(where)
        self._listening.listen(BACKLOG)
        self.address = format_address(self._listening)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def accepted(self):
        return len(self.connections)

    def outcome(self, within=20.0):
        """What the next behaviour to end returned; its exception is raised here."""
        result = self._outcomes.get(timeout=patient(within))
        if isinstance(result, BaseException):
            raise result
        return result

    def stop(self):
        """Nothing listens and nothing is connected any more."""
        try:
            self._listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listening.close()
        for peer in list(self.connections):
            peer.reset()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            peer = Peer(sock)
            self.connections.append(peer)
            threading.Thread(target=self._run, args=(peer,), daemon=True).start()

    def _run(self, peer):
        try:
            result = self.behaviour(peer)
        except BaseException as error:  # handed to the test by outcome()
            result = error
        if result is not HOLD:
            peer.close()
        self._outcomes.put(result)


HOLD = object()  # a behaviour returns it to leave its connection open


def echo(peer):
    """Everything back; ends as the client ends."""
    peer.socket.settimeout(None)
    while True:
        data = peer.socket.recv(65536)
        if not data:
            return None
        peer.socket.sendall(data)


def mute(_peer):
    """Accepts and says nothing, for ever."""
    return HOLD


def accept_and_close(_peer):
    return None


def sink(peer):
    """Reads to the end; the outcome tells what and how."""
    return peer.receive_to_end()


def banner(text):
    """Speaks first, then echoes."""

    def behaviour(peer):
        peer.send(text)
        return echo(peer)

    return behaviour


def slow_banner(text, seconds):
    """Speaks first, but not at once."""

    def behaviour(peer):
        pace(seconds)
        peer.send(text)
        return peer.receive_to_end()

    return behaviour


def source(size, seed=1):
    """Sends that stream and closes."""

    def behaviour(peer):
        peer.socket.settimeout(None)  # its reader may take as long as the test likes
        peer.send_stream(size, seed)
        peer.finish_writing()
        return peer.receive_to_end()

    return behaviour


def answer(size, seed=1):
    """Reads the request to its FIN, then sends that stream and closes."""

    def behaviour(peer):
        request = peer.receive_to_end()
        peer.send_stream(size, seed)
        peer.finish_writing()
        return request

    return behaviour


def drip(pieces, size, interval, seed=1):
    """A download of a known length: `pieces` of `size` bytes, one every `interval` seconds."""

    def behaviour(peer):
        for index in range(pieces):
            peer.send_stream(size, seed + index)
            pace(interval)
        peer.finish_writing()
        return peer.receive_to_end()

    return behaviour


class Refuser:
    """An address that refuses until open_up() is called. The port stays ours all the time."""

    def __init__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = format_address(self._socket)
        self._server = None

    def open_up(self, behaviour):
        self._server = Backend.__new__(Backend)
        self._server.behaviour = behaviour
        self._server.connections = []
        self._server._outcomes = queue.Queue()
        self._server._listening = self._socket
        self._server.address = self.address
        self._socket.listen(BACKLOG)
        threading.Thread(target=self._server._accept, daemon=True).start()
        return self._server

    def stop(self):
        if self._server:
            self._server.stop()
        self._socket.close()


class BlackHole:
    """Listens with a full backlog: the kernel drops every further SYN, nobody answers."""

    def __init__(self):
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(0)
        self.address = format_address(self._listening)
        self._fillers = []
        for _ in range(16):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self._listening.getsockname())
            self._fillers.append(filler)
            if not select.select([], [filler], [], 0.1)[1]:
                return
        raise AssertionError("the backlog never filled up")

    def open_up(self):
        """Takes the fillers out, so that the next SYN (sent again by the kernel) is answered."""
        for filler in self._fillers:
            filler.close()
        self._listening.settimeout(patient(10))
        while True:
            sock, _ = self._listening.accept()
            peer = Peer(sock)
            if not peer.wait_for_reset(0.05) and not _ended(sock):
                return peer
            sock.close()

    def stop(self):
        for filler in self._fillers:
            filler.close()
        self._listening.close()


def _ended(sock):
    """True for a filler: its FIN has come and not one byte before it."""
    if not select.select([sock], [], [], 0.1)[0]:
        return False
    return sock.recv(1, socket.MSG_PEEK) == b""


class Victim:
    """An echo server in a process of its own, so that it can be killed with kill -9."""

    def __init__(self):
        self._start([])

    def _start(self, arguments):
        script = Path(__file__).with_name("victim.py")
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(script), *arguments], stdout=subprocess.PIPE, text=True
        )
        self.address = self._process.stdout.readline().strip()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def restart(self):
        """At its old address, after kill()."""
        self._process.stdout.close()
        self._start([self.address.rpartition(":")[2]])

    def stop(self):
        self.kill()
        self._process.stdout.close()
