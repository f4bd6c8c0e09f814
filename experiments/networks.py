#!/usr/bin/env python3
"""Queries that methods take on ResNet-8 and CIFAR-10, as a Markdown table: from the first step on whose losses of the
last 50 steps have a mean of at most 1.9, 1.8, 1.75, 1.7 and 1.6, "-" where the budget ends before.

Runs are kept in a folder and not repeated; one takes three to fifteen minutes on two cores. Schedules end with the
budget or its --horizon-queries, so these belong to the figures.

usage: networks.py --data-dir DIR [--program ./zotrain] [--runs runs/networks] [--seeds 1]
"""

import argparse
import pathlib
import subprocess

from run_files import read_run

TARGETS = [1.9, 1.8, 1.75, 1.7, 1.6]
WINDOW = 50
COMMON = "--model resnet8 --data cifar10 --batch 128 --augment none"
RUNS = {
    "zo-sah": "--method zo-sah --max-queries 180000",
    "zo-sah, not scaled": "--method zo-sah --scaled=false --subspace 100 --kappa 0.01 --kappa-rel 0 --lr 0.1 "
    "--first-lr 0.02 --max-queries 180000",
    "zo-sah, identity": "--method zo-sah --hessian none --lr 20 --first-lr 10 --max-queries 60000 --horizon-queries 180000",
    **{
        f"zo-sah, {name}": f"--method zo-sah {flags} --max-queries 48000 --horizon-queries 180000"
        for name, flags in (
            ("sticky pairs", "--pairing sticky"),
            ("pairs of a filter", "--pairing same-filter"),
            ("adaptive order", "--adaptive-order"),
        )
    },
    "zo-sah-plus": "--method zo-sah-plus --max-queries 120000",
    **{
        f"zo-sah-plus, blocks of {b}": f"--method zo-sah-plus --block {b} --max-queries 32000 --horizon-queries 120000"
        for b in (2, 4, 8, 16)
    },
    "zo-sah-plus, diagonal": "--method zo-sah-plus --block 1 --max-queries 32000 --horizon-queries 120000",
    "zo-sah-plus, identity": "--method zo-sah-plus --block 1 --damping 1e6 --trust 4e4 --max-queries 32000 "
    "--horizon-queries 120000",
    "cge-adam": "--method cge-adam --max-queries 220000",
    "cge-adam, m 250": "--method cge-adam --subspace 250 --max-queries 50000 --horizon-queries 120000",
    "cge, Adam, uniform": "--method cge --update adam --subspace 500 --period 10 --lr 0.06 --lr-schedule cosine "
    "--max-queries 150000",
}


def folder_of(runs, name, seed):
    return pathlib.Path(runs) / f"{'-'.join(name.replace(',', '').lower().split())}-{seed}"


def train(options, name, seed):
    """The folder of a finished run."""
    folder = folder_of(options.runs, name, seed)
    if not (folder / "summary.json").exists():
        words = f"{COMMON} {RUNS[name]} --seed {seed}".split()
        command = [options.program, "train", *words, "--data-dir", options.data_dir, "--out", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def queries_to(steps, target):
    losses = [loss for _, loss in steps]
    for last in range(WINDOW, len(steps) + 1):
        if sum(losses[last - WINDOW : last]) / WINDOW <= target:
            return f"{steps[last - 1][0]:,}"
    return "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--program", default="./zotrain")
    parser.add_argument("--runs", default="runs/networks")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    print("| method | seed | " + " | ".join(map(str, TARGETS)) + " |")
    print("|---|---|" + "---|" * len(TARGETS))
    for name in RUNS:
        for seed in range(1, options.seeds + 1):
            steps = read_run(train(options, name, seed)).losses("queries")
            print(f"| {name} | {seed} | " + " | ".join(queries_to(steps, target) for target in TARGETS) + " |", flush=True)


if __name__ == "__main__":
    main()
