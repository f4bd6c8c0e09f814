"""The library as its users meet it: installed, found by CMake, linked into a program of their own."""

import os
import pathlib
import re
import shutil
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

    def cache(self):
        """What this build compiles with."""
        text = (BUILD / "CMakeCache.txt").read_text()
        return dict(re.findall(r"^(CMAKE_BUILD_TYPE|CMAKE_CXX_COMPILER|CMAKE_CXX_FLAGS\w*):\w+=(.*)$", text, re.M))

    def pkg_config(self, *words):
        """What the installed module answers, also after its tree has moved."""
        found = next(self.work.glob("moved/lib/**/zotrain.pc"))
        return run("env", f"PKG_CONFIG_PATH={found.parent}", "pkg-config", *words, "zotrain").split()

    def test_a_program_of_a_user_finds_links_and_runs_it(self):
        # The same flags, so that a build with sanitizers is followed by one.
        flags = [f"-D{name}={value}" for name, value in self.cache().items()]
        run("cmake", "-G", "Ninja", "-S", ROOT / "experiments" / "minimize_example", "-B", self.work / "build",
            f"-DCMAKE_PREFIX_PATH={self.work / 'prefix'}", *flags)
        run("cmake", "--build", self.work / "build")
        one, many = run(self.work / "build" / "minimize_example").splitlines()
        near = r"\((1\.99|2\.00)\d, (0\.49|0\.50)\d, (2\.99|3\.00)\d\)"
        self.assertRegex(one, rf"^one by one: \d\.\de-\d\d at {near} after \d+ queries, stopped by target$")
        self.assertEqual(one.split(":")[1], many.split(":")[1])

    @unittest.skipUnless(shutil.which("pkg-config"), "no pkg-config")
    def test_pkg_config_knows_how_to_compile_and_link(self):
        (self.work / "prefix").rename(self.work / "moved")
        program, flags = self.work / "example", self.cache()
        # As above: sanitizers are flags of the type.
        own = [*flags.get("CMAKE_CXX_FLAGS", "").split(), *flags[f"CMAKE_CXX_FLAGS_{flags['CMAKE_BUILD_TYPE'].upper()}"].split()]
        run(flags["CMAKE_CXX_COMPILER"], *own, *self.pkg_config("--cflags"),
            ROOT / "experiments" / "minimize_example" / "main.cc", *self.pkg_config("--libs"), "-o", program)
        libraries = self.pkg_config("--variable=libdir")[0]
        self.assertIn("one by one", run("env", f"LD_LIBRARY_PATH={libraries}", program))
        self.assertRegex(self.pkg_config("--modversion")[0], r"^\d+\.\d+\.\d+$")

    def test_while_the_version_is_0_another_minor_one_is_not_compatible(self):
        version = next((self.work / "prefix").rglob("zotrainConfigVersion.cmake"))
        for wanted, fits in (("0.1", True), ("0.1.0", True), ("0.2", False), ("0.0", False), ("1.0", False)):
            script = self.work / "fits.cmake"
            script.write_text(f'set(PACKAGE_FIND_VERSION {wanted})\n'
                              + "".join(f"set(PACKAGE_FIND_VERSION_{part} {number})\n" for part, number in
                                        zip(("MAJOR", "MINOR"), wanted.split(".")))
                              + f'include("{version}")\nmessage(STATUS "fits=${{PACKAGE_VERSION_COMPATIBLE}}")\n')
            with self.subTest(wanted):
                self.assertIn("fits=TRUE" if fits else "fits=FALSE", run("cmake", "-DCMAKE_SIZEOF_VOID_P=8", "-P", script))

    def test_the_header_needs_nothing_but_the_standard_library(self):
        header = (self.work / "prefix" / "include" / "zotrain" / "minimize.h").read_text()
        for included in re.findall(r"#include (.*)", header):
            self.assertRegex(included, r"^<\w+>$")

    def test_only_the_public_functions_are_visible(self):
        library = next((self.work / "prefix").rglob("libzotrain.so"))
        symbols = run("nm", "-DC", "--defined-only", library)
        for public in ("zo::minimize(", "zo::AskTell::tell(", "typeinfo for zo::MinimizeError"):
            self.assertIn(public, symbols)
        for private in ("zo::LossOracle", "zo::fail_usage", "fmt::"):
            self.assertNotIn(private, symbols)


if __name__ == "__main__":
    unittest.main()
