"""What the tests of the built program share."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.environ["ZO_BINARY"]
# A run of a second: small pictures of the built-in set, few coordinates, little evaluation.
TINY = ["--data", "shapes", "--model", "cnn", "--batch", "8", "--eval-every", "0", "--threads", "2", "--quiet",
        "--bn-batches", "1"]
# Of constant length, so that a run that is made longer repeats one that was so from its start.
ZO_SAH = ["--method", "zo-sah", "--subspace", "20", "--period", "4", "--lr-schedule", "constant"]
CIFAR_BYTES = 10000 * 3073  # of one file
DEEPZERO = ["--method", "deepzero", "--density", "0.002", "--grasp-queries", "2"]


def zotrain(*arguments, python=None, **options):
    """Runs the program to its end, away from any data folder of this machine."""
    environment = {k: v for k, v in os.environ.items() if k != "ZO_DATA_DIR"}
    if python:
        environment["ZO_PYTHON"] = python
    return run_program(arguments, env=environment, **options)


def run_program(words, **options):
    """Under the name that its hints then show, and without its warnings where a test replaces a flag of its common ones."""
    done = subprocess.run(["zotrain", *map(str, words)], executable=BINARY, capture_output=True, text=True, check=False, **options)
    done.stderr = "".join(without_repeats(done.stderr.splitlines(keepends=True)))
    return done


def without_repeats(lines):
    return [line for line in lines if " is given more than once; " not in line]


def events(run):
    """The lines of metrics.jsonl without the wall clock, the only thing that may differ between equal runs."""
    lines = (pathlib.Path(run) / "metrics.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    for event in found:
        event.pop("wall_s", None)
    return found


def summary(run):
    return json.loads((pathlib.Path(run) / "summary.json").read_text())


def newest(run):
    """The checkpoint with most steps; a kill may leave an unfinished step-N.part beside them."""
    finished = [p for p in (pathlib.Path(run) / "checkpoints").glob("step-*") if p.suffix != ".part"]
    return max(finished, key=lambda p: int(p.name[5:]))


def write_fake_cifar(folder):
    """Six files of the right size, all zero (black pictures of class 0), which take no room on disk."""
    bins = folder / "cifar-10-batches-bin"
    bins.mkdir(parents=True)
    (bins / "batches.meta.txt").write_text("\n".join(f"class{i}" for i in range(10)) + "\n")
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        with open(bins / name, "wb") as file:
            file.truncate(CIFAR_BYTES)
    return bins


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="zotrain-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def succeed(self, *arguments, **options):
        done = zotrain(*arguments, cwd=self.folder, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refuse(self, *arguments, code=2):
        """The one line of the error, without the program's name."""
        done = zotrain(*arguments, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("zotrain: "), lines[0])
        return lines[0][len("zotrain: ") :]
