"""What a run folder holds, for whatever draws it: plot.py and report.py, which the program carries with this."""

import dataclasses
import json
import pathlib
import re
import tomllib

from script import Unusable

AXES = {  # the entry of a step's event, and the label
    "queries": ("queries", "queries"),
    "time": ("wall_s", "wall-clock time (s)"),
    "forward-equivalents": ("forward_equivalents", "forward passes computed"),
}
NUMBERS = {"step": ("step", "queries", "wall_s", "forward_equivalents"), "eval": ("step", "accuracy")}  # that an event must have


@dataclasses.dataclass
class Run:
    folder: pathlib.Path
    options: dict  # config.toml but for versions; empty where it is missing
    versions: dict
    summary: dict  # empty while the run goes on
    steps: list  # the events of metrics.jsonl, in order
    evals: list
    name: str = ""
    named: bool = False  # by who draws it

    @property
    def method(self):
        return str(self.options.get("method", self.folder.resolve().name))

    @property
    def log(self):
        return self.folder / "metrics.jsonl"

    def is_empty(self):
        return not self.steps and not self.evals

    def ending(self):
        """The summary; {} where the run has gone on since it was written."""
        last = self.steps[-1]["step"] if self.steps else 0
        return self.summary if self.summary.get("steps", -1) >= last else {}

    def losses(self, axis):
        """(x, loss) of every step whose loss was finite."""
        entry = AXES[axis][0]
        return [(step[entry], step["loss"]) for step in self.steps if step["loss"] is not None]

    def x_of_steps(self, axis):
        """The x by step, 0 before the first."""
        entry = AXES[axis][0]
        return {0: 0, **{step["step"]: step[entry] for step in self.steps}}

    def accuracies(self, axis):
        """(x, test accuracy in %) of every evaluation, at the x of its step."""
        x_of_step = self.x_of_steps(axis)
        return [(x_of_step[one["step"]], 100 * one["accuracy"]) for one in self.evals]


def read_bytes(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: cannot be read: {error.strerror}; name the folder of a run") from error


def parsed(path, parse, kind):
    """parse(text) of a file of options or figures; who breaks it is told the line."""
    bytes_read = read_bytes(path)
    try:
        return parse(bytes_read.decode())
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError):
            line = bytes_read[: error.start].count(b"\n") + 1
        else:  # only the text of a TOML error has the line, or says that it is the last
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else bytes_read.count(b"\n") + 1
        raise Unusable(f"{path}: line {line} is not {kind}; mend it, or remove the file to do without it") from error


def parsed_object(text):
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("line 1")
    return value


def is_number(value):
    return isinstance(value, (int, float)) and abs(value) < 1e300  # neither NaN nor infinity, which JSON's parser takes


def fault_of(event, steps):
    """Why `event` is none that a run writes after `steps`, or ""."""
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return "it is no event of a run"
    kind = event["event"]
    numbers = NUMBERS.get(kind, ())
    if lacking := [name for name in numbers if not is_number(event.get(name))]:
        return f"its '{lacking[0]}' is missing or no number"
    if numbers and not (event.get("loss", "") is None or is_number(event.get("loss"))):
        return "its 'loss' is missing, or neither a number nor null"
    if kind == "eval" and event["step"] not in steps:
        return f"it evaluates step {event['step']}, of which no line tells before"
    return ""


def read_events(path):
    """The events of a log by kind. While a run goes on, the last line may be a part of one, which is left out."""
    found, steps = {"step": [], "eval": []}, {0}
    lines = read_bytes(path).splitlines()
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line.decode(), parse_constant=int)  # which takes no NaN
            fault = fault_of(event, steps)
        except (ValueError, RecursionError):
            if number == len(lines) and line.startswith(b"{"):
                break
            fault = "it is no JSON in UTF-8"
        if fault:
            raise Unusable(f"{path}: line {number} is damaged: {fault}; remove the line to see the others")
        if event["event"] in found:
            found[event["event"]].append(event)
            steps.add(event["step"])
    return found


def read_run(folder):
    """A run, also one that goes on."""
    folder = pathlib.Path(folder)
    run = Run(folder, {}, {}, {}, [], [])
    events = read_events(run.log)
    run.steps, run.evals = events["step"], events["eval"]
    if (folder / "config.toml").is_file():
        run.options = parsed(folder / "config.toml", tomllib.loads, "TOML")
        run.versions = run.options.pop("versions", {})
    if (folder / "summary.json").is_file():
        run.summary = parsed(folder / "summary.json", parsed_object, "a JSON object")
    return run
