"""K: a handler that takes too long is reported, and stops nobody else."""
import json
import signal
import time
from pathlib import Path

import pytest

from harness import backends
from harness.wait import eventually, pace

pytestmark = pytest.mark.weir_only


class Stall:
    """Has the thread of a reactor stall in its next relay step, see base/fault_point.h."""

    def __init__(self, stage, weir):
        if not weir.fault_points():
            pytest.skip("built without fault points (a release)")
        self._path = Path(stage.directory()) / "stall"
        self.environment = {"WEIR_FAULT_POINTS": f"relay.step=ask:{self._path}"}

    def order(self, reactor, how, milliseconds):
        written = self._path.with_suffix(".new")
        written.write_text(f"weir-r{reactor} {how} {milliseconds}")
        written.rename(self._path)

    def has_begun(self):
        return not self._path.exists()


@pytest.fixture
def stall(stage, weir):
    return Stall(stage, weir)


def reactor_of_the_only_session(proxy):
    found = proxy.metrics().find("weir_reactor_sessions_active")
    return next(int(labels["reactor"]) for labels, value in found if value == 1)


def busy_share(proxy, reactor):
    status, text = proxy.request("/api/v1/reactors")
    assert status == 200
    return json.loads(text)["reactors"][reactor]["busy_share"]


@pytest.mark.parametrize("how", ["spin", "sleep"])
def test_a_stall_is_told_with_its_kind_session_and_stack(stage, stall, how):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2, env=stall.environment)
    client = stage.connect(proxy)
    client.echo()
    reactor = reactor_of_the_only_session(proxy)
    stall.order(reactor, how, 200)
    client.echo()
    told = proxy.wait_for_line(
        rf"reactor {reactor}: stalled: relay of session {reactor}\.\d+\.\d+ has been running for "
        r"(\d+) ms, (\d+) ms of it on a CPU; the thread is (\w+)"
    )
    assert 25 <= int(told[1]) <= 200
    done = proxy.wait_for_line(
        rf"reactor {reactor}: that handler is done: it took (\d+) ms, (\d+) ms of it on a CPU"
    )
    assert int(done[1]) >= 150
    if how == "sleep":
        assert told[3] == "asleep"
        assert int(done[2]) < 100
    else:
        assert told[3] == "runnable"
        assert int(done[2]) > 20  # a loaded machine gives it a part only
    proxy.wait_for_line(rf"reactor {reactor}:   #\d+ weir::base::fault::pass\(char const\*\)")
    proxy.wait_for_line(rf"reactor {reactor}:   #\d+ weir::proxy::Engine::turn\(")
    proxy.wait_for_count("weir_reactor_stalls_total", 1, reactor=reactor)
    proxy.wait_for_count("weir_reactor_stall_seconds_count", 1, reactor=reactor)
    assert 0.15 < proxy.metrics().sum("weir_reactor_stall_seconds_sum") < 5
    assert proxy.metrics().sum("weir_reactor_stalls_total", reactor=1 - reactor) == 0


def test_many_stalls_are_told_once_a_second(stage, stall):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env=stall.environment)
    client = stage.connect(proxy)
    for _ in range(4):
        stall.order(0, "sleep", 80)
        client.echo()
        assert stall.has_begun()
    proxy.wait_for_count("weir_reactor_stalls_total", 4)
    told = [line for line in proxy.stderr().splitlines() if ": stalled: " in line]
    assert len(told) == 1
    begun = time.monotonic()
    eventually(lambda: time.monotonic() > begun + 1, what="the second of the limit")
    stall.order(0, "sleep", 80)
    client.echo()
    proxy.wait_for_line(r"\(3 more stalls since last told\)")


def test_no_stall_is_told_when_that_is_switched_off(stage, stall):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env=stall.environment, stall_threshold="off")
    client = stage.connect(proxy)
    stall.order(0, "sleep", 300)
    client.echo()
    assert stall.has_begun()
    assert proxy.counted("weir_reactor_stalls_total") == 0
    assert "stalled" not in proxy.stderr()


