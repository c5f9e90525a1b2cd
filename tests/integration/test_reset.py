"""Reset: forwarded as a reset, after what was received, and noticed at once."""
import os
import signal

import pytest

from harness import backends
from harness.peers import FIN, RESET
from harness.stream import digest_of
from harness.wait import Stopwatch, eventually, median, pace, patient

MIB = 1024 * 1024
ROUNDS = 7
NOTICE_SECONDS = 0.1  # the promise; medians are held against it, for machines are noisy
SIMULTANEOUS_ROUNDS, SIMULTANEOUS_SESSIONS = 100, 20


def endless(peer):
    """Sends until the connection breaks; the outcome is how long that took after a signal."""
    try:
        peer.send_stream(10**12)
    except ConnectionError as error:
        return error
    return None


def within_notice(samples):
    assert median(samples) <= patient(NOTICE_SECONDS), [f"{value:.3f}" for value in samples]


def test_a_clients_reset_in_mid_transfer_reaches_the_server_as_a_reset(stage):
    """A5, A13: the server is told within 100 ms, by RST, and the proxy survives its own writes."""
    samples = []

    def behaviour(peer):
        try:
            peer.send_stream(10**12)
        except BrokenPipeError:
            return "broken pipe"  # what a FIN before the RST would bring about
        except ConnectionResetError:
            return "reset"
        return "end"

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    for _ in range(ROUNDS):
        client = stage.connect(proxy)
        client.receive(2 * MIB)
        watch = Stopwatch()
        client.reset()
        assert backend.outcome() == "reset"
        samples.append(watch.seconds())
    within_notice(samples)
    proxy.wait_for_endings({("client", "reset"): ROUNDS})


def test_a_clients_reset_while_idle_reaches_the_server_as_a_reset(stage):
    """A5: RST stays RST; it does not become FIN."""
    backend = stage.backend(echo_to_the_end)
    proxy = stage.proxy([backend])
    samples = []
    for _ in range(ROUNDS):
        client = stage.connect(proxy)
        client.echo()
        watch = Stopwatch()
        client.reset()
        assert backend.outcome() == RESET
        samples.append(watch.seconds())
    within_notice(samples)
    proxy.wait_for_endings({("client", "reset"): ROUNDS})


def test_a_servers_reset_while_idle_reaches_the_client_as_a_reset(stage):
    """A6: the mirror."""
    backend = stage.backend(backends.mute)
    proxy = stage.proxy([backend])
    for round_number in range(ROUNDS):
        client = stage.connect(proxy)
        eventually(lambda: backend.accepted == round_number + 1, what="connected")
        backend.connections[-1].reset()
        assert client.receive_to_end(within=5).how == RESET
    proxy.wait_for_endings({("backend", "reset"): ROUNDS})


def echo_to_the_end(peer):
    try:
        while data := peer.socket.recv(65536):
            peer.socket.sendall(data)
    except ConnectionError:
        return RESET
    return FIN


@pytest.mark.parametrize("size", [100, 20_000, MIB])
def test_what_a_server_sent_before_its_reset_arrives_first(stage, size):
    """A6: every byte that the proxy's kernel had acknowledged, then RST."""

    def behaviour(peer):
        peer.receive(1)  # a reset before the client's connect(2) has returned would hide the bytes
        peer.send_stream(size)
        peer.wait_until_delivered()
        peer.reset()
        return backends.HOLD

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    for _ in range(ROUNDS):
        client = stage.connect(proxy)
        client.send(b"?")
        received = client.receive_to_end(within=10)
        assert (received.how, received.size) == (RESET, size)
        assert received.digest == digest_of(size)
    proxy.wait_for_endings({("backend", "reset"): ROUNDS})


def test_a_server_that_answers_and_resets_at_once_was_connected_all_the_same(stage):
    """A6, C4: greeting and RST may come with the event that tells of the connect."""

    def behaviour(peer):
        peer.send(b"421 busy\r\n")
        peer.reset()
        return backends.HOLD

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    lost = late = 0
    for _ in range(500):
        client = stage.connect(proxy)
        if client.reset_at_once:  # its connect(2) woke after the reset: the kernel drops the rest
            late += 1
            continue
        received = client.receive_to_end(within=10)
        assert received.how == RESET
        lost += received.head != b"421 busy\r\n"
    assert lost == 0, f"{lost} of 500 greetings lost"
    assert late < 50
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total") == 0
    proxy.wait_for_endings({("backend", "reset"): 500})


