"""Descriptors and buffers used up: accepting slows down, nothing spins, nothing dies."""
import resource
import time

import pytest

from harness import backends
from harness.wait import Stopwatch, eventually, median, pace, patient, settled

FEW_DESCRIPTORS = 80
CROWD = 120
WINDOW_SECONDS = 3.0
RECOVERY_SECONDS = 0.2
PARTLY_ACCEPT = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
RETRIED_ACCEPT = (
    "ECONNABORTED",
    "EPROTO",
    "ENETDOWN",
    "ENOPROTOOPT",
    "EHOSTDOWN",
    "ENONET",
    "EHOSTUNREACH",
    "EOPNOTSUPP",
    "ENETUNREACH",
)


def lower_the_limit_of(proxy, descriptors):
    resource.prlimit(proxy.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))


@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("limited", ["from the start", "while it runs"])
def test_used_up_descriptors_slow_accepting_and_nothing_else(
    stage, limited, reactors
):
    """D1: 80 descriptors, 120 clients for 3 s: calm, quiet, alive, and back in 200 ms."""
    backend = stage.backend(backends.echo)
    nofile = FEW_DESCRIPTORS if limited == "from the start" else 0
    proxy = stage.proxy([backend], reactors=reactors, nofile=nofile)
    existing = stage.connect(proxy)
    existing.echo()
    if not nofile:
        lower_the_limit_of(proxy, FEW_DESCRIPTORS)
    crowd = [stage.connect(proxy) for _ in range(CROWD)]
    settled(lambda: backend.accepted, quiet=0.5, what="accepting")
    assert backend.accepted < CROWD, "the descriptors were never used up"

    watch, cpu = Stopwatch(), proxy.cpu_seconds()
    moment, echoes = time.monotonic(), 0
    while watch.seconds() < WINDOW_SECONDS:
        existing.echo()
        echoes += 1
        pace(0.1)
    share = (proxy.cpu_seconds() - cpu) / watch.seconds()
    lines = proxy.lines_since(moment)
    assert share < 0.05, f"{share:.1%} of a core while out of descriptors"
    assert len(lines) <= WINDOW_SECONDS + 1, lines[:20]
    assert echoes > 10

    for client in crowd:
        client.reset()
    eventually(lambda: stage.serves(proxy), 5, "it accepts again")
    existing.echo()
    if proxy.has_metrics and limited == "while it runs":
        at_accept = proxy.counted("weir_listener_accept_errors_total")
        at_connect = proxy.counted("weir_backend_connect_errors_total", error="resources")
        assert at_accept + at_connect > 0
    # those of the crowd that still waited are accepted now, find out, and give theirs back
    eventually(lambda: not proxy.has_metrics or proxy.sessions_active() == 1, what="at rest")
    for _ in range(20):
        assert stage.serves(proxy)


