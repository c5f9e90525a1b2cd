"""A name server that answers as a test wants: addresses, errors, silence, cut answers."""
import socket
import struct
import threading

from harness.peers import format_address

A, AAAA, SRV = 1, 28, 33
NXDOMAIN, SERVFAIL = 3, 2


class NameServer:
    """`records` maps a name to addresses of IPv4, `services` one to a list of (priority, weight,
    port, target); `mode` is "answer", "silent", "truncate", or a response code. Speaks UDP and TCP
    on one port."""

    def __init__(self, ttl=1):
        self.records = {}
        self.services = {}
        self.ttl = ttl
        self.mode = "answer"
        self.asked = 0
        self._tcp = socket.socket()
        self._tcp.bind(("127.0.0.1", 0))
        self._tcp.listen(16)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(self._tcp.getsockname())
        self.address = format_address(self._tcp)
        for loop in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def stop(self):
        for sock in (self._udp, self._tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _serve_udp(self):
        while True:
            try:
                query, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if not query:
                return  # stopped
            self.asked += 1
            answer = self._answer(query, self.mode)
            if answer:
                self._udp.sendto(answer, peer)

    def _serve_tcp(self):
        while True:
            try:
                sock, _ = self._tcp.accept()
            except OSError:
                return
            with sock:
                head = sock.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    continue
                query = sock.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                mode = "answer" if self.mode == "truncate" else self.mode
                answer = self._answer(query, mode)
                if answer:
                    sock.sendall(struct.pack(">H", len(answer)) + answer)

    def _found(self, name, kind):
        if kind == A:
            return [socket.inet_aton(address) for address in self.records.get(name, [])]
        if kind != SRV:
            return []
        return [
            struct.pack(">HHH", priority, weight, port) + encode_name(target)
            for priority, weight, port, target in self.services.get(name, [])
        ]

    def _answer(self, query, mode):
        if mode == "silent":
            return None
        name, kind, question = parse_question(query)
        is_known = name in self.records or name in self.services
        code = mode if isinstance(mode, int) else 0 if is_known else NXDOMAIN
        found = self._found(name, kind) if mode == "answer" else []
        records = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, self.ttl, len(data)) + data
            for data in found
        )
        flags = 0x8580 | code | (0x0200 if mode == "truncate" else 0)
        return query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + question + records


def encode_name(name):
    labels = [label.encode() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def parse_question(query):
    labels, place = [], 12
    while query[place]:
        labels.append(query[place + 1 : place + 1 + query[place]].decode())
        place += 1 + query[place]
    kind = struct.unpack(">H", query[place + 1 : place + 3])[0]
    return ".".join(labels).lower(), kind, query[12 : place + 5]
