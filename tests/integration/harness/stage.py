"""What one test set up: proxies, backends, clients. Leaving it ends them, judges the proxy."""
import contextlib
import threading

from harness.backends import Backend, BlackHole, Refuser, Victim
from harness.names import NameServer
from harness.peers import Peer
from harness.proxies import Directories, Plan

LOG_TAIL_CHARACTERS = 8000


class Stage:
    def __init__(self, driver):
        self.driver = driver
        self.at_rest_at_end = True  # a test that leaves sessions on purpose says so
        self._directories = Directories()
        self._proxies = []
        self._servers = []
        self.clients = []

    # Setting up

    def proxy(self, backends=(), **wishes):
        """A running proxy. Wishes are Plan's fields; anything else is an option of weir's."""
        plan = self.plan(backends, **wishes)
        running = self.driver.start(plan, self.directory())
        self._proxies.append(running)
        return running

    def launch(self, backends=(), **wishes):
        """Like proxy(), but not waited for: it may well end by itself."""
        running = self.driver.launch(self.plan(backends, **wishes), self.directory())
        running.ending_judged = True
        self._proxies.append(running)
        return running

    def keep_running(self, running):
        """One that the test has started by itself and judges by itself."""
        running.ending_judged = True
        self._proxies.append(running)

    def plan(self, backends=(), **wishes):
        known = {key: wishes.pop(key) for key in list(wishes) if key in Plan.__dataclass_fields__}
        addresses = [getattr(backend, "address", backend) for backend in backends]
        return Plan(backends=addresses, options=wishes, **known)

    def directory(self):
        return self._directories.make()

    def backend(self, behaviour, **wishes):
        return self._keep(Backend(behaviour, **wishes))

    def refuser(self):
        return self._keep(Refuser())

    def black_hole(self):
        return self._keep(BlackHole())

    def victim(self):
        return self._keep(Victim())

    def name_server(self, **wishes):
        return self._keep(NameServer(**wishes))

    def connect(self, where, **wishes):
        """A client of that proxy (or address)."""
        return self.adopt(Peer.connect(getattr(where, "address", where), **wishes))

    def serves(self, where):
        """Whether a client of its own gets an echo there."""
        client = self.connect(where)
        try:
            client.echo()
            return True
        except (AssertionError, OSError):
            return False
        finally:
            client.close()

    def adopt(self, peer):
        self.clients.append(peer)
        return peer

    def _keep(self, server):
        self._servers.append(server)
        return server

    # Leaving

    def leave(self):
        try:
            for client in self.clients:
                client.reset()
            for server in self._servers:
                server.stop()
            for running in self._proxies:
                self._judge(running)
        finally:
            for running in self._proxies:
                running.kill()
                print(f"--- stderr of {running.pid}\n{running.stderr()[-LOG_TAIL_CHARACTERS:]}")
            self._directories.remove()

    def _judge(self, running):
        if running.ending_judged:
            with contextlib.suppress(ProcessLookupError):
                running.terminate()
            running.judge_log()
            return
        assert running.alive(), f"ended by itself: {running.wait_for_exit()}\n{running.stderr()}"
        if self.at_rest_at_end:
            running.wait_until_at_rest()
            running.wait_until_descriptors_are_back()
        running.terminate()
        running.expect_clean_exit()


def together(count, work):
    """Runs work(index) in `count` threads; returns the results, raises the first failure."""
    results, failures = [None] * count, []

    def run(index):
        try:
            results[index] = work(index)
        except BaseException as error:  # re-raised below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a peer is stuck"
    if failures:
        raise failures[0]
    return results
