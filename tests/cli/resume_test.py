"""A run that is killed and resumed equals the run that was not, bit for bit."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

import flags
import support
from support import BINARY, CIFAR_BYTES, DEEPZERO, TINY, ZO_SAH, events, newest, summary, write_fake_cifar

# Drawing a run's picture takes longer than most runs of these tests, and is tested with the verb that draws.
os.environ["ZO_PYTHON"] = "/no-python-for-pictures"


class ResumeTest(support.CliTest):
    def start(self, *arguments):
        process = subprocess.Popen(
            [BINARY, "train", *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def wait_for_steps(self, process, run, steps):
        """Returns when the log has so many lines; fails when the run ends before."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
            try:
                if (self.folder / run / "metrics.jsonl").read_bytes().count(b"\n") >= steps:
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.005)
        self.fail("no progress")

    def assert_same_run(self, one, other):
        self.assertEqual(events(self.folder / one), events(self.folder / other))
        a, b = newest(self.folder / one), newest(self.folder / other)
        self.assertEqual(a.name, b.name)
        for name in ("weights.safetensors", "method.safetensors"):
            self.assertEqual((a / name).read_bytes(), (b / name).read_bytes(), name)
        for key in ("steps", "queries", "queries_report", "final_train_loss", "test_accuracy", "best_test_accuracy"):
            self.assertEqual(summary(self.folder / one)[key], summary(self.folder / other)[key], key)

    def check_kill_and_resume(self, *method):
        # The marks are no multiples of a step, of a period or of each other, so that the kill falls between them.
        common = [*TINY, *method, "--max-steps", 90, "--checkpoint-every", 170, "--eval-every", 1300, "--seed", 5]
        self.succeed("train", *common, "--out", "whole")
        process = self.start(*common, "--out", "cut")
        self.wait_for_steps(process, "cut", 40)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertFalse((self.folder / "cut" / "summary.json").exists())
        self.assertLess(int(newest(self.folder / "cut").name[5:]), 90)
        # Other threads, too: the result must not depend on them.
        self.succeed("train", *common, "--out", "cut", "--resume", "--threads", 1)
        self.assert_same_run("whole", "cut")

    def test_zo_sah_resumes_bit_for_bit_after_kill_9(self):
        self.check_kill_and_resume(*ZO_SAH, "--momentum", 0.9)

    def test_zo_sah_with_reused_losses_resumes_bit_for_bit_after_kill_9(self):
        self.check_kill_and_resume(*ZO_SAH, "--hessian", "secant")

    def test_deepzero_resumes_bit_for_bit_after_kill_9(self):
        self.check_kill_and_resume(*DEEPZERO)

    @unittest.skipUnless("ZO_TEST_KILLS" in os.environ, "set ZO_TEST_KILLS to the number of kills a method; 50 take ten minutes on two idle cores")
    def test_kills_at_random_instants_leave_the_bits_of_a_run_that_was_not_killed(self):
        instants = random.Random(7)
        for name, method in (("zo-sah", ZO_SAH), ("zo-sah-plus", ["--method", "zo-sah-plus", "--subspace", 20]), ("deepzero", DEEPZERO)):
            kills = resumed = runs = 0
            common = [*TINY, *method, "--max-steps", 400, "--checkpoint-every", 90, "--eval-every", 2000, "--seed", 5]
            self.succeed("train", *common, "--out", f"{name}-whole")
            while kills < int(os.environ["ZO_TEST_KILLS"]):
                cut = f"{name}-{runs}"
                while True:
                    resume = ["--resume"] if list((self.folder / cut / "checkpoints").glob("step-*[0-9]")) else ["--overwrite"]
                    resumed += resume == ["--resume"]
                    process = self.start(*common, "--out", cut, *resume)
                    # Up to eighty steps on, then anywhere in the next ones, in a save or, once in a while, before the first.
                    log, more = self.folder / cut / "metrics.jsonl", instants.choice([0, *range(81)])
                    begun = log.stat().st_size if log.exists() else 0
                    while more > 0 and process.poll() is None and (not log.exists() or log.stat().st_size < begun + 300 * more):
                        time.sleep(0.001)
                    try:
                        process.wait(timeout=instants.uniform(0.0, 0.05))
                        break
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                        kills += 1
                self.assertEqual(process.returncode, 0, process.stderr.read())
                self.assert_same_run(f"{name}-whole", cut)
                shutil.rmtree(self.folder / cut)
                runs += 1
            print(f"{name}: {kills} kills, {resumed} resumed, {runs} runs equal to the last bit", file=sys.stderr)

    def test_every_method_resumes_bit_for_bit_from_the_middle_of_a_run(self):
        small = {
            "zo-sah": ZO_SAH[2:],
            "deepzero": DEEPZERO[2:],
            "cge": ["--subspace", 9, "--period", 2, "--sampling", "gain"],
            "rspg": ["--output", "random"],
            "zoha": ["--directions", 3, "--hessian-directions", 2, "--period", 4],
            "hizoo": ["--hessian-smooth", 1e-3],
        }
        for method in flags.methods():
            with self.subTest(method):
                common = [*TINY, "--method", method, *small.get(method, []), "--max-steps", 7, "--seed", 5]
                common += ["--checkpoint-every", 1, "--keep-checkpoints", 9]
                whole, cut = f"{method}-whole", f"{method}-cut"
                self.succeed("train", *common, "--out", whole)
                shutil.copytree(self.folder / whole, self.folder / cut)
                for step in range(4, 8):
                    shutil.rmtree(self.folder / cut / "checkpoints" / f"step-{step}")
                self.succeed("train", *common, "--out", cut, "--resume")
                self.assert_same_run(whole, cut)

    def test_float64_and_batch_norm_resume_bit_for_bit(self):
        common = ["--data", "shapes", "--model", "resnet8", "--batch", 4, "--quiet", "--subspace", 6, "--period", 3]
        common += ["--dtype", "float64", "--eval-every", 0, "--checkpoint-every", 0, "--lr", 0.01]
        common += ["--lr-schedule", "constant", "--bn-batches", 1]
        self.succeed("train", *common, "--max-steps", 5, "--out", "whole")
        self.succeed("train", *common, "--max-steps", 2, "--out", "cut")
        # A file of options is not needed: the run folder has one.
        self.succeed("train", "--resume", "--out", "cut", "--max-steps", 5, "--quiet")
        self.assert_same_run("whole", "cut")

    def test_a_damaged_checkpoint_costs_one_line_and_the_one_before_is_used(self):
        common = [*TINY, *ZO_SAH, "--checkpoint-every", 60]
        self.succeed("train", *common, "--max-steps", 20, "--out", "whole")
        self.succeed("train", *common, "--max-steps", 14, "--out", "cut")
        for damage in ("truncated", "flipped", "no manifest"):
            with self.subTest(damage):
                target = newest(self.folder / "cut") / "weights.safetensors"
                if damage == "truncated":
                    os.truncate(target, target.stat().st_size - 7)
                elif damage == "flipped":
                    data = bytearray(target.read_bytes())
                    data[len(data) // 2] ^= 1
                    target.write_bytes(data)
                else:
                    target.with_name("MANIFEST").unlink()
                done = support.zotrain("train", *common, "--max-steps", 20, "--out", "cut", "--resume", cwd=self.folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn(target.parent.name, done.stderr)
                self.assert_same_run("whole", "cut")

    def test_when_every_checkpoint_is_damaged_the_run_is_not_resumed(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "run")
        (newest(self.folder / "run") / "state.json").write_text("{}")
        done = support.zotrain("train", *TINY, "--resume", "--out", "run", cwd=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no sound checkpoint", done.stderr)

    def test_changed_options_are_listed_and_refused(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "run")
        self.assertIn("--model mlp (was cnn)", self.refuse("train", "--resume", "--out", "run", "--model", "mlp"))
        line = self.refuse("train", "--resume", "--out", "run", "--lr", 0.7, "--batch", 16, "--max-steps", 3)
        self.assertIn("--batch 16 (was 8)", line)
        self.assertIn("--lr 0.7", line)
        self.assertNotIn("max-steps", line)
        self.assertIn("--method", self.refuse("train", "--resume", "--out", "run", "--method", "deepzero"))

    def test_a_larger_budget_goes_on_at_the_end_of_the_schedule_unless_a_new_horizon_is_asked_for(self):
        common = [*TINY, "--method", "cge", "--subspace", 9, "--lr", 0.01]
        output = self.succeed("train", *common, "--lr-schedule", "step", "--max-queries", 200, "--out", "run")
        self.assertIn("--max-queries 800  # goes on, at the end of its schedules", output)
        self.assertIn("--max-queries 800 --horizon-queries 800  # schedules laid out anew", output)
        output = self.succeed("train", "--resume", "--out", "run", "--max-queries", 400, "--quiet")
        self.assertIn("--max-queries 1600 --horizon-queries 1600  # schedules laid out anew", output)
        # A step takes 10 queries: twenty were planned, the last of them with a hundredth of the length.
        steps = [e for e in events(self.folder / "run") if e["event"] == "step"]
        self.assertEqual(steps[-1]["queries"], 400)
        self.assertEqual([step["lr"] for step in steps[15:]], 25 * [1e-4])

    def test_a_schedule_that_has_come_to_rest_is_laid_out_anew(self):
        common = [*TINY, "--method", "cge", "--subspace", 9, "--lr-schedule", "cosine", "--lr", 0.01]
        output = self.succeed("train", *common, "--max-queries", 200, "--out", "anew")
        self.assertNotIn("# goes on", output)
        self.assertIn("--max-queries 800 --horizon-queries 800  # schedules laid out anew", output)
        line = self.refuse("train", "--resume", "--out", "anew", "--max-queries", 400, "--quiet")
        self.assertIn("--lr-schedule cosine: is laid out for 20 steps, ", line)
        self.assertIn("the limits allow 40; add --horizon-queries 400 to lay it out anew", line)
        self.assertIn("20 steps", self.refuse("train", *common, "--max-steps", 21, "--horizon-steps", 20, "--out", "new"))
        # What has come to its end may be started again, as a queue does.
        self.succeed("train", "--resume", "--out", "anew", "--max-queries", 209)
        # Half of a new horizon is gone: cos(pi/2) leaves half of the largest length.
        self.succeed("train", "--resume", "--out", "anew", "--max-queries", 400, "--horizon-queries", 400, "--quiet")
        steps = [e for e in events(self.folder / "anew") if e["event"] == "step"]
        self.assertAlmostEqual(steps[20]["lr"], 0.005, places=15)

    def test_a_state_of_another_format_is_refused_with_the_way_out(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 1, "--out", "run")
        state = newest(self.folder / "run") / "state.json"
        text = state.read_text()
        for written, said in (('"format": 3', "3"), ('"formatt": 4', "missing")):
            state.write_text(text.replace('"format": 4', written))
            manifest = state.with_name("MANIFEST")
            sums = [line.split() for line in manifest.read_text().splitlines()]
            digest = hashlib.sha256(state.read_bytes()).hexdigest()
            lines = [f"{digest if name == 'state.json' else old}  {name}" for old, name in sums]
            manifest.write_text("\n".join(lines) + "\n")
            for verb in (["train", "--resume", "--out", "run", "--quiet"], ["eval", "--checkpoint", "run"]):
                line = self.refuse(*verb)
                self.assertIn(f"state.json: its format {said} must be 4; ", line)
                self.assertIn("--weights", line)

    def test_other_training_pictures_are_refused(self):
        bins = write_fake_cifar(self.folder / "pictures")
        on = ["train", "--resume", "--out", "run", "--max-steps", 2, "--quiet"]
        self.succeed("train", *TINY, "--data", "cifar10", "--data-dir", "pictures", *ZO_SAH, "--max-steps", 1, "--out", "run")
        for place in (3073 * 7, 3073 * 7 + 1, CIFAR_BYTES - 1):  # a label, the first pixel of a picture, the last of the file
            with open(bins / "data_batch_5.bin", "r+b") as file:
                file.seek(place)
                file.write(b"\1")
            line = self.refuse(*on)
            self.assertIn("--resume: pictures holds other training pictures than the run in run has seen; name their folder by --data-dir", line)
            with open(bins / "data_batch_5.bin", "r+b") as file:
                file.seek(place)
                file.write(b"\0")
        bins.parent.rename(self.folder / "elsewhere")
        self.succeed(*on, "--data-dir", "elsewhere")

    def test_a_signal_ends_the_step_saves_and_leaves(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 138)):
            with self.subTest(number.name):
                run = f"run{code}"
                common = [*TINY, *ZO_SAH, "--checkpoint-every", 0]
                process = self.start(*common, "--max-steps", 100000, "--out", run)
                self.wait_for_steps(process, run, 5)
                process.send_signal(number)
                _, errors = process.communicate(timeout=60)
                self.assertEqual(process.returncode, code, errors)
                self.assertEqual(summary(self.folder / run)["stop_reason"], number.name)
                steps = events(self.folder / run)[-1]["step"]
                self.assertEqual(newest(self.folder / run).name, f"step-{steps}")
                self.succeed("train", *common, "--resume", "--out", run, "--max-steps", steps + 3)
                self.succeed("train", *common, "--out", f"whole{code}", "--max-steps", steps + 3)
                self.assert_same_run(run, f"whole{code}")

    def test_a_second_signal_ends_the_run_at_once(self):
        # A step is 40,000 forward passes of resnet8, minutes on any processor.
        process = self.start("--data", "shapes", "--model", "resnet8", "--batch", 256, "--method", "mezo",
                             "--directions", 20000, "--eval-every", 0, "--max-steps", 5, "--out", "run")  # fmt: skip
        deadline = time.monotonic() + 60
        while not (self.folder / "run" / "metrics.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(process.poll(), "the first signal must wait for the step")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=10), 143)


if __name__ == "__main__":
    unittest.main()
