"""A real Prometheus over weir: its tools find nothing wrong, every panel has data, and every alert
fires when its fault is made and stops when it is mended."""
import contextlib
import math
import os
import re
import resource
from pathlib import Path

import pytest
import yaml

import dashboards
from harness import backends
from harness.proxies import free_port
from harness.stage import Stage
from harness.wait import eventually
from load import Load, visit
from programs import Programs
from prometheus import DEPLOY, RULES, Prometheus, promtool
from test_deployment import to_come

pytestmark = pytest.mark.weir_only

FOLDER = DEPLOY / "prometheus"
BULK_BYTES = 4 * 1024 * 1024

# What promtool's lint says of a name, and why it stays.
LINT_EXCEPTIONS = {}


# promtool alone


def test_the_configuration_and_the_rules_are_valid():
    status, said = promtool("check", "config", FOLDER / "prometheus.yml")
    assert status == 0, said
    status, said = promtool("check", "rules", *RULES)
    assert status == 0, said


def test_every_alert_fires_and_stops_on_made_up_series():
    """Those that take hours, too. A case for each, by its name."""
    paths = [FOLDER / name for name in ("weir.alerts.test.yml", "weir.alerts.slow.test.yml")]
    tests = [test for path in paths for test in yaml.safe_load(path.read_text())["tests"]]
    assert {test["name"].partition(":")[0] for test in tests} == set(alerts())
    status, said = promtool("test", "rules", *paths)
    assert status == 0, said


