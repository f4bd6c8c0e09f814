"""Weight files in both directions between this program and PyTorch, compared by the logits they give."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import safetensors.torch
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "reference"))
import networks  # noqa: E402
from network_case import batch  # noqa: E402

TOOL = os.environ["ZO_WEIGHTS_TOOL"]
MODELS = ("resnet8", "resnet20", "cnn", "mlp")


def run_tool(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)


def load_in_python(path: pathlib.Path) -> dict:
    return safetensors.torch.load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)


def python_model(name: str) -> torch.nn.Module:
    """Random weights and running statistics."""
    torch.manual_seed(1)
    model = networks.make(name).train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(8, 3, 32, 32) * 2 + 1)
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return model.eval()


def python_logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model.double()(batch(5, 0, 4, 10)[0]).reshape(-1)


class PythonWeights(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def assert_same_logits(self, tool: subprocess.CompletedProcess, model: torch.nn.Module):
        self.assertEqual(tool.returncode, 0, tool.stderr)
        ours, theirs = torch.tensor(json.loads(tool.stdout), dtype=torch.float64), python_logits(model)
        self.assertLess((ours - theirs).abs().max().item(), 1e-9 * theirs.abs().max().item())

    def test_files_written_here_load_strictly_in_python_with_the_same_logits(self):
        for name in MODELS:
            for ending in (".pt", ".safetensors"):
                with self.subTest(model=name, ending=ending):
                    path = self.folder / (name + ending)
                    tool = run_tool(name, "drawn", path)
                    model = networks.make(name)
                    self.assertEqual(tool.returncode, 0, tool.stderr)
                    model.load_state_dict(load_in_python(path), strict=True)
                    self.assert_same_logits(tool, model.eval())

    def assert_loads_here(self, name: str, model: torch.nn.Module, path: pathlib.Path):
        copy = self.folder / "copy.safetensors"
        tool = run_tool(name, path, copy)
        self.assert_same_logits(tool, model)
        loaded = safetensors.torch.load_file(copy)
        for key, tensor in model.float().state_dict().items():
            self.assertTrue(torch.equal(loaded[key], tensor), key)

    def test_state_dicts_of_torch_save_load_here(self):
        for name in MODELS:
            with self.subTest(model=name):
                model, path = python_model(name), self.folder / "python.pt"
                torch.save(model.state_dict(), path)
                self.assert_loads_here(name, model, path)

    def test_safetensors_of_python_load_here(self):
        for name in MODELS:
            with self.subTest(model=name):
                model, path = python_model(name), self.folder / "python.safetensors"
                safetensors.torch.save_file(model.state_dict(), path)
                self.assert_loads_here(name, model, path)

    def test_other_ways_to_save_tensors_load_here(self):
        model, path = python_model("cnn"), self.folder / "python.pth"
        state = model.state_dict()
        flat = torch.cat([tensor.reshape(-1).float() for tensor in state.values() if tensor.is_floating_point()])
        views, at = {}, 0
        for key, tensor in state.items():
            views[key] = tensor
            if tensor.is_floating_point():
                views[key] = flat[at : at + tensor.numel()].view_as(tensor)
                at += tensor.numel()
        cases = {
            "plain dict": dict(state),
            "parameters": dict(state) | dict(model.named_parameters()),
            "channels last": {k: t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for k, t in state.items()},
            "transposed": {k: t.t().contiguous().t() if t.dim() == 2 else t for k, t in state.items()},
            "views of one storage": views,
            "double": {k: t.double() if t.is_floating_point() else t for k, t in state.items()},
            "no counters": {k: t for k, t in state.items() if "num_batches" not in k},
        }
        for case, tensors in cases.items():
            with self.subTest(case):
                torch.save(tensors, path)
                self.assert_same_logits(run_tool("cnn", path), model)
                model.float()

    def assert_refused(self, saved, *words: str):
        path = self.folder / "bad.pt"
        torch.save(saved, path)
        tool = run_tool("cnn", path)
        self.assertEqual(tool.returncode, 2, tool.stderr)
        self.assertEqual(tool.stderr.count("\n"), 1, tool.stderr)
        for word in (str(path), *words):
            self.assertIn(word, tool.stderr)

    def test_what_is_no_plain_dict_of_float_tensors_is_refused_in_one_line(self):
        model = python_model("cnn")
        state = model.state_dict()
        self.assert_refused(model, "save model.state_dict()")
        self.assert_refused({"state_dict": state, "epoch": 3}, "state_dict")
        self.assert_refused([1, 2])
        self.assert_refused({k: t.half() if t.is_floating_point() else t for k, t in state.items()}, "HalfStorage")
        self.assert_refused({"module." + k: t for k, t in state.items()}, "module.")
        self.assert_refused({**state, "fc.bias": torch.full((10,), float("nan"))}, "fc.bias", "nan")
        self.assert_refused({**state, "fc.bias": torch.zeros(1).expand(10)}, "storage")
        self.assert_refused({**state, "fc.bias": torch._neg_view(torch.ones(10))}, "negative or conjugate view")

    def test_code_in_a_file_is_named_and_not_run(self):
        witness = self.folder / "witness"

        class Hostile:
            def __reduce__(self):
                return os.system, (f"touch {witness}",)

        self.assert_refused({"conv1.weight": Hostile()}, f"{os.system.__module__} system")
        self.assertFalse(witness.exists())

    def test_cut_and_old_archives_are_refused_in_one_line(self):
        path = self.folder / "cut.pt"
        torch.save(python_model("cnn").state_dict(), path)
        whole = path.read_bytes()
        torch.save(python_model("cnn").state_dict(), self.folder / "old.pt", _use_new_zipfile_serialization=False)
        for content in (b"", whole[:100], whole[: len(whole) // 2], whole[:-1], (self.folder / "old.pt").read_bytes()):
            path.write_bytes(content)
            tool = run_tool("cnn", path)
            self.assertEqual(tool.returncode, 2, tool.stderr)
            self.assertEqual(tool.stderr.count("\n"), 1, tool.stderr)


if __name__ == "__main__":
    unittest.main()
