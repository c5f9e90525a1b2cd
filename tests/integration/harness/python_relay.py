"""A relay in plain Python that is right by default and wrong on request: proof that tests fail.

    python_relay.py LISTEN_PORT FAULT BALANCE RETRIES MAX_CONNECTIONS BACKEND...

It is slow, keeps a thread for each direction, and knows IPv4 only.
"""
import array
import fcntl
import socket
import struct
import sys
import termios
import threading
import time

PORT, FAULT, BALANCE, RETRIES, LIMIT = sys.argv[1:6]
BACKENDS = [(host, int(port)) for host, port in (text.rsplit(":", 1) for text in sys.argv[6:])]
CONNECT_SECONDS = 30 if FAULT == "keeps_the_connect" else 0.3
LAST_WORD_SECONDS = 1.0

sessions = []
slots = threading.Semaphore(int(LIMIT) or 10**6)
turn = [0]


def reset(sock):
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    sock.close()


def unsent(sock):
    value = array.array("i", [0])
    fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, value)
    return value[0]


def deliver_and_reset(sock):
    deadline = time.monotonic() + LAST_WORD_SECONDS
    try:
        while FAULT != "reset_discards" and unsent(sock) and time.monotonic() < deadline:
            time.sleep(0.005)
    except (OSError, ValueError):
        return  # the other direction was faster
    reset(sock)


class Session:
    def __init__(self, client):
        self.client, self.server, self.ended = client, None, 0
        self.lock = threading.Lock()

    def run(self):
        early = self.client.recv(65536) if FAULT == "waits_for_the_client" else b""
        for attempt in range(1 if FAULT == "never_retries" else int(RETRIES) + 1):
            where = BACKENDS[(turn[0]) % len(BACKENDS)]
            turn[0] += 1
            try:
                self.server = socket.create_connection(where, CONNECT_SECONDS)
                break
            except ConnectionResetError:
                break  # it had accepted, so nobody else is tried: a refusal has its own error
            except OSError:
                continue
        if self.server is None:
            if FAULT == "keeps_the_client_waiting":
                time.sleep(30)
            reset(self.client)
            slots.release()
            return
        self.server.settimeout(None)
        if early:
            self.server.sendall(early)
        up = threading.Thread(target=self.pump, args=(self.client, True), daemon=True)
        up.start()
        self.pump(self.server, False)
        if FAULT == "all_for_one":
            for other in sessions:
                reset(other.client)
        up.join()
        for sock in (self.client, self.server):
            sock.close()
        slots.release()

    def pump(self, source, upward):
        target = self.server if upward else self.client
        held, first = b"", True
        try:
            while True:
                if FAULT == "no_backpressure":
                    data = self.hoard(source)
                else:
                    data = source.recv(65536)
                if not data:
                    break
                if FAULT == "unread_discards":
                    time.sleep(0.02)
                    source.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                if FAULT == "corrupts" and len(data) > 1000:
                    data = data[:500] + bytes([data[500] ^ 1]) + data[501:]
                if FAULT == "loses_the_tail":
                    data, held = held, data
                target.sendall(data)
                if FAULT == "sends_twice" and upward and first:
                    again = socket.create_connection(BACKENDS[turn[0] % len(BACKENDS)])
                    again.sendall(data)
                first = False
            if FAULT == "half_close_cuts" or (FAULT == "mirror_cuts" and not upward):
                for sock in (self.client, self.server):
                    sock.shutdown(socket.SHUT_RDWR)
            elif FAULT == "fin_becomes_reset":
                deliver_and_reset(target)
            else:
                target.shutdown(socket.SHUT_WR)
        except ConnectionResetError:
            if FAULT == "reset_becomes_fin":
                for sock in (self.client, self.server):
                    try:
                        sock.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
            elif FAULT != "ignores_resets":
                other = self.server if source is self.client else self.client
                deliver_and_reset(other)
        except OSError:
            reset(source)

    @staticmethod
    def hoard(source):
        pieces = []
        while piece := source.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


def main():
    listening = socket.create_server(("127.0.0.1", int(PORT)), backlog=4096)
    while True:
        if FAULT != "ignores_the_limit":
            slots.acquire()
        client, _ = listening.accept()
        session = Session(client)
        sessions.append(session)
        threading.Thread(target=session.run, daemon=True).start()


main()
