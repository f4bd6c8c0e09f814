"""Weights and pictures that Python and C++ draw alike, so that golden files hold results only.

tests/network/network_case.h draws the same.
"""

import numpy as np
import torch
from philox import INIT, TEST, Stream

NOISE, VECTOR, SCALES = 1, 2, 3  # steps of the Test streams
PICTURES, LABELS = 100, 200  # plus the number of the batch


def initial_theta(model: torch.nn.Module, seed: int) -> np.ndarray:
    """He initialisation as models/init.cc draws it, flat, rounded to float32."""
    parts = []
    parameters = list(model.named_parameters())
    for number, (name, parameter) in enumerate(parameters):
        stream, n = Stream(seed, INIT, number), parameter.numel()
        if ".bn" in "." + name:
            parts.append(np.full(n, 1.0 if name.endswith("weight") else 0.0))
        elif name.endswith("weight"):
            parts.append(np.sqrt(2.0 / parameter[0].numel()) * stream.normal(n))
        else:
            weight = parameters[number - 1][1]
            parts.append((2.0 * stream.uniform(n) - 1.0) / np.sqrt(weight[0].numel()))
    return np.concatenate(parts).astype(np.float32).astype(np.float64)


def noisy_theta(model: torch.nn.Module, seed: int) -> np.ndarray:
    """The start plus noise, so that no scale is 1 and no shift 0."""
    theta = initial_theta(model, seed)
    theta += 0.05 * Stream(seed, TEST, NOISE).normal(theta.size)
    return theta.astype(np.float32).astype(np.float64)


def batch(seed: int, number: int, rows: int, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures [rows, 3, 32, 32] and labels."""
    pixels = Stream(seed, TEST, PICTURES + number).normal(rows * 3072).astype(np.float32).astype(np.float64)
    labels = Stream(seed, TEST, LABELS + number).below(rows, classes)
    return torch.tensor(pixels).reshape(rows, 3, 32, 32), torch.tensor(labels)
