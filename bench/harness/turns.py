"""Scenarios measured in turns: every round runs one window through each proxy."""

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

from harness import BenchError, accounts, load, processes, proxies, ratios

ELEPHANT_SECONDS = 2  # longer than the mice, however long they take to connect
IDLE_SHARE_LIMIT = 0.005  # of a core, for a proxy that is not being measured
STOLEN_SHARE_LIMIT = 0.02


@dataclass(frozen=True)
class Scenario:
    mode: str  # of weir-load
    words: tuple  # its options
    backend: str  # echo or source or sink
    result_key: str  # what the load counts
    per_unit: float  # how many of them make a unit of work
    unit: str
    beside: tuple = ()  # another weir-load at work during the windows
    headline: str = "cpu"  # what is bounded unless another metric is named


@dataclass(frozen=True)
class Metric:
    title: str
    lower_is_better: bool


METRICS = {
    "cpu": Metric("proxy CPU, us/unit", True),
    "rate": Metric("rate, unit/s", False),
    "beside": Metric("bulk beside it, GB/s", False),
    "p50": Metric("p50, us", True),
    "p99": Metric("p99, us", True),
    "machine": Metric("machine CPU, us/unit", True),
    "voluntary": Metric("voluntary switches/unit", True),
    "involuntary": Metric("involuntary switches/unit", True),
}


def round_trips(arguments):
    words = ("--connections", str(arguments.connections), "--bytes", str(arguments.bytes))
    return Scenario("round-trips", words, "echo", "round_trips", 1, "round trip")


def mice(arguments):
    """Round trips beside bulk flows on the same reactor."""
    words = ("--connections", str(arguments.connections), "--bytes", str(arguments.bytes))
    beside = ("bulk", "--flows", str(arguments.elephants), "--check", "none", "--ask")
    return Scenario("round-trips", words, "echo", "round_trips", 1, "round trip", beside, "p99")


def churn(arguments):
    words = ("--at-once", str(arguments.at_once), "--bytes", str(arguments.bytes))
    return Scenario("churn", words, "echo", "connections", 1, "connection")


def bulk(arguments):
    backend = "source" if arguments.direction == "down" else "sink"
    words = ("--flows", str(arguments.flows), "--direction", arguments.direction)
    words += ("--check", arguments.check)
    return Scenario("bulk", words, backend, "bytes", 1e9, "GB")


def order_of(number, proxies):
    """Who goes when in that round: who is first rotates, and when each has been, the next rounds go
    backwards, so that nobody always follows the same one."""
    turn = number % len(proxies)
    order = proxies[turn:] + proxies[:turn]
    return order[::-1] if number // len(proxies) % 2 else order


