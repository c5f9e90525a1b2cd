"""Medians and their intervals."""

import math
import statistics
from dataclasses import dataclass

INTERVAL_SHARE = 0.8


@dataclass
class Estimate:
    median: float
    low: float
    high: float
    coverage: float  # what the interval really promises: about 80 %, less below 4 values

    def text(self, digits=3):
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def estimate(values):
    """Median with its 80 % interval by order statistics.

    The number of values below the true median is binomial (n, 1/2), whatever their distribution, so
    the k-th smallest and the k-th largest hold it between them with a probability that can be
    counted out (Conover, Practical Nonparametric Statistics, 3.2). Of those pairs the one that
    comes nearest to 80 % is taken; nothing is drawn at random.
    """
    ordered = sorted(values)
    n = len(ordered)
    pairs = range(1, max(n // 2, 1) + 1)
    best = min(pairs, key=lambda k: abs(coverage_of(n, k) - INTERVAL_SHARE))
    return Estimate(
        median=statistics.median(ordered),
        low=ordered[best - 1],
        high=ordered[n - best],
        coverage=coverage_of(n, best),
    )


def coverage_of(n, k):
    return max(0.0, 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2**n)


def round_ratios(subject, peer):
    """Round by round, because what disturbs a round disturbs both."""
    return [a / b for a, b in zip(subject, peer, strict=True) if b > 0]
