"""The admin server: always there for the one who asks properly, whatever others do to it."""
import json
import socket
import subprocess

import pytest

from harness import backends
from harness.peers import FIN, Peer
from harness.stage import together
from harness.wait import Stopwatch, eventually, median, patient

pytestmark = pytest.mark.weir_only

FROM_THE_START = (
    "weir_listener_accepted_total",
    "weir_listener_sessions_active",
    "weir_listener_closed_total",
    "weir_listener_accept_errors_total",
    "weir_backend_connect_attempts_total",
    "weir_backend_connect_errors_total",
    "weir_pool_retries_total",
    "weir_pool_no_backend_total",
    "weir_reactor_sessions_active",
    "weir_draining",
    "weir_open_fds",
    "weir_max_fds",
    "weir_resident_memory_bytes",
    "weir_start_time_seconds",
    "weir_reactors",
    "weir_build_info",
)


def test_the_metrics_are_there_from_the_start_at_zero(stage):
    """metrics.md: every family and its known label values, before anything happened."""
    proxy = stage.proxy([stage.backend(backends.echo)], reactors=2)
    metrics = proxy.metrics()
    missing = [name for name in FROM_THE_START if name not in metrics.names()]
    assert not missing, missing
    assert metrics.find("weir_listener_closed_total", who="client", how="fin")
    assert metrics.sum("weir_listener_closed_total") == 0
    assert len(metrics.find("weir_reactor_sessions_active")) == 2
    assert metrics.sum("weir_reactors") == 2


def test_bytes_and_sessions_are_counted_exactly(stage):
    """I10: what a client sent and got is what the listener received and sent."""
    backend = stage.backend(backends.answer(12_345))
    proxy = stage.proxy([backend], reactors=2)
    for _ in range(10):
        client = stage.connect(proxy)
        client.send(bytes(777))
        client.finish_writing()
        assert client.receive_to_end().size == 12_345
    proxy.wait_for_endings({("client", "fin"): 10})
    metrics = proxy.metrics()
    assert metrics.sum("weir_listener_received_bytes_total", listener="default") == 7_770
    assert metrics.sum("weir_listener_sent_bytes_total", listener="default") == 123_450
    assert metrics.sum("weir_backend_sent_bytes_total", pool="default") == 7_770
    assert metrics.sum("weir_backend_received_bytes_total", pool="default") == 123_450


def test_active_sessions_are_what_is_open(stage):
    """I10: the gauge equals the sockets at rest, and comes back to zero."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2)
    clients = [stage.connect(proxy) for _ in range(30)]
    for client in clients:
        client.echo()
    metrics = proxy.metrics()
    assert metrics.sum("weir_listener_sessions_active", listener="default") == 30
    assert metrics.sum("weir_reactor_sessions_active") == 30
    assert metrics.sum("weir_backend_sessions_active", backend=backend.address) == 30
    for client in clients:
        client.reset()
    proxy.wait_until_at_rest()
    assert proxy.counted("weir_backend_sessions_active") == 0


def test_idle_connections_do_not_block_a_scrape(stage):
    """I5, facts.md: two of them took the usual exposer to 29.8 s. Here: 300."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    idle = []
    for _ in range(300):
        try:
            idle.append(stage.connect(proxy.admin, within=2))
        except OSError:
            break
    half = stage.connect(proxy.admin)
    half.send(b"GET /metrics HTTP/1.1\r\nHost: loc")
    for _ in range(5):
        watch = Stopwatch()
        assert proxy.request("/metrics")[0] == 200
        assert watch.seconds() < patient(1.0)
    assert len(idle) > 10


