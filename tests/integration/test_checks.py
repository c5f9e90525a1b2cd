"""Active checks: who is checked, when the verdict changes, and what it changes."""
import ssl
import subprocess

import pytest

from harness import backends
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only

FAST = "interval=100ms timeout=200ms fast=100ms"


def state(proxy, server, word):
    return proxy.counted("weir_backend_state", backend=server.address, state=word) == 1


def served(stage, proxy):
    client = stage.connect(proxy)
    client.echo()
    client.close()


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_backend_that_refuses_is_unhealthy_and_gets_nothing_until_it_is_back(stage, reactors):
    refuser = stage.refuser()
    live = stage.backend(backends.echo)
    proxy = stage.proxy(
        [refuser, live], balance="round_robin", reactors=reactors, check=f"tcp {FAST} rise=2 fall=2"
    )
    proxy.wait_for_line(
        r"is unhealthy: 2 checks in a row failed, the last: Connection refused", patient(5)
    )
    assert state(proxy, refuser, "unhealthy")
    (pool,) = proxy.json("/api/v1/pools")["pools"]
    bits = {each["name"]: (each["healthy"], each["ejected"]) for each in pool["backends"]}
    assert bits == {refuser.address: (False, False), live.address: (True, False)}
    attempts = proxy.counted("weir_backend_connect_attempts_total", backend=refuser.address)
    for _ in range(30):
        served(stage, proxy)
    assert attempts == proxy.counted(
        "weir_backend_connect_attempts_total", backend=refuser.address
    )

    server = refuser.open_up(backends.echo)
    proxy.wait_for_line(
        r"is healthy again: 2 checks in a row passed, the last: connected", patient(5)
    )
    assert state(proxy, refuser, "healthy")
    checks = server.accepted
    for _ in range(30):
        served(stage, proxy)
    assert server.accepted - checks >= 15
    assert proxy.counted("weir_backend_check_transitions_total", backend=refuser.address) == 2


def test_a_backend_that_does_not_answer_the_handshake_is_unhealthy(stage):
    hole = stage.black_hole()
    proxy = stage.proxy([hole, stage.backend(backends.echo)], check=f"tcp {FAST} fall=2")
    proxy.wait_for_line(r"is unhealthy: 2 checks in a row failed, the last: no answer in time", 10)


def test_a_backend_that_begins_unhealthy_gets_nothing_before_its_checks_pass(stage):
    refuser = stage.refuser()
    proxy = stage.proxy([refuser], check=f"tcp {FAST} rise=2 initial=unhealthy")
    assert stage.connect(proxy).wait_for_reset(patient(5))
    assert proxy.counted("weir_backend_connect_attempts_total") == 0
    refuser.open_up(backends.echo)
    proxy.wait_for_line("is healthy again: 2 checks in a row passed", patient(5))
    served(stage, proxy)


def test_checks_leave_no_connection_behind_and_no_session_in_the_counts(stage):
    server = stage.backend(backends.sink)
    proxy = stage.proxy([server], check=f"tcp {FAST}")
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= 20, 15, "checks"
    )
    assert proxy.counted("weir_backend_connect_attempts_total") == 0
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0
    eventually(
        lambda: proxy.open_descriptors() <= proxy.descriptors_at_start, what="nothing is left"
    )


def test_checks_go_to_the_port_that_was_asked_for(stage):
    health = stage.backend(backends.sink)
    server = stage.backend(backends.echo)
    port = health.address.rpartition(":")[2]
    proxy = stage.proxy([server], check=f"tcp {FAST} port={port}")
    eventually(lambda: health.accepted >= 3, what="checks at the other port")
    assert server.accepted == 0
    served(stage, proxy)


@pytest.mark.parametrize(
    "answer, what",
    [
        (b"-LOADING a file\r\n", r'answered PING with "-LOADING a file\\x0d\\x0a"'),
        (b'\x00\xff"\n', r'answered PING with "\\x00\\xff\\x22\\x0a"'),
        (b"+PO", 'closed after "\\+PO"'),
    ],
)
def test_what_is_no_redis_fails_its_check_with_its_first_bytes_escaped(stage, answer, what):
    def behaviour(peer):
        peer.receive(6)
        peer.send(answer)
        peer.finish_writing()
        return peer.receive_to_end()

    server = stage.backend(behaviour)
    proxy = stage.proxy([server, stage.backend(backends.echo)], check=f"redis {FAST} fall=2")
    proxy.wait_for_line(rf"{server.address} is unhealthy: .*, the last: {what}", 10)


@pytest.mark.parametrize("answer", [b"+PONG\r\n", b"-NOAUTH Authentication required.\r\n"])
def test_a_redis_is_healthy_also_when_it_wants_a_password_or_answers_in_pieces(stage, answer):
    def behaviour(peer):
        assert peer.receive(6) == b"PING\r\n"
        peer.send(answer[:3])
        peer.send(answer[3:])
        return peer.receive_to_end()

    proxy = stage.proxy([stage.backend(behaviour)], check=f"redis {FAST}")
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= 3, 10, "checks"
    )
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0


def test_when_all_are_unhealthy_clients_are_closed_at_once_and_the_pick_says_so(stage):
    refusers = [stage.refuser(), stage.refuser()]
    proxy = stage.proxy(refusers, check=f"tcp {FAST} fall=2")
    eventually(lambda: proxy.counted("weir_pool_members", state="unhealthy") == 2, 10, "both")
    assert stage.connect(proxy).wait_for_reset(patient(5))
    proxy.wait_for_count("weir_listener_closed_total", 1, who="weir", how="health", phase="pick")
    proxy.wait_for_line(r"no backend to try: none is eligible")


