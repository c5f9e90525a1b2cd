"""Processes of the bench: pinned, ended with the bench, stopped by their own pid."""

import random
import resource
import socket
import subprocess
from dataclasses import dataclass

STOP_SECONDS = 3


@dataclass(frozen=True)
class Place:
    """Where a proxy runs, and with how many threads."""

    cores: str  # numbers between commas
    threads: int = 1
    reactors: int = 1  # of weir, which may be given another number to show what it costs
    own_sockets: bool = False  # a listening socket for each thread (SO_REUSEPORT)


def count(text):
    """An option's value: 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def descriptor_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def raise_descriptor_limit():
    limit = descriptor_limit()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def pinned(command, core):
    """The command on one core; the kernel ends it should the bench die first (prctl(2))."""
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(core), *command]


def start(command, core, log, **pipes):
    return subprocess.Popen(pinned(command, core), stderr=log, **pipes)


def stop(process):
    """Asks twice (weir drains at the first signal and stops at the second), then kills."""
    for ask in (process.terminate, process.terminate, process.kill):
        if process.poll() is not None:
            return
        ask()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def free_port():
    """A free loopback port below the ephemeral range: no outgoing connection takes it meanwhile."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port found from 20000 to 32000")
