"""The folder that is carried to a machine with a GPU: it holds no path of this one, and without a GPU says so at once."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ZO_BINARY"]).parent
CACHE = (BUILD / "CMakeCache.txt").read_text()
TORCH = next((pathlib.Path(re.search(r"^ZO_VENV:\w+=(.*)$", CACHE, re.M).group(1)) / "lib").glob("python3*/site-packages/torch"))
MOST_MIB = 60


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


class Bundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="zotrain-bundle-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        made = run("cmake", "--install", BUILD, "--component", "bundle", "--prefix", cls.work / "made", "--strip")
        assert made.returncode == 0, made.stderr
        cls.bundle = cls.work / "moved to another place"
        (cls.work / "made").rename(cls.bundle)

    def check_gpu(self, *words, **options):
        environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(self.work)} | options.pop("env", {})
        return run(self.bundle / "check-gpu", *words, env=environment, cwd=self.work, **options)

    def stopped(self, done):
        """The one line of a check that stopped before its first step."""
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertTrue(done.stderr.startswith("check-gpu: ") and done.stderr.count("\n") == 1, done.stderr)
        self.assertEqual(list(self.work.glob("check-gpu-*")), [], "a work folder was left behind")
        return done.stderr.strip()[len("check-gpu: ") :]

    def test_it_is_small_and_holds_no_path_of_this_machine(self):
        files = [path for path in self.bundle.rglob("*") if path.is_file() and not path.is_symlink()]
        self.assertLess(sum(path.stat().st_size for path in files) / 2**20, MOST_MIB)
        names = {path.name for path in files}
        self.assertLessEqual({"zotrain", "check-gpu", "with-torch", "libzotrain_cuda.so", "libcrypto.so.3", "delta_oracle_test"}, names)
        for name in names:
            self.assertFalse(re.match(r"lib(torch|c10|cu|c[.]|m[.])", name), name)
        for path in files:
            told = run("readelf", "-d", path).stdout if path.parent.name == "bin" else ""
            for runpath in re.findall(r"R(?:UN)?PATH.*\[(.*)\]", told):
                self.assertEqual(runpath, "$ORIGIN/../lib", path)
            if path.parent == self.bundle:
                self.assertNotIn(str(BUILD.parents[1]), path.read_text())

    def test_the_program_runs_there_with_the_torch_that_is_named(self):
        told = run(self.bundle / "zotrain", "info", env={"PATH": "/usr/bin:/bin", "ZO_TORCH": str(TORCH)})
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("libtorch   2.", told.stdout)

    def test_libraries_are_looked_for_in_folders_that_the_torch_has(self):
        words = [self.bundle / "with-torch", "/bin/sh", "-c", "echo $LD_LIBRARY_PATH"]
        told = run(*words, env={"PATH": "/usr/bin:/bin", "ZO_TORCH": str(TORCH)}).stdout.strip()
        for folder in told.split(":"):
            self.assertTrue(os.path.isdir(folder), folder)

    def test_without_a_gpu_it_stops_with_the_reason_also_for_another_user_in_a_folder_nobody_may_write(self):
        if "no device: " not in run(os.environ["ZO_BINARY"], "info").stdout:
            self.skipTest("this machine has a CUDA device")
        reason = r"^no NVIDIA device is visible: |^the driver is made for CUDA "
        self.assertRegex(self.stopped(self.check_gpu(TORCH)), reason)
        if os.getuid() != 0:
            self.skipTest("only root can become another user")
        # The torch of these tests may lie in a home that others cannot enter.
        site = self.work / "site-packages"
        for part in ("torch/version.py", "torch/lib", "nvidia"):
            (site / part).parent.mkdir(parents=True, exist_ok=True)
            if run("cp", "-rl", TORCH.parent / part, site / part).returncode != 0:
                self.skipTest("no hard links from the packages to the temporary folder")
        run("chmod", "-R", "a-w,a+rX", self.bundle)
        self.work.chmod(0o755)
        place = self.work / "of nobody"
        place.mkdir()
        os.chown(place, 65534, 65534)
        done = self.check_gpu(site / "torch", user=65534, group=65534, extra_groups=[], env={"TMPDIR": str(place), "HOME": "/proc/no-home"})
        self.assertRegex(self.stopped(done), reason)
        self.assertEqual(list(place.iterdir()), [])

    def test_a_wrong_torch_is_told_before_anything_starts(self):
        self.assertIn("is not the folder of an installed torch", self.stopped(self.check_gpu(self.work)))
        self.assertIn("set ZO_TORCH", self.stopped(self.check_gpu(env={"PATH": "/nowhere:/usr/bin:/bin"})))
        old = self.work / "old"
        old.mkdir()
        (old / "version.py").write_text("__version__ = '2.1.0+cu121'\n")
        self.assertRegex(self.stopped(self.check_gpu(old)), r"has torch 2\.1\.0\+cu121, this program needs \d+\.\d+$")
        self.assertIn("name a new folder", self.stopped(self.check_gpu(TORCH, "--work", self.bundle)))

    def test_every_kind_of_step_passes_in_a_rehearsal_on_the_cpu(self):
        only = "^(cuda_device_test|delta_differences_test|memcheck|deepzero twice|cnn start|cnn float64|cnn bf16 checked|bench cnn bf16|PyTorch.*)$"
        done = self.check_gpu(TORCH, "--device", "cpu", "--models", "cnn", "--seconds", "0.02", "--only", only, "--work", "kept")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        table = (self.work / "kept" / "report.md").read_text()
        verdicts = dict(re.findall(r"^\| (.*?) \| (ok|FAILED|not run) \|", table, re.M))
        self.assertEqual([name for name, verdict in verdicts.items() if verdict == "not run"], ["memcheck", "PyTorch on the same device"])
        self.assertEqual(len(verdicts), 9)
        self.assertRegex(table, r"\| cnn \| bf16 \| [\d,]+ \|")
        self.assertRegex(table, r"17 losses, at most 0\.0e\+00 from the CPU's")


if __name__ == "__main__":
    unittest.main()
