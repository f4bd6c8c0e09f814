#!/usr/bin/env python3
"""Losses a second of `zotrain bench` beside what PyTorch computes for the same probes, as a Markdown table.

Every probe changes one coordinate, drawn uniformly from all parameters, and asks for the mean cross-entropy of one
batch with batch statistics. PyTorch runs two ways: "plain", a whole forward pass a probe, and "reuse", DeepZero's
feature reuse: the pass starts again at the block that holds the coordinate, from its stored input. Both are measured
with NCHW and with channels-last tensors, and the faster one counts. A dense probe changes every parameter, so both
compute a whole pass for it.

The ratios are compared with those on record for the same processor, instruction set and threads, and the run fails when
one has fallen by more than a tenth; --update puts the new ones on record.

On a GPU both compute in full float32 (PyTorch's TF32 is switched off), and PyTorch's losses are waited for one by one,
as a method that looks at them does.

usage: speed.py [--program ./zotrain] [--models resnet8 resnet20] [--batch 256] [--threads N] [--seconds 4]
                [--device cpu|cuda|cuda:N] [--record experiments/speed.json] [--update]
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BLOCKS = {"resnet8": 1, "resnet20": 3}  # residual blocks a stage


class Unit(nn.Module):
    """Convolution, BatchNorm, and for the second of a block the shortcut (option A), then ReLU."""

    def __init__(self, before, channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x, shortcut=0):
        return functional.relu(self.norm(self.conv(x)) + shortcut)


class Residual(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.first, self.second = Unit(before, channels, stride), Unit(channels, channels)
        self.stride, self.pad = stride, (channels - before) // 2

    def forward(self, x):
        shortcut = x[:, :, :: self.stride, :: self.stride]
        if self.pad:
            shortcut = functional.pad(shortcut, (0, 0, 0, 0, self.pad, self.pad))
        return self.second(self.first(x), shortcut)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(x.mean((2, 3)))


def network(model):
    blocks = [
        Residual(before if first else channels, channels, stride if first else 1)
        for before, channels, stride in ((16, 16, 1), (16, 32, 2), (32, 64, 2))
        for first in [True] + [False] * (BLOCKS[model] - 1)
    ]
    return nn.Sequential(Unit(3, 16), *blocks, Classifier()).requires_grad_(False).train()


@torch.no_grad()
def measure(net, images, labels, reuse, seconds):
    """Losses a second; the stored inputs of reuse are made before the clock starts."""
    inputs = [images]
    for part in net:
        inputs.append(part(inputs[-1]))
    # The values in the order of memory, which channels-last weights have their own of.
    places = [(number, p.as_strided((p.numel(),), (1,))) for number, part in enumerate(net) for p in part.parameters()]
    sizes = torch.tensor([float(p.numel()) for _, p in places])
    draws = torch.Generator().manual_seed(1)
    start = None
    for count in itertools.count(-4):  # four to warm up
        if count == 0:
            start = time.perf_counter()
        elif count > 20 and time.perf_counter() - start > seconds:
            return count / (time.perf_counter() - start)
        number, values = places[int(torch.multinomial(sizes, 1, generator=draws))]
        index = int(torch.randint(values.numel(), (1,), generator=draws))
        saved = values[index].clone()
        values[index] += 5e-3
        first = number if reuse else 0
        x = inputs[first]
        for part in net[first:]:
            x = part(x)
        functional.cross_entropy(x, labels).item()
        values[index] = saved


def pytorch(model, batch, seconds, device):
    torch.manual_seed(1)
    images, labels = torch.randn(batch, 3, 32, 32).to(device), torch.randint(10, (batch,)).to(device)
    best = {"plain": 0.0, "reuse": 0.0}
    for layout in (torch.contiguous_format, torch.channels_last):
        net, laid = network(model).to(device), images.contiguous(memory_format=layout)
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                module.to(memory_format=layout)
        for way in best:
            best[way] = max(best[way], measure(net, laid, labels, way == "reuse", seconds))
    return best


def zotrain(options, model):
    """What `zotrain bench` says, by --differences."""
    told = {}
    for differences in ("full", "bf16"):
        words = [options.program, "bench", "--json", "--model", model, "--batch", options.batch]
        words += ["--threads", options.threads, "--seconds", options.seconds / 4, "--differences", differences]
        words += ["--device", options.device]
        told[differences] = json.loads(subprocess.run([*map(str, words)], capture_output=True, check=True).stdout)
    return told


def processor():
    """What ratios are kept under; some virtual machines tell only the maker, so the model's number is in it."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    told = dict(reversed([[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]))
    return f"{told.get('model name', '?')}, family {told.get('cpu family', '?')}, model {told.get('model', '?')}"


def fallen(before, ratios):
    """Prints how ratios stand to those on record; the names of those that have fallen by more than a tenth."""
    names = []
    for name in ratios.keys() & before.keys():
        change = 100 * (ratios[name] / before[name] - 1)
        print(f"{name}: {ratios[name]:.2f}, on record {before[name]:.2f} ({change:+.0f} %)")
        if ratios[name] < 0.9 * before[name]:
            names.append(name)
    return sorted(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="./zotrain")
    parser.add_argument("--models", nargs="+", choices=BLOCKS, default=list(BLOCKS))
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=4.0, help="a figure takes about so long")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--record", type=pathlib.Path, default=pathlib.Path(__file__).with_name("speed.json"))
    parser.add_argument("--update", action="store_true", help="put these ratios on record")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.allow_tf32 = False
    key = f"{processor()}, {os.environ.get('ZO_ISA', 'widest')}, {options.threads} threads, batch {options.batch}"
    if options.device != "cpu":
        key = f"{torch.cuda.get_device_name(options.device)}, batch {options.batch}"
    print(f"{key}\n")
    print("| network | PyTorch plain | PyTorch reuse | zotrain float32 | to plain | to reuse | of the peak |", end="")
    print(" bf16 differences | dense probes | to plain |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    ratios = {}
    for model in options.models:
        ours, theirs = zotrain(options, model), pytorch(model, options.batch, options.seconds, options.device)
        full = ours["full"]
        rate, dense = full["delta_probes_per_s"], full["dense_probes_per_s"]
        share = full["fraction_of_peak" if options.device == "cpu" else "fraction_of_float"]
        ratios |= {f"{model} to {way}": rate / theirs[way] for way in theirs}
        ratios[f"{model} dense to plain"] = dense / theirs["plain"]
        print(
            f"| {model} | {theirs['plain']:.1f} | {theirs['reuse']:.1f} | {rate:.1f} | {rate / theirs['plain']:.1f}x "
            f"| {rate / theirs['reuse']:.1f}x | {100 * share:.0f} % "
            f"| {ours['bf16']['delta_probes_per_s']:.1f} | {dense:.1f} | {dense / theirs['plain']:.1f}x |",
            flush=True,
        )
    print()
    record = json.loads(options.record.read_text()) if options.record.exists() else {}
    names = fallen(record.get(key, {}), ratios)
    if options.update:
        record[key] = record.get(key, {}) | {name: round(ratio, 2) for name, ratio in ratios.items()}
        options.record.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")
    elif names:
        sys.exit(f"speed.py: fallen by more than a tenth: {', '.join(names)}; find the cause, or --update")
    elif key not in record:
        print(f"nothing on record for this processor in {options.record}; --update puts these ratios there")


if __name__ == "__main__":
    main()
