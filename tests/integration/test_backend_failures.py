"""Backends that refuse, vanish, hang up, stay silent or die; and none left at all."""
import contextlib
import threading

import pytest

from harness import backends
from harness.peers import FIN, RESET, TIMEOUT
from harness.stage import together
from harness.wait import Stopwatch, eventually, patient

UNREACHABLE = "127.255.255.255:9"  # loopback's broadcast address: ENETUNREACH at once


@pytest.mark.parametrize("balance", ["round_robin", "least_connections"])
def test_a_refused_connect_goes_to_the_next_backend(stage, balance):
    """C1: the client sees nothing of it."""
    refuser, echo = stage.refuser(), stage.backend(backends.echo)
    proxy = stage.proxy([refuser, echo], balance=balance, retries=2)
    for _ in range(20):
        stage.connect(proxy).echo()
    assert echo.accepted == 20
    if proxy.has_metrics:
        errors = proxy.counted("weir_backend_connect_errors_total", backend=refuser.address)
        assert errors > 0
        assert proxy.counted("weir_pool_retries_total") == errors
        assert proxy.counted("weir_backend_connect_errors_total", backend=echo.address) == 0
        assert proxy.counted("weir_backend_connect_attempts_total", backend=echo.address) == 20


def test_no_more_than_the_configured_retries(stage):
    """C1: retries = 1 before three refusers: at most two attempts for a session."""
    refusers = [stage.refuser() for _ in range(3)]
    proxy = stage.proxy(refusers, retries=1, balance="round_robin")
    for _ in range(6):
        assert stage.connect(proxy).receive_to_end(within=5).how in (FIN, RESET)
    proxy.wait_for_endings({("backend", "refused"): 6})
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_attempts_total") == 12
        assert proxy.counted("weir_pool_retries_total") == 6


@pytest.mark.weir_only
def test_no_retry_at_all_when_retries_is_zero(stage):
    """C1: retries = 0: one attempt each; who was refused is told so."""
    refuser, echo = stage.refuser(), stage.backend(backends.echo)
    proxy = stage.proxy([refuser, echo], retries=0, balance="round_robin")
    served = sum(answers(stage, proxy) for _ in range(10))
    assert served == echo.accepted < 10
    assert proxy.counted("weir_backend_connect_attempts_total") == 10
    assert proxy.counted("weir_pool_retries_total") == 0


def test_an_unreachable_backend_is_passed_over_at_once(stage):
    """C2: ENETUNREACH."""
    echo = stage.backend(backends.echo)
    proxy = stage.proxy([UNREACHABLE, echo], balance="round_robin", connect_timeout="5s")
    watch = Stopwatch()
    for _ in range(10):
        stage.connect(proxy).echo()
    assert watch.seconds() < patient(2)
    assert echo.accepted == 10
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total", backend=UNREACHABLE) > 0


@pytest.mark.weir_only
@pytest.mark.parametrize("error", ["EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED"])
def test_a_connect_that_fails_at_once_is_retried_whatever_the_error(stage, shim, error):
    """C2: EHOSTUNREACH needs a router that says so; the shim stands in for it."""
    backends_of = [stage.backend(backends.echo) for _ in range(3)]
    proxy = stage.proxy(backends_of, env=shim.environment(f"connect:{error}:2"), retries=3)
    shim.arm()
    for _ in range(6):
        stage.connect(proxy).echo()
    assert shim.failed("connect") == 2
    kind = "refused" if error == "ECONNREFUSED" else "unreachable"
    assert proxy.counted("weir_backend_connect_errors_total", error=kind) == 2


