"""The library as its users meet it: installed, found by CMake, linked into a program of their own."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["ZO_BINARY"]).parent


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class InstalledLibrary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        run("cmake", "--install", BUILD, "--prefix", self.work / "prefix", "--component", "library")

    def test_a_program_of_a_user_finds_links_and_runs_it(self):
        # The same flags, so that a build with sanitizers is followed by one.
        cache = (BUILD / "CMakeCache.txt").read_text()
        flags = [f"-D{entry}" for entry in re.findall(
            r"^(?:CMAKE_BUILD_TYPE|CMAKE_CXX_COMPILER|CMAKE_CXX_FLAGS\w*):\w+=.*$", cache, re.M)]
        run("cmake", "-G", "Ninja", "-S", ROOT / "experiments" / "minimize_example", "-B", self.work / "build",
            f"-DCMAKE_PREFIX_PATH={self.work / 'prefix'}", *flags)
        run("cmake", "--build", self.work / "build")
        one, many = run(self.work / "build" / "minimize_example").splitlines()
        near = r"\((1\.99|2\.00)\d, (0\.49|0\.50)\d, (2\.99|3\.00)\d\)"
        self.assertRegex(one, rf"^one by one: \d\.\de-\d\d at {near} after \d+ queries, stopped by target$")
        self.assertEqual(one.split(":")[1], many.split(":")[1])

    def test_the_header_needs_nothing_but_the_standard_library(self):
        header = (self.work / "prefix" / "include" / "zotrain" / "minimize.h").read_text()
        for included in re.findall(r"#include (.*)", header):
            self.assertRegex(included, r"^<\w+>$")

    def test_only_the_public_functions_are_visible(self):
        library = next((self.work / "prefix").rglob("libzotrain.so"))
        symbols = run("nm", "-DC", "--defined-only", library)
        self.assertIn("zo::minimize(", symbols)
        for private in ("zo::LossOracle", "zo::fail_usage", "fmt::"):
            self.assertNotIn(private, symbols)


if __name__ == "__main__":
    unittest.main()
