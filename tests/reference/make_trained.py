"""Writes trained_MODEL.safetensors: weights that backpropagation has moved away from their start.

    python tests/reference/make_trained.py CIFAR [--seed N] [--to FOLDER]

CIFAR holds cifar-10-batches-bin. The files in this folder were made once, with seed 1: training gives other
weights on another processor, so nothing that is compared with a bound may train for itself. Other seeds make the
further networks over which delta/trained_test.cc takes the bound of bf16.
"""

import argparse
import pathlib

import networks
import numpy as np
import safetensors.torch
import torch
from torch.nn import functional as F

STEPS, BATCH, LR = 300, 128, 0.1
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)  # as in data/cifar.cc
# Significant bits kept of a value: files pack well, and bf16, which keeps 8, still has to round them.
BITS = 13


def training_set(folder: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures [50000, 3, 32, 32], normalised, and labels."""
    files = sorted((pathlib.Path(folder) / "cifar-10-batches-bin").glob("data_batch_*.bin"))
    records = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 3073) for file in files])
    pictures = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255)
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    return (pictures - mean) / deviation, torch.from_numpy(records[:, 0].astype(np.int64))


def trained(name: str, seed: int, pictures: torch.Tensor, labels: torch.Tensor) -> torch.nn.Module:
    torch.manual_seed(seed)
    model = networks.make(name).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9, weight_decay=5e-4)
    for step in range(STEPS):
        rows = torch.randint(len(labels), (BATCH,))
        loss = F.cross_entropy(model(pictures[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{name}, seed {seed}: last training loss {loss.item():.3f}", flush=True)
    return model


def rounded(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.is_floating_point():
        return tensor
    fraction, exponent = torch.frexp(tensor)
    return torch.ldexp(torch.round(fraction * 2**BITS), exponent - BITS).contiguous()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cifar")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    args = parser.parse_args()
    data = training_set(args.cifar)
    for name in ("resnet8", "resnet20"):
        state = trained(name, args.seed, *data).state_dict()
        path = args.to / f"trained_{name}.safetensors"
        safetensors.torch.save_file({key: rounded(tensor) for key, tensor in state.items()}, path)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
