"""The end: readiness first, what is queued, what is running, what is too late; and the signals."""
import hashlib
import re
import signal
import threading

import pytest

from harness import backends
from harness.peers import FIN, RESET, Peer
from harness.stage import together
from harness.stream import Source, digest_of
from harness.wait import Stopwatch, eventually, pace, patient

pytestmark = pytest.mark.weir_only

DOWNLOADS = 200
BOTH_WAYS = [(2, "distribute"), (2, "reuseport")]
PIECES, PIECE_BYTES, INTERVAL = 20, 8192, 0.1


def ready(proxy):
    return proxy.request("/readyz")[0] == 200


def refused(address):
    try:
        Peer.connect(address, within=1).close()
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("reactors", [1, 2])
def test_sigterm_during_200_downloads_cuts_none(stage, reactors):
    """Must show: downloads of 2 s each, all complete, exit 0."""
    backend = stage.backend(backends.drip(PIECES, PIECE_BYTES, INTERVAL))
    proxy = stage.proxy([backend], reactors=reactors, drain_timeout="30s")
    started = threading.Barrier(DOWNLOADS + 1)
    at_sigterm = []

    def work(_):
        client = stage.connect(proxy)
        client.receive(1)
        started.wait(30)
        return client.receive_to_end()

    def terminate():
        started.wait(30)
        at_sigterm.extend(peer.sent for peer in list(backend.connections))
        proxy.terminate()

    threading.Thread(target=terminate, daemon=True).start()
    received = together(DOWNLOADS, work)
    assert len(at_sigterm) == DOWNLOADS
    assert max(at_sigterm) < PIECES * PIECE_BYTES, "some were over before SIGTERM came"
    whole = b"".join(bytes(Source(1 + index).take(PIECE_BYTES)) for index in range(PIECES))
    digest = hashlib.sha256(whole[1:]).hexdigest()
    assert {(one.how, one.digest) for one in received} == {(FIN, digest)}
    let_clients_finish(stage)
    proxy.expect_clean_exit()


def let_clients_finish(stage):
    """The clients have all they wanted: they close too."""
    for client in list(stage.clients):
        client.close()


def test_readiness_goes_first_and_the_drain_delay_still_accepts(stage):
    """G1, G14: /readyz says 503 while new connections are still served."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], drain_delay="1500ms", drain_timeout="20s")
    old = stage.connect(proxy)
    old.echo()
    assert ready(proxy)
    assert proxy.counted("weir_draining") == 0
    watch = Stopwatch()
    proxy.terminate()
    eventually(lambda: not ready(proxy), 1, "readiness off")
    assert watch.seconds() < patient(1.0)
    assert proxy.request("/healthz")[0] == 200
    assert proxy.counted("weir_draining") == 1
    new = stage.connect(proxy)
    new.echo()
    eventually(lambda: refused(proxy.address), 5, "the listener is closed")
    assert watch.seconds() > 1.2, "the listener closed before its delay was over"
    old.echo()
    new.echo()
    assert not ready(proxy)
    assert proxy.alive()
    for client in (old, new):
        client.finish_writing()
        assert client.receive_to_end().how == FIN
    proxy.expect_clean_exit(within=5)


def test_a_load_balancer_that_watches_readiness_sees_no_failure(stage):
    """G1, G14: short sessions all the time; SIGTERM; the balancer stops when readiness is off."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2, drain_delay="1s")
    unready = threading.Event()
    sessions = [0] * 4

    def work(index):
        while not unready.is_set():
            client = Peer.connect(proxy.address)
            client.echo()
            client.finish_writing()
            assert client.receive_to_end().how == FIN
            client.close()
            sessions[index] += 1

    def watch():
        eventually(lambda: sum(sessions) > 200, 20, "load")
        proxy.terminate()
        eventually(lambda: not ready(proxy), 1, "readiness off")
        unready.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    together(4, work)
    watcher.join()
    proxy.expect_clean_exit()


@pytest.mark.parametrize("reactors, accept", BOTH_WAYS)
def test_sigterm_under_load_finishes_every_session_it_has_begun(stage, reactors, accept):
    """G1: without a delay new clients are refused, but nobody who got a byte is cut."""
    backend = stage.backend(backends.banner(b"go"))
    proxy = stage.proxy([backend], reactors=reactors, accept=accept)
    begun, cut, stop = [0] * 4, [], threading.Event()

    def work(index):
        while not stop.is_set():
            try:
                client = Peer.connect(proxy.address)
                client.receive(2)
            except (AssertionError, OSError):
                return  # not begun: the listener is closing or closed
            begun[index] += 1
            try:
                for _ in range(5):
                    client.echo()
                client.finish_writing()
                assert client.receive_to_end().how == FIN
            except (AssertionError, OSError) as error:
                cut.append(error)
            client.close()

    def watch():
        eventually(lambda: sum(begun) > 100, 20, "load")
        proxy.terminate()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    together(4, work)
    watcher.join()
    stop.set()
    assert not cut, cut
    proxy.expect_clean_exit()


