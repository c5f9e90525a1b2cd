"""Where and with what a result was measured."""

import os
import platform
from datetime import datetime, timezone
from pathlib import Path

from harness import proxies

TRACKED_FEW = 50  # a machine that tracks has one for each connection of the last minutes


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def tracked_connections():
    """Netfilter's entries: none unless rules (a container engine's, say) make it track."""
    try:
        return int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text())
    except OSError:
        return 0


def facts(compared, cores):
    git = ["git", "-C", str(proxies.ROOT)]
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "cores": cores,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "git": proxies.output_of(*git, "describe", "--always", "--dirty", "--abbrev=12"),
        "load_average_at_start": os.getloadavg()[0],
        "versions": {proxy.name: proxy.version() for proxy in compared},
    }
