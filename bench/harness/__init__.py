"""The parts of bench/compare: proxies, load, what the kernel knows of them, ratios, report."""


class BenchError(Exception):
    """Something keeps the bench from measuring; the message says what and how to go on."""
