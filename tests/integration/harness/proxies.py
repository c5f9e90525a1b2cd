"""Drivers: the same plan as a weir command line, an HAProxy or an NGINX stream configuration."""
import errno
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.running import Running, environment
from harness.wait import eventually


@dataclass
class Plan:
    """One listener before one pool, in weir's words; or a whole configuration of weir's."""

    backends: list = field(default_factory=list)
    listen: str = "127.0.0.1:0"
    reactors: int = 1
    options: dict = field(default_factory=dict)  # connect_timeout="1s", balance=..., retries=...
    config: str = ""  # text of a file; excludes backends and listen
    env: dict = field(default_factory=dict)
    nofile: int = 0  # soft and hard limit of descriptors
    unprivileged: bool = False  # as nobody, where the tests are root


def wrapped(command, plan):
    if plan.unprivileged and os.geteuid() == 0:
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    if plan.nofile:
        return ["prlimit", f"--nofile={plan.nofile}:{plan.nofile}", *command]
    return command


class Weir:
    name = "weir"

    def __init__(self, binary):
        self.binary = str(binary)

    def sanitizer(self):
        """address, thread or nothing."""
        libraries = subprocess.run(["ldd", self.binary], capture_output=True, text=True).stdout
        for word, library in (("address", "libasan"), ("thread", "libtsan")):
            if library in libraries:
                return word
        return ""

    def fault_points(self):
        return "fault points" in self.run("version").stdout

    def run(self, *arguments, env=None, within=30):
        """A command that ends by itself."""
        return subprocess.run(
            [self.binary, *arguments],
            capture_output=True,
            text=True,
            timeout=within,
            env=environment(env),
        )

    def command(self, plan, directory):
        command = [self.binary]
        defaults = {"admin": "127.0.0.1:0", "pin": "none", "drain_timeout": "5s"}
        defaults["relay"] = os.environ.get("WEIR_TEST_RELAY")
        if plan.config:
            path = Path(directory) / "weir.conf"
            path.write_text(plan.config)
            command += ["--config", str(path)]
        else:
            command += ["--listen", plan.listen]
            for backend in plan.backends:
                command += ["--backend", backend]
        for name, value in {**defaults, "reactors": plan.reactors, **plan.options}.items():
            if value is not None:
                command += ["--" + name.replace("_", "-"), str(value)]
        return command

    def launch(self, plan, directory):
        """Started, but not yet waited for."""
        running = Running(wrapped(self.command(plan, directory), plan), env=plan.env)
        running.has_metrics = True
        return running

    def start(self, plan, directory):
        running = self.launch(plan, directory)
        try:
            self.wait_until_listening(running, plan)
        except AssertionError:
            running.kill()
            raise
        running.descriptors_at_start = running.open_descriptors()
        return running

    def wait_until_listening(self, running, plan):
        names = re.findall(r"^\[listener\.([^\]]+)\]", plan.config, re.M) or ["default"]
        for name in names:
            pattern = rf"listening on (\S+) \(listener {re.escape(name)}[,)]"
            running.listeners[name] = running.wait_for_line(pattern).group(1)
        running.admin = running.wait_for_line(r"admin on (\S+)").group(1)
        running.address = running.listeners[names[0]]


class Reference:
    """A proxy that serves as a yardstick for the peers: no metrics, clean exit not judged."""

    def sanitizer(self):
        return ""

    def fault_points(self):
        return False

    def start(self, plan, directory):
        if plan.config:
            pytest.skip("a configuration file of weir's")
        address = plan.listen
        if address.endswith(":0"):
            address = address[: -len("0")] + str(free_port(address))
        running = Running(
            wrapped(self.command(plan, directory, address), plan), env=plan.env, cwd=directory
        )
        running.ending_judged = True
        running.address = address
        running.listeners["default"] = address
        try:
            eventually(lambda: reachable(address) or not running.alive(), 10, "listening")
            assert running.alive(), running.stderr()
        except AssertionError:
            running.kill()
            raise
        return running

    launch = start


