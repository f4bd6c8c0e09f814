"""eval, probe, export, info, data show, methods and help, against PyTorch and against the run."""

import json
import unittest

import numpy as np
import support
import torch
from safetensors.numpy import load_file
from support import TINY, ZO_SAH, events, newest


class VerbsTest(support.CliTest):
    def trained(self, *arguments):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 3, "--out", "run", *arguments)
        return self.folder / "run"

    def probe(self, probes, *arguments):
        path = self.folder / "probes.json"
        path.write_text(json.dumps(probes))
        return json.loads(self.succeed("probe", "--weights", "run", "--probes", path, *arguments))

    def test_eval_prints_the_figures_of_the_run(self):
        run = self.trained()
        last = events(run)[-1]
        for target in ("run", newest(run), newest(run) / "weights.safetensors"):
            data = [] if target != newest(run) / "weights.safetensors" else ["--data", "shapes", "--bn-batches", 1]
            answer = json.loads(self.succeed("eval", "--checkpoint", target, "--split", "test", *data))
            self.assertEqual(
                answer, {"split": "test", "images": 2000, "loss": last["loss"], "accuracy": last["accuracy"],
                         "statistics": last["statistics"]}
            )

    def test_probe_prints_losses_and_counts_them(self):
        self.trained()
        answer = self.probe(
            [{"edits": [["conv1.weight", 3, 0.01], ["fc.bias", 2, -0.02]]}, {"seed": 3, "scale": 0.001},
             {"seed": 3, "scale": 0.001, "law": "rademacher"}, {"seed": 3, "scale": 0}],
            "--batch", 32, "--offset", 7, "--dtype", "float64", "--oracle", "reference",
        )  # fmt: skip
        self.assertEqual(list(answer), ["model", "batch", "base", "losses", "queries"])
        self.assertEqual((answer["model"], answer["batch"], answer["queries"]), ("cnn", 32, 5))
        self.assertEqual(answer["losses"][3], answer["base"])
        self.assertEqual(len({answer["base"], *answer["losses"]}), 4)

    def test_a_probe_equals_the_base_loss_of_weights_edited_by_hand(self):
        run = self.trained()
        source = newest(run) / "weights.safetensors"
        weights = {name: torch.from_numpy(value) for name, value in load_file(source).items()}
        weights["fc.weight"].view(-1)[17] += 0.25
        torch.save(weights, self.folder / "edited.pt")
        answer = self.probe([{"edits": [["fc.weight", 17, 0.25]]}], "--batch", 16, "--oracle", "reference")
        (self.folder / "none.json").write_text("[]")
        edited = json.loads(
            self.succeed("probe", "--weights", "edited.pt", "--model", "cnn", "--data", "shapes", "--batch", 16,
                         "--probes", "none.json", "--oracle", "reference")  # fmt: skip
        )
        self.assertEqual(edited["base"], answer["losses"][0])
        self.assertNotEqual(edited["base"], answer["base"])

    def test_exports_open_in_python_with_the_same_values(self):
        run = self.trained()
        stored = load_file(newest(run) / "weights.safetensors")
        self.succeed("export", "--checkpoint", "run", "--format", "pt", "--out", "w.pt")
        self.succeed("export", "--checkpoint", "w.pt", "--model", "cnn", "--out", "w.safetensors")
        from_pt = torch.load(self.folder / "w.pt", weights_only=True)
        from_safetensors = load_file(self.folder / "w.safetensors")
        self.assertEqual(set(from_pt), set(stored))
        # The checkpoint keeps both: running statistics for going on, those of evaluation for export.
        retaken = [name for name in stored if name.endswith(("running_mean", "running_var"))]
        exact = load_file(newest(run) / "method.safetensors")["evaluation_norms"]
        np.testing.assert_array_equal(np.concatenate([from_pt[f"bn1.{v}"].numpy() for v in ("running_mean", "running_var")]),
                                      exact[: 2 * len(stored["bn1.running_mean"])])  # fmt: skip
        for name, value in stored.items():
            self.assertEqual((from_pt[name].numpy() == value).all(), name not in retaken, name)
            np.testing.assert_array_equal(from_safetensors[name], from_pt[name].numpy())

    def test_export_refuses_an_ending_that_does_not_fit(self):
        self.trained()
        self.assertIn("--out", self.refuse("export", "--checkpoint", "run", "--format", "pt", "--out", "w.safetensors"))
        self.assertIn("--format", self.refuse("export", "--checkpoint", "run", "--out", "w.onnx"))

    def test_info_counts_parameters_and_multiply_adds(self):
        overview = self.succeed("info")
        for word in ("resnet8", "75,290", "12,239,488", "resnet20", "269,722", "40,551,040", "libtorch", "cuda"):
            self.assertIn(word, overview)
        layers = self.succeed("info", "--model", "resnet8")
        self.assertIn("layer1.0.conv1.weight".removesuffix(".weight"), layers)
        # fc: 64 inputs, 10 outputs
        # and a probe of it: one product, of the edited weight or none for a bias (640 of 650)
        self.assertRegex(layers, r"fc +10x1x1 +650 +640 +1\n")
        self.assertIn("997,634", layers)

    def test_data_show_writes_a_contact_sheet(self):
        self.succeed("data", "show", "--data", "shapes", "--columns", 3, "--out", "sheet.png")
        self.assertEqual((self.folder / "sheet.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_methods_lists_and_describes(self):
        self.assertIn("deepzero", self.succeed("methods"))
        text = self.succeed("methods", "zo-sah")
        for word in ("formula", "source", "--kappa"):
            self.assertIn(word, text)
        self.assertRegex(text, r"\n  option +functions +networks +meaning\n")
        self.assertRegex(text, r"\n  --subspace N +0 +128 +m, coordinates")
        self.assertRegex(text, r"\n  --kappa X +0\.01 +0 +eigenvalue")
        self.assertRegex(text, r"\n  --scaled +false +true +eigenvalues")
        self.assertRegex(text, r"\n  --pairing random\|sticky\|\S+\n +random +random +who")
        self.assertLessEqual(max(map(len, text.splitlines()[4:])), 112)
        self.assertIn("found by short trials", self.succeed("methods", "spsa"))
        self.assertNotIn("found by short trials", self.succeed("methods", "zo-sah"))
        self.assertIn("nlopt-newuoa", self.succeed("methods"))
        classical = self.succeed("methods", "nlopt-newuoa")
        for part in ("formula  x <-", "source   Powell", "--initial-step", "zotrain minimize"):
            self.assertIn(part, classical)

    def test_help_of_every_verb_names_its_options(self):
        self.assertIn("train", self.succeed("--help"))
        for verb in ("train", "eval", "probe", "export", "plot", "data", "methods", "bench", "info"):
            self.assertIn("--help", self.succeed(verb, "--help"))
        text = self.succeed("train", "--help", "--method", "deepzero")
        for word in ("--mask-interval", "--max-queries", "(default: resnet8)", "Stop options"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
