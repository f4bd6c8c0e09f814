#!/usr/bin/env python3
"""Training loss and test accuracy against queries or seconds, a picture a table of RESULTS.md: the median over the seeds, and between
quartiles a band. Colour and line style tell methods apart, so that it can be read in grey.

usage: pictures.py [--tier quick|full]     (`zotrain reproduce` calls it; it needs the records alone)
"""

import argparse
import json
import os
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend without a display)
import numpy as np  # noqa: E402
from matplotlib import ticker  # noqa: E402

import row  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
STYLES = ["-", "--", "-.", ":"]


def quartiles(curves):
    """(queries, lower, median, upper) of several curves, where all of them have begun and none has ended."""
    # The axis is logarithmic, so the evaluation before the first query has no place on it.
    curves = [[point for point in curve if point[0] > 0] for curve in curves]
    curves = [np.array(curve, float) for curve in curves if len(curve) > 1]
    if not curves:
        return None
    low, high = max(curve[0, 0] for curve in curves), min(curve[-1, 0] for curve in curves)
    if high <= low:
        return None
    queries = np.geomspace(low, high, 200)
    values = np.array([np.interp(queries, curve[:, 0], curve[:, 1]) for curve in curves])
    return queries, *np.percentile(values, [25, 50, 75], axis=0)


def draw(axis, rows, found, entry):
    for number, each in enumerate(rows):
        told = quartiles([run[entry] for run in found.get(each.label, {}).values()])
        if told is None:
            continue
        queries, lower, median, upper = told
        colour = f"C{number % 10}"
        axis.plot(queries, median, color=colour, linestyle=STYLES[number // 2 % len(STYLES)], label=each.title)
        axis.fill_between(queries, lower, upper, color=colour, alpha=0.2, linewidth=0)


def picture(path, table, rows, found):
    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(14, 5), layout="constrained")
    draw(losses, rows, found, "losses")
    draw(accuracies, rows, found, "accuracies")
    unit = {"queries": "queries", "time": "seconds"}[table.get("axis", "queries")]
    losses.set(xlabel=unit, ylabel="training loss (nats)", xscale="log", title=table["title"])
    accuracies.set(xlabel=unit, ylabel="test accuracy (%)", xscale="log")
    # A run that climbs must not press the others flat.
    losses.set_ylim(top=min(losses.get_ylim()[1], max(2.6, 1.05 * max(table["targets"]["loss"]))))
    for axis in (losses, accuracies):
        axis.grid(alpha=0.3)
        low, high = axis.get_xlim()
        marks = (1, 2, 5) if high < 200 * low else (1,)
        axis.xaxis.set(major_locator=ticker.LogLocator(subs=marks), major_formatter=ticker.EngFormatter(sep=""), minor_formatter=ticker.NullFormatter())
    # A row may have a curve on one side alone. Many names would cover the curves, so they stand beside them.
    shown = {label: handle for axis in (losses, accuracies) for handle, label in zip(*axis.get_legend_handles_labels())}
    labels = [each.title for each in rows if each.title in shown]
    if labels:
        figure.legend([shown[label] for label in labels], labels, fontsize="x-small", loc="outside right center")
    save(figure, path)


def save(figure, path):
    part = path.with_suffix(".part")  # a reader sees the old picture or the new one
    figure.savefig(part, dpi=110, format="png", metadata={"Software": "zotrain"})
    os.replace(part, path)
    plt.close(figure)


def paths(path, rows, found):
    """Where methods went on Rosenbrock's function, over its contours; the number of queries stands at the end."""
    figure, axis = plt.subplots(figsize=(8, 6), layout="constrained")
    x, y = np.meshgrid(np.linspace(-1.8, 1.4, 400), np.linspace(-0.6, 1.8, 400))
    axis.contour(x, y, np.log10((1 - x) ** 2 + 100 * (y - x**2) ** 2 + 1e-3), levels=14, colors="0.75", linewidths=0.7)
    for number, each in enumerate(rows):
        runs = found.get(each.label, {})
        if not runs:
            continue
        points = next(iter(runs.values()))["result"]["path"]
        places = np.array([point[2] for point in points])
        axis.plot(places[:, 0], places[:, 1], color=f"C{number % 10}", linestyle=STYLES[number % len(STYLES)], marker="o" if len(places) < 60 else None,
                  markersize=3, label=f"{each.title}: {points[-1][0]:,} queries")  # fmt: skip
    axis.plot(1, 1, "k*", markersize=10)
    axis.set(xlabel="x", ylabel="y", title="Rosenbrock, from (-1.2, 1) to 1e-3", xlim=(-1.8, 1.4), ylim=(-0.6, 1.8))
    axis.legend(fontsize="small")
    save(figure, path)


def write(rows_dir, tier):
    """A picture a table of training runs or of paths, in the folder `results` beside that of the rows."""
    found = json.loads((rows_dir.parent / "records" / f"{tier}.json").read_text())
    folder = rows_dir.parent / "results"
    folder.mkdir(exist_ok=True)
    for name, (table, rows) in row.read_tables(rows_dir, tier).items():
        if not any(each.label in found for each in rows):
            continue
        path = folder / f"{name}-{tier}.png"
        if table["verb"] == "train":
            picture(path, table, rows, found)
        elif table.get("options", {}).get("print-path"):
            paths(path, rows, found)
        else:
            continue
        print(f"picture: {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", choices=row.TIERS, default="quick")
    write(HERE / "rows", parser.parse_args().tier)


if __name__ == "__main__":
    main()
