"""Memory of a session that does nothing: how much a fresh proxy grows by N sessions that have
echoed once and are held; or, stopped, by N whose server pours while their client never reads.
Beside user memory: what lies in the proxy's pipes, and what TCP holds on the whole machine, the
load's sockets included."""

import statistics
import time

from harness import BenchError, accounts, load, proxies

SETTLE_SECONDS = 0.5
ECHO_BYTES = 64
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
                    say(f"{number + 1}/{self.arguments.repeats}  {self.add(proxy, backend)}")
        return {name: figures for name, figures in self.measured.items() if figures}

    def add(self, proxy, backend):
        try:
            figures = self.measure(proxy, backend)
        except accounts.Restless as restless:
            if proxy.name == self.arguments.subject:
                raise
            self.arguments.missing[proxy.name] = str(restless)
            return f"left out: {restless}"
        self.measured[proxy.name].append(figures)
        return f"{proxy.name}: {figures['anonymous']:.0f} bytes of anonymous memory a session"

    def measure(self, proxy, backend):
        sessions = self.arguments.connections
        size = 0 if self.arguments.stopped else self.arguments.bytes or ECHO_BYTES
        words = ["--connections", str(sessions), "--bytes", str(size)]
        with proxies.run(proxy, backend, self.arguments.place) as running:
            memory, descriptors = self.read(running)
            tool = load.client(
                self.arguments.load, self.arguments.load_core, "idle", running.address, words
            )
            with tool:
                if tool.answer()["held"] != sessions:
                    raise BenchError(f"{proxy.name}: not all of {sessions} sessions were held")
                memory_held, descriptors_held = self.read(running)
        if descriptors_held - descriptors < 2 * sessions - OWN_DESCRIPTORS:
            opened = descriptors_held - descriptors
            raise BenchError(f"{proxy.name}: {opened} descriptors for {sessions} sessions")
        figures = {key: (memory_held[key] - memory[key]) / sessions for key in memory}
        return figures | {"held": figures["anonymous"] + figures["pipes"]}

    @staticmethod
    def read(running):
        time.sleep(SETTLE_SECONDS)
        accounts.quiet_usage(running.pid, running.name)
        memory = accounts.memory(running.pid) | accounts.kernel_memory(running.pid)
        return memory, accounts.descriptors(running.pid)


def summarise(measured):
    return {
        name: {key: statistics.median(one[key] for one in all_of) for key in all_of[0]}
        for name, all_of in measured.items()
    }