@pytest.mark.parametrize("size", [100, 20_000, MIB])
def test_what_a_client_sent_before_its_reset_arrives_first(stage, size):
    """A6, the other way. The greeting tells that the relay stands: before, A15 holds."""

    def behaviour(peer):
        peer.send(b"!")
        return peer.receive_to_end()

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    for _ in range(ROUNDS):
        client = stage.connect(proxy)
        client.receive(1)
        client.send_stream(size)
        client.wait_until_delivered()
        client.reset()
        received = backend.outcome()
        assert (received.how, received.size) == (RESET, size)
        assert received.digest == digest_of(size)
    proxy.wait_for_endings({("client", "reset"): ROUNDS})


def test_a_servers_reset_behind_a_slow_reader_cuts_nothing(stage):
    """A6: the reader takes 300 ms to start; what was received waits for it, then comes RST."""
    size = 256 * 1024

    def behaviour(peer):
        peer.send_stream(size)
        peer.wait_until_delivered()
        peer.reset()
        return backends.HOLD

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    client = stage.connect(proxy, receive_buffer=16 * 1024)
    backend.outcome()
    pace(0.3)  # less than the second that the policy gives a full send queue
    received = client.receive_to_end(within=10)
    assert (received.how, received.digest) == (RESET, digest_of(size))


@pytest.mark.parametrize("resetter", ["client", "backend"])
def test_a_reset_is_noticed_while_backpressure_has_stopped_the_reading(stage, resetter):
    """A7: nobody reads on the far side; RST reaches it when its second is over, at the latest."""
    samples, rounds = [], 5
    backend = stage.backend(backends.mute, send_buffer=256 * 1024, receive_buffer=64 * 1024)
    proxy = stage.proxy([backend])
    for round_number in range(rounds):
        client = stage.connect(proxy, receive_buffer=64 * 1024)
        eventually(lambda: backend.accepted == round_number + 1, what="connected")
        server = backend.connections[-1]
        writer, reader = (client, server) if resetter == "client" else (server, client)
        writer.send_until_stalled()
        watch = Stopwatch()
        writer.reset()
        assert reader.wait_for_reset(within=5), "the other side never heard of it"
        samples.append(watch.seconds())
    assert median(samples) <= 1.0 + patient(NOTICE_SECONDS), samples
    proxy.wait_for_endings({(resetter, "reset"): rounds})


@pytest.mark.parametrize("resetter", ["client", "backend"])
def test_a_reset_under_backpressure_comes_through_as_soon_as_the_reader_reads(stage, resetter):
    """A7: the rest in order, then RST within 100 ms of the last byte."""
    backend = stage.backend(backends.mute, send_buffer=256 * 1024, receive_buffer=64 * 1024)
    proxy = stage.proxy([backend])
    client = stage.connect(proxy, receive_buffer=64 * 1024)
    eventually(lambda: backend.accepted, what="connected")
    server = backend.connections[0]
    writer, reader = (client, server) if resetter == "client" else (server, client)
    sent = writer.send_until_stalled(seed=5)
    acknowledged = sent - writer.unsent()
    writer.reset()
    received = reader.receive_to_end(within=10)
    assert received.how == RESET
    assert acknowledged <= received.size <= sent, "the proxy had it, and threw it away"
    assert received.digest == digest_of(received.size, seed=5), "not a prefix of what was sent"
    assert received.seconds <= patient(1.0)
    proxy.wait_for_endings({(resetter, "reset"): 1})


def test_a_client_that_resets_before_it_is_accepted_is_counted_as_its_own_abort(stage):
    """A8: connected and reset while the proxy is stopped; it then accepts dead sockets."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend])
    stage.connect(proxy).echo()
    proxy.signal(signal.SIGSTOP)
    for _ in range(10):
        client = stage.connect(proxy)
        client.send(b"never mind")
        client.reset()
    proxy.signal(signal.SIGCONT)
    after = stage.connect(proxy)
    after.echo()
    proxy.wait_for_endings({("client", "reset"): 10})
    proxy.wait_for_count("weir_listener_accepted_total", 12)


def test_an_answer_survives_a_server_that_closes_with_unread_input(stage):
    """A10: the server's kernel sends data, then RST because of unread bytes."""

    def behaviour(peer):
        peer.receive(4)  # and leave the rest unread
        peer.send(b"response")
        return None

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    for _ in range(50):
        client = stage.connect(proxy)
        client.send(b"GET " + bytes(1000))
        received = client.receive_to_end(within=10)
        assert received.head == b"response", received
        assert received.how == RESET


