"""Bounds: given on the command line, held or missed by what was measured."""

import statistics

from harness import BenchError
from harness.turns import METRICS


def parse(texts, default, allowed):
    """`0.97` bounds the default metric, `p99=1.15` another."""
    bounds = []
    for text in texts:
        metric, _, value = text.rpartition("=")
        try:
            bounds.append((metric or default, float(value)))
        except ValueError:
            raise BenchError(f"--bound {text}: not NUMBER or METRIC=NUMBER") from None
        if bounds[-1][0] not in allowed:
            raise BenchError(f"--bound {text}: the metrics are {', '.join(allowed)}")
    return bounds


def better_peer(summary, compared, metric):
    """Of the peers that are proxies: no proxy at all (direct) has no CPU to compare."""
    choose = min if METRICS[metric].lower_is_better else max
    able = [peer for peer in compared if metric in compared[peer] and "cpu" in compared[peer]]
    if not able:
        raise BenchError(f"--bound {metric}: no peer here has such a figure")
    return choose(able, key=lambda peer: summary[peer][metric])


def judge_ratios(bounds, against, summary, compared):
    """A bound is missed when the whole interval lies on its wrong side."""
    verdicts = []
    for metric, bound in bounds:
        lower_is_better = METRICS[metric].lower_is_better
        peers = [better_peer(summary, compared, metric)] if against == "better" else compared
        for peer in peers:
            if metric not in compared[peer]:
                raise BenchError(f"--bound {metric}: this scenario has no such figure")
            ratio = compared[peer][metric]
            missed = ratio.low > bound if lower_is_better else ratio.high < bound
            most = "at most" if lower_is_better else "at least"
            whom = f"{peer}, the better peer" if against == "better" else peer
            text = f"{metric} {most} {bound:g} of {whom}: {ratio.text()}"
            verdicts.append({"bound": text, "held": not missed})
    return verdicts


def judge_idle(bounds, subject, measured):
    """Absolute, in bytes a session: missed when the median lies above."""
    verdicts = []
    for figure, bound in bounds:
        values = sorted(one[figure] for one in measured[subject])
        text = f"{subject} at most {bound:g} bytes of {figure} a session: "
        text += ", ".join(f"{value:.0f}" for value in values)
        verdicts.append({"bound": text, "held": statistics.median(values) <= bound})
    return verdicts
