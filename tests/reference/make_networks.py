"""Writes networks.json: losses, gradients and running statistics of PyTorch in float64, for tests/network."""

import json
import pathlib

import networks
import numpy as np
import torch
from network_case import SCALES, VECTOR, batch, noisy_theta
from philox import DENSE, TEST, Stream
from torch.nn import functional as F

SEED, ROWS, CLASSES, FOLDS = 5, 5, 10, 12
EVAL_EVERY = 4  # the probes whose losses by running statistics are kept


def probes(sizes: list[int]) -> list[dict]:
    """One coordinate in every tensor, pairs and eight edits near and far, dense directions of every law."""
    starts = np.cumsum([0, *sizes[:-1]])
    dimension = sum(sizes)
    spot = [int(start + (7 * i + 3) % size) for i, (start, size) in enumerate(zip(starts, sizes))]
    last = len(spot) - 1
    sparse = [[(index, 0.005 if i % 2 else -0.02)] for i, index in enumerate(spot)]
    for a, b in ((0, 1), (0, last // 3 + 1), (0, last), (last // 2, last - 1), (last - 1, last)):
        sparse.append([(spot[a], 0.01), (spot[b], -0.03)])
    sparse.append([(0, 0.02), (1, 0.02)])
    sparse.append([(dimension - 1 - i * (dimension // 9), 0.01 * (i - 4)) for i in range(8)])
    dense = [
        {"scale": 1e-3, "seed": 3, "law": "gaussian"},
        {"scale": -2e-3, "seed": 2**40 + 9, "law": "gaussian"},
        {"scale": 1e-3, "seed": 4, "law": "rademacher"},
        {"scale": 1e-3, "seed": 3, "law": "gaussian", "weighted": True},
        {"scale": 0.5e-3, "vector": True},
    ]
    return [{"edits": edits} for edits in sparse] + dense


def direction(probe: dict, dimension: int) -> np.ndarray:
    if "vector" in probe:
        return Stream(SEED, TEST, VECTOR).normal(dimension)
    stream = Stream(probe["seed"], DENSE)
    drawn = stream.normal(dimension) if probe["law"] == "gaussian" else stream.signs(dimension)
    return drawn * (1.0 + Stream(SEED, TEST, SCALES).uniform(dimension)) if "weighted" in probe else drawn


def displaced(theta: np.ndarray, probe: dict) -> np.ndarray:
    point = theta.copy()
    if "edits" in probe:
        for index, delta in probe["edits"]:
            point[index] += delta
        return point
    return point + probe["scale"] * direction(probe, theta.size)


def loss_at(model, theta, pictures, labels) -> torch.Tensor:
    networks.set_parameters(model, theta)
    return F.cross_entropy(model(pictures), labels)


def losses(model, theta, cases, data) -> list[float]:
    with torch.no_grad():
        return [loss_at(model, displaced(theta, case), *data).item() for case in cases]


def gradient(model, theta, data) -> np.ndarray:
    networks.set_parameters(model, theta)
    model.zero_grad()
    F.cross_entropy(model(data[0]), data[1]).backward()
    return torch.cat([p.grad.reshape(-1) for p in model.parameters()]).numpy()


def folded(model, theta) -> list[float]:
    """Running statistics after FOLDS batches, as BatchNorm2d folds them."""
    networks.set_parameters(model, theta)
    with torch.no_grad():
        for number in range(FOLDS):
            for norm in networks.norms(model):
                norm.momentum = max(0.1, 1.0 / (number + 1))
            model(batch(SEED, number, ROWS, CLASSES)[0])
    return [v for norm in networks.norms(model) for b in (norm.running_mean, norm.running_var) for v in b.tolist()]


def result(name: str) -> dict:
    model = networks.make(name).double().train()
    theta = noisy_theta(model, SEED)
    data = batch(SEED, 0, ROWS, CLASSES)
    cases = probes([p.numel() for p in model.parameters()])
    grad = gradient(model, theta, data)
    picked = list(range(0, theta.size, theta.size // 200))
    out = {
        "model": name,
        "probes": cases,
        "base": losses(model, theta, [{"edits": []}], data)[0],
        "losses": losses(model, theta, cases, data),
        "gradient": {"index": picked, "value": grad[picked].tolist(), "norm": float(np.linalg.norm(grad))},
        "folded": folded(model, theta),
    }
    model.eval()
    out["eval_base"] = losses(model, theta, [{"edits": []}], data)[0]
    out["eval_losses"] = losses(model, theta, cases[::EVAL_EVERY], data)
    out["eval_gradient_norm"] = float(np.linalg.norm(gradient(model, theta, data)))
    return out


def main():
    golden = {"seed": SEED, "rows": ROWS, "folds": FOLDS, "eval_every": EVAL_EVERY}
    golden["networks"] = [result(name) for name in ("resnet8", "resnet20", "cnn", "mlp")]
    path = pathlib.Path(__file__).with_name("networks.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
