"""`zotrain probe` on real pictures against PyTorch on the same weights, pictures and perturbations."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "reference"))
import networks  # noqa: E402
from network_case import noisy_theta  # noqa: E402
from philox import DENSE, Stream  # noqa: E402
from torch.nn import functional as F  # noqa: E402

DATA = os.environ.get("ZO_TEST_CIFAR10")
MEAN, STDDEV = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)
BATCH, OFFSET = 8, 9996  # crosses from the first file to the second


def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures OFFSET ... OFFSET + BATCH - 1 of the training files in order."""
    files = [pathlib.Path(DATA) / "cifar-10-batches-bin" / f"data_batch_{i}.bin" for i in (1, 2)]
    records = np.concatenate([np.fromfile(f, dtype=np.uint8) for f in files]).reshape(-1, 3073)
    records = records[OFFSET : OFFSET + BATCH].copy()
    pixels = torch.tensor(records[:, 1:]).reshape(-1, 3, 32, 32).float() / 255
    mean, stddev = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (MEAN, STDDEV))
    return (pixels - mean) / stddev, torch.tensor(records[:, 0]).long()


def probes_of(parameters: dict[str, torch.Tensor]) -> list[dict]:
    """A coordinate of every other tensor, pairs of neighbours, three directions."""
    spots = [(name, (7 * i + 3) % p.numel()) for i, (name, p) in enumerate(parameters.items())][::2]
    probes = [{"edits": [[*spot, 0.005]]} for spot in spots]
    probes += [{"edits": [[*a, -0.02], [*b, 0.03]]} for a, b in zip(spots[::3], spots[1::3])]
    return probes + [{"seed": seed, "scale": scale} for seed, scale in ((3, 0.001), (4, -0.002), (2**40, 0.0005))]


@unittest.skipUnless(DATA, "set ZO_TEST_CIFAR10 to a folder that holds cifar-10-batches-bin")
class ProbeAgainstPyTorch(unittest.TestCase):
    def losses_of_pytorch(self, model, theta, probes) -> list[float]:
        data, labels = pictures()
        model.double().train()
        parameters = dict(model.named_parameters())
        starts = dict(zip(parameters, np.cumsum([0, *(p.numel() for p in parameters.values())])))
        losses = []
        with torch.no_grad():
            for probe in [{"edits": []}, *probes]:
                point = theta.copy()
                for name, index, delta in probe.get("edits", []):
                    point[starts[name] + index] += delta
                if "seed" in probe:
                    point += probe["scale"] * Stream(probe["seed"], DENSE).normal(theta.size)
                networks.set_parameters(model, point)
                losses.append(F.cross_entropy(model(data.double()), labels).item())
        return losses

    def test_float32_losses_agree_within_a_hundred_thousandth(self):
        for name in ("resnet8", "resnet20"):
            with self.subTest(model=name), tempfile.TemporaryDirectory() as folder:
                model = networks.make(name)
                theta = noisy_theta(model, 5)
                networks.set_parameters(model, torch.tensor(theta, dtype=torch.float32))
                weights, file = pathlib.Path(folder) / "weights.pt", pathlib.Path(folder) / "probes.json"
                torch.save(model.state_dict(), weights)
                probes = probes_of(dict(model.named_parameters()))
                file.write_text(json.dumps(probes))
                expected = self.losses_of_pytorch(model, theta, probes)
                run = subprocess.run(
                    [os.environ["ZO_BINARY"], "probe", "--weights", weights, "--model", name, "--data", "cifar10",
                     "--data-dir", DATA, "--batch", str(BATCH), "--offset", str(OFFSET), "--probes", file],
                    capture_output=True, text=True,
                )  # fmt: skip
                self.assertEqual(run.returncode, 0, run.stderr)
                answer = json.loads(run.stdout)
                self.assertEqual(answer["queries"], len(probes) + 1)
                error = np.abs(np.array([answer["base"], *answer["losses"]]) - expected).max()
                print(f"{name}: {len(probes)} probes, largest error {error:.1e}", file=sys.stderr)
                self.assertLess(error, 1e-5)


if __name__ == "__main__":
    unittest.main()
