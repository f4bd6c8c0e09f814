#!/usr/bin/env python3
"""Loss and test accuracy of one or several run folders, as a PNG.

usage: plot.py [--x queries|time|forward-equivalents] --out FILE.png RUN [RUN ...]
"""

import argparse
import json
import os
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend without a display)

SMOOTHING_POINTS = 60  # the thick line follows changes over about 1/60 of the run
AXES = {  # the entry of a step's event, and the label
    "queries": ("queries", "queries"),
    "time": ("wall_s", "wall-clock time (s)"),
    "forward-equivalents": ("forward_equivalents", "forward passes computed"),
}


def read_events(run, axis):
    """Steps and evaluations of a run as (x, loss) and (x, accuracy in %), where an evaluation stands at the x of its
    step; a last line that was cut by a crash is left out."""
    steps, evals, x_of_step = [], [], {0: 0}
    path = pathlib.Path(run) / "metrics.jsonl"
    for line in path.read_text().splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            break
        if event["event"] == "step":
            x_of_step[event["step"]] = event[AXES[axis][0]]
            if event["loss"] is not None:
                steps.append((x_of_step[event["step"]], event["loss"]))
        elif event["event"] == "eval":
            evals.append((x_of_step[event["step"]], 100 * event["accuracy"]))
    return steps, evals


def smooth(values):
    """Exponential mean without the pull towards zero at the start."""
    keep = 1 - min(1.0, 2 / (1 + max(1.0, len(values) / SMOOTHING_POINTS)))
    mean, weight, result = 0.0, 0.0, []
    for value in values:
        mean = keep * mean + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        result.append(mean / weight)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--x", choices=AXES, default="queries")
    parser.add_argument("--out", required=True)
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()
    if os.path.exists(arguments.out) and not os.path.isfile(arguments.out):
        sys.exit(f"plot.py: {arguments.out}: is a folder, a pipe or a device, which a picture must not replace")

    figure, (loss_axis, accuracy_axis) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for number, run in enumerate(arguments.runs):
        steps, evals = read_events(run, arguments.x)
        colour = f"C{number % 10}"
        name = pathlib.Path(run).resolve().name
        if steps:
            xs, losses = zip(*steps)
            loss_axis.plot(xs, losses, color=colour, linewidth=0.7, alpha=0.35)
            loss_axis.plot(xs, smooth(losses), color=colour, linewidth=2, label=name)
        if evals:
            accuracy_axis.plot(*zip(*evals), color=colour, marker="o", markersize=3, label=name)
    label = AXES[arguments.x][1]
    loss_axis.set(xlabel=label, ylabel="training loss of the batch (nats)", title="Loss")
    accuracy_axis.set(xlabel=label, ylabel="test accuracy (%)", title="Accuracy")
    for axis in (loss_axis, accuracy_axis):
        axis.grid(alpha=0.3)
        axis.xaxis.set_major_formatter(matplotlib.ticker.EngFormatter(sep=""))
        if axis.lines:
            axis.legend(fontsize="small")
    part = arguments.out + ".part"  # a reader sees the old picture or the new one
    figure.savefig(part, dpi=120, format="png", metadata={"Software": "zotrain"})
    os.replace(part, arguments.out)


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError) as error:
        sys.exit(f"plot.py: {error}")
