"""Scrapes while everything changes, and many of them at once (I5, I8)."""
import threading
import time
from collections import Counter

import pytest

from harness import backends
from harness.proxies import free_port
from harness.stage import together
from harness.wait import Stopwatch, eventually, pace, patient

pytestmark = pytest.mark.weir_only

NAME = "servers.test"
SCRAPERS = 4
CHANGES = 12
PARALLEL = 30  # the admin server has 64 at a time, those that have just been answered included


def addresses(*last):
    return [f"127.0.1.{number}" for number in last]


def faults_of(metrics, staying):
    """Series that stand twice, and backends that should be there and are not."""
    counts = Counter((name, tuple(sorted(labels.items()))) for name, labels, _ in metrics.samples)
    twice = [series for series, count in counts.items() if count > 1]
    missing = [
        (name, backend)
        for name in ("weir_backend_sessions_active", "weir_backend_connect_seconds_count")
        for backend in staying
        if not metrics.find(name, backend=backend)
    ]
    return twice + missing


def test_backends_that_stay_are_in_every_scrape_while_others_come_and_go(stage):
    """I8: no scrape waits, none lacks a series, none has one twice."""
    port = int(free_port())
    names = stage.name_server()
    for address in addresses(1, 2, 3, 4, 5):
        stage.backend(backends.echo, address=f"{address}:{port}")
    names.records[NAME] = addresses(1, 2, 3)
    proxy = stage.proxy(
        [f"{NAME}:{port}"], reactors=2, nameservers=names.address, resolve_interval="100ms",
        resolve_min="50ms", leave_timeout="100ms",
    )

    def seen(count):
        return len(proxy.metrics().find("weir_backend_weight")) == count

    eventually(lambda: seen(3), what="three addresses")
    staying = [f"{address}:{port}" for address in addresses(2, 3)]
    over, scrapes = threading.Event(), []

    def scrape():
        while not over.is_set():
            watch = Stopwatch()
            faults = faults_of(proxy.metrics(), staying)
            scrapes.append(watch.seconds())
            assert not faults, faults

    def change():
        try:
            for turn in range(CHANGES):
                names.records[NAME] = addresses(*((2, 3, 4, 5), (1, 2, 3))[turn % 2])
                eventually(lambda: seen(4 if turn % 2 == 0 else 3), 20, "the change is seen")
                assert stage.serves(proxy)
        finally:
            over.set()

    together(SCRAPERS + 1, lambda index: change() if index == 0 else scrape())
    assert len(scrapes) >= CHANGES
    assert max(scrapes) < patient(1.0), "a scrape waited"
    assert proxy.counted("weir_name_changes_total") >= CHANGES


def test_thirty_scrapes_at_once_are_answered_and_the_relay_goes_on(stage):
    """I5: a client's round trips beside them, the slowest of a hundred too."""
    proxy = stage.proxy([stage.backend(backends.echo)], reactors=1)
    client = stage.connect(proxy)
    round_trips, over = [], threading.Event()

    def echo():
        try:
            while not over.is_set():
                start = time.monotonic()
                client.echo()
                round_trips.append(time.monotonic() - start)
                pace(0.001)
        finally:
            over.set()  # nobody waits for the hundred of a client that failed

    def scrape():
        assert proxy.request("/metrics", within=10)[0] == 200

    def work(index):
        if index == 0:
            return echo()
        try:
            for _ in range(5):
                scrape()
            while len(round_trips) < 100 and not over.is_set():
                scrape()
        finally:
            if left.release():
                over.set()

    left = Countdown(PARALLEL)
    together(PARALLEL + 1, work)
    ordered = sorted(round_trips)
    assert len(ordered) >= 100
    assert ordered[len(ordered) * 99 // 100] < patient(0.25), "the relay waited for the scrapes"


class Countdown:
    def __init__(self, count):
        self._count = count
        self._lock = threading.Lock()

    def release(self):
        """True for the last."""
        with self._lock:
            self._count -= 1
            return self._count == 0


def test_histograms_of_backends_can_be_switched_off_and_nothing_else(stage):
    def series(switch):
        proxy = stage.proxy([stage.backend(backends.echo)], backend_histograms=switch)
        stage.connect(proxy).echo()
        return proxy.metrics().names()

    gone = series("on") - series("off")
    ends = ("_bucket", "_sum", "_count")
    assert {name.rsplit("_", 1)[0] for name in gone} == {
        f"weir_backend_{what}_seconds"
        for what in ("check", "connect", "first_byte", "session", "tcp_rtt")
    }
    assert all(name.endswith(ends) for name in gone)
