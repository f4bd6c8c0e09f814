#!/usr/bin/env python3
"""Queries that methods take on plain functions, as Markdown tables: medians over starts or seeds, "-" where fewer than
half arrive.

Rosenbrock in two dimensions from 20 starts around (-1.2, 1), to 1e-3 and 1e-6; with --libsvm FILE also logistic
regression from 0, to 10, 5 and 2 % of the initial gap. Every method runs with its defaults but for the options shown.

usage: functions.py [--program ./zotrain] [--libsvm FILE [--rows N] [--seeds 10]]
"""

import argparse
import json
import statistics
import subprocess

import numpy as np

ROSENBROCK = ["zo-sah", "nlopt-newuoa", "nlopt-bobyqa", "nlopt-neldermead", "rspg --directions 1 --eps 1e-4 --lr 1e-3"]
# Coordinate gradients at the best of a grid: m in 12, 30; T in 1, 5; momentum in 0.5, 0.9; lr from 0.3 to 16.
LOGISTIC = [
    "zo-sah-plus",
    "cge --update momentum --momentum 0.5 --subspace 12 --period 1 --lr 8",
    "nlopt-newuoa",
]


def minimize(program, arguments):
    """The queries to each target, None where it was not reached."""
    done = subprocess.run([program, "minimize", *map(str, arguments)], capture_output=True, text=True, check=True)
    return [target["queries"] for target in json.loads(done.stdout)["targets"]]


def median(values):
    arrived = sorted(v if v is not None else float("inf") for v in values)
    middle = statistics.median(arrived)
    return "-" if middle == float("inf") else f"{middle:,.0f}"


def table(title, targets, rows):
    print(f"| {title} | " + " | ".join(targets) + " |")
    print("|---|" + "---|" * len(targets))
    for name, runs in rows:
        print(f"| {name} | " + " | ".join(median(column) for column in zip(*runs)) + " |", flush=True)
    print()


def rosenbrock(program):
    starts = np.array([-1.2, 1.0]) + 0.1 * np.random.default_rng(0).standard_normal((20, 2))
    for method in ROSENBROCK:
        yield (
            method,
            [
                minimize(
                    program,
                    ["--problem", "rosenbrock", "--dim", 2, "--start", f"{x!r},{y!r}", "--targets", "1e-3,1e-6",
                     "--max-queries", 100000, "--seed", seed, "--method", *method.split()],  # fmt: skip
                )
                for seed, (x, y) in enumerate(starts.tolist(), 1)
            ],
        )


def logistic(program, path, rows, seeds):
    for method in LOGISTIC:
        yield (
            method,
            [
                minimize(
                    program,
                    ["--problem", "logistic", "--data", path, "--rows", rows, "--gap-targets", "0.1,0.05,0.02",
                     "--max-queries", 6000, "--seed", seed, "--method", *method.split()],  # fmt: skip
                )
                for seed in range(1, seeds + 1)
            ],
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="./zotrain")
    parser.add_argument("--libsvm")
    parser.add_argument("--rows", type=int, default=6414)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    table("Rosenbrock", ["1e-3", "1e-6"], rosenbrock(options.program))
    if options.libsvm:
        rows = logistic(options.program, options.libsvm, options.rows, options.seeds)
        table("logistic regression", ["10 %", "5 %", "2 %"], rows)


if __name__ == "__main__":
    main()
