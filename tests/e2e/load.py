"""Clients that never stop: what a weir under Prometheus has to count."""
import threading

from harness.peers import Peer
from harness.wait import pace


class Load:
    """Runs each script again and again in a thread of its own, until it is stopped. Errors of the
    network are part of it; anything else fails the test that stops it."""

    def __init__(self):
        self._stopped = threading.Event()
        self._threads = []
        self._failures = []

    def run(self, script, every):
        """`every`: seconds between two runs of it."""
        def repeat():
            while not self._stopped.is_set():
                try:
                    script()
                except (OSError, AssertionError):
                    pass
                except BaseException as failure:  # told by stop()
                    self._failures.append(failure)
                    return
                pace(every)

        self._threads.append(threading.Thread(target=repeat, daemon=True))
        self._threads[-1].start()

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join(10)
        assert not self._failures, self._failures


def visit(address, data=b"ping"):
    """One short session: connect, an echo, both streams ended in order."""
    client = Peer.connect(address, within=3)
    client.socket.settimeout(3)
    try:
        client.echo(data)
        client.finish_writing()
        client.receive_to_end(within=3)
    finally:
        client.close()