@pytest.mark.weir_only
@pytest.mark.parametrize("balance", ["round_robin", "least_connections"])
def test_many_dead_backends_do_not_use_up_the_retries_of_everybody(stage, balance):
    """C1: six of eight refuse, retries = 2; who refuses has no sessions, and is not the best."""
    dead = [stage.refuser() for _ in range(6)]
    living = [stage.backend(backends.echo) for _ in range(2)]
    proxy = stage.proxy([*dead, *living], balance=balance, retries=2)
    lost = 0
    for _ in range(60):
        client = stage.connect(proxy)
        try:
            client.echo()
        except (AssertionError, ConnectionError):
            lost += 1
    assert lost <= 2, "more than it takes to find out"
    assert sum(backend.accepted for backend in living) == 60 - lost
    assert min(backend.accepted for backend in living) >= 24, "the living share evenly"


def test_a_black_hole_costs_one_connect_timeout(stage):
    """C3: then the next backend is asked."""
    hole, echo = stage.black_hole(), stage.backend(backends.echo)
    proxy = stage.proxy([hole, echo], balance="round_robin", connect_timeout="300ms")

    def work(_):
        watch = Stopwatch()
        stage.connect(proxy).echo()
        return watch.seconds()

    seconds = together(6, work)
    assert max(seconds) < patient(1.5), seconds
    assert max(seconds) > 0.25, "nobody met the black hole"
    if proxy.has_metrics:
        errors = proxy.metrics().find("weir_backend_connect_errors_total", backend=hole.address)
        assert sum(value for _, value in errors) >= 1
        assert {labels["error"] for labels, value in errors if value} == {"timeout"}


@pytest.mark.weir_only
def test_only_black_holes_end_the_session_by_the_connect_timeout(stage):
    """C3: nothing left to try: {backend, timeout, connect}."""
    proxy = stage.proxy([stage.black_hole()], connect_timeout="300ms", retries=0)
    watch = Stopwatch()
    end = stage.connect(proxy).receive_to_end(within=5)
    assert end.how in (FIN, RESET)
    assert 0.29 < watch.seconds() < patient(1.5)
    proxy.wait_for_endings({("backend", "timeout"): 1})
    assert proxy.counted("weir_listener_closed_total", how="timeout", phase="connect") == 1


def test_a_backend_that_closes_at_once_is_a_success_and_not_retried(stage):
    """C4: the client sees the close; a byte that was sent is never sent twice."""
    closer, echo = stage.backend(backends.accept_and_close), stage.backend(backends.echo)
    proxy = stage.proxy([closer, echo], balance="round_robin", retries=2)
    closed = 0
    for _ in range(20):
        client = stage.connect(proxy)
        try:
            client.send(b"payload")
            data = client.socket.recv(100)
        except ConnectionError:
            data = b""
        closed += not data
    assert closed == 10
    assert (closer.accepted, echo.accepted) == (10, 10)
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total") == 0
        assert proxy.counted("weir_pool_retries_total") == 0


def test_a_silent_backend_is_ended_by_the_idle_timeout(stage):
    """C5: and the others are served meanwhile."""
    mute, echo = stage.backend(backends.mute), stage.backend(backends.echo)
    proxy = stage.proxy([mute, echo], balance="round_robin", idle_timeout="1s")
    clients = [stage.connect(proxy) for _ in range(4)]
    for client in clients:
        client.send(b"anybody there?")
    ends = together(4, lambda index: clients[index].receive_to_end(within=8))
    assert sorted(end.size for end in ends) == [0, 0, 14, 14]
    assert all(end.how != TIMEOUT for end in ends)
    proxy.wait_for_endings({("weir", "timeout"): 4})


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_killed_backend_ends_only_its_own_sessions(stage, reactors):
    """C6: kill -9 in mid-transfer; everybody else sees zero errors."""
    victim, echo = stage.victim(), stage.backend(backends.echo)
    proxy = stage.proxy([victim, echo], balance="round_robin", reactors=reactors)
    clients = []
    for _ in range(20):
        client = stage.connect(proxy)
        client.echo(bytes(1000))
        clients.append(client)
    eventually(lambda: echo.accepted == 10, what="spread evenly")
    ended, echoes, killed = [], [0] * 20, threading.Event()

    def work(index):
        try:
            while not killed.is_set():
                clients[index].echo(bytes(10_000))
                echoes[index] += 1
            for _ in range(5):
                clients[index].echo(bytes(10_000))
        except (AssertionError, ConnectionError):
            ended.append(index)
            with contextlib.suppress(OSError):  # after a FIN the session waits for the client's
                clients[index].finish_writing()

    def kill():
        eventually(lambda: min(echoes) >= 5, 20, "every session is in mid-transfer")
        victim.kill()
        killed.set()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    together(20, work)
    killer.join()
    assert len(ended) == 10
    for _ in range(10):
        stage.connect(proxy).echo()  # the refused connects go to the living one
    if proxy.has_metrics:
        eventually(lambda: ended_by_backend(proxy) == 10, what="ten ended by the backend")


