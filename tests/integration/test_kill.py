"""kill -9 of one backend of four while clients come all the time, and its return."""
import contextlib
import threading
import time

import pytest

from harness.peers import Peer
from harness.wait import eventually, pace, patient

pytestmark = pytest.mark.weir_only


class Visitors:
    """Clients that connect, echo once and leave, over and over, on threads of their own."""

    def __init__(self, proxy, count=6):
        self.visits = 0
        self.failures = []  # when those visits began that failed
        self._proxy = proxy
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._over.is_set():
            began = time.monotonic()
            try:
                client = Peer.connect(self._proxy.address)
                try:
                    client.echo()
                    self.visits += 1
                finally:
                    client.close()
            except (AssertionError, OSError):
                self.failures.append(began)
            pace(0.002)

    def leave(self):
        self._over.set()
        for thread in self._threads:
            thread.join(30)


@pytest.mark.parametrize("reactors", [1, 2])
def test_nobody_fails_to_connect_and_the_killed_one_returns_slowly(stage, reactors):
    victims = [stage.victim() for _ in range(4)]
    killed = victims[2]
    proxy = stage.proxy(
        victims,
        balance="round_robin",
        reactors=reactors,
        check="tcp interval=1s timeout=500ms fast=500ms rise=2 fall=2",
        eject_after=3,
        slow_start="60s",
    )

    def of_killed(name, **labels):
        return proxy.counted(name, backend=killed.address, **labels)

    visitors = Visitors(proxy)
    with contextlib.ExitStack() as leaving:
        leaving.callback(visitors.leave)
        eventually(lambda: visitors.visits >= 200, 20, "visits")
        killed.kill()
        at = time.monotonic()
        eventually(lambda: time.monotonic() > at + 3, 10, "three seconds have passed")
        attempts = of_killed("weir_backend_connect_attempts_total")
        assert of_killed("weir_backend_state", state="healthy") == 0
        visits = visitors.visits
        eventually(lambda: visitors.visits >= visits + 200, 20, "visits go on")
        assert of_killed("weir_backend_connect_attempts_total") == attempts
        assert [began for began in visitors.failures if began > at] == []

        killed.restart()
        proxy.wait_for_line("is healthy again", patient(5))
        eventually(lambda: of_killed("weir_backend_state", state="healthy") == 1, what="it is back")
        before = of_killed("weir_backend_connect_attempts_total")
        weight = of_killed("weir_backend_effective_weight")
        visits = visitors.visits
        eventually(lambda: visitors.visits >= visits + 300, 20, "visits go on")
        share = (of_killed("weir_backend_connect_attempts_total") - before) / 300
        assert 0 < share < 0.15, share
        eventually(
            lambda: of_killed("weir_backend_effective_weight") > weight, 20, "its weight grows"
        )
        assert [began for began in visitors.failures if began > at] == []
