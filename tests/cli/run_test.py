"""What a run leaves behind, and that its numbers add up."""

import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import tomllib
import unittest

import support
from support import DEEPZERO, TINY, ZO_SAH, events, newest, summary


class RunTest(support.CliTest):
    def test_the_run_folder_holds_what_is_promised(self):
        output = self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 9, "--out", "run")
        run = self.folder / "run"
        names = sorted(p.name for p in run.iterdir())
        self.assertEqual(names, ["checkpoints", "config.toml", "lock", "metrics.jsonl", "plot.png", "summary.json"])
        self.assertEqual(
            sorted(p.name for p in (run / "checkpoints" / "step-9").iterdir()),
            ["MANIFEST", "method.safetensors", "state.json", "weights.safetensors"],
        )
        self.assertEqual((run / "plot.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        keys = {"event", "step", "queries", "queries_report", "loss", "lr", "samples_seen", "forward_equivalents",
                "wall_s", "frac_clipped"}  # fmt: skip
        step = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
        self.assertEqual(keys - set(step), set())
        evaluation = events(run)[-1]
        self.assertEqual(set(evaluation), {"event", "step", "queries", "split", "loss", "accuracy", "statistics"})
        keys = {"stop_reason", "steps", "queries", "queries_report", "wall_s", "final_train_loss",
                "best_test_accuracy", "test_accuracy", "probes_per_s"}  # fmt: skip
        self.assertEqual(keys - set(summary(run)), set())
        self.assertEqual(summary(run)["stop_reason"], "max-steps")
        for word in ("stopped", "reached", "files", "next", "--resume --out run"):
            self.assertIn(word, output)

    def test_of_a_short_run_no_step_is_in_both_means(self):
        for steps, said in ((1, r"training loss \d\.\d{3},"), (3, r"training loss \d\.\d{3} -> \d\.\d{3},"),
                            (6, r"training loss .* \(means of the first and last 3 steps\)")):  # fmt: skip
            output = self.succeed("train", *TINY, *ZO_SAH, "--max-steps", steps, "--out", "run", "--overwrite")
            self.assertRegex(output, said)
            losses = [e["loss"] for e in events(self.folder / "run") if e["event"] == "step"]
            window = max(steps // 2, 1)
            self.assertAlmostEqual(summary(self.folder / "run")["first_train_loss"], sum(losses[:window]) / window, places=12)
            self.assertAlmostEqual(summary(self.folder / "run")["final_train_loss"], sum(losses[-window:]) / window, places=12)

    def test_what_is_asked_once_is_told_apart(self):
        output = self.succeed("train", *TINY, *DEEPZERO, "--max-steps", 2, "--dry-run")
        self.assertRegex(output, r"method   deepzero: \d+ queries a step, 5 more before the first, ")

    def test_a_loss_that_climbed_is_told_with_the_way_out(self):
        mezo = ("--model", "mlp", "--data", "shapes", "--method", "mezo", "--max-steps", 20, "--overwrite")
        output = self.succeed("train", *mezo, "--out", "run")
        self.assertGreater(summary(self.folder / "run")["final_train_loss"], 5)
        self.assertIn("climbed  the training loss ended above its start: begin again with an --lr below 0.003\n", output)
        output = self.succeed("train", *mezo, "--lr", 3e-5, "--out", "run")
        self.assertLess(summary(self.folder / "run")["final_train_loss"], 3.5)
        self.assertNotIn("climbed", output)

    def test_the_ledger_equals_the_formula_of_zo_sah(self):
        # Exact blocks: 1 + m losses a step, two more to look back at the one before and, at the start of each period,
        # three for each of the m/2 pairs.
        m, period, steps = 20, 4, 11
        self.succeed("train", *TINY, *ZO_SAH, "--hessian", "lazy", "--max-steps", steps, "--out", "run")
        expected = steps * (1 + m) + 2 * (steps - 1) + -(-steps // period) * 3 * m // 2
        self.assertEqual(summary(self.folder / "run")["queries"], expected)
        self.assertEqual(events(self.folder / "run")[-1]["queries"], expected)
        # 2,000 test pictures in batches of 250, once at the end, and one training batch for the statistics.
        self.assertEqual(summary(self.folder / "run")["queries_report"], 9)

    def test_max_queries_is_never_exceeded(self):
        for method in (ZO_SAH, DEEPZERO):
            self.succeed("train", *TINY, *method, "--max-queries", 500, "--out", "run", "--overwrite")
            spent = summary(self.folder / "run")["queries"]
            self.assertLessEqual(spent, 500)
            after = [0] + [e["queries"] for e in events(self.folder / "run") if e["event"] == "step"]
            dearest = max(b - a for a, b in zip(after, after[1:]))
            self.assertGreater(spent + dearest, 500)

    def test_the_stored_config_repeats_the_run(self):
        self.succeed("train", *TINY, *DEEPZERO, "--max-steps", 4, "--lr", 0.0123456789012345, "--out", "one")
        config = self.folder / "one" / "config.toml"
        parsed = tomllib.loads(config.read_text())
        self.assertEqual(parsed["lr"], 0.0123456789012345)
        self.assertEqual(parsed["data"], "shapes")
        self.assertEqual(set(parsed["versions"]), {"zotrain", "commit", "libtorch", "compiler"})
        self.succeed("train", "--config", config, "--out", "two", "--quiet")
        self.assertEqual(events(self.folder / "one"), events(self.folder / "two"))
        self.assertEqual(config.read_text(), (self.folder / "two" / "config.toml").read_text())

    def test_a_dry_run_prints_the_plan_and_writes_nothing(self):
        output = self.succeed("train", *TINY, *ZO_SAH, "--max-queries", 1000, "--dry-run")
        self.assertEqual(list(self.folder.iterdir()), [])
        for word in ("cnn", "shapes", "zo-sah: 30 queries a step on average (23 to 53)", "1,000 queries", "queries/s", "ends in about"):
            self.assertIn(word, output)

    def test_without_cifar_auto_trains_on_shapes_and_says_how_to_get_cifar(self):
        output = self.succeed("train", *TINY, "--data", "auto", "--max-steps", 1, "--dry-run")
        self.assertIn("shapes", output)
        self.assertIn("--data-dir", output)

    def test_auto_says_where_it_trains(self):
        devices = [line for line in self.succeed("info").splitlines() if line.startswith("cuda ")]
        output = self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1, "--dry-run")
        if "no device: " in devices[0]:
            self.assertIn("CPU, 2 threads, seed 1\n         no CUDA device: " + devices[0].split("no device: ")[1] + "\n", output)
        else:
            self.assertIn(devices[0][len("cuda ") :].strip(), output)

    def test_a_run_on_cuda_follows_the_one_on_the_cpu(self):
        if "no device: " in self.succeed("info"):
            self.assertNotIn("ZO_REQUIRE_CUDA", os.environ, "is set, and there is no CUDA device")
            self.skipTest("no CUDA device")
        for device in ("cuda", "cpu"):
            self.succeed("train", *TINY, *ZO_SAH, "--device", device, "--dtype", "float64", "--check-oracle", 3,
                         "--max-steps", 5, "--out", device)  # fmt: skip
        for ours, theirs in zip(events(self.folder / "cuda"), events(self.folder / "cpu"), strict=True):
            # Losses differ by 1e-13 or so, and finite differences of step 1e-3 divide that twice.
            self.assertAlmostEqual(ours["loss"], theirs["loss"], delta=1e-6)

    def test_without_a_name_the_run_gets_one_of_its_own(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1)
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1)
        runs = sorted(p.name for p in (self.folder / "runs").iterdir())
        self.assertEqual(len(runs), 2)
        self.assertIn("cnn-zo-sah", runs[0])

    def test_the_loss_falls(self):
        self.succeed("train", "--data", "shapes", "--model", "mlp", "--batch", 64, "--max-steps", 60, "--quiet",
                     "--method", "sgd", "--out", "run")  # fmt: skip
        figures = summary(self.folder / "run")
        self.assertLess(figures["final_train_loss"], figures["first_train_loss"] - 0.05)

    def test_a_loss_that_is_not_finite_is_counted_and_never_reaches_the_weights(self):
        from safetensors.numpy import load_file, save_file

        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1, "--out", "good")
        weights = load_file(newest(self.folder / "good") / "weights.safetensors")
        weights["fc.weight"][:] = 3e38
        save_file(weights, self.folder / "huge.safetensors", metadata={"model": "cnn"})
        line = self.refuse("train", *TINY, *ZO_SAH, "--weights", "huge.safetensors", "--max-steps", 50,
                           "--checkpoint-every", 5, "--out", "run", code=1)  # fmt: skip
        self.assertIn("20 steps in a row", line)
        steps = [e for e in events(self.folder / "run") if e["event"] == "step"]
        self.assertEqual(len(steps), 20)
        self.assertTrue(all(s["rejected"] and s["loss"] is None for s in steps))
        self.assertEqual(steps[-1]["non_finite"], 20)
        kept = load_file(newest(self.folder / "run") / "weights.safetensors")
        for name in weights:
            self.assertTrue((kept[name] == weights[name]).all(), name)

    def test_the_commands_told_at_the_end_can_be_pasted(self):
        words = [support.BINARY, "train", *TINY, *ZO_SAH, "--max-steps", "2", "--out", "my run"]  # of constant length
        environment = {**os.environ, "ZO_PYTHON": "/nowhere/python"}
        output = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=True, env=environment).stdout
        told = [line[9:] for line in output[output.index("next     ") :].splitlines()]
        self.assertEqual([line.split(" --")[0] for line in told], [f"{support.BINARY} {verb}" for verb in ("train", "train", "eval", "methods")])
        for line, steps in zip(told, (8, 8, 8, 8)):  # four times as far, which the second has then come to
            subprocess.run(["bash", "-c", line], cwd=self.folder, capture_output=True, check=True, env=environment)
            self.assertEqual(summary(self.folder / "my run")["steps"], steps)

    def on_terminal(self, columns, kind, *words):
        """What the program writes to a terminal of so many columns."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([support.BINARY, *map(str, words)], cwd=self.folder, stdout=slave,
                                   env={**os.environ, "TERM": kind, "ZO_PYTHON": "/nowhere/python"})  # fmt: skip
        os.close(slave)
        text = b""
        try:
            while block := os.read(master, 65536):
                text += block
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(master)
        self.assertEqual(process.wait(), 0)
        return text.decode()

    def test_a_status_fits_the_terminal_and_a_dumb_one_gets_lines(self):
        train = ["train", *(word for word in TINY if word != "--quiet"), *ZO_SAH, "--max-time", 1, "--overwrite", "--out", "run"]
        for columns in (40, 120):
            text = self.on_terminal(columns, "xterm", *train)
            shown = [part for part in re.findall(r"\r\x1b\[K([^\r\n]*)", text) if part.startswith("step ")]
            self.assertGreater(len(shown), 1)
            self.assertLessEqual(max(map(len, shown)), columns - 1)
            self.assertEqual(any(part.endswith("/s") for part in shown), columns == 120)  # the last of a whole one
            self.assertTrue(all("left" in part for part in shown), shown)
        self.assertNotIn("\x1b", self.on_terminal(40, "dumb", *train))

    def test_plot_draws_several_runs(self):
        for seed in (1, 2):
            self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 3, "--seed", seed, "--out", f"run{seed}")
        self.succeed("plot", "run1", "run2", "--out", "both.png")
        width, height = struct.unpack(">II", (self.folder / "both.png").read_bytes()[16:24])
        self.assertGreater(width, 800)
        self.assertGreater(height, 300)

    def test_a_picture_replaces_nothing_but_a_file(self):
        run = self.folder / "run"
        run.mkdir()
        (run / "metrics.jsonl").write_text("")
        os.mkfifo(self.folder / "pipe.png")
        os.symlink("pipe.png", self.folder / "link.png")
        (self.folder / "folder.png").mkdir()
        script = pathlib.Path(__file__).parents[2] / "experiments" / "plot.py"
        for out, kind in (("pipe.png", "a pipe"), ("link.png", "a pipe"), ("folder.png", "a folder")):
            self.assertIn(f"{out}: is {kind}", self.refuse("plot", "run", "--out", out))
            done = subprocess.run([sys.executable, script, "--out", out, "run"], cwd=self.folder, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2)
            message = f"--out: '{out}' is a folder, a pipe or a device, which a file must not replace; name a file"
            self.assertEqual(done.stderr, f"error: {message}\n")
        self.assertTrue((self.folder / "pipe.png").is_fifo())
        self.assertTrue((self.folder / "folder.png").is_dir())
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["folder.png", "link.png", "pipe.png", "run"])

    def test_plot_takes_queries_time_or_forward_passes_as_its_axis(self):
        sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "experiments"))
        import run_files

        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 4, "--eval-every", 1, "--out", "run")
        lines = (self.folder / "run" / "metrics.jsonl").read_text().splitlines()
        steps = [event for event in map(json.loads, lines) if event["event"] == "step"]
        for axis, entry in (("queries", "queries"), ("time", "wall_s"), ("forward-equivalents", "forward_equivalents")):
            run = run_files.read_run(self.folder / "run")
            self.assertEqual(run.losses(axis), [(s[entry], s["loss"]) for s in steps])
            self.assertEqual([x for x, _ in run.accuracies(axis)], [0] + [s[entry] for s in steps])
            self.succeed("plot", "run", "--x", axis, "--out", f"{axis}.png")
        self.assertEqual(len({(self.folder / f"{axis}.png").read_bytes() for axis in run_files.AXES}), 3)
        self.assertIn("--x: 'hours' must be one of queries, time", self.refuse("plot", "run", "--x", "hours"))

    def test_a_moved_program_draws(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "run")
        moved = self.folder / "elsewhere"
        moved.mkdir()
        shutil.copy(support.BINARY, moved / "zotrain")
        for library in pathlib.Path(support.BINARY).parent.glob("*.so"):
            shutil.copy(library, moved)
        self.assertNotIn(b"experiments/plot.py\x00", (moved / "zotrain").read_bytes())
        subprocess.run([moved / "zotrain", "plot", "run", "--out", "moved.png"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        self.assertEqual((self.folder / "moved.png").read_bytes()[:4], b"\x89PNG")

    def test_without_python_the_run_still_ends_well(self):
        done = support.zotrain("train", *TINY, *ZO_SAH, "--max-steps", 1, "--out", "run", cwd=self.folder,
                               python="/nowhere/python")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no plot: /nowhere/python is missing", done.stdout)


if __name__ == "__main__":
    unittest.main()
