"""Writes tests/fuzz/corpus: small good files, one folder a reader.  .venv/bin/python tests/fuzz/make_corpus.py"""

import collections
import io
import json
import pathlib
import shutil
import zipfile

import safetensors.torch
import torch

CORPUS = pathlib.Path(__file__).parent / "corpus"
FLOATS = torch.arange(6.0).reshape(2, 3)
# The network of the targets: make_mlp("mlp", 2, {1, 1, 2}, 2).
WEIGHTS = {"fc1.weight": torch.eye(2), "fc1.bias": torch.zeros(2), "fc2.weight": torch.ones(2, 2), "fc2.bias": torch.ones(2)}
DOUBLES = torch.float64


def keep(reader, name, data):
    path = CORPUS / reader / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def torch_files():
    tied = torch.ones(4)
    values = {
        "dict": {"w": FLOATS, "n": torch.tensor(3)},
        "ordered": collections.OrderedDict(w=FLOATS, b=torch.zeros(2)),
        "module": torch.nn.Linear(3, 2).state_dict(),
        "parameter": {"w": torch.nn.Parameter(FLOATS.clone())},
        "transposed": {"w": FLOATS.t()},
        "tied": {"a": tied, "b": tied[1:3]},
        "double": {"w": FLOATS.double()},
        "nested": {"state": {"w": FLOATS}},
    }
    for name, value in values.items():
        data = saved(value)
        keep("pt", name, data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            pickle = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            keep("pickle", name, archive.read(pickle))
            plain = io.BytesIO()
            with zipfile.ZipFile(plain, "w") as copy:  # without zip64
                for entry in archive.namelist():
                    copy.writestr(zipfile.ZipInfo(entry), archive.read(entry))
            if name == "dict":
                keep("pt", "plain-zip", plain.getvalue())


def safetensors_files():
    keep("safetensors", "tensors", safetensors.torch.save({"w": FLOATS, "d": FLOATS.double(), "n": torch.tensor(3)}, {"model": "mlp"}))
    keep("safetensors", "weights", safetensors.torch.save(WEIGHTS, {"format": "pt", "model": "mlp"}))
    keep("safetensors", "none", safetensors.torch.save({}))


def checkpoint():
    none = torch.zeros(0, dtype=DOUBLES)
    exact = {"norms": none, "evaluation_norms": none, "method.velocity": torch.ones(2, dtype=DOUBLES), "method.period": torch.tensor([3])}
    keep("method", "float32", safetensors.torch.save(exact))
    keep("method", "float64", safetensors.torch.save({**exact, "theta": torch.ones(12, dtype=DOUBLES)}))
    counts = ("rejected_in_row", "batches_tracked", "metrics_bytes", "statistics_batches", "horizon_queries", "horizon_steps")
    reals = ("wall_s", "test_accuracy", "best_test_accuracy")
    state = {"format": 4, "training_set": "0123456789abcdef", "step": 7, "evaluated_step": 4, "test_loss": None, "first_losses": [2.5], "last_losses": [1.5, 1e-3],
             **dict.fromkeys(counts, 1), **dict.fromkeys(reals, 0.5), "options": {"model": "mlp", "lr": "0.1"},
             "ledger": {"base": 7, "probe": 100, "report": 3, "non_finite": 1, "forward_equivalents": 9.5, "parameters": []}}
    keep("state", "good", json.dumps(state, indent=1))
    keep("state", "forged", json.dumps({**state, "step": -5}))
    keep("manifest", "good", "SUM0  weights.safetensors\nSUM1  method.safetensors\nSUM2  state.json\n")
    keep("manifest", "other", "SUM0  ../weights.safetensors\nSUM1  state.json\n")


def texts():
    keep("libsvm", "two", "+1 1:0.5 3:-2\n-1 2:1e-3\n")
    keep("libsvm", "blank", "\n1\t4:1 \r\n0 1:2 2:3\n\n")
    keep("config", "run", '# a run\nmodel = "cnn"\nlr = 0.1\nbatch = 8\nquiet = true\n\n[versions]\nzotrain = "0.1.0"\n')
    keep("config", "texts", "a = 'b'\nc = \"\"\"\nd\\u00e9\"\"\"\ne = 0x1F\nf = 1_000\ng = inf\nh = 1e-3\n")
    keep("config", "tables", "a.b = 1\n[c]\nd = [1, 2]\n[[e]]\nf = {g = 1979-05-27}\n")
    edits = [{"edits": [["fc1.weight", 0, 0.5], ["fc2.bias", 1, -1e-3]]}]
    keep("probes", "edits", json.dumps(edits))
    keep("probes", "seeds", json.dumps([{"seed": 1, "scale": 0.1}, {"seed": 2, "scale": -1, "law": "rademacher"}]))


def cifar():
    record = bytes([3]) + bytes(range(12))
    keep("cifar", "one-label", b"\0" + record * 2)
    keep("cifar", "two-labels", b"\1" + (b"\7" + record) * 2)
    keep("cifar", "cut", b"\0" + record)


if __name__ == "__main__":
    shutil.rmtree(CORPUS, ignore_errors=True)
    torch.manual_seed(1)
    torch_files()
    safetensors_files()
    checkpoint()
    texts()
    cifar()