@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("on_down", ["keep", "close"])
def test_sessions_of_a_backend_that_goes_down_are_kept_or_closed(stage, on_down, reactors):
    """Its service lives on and its health port does not: what a switch-over looks like."""
    health = stage.backend(backends.sink)
    port = health.address.rpartition(":")[2]
    server = stage.backend(backends.echo)
    proxy = stage.proxy(
        [server], check=f"tcp {FAST} fall=2 port={port}", on_down=on_down, reactors=reactors
    )
    clients = [stage.connect(proxy) for _ in range(8)]
    for client in clients:
        client.echo()
    health.stop()
    proxy.wait_for_line("is unhealthy", patient(5))
    if on_down == "close":
        proxy.wait_for_count("weir_listener_closed_total", 8, who="weir", how="health")
        assert all(client.wait_for_reset(patient(5)) for client in clients)
    else:
        for client in clients:
            client.echo()


def test_a_drain_ends_while_checks_are_under_way(stage):
    holes = [stage.black_hole() for _ in range(8)]  # more than may be checked at a time
    proxy = stage.proxy(holes, check="tcp interval=100ms timeout=500ms", nofile=80)
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="failed") >= 8, 15, "checks"
    )
    proxy.terminate()
    proxy.expect_clean_exit()


def passes(proxy, count=3):
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= count, 10, "checks"
    )
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0


def says(*dialogue):
    """A server that hears and says these in turn: bytes to hear, bytes to say, ..."""

    def behaviour(peer):
        for place, text in enumerate(dialogue):
            if place % 2 == 0:
                assert peer.receive(len(text)) == text
            else:
                peer.send(text)
        return peer.receive_to_end()

    return behaviour


def test_steps_are_said_and_expected_in_turn(stage):
    server = stage.backend(says(b"", b"220 ready\r\n", b"QUIT\r\n", b"221 bye\r\n"))
    steps = r"expect=220 send=QUIT\r\n expect_regex=^221"
    passes(stage.proxy([server], check=f"tcp {steps} {FAST}"))


def test_another_answer_is_told_with_its_first_bytes_escaped(stage):
    server = stage.backend(says(b"", b'\x1b[31m"554 no\n' + b"x" * 100))
    proxy = stage.proxy([server], check=f"tcp expect=220 {FAST} fall=2")
    proxy.wait_for_line(r'no answer in time, only "\\x1b\[31m\\x22554 no\\x0ax+\.\.\."', patient(5))


def test_an_answer_without_end_fails_and_is_not_kept(stage):
    def flood(peer):
        while True:
            peer.send(b"y" * 65536)

    proxy = stage.proxy([stage.backend(flood)], check=f"tcp expect=220 {FAST} fall=2")
    proxy.wait_for_line("no end of its answer", patient(5))


@pytest.mark.parametrize("status, word", [(b"204 Gone well", "healthy"), (b"503 No", "unhealthy")])
def test_http_is_judged_by_its_status(stage, status, word):
    def behaviour(peer):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += peer.receive(1)
        assert request.startswith(b"GET /health HTTP/1.1\r\nHost: www.example\r\n"), request
        peer.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        return peer.receive_to_end()

    server = stage.backend(behaviour)
    proxy = stage.proxy([server], check=f"http path=/health host=www.example {FAST} fall=2")
    if word == "healthy":
        passes(proxy)
    else:
        proxy.wait_for_line("the last: answered with status 503", patient(5))
    assert state(proxy, server, word)


@pytest.fixture(name="tls_context")
def _tls_context(tmp_path):
    """Of a server with a certificate that nobody believes."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=www.example", "-days", "2"],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.names = []
    context.sni_callback = lambda _socket, name, _context: context.names.append(name)
    return context


def inside_tls(context, serve):
    def behaviour(peer):
        try:
            with context.wrap_socket(peer.socket, server_side=True) as stream:
                serve(stream)
                stream.recv(1)
        except OSError:
            pass  # a check leaves with a reset

    return behaviour


def test_a_handshake_is_enough_for_tls_and_names_the_server(stage, tls_context):
    server = stage.backend(inside_tls(tls_context, lambda stream: None))
    passes(stage.proxy([server], check=f"tls server_name=www.example {FAST}"))
    assert set(tls_context.names) == {"www.example"}


def test_steps_and_http_go_through_tls(stage, tls_context):
    def serve(stream):
        assert stream.recv(100).startswith(b"GET / HTTP/1.1")
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    passes(stage.proxy([stage.backend(inside_tls(tls_context, serve))], check=f"https {FAST}"))

    def greet(stream):
        stream.sendall(b"220 ready")

    greeter = stage.backend(inside_tls(tls_context, greet))
    passes(stage.proxy([greeter], check=f"tls expect=ready {FAST}"))


def test_a_server_without_tls_fails_its_check(stage):
    server = stage.backend(says(b"", b"220 no TLS here\r\n"))
    proxy = stage.proxy([server], check=f"tls {FAST} fall=2")
    proxy.wait_for_line(r"in a row failed, the last: TLS: \w+", patient(5))


def test_a_mysql_is_answered_and_left_in_order(stage):
    def packet(number, payload):
        return bytes([len(payload), 0, 0, number]) + payload

    goodbyes = []

    def behaviour(peer):
        peer.send(packet(0, b"\x0a8.0.36\0" + bytes(40)))
        size = peer.receive(4)[0]
        assert b"probe\0" in peer.receive(size)
        peer.send(packet(2, b"\0\0\0\2\0\0\0"))
        goodbyes.append(peer.receive(5))
        return None

    passes(stage.proxy([stage.backend(behaviour)], check=f"mysql user=probe {FAST}"))
    assert set(goodbyes) == {b"\1\0\0\0\1"}