def test_a_reader_that_stops_does_not_block_a_scrape(stage):
    """I5: it asks and asks and never reads."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    for _ in range(20):
        lazy = stage.connect(proxy.admin, receive_buffer=4096)
        lazy.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
    watch = Stopwatch()
    assert proxy.request("/metrics")[0] == 200
    assert watch.seconds() < patient(1.0)


def test_many_scrapes_at_once_leave_the_relay_alone(stage):
    """I5: 20 scrapers, and an echo that goes on."""
    proxy = stage.proxy([stage.backend(backends.echo)], reactors=1)
    client = stage.connect(proxy)
    seconds = []

    def work(index):
        if index == 0:
            for _ in range(200):
                watch = Stopwatch()
                client.echo()
                seconds.append(watch.seconds())
        else:
            for _ in range(5):
                assert proxy.request("/metrics")[0] == 200

    together(20, work)
    assert median(seconds) < patient(0.1), "the relay waited for the scrapes"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"\r\n\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[::1 HTTP/9.9\r\n\r\n",
    ],
    ids=["long target", "long header", "huge body", "tls hello", "blank", "traversal", "nonsense"],
)
def test_bad_requests_are_answered_or_closed(stage, request_bytes):
    """I5: bounded, and the next one is served."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    bad = stage.connect(proxy.admin)
    try:
        bad.send(request_bytes)
        bad.finish_writing()
    except OSError:
        pass  # it may well be closed in our face
    answer = bad.receive_to_end(within=15)
    assert answer.how != "timeout"
    assert b"root:" not in answer.head
    assert b" 200 " not in answer.head[:14]
    assert not answer.head or answer.head.startswith(b"HTTP/1.")
    assert proxy.request("/metrics")[0] == 200


def test_status_is_json(stage):
    """Build 7: /api/v1/status."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2)
    stage.connect(proxy).echo()
    status = proxy.json("/api/v1/status")
    assert backend.address in json.dumps(status)
    assert "default" in json.dumps(status)


def test_health_and_readiness_answer_while_it_serves(stage):
    """Build 7."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    assert proxy.request("/healthz")[0] == 200
    assert proxy.request("/readyz")[0] == 200
    assert proxy.request("/no-such-page")[0] == 404


def test_a_client_that_asks_for_head_or_keeps_alive_is_served(stage):
    """Build 7: several requests on one connection."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    client = stage.connect(proxy.admin)
    for _ in range(3):
        client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.receive(1)
        assert head.startswith(b"HTTP/1.1 200")
        lengths = [
            line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        client.receive(int(lengths[0].split(b":")[1]))


def test_a_full_log_pipe_does_not_stop_the_relay(stage, weir):
    """I2, Build 8: nobody reads stderr; sessions go on, and so does SIGTERM."""
    backend = stage.backend(backends.echo)
    refuser = stage.refuser()
    plan = stage.plan([refuser, backend], log_level="debug", reactors=2)
    read_end, write_end = socket.socketpair()
    write_end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with subprocess.Popen(
        weir.command(plan, stage.directory()), stderr=write_end, stdin=subprocess.DEVNULL
    ) as process:
        write_end.close()
        try:
            text = b""
            while b"admin on" not in text or b"listener default" not in text:
                text += read_end.recv(4096)
            address = text.split(b"listening on ")[1].split()[0].decode()
            for _ in range(300):
                client = Peer.connect(address)
                client.echo()
                client.finish_writing()
                assert client.receive_to_end().how == FIN
                client.close()
            process.terminate()  # and still nobody reads
            assert process.wait(patient(10)) == 0
            read_end.close()
        finally:
            process.kill()


def test_a_taken_admin_connection_limit_is_not_for_ever(stage):
    """Build 7: the longest idle one is closed for a newcomer."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    first = stage.connect(proxy.admin)
    crowd = [stage.connect(proxy.admin) for _ in range(600)]
    assert proxy.request("/healthz")[0] == 200
    eventually(
        lambda: proxy.open_descriptors() < 600, 15, "admin connections are bounded in number"
    )
    assert first.receive_to_end(within=5).how != "timeout", "the longest idle one was not closed"
    assert len(crowd) == 600
