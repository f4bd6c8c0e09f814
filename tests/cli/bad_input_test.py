"""Bad input is refused before the first step with one line and exit code 2, and leaves no file."""

import json
import os
import unittest

import support
from support import CIFAR_BYTES, TINY, ZO_SAH, write_fake_cifar


class BadInputTest(support.CliTest):
    def refuse_training(self, *arguments):
        """Refused, and nothing is left behind."""
        before = sorted(p for p in self.folder.rglob("*"))
        line = self.refuse("train", *TINY, "--max-steps", 1, "--out", self.folder / "run", *arguments)
        self.assertEqual(sorted(p for p in self.folder.rglob("*")), before)
        return line

    def test_numbers_that_no_run_can_mean(self):
        for flag, value in (("--max-epochs", "4000000000000000"), ("--max-steps", "10000000000000"), ("--eps", "1e30"), ("--max-time", "1e300")):
            line = self.refuse("train", "--data", "shapes", "--model", "cnn", "--method", "zo-sah", flag, value)
            self.assertIn(f"{flag}: '{value}' must be ", line)
        self.assertIn("--seconds: '9e18' must be", self.refuse("bench", "--seconds", "9e18"))

    def test_what_is_no_file(self):
        os.mkfifo(self.folder / "pipe.safetensors")
        os.mkfifo(self.folder / "pipe.libsvm")
        os.mkfifo(self.folder / "pipe.toml")
        os.mkfifo(self.folder / "pipe.json")
        for words in (["train", *TINY, "--weights", "pipe.safetensors"], ["minimize", "--problem", "logistic", "--data", "pipe.libsvm"],
                      ["train", *TINY, "--config", "pipe.toml"], ["eval", "--checkpoint", "pipe.safetensors", "--data", "shapes", "--model", "cnn"]):
            self.assertRegex(self.refuse(*words), r"pipe\.\w+.* (is a pipe, a device or a socket|is no file|not a file|does not exist|expected a file)")

    def test_few_bytes_cannot_claim_gigabytes(self):
        (self.folder / "far.libsvm").write_text("1 1:1\n-1 100000000:1\n")
        self.assertIn("--data far.libsvm: feature 100000000 is far beyond what 2 values need",
                      self.refuse("minimize", "--problem", "logistic", "--data", "far.libsvm"))

    def test_what_a_terminal_would_obey_is_not_echoed(self):
        line = self.refuse("train", "--data-dir", "\x1b[31mred\x07", "--data", "cifar10")
        self.assertIn("?[31mred?", line)
        line = self.refuse("train", "--weights", "x" * 100000)
        self.assertLess(len(line), 2100)
        self.assertTrue(line.endswith(" ..."), line[-20:])
        self.assertIn("größer.safetensors", self.refuse("train", "--weights", "größer.safetensors"))

    def test_unknown_flag(self):
        self.assertEqual(self.refuse_training("--bach", 8), "--bach: unknown option; did you mean --batch?")

    def test_value_out_of_range(self):
        self.assertEqual(self.refuse_training("--max-queries", -5), "--max-queries: '-5' must be in [0, 1000000000000]")
        self.assertIn("--lr: 'nan'", self.refuse_training("--lr", "nan"))

    def test_option_of_another_method(self):
        self.assertIn("--method deepzero", self.refuse_training("--density", 0.1))

    def test_missing_data_folder(self):
        line = self.refuse_training("--data", "cifar10", "--data-dir", self.folder / "nowhere")
        self.assertIn("nowhere", line)

    def test_named_data_folder_without_pictures_is_not_replaced_by_shapes(self):
        line = self.refuse_training("--data", "auto", "--data-dir", self.folder / "nowhere")
        self.assertIn("nowhere", line)

    def test_batch_file_one_byte_short(self):
        bins = write_fake_cifar(self.folder / "cifar")
        os.truncate(bins / "data_batch_3.bin", CIFAR_BYTES - 1)
        line = self.refuse_training("--data", "cifar10", "--data-dir", self.folder / "cifar")
        self.assertIn("data_batch_3.bin", line)
        self.assertIn(str(CIFAR_BYTES), line.replace(",", ""))

    def test_label_ten(self):
        bins = write_fake_cifar(self.folder / "cifar")
        with open(bins / "data_batch_2.bin", "r+b") as file:
            file.seek(41 * 3073)
            file.write(b"\x0a")
        line = self.refuse_training("--data", "cifar10", "--data-dir", self.folder / "cifar")
        self.assertIn("data_batch_2.bin", line)
        self.assertIn("41", line)
        self.assertIn("10", line)

    def test_nan_in_weights(self):
        import numpy as np
        from safetensors.numpy import load_file, save_file

        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1, "--out", "good")
        weights = load_file(support.newest(self.folder / "good") / "weights.safetensors")
        weights["fc.weight"][3, 5] = np.nan
        bad = self.folder / "bad.safetensors"
        save_file(weights, bad, metadata={"model": "cnn"})
        line = self.refuse_training("--weights", bad)
        self.assertIn("bad.safetensors", line)
        self.assertIn("fc.weight", line)
        self.assertIn("fc.weight", self.refuse("eval", "--checkpoint", bad, "--data", "shapes"))
        probes = self.folder / "probes.json"
        probes.write_text("[]")
        self.assertIn("fc.weight", self.refuse("probe", "--weights", bad, "--probes", probes, "--data", "shapes"))

    def test_out_not_empty(self):
        out = self.folder / "full"
        out.mkdir()
        (out / "letter.txt").write_text("dear")
        line = self.refuse("train", *TINY, "--max-steps", 1, "--out", out)
        self.assertIn(f"--out: {out} is not empty", line)
        self.assertEqual([p.name for p in out.iterdir()], ["letter.txt"])

    def test_resume_without_a_checkpoint(self):
        self.assertIn("--resume", self.refuse_training("--resume"))

    def test_config_with_an_unknown_key(self):
        config = self.folder / "my.toml"
        config.write_text('model = "cnn"\nkapa = 0.1\n')
        self.assertEqual(
            self.refuse_training("--config", config), f"{config}: kapa: unknown option; did you mean kappa?"
        )

    def test_config_that_names_another_file(self):
        config = self.folder / "my.toml"
        for line, key in (('config = "other.toml"', "config"), ("resume = true", "resume")):
            config.write_text(line + "\n")
            self.assertEqual(
                self.refuse_training("--config", config),
                f"{config}: {key}: decides which file is read, so it belongs on the command line",
            )

    def test_a_budget_that_does_not_pay_a_step(self):
        self.assertEqual(
            self.refuse_training(*ZO_SAH, "--max-queries", 50),
            "--max-queries 50: the first step of zo-sah takes 51 queries; give at least as many",
        )
        # 51 for the first step and 23 for each of the next three: the fifth begins a period and takes 53.
        self.succeed("train", *TINY, *ZO_SAH, "--max-queries", 120, "--out", "run")
        output = self.succeed("train", "--resume", "--out", "run", "--max-queries", 172)
        self.assertIn("until    172 queries, of which 120 are spent: --max-queries 173 would pay the next step;", output)
        self.assertIn("stopped  max-queries: 4 steps, 120 queries", output)

    def test_config_that_is_no_toml(self):
        config = self.folder / "my.toml"
        config.write_text("batch = = 3\n")
        self.assertTrue(self.refuse_training("--config", config).startswith(f"{config}: line 1: "))

    def test_cuda_without_a_device(self):
        try:
            os.stat("/dev/nvidiactl")
            self.skipTest("this machine has a CUDA device")
        except FileNotFoundError:
            pass
        self.assertTrue(self.refuse_training("--device", "cuda").startswith("--device cuda: no CUDA device ("))

    def test_a_device_that_is_none(self):
        for word in ("gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999", "Cuda", ""):
            self.assertEqual(
                self.refuse_training("--device", word),
                f"--device: '{word}' must be auto, cpu, cuda, or cuda:N for GPU N",
            )
        for verb in ("bench", "probe", "eval"):
            given = {"bench": [], "probe": ["--weights", "w", "--probes", "p"], "eval": ["--checkpoint", "w"]}[verb]
            self.assertIn("--device: 'gpu'", self.refuse(verb, *given, "--device", "gpu"))

    def test_subspace_larger_than_the_network(self):
        self.assertIn("--subspace", self.refuse_training("--subspace", 10**9))

    def test_unknown_verb_and_missing_arguments(self):
        self.assertEqual(self.refuse("trian"), "trian: unknown verb; did you mean train?")
        self.assertIn("--checkpoint", self.refuse("eval"))
        self.assertIn("--weights", self.refuse("probe"))
        self.assertIn("--out", self.refuse("export", "--checkpoint", self.folder))
        self.assertIn("run folder", self.refuse("plot"))
        self.assertIn("zo-sah", self.refuse("methods", "zo-sha"))

    def test_probe_files_name_the_probe_and_the_reason(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1, "--out", "run")
        cases = [
            ([{"edits": [["fc.weigth", 0, 0.1]]}], "probe 0: no parameter is called fc.weigth; did you mean fc.weight?"),
            ([{"seed": 1, "scale": 1}, {"edits": [["fc.bias", 10, 0.1]]}], "probe 1: index 10 lies outside fc.bias"),
            ([{"seed": -1, "scale": 1}], "probe 0: "),
            ([{"edits": [["fc.bias", 1, 0.1], ["fc.bias", 1, 0.2]]}], "probe 0: "),
            ([{"edits": []}], "probe 0: "),
            ([{"seed": 1, "scale": 1, "sale": 2}], "probe 0: \"sale\" is none of law, scale, seed"),
            ({"seed": 1}, "must be a list"),
        ]
        path = self.folder / "probes.json"
        for probes, reason in cases:
            path.write_text(json.dumps(probes))
            line = self.refuse("probe", "--weights", "run", "--probes", path)
            self.assertIn(str(path), line)
            self.assertIn(reason, line)
        path.write_text("[" * 300000 + "]" * 300000)
        self.assertIn(f"{path}: nests deeper than 8 lists", self.refuse("probe", "--weights", "run", "--probes", path))


if __name__ == "__main__":
    unittest.main()