def ended_by_backend(proxy):
    endings = proxy.metrics().endings()
    return sum(count for (who, _), count in endings.items() if who == "backend")


@pytest.mark.parametrize("reactors", [1, 2])
def test_without_any_backend_clients_are_closed_at_once_and_nothing_spins(stage, reactors):
    """C7, Bad input: counted, CPU at zero, and the listener goes on until a backend is back."""
    refuser, other = stage.refuser(), stage.refuser()
    proxy = stage.proxy([refuser, other], reactors=reactors, retries=2)
    for _ in range(100):
        end = stage.connect(proxy).receive_to_end(within=5)
        assert end.how in (FIN, RESET)
        assert end.seconds < patient(1.0)
    assert proxy.cpu_share(1.0) < 0.05
    if proxy.has_metrics:
        endings = proxy.metrics().endings()
        assert sum(endings.values()) == 100
        assert {how for _, how in endings} <= {"refused", "error"}, endings
        assert proxy.counted("weir_listener_accepted_total") == 100
        assert proxy.counted("weir_pool_no_backend_total") == 100
    server = refuser.open_up(backends.echo)
    for _ in range(5):
        stage.connect(proxy).echo()
    assert server.accepted == 5


@pytest.mark.weir_only
def test_a_name_that_does_not_resolve_yet_is_no_reason_not_to_start(stage):
    """Build 6: it starts, closes its clients at once and counts them."""
    proxy = stage.proxy(["no-such-host.invalid:6379"])
    for _ in range(3):
        end = stage.connect(proxy).receive_to_end(within=10)
        assert end.how in (FIN, RESET)
    proxy.wait_for_count("weir_pool_no_backend_total", 3)
    assert sum(proxy.metrics().endings().values()) == 3
    assert proxy.cpu_share(1.0) < 0.05


@pytest.mark.weir_only
def test_a_name_that_does_not_resolve_does_not_keep_others_from_serving(stage):
    """Build 6: the rest of the pool works at once."""
    echo = stage.backend(backends.echo)
    proxy = stage.proxy(["no-such-host.invalid:6379", echo])
    for _ in range(5):
        stage.connect(proxy).echo()


@pytest.mark.weir_only
def test_a_backend_may_be_given_by_name(stage):
    """Build 6: localhost, by the hosts file."""
    echo = stage.backend(backends.echo)
    port = echo.address.rpartition(":")[2]
    proxy = stage.proxy([f"localhost:{port}"])
    eventually(lambda: answers(stage, proxy), 10, "localhost resolved and served")


def answers(stage, proxy):
    try:
        stage.connect(proxy).echo()
        return True
    except (AssertionError, ConnectionError):
        return False


def test_a_server_that_speaks_first_is_heard(stage):
    """C9: no waiting for client bytes."""
    server = stage.backend(backends.banner(b"220 ready\r\n"))
    proxy = stage.proxy([server])
    for _ in range(50):
        client = stage.connect(proxy)
        assert client.receive(11) == b"220 ready\r\n"
        client.echo()
        client.close()
    if proxy.has_metrics:
        eventually(lambda: sum(proxy.metrics().endings().values()) == 50, what="all ended")