def alerts():
    groups = yaml.safe_load((FOLDER / "weir.alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


# A weir that carries something of everything


class World:
    """Weirs, their backends and clients, and a Prometheus: made once for this file."""

    def __init__(self, driver, directory):
        self.stage = Stage(driver)
        self.stage.at_rest_at_end = False
        self.programs = Programs(directory)
        self.directory = directory
        self.load = Load()

    def end(self):
        try:
            self.load.stop()
        finally:
            self.programs.end()
            self.stage.leave()


@pytest.fixture(scope="module")
def world(proxy_driver, tmp_path_factory):
    made = World(proxy_driver, tmp_path_factory.mktemp("prometheus"))
    yield made
    made.end()


BUSY = """
reactors = 2
nameservers = {names}

[listener.web]
bind = 127.0.0.1:0
pool = web

[listener.bulk]
bind = 127.0.0.1:0
pool = bulk

[listener.narrow]
bind = 127.0.0.1:0
pool = narrow

[pool.web]
check = tcp interval=200ms
backend = {first} max_connections=200
backend = {second} max_connections=200

[pool.bulk]
backend = {refuser}
backend = {source}

[pool.narrow]
backend = {first} max_connections=1

[pool.named]
resolve_interval = 500ms
resolve_min = 100ms
backend = servers.test:{port}
"""


@pytest.fixture(scope="module")
def busy(world):
    """A weir under load, with everything that a panel may ask for."""
    stage = world.stage
    first, second = stage.backend(backends.echo), stage.backend(backends.echo)
    source = stage.backend(backends.source(BULK_BYTES))
    names = stage.name_server()
    names.records["servers.test"] = ["127.0.0.1"]
    weir = stage.proxy(config=BUSY.format(
        first=first.address, second=second.address, source=source.address,
        refuser=stage.refuser().address, names=names.address, port=first.address.split(":")[1],
    ), reactors=2)

    def download():
        client = stage.connect(weir.listeners["bulk"])
        client.finish_writing()
        client.receive_to_end()
        client.close()

    for _ in range(4):
        world.load.run(lambda: visit(weir.listeners["web"]), 0.05)
    for _ in range(3):
        world.load.run(lambda: visit(weir.listeners["narrow"]), 0.01)
    world.load.run(download, 0.1)
    return weir


@pytest.fixture(scope="module")
def prometheus(world, busy, faults):
    """Scrapes the one under load, and those with faults, from the start of this file on."""
    targets = {"busy": busy.admin, **{name: weir.admin for name, weir in faults.weirs.items()}}
    return Prometheus(world.programs, world.directory, targets)


def test_what_weir_exposes_has_no_fault_that_promtool_knows(busy):
    status, body = busy.request("/metrics")
    assert status == 200
    _, said = promtool("check", "metrics", given=body)
    told = dict(line.split(" ", 1) for line in said.splitlines() if line.startswith("weir_"))
    assert told == LINT_EXCEPTIONS, said
    assert not [line for line in said.splitlines() if not line.startswith("weir_")], said


def test_every_expression_of_the_dashboards_has_data(busy, prometheus):
    eventually(
        lambda: prometheus.query('changes(up{instance="busy"}[20s]) >= 0')
        and prometheus.query('count_over_time(up{instance="busy"}[20s]) >= 9'),
        40, "nine scrapes",
    )
    without = []
    for name in dashboards.names():
        dashboard = dashboards.load(name)
        ways = [way for way in dashboards.choices(dashboard, prometheus)
                if way["instance"] in ("busy", dashboards.EVERY)]
        assert ways, f"{name}: a variable offers nothing"
        for where, expression in dashboards.expressions(dashboard):
            if "annotation" in where or any(name in expression for name in to_come()):
                continue
            if not has_data(prometheus, expression, ways):
                without.append(f"{where}: {expression}")
    assert not without, "no data in any way to choose the variables:\n" + "\n".join(without)


def has_data(prometheus, expression, ways):
    """Whether some choice of the variables gives a number."""
    return any(
        math.isfinite(value)
        for way in ways
        for _, value in prometheus.query(dashboards.filled_in(expression, way))
    )


def test_the_annotation_of_alerts_and_every_rule_can_be_asked(prometheus):
    """Recording rules have data; those of alerts may well have none."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    eventually(lambda: prometheus.query(rule["record"]), 20, rule["record"])
                else:
                    prometheus.query(rule["expr"])
    for name in dashboards.names():
        for _, expression in dashboards.expressions(dashboards.load(name)):
            if expression.startswith("ALERTS"):
                prometheus.query(expression)


# Alerts, by faults that are really made

# Those that promtool alone makes, and why.
ONLY_MADE_UP = {
    "WeirSessionsFailingSlowly": "the same expression over longer windows",
    "WeirRestarts": "three more starts of what WeirDown starts once",
    "WeirReactorSaturated": "takes a core of a machine whose other tests measure time",
    "WeirReactorImbalance": "the same",
    "WeirReactorStalled": "needs a fault point, which a release does not have",
    "WeirHandlerFaults": "the same",
}

FAULTY = """
nameservers = {names}

[listener.doomed]
bind = 127.0.0.1:0
pool = doomed

[listener.refusing]
bind = 127.0.0.1:0
pool = refusing

[listener.narrow]
bind = 127.0.0.1:0
pool = narrow
max_connections = 20

[listener.resetting]
bind = 127.0.0.1:0
pool = resetting

[pool.doomed]
check = tcp interval=100ms fast=100ms rise=1 fall=1
panic_threshold = 30
connect_timeout = 500ms
backend = {victims[0]}
backend = {victims[1]}
backend = {victims[2]}

[pool.refusing]
backend = {refuser}
backend = {echo}

[pool.narrow]
backend = {echo} max_connections=1

[pool.resetting]
backend = {resetting}

[pool.named]
resolve_interval = 500ms
resolve_min = 100ms
backend = servers.test:{port}
"""


SESSIONS_OF_SHORT = 60
FEW_DESCRIPTORS = 5  # for a scrape, and a visitor or two


class Faults:
    """Weirs in which each fault can be made and mended. All are made together, for each weir and
    each Prometheus takes seconds to see one."""

    def __init__(self, world):
        self.stage, self.world = world.stage, world
        self.echo = self.stage.backend(backends.echo)
        self.victims = [self.stage.victim() for _ in range(3)]
        self.refuser = self.stage.refuser()
        self.names = self.stage.name_server()
        self.names.records["servers.test"] = ["127.0.0.1"]
        self.resetting = self.stage.backend(backends.echo)
        self.pipe = Path(self.stage.directory()) / "access"
        os.mkfifo(self.pipe)
        self.unread = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.admin_of_mortal = f"127.0.0.1:{free_port()}"
        self.weirs = {
            "faulty": self.stage.proxy(config=FAULTY.format(
                names=self.names.address, refuser=self.refuser.address, echo=self.echo.address,
                victims=[victim.address for victim in self.victims],
                resetting=self.resetting.address, port=self.echo.address.split(":")[1],
            )),
            "short": self.stage.proxy([self.echo], access_log=str(self.pipe)),
        }
        self.weirs["mortal"] = self.start_mortal()
        self._held = contextlib.ExitStack()
        faulty = self.weirs["faulty"]
        for name in ("doomed", "refusing", "resetting"):
            for _ in range(2):
                world.load.run(lambda name=name: visit(faulty.listeners[name]), 0.05)
        for _ in range(4):
            world.load.run(lambda: visit(self.weirs["short"].address), 0.001)

    def start_mortal(self):
        return self.stage.proxy([self.echo], admin=self.admin_of_mortal)

    def make(self):
        for victim in self.victims:
            victim.kill()
        self.names.mode = "silent"
        self.resetting.behaviour = lambda peer: peer.reset()
        faulty, short = self.weirs["faulty"], self.weirs["short"]
        for _ in range(20):  # one is served, the others wait; and the listener is full
            self._held.callback(self.stage.connect(faulty.listeners["narrow"]).close)
        for _ in range(SESSIONS_OF_SHORT):
            client = self.stage.connect(short)
            client.echo()
            self._held.callback(client.close)
        limits = resource.prlimit(short.pid, resource.RLIMIT_NOFILE)
        self._held.callback(resource.prlimit, short.pid, resource.RLIMIT_NOFILE, limits)
        # Enough for a scrape, too little for all visitors at a time.
        few = short.descriptors_at_start + 2 * SESSIONS_OF_SHORT + FEW_DESCRIPTORS
        resource.prlimit(short.pid, resource.RLIMIT_NOFILE, (few, limits[1]))
        self.weirs["mortal"].terminate()
        self.weirs["mortal"].expect_clean_exit()

    def mend(self):
        for victim in self.victims:
            victim.restart()
        self.refuser.open_up(backends.echo)
        self.names.mode = "answer"
        self.resetting.behaviour = backends.echo
        self._held.close()
        self.weirs["mortal"] = self.start_mortal()
        os.set_blocking(self.unread, True)
        self.world.load.run(lambda: os.read(self.unread, 65536), 0)


@pytest.fixture(scope="module")
def faults(world):
    return Faults(world)


def test_every_alert_fires_for_its_fault_and_stops_when_it_is_mended(prometheus, faults):
    expected = set(alerts()) - set(ONLY_MADE_UP)
    assert set(ONLY_MADE_UP) <= set(alerts())
    fired = {}

    def firing():
        return prometheus.firing(faults.weirs)

    def missing():
        for name, found in firing().items():
            fired.setdefault(name, found)
        return expected - set(fired)

    faults.make()
    eventually(lambda: not missing(), 45, Left(missing))
    faults.mend()
    eventually(lambda: not firing(), 45, Left(lambda: sorted(firing())))
    for name, found in fired.items():
        for text in [text for alert in found for text in alert["annotations"].values()]:
            assert "<no value>" not in text and "error" not in text, (name, text)


class Left:
    """What is left to wait for, said when the wait has failed."""

    def __init__(self, left):
        self._left = left

    def __str__(self):
        return f"still to come: {self._left()}"
