"""What a run folder holds, for whatever draws it: plot.py and report.py, which the program carries with this."""

import dataclasses
import json
import os
import pathlib
import tomllib

import numpy as np

AXES = {  # the entry of a step's event, and the label
    "queries": ("queries", "queries"),
    "time": ("wall_s", "wall-clock time (s)"),
    "forward-equivalents": ("forward_equivalents", "forward passes computed"),
}
# A linear axis would show runs whose lengths, or losses that, differ by more than these factors as one and a line.
FAR_LENGTHS, FAR_LOSSES = 20, 10
SMOOTHING_POINTS = 60  # a smooth line follows changes over about 1/60 of the run
# What a run may differ in and still be another seed of the same.
OF_ONE_RUN = {"seed", "data-dir", "threads", "device", "keep-checkpoints", "checkpoint-every", "eval-every"}
# Runs that differ in these answer different questions.
COMPARED = ("data", "model", "batch", "augment")


@dataclasses.dataclass
class Run:
    folder: pathlib.Path
    options: dict  # config.toml but for versions; empty where it is missing
    versions: dict
    summary: dict  # empty while the run goes on
    steps: list  # the events of metrics.jsonl, in order
    evals: list
    name: str = ""

    @property
    def method(self):
        return str(self.options.get("method", self.folder.resolve().name))

    def losses(self, axis):
        """(x, loss) of every step whose loss was finite."""
        entry = AXES[axis][0]
        return [(step[entry], step["loss"]) for step in self.steps if step["loss"] is not None]

    def accuracies(self, axis):
        """(x, test accuracy in %) of every evaluation, at the x of its step."""
        entry = AXES[axis][0]
        x_of_step = {0: 0, **{step["step"]: step[entry] for step in self.steps}}
        return [(x_of_step[one["step"]], 100 * one["accuracy"]) for one in self.evals]


def read_run(folder):
    """A run, also one that goes on: a last line of its log that is not whole yet is left out."""
    folder = pathlib.Path(folder)
    run = Run(folder, {}, {}, {}, [], [])
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            break
        {"step": run.steps, "eval": run.evals}.get(event["event"], []).append(event)
    if (folder / "config.toml").is_file():
        run.options = tomllib.loads((folder / "config.toml").read_text())
        run.versions = run.options.pop("versions", {})
    if (folder / "summary.json").is_file():
        run.summary = json.loads((folder / "summary.json").read_text())
    return run


def read_runs(folders, names=()):
    """Runs with names that tell them apart: those given, else "method (seed N)", else that of the folder."""
    if names and len(names) != len(folders):
        raise ValueError(f"{len(names)} names for {len(folders)} runs: give one a run, in order, or none")
    runs = [read_run(folder) for folder in folders]
    told = [f"{run.method} (seed {run.options['seed']})" if "seed" in run.options else run.folder.resolve().name for run in runs]
    for number, run in enumerate(runs):
        unique = told.count(told[number]) == 1
        run.name = names[number] if names else told[number] if unique else run.folder.resolve().name
    return runs


def groups(runs):
    """Runs that differ in nothing but the seed and where they ran, as (name, runs), in the order of the first of each."""
    found = {}
    for run in runs:
        key = json.dumps({name: value for name, value in run.options.items() if name not in OF_ONE_RUN}, sort_keys=True)
        found.setdefault(key if run.options else str(run.folder), []).append(run)
    told = [members[0].method for members in found.values()]
    for number, members in enumerate(found.values()):
        name = told[number]
        if told.count(name) > 1:  # what the group does otherwise tells it from the other groups
            name += "".join(f" --{key} {value}" for key, value in differences(members + runs).items() if value is not None)
        yield f"{name} ({len(members)} seed{'s' * (len(members) > 1)})" if len(members) > 1 else members[0].name, members


def differences(runs):
    """Options of the first run that not all runs share."""
    ways = [key for key in dict.fromkeys(key for run in runs for key in run.options) if key not in OF_ONE_RUN | {"method"}]
    return {key: runs[0].options.get(key) for key in ways if len({str(run.options.get(key)) for run in runs}) > 1}


def warnings(runs):
    """Why the runs should not lie in one picture, a line a reason."""
    for option in COMPARED:
        values = list(dict.fromkeys(str(run.options[option]) for run in runs if option in run.options))
        if len(values) > 1:
            yield f"the runs differ in --{option} ({', '.join(values)}), so their curves do not compare"


def far_apart(values, factor):
    """Whether the largest of `values`, all positive, is more than `factor` times the smallest: for a logarithmic axis."""
    return bool(values) and min(values) > 0 and max(values) > factor * min(values)


def scales(runs, axis):
    """("log" or "linear" of the x axis, the same of the losses)."""
    curves = [curve for run in runs if (curve := run.losses(axis))]
    lengths = far_apart([curve[-1][0] for curve in curves], FAR_LENGTHS)
    losses = far_apart([loss for curve in curves for _, loss in curve], FAR_LOSSES)
    return "log" if lengths else "linear", "log" if losses else "linear"


def require_file(path, what):
    """Raises ValueError where `path` is something that a file must not take the place of."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"{path}: is a folder, a pipe or a device, which {what} must not replace")


def smooth(values):
    """Exponential mean without the pull towards zero at the start."""
    keep = 1 - min(1.0, 2 / (1 + max(1.0, len(values) / SMOOTHING_POINTS)))
    mean, weight, result = 0.0, 0.0, []
    for value in values:
        mean = keep * mean + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        result.append(mean / weight)
    return result


def spread(curves, points=200):
    """(xs, lowest, mean, highest) of several curves where all of them are known."""
    curves = [curve for curve in curves if curve]
    if not curves:
        return [], [], [], []
    low, high = max(curve[0][0] for curve in curves), min(curve[-1][0] for curve in curves)
    xs = [low + (high - low) * i / (points - 1) for i in range(points)] if high > low else [low]
    values = list(zip(*(np.interp(xs, *zip(*curve)).tolist() for curve in curves)))
    return xs, [min(v) for v in values], [sum(v) / len(v) for v in values], [max(v) for v in values]
