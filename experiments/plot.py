#!/usr/bin/env python3
"""Loss and test accuracy of one or several run folders, as a picture.

usage: plot.py [--x queries|time|forward-equivalents] [--names A,B,...] [--group] --out FILE.png|.pdf|.svg RUN [RUN ...]
"""

import argparse
import os
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend without a display)
from run_curves import LINEAR_DECADES, loss_axis, short_number, smooth, spread, x_axis  # noqa: E402
from run_files import AXES  # noqa: E402
from run_names import groups, read_runs, warnings  # noqa: E402
from script import end_with, require_file, warn, write_whole  # noqa: E402

# Line styles tell runs apart where colours do not: in grey, and for who sees few of them.
STYLES = ["-", "--", "-.", ":"]
# What each kind of file keeps of its making: no date, so that the same runs give the same bytes.
ENDINGS = {
    ".png": {"Software": "zotrain"},
    ".pdf": {"Creator": "zotrain", "CreationDate": None},
    ".svg": {"Creator": "zotrain", "Date": None},
}
# Of names, and of what stands above a curve, in letters and lines; longer ones end in dots.
NAME_WIDTH, NAME_LINES, NOTE_WIDTH = 36, 3, 60
MOST_INSIDE = 4  # names, of one line each, that leave the curves room
HEIGHT, LINE_HEIGHT = 4, 0.19  # inches


def draw_line(axis, points, **look):
    """A line, and a single point as what it is, which a line would not show."""
    if points:
        axis.plot(*zip(*points), **{"marker": "o" if len(points) == 1 else "", "markersize": 4, **look})


def smoothed(curve):
    return list(zip([x for x, _ in curve], smooth([y for _, y in curve])))


def draw_run(losses, accuracies, run, x, look):
    draw_line(losses, run.losses(x), color=look["color"], linewidth=0.7, alpha=0.35)
    draw_line(losses, smoothed(run.losses(x)), linewidth=2, **look)
    draw_line(accuracies, run.accuracies(x), marker="o", markersize=3, **look)


def draw_group(losses, accuracies, runs, x, along, look):
    """Mean and range over the runs, of smooth losses and of accuracies."""
    for axis, curves in ((losses, [smoothed(run.losses(x)) for run in runs]), (accuracies, [run.accuracies(x) for run in runs])):
        xs, low, mean, high = spread(curves, along)
        draw_line(axis, list(zip(xs, mean)), linewidth=2, **look)
        if len(xs) == 1:
            axis.vlines(xs, low, high, color=look["color"], alpha=0.4)
        axis.fill_between(xs, low, high, color=look["color"], alpha=0.2, linewidth=0)


def scale_x(axis, along):
    axis.set_xlabel(along.label)
    axis.grid(alpha=0.3)
    if along.first:  # where 0 has its place at the left, for the evaluation before the first query
        axis.set_xscale("symlog", linthresh=along.first, linscale=0.9 * LINEAR_DECADES)  # matplotlib divides by 1 - 1 / base
        axis.set_xlabel(f"{along.label}\n(logarithmic from the first step on)")
        axis.set_xticks(along.ticks())
        axis.set_xticks([], minor=True)
        axis.set_xlim(*along.at([-1.1 * LINEAR_DECADES, along.place(along.last) + 0.1 * LINEAR_DECADES]))
    axis.xaxis.set_major_formatter(lambda value, _: short_number(value))


def scale_loss(axis, runs):
    scale = loss_axis(runs)
    if scale.logarithmic:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(matplotlib.ticker.LogFormatter(minor_thresholds=(2, 0.5)))
    if scale.ends:
        axis.set_ylim(*scale.ends)
        axis.set_title(f"Loss\n{fitted(scale.note, NOTE_WIDTH)}", fontsize="medium")


def fitted(text, width=NAME_WIDTH):
    return "\n".join(textwrap.wrap(text, width, max_lines=NAME_LINES, placeholder=" …", break_on_hyphens=False))


def name_lines(figure, axis, looks):
    """The legend: on the curves where they have the room, else beside them, in a picture that is high enough."""
    names = [fitted(name) for name, _ in looks]
    handles = [matplotlib.lines.Line2D([], [], linewidth=2, **look) for _, look in looks]
    if len(names) > MOST_INSIDE or any("\n" in name for name in names):
        lines = sum(name.count("\n") + 1 for name in names)
        figure.set_figheight(max(HEIGHT, LINE_HEIGHT * (lines + 1)))
        legend = figure.legend(handles, names, fontsize="small", loc="outside right center")
    else:
        legend = axis.legend(handles, names, fontsize="small")
    for text in legend.get_texts():
        text.set_parse_math(False)  # a dollar sign in a name is one


def draw(runs, x, group):
    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(11, HEIGHT), layout="constrained", sharex=True)
    along, looks = x_axis(runs, x), []
    for number, (name, members) in enumerate(groups(runs) if group else [(run.name, [run]) for run in runs]):
        look = {"color": f"C{number % 10}", "linestyle": STYLES[(number + number // 10) % len(STYLES)]}
        looks.append((name, look))
        if len(members) > 1:
            draw_group(losses, accuracies, members, x, along, look)
        else:
            draw_run(losses, accuracies, members[0], x, look)
    losses.set(ylabel="training loss of the batch (nats)", title="Loss")
    accuracies.set(ylabel="test accuracy (%)", title="Accuracy")
    scale_loss(losses, runs)
    for axis in (losses, accuracies):
        scale_x(axis, along)
    name_lines(figure, losses, looks)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--x", choices=AXES, default="queries")
    parser.add_argument("--out", required=True)
    parser.add_argument("--names", default="")
    parser.add_argument("--group", action="store_true")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()
    require_file(arguments.out, list(ENDINGS))
    runs = read_runs(arguments.runs, arguments.names)
    for warning in warnings(runs):
        warn(warning)
    figure = draw(runs, arguments.x, arguments.group)
    ending = os.path.splitext(arguments.out)[1].lower()
    plt.rcParams["svg.hashsalt"] = "zotrain"  # of the names within a file, else drawn anew each time
    write_whole(arguments.out, lambda part: figure.savefig(part, dpi=120, format=ending[1:], metadata=ENDINGS[ending]))


if __name__ == "__main__":
    end_with(main)
