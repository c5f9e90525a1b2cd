"""Pictures of what was measured, for those who would rather look than read. Needs matplotlib
(apt-get install python3-matplotlib); without it there are tables only."""

WEIR, OTHERS, FLOOR = "#0b7285", "#adb5bd", "#e9ecef"


def load():
    """matplotlib, or None."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def color_of(name):
    return WEIR if name == "weir" else FLOOR if name == "direct" else OTHERS


def bars(pyplot, path, title, unit, values):
    """Horizontal bars, the best on top; values: {proxy: figure}, less is better."""
    height = 0.38 * len(values) + 1.0
    figure, axes = pyplot.subplots(figsize=(7.5, height), layout="constrained")
    draw_bars(axes, title, unit, values)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def panels(pyplot, path, several):
    """Bars beside bars; several: [(title, unit, values), ...]."""
    rows = (len(several) + 1) // 2
    height = rows * (0.3 * max(len(values) for _, _, values in several) + 0.9)
    figure, grid = pyplot.subplots(rows, 2, figsize=(11, height), layout="constrained")
    for axes, (title, unit, values) in zip(grid.flat, several):
        draw_bars(axes, title, unit, values)
    for axes in grid.flat[len(several) :]:
        axes.set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def draw_bars(axes, title, unit, values):
    ordered = sorted(values.items(), key=lambda item: item[1], reverse=True)
    names = [name for name, _ in ordered]
    figures = [value for _, value in ordered]
    drawn = axes.barh(names, figures, color=[color_of(name) for name in names], height=0.72)
    axes.bar_label(drawn, labels=[label_of(value) for value in figures], padding=4, fontsize=9)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(f"{unit}: less is better", fontsize=9)
    axes.margins(x=0.14)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def label_of(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def lines(pyplot, path, title, axis, unit, series):
    """Curves over a logarithmic axis; series: {proxy: [(x, y), ...]}."""
    figure, axes = pyplot.subplots(figsize=(7.5, 4), layout="constrained")
    for name, points in series.items():
        xs, ys = zip(*points)
        style = {"color": color_of(name), "linewidth": 2.4 if name == "weir" else 1.4}
        axes.plot(xs, ys, marker="o", markersize=4, label=name, **style)
        end = (xs[-1], ys[-1])
        axes.annotate(name, end, xytext=(6, -3), textcoords="offset points", fontsize=9)
    axes.set_xscale("log")
    every = sorted({x for points in series.values() for x, _ in points})
    axes.set_xticks(every, [f"{x:,}" for x in every])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.margins(x=0.12)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(axis, fontsize=9)
    axes.set_ylabel(unit, fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
