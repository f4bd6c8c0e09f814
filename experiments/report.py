#!/usr/bin/env python3
"""Run folders as one HTML page, CSV or TensorBoard files.

usage: report.py [--names A,B,...] --out FILE.html RUN [RUN ...]
       report.py --csv RUN [RUN ...]                 (metrics.csv in each run folder: a line a step)
       report.py --tensorboard FOLDER RUN [RUN ...]  (event files, a folder a run)
"""

import argparse
import csv
import io
import os
import pathlib
import sys

from run_files import read_runs, require_file


def write_whole(path, text):
    part = f"{path}.part"  # a reader sees the old file or the new one
    with open(part, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(part, path)


def write_csv(run):
    """metrics.csv: the entries of a step's event, and the evaluation after it."""
    evals = {one["step"]: {f"test_{key}": one[key] for key in ("loss", "accuracy")} for one in run.evals}
    first = [{"step": 0, "queries": 0, **evals[0]}] if 0 in evals else []
    rows = first + [{**{k: v for k, v in step.items() if k != "event"}, **evals.get(step["step"], {})} for step in run.steps]
    names = list(dict.fromkeys(name for row in rows for name in row))
    path = run.folder / "metrics.csv"
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())
    return path


def write_tensorboard(run, folder):
    """Scalars against queries, which is what a step costs; their wall time is seconds since the first step."""
    from tensorboardX import SummaryWriter

    queries = {0: 0, **{step["step"]: step["queries"] for step in run.steps}}
    with SummaryWriter(str(folder)) as writer:
        for step in run.steps:
            for name, value in step.items():
                if isinstance(value, (int, float)) and name not in ("step", "queries"):
                    writer.add_scalar(f"step/{name}", value, step["queries"], walltime=step["wall_s"])
        for one in run.evals:
            for name in ("loss", "accuracy"):
                if one[name] is not None:
                    writer.add_scalar(f"{one['split']}/{name}", one[name], queries[one["step"]])
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="report.html")
    parser.add_argument("--names", default="")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--tensorboard")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()
    runs = read_runs(arguments.runs, arguments.names.split(",") if arguments.names else ())
    if arguments.csv:
        print(*(write_csv(run) for run in runs), sep="\n")
    if arguments.tensorboard:
        folders = [pathlib.Path(arguments.tensorboard) / run.folder.resolve().name for run in runs]
        if len(set(folders)) < len(folders):
            raise ValueError("two of the runs have folders of one name; give them one by one")
        print(*(write_tensorboard(run, folder) for run, folder in zip(runs, folders)), sep="\n")
    if not arguments.csv and not arguments.tensorboard:
        require_file(arguments.out, "a page")
        from report_page import page

        write_whole(arguments.out, page(runs))
        print(arguments.out)


if __name__ == "__main__":
    try:
        main()
    except (ImportError, OSError, KeyError, ValueError) as error:
        sys.exit(f"report.py: {error}")