@pytest.mark.parametrize("reactors", [1, 2])
def test_it_accepts_again_as_soon_as_descriptors_are_free(stage, reactors):
    """D1: within 200 ms, the median of some rounds."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=reactors)
    assert stage.serves(proxy)
    lower_the_limit_of(proxy, FEW_DESCRIPTORS)
    seconds = []
    for _ in range(5):
        before = backend.accepted
        crowd = [stage.connect(proxy) for _ in range(CROWD)]
        settled(lambda: backend.accepted, quiet=0.3, what="accepting")
        assert backend.accepted - before < CROWD, "the descriptors were never used up"
        for client in crowd:
            client.reset()
        watch = Stopwatch()
        eventually(lambda: stage.serves(proxy), 5, "it accepts again")
        seconds.append(watch.seconds())
    assert median(seconds) <= patient(RECOVERY_SECONDS), [f"{value:.3f}" for value in seconds]


@pytest.mark.weir_only
@pytest.mark.parametrize("accept", ["distribute", "reuseport"])
@pytest.mark.parametrize("error", PARTLY_ACCEPT + RETRIED_ACCEPT)
def test_an_error_of_accept_is_retried(stage, shim, error, accept):
    """D5, D6: accept(2) says: treat like EAGAIN. Nobody is lost, nothing spins."""
    backend = stage.backend(backends.echo)
    environment = shim.environment(f"accept4:{error}:3,accept:{error}:3")
    proxy = stage.proxy([backend], env=environment, reactors=2, accept=accept)
    existing = stage.connect(proxy)
    existing.echo()
    shim.arm()
    for _ in range(6):
        stage.connect(proxy).echo()
    existing.echo()
    assert shim.failed("accept4") + shim.failed("accept") >= 3
    proxy.wait_for_count("weir_listener_accepted_total", 7)
    errors = proxy.counted("weir_listener_accept_errors_total")
    assert errors >= 3, f"{errors:g} accept errors counted"


@pytest.mark.weir_only
@pytest.mark.parametrize("error", ["EMFILE", "ENOMEM", "EPERM"])
def test_an_accept_that_fails_for_ever_does_not_spin(stage, shim, error):
    """D1, D6: CPU stays low, the log stays short, existing sessions relay.

    EPERM is what a security module answers to every accept, the queue left as it is.
    """
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env=shim.environment(f"accept4:{error}:*,accept:{error}:*"))
    existing = stage.connect(proxy)
    existing.echo()
    shim.arm()
    waiting = stage.connect(proxy)
    waiting.send(b"hello")
    eventually(lambda: shim.failed("accept4") + shim.failed("accept") > 0, what="accept failed")
    moment = time.monotonic()
    share = proxy.cpu_share(2.0)
    existing.echo()
    lines = proxy.lines_since(moment)
    shim.disarm()
    watch = Stopwatch()
    assert waiting.receive(5) == b"hello"
    assert watch.seconds() <= patient(1.0)
    assert share < 0.05, f"{share:.1%}"
    assert len(lines) <= 3, lines[:20]


FALLIBLE = [
    ("connect", "ENOBUFS"),
    ("connect", "ENOMEM"),
    ("connect", "EADDRNOTAVAIL"),
    ("connect", "EAGAIN"),
    ("socket", "ENOBUFS"),
    ("socket", "ENOMEM"),
    ("socket", "EMFILE"),
    ("socket", "ENFILE"),
    ("epoll_ctl", "ENOMEM"),
    ("epoll_ctl", "ENOSPC"),
    ("setsockopt", "ENOMEM"),
    ("setsockopt", "ENOBUFS"),
    ("setsockopt", "EINVAL"),
    ("send", "ENOBUFS"),
    ("send", "ENOMEM"),
    ("recv", "ENOMEM"),
    ("recv", "ENOBUFS"),
    ("shutdown", "ENOTCONN"),
]


@pytest.mark.weir_only
@pytest.mark.parametrize("function, error", FALLIBLE)
def test_a_failing_call_costs_at_most_the_session_it_was_made_for(stage, shim, function, error):
    """D2, D5: never fatal, no leak; the next client is served."""
    failures = 2
    backend = stage.backend(backends.echo)
    second = stage.backend(backends.echo)
    rule = f"{function}:{error}:{failures}"
    environment = shim.environment(rule)
    # a FIN that could not be sent is what half_close_timeout is for
    proxy = stage.proxy([backend, second], env=environment, half_close_timeout="1s")
    existing = stage.connect(proxy)
    existing.echo()
    before = proxy.open_descriptors()
    shim.arm()
    lost = 0
    for _ in range(8):
        client = stage.connect(proxy)
        try:
            client.echo()
            client.finish_writing()
            client.receive_to_end(within=5)
        except (AssertionError, ConnectionError):
            lost += 1
        client.close()
    assert shim.failed(function) == failures, "the calls did not fail: nothing was tested"
    assert lost <= failures, f"{lost} sessions lost to {failures} failed calls"
    existing.echo()
    proxy.wait_for_count("weir_listener_accepted_total", 9)
    eventually(lambda: proxy.sessions_active() == 1, what="the others ended")
    eventually(lambda: proxy.open_descriptors() <= before, what="no descriptor leaked")


@pytest.mark.weir_only
@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("function, error", [("socket", "EMFILE"), ("connect", "EADDRNOTAVAIL")])
def test_want_found_at_connect_slows_accepting_too(stage, shim, function, error, reactors):
    """D2, D7: a client that could wait in the backlog is not taken only to be reset."""
    backend = stage.backend(backends.echo)
    environment = shim.environment(f"{function}:{error}:*")
    proxy = stage.proxy([backend], reactors=reactors, retries=0, env=environment)
    stage.connect(proxy).echo()
    shim.arm()
    stage.connect(proxy)
    proxy.wait_for_count("weir_pool_no_backend_total", 1)
    crowd = [stage.connect(proxy) for _ in range(CROWD)]
    pace(1.0)
    taken = proxy.counted("weir_listener_accepted_total") - 2
    assert 5 <= taken <= 40, f"{taken:g} of {CROWD} were accepted in a second, only to be reset"
    shim.disarm()
    eventually(lambda: proxy.counted("weir_listener_accepted_total") == CROWD + 2, what="all came")
    alive = 0
    for client in crowd:
        try:
            client.echo()
            alive += 1
        except (AssertionError, ConnectionError):
            pass
    assert alive >= CROWD - taken - 5


@pytest.mark.weir_only
@pytest.mark.parametrize("function, error", [("send", "ENOBUFS"), ("recv", "ENOMEM")])
def test_a_failing_call_in_mid_transfer_ends_one_session_at_most(stage, shim, function, error):
    """D5: others relay on, and the end is counted."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env=shim.environment(f"{function}:{error}:1"))
    clients = [stage.connect(proxy) for _ in range(10)]
    for client in clients:
        client.echo()
    shim.arm()
    lost = 0
    for client in clients:
        try:
            client.echo(bytes(5000))
        except (AssertionError, ConnectionError):
            lost += 1
    assert shim.failed(function) == 1, "the call did not fail: nothing was tested"
    assert lost <= 1
    proxy.wait_for_count("weir_listener_sessions_active", 10 - lost)
    assert sum(proxy.metrics().endings().values()) == lost
