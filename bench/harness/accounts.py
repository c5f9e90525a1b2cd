"""What the kernel keeps of a proxy, over all its processes and threads:
CPU, context switches, memory and descriptors."""

import fcntl
import os
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import BenchError

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
ROUNDING_TICKS = 4  # of each process: four figures, each cut to whole ticks
ROUNDING_SHARE = 0.01

QUIET_SHARE = 0.02
QUIET_STEP_SECONDS = 0.02
QUIET_LIMIT_SECONDS = 2.0


class Restless(BenchError):
    """A proxy that works on when nobody wants anything of it."""


def family(pid):
    """The process and all its descendants (nginx: master and workers); none of no process."""
    if pid is None:
        return []
    children = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The command name may hold spaces and brackets; the parent is the second after it.
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


@dataclass
class Usage:
    """A reading of everything used so far."""

    thread_ns: dict = field(default_factory=dict)  # thread -> time on a CPU, exact
    processes: int = 0
    ticks_ns: int = 0  # user and system time in ticks, ended threads and children included
    voluntary: int = 0
    involuntary: int = 0
    machine_ns: int = 0  # all CPUs, whatever ran
    wall: float = 0.0


@dataclass
class Spent:
    """The difference of two readings."""

    cpu_ns: int
    exact: bool
    voluntary: int
    involuntary: int
    machine_ns: int
    wall_seconds: float


def usage(pid):
    reading = Usage(machine_ns=machine_busy_ns(), wall=time.monotonic())
    for member in family(pid):
        process = Path(f"/proc/{member}")
        try:
            # proc(5): utime, stime, cutime, cstime: fields 11 to 14 after the command name.
            ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:15]
            tasks = list((process / "task").iterdir())
        except OSError:
            raise BenchError(f"process {member} of a proxy has ended") from None
        reading.processes += 1
        reading.ticks_ns += sum(int(value) for value in ticks) * TICK_NS
        for task in tasks:
            add_task(reading, task)
    return reading


def add_task(reading, task):
    try:
        reading.thread_ns[task.name] = int((task / "schedstat").read_text().split()[0])
        status = (task / "status").read_text()
    except OSError:  # ended between the listing and the reading
        return
    reading.voluntary += number_of("voluntary_ctxt_switches", status)
    reading.involuntary += number_of("nonvoluntary_ctxt_switches", status)


def spent(before, after):
    """schedstat is exact but forgets threads that have ended, and with them what they used. The
    ticks of a process keep it: when they tell of more than rounding, they are taken."""
    threads_ns = sum(after.thread_ns.values()) - sum(before.thread_ns.values())
    ticks_ns = after.ticks_ns - before.ticks_ns
    rounding_ns = ROUNDING_TICKS * TICK_NS * after.processes + threads_ns * ROUNDING_SHARE
    all_there = before.thread_ns.keys() <= after.thread_ns.keys()
    exact = all_there and ticks_ns - threads_ns <= rounding_ns
    return Spent(
        cpu_ns=threads_ns if exact else ticks_ns,
        exact=exact,
        voluntary=after.voluntary - before.voluntary,
        involuntary=after.involuntary - before.involuntary,
        machine_ns=after.machine_ns - before.machine_ns,
        wall_seconds=after.wall - before.wall,
    )


def quiet_usage(pid, name="a proxy"):
    """A reading taken once the proxy has nothing left to do: less than 2 % of a core over 20 ms."""
    deadline = time.monotonic() + QUIET_LIMIT_SECONDS
    before = usage(pid)
    while True:
        time.sleep(QUIET_STEP_SECONDS)
        after = usage(pid)
        step = spent(before, after)
        if step.cpu_ns < QUIET_SHARE * step.wall_seconds * 1e9:
            return after
        if time.monotonic() > deadline:
            raise Restless(f"{name} without work is busy for {QUIET_LIMIT_SECONDS} s")
        before = after


def machine_busy_ns():
    # user, nice, system, idle, iowait, irq, softirq: everything but idle and iowait, and not steal.
    values = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]]
    return (sum(values) - values[3] - values[4]) * TICK_NS


def stolen_ns():
    """Time that the host of a virtual machine took from it, over all CPUs (proc(5), steal)."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) * TICK_NS


def number_of(key, text):
    """The first number on the line `key:` of a /proc file; 0 when there is no such line."""
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name == key:
            return int(rest.split()[0])
    return 0


# RssAnon of `status` is kept per CPU and summed late (proc(5)); smaps_rollup counts the pages.
MEMORY_FIGURES = {"anonymous": "Anonymous", "pss": "Pss", "private_dirty": "Private_Dirty"}


def memory(pid):
    """User memory in bytes by each figure, summed over the proxy's processes."""
    total = dict.fromkeys(MEMORY_FIGURES, 0)
    for member in family(pid):
        process = Path(f"/proc/{member}")
        text = (process / "smaps_rollup").read_text()
        for figure, key in MEMORY_FIGURES.items():
            total[figure] += number_of(key, text) * 1024
    return total


def kernel_memory(pid):
    """Bytes in the pipes of the proxy (FIONREAD, pipe(7)); and of the whole machine, both ends of
    every connection: what TCP's queues hold (/proc/net/sockstat, in pages) and the kernel's objects
    (Slab of /proc/meminfo: sockets, files, epoll entries)."""
    words = Path("/proc/net/sockstat").read_text().split("TCP:")[1].split("\n")[0].split()
    tcp = int(words[words.index("mem") + 1]) * os.sysconf("SC_PAGE_SIZE")
    slab = number_of("Slab", Path("/proc/meminfo").read_text()) * 1024
    return {"pipes": sum(map(piped_bytes, family(pid))), "tcp": tcp, "slab": slab}


def piped_bytes(pid):
    held = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
            if target.startswith("pipe:") and target not in held:
                held[target] = waiting_bytes(entry)
        except OSError:  # closed meanwhile
            continue
    return sum(held.values())


def waiting_bytes(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        answer = fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4)
    finally:
        os.close(fd)
    return int.from_bytes(answer, sys.byteorder)


def descriptors(pid):
    return sum(len(os.listdir(f"/proc/{member}/fd")) for member in family(pid))