class HAProxy(Reference):
    name = "haproxy"

    def command(self, plan, directory, address):
        get = plan.options.get
        servers = "\n".join(
            f"  server b{index} {backend.replace('unix:', 'unix@')}"
            for index, backend in enumerate(plan.backends)
        )
        idle = get("idle_timeout", "1h")
        path = Path(directory) / "haproxy.cfg"
        path.write_text(
            f"""global
  nbthread {plan.reactors}
  {'maxconn ' + str(get('max_connections')) if get('max_connections') else ''}
defaults
  mode tcp
  timeout connect {get('connect_timeout', '5s')}
  timeout client {idle}
  timeout server {idle}
  timeout client-fin {get('half_close_timeout', '5m')}
  timeout server-fin {get('half_close_timeout', '5m')}
  retries {get('retries', 2)}
  option redispatch 1
listen default
  bind {address.replace('unix:', 'unix@')}
  balance {'roundrobin' if get('balance') == 'round_robin' else 'leastconn'}
{servers}
"""
        )
        return ["/usr/sbin/haproxy", "-db", "-f", str(path)]


class Nginx(Reference):
    name = "nginx"

    def command(self, plan, directory, address):
        get = plan.options.get
        servers = "\n".join(f"    server {backend} max_fails=0;" for backend in plan.backends)
        path = Path(directory) / "nginx.conf"
        path.write_text(
            f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
error_log stderr warn;
pid {directory}/nginx.pid;
events {{ worker_connections 4096; }}
stream {{
  upstream pool {{
    {'' if get('balance') == 'round_robin' else 'least_conn;'}
{servers}
  }}
  server {{
    listen {address};
    proxy_pass pool;
    proxy_half_close on;
    proxy_connect_timeout {get('connect_timeout', '5s')};
    proxy_timeout {get('idle_timeout', '1h')};
    proxy_next_upstream_tries {int(get('retries', 2)) + 1};
  }}
}}
"""
        )
        return ["/usr/sbin/nginx", "-p", str(directory), "-c", str(path)]


class PythonRelay(Reference):
    """Right, or wrong in the way that WEIR_TEST_FAULT names (see python_relay.py)."""

    name = "python"

    def command(self, plan, directory, address):
        get = plan.options.get
        script = Path(__file__).with_name("python_relay.py")
        words = [
            address.rpartition(":")[2],
            os.environ.get("WEIR_TEST_FAULT", "none"),
            get("balance", "least_connections"),
            get("retries", 2),
            get("max_connections", 0),
        ]
        return [sys.executable, "-B", str(script), *map(str, words), *plan.backends]


def reachable(address):
    """HAProxy binds a unix socket under another name and renames it."""
    if address.startswith("unix:"):
        return os.path.exists(address[len("unix:") :])
    return is_listening(address)


def is_listening(address):
    """True when a socket listens there; asked of the kernel, so nobody has to connect."""
    if address.startswith("unix:"):
        path = address[len("unix:") :]
        rows = Path("/proc/net/unix").read_text(encoding="ascii", errors="replace").splitlines()
        return any(row.endswith(" " + path) and row.split()[3] == "00010000" for row in rows)
    port = int(address.rpartition(":")[2])
    return port in listening_ports()


def listening_ports():
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def free_port(address="127.0.0.1:0"):
    """A port for what cannot be started on port 0. It is below those that the kernel gives to who
    connects or asks for port 0, so that none of the many that do takes it in between."""
    family = socket.AF_INET6 if address.startswith("[") else socket.AF_INET
    host = address.rpartition(":")[0].strip("[]")
    given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(given, 20_000))
        with socket.socket(family) as sock:
            try:
                sock.bind((host, port))
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def driver(name, binary):
    if name == "weir":
        return Weir(binary)
    return {"haproxy": HAProxy, "nginx": Nginx, "python": PythonRelay}[name]()


class Directories:
    """Short temporary directories: a unix socket's path has room for 107 bytes."""

    def __init__(self):
        self._made = []

    def make(self):
        path = tempfile.mkdtemp(prefix="weir-")
        self._made.append(path)
        return path

    def remove(self):
        for path in self._made:
            shutil.rmtree(path, ignore_errors=True)