@pytest.mark.parametrize("reactors, accept", [(1, "distribute"), *BOTH_WAYS])
def test_what_waits_in_the_backlog_at_sigterm_is_served(stage, reactors, accept):
    """G1: queued is accepted. The proxy is stopped while 20 clients and the signal arrive."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=reactors, accept=accept, drain_timeout="20s")
    stage.connect(proxy).echo()
    proxy.signal(signal.SIGSTOP)
    clients = [stage.connect(proxy) for _ in range(20)]
    for client in clients:
        client.send(b"queued")
    proxy.terminate()
    proxy.signal(signal.SIGCONT)
    for client in clients:
        assert client.receive(6) == b"queued"
    eventually(lambda: refused(proxy.address), 5, "the listener is closed")
    for client in list(stage.clients):
        client.reset()
    proxy.expect_clean_exit()


@pytest.mark.parametrize("reactors", [1, 2])
def test_the_rest_is_reset_when_the_drain_timeout_is_over(stage, reactors):
    """G2: counted, told, exit 0."""
    sessions = 7
    backend = stage.backend(backends.echo)
    proxy = stage.proxy(
        [backend], reactors=reactors, drain_timeout="1s", access_log="stderr"
    )
    clients = [stage.connect(proxy) for _ in range(sessions)]
    for client in clients:
        client.echo()
    watch = Stopwatch()
    proxy.terminate()
    ends = together(sessions, lambda index: clients[index].receive_to_end(within=10))
    assert {one.how for one in ends} == {RESET}
    proxy.expect_clean_exit(within=5)
    assert 0.8 < watch.seconds() < patient(3.0)
    counted = re.findall(r"weir/drain/relay", proxy.stderr())
    assert len(counted) == sessions, proxy.stderr()


def test_a_stopped_reader_does_not_hold_up_the_end(stage):
    """G2: full send queues are no reason to wait longer."""
    backend = stage.backend(backends.source(10**9), send_buffer=65536)
    proxy = stage.proxy([backend], drain_timeout="500ms")
    clients = [stage.connect(proxy, receive_buffer=65536) for _ in range(5)]
    for client in clients:
        client.receive(1000)
    watch = Stopwatch()
    proxy.terminate()
    proxy.expect_clean_exit(within=6)
    assert watch.seconds() < patient(3.5)


def test_a_drain_without_sessions_ends_at_once(stage):
    """G1: nothing to wait for."""
    proxy = stage.proxy([stage.backend(backends.echo)], drain_timeout="30s")
    client = stage.connect(proxy)
    client.echo()
    client.reset()
    proxy.wait_until_at_rest()
    watch = Stopwatch()
    proxy.terminate()
    proxy.expect_clean_exit()
    assert watch.seconds() < patient(1.0)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(stage, second):
    """G3: the patient drain is cut short, and still nothing is corrupt."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2, drain_timeout="60s")
    clients = [stage.connect(proxy) for _ in range(10)]
    for client in clients:
        client.echo()
    proxy.terminate()
    eventually(lambda: not ready(proxy), 2, "draining")
    clients[0].echo()
    watch = Stopwatch()
    proxy.signal(second)
    proxy.expect_clean_exit(within=5)
    assert watch.seconds() < patient(1.5)
    assert {client.receive_to_end(within=2).how for client in clients} <= {RESET, FIN}


def test_a_second_signal_during_the_drain_delay_stops_at_once(stage):
    """G3."""
    proxy = stage.proxy([stage.backend(backends.echo)], drain_delay="60s", drain_timeout="60s")
    stage.connect(proxy).echo()
    proxy.terminate()
    eventually(lambda: not ready(proxy), 2, "draining")
    proxy.terminate()
    proxy.expect_clean_exit(within=3)


def test_sigint_drains_like_sigterm(stage):
    """G1: for somebody at a terminal."""
    proxy = stage.proxy([stage.backend(backends.echo)], drain_timeout="20s")
    client = stage.connect(proxy)
    client.echo()
    proxy.signal(signal.SIGINT)
    eventually(lambda: refused(proxy.address), 5, "the listener is closed")
    client.echo()
    client.finish_writing()
    assert client.receive_to_end().how == FIN
    proxy.expect_clean_exit()


def test_sighup_and_other_signals_end_nothing(stage):
    """G8: SIGHUP is logged and ignored; a storm of it changes nothing."""
    proxy = stage.proxy([stage.backend(backends.echo)], reactors=2)
    client = stage.connect(proxy)
    client.echo()
    for _ in range(20):
        proxy.signal(signal.SIGHUP)
        client.echo()
    proxy.signal(signal.SIGCHLD)
    proxy.wait_for_line("SIGHUP")
    client.echo()
    stage.connect(proxy).echo()
    assert ready(proxy)


def test_sigterm_during_connects_is_clean(stage):
    """G4: sessions that are still connecting end by their own deadline or the drain's."""
    hole = stage.black_hole()
    proxy = stage.proxy([hole], connect_timeout="30s", drain_timeout="1s", retries=0)
    before = proxy.open_descriptors()
    clients = [stage.connect(proxy) for _ in range(5)]
    eventually(lambda: proxy.open_descriptors() >= before + 10, what="connects in flight")
    proxy.terminate()
    ends = together(5, lambda index: clients[index].receive_to_end(within=8))
    assert {one.how for one in ends} <= {RESET, FIN}
    proxy.expect_clean_exit(within=5)


def test_a_slow_download_goes_on_while_draining(stage):
    """G1: bytes keep flowing, both halves, after the listener is closed."""
    size = 3_000_000

    def behaviour(peer):
        peer.send_stream(1000)
        eventually(lambda: go_on, 20, "the listener is closed")
        peer.send_stream(size, seed=2)
        peer.finish_writing()
        return peer.receive_to_end()

    go_on = []
    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend], drain_timeout="20s")
    client = stage.connect(proxy)
    client.receive(1000)
    proxy.terminate()
    eventually(lambda: refused(proxy.address), 5, "the listener is closed")
    pace(0.1)
    go_on.append(True)
    received = client.receive_to_end()
    assert (received.how, received.digest) == (FIN, digest_of(size, seed=2))
    client.close()
    proxy.expect_clean_exit()
