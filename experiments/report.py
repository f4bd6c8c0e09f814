#!/usr/bin/env python3
"""Run folders as one HTML page, CSV or TensorBoard files.

usage: report.py [--names A,B,...] [--out FILE.html] RUN [RUN ...]
       report.py --csv RUN [RUN ...]                 (metrics.csv in each run folder: a line a step)
       report.py --tensorboard FOLDER RUN [RUN ...]  (event files, a folder a run)
"""

import argparse
import csv
import os
import pathlib
import shutil
import tempfile

from run_names import folder_names, option_text, read_runs, warnings
from script import Unusable, end_with, require_file, warn, write_whole

EVENT_FILE = "events.out.tfevents.zotrain"  # of one name, so that a second call replaces the points of the first


def write_csv(run):
    """metrics.csv: the entries of a step's event, and the evaluation after it."""
    evals = {one["step"]: {f"test_{key}": one[key] for key in ("loss", "accuracy")} for one in run.evals}
    first = [{"step": 0, "queries": 0, **evals[0]}] if 0 in evals else []
    rows = first + [{**{k: v for k, v in step.items() if k != "event"}, **evals.get(step["step"], {})} for step in run.steps]
    names = list(dict.fromkeys(name for row in rows for name in row))

    def fill(part):
        with open(part, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows({name: "" if value is None else option_text(value) for name, value in row.items()} for row in rows)

    path = run.folder / "metrics.csv"
    write_whole(path, fill)
    return path


def add_scalars(writer, run):
    """Scalars against queries, which is what a step costs. A log has no dates: its file was written last at the end of the run, and
    seconds before that are those of its steps; an evaluation has the time of its step."""
    queries, seconds = run.x_of_steps("queries"), run.x_of_steps("time")
    start = run.log.stat().st_mtime - max(seconds.values())

    def add(tag, value, step):
        writer.add_scalar(tag, value, queries[step], walltime=start + seconds[step])

    for step in run.steps:
        for name, value in step.items():
            if isinstance(value, (int, float)) and name not in ("step", "queries"):
                add(f"step/{name}", value, step["step"])
    for one in run.evals:
        for name in ("loss", "accuracy"):
            if one[name] is not None:
                add(f"{one.get('split', 'test')}/{name}", one[name], one["step"])


def write_tensorboard(run, folder):
    from tensorboardX import SummaryWriter

    def fill(part):
        with tempfile.TemporaryDirectory() as made:
            with SummaryWriter(made) as writer:
                add_scalars(writer, run)
            shutil.copy(next(pathlib.Path(made).iterdir()), part)

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"--tensorboard: {folder} cannot be made: {error.strerror}; name a folder that can") from error
    write_whole(folder / EVENT_FILE, fill)
    return folder


def write_page(runs, out):
    from report_page import page

    text = page(runs)
    write_whole(out, lambda part: pathlib.Path(part).write_text(text, encoding="utf-8", newline=""))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out")
    parser.add_argument("--names", default="")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--tensorboard")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()
    out, is_page = arguments.out or "report.html", not arguments.csv and not arguments.tensorboard
    if is_page:
        require_file(out, [".html", ".htm"])
    elif arguments.out:
        raise Unusable(f"--out: '{out}' is of the page; --csv writes metrics.csv in each run folder, --tensorboard names its own folder")
    runs = read_runs(arguments.runs, arguments.names)
    for warning in warnings(runs) if is_page else ():
        warn(warning)
    if arguments.csv:
        print(*(write_csv(run) for run in runs), sep="\n")
    if arguments.tensorboard:
        folders = [os.path.join(arguments.tensorboard, name) for name in folder_names(runs)]
        print(*(write_tensorboard(run, pathlib.Path(folder)) for run, folder in zip(runs, folders)), sep="\n")
    if is_page:
        print(write_page(runs, out))


if __name__ == "__main__":
    end_with(main)
