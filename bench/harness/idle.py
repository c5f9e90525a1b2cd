"""Memory of a session that does nothing: how much a fresh proxy grows by N sessions that have
echoed once and are held; or, stopped, by N whose server pours while their client never reads. The
kernel's memory for TCP is the whole machine's: the load's sockets are in it, alike for all."""

import statistics
import time

from harness import BenchError, accounts, load, proxies

SETTLE_SECONDS = 0.5
OWN_DESCRIPTORS = 16  # a virtual machine opens and closes files meanwhile


class Idle:
    def __init__(self, compared, arguments):
        self.compared = [one for one in compared if getattr(one, "is_process", True)]
        self.arguments = arguments
        self.measured = {proxy.name: [] for proxy in self.compared}

    def run(self, say):
        kind = "source" if self.arguments.stopped else "echo"
        with load.backend(self.arguments.load, self.arguments.load_core, kind) as tool:
            backend = tool.answer()["listening"]
            for number in range(self.arguments.repeats):
                turn = number % len(self.compared)
                for proxy in self.compared[turn:] + self.compared[:turn]:
                    figures = self.measure(proxy, backend)
                    self.measured[proxy.name].append(figures)
                    say(
                        f"{number + 1}/{self.arguments.repeats}  {proxy.name}: "
                        f"{figures['anonymous']:.0f} bytes of anonymous memory a session"
                    )
        return self.measured

    def measure(self, proxy, backend):
        sessions = self.arguments.connections
        size = 0 if self.arguments.stopped else self.arguments.bytes
        words = ["--connections", str(sessions), "--bytes", str(size)]
        with proxies.run(proxy, backend, self.arguments.place) as running:
            memory, descriptors = self.read(running.pid)
            tool = load.client(
                self.arguments.load, self.arguments.load_core, "idle", running.address, words
            )
            with tool:
                if tool.answer()["held"] != sessions:
                    raise BenchError(f"{proxy.name}: not all of {sessions} sessions were held")
                memory_held, descriptors_held = self.read(running.pid)
        if descriptors_held - descriptors < 2 * sessions - OWN_DESCRIPTORS:
            opened = descriptors_held - descriptors
            raise BenchError(f"{proxy.name}: {opened} descriptors for {sessions} sessions")
        return {key: (memory_held[key] - memory[key]) / sessions for key in memory}

    @staticmethod
    def read(pid):
        time.sleep(SETTLE_SECONDS)
        accounts.quiet_usage(pid)
        return accounts.memory(pid) | accounts.kernel_memory(), accounts.descriptors(pid)


def summarise(measured):
    return {
        name: {key: statistics.median(one[key] for one in all_of) for key in all_of[0]}
        for name, all_of in measured.items()
    }
