"""Waiting with a deadline: the only place that polls.

A test states a condition and how long it may take; nothing sleeps for a fixed time and hopes.
"""
import threading
import time

POLL_SECONDS = 0.005

_patience = 1.0


def set_patience(factor):
    """Stretches every deadline, for builds that are slow on purpose (sanitizers)."""
    global _patience
    _patience = factor


def patient(seconds):
    """The deadline as this build gets it."""
    return seconds * _patience


def eventually(condition, within=5.0, what="the condition"):
    """The first truthy value of condition(); fails when the deadline passes before one."""
    deadline = time.monotonic() + patient(within)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {patient(within):g} s, last seen {value!r}")
        pace(POLL_SECONDS)


def settled(read, quiet=0.3, within=10.0, what="the value"):
    """The value of read() once it has not changed for `quiet` seconds."""
    last, since = read(), time.monotonic()
    deadline = since + patient(within)
    while time.monotonic() - since < quiet:
        assert time.monotonic() < deadline, f"{what} never settled, last {last!r}"
        pace(POLL_SECONDS)
        value = read()
        if value != last:
            last, since = value, time.monotonic()
    return last


def pace(seconds):
    """A script's own rhythm: a throttled reader, a window that is measured. Not for waiting."""
    threading.Event().wait(seconds)


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self):
        self._start = time.monotonic()

    def seconds(self):
        return time.monotonic() - self._start


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
