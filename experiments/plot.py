#!/usr/bin/env python3
"""Loss and test accuracy of one or several run folders, as a PNG.

usage: plot.py [--x queries|time|forward-equivalents] [--names A,B,...] [--group] --out FILE.png RUN [RUN ...]
"""

import argparse
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend without a display)
from run_files import AXES, groups, read_runs, require_file, scales, smooth, spread, warnings  # noqa: E402

# Line styles tell runs apart where colours do not: in grey, and for who sees few of them.
STYLES = ["-", "--", "-.", ":"]


def draw_run(loss_axis, accuracy_axis, run, x, look):
    losses, accuracies = run.losses(x), run.accuracies(x)
    if losses:
        xs, values = zip(*losses)
        loss_axis.plot(xs, values, color=look["color"], linewidth=0.7, alpha=0.35)
        loss_axis.plot(xs, smooth(values), linewidth=2, label=run.name, **look)
    if accuracies:
        accuracy_axis.plot(*zip(*accuracies), marker="o", markersize=3, label=run.name, **look)


def smoothed(curve):
    xs, values = zip(*curve) if curve else ((), ())
    return list(zip(xs, smooth(values)))


def draw_group(loss_axis, accuracy_axis, name, runs, x, look):
    """Mean and range over the runs, of smooth losses and of accuracies."""
    for axis, curves in ((loss_axis, [smoothed(run.losses(x)) for run in runs]), (accuracy_axis, [run.accuracies(x) for run in runs])):
        xs, low, mean, high = spread(curves)
        if xs:
            axis.fill_between(xs, low, high, color=look["color"], alpha=0.2, linewidth=0)
            axis.plot(xs, mean, linewidth=2, label=name, **look)


def draw(runs, x, group):
    figure, (loss_axis, accuracy_axis) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharex=True)
    lines = list(groups(runs)) if group else [(run.name, [run]) for run in runs]
    for number, (name, members) in enumerate(lines):
        look = {"color": f"C{number % 10}", "linestyle": STYLES[(number + number // 10) % len(STYLES)]}
        if len(members) > 1:
            draw_group(loss_axis, accuracy_axis, name, members, x, look)
        else:
            draw_run(loss_axis, accuracy_axis, members[0], x, look)
    loss_axis.set(ylabel="training loss of the batch (nats)", title="Loss")
    accuracy_axis.set(ylabel="test accuracy (%)", title="Accuracy")
    scale, loss_scale = scales(runs, x)
    if loss_scale == "log":
        loss_axis.set_yscale("log")
        loss_axis.yaxis.set_major_formatter("{x:g}")
        loss_axis.yaxis.set_minor_formatter(matplotlib.ticker.LogFormatter(minor_thresholds=(2, 0.5)))
    for axis in (loss_axis, accuracy_axis):
        if scale == "log":  # which has no place for the evaluation before the first query
            axis.set_xscale("log", nonpositive="mask")
        axis.set_xlabel(AXES[x][1])
        axis.grid(alpha=0.3)
        axis.xaxis.set_major_formatter(matplotlib.ticker.EngFormatter(sep=""))
    handles, labels = max((axis.get_legend_handles_labels() for axis in (loss_axis, accuracy_axis)), key=lambda both: len(both[1]))
    if len(labels) > 4:  # beside the curves, which it would cover
        figure.legend(handles, labels, fontsize="small", loc="outside right center")
    elif labels:
        loss_axis.legend(handles, labels, fontsize="small")
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--x", choices=AXES, default="queries")
    parser.add_argument("--out", required=True)
    parser.add_argument("--names", default="")
    parser.add_argument("--group", action="store_true")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()
    require_file(arguments.out, "a picture")
    runs = read_runs(arguments.runs, arguments.names.split(",") if arguments.names else ())
    for warning in warnings(runs):
        print(f"warning: {warning}", file=sys.stderr)
    part = arguments.out + ".part"  # a reader sees the old picture or the new one
    draw(runs, arguments.x, arguments.group).savefig(part, dpi=120, format="png", metadata={"Software": "zotrain"})
    os.replace(part, arguments.out)


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"plot.py: {error}")
