"""deploy/systemd/weir.service forbids system calls; weir must need none of them."""
import re
import subprocess
from pathlib import Path

import pytest

from harness import backends
from harness.running import Running
from harness.wait import eventually
from programs import need
from prometheus import DEPLOY

pytestmark = pytest.mark.weir_only

WRAPPER = Path(__file__).with_name("under_filter.py")

CONFIG = """
reactors = 2
pin = auto
nameservers = {names}
admin = 127.0.0.1:0
access_log = {log}
drain_timeout = 5s
[listener.web]
bind = 127.0.0.1:0
pool = web
[listener.file]
bind = unix:{directory}/sock
pool = web
[pool.web]
check = tcp interval=100ms
eject_after = 3
backend = {echo} max_connections=100
backend = {refuser}
backend = servers.test:{port}
"""


def calls_of(group):
    """The system calls of a group of systemd's, those of the groups inside it too."""
    done = subprocess.run([need("systemd-analyze"), "syscall-filter", group],
                          capture_output=True, text=True, check=True)
    found = set()
    for entry in re.findall(r"^    (@?[\w-]+)$", done.stdout, re.M):
        found |= calls_of(entry) if entry.startswith("@") else {entry}
    return found


def allowed_by_the_unit():
    """As systemd reads the lines: the first says what is allowed, "~" takes away again."""
    allowed = set()
    unit = (DEPLOY / "systemd" / "weir.service").read_text(encoding="utf-8")
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit, re.M):
        calls = set().union(*map(calls_of, line.lstrip("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    assert len(allowed) > 100
    return allowed


def run(stage, calls, config):
    path = f"{stage.directory()}/weir.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(config)
    running = Running(["/usr/bin/python3", "-B", str(WRAPPER), ",".join(sorted(calls)),
                       stage.driver.binary, "--config", path])
    running.has_metrics = True
    stage.keep_running(running)
    return running


def config(stage):
    names = stage.name_server()
    names.records["servers.test"] = ["127.0.0.1"]
    echo = stage.backend(backends.echo).address
    directory = stage.directory()
    return CONFIG.format(
        names=names.address, log=f"{directory}/access.log", directory=directory, echo=echo,
        refuser=stage.refuser().address, port=echo.split(":")[1],
    ), directory


def test_weir_lives_with_what_its_unit_allows(stage):
    """Sessions, splice, checks, names, files, a scrape and the drain, and no call that kills."""
    text, directory = config(stage)
    weir = run(stage, allowed_by_the_unit(), text)
    address = weir.wait_for_line(r"listening on (\S+) \(listener web").group(1)
    weir.admin = weir.wait_for_line(r"admin on (\S+)").group(1)
    for where in (address, f"unix:{directory}/sock"):
        client = stage.connect(where)
        client.echo()
        client.echo(bytes(60_000))
        client.close()
    eventually(lambda: weir.counted("weir_backend_checks_total") > 4, what="checks")
    eventually(lambda: weir.counted("weir_name_answers") == 1, what="the name is resolved")
    weir.terminate()
    weir.expect_clean_exit()


def test_a_filter_that_forbids_what_it_needs_kills_it(stage):
    """Or the test above would prove nothing."""
    text, _ = config(stage)
    weir = run(stage, allowed_by_the_unit() - {"epoll_ctl"}, text)
    assert weir.wait_for_exit() == -31, weir.stderr()  # SIGSYS
