"""What the tests of plot and report share: runs of the program, and run folders written by hand."""

import json
import pathlib
import shutil
import sys
import tempfile

import support
from support import DEEPZERO, TINY, ZO_SAH

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "experiments"))

RUNS = {
    "run1": [*ZO_SAH, "--seed", 1],
    "run2": [*ZO_SAH, "--seed", 2],
    "shorter": [*ZO_SAH, "--seed", 1, "--lr", 0.3],
    "wider": [*ZO_SAH, "--batch", 16],
    "deepzero": [*DEEPZERO, "--seed", 1],
}
NO_FOLDER = "cannot be written: No such file or directory; choose a folder that exists, is writable and has room"


def lines_of(done):
    return [line.removeprefix("zotrain: warning: ") for line in done.stderr.splitlines()]


def steps_of(losses, queries):
    """Events of a step a loss, of `queries` and half a second each."""
    return [
        {"event": "step", "step": k, "queries": queries * k, "queries_report": 4, "loss": loss,
         "forward_equivalents": 2.0 * k, "wall_s": 0.5 * k}
        for k, loss in enumerate(losses, 1)
    ]  # fmt: skip


def write_run(folder, losses, queries=10, accuracies=None, **options):
    """A run folder by hand; `accuracies` by step, each evaluated after it. Without options it has no config.toml."""
    evals = [{"event": "eval", "step": step, "split": "test", "loss": 2.0, "accuracy": share} for step, share in (accuracies or {}).items()]
    told = sorted([*steps_of(losses, queries), *evals], key=lambda event: event["step"])
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in told))
    if options:
        (folder / "config.toml").write_text("".join(f"{name.replace('_', '-')} = {json.dumps(value)}\n" for name, value in options.items()))
    return folder


class DrawnRunsTest(support.CliTest):
    """Each test has a copy of RUNS."""

    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        for name, words in RUNS.items():  # without the picture that a run leaves
            done = support.zotrain("train", *TINY, "--eval-every", 40, "--max-steps", 5, "--out", name, *words, cwd=cls.made.name,
                                   python="/nowhere/python")  # fmt: skip
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        super().setUp()
        shutil.copytree(self.made.name, self.folder, dirs_exist_ok=True)