class Turns:
    """The proxies stay up for --restart-rounds rounds; order_of() says who goes when."""

    def __init__(self, scenario, compared, arguments):
        self.scenario = scenario
        self.compared = compared
        self.arguments = arguments
        self.rounds = {proxy.name: [] for proxy in compared}
        self.left_out = {}  # the rounds of those that did not come to rest
        self.most_idle_share = 0.0
        self.most_stolen_share = 0.0  # of a core, by the machine's host
        self.repeated = 0  # windows measured again, because a proxy had a busy moment

    def run(self, say):
        arguments = self.arguments
        with load.backend(arguments.load, arguments.load_core, self.scenario.backend) as tool:
            backend = tool.answer()["listening"]
            done = 0
            while done < arguments.rounds:
                batch = arguments.restart_rounds or arguments.rounds
                done = self.run_batch(backend, done, min(done + batch, arguments.rounds), say)
        return self.rounds

    def run_batch(self, backend, first, last, say):
        with ExitStack() as stack:
            running = [
                stack.enter_context(proxies.run(proxy, backend, self.arguments.place))
                for proxy in self.compared
                if proxy.name in self.rounds
            ]
            for number in range(first, last):
                for proxy in order_of(number, running):
                    others = [other for other in running if other is not proxy]
                    if not self.add_round(proxy, others, say):
                        running.remove(proxy)
                say(self.progress(number))
        return last

    def add_round(self, proxy, others, say):
        """False when it was stopped and left out: it loses connections or bytes; or, twice in a
        round, it does not come to rest, so that its CPU cannot be told apart and the others have
        less."""
        try:
            self.rounds[proxy.name].append(self.measure_again(proxy, others))
            return True
        except (accounts.Restless, load.Fault) as fault:
            if proxy.name == self.arguments.subject:
                raise
            say(f"left out: {proxy.name}: {fault}")
            self.arguments.missing[proxy.name] = str(fault)
            self.left_out[proxy.name] = self.rounds.pop(proxy.name)
        proxy.stop()
        return False

    def measure_again(self, proxy, others):
        """Twice, when the first time it had a busy moment."""
        try:
            return self.measure(proxy, others)
        except accounts.Restless:
            self.repeated += 1
            return self.measure(proxy, others)

    def measure(self, proxy, others):
        words = [*self.scenario.words, "--seconds", str(self.arguments.seconds)]
        words += ["--warm-up", str(self.arguments.warm_up), "--gated"]
        tool = load.client(
            self.arguments.load, self.arguments.load_core, self.scenario.mode, proxy.address, words
        )
        beside = None
        with ExitStack() as stack:
            if self.scenario.beside:
                beside = stack.enter_context(self.elephants(proxy))
            stack.enter_context(tool)
            tool.answer()
            idle_before = [accounts.usage(other.pid) for other in others]
            stolen, began = accounts.stolen_ns(), time.monotonic()
            before = self.read(proxy)
            result = tool.window(self.arguments.seconds)
            after = self.read(proxy)
            idle_after = [accounts.usage(other.pid) for other in others]
            stolen = (accounts.stolen_ns() - stolen) / 1e9 / (time.monotonic() - began)
            self.most_stolen_share = max(self.most_stolen_share, stolen)
            bulk = self.bulk_beside(beside) if beside else None
        accounts.quiet_usage(proxy.pid, proxy.name)  # it closes what the load has left behind
        for a, b in zip(idle_before, idle_after, strict=True):
            idle = accounts.spent(a, b)
            share = idle.cpu_ns / 1e9 / idle.wall_seconds
            self.most_idle_share = max(self.most_idle_share, share)
        figures = self.figures(result, accounts.spent(before, after))
        return {**figures, "beside": bulk} if beside else figures

    def read(self, proxy):
        if self.scenario.beside:  # no rest to wait for, and CPU is not the question
            return accounts.usage(proxy.pid)
        return accounts.quiet_usage(proxy.pid, proxy.name)

    def elephants(self, proxy):
        """Bulk flows through the same proxy, until the context ends."""
        mode, *words = self.scenario.beside
        seconds = self.arguments.seconds + self.arguments.warm_up + ELEPHANT_SECONDS
        words = [*words, "--seconds", str(seconds), "--gated", "--warm-up", "0.1"]
        core = self.arguments.load_core
        tool = load.client(self.arguments.load, core, mode, proxy.address, words)
        tool.answer()
        tool.begin()
        return tool

    @staticmethod
    def bulk_beside(elephants):
        """GB/s of the elephants, which must have outlasted the mice and lost nothing."""
        if elephants.has_answered():
            raise BenchError("the bulk flows had ended before the window did")
        result = elephants.result()
        return result["bytes"] / result["seconds"] / 1e9

    def figures(self, result, spent):
        units = result[self.scenario.result_key] / self.scenario.per_unit
        if units <= 0:
            raise BenchError(f"nothing came through: {result}")
        figures = {
            "units": units,
            "seconds": result["seconds"],
            "cpu": spent.cpu_ns / 1000 / units,
            "cpu_is_exact": spent.exact,
            "cpu_share": spent.cpu_ns / 1e9 / result["seconds"],
            "machine": spent.machine_ns / 1000 / units,
            "voluntary": spent.voluntary / units,
            "involuntary": spent.involuntary / units,
            "rate": units / result["seconds"],
        }
        for name in ("p50", "p90", "p99", "p999"):
            if f"{name}_us" in result:
                figures[name] = result[f"{name}_us"]
        return figures

    def progress(self, number):
        headline = self.scenario.headline
        parts = [f"{name} {of[-1][headline]:.2f}" for name, of in self.rounds.items()]
        title = METRICS[headline].title.replace("unit", self.scenario.unit)
        return f"round {number + 1}/{self.arguments.rounds}  {title}: {'  '.join(parts)}"


def series(rounds, name, metric):
    return [figures[metric] for figures in rounds[name] if metric in figures]


def summarise(rounds):
    """Medians of every proxy and metric."""
    summary = {}
    for name in rounds:
        summary[name] = {
            metric: statistics.median(values)
            for metric in [*METRICS, "p90", "p999", "cpu_share", "seconds"]
            if (values := series(rounds, name, metric))
        }
    return summary


def compare(rounds, subject):
    """Estimates of subject/peer for every peer and metric."""
    compared = {}
    for peer in rounds:
        if peer == subject:
            continue
        compared[peer] = {}
        for metric in METRICS:
            values = ratios.round_ratios(
                series(rounds, subject, metric), series(rounds, peer, metric)
            )
            if values:
                compared[peer][metric] = ratios.estimate(values)
    return compared
