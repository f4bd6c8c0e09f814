"""cmake --install: the program as others on this machine meet it, with a manual page and a completion that say what --help says."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import flags
import support

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(support.BINARY).parent


def manifests():
    return list(BUILD.glob("install_manifest*.txt"))


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="zotrain-install-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        # What a user has installed from this build is still known afterwards.
        known = {path: path.read_bytes() for path in manifests()}
        cls.addClassCleanup(lambda: [path.write_bytes(known[path]) if path in known else path.unlink() for path in {*manifests(), *known}])
        cls.prefix = cls.work / "a prefix"
        run("cmake", "--install", BUILD, "--component", "program", "--prefix", cls.prefix)
        cls.program = cls.prefix / "bin" / "zotrain"
        cls.manual = (cls.prefix / "share/man/man1/zotrain.1").read_text()
        cls.completion = cls.prefix / "share/bash-completion/completions/zotrain"

    def installed(self, *words):
        return run(self.program, *words, cwd=self.work, env={"PATH": "/usr/bin:/bin", "HOME": "/proc/no-home"})

    def refused(self, *words):
        done = support.zotrain(*words)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        return done.stderr

    def completed(self, *words):
        """What the completion offers for the last word."""
        script = f'. "{self.completion}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zotrain; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return set(run("bash", "-c", script, "bash", "zotrain", *words).split())

    def test_it_runs_with_the_libtorch_of_its_build_and_draws(self):
        self.assertEqual(self.installed("--version"), flags.output("--version"))
        found = json.loads(self.installed("minimize", "--problem", "rosenbrock", "--dim", "2", "--start", "-1.2,1", "--targets", "1e-3",
                                          "--max-queries", "300"))  # fmt: skip
        self.assertEqual(found["stop_reason"], "target")
        self.installed("train", *support.TINY, "--max-steps", "2", "--out", "run")
        self.installed("plot", "run", "--out", "again.png")
        self.assertEqual((self.work / "again.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertNotIn("belongs to another version", self.installed("info"))

    def test_what_it_loads_lies_beside_it(self):
        beside = {path.name for path in (self.prefix / "lib/zotrain").iterdir()}
        self.assertEqual(beside, {"zotrain"} | {path.name for path in BUILD.glob("libzotrain_*.so")})
        for name in beside:
            told = run("readelf", "-d", self.prefix / "lib/zotrain" / name)
            for folder in re.findall(r"RUNPATH.*\[(.*)\]", told):
                self.assertNotIn("/.venv", folder, name)

    def test_all_help_is_the_help_of_each(self):
        helps = [words for words in flags.texts() if words.endswith("--help")]
        self.assertEqual([words for words in helps if words.count(" ") == 1], [f"{verb} --help" for verb in flags.verbs()])
        for words in (["train", "--help"], ["data", "fetch", "--help"], ["methods", "zo-sah"], ["methods", flags.methods()[-1]]):
            self.assertEqual(flags.texts()[" ".join(words)], flags.output(*words))
        self.assertEqual(flags.output("help", "plot"), flags.texts()["plot --help"])
        self.assertIn("did you mean plot?", self.refused("help", "plt"))

    def test_manual_and_completion_have_the_flags_of_the_help(self):
        sections = dict(re.findall(r'^\.SH "?([A-Z].*?)"?\n(.*?)(?=^\.SH|\Z)', self.manual, re.M | re.S))
        in_section = {name: set(re.findall(r"^\\fB(?:\\-h, )?(\\-[\w\\-]+)\\fR", text, re.M)) for name, text in sections.items()}
        in_section = {name: {"--" + flag.replace("\\", "").lstrip("-") for flag in found} for name, found in in_section.items()}
        self.assertEqual(self.completed(""), {*flags.verbs(), "--help", "--version"})
        for verb in flags.verbs():
            parts = (found for name, found in in_section.items() if name.split()[0] == verb.upper())
            self.assertEqual(set().union(*parts), flags.of(verb), verb)
            offered = self.completed(verb, "--")
            self.assertLessEqual(flags.of(verb), offered, verb)
            self.assertLessEqual(offered, flags.every() if verb in ("train", "minimize") else flags.of(verb), verb)
        for method in flags.methods():
            self.assertEqual(in_section[f"METHOD {method.upper()}"], flags.described(method) - {"--help"}, method)
        for verb, method in (("train", "deepzero"), ("train", "sgd"), ("minimize", "hizoo"), ("minimize", "nlopt-newuoa")):
            self.assertLessEqual(flags.of(verb, method), self.completed(verb, "--"), method)
        self.assertEqual(self.completed("train", "--method", ""), set(flags.methods()))
        self.assertEqual(self.completed("plot", "--x", ""), {"queries", "time", "forward-equivalents"})
        self.assertEqual(self.completed("methods", "zo-sah-f"), {"zo-sah-fast"})

    def test_the_manual_is_a_page_without_faults(self):
        if not shutil.which("groff"):
            self.skipTest("no groff here")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", self.prefix / "share/man/man1/zotrain.1"],
                              capture_output=True, text=True, check=True)  # fmt: skip
        self.assertEqual(done.stderr, "")
        if shutil.which("man"):
            page = run("man", "-l", self.prefix / "share/man/man1/zotrain.1", env=os.environ | {"MANWIDTH": "100", "MAN_KEEP_FORMATTING": ""})
            self.assertIn("trains deep networks by forward passes only", page)

    def test_uninstall_leaves_nothing_but_what_was_there(self):
        place = self.work / "second"
        (place / "bin").mkdir(parents=True)
        (place / "bin" / "other").touch()
        for component in ("program", "library"):
            run("cmake", "--install", BUILD, "--component", component, "--prefix", place)
        count = len([path for path in place.rglob("*") if path.is_symlink() or path.is_file()]) - 1
        told = subprocess.run(["cmake", f"-DBUILD={BUILD}", "-P", ROOT / "cmake" / "Uninstall.cmake"],
                              capture_output=True, text=True, check=True).stderr  # fmt: skip
        self.assertEqual(told, f"{count} files removed\n")
        self.assertEqual({str(path.relative_to(place)) for path in place.rglob("*")}, {"bin", "bin/other"})
        self.assertTrue(self.program.exists())


if __name__ == "__main__":
    unittest.main()
