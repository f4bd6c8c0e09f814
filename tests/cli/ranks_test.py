"""Several processes that mpirun starts: the bits of one, whatever their number and hosts, and faults that are told."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from support import BINARY, CIFAR_BYTES, TINY, ZO_SAH, CliTest, events, newest, summary, write_fake_cifar

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHORT = ["--max-queries", "400", "--checkpoint-every", "200"]
METHODS = {
    "zo-sah": ZO_SAH,
    "zo-sah-plus": ["--method", "zo-sah-plus", "--subspace", "20", "--lr-schedule", "constant"],  # losses of examples
    "mezo": ["--method", "mezo", "--directions", "5"],  # dense probes
}
# Beside each other on few cores; as root, as containers are. What Open MPI's modules leave behind is no leak of ours, and as they
# are unloaded at the end no list of exceptions could name them.
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
               "ASAN_OPTIONS": f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks=0"}  # fmt: skip


def without_imbalance(run):
    found = events(run)
    for event in found:
        event.pop("imbalance", None)
    return found


@unittest.skipUnless(shutil.which("mpirun") and pathlib.Path(BINARY).with_name("libzotrain_mpi.so").exists(), "no mpirun, or built without MPI")
class Ranks(CliTest):
    def mpirun(self, *words, start=("mpirun",), **options):
        return subprocess.Popen([*start, *map(str, words)], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=os.environ | ENVIRONMENT, **options)  # fmt: skip

    def ranks(self, count, *words, code=0):
        """stdout and stderr of `count` ranks."""
        process = self.mpirun("-np", count, BINARY, *words)
        out, err = process.communicate()
        self.assertEqual(process.returncode, code, out + err)
        return out, err

    def assert_same(self, run, expected):
        self.assertEqual(without_imbalance(self.folder / run), without_imbalance(self.folder / expected))
        for one, other in zip(*(sorted((self.folder / name / "checkpoints").glob("step-*/weights.safetensors")) for name in (run, expected))):
            self.assertEqual(one.read_bytes(), other.read_bytes(), one)

    def test_any_number_of_ranks_leaves_what_one_process_leaves(self):
        for name, method in METHODS.items():
            train = ["train", *TINY, *method, *SHORT, "--threads", "1"]
            self.succeed(*train, "--out", f"{name}-1")
            for count in (2, 3, 4) if name == "zo-sah" else (2,):
                out, _ = self.ranks(count, *train, "--out", f"{name}-{count}")
                self.assertIn(f"{count} ranks of CPU, 1 thread", out)
                self.assertEqual(out.count("reached "), 1)
                self.assert_same(f"{name}-{count}", f"{name}-1")
                behind = [event["imbalance"] for event in events(self.folder / f"{name}-{count}") if event["event"] == "step"]
                self.assertTrue(all(value >= 0 for value in behind))

    def test_a_checkpoint_goes_on_with_another_number_of_ranks(self):
        train = ["train", *TINY, *ZO_SAH, "--checkpoint-every", "200", "--threads", "1"]
        self.succeed(*train, "--max-queries", "800", "--out", "whole")
        self.ranks(2, *train, "--max-queries", "400", "--out", "parts")
        self.ranks(3, "train", "--resume", "--out", "parts", "--max-queries", "800", "--threads", "1")
        # Resumed behind its last checkpoint, so the evaluation at the first end is in the log as well.
        steps = [[e for e in without_imbalance(self.folder / run) if e["event"] == "step"] for run in ("whole", "parts")]
        for event in (*steps[0], *steps[1]):
            event.pop("queries_report")
        self.assertEqual(*steps)
        self.assertEqual((newest(self.folder / "whole") / "weights.safetensors").read_bytes(),
                         (newest(self.folder / "parts") / "weights.safetensors").read_bytes())

    def test_wrong_input_is_told_once(self):
        for words, expected in ((["--batch", "0"], "--batch"), (["--data", "cifar10", "--data-dir", "absent"], "absent")):
            _, err = self.ranks(3, "train", *words, code=2)
            told = [line for line in err.splitlines() if line.startswith("zotrain: ")]
            self.assertEqual(len(told), 1, err)
            self.assertIn(expected, told[0])
        self.assertEqual(list(self.folder.iterdir()), [])
        out, _ = self.ranks(2, "train", "--help")
        self.assertEqual(out.count("zotrain train [options]"), 1)

    def test_a_rank_that_computes_otherwise_is_named(self):
        # Narrower kernels round otherwise. A method that goes by the base loss soon asks for something else; where directions
        # come from seeds and lengths from shared losses, only the running statistics tell.
        for name, flags, told in (("zo-sah", ZO_SAH, "asks for other losses"), ("mezo", METHODS["mezo"], "after step 50 has other weights")):
            words = ["train", *TINY, *flags, "--max-queries", "4000", "--threads", "1", "--out", name]
            process = self.mpirun("-np", 1, BINARY, *words, ":", "-np", 1, "env", "ZO_ISA=baseline", BINARY, *words)
            out, err = process.communicate()
            self.assertEqual(process.returncode, 1, out + err)
            self.assertRegex(err, rf"zotrain: rank [01]: rank 1 {told} than rank 0; all ranks need the same program")

    def test_a_rank_with_other_pictures_is_named(self):
        for name in ("one", "other"):
            bins = write_fake_cifar(self.folder / name)
        with open(bins / "data_batch_5.bin", "r+b") as file:
            file.seek(CIFAR_BYTES - 1)
            file.write(b"\1")
        words = [BINARY, "train", *TINY, "--data", "cifar10", *ZO_SAH, "--max-steps", "2", "--threads", "1", "--out", "run", "--data-dir"]
        process = self.mpirun("-np", 2, *words, "one", ":", "-np", 1, *words, "other")
        out, err = process.communicate()
        self.assertEqual(process.returncode, 1, out + err)
        self.assertRegex(err, r"zotrain: rank [012]: rank 2 reads other training pictures than rank 0; all ranks need the same program, data")
        self.assertFalse((self.folder / "run").exists())

    def begin(self, *words):
        """A run of two ranks that is beyond its first checkpoint."""
        process = self.mpirun("-np", 2, BINARY, *words, "--out", "run", start_new_session=True)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not list((self.folder / "run" / "checkpoints").glob("step-*[0-9]")):
            self.assertIsNone(process.poll(), "ended too early")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return process

    def test_a_signal_to_mpirun_saves_and_a_killed_rank_ends_the_job(self):
        train = ["train", *TINY, *ZO_SAH, "--max-queries", "20000", "--checkpoint-every", "200", "--threads", "1"]
        process = self.begin(*train)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(summary(self.folder / "run")["stop_reason"], "SIGTERM")
        self.assertEqual(newest(self.folder / "run").name, f"step-{summary(self.folder / 'run')['steps']}")
        shutil.rmtree(self.folder / "run")

        process = self.begin(*train)
        own = {pid for pid, words in programs() if words[0] == BINARY and str(self.folder) == working_folder(pid)}
        self.assertEqual(len(own), 2)
        os.kill(max(own), signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("signal 9", err)
        self.succeed("train", "--resume", "--out", "run", "--max-queries", "2000")

    def test_ranks_on_two_hosts_leave_the_same_bits(self):
        if os.geteuid() != 0 or not shutil.which("ip") or not self.two_hosts():
            self.skipTest("needs root and network namespaces")
        train = ["train", *TINY, *ZO_SAH, *SHORT, "--threads", "1"]
        self.succeed(*train, "--out", "one")
        agent = self.folder / "agent"  # in place of ssh: [options] HOST COMMAND
        agent.write_text('#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nshift\n'
                         f'exec ip netns exec {self.hosts[1]} unshare -u sh -c "hostname host-two; $*"\n')
        agent.chmod(0o755)
        words = ["--mca", "plm_rsh_agent", agent, "--host", "10.77.0.1:1,10.77.0.2:1", "-np", "2",
                 *[word for name in ENVIRONMENT for word in ("-x", name)], BINARY, *train, "--out", "two"]  # fmt: skip
        process = self.mpirun(*words, start=("ip", "netns", "exec", self.hosts[0], "mpirun"))
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out + err)
        self.assert_same("two", "one")

    def two_hosts(self):
        """Two network namespaces joined by a cable; whether this machine lets itself be divided so."""
        self.hosts = [f"zotrain{os.getpid()}{letter}" for letter in "ab"]
        lines = [f"netns add {host}" for host in self.hosts]
        lines.append(f"link add zoa netns {self.hosts[0]} type veth peer name zob netns {self.hosts[1]}")
        for number, (host, link) in enumerate(zip(self.hosts, ("zoa", "zob")), 1):
            lines += [f"-n {host} addr add 10.77.0.{number}/24 dev {link}", f"-n {host} link set {link} up", f"-n {host} link set lo up"]
        for host in self.hosts:
            self.addCleanup(subprocess.run, ["ip", "netns", "del", host], capture_output=True, check=False)
        return all(subprocess.run(["ip", *line.split()], capture_output=True, check=False).returncode == 0 for line in lines)


class WithoutMpi(CliTest):
    def test_several_ranks_without_mpi_are_refused(self):
        shutil.copy(BINARY, self.folder / "zotrain")
        done = subprocess.run([self.folder / "zotrain", "train"], capture_output=True, text=True, check=False,
                              env=os.environ | {"OMPI_COMM_WORLD_SIZE": "2"})
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Azotrain: started as one of 2 ranks, but libzotrain_mpi.so is not beside the program; .*\n\Z")

    def test_ranks_neither_set_up_nor_build(self):
        # A preset that was never built stands for a fresh clone.
        done = subprocess.run([ROOT / "zotrain", "train"], capture_output=True, text=True, check=False,
                              env=os.environ | {"SLURM_STEP_NUM_TASKS": "2", "ZO_PRESET": "absent"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "zotrain: started as one of several ranks, but nothing is built; run ./zotrain build once before\n")
        self.assertFalse((ROOT / "build" / "absent").exists())


def programs():
    """(pid, words) of every process."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            yield int(entry.name), (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue


def working_folder(pid):
    return os.readlink(f"/proc/{pid}/cwd")


if __name__ == "__main__":
    unittest.main()
