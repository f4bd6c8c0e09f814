"""What goes wrong around a run: each ends in one clear line, and what was saved before stays sound."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import unittest

import support
from support import BINARY, TINY, ZO_SAH, events, newest, summary

os.environ["ZO_PYTHON"] = "/no-python-for-pictures"
LONG = [*TINY, *ZO_SAH, "--max-steps", "1000000", "--checkpoint-every", "300"]


def catches(pid, number):
    """Whether the process has a handler for the signal."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


class FaultTest(support.CliTest):
    def start(self, *words, **options):
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options
        process = subprocess.Popen([BINARY, *map(str, words)], cwd=self.folder, text=True, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                self.addCleanup(stream.close)
        return process

    def running(self, **options):
        """A run that has saved its first checkpoint."""
        process = self.start("train", *LONG, "--out", "run", **options)
        deadline = time.monotonic() + 60
        while not list((self.folder / "run" / "checkpoints").glob("step-*[0-9]")):
            self.assertIsNone(process.poll(), "ended too early")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return process

    def one_line(self, process, code):
        """The error of a process that ends with `code`."""
        self.assertEqual(process.wait(timeout=60), code)
        lines = support.without_repeats(process.stderr.read().splitlines())
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_a_second_process_is_kept_out_of_the_folder_of_a_run(self):
        process = self.running()
        for flags in (["--overwrite"], ["--resume"]):
            line = self.refuse("train", *LONG, "--out", "run", *flags)
            self.assertIn(f"--out: run is in use by process {process.pid} on ", line)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 143)
        steps = [event["step"] for event in events(self.folder / "run") if event["event"] == "step"]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.succeed("train", *LONG, "--out", "run", "--resume", "--max-steps", len(steps) + 2)
        self.succeed("train", *TINY, *ZO_SAH, "--out", "run", "--overwrite", "--max-steps", 2)

    def test_a_folder_that_is_removed_or_moved_ends_the_run(self):
        for name in ("gone", "elsewhere"):
            process = self.running()
            (self.folder / "run").rename(self.folder / name)
            if name == "gone":
                shutil.rmtree(self.folder / name)
            # Whichever comes first, the next line of the log or the checkpoint on its way.
            self.assertRegex(self.one_line(process, 1),
                             r"run/metrics.jsonl: was removed, moved or replaced while the run went on|run/checkpoints.*cannot be (written|synced|read)")
            self.assertFalse((self.folder / "run").exists())
        # What was moved goes on where it is now.
        self.succeed("train", *LONG, "--out", "elsewhere", "--resume", "--max-steps", int(newest(self.folder / "elsewhere").name[5:]) + 2)

    def test_checkpoints_that_may_not_be_read_are_no_missing_ones(self):
        (self.folder / "run").mkdir()
        (self.folder / "run" / "checkpoints").symlink_to("checkpoints")  # which root may not follow either
        for words in (["train", "--resume", "--out", "run"], ["eval", "--checkpoint", "run"]):
            self.assertIn("run/checkpoints: cannot be read: Too many levels of symbolic links", self.refuse(*words))

    def test_a_closed_terminal_saves_and_leaves(self):
        process = self.running()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=60), 129)
        self.assertEqual(summary(self.folder / "run")["stop_reason"], "SIGHUP")
        self.assertEqual(newest(self.folder / "run").name, f"step-{summary(self.folder / 'run')['steps']}")

    def test_a_limit_on_the_time_of_processors_saves_and_leaves(self):
        process = self.running()
        ticks = sum(map(int, pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        used = ticks // os.sysconf("SC_CLK_TCK")
        # The soft limit is told every second, the hard one kills.
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (used + 2, used + 60))
        self.assertEqual(process.wait(timeout=120), 128 + signal.SIGXCPU)
        self.assertEqual(summary(self.folder / "run")["stop_reason"], "SIGXCPU")
        self.assertEqual(newest(self.folder / "run").name, f"step-{summary(self.folder / 'run')['steps']}")

    def test_what_a_caller_ignores_stays_ignored(self):
        process = self.running(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        self.assertIsNone(process.poll(), "nohup is of no use")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 143)

    def test_closed_streams_do_not_become_files_of_the_run(self):
        words = [BINARY, "train", *TINY, *ZO_SAH, "--max-steps", "3", "--out", "run"]
        for closed in ("<&- >&- 2>&-", ">&-"):
            subprocess.run(["bash", "-c", f'exec "$@" --overwrite {closed}', "bash", *map(str, words)], cwd=self.folder, check=True)
            self.assertEqual(len(events(self.folder / "run")), 4)  # three steps and the evaluation
            self.assertRegex((self.folder / "run" / "lock").read_text(), r"^process \d+ on \S+\n$")

    def test_a_lock_that_is_a_link_is_not_followed(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "run")
        victim = self.folder / "victim.txt"
        victim.write_text("mine\n")
        (self.folder / "run" / "lock").unlink()
        (self.folder / "run" / "lock").symlink_to("../victim.txt")
        line = self.refuse("train", *TINY, *ZO_SAH, "--max-steps", 4, "--out", "run", "--resume")
        self.assertIn("lock cannot be written: ", line)
        self.assertEqual(victim.read_text(), "mine\n")

    def test_overwriting_leaves_what_no_run_made(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "run")
        own = self.folder / "run" / "checkpoints" / "notes.txt"
        own.write_text("mine")
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 3, "--out", "run", "--overwrite")
        self.assertEqual(own.read_text(), "mine")
        self.assertEqual([p.name for p in own.parent.glob("step-*")], ["step-3"])

    def test_runs_that_begin_at_once_take_folders_of_their_own(self):
        processes = [self.start("train", *TINY, *ZO_SAH, "--max-steps", 2, "--seed", seed) for seed in range(1, 5)]
        for process in processes:
            self.assertEqual(process.wait(timeout=60), 0, process.stderr.read())
        self.assertEqual(len(list((self.folder / "runs").glob("*/summary.json"))), 4)

    def test_a_name_cannot_cut_or_colour_a_message(self):
        self.assertTrue(self.refuse("train", *TINY, "--method", "a\x1b[31mb\nc").startswith("--method: 'a?[31mb?c' must be one of "))

    def test_a_reader_that_leaves_does_not_end_the_training(self):
        words = [*TINY, *ZO_SAH, "--max-steps", "60", "--out", "run"]
        words.remove("--quiet")
        process = self.start("train", *words, stdout=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0, process.stderr.read())
        self.assertEqual(summary(self.folder / "run")["steps"], 60)

    def test_output_that_is_lost_is_told(self):
        for words in (["methods"], ["minimize", "--max-queries", "20"], ["info"]):
            with open("/dev/full", "w") as full:
                process = self.start(*words, stdout=full)
                self.assertIn("standard output cannot be written", self.one_line(process, 1))
        # Whoever has read enough misses nothing.
        done = subprocess.run(f"{BINARY} methods | head -n 1; exit ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 128 + signal.SIGPIPE))
        self.assertEqual(done.stderr, "")

    def test_an_interrupted_minimisation_says_what_it_has(self):
        for method in ("zo-sah", "nlopt-neldermead"):
            process = self.start("minimize", "--problem", "rosenbrock", "--dim", "300", "--max-queries", "2000000000", "--method", method, stdout=subprocess.PIPE)
            # Before that the signal would end it.
            while process.poll() is None and not catches(process.pid, signal.SIGINT):
                time.sleep(0.01)
            time.sleep(0.5)
            if process.poll() == 2:
                self.assertIn("no NLopt", process.stderr.read())
                continue
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, err), (130, ""))
            answer = json.loads(out)
            self.assertEqual(answer["stop_reason"], "stopped")
            self.assertLessEqual(answer["best"], answer["start_value"])
            self.assertGreater(answer["queries"], 0)

    def test_a_file_that_may_not_grow_ends_the_run_and_leaves_the_checkpoints(self):
        words = ["train", *TINY, "--method", "mezo", "--checkpoint-every", "120", "--out", "run"]
        limit = 80_000  # bytes: more than a checkpoint's files have, and soon less than the log
        process = self.start(*words, "--max-steps", "1000000", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertIn("File too large", self.one_line(process, 1))
        self.assertEqual(list((self.folder / "run").rglob("*.part*")), [])
        step = int(newest(self.folder / "run").name[5:])
        self.succeed(*words, "--resume", "--max-steps", step + 2)

    @unittest.skipIf("-fsanitize=address" in pathlib.Path(BINARY).with_name("CMakeCache.txt").read_text(),
                     "AddressSanitizer takes terabytes of addresses, so none may be limited")  # fmt: skip
    def test_threads_that_cannot_be_started_are_told(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

        process = self.start("train", *TINY, *ZO_SAH, "--threads", "1024", "--max-steps", "2", "--out", "run", preexec_fn=limit)
        self.assertRegex(self.one_line(process, 1), r"--threads: thread \d+ of 1024 cannot be started|out of memory")

    def test_a_log_that_was_damaged_or_lost_is_not_gone_on_with(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 6, "--out", "run")
        log = self.folder / "run" / "metrics.jsonl"
        whole = log.read_bytes()
        # The evaluation at the end stands behind the checkpoint.
        kept = json.loads((newest(self.folder / "run") / "state.json").read_text())["metrics_bytes"]
        lines = whole[:kept].splitlines(keepends=True)
        self.assertLess(kept, len(whole))
        damages = {
            "line 3 is damaged": b"".join([*lines[:2], lines[2][:9] + b"\x00" + lines[2][10:], *lines[3:]]),
            f"has {kept - 5} bytes, the checkpoint was made when it had {kept}": whole[: kept - 5],
            "no line ends where the checkpoint was made": whole[: kept - 1] + b" \n" + whole[kept:],
        }
        for said, damaged in damages.items():
            log.write_bytes(damaged)
            line = self.refuse("train", *TINY, *ZO_SAH, "--max-steps", 8, "--out", "run", "--resume")
            self.assertIn(said, line)
            self.assertIn("--weights", line)
            self.assertEqual(log.read_bytes(), damaged)
        log.unlink()
        self.assertIn("metrics.jsonl: No such file", self.refuse("train", *TINY, *ZO_SAH, "--max-steps", 8, "--out", "run", "--resume"))
        self.assertFalse(log.exists())
        log.write_bytes(whole)
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 8, "--out", "run", "--resume")

    def test_a_checkpoint_that_cannot_be_read_is_passed_over(self):
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 12, "--checkpoint-every", 60, "--out", "run")
        last = newest(self.folder / "run")
        (last / "state.json").unlink()
        (last / "state.json").symlink_to("state.json")  # even root cannot follow it
        done = support.zotrain("train", *TINY, *ZO_SAH, "--max-steps", 12, "--checkpoint-every", 60, "--out", "run", "--resume", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("trying the checkpoint before it", done.stderr)
        self.assertEqual(summary(self.folder / "run")["steps"], 12)

    def test_a_diverged_run_ends_with_1_and_names_weights_that_train(self):
        words = ["--data", "shapes", "--model", "resnet8", "--batch", 8, "--quiet", "--bn-batches", 1, "--eval-every", 0, "--method", "zo-sah", "--subspace", 16]
        line = self.refuse("train", *words, "--lr", "1e30", "--step", "fixed", "--max-steps", 12, "--checkpoint-every", 20, "--out", "run", code=1)
        self.assertRegex(line, r"^diverged by step \d+: ")
        self.assertEqual(summary(self.folder / "run")["stop_reason"], "diverged")
        self.assertFalse(list((self.folder / "run" / "checkpoints").iterdir()))
        self.assertIn("start again with a smaller --lr", line)
        self.succeed("train", *TINY, *ZO_SAH, "--max-steps", 8, "--checkpoint-every", 40, "--out", "good")
        kept = newest(self.folder / "good") / "weights.safetensors"
        line = self.refuse("train", *TINY, "--method", "cge", "--update", "sgd", "--subspace", 20, "--lr", 1e9, "--weights", kept, "--max-steps", 80, "--checkpoint-every", 40, "--out", "bad", code=1)
        for checkpoint in (self.folder / "bad" / "checkpoints").iterdir():
            self.succeed("train", *TINY, *ZO_SAH, "--weights", checkpoint / "weights.safetensors", "--max-steps", 3, "--out", f"from-{checkpoint.name}")

    def test_a_dry_run_finds_a_folder_that_cannot_be_written(self):
        for command in (["--dry-run"], []):
            line = self.refuse("train", *TINY, *ZO_SAH, "--max-steps", 2, "--out", "/proc/runs/one", *command)
            self.assertIn("--out: /proc cannot be written: ", line)


if __name__ == "__main__":
    unittest.main()