def test_a_stuck_reactor_is_not_healthy_and_gets_nothing_new(stage, stall):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2, env=stall.environment)
    client = stage.connect(proxy)
    client.echo()
    reactor = reactor_of_the_only_session(proxy)
    assert proxy.request("/healthz") == (200, "ok\n")
    stall.order(reactor, "sleep", 4000)
    client.send(b"x")
    eventually(stall.has_begun, what="the stall")
    proxy.wait_for_line(rf"reactor {reactor}: stalled: ")
    for _ in range(6):  # least_loaded would have given it half of them
        stage.connect(proxy).echo()
    eventually(lambda: proxy.request("/healthz")[0] == 503, what="not healthy")
    assert busy_share(proxy, reactor) > 0.4
    assert f"reactor {reactor} is stuck: no sign of life for " in proxy.request("/healthz")[1]
    assert proxy.request("/readyz")[0] == 200
    proxy.wait_for_line(rf"reactor {reactor}: stuck: no sign of life for .* it is at relay of ")
    eventually(lambda: proxy.request("/healthz")[0] == 200, within=10, what="healthy again")
    proxy.wait_for_line(rf"reactor {reactor}: beats again")
    assert client.receive(1) == b"x"
    eventually(lambda: busy_share(proxy, reactor) < 0.1, within=5, what="the stall is long past")


def test_a_process_that_stood_still_blames_no_reactor(stage):
    proxy = stage.proxy([stage.backend(backends.echo)])
    proxy.wait_for_line("serving with")  # the watchdog runs
    proxy.signal(signal.SIGSTOP)
    pace(1.5)
    proxy.signal(signal.SIGCONT)
    told = proxy.wait_for_line(r"the watchdog did not run for (\d+\.\d) s: weir was stopped, or ")
    assert float(told[1]) >= 1.3
    assert proxy.request("/healthz") == (200, "ok\n")
    assert "stalled" not in proxy.stderr() and "stuck" not in proxy.stderr()


def test_a_busy_reactor_has_no_stall(stage):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend])
    clients = [stage.connect(proxy) for _ in range(20)]
    for _ in range(50):
        for client in clients:
            client.echo()
    metrics = proxy.metrics()
    assert metrics.sum("weir_reactor_events_per_poll_sum") >= 1000
    turns = metrics.sum("weir_reactor_loop_iterations_total")
    assert 100 < metrics.sum("weir_reactor_events_per_poll_count") <= turns
    eventually(lambda: proxy.counted("weir_reactor_loop_lag_seconds_count") >= 5, what="beats")
    assert metrics.sum("weir_reactor_stalls_total") == 0


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_tells_what_the_reactors_did_last(stage, number):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2)
    proxy.ending_judged = True
    client = stage.connect(proxy)
    client.echo()
    proxy.signal(number)
    assert proxy.wait_for_exit() == -number
    proxy.wait_for_line(rf"weir: signal {int(number)}, thread \d+")
    for reactor in (0, 1):
        proxy.wait_for_line(rf"weir: reactor {reactor} was at \w+, session ")
    proxy.wait_for_line(r"  -\d+ us \d+\.\d+ arrived 0 0")
    proxy.wait_for_line(r"  -\d+ us \d+\.\d+ served 0 \d+")


def test_a_fault_of_a_reactors_own_is_told_too(stage, weir):
    """Of a signal that a thread raises itself and blocks, the kernel would ask no handler."""
    if not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    proxy = stage.proxy(
        [stage.backend(backends.echo)], env={"WEIR_FAULT_POINTS": "relay.step=crash:1"}
    )
    proxy.ending_judged = True
    stage.connect(proxy)
    assert proxy.wait_for_exit() == -signal.SIGSEGV
    proxy.wait_for_line(rf"weir: signal {int(signal.SIGSEGV)}, thread \d+")
    proxy.wait_for_line(r"weir: reactor 0 was at relay, session 0\.")


def test_a_crash_ends_weir_though_nobody_reads_what_it_says(stage):
    """Before that, standard error is full."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    proxy.ending_judged = True
    with proxy.standard_error_unread():
        proxy.signal(signal.SIGABRT)
        eventually(lambda: not proxy.alive(), 10, "it has ended")
    assert proxy.wait_for_exit() == -signal.SIGABRT