def test_writing_to_peers_that_have_reset_is_survived(stage):
    """A13: EPIPE and SIGPIPE; the reader goes in mid-stream, many at once."""
    backend = stage.backend(endless)
    proxy = stage.proxy([backend], reactors=2)
    for _ in range(5):
        clients = [stage.connect(proxy) for _ in range(10)]
        for client in clients:
            client.receive(100_000)
        for client in clients:
            client.reset()
    assert proxy.alive()
    proxy.wait_for_endings({("client", "reset"): 50})


def test_sigpipe_is_ignored(stage):
    """A13: sent by hand."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    client = stage.connect(proxy)
    client.echo()
    proxy.signal(signal.SIGPIPE)
    client.echo()
    stage.connect(proxy).echo()


@pytest.mark.parametrize("reactors", [1, 2])
def test_both_sides_fail_in_the_same_turn(stage, reactors):
    """A14: the proxy is stopped while both ends reset, so that it hears of both at once."""
    backend = stage.backend(backends.mute)
    proxy = stage.proxy([backend], reactors=reactors)
    for round_number in range(SIMULTANEOUS_ROUNDS // reactors):
        clients = [stage.connect(proxy) for _ in range(SIMULTANEOUS_SESSIONS)]
        expected = SIMULTANEOUS_SESSIONS * (round_number + 1)
        eventually(lambda: backend.accepted == expected, what="all connected")
        servers = backend.connections[-SIMULTANEOUS_SESSIONS:]
        proxy.signal(signal.SIGSTOP)
        for client in clients[::2]:
            client.send(b"unheard")
        for server in servers[::3]:
            server.send(b"unheard")
        for peer in (*clients, *servers):
            peer.reset()
        proxy.signal(signal.SIGCONT)
    total = SIMULTANEOUS_ROUNDS // reactors * SIMULTANEOUS_SESSIONS
    if proxy.has_metrics:
        eventually(
            lambda: sum(proxy.metrics().endings().values()) == total, what="every session ended"
        )
        assert {how for _, how in proxy.metrics().endings()} == {"reset"}
    assert proxy.alive()


def test_a_client_that_resets_during_the_connect_ends_it(stage):
    """A15: the backend swallows the SYN; descriptors and slot come back at once."""
    hole = stage.black_hole()
    proxy = stage.proxy([hole], connect_timeout="30s", retries=0)
    before = proxy.open_descriptors()
    clients = [stage.connect(proxy) for _ in range(5)]
    eventually(lambda: proxy.open_descriptors() >= before + 10, what="five connects in flight")
    for client in clients:
        client.reset()
    eventually(lambda: proxy.open_descriptors() <= before + 1, 2, "descriptors given back")
    proxy.wait_for_endings({("client", "reset"): 5})
    if proxy.has_metrics:
        assert proxy.counted("weir_listener_closed_total", how="reset", phase="connect") == 5
        assert proxy.counted("weir_backend_sessions_active") == 0


def test_a_request_and_a_fin_sent_during_the_connect_are_relayed(stage):
    """A15's counterpart: a client that has finished is not gone."""
    hole = stage.black_hole()
    proxy = stage.proxy([hole], connect_timeout="10s")
    before = proxy.open_descriptors()
    client = stage.connect(proxy)
    client.send(b"early")
    client.finish_writing()
    eventually(lambda: proxy.open_descriptors() >= before + 2, what="connect in flight")
    server = stage.adopt(hole.open_up())
    request = server.receive_to_end()
    assert (request.how, request.head) == (FIN, b"early")
    server.send(b"late")
    server.finish_writing()
    answer = client.receive_to_end()
    assert (answer.how, answer.head) == (FIN, b"late")
    proxy.wait_for_endings({("client", "fin"): 1})
    assert os.path.exists(f"/proc/{proxy.pid}")
