"""The formatters' verdict: clang-format over every source, clang-tidy over the sources that changed since
$ZO_LINT_BASE (default: the commit before the last). Both skip with a reason where the tool is not installed."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ["ZO_BINARY"]).parent


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def sources(*arguments):
    listed = git(*arguments)
    return [f for f in listed.stdout.split() if f.endswith((".cc", ".h", ".cu")) and (ROOT / f).exists()]


def version(tool):
    """Major version of a clang tool, or None: other versions format differently, so they decide nothing."""
    if not shutil.which(tool):
        return None
    words = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return words[words.index("version") + 1].split(".")[0]


class LintTest(unittest.TestCase):
    def setUp(self):
        if git("rev-parse", "HEAD").returncode != 0:
            self.skipTest("not a git checkout")

    def test_every_source_is_formatted(self):
        if version("clang-format") != "14":
            self.skipTest("clang-format 14 is not installed")
        files = sources("ls-files")
        self.assertGreater(len(files), 50)
        run = subprocess.run(
            ["clang-format", "--dry-run", "--Werror", *files], cwd=ROOT, capture_output=True, text=True, check=False
        )
        self.assertEqual(run.returncode, 0, run.stderr[:4000])

    def test_changed_sources_pass_clang_tidy(self):
        if version("clang-tidy") != "14":
            self.skipTest("clang-tidy 14 is not installed")
        base = os.environ.get("ZO_LINT_BASE", "HEAD~1")
        commands = (BUILD / "compile_commands.json").read_text()
        # What pip compiles (python/module.cc) has no line there.
        files = [f for f in sources("diff", "--name-only", base) if f.endswith(".cc") and str(ROOT / f) in commands]
        if not files:
            self.skipTest(f"no source changed since {base}")
        # clang cannot read the header that g++ precompiled, and does without.
        with tempfile.TemporaryDirectory() as folder:
            plain = re.sub(r"-(Winvalid-pch|include [^ ]*cmake_pch\.hxx) ", "", commands)
            (pathlib.Path(folder) / "compile_commands.json").write_text(plain)
            run = subprocess.run(
                ["clang-tidy", "-p", folder, "--quiet", *files], cwd=ROOT, capture_output=True, text=True, check=False
            )
        self.assertEqual(run.returncode, 0, run.stdout[:4000])


if __name__ == "__main__":
    unittest.main()
