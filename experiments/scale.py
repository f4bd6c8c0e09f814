#!/usr/bin/env python3
"""What ranks are worth: a cost model of a step, fitted to runs of 1, 2, 3 and 4 ranks here, and drawn to 512 GPUs.

A step takes  alone + shared / ranks + gather * log2(ranks):  `alone` is what every rank computes for itself (base pass,
solving, moving), `shared` its list of probes, `gather` one stage of exchanging losses. Ranks have one thread each; where
they are more than the cores, `alone` is paid once a rank: (alone * ranks + shared) / cores. The fit is over 1, 2 and 4;
3 ranks are the check. For GPUs the same form is taken with the figures that are given: a loss as an H200 computed it (README,
CUDA), the other two a model, as several cards have not been measured.

usage: scale.py [--program ./zotrain] [--data-dir DIR] [--methods zo-sah zo-sah-fast mezo] [--steps 40]
                [--gpu-loss-us 20] [--gpu-base-us 600] [--gpu-gather-us 15]
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile

import numpy

RANKS = (1, 2, 3, 4)
FITTED = (1, 2, 4)
GPUS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
WARM_UP = 5  # steps of a run that are not counted: first touches, and the first period's curvature


def step_seconds(options, method, ranks, folder):
    """Of a step, and the losses that it asked for: means over the steps of one run."""
    out = folder / f"{method}-{ranks}"
    command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks), options.program, "train", "--model", "resnet8",
               "--method", method, "--batch", "128", "--augment", "none", "--threads", "1", "--max-steps", str(options.steps),
               "--eval-every", "0", "--checkpoint-every", "0", "--bn-batches", "1", "--quiet", "--out", str(out)]  # fmt: skip
    command += ["--data", "cifar10", "--data-dir", options.data_dir] if options.data_dir else ["--data", "shapes"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["event"] == "step"][WARM_UP:]
    return tuple((steps[-1][key] - steps[0][key]) / (len(steps) - 1) for key in ("wall_s", "queries"))


def shape(ranks, cores):
    """What `alone`, `shared` and `gather` are multiplied by."""
    return [max(1.0, ranks / cores), 1.0 / min(ranks, cores), math.log2(ranks)]


def fit(seconds, cores):
    """alone, shared, gather in seconds."""
    rows = numpy.array([shape(ranks, cores) for ranks in FITTED])
    return numpy.linalg.solve(rows, numpy.array([seconds[ranks] for ranks in FITTED]))


def measured(options):
    cores = os.cpu_count() or 1
    print(f"ResNet-8, batch 128, one thread a rank, {cores} cores; milliseconds a step\n")
    print("| method | losses a step | " + " | ".join(f"{ranks} ranks" for ranks in RANKS) + " | alone | shared | gather | 3 ranks by the fit |")
    print("|---|" + "---|" * (len(RANKS) + 5))
    with tempfile.TemporaryDirectory() as folder:
        for method in options.methods:
            seconds, losses = {}, 0.0
            for ranks in RANKS:
                seconds[ranks], losses = step_seconds(options, method, ranks, pathlib.Path(folder))
            found = fit(seconds, cores)
            cells = [1e3 * seconds[ranks] for ranks in RANKS] + [1e3 * value for value in found] + [1e3 * float(numpy.dot(shape(3, cores), found))]
            print(f"| {method} | {losses:.0f} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |", flush=True)


def drawn(options):
    """Speed-up over one GPU, and from where on a step is mostly what ranks do not share."""
    print(f"\nGPUs by the model: {options.gpu_loss_us:g} us a loss, {options.gpu_base_us:g} us alone a step, {options.gpu_gather_us:g} us a stage of the gather\n")
    print("| losses a step | " + " | ".join(str(gpus) for gpus in GPUS) + " | half of a step is not shared from |")
    print("|---|" + "---|" * (len(GPUS) + 1))
    for losses in (128, 1000, 10_000, 100_000):
        step = {gpus: options.gpu_base_us + losses * options.gpu_loss_us / gpus + options.gpu_gather_us * math.log2(gpus) for gpus in GPUS}
        half = next((f"{gpus} GPUs" for gpus in GPUS if losses * options.gpu_loss_us / gpus <= step[gpus] / 2), "beyond 512")
        print(f"| {losses} | " + " | ".join(f"{step[1] / step[gpus]:.1f}" for gpus in GPUS) + f" | {half} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="./zotrain")
    parser.add_argument("--data-dir")
    parser.add_argument("--methods", nargs="+", default=["zo-sah", "zo-sah-fast", "mezo"])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--gpu-loss-us", type=float, default=20.0)
    parser.add_argument("--gpu-base-us", type=float, default=600.0)
    parser.add_argument("--gpu-gather-us", type=float, default=15.0)
    options = parser.parse_args()
    measured(options)
    drawn(options)


if __name__ == "__main__":
    main()
