"""What the README says to type exists: verbs, flags, methods and variables are those of the program."""

import pathlib
import re
import subprocess
import unittest

import flags
import support

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
OF_DOCKER = {"--gpus", "--stop-timeout"}
OWN = {"setup", "build", "test", "bundle", "reproduce"}  # verbs of the launcher
# "./zotrain train …", "zotrain train …" behind docker run, mpirun or srun, and "zotrain.sif train …".
COMMAND = re.compile(r"(?<![\w/.-])(?:\S*/)?zotrain(?:\.sif|:\w+)?\s+(?:zotrain\s+)?([a-z]+)(?![\w:-])([^`|]*)")


def code_blocks():
    """Lines of code, those that end in a backslash joined with the next, without comments."""
    lines = re.findall(r"^ {4}(\S.*(?:\\\n.*\S)*)", README, re.M)
    for block in re.findall(r"^```\w*\n(.*?)^```", README, re.M | re.S):
        lines += re.sub(r"\\\n", " ", block).splitlines()
    return [re.sub(r"(^|\s)#.*", "", re.sub(r"\\\n\s*", " ", line)) for line in lines]


def inline_code():
    prose = re.sub(r"^```.*?^```", "", README, flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", prose)


def commands():
    for line in [*code_blocks(), *inline_code()]:
        if re.search(r"\bimport\b|\bpip3? install\b", line):
            continue
        for verb, rest in [*COMMAND.findall(line), *re.findall(r"^\s*command: (\w+)(.*)", line)]:
            yield verb, rest, line


def known(verb, rest):
    if verb == "reproduce":
        return set(re.findall(r'"(--[a-z-]+)"', (ROOT / "experiments" / "reproduce.py").read_text()))
    method = re.search(r"--method[ =]([a-z-]+)", rest)
    nlopt = method and method.group(1).startswith("nlopt-")
    return flags.of(verb, method.group(1) if method and not nlopt else None)


class Readme(support.CliTest):
    def test_every_command_uses_verbs_and_flags_that_the_help_lists(self):
        seen = set()
        for verb, rest, line in commands():
            if verb in OWN - {"reproduce"}:
                continue
            seen.add(verb)
            self.assertIn(verb, {*flags.verbs(), "reproduce"}, line)
            self.assertLessEqual(set(re.findall(r"(?<!\S)(--[a-z][a-z-]*)", rest)), known(verb, rest), line)
        self.assertLessEqual({"train", "minimize", "plot", "eval", "export", "bench", "info", "reproduce"}, seen)

    def test_every_flag_in_the_text_exists(self):
        every = flags.every() | known("reproduce", "") | OF_DOCKER | {"--no-"}  # of --no-NAME
        for code in inline_code():
            if code.startswith("--"):
                self.assertLessEqual(set(re.findall(r"(?<!\S)(--[a-z][a-z-]*)", code)), every, code)

    def test_the_version_is_one(self):
        version = re.search(r"project\(zotrain VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertIn(f"zotrain {version}, commit ", flags.output("--version"))
        self.assertEqual(re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.M)[1], version)
        self.assertEqual(re.search(r"^## ([0-9.]+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1], version)
        if (ROOT / ".git").exists():
            command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "tag", "--points-at", "HEAD"]
            tags = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            self.assertLessEqual({tag for tag in tags if tag.startswith("v")}, {f"v{version}"})

    def test_the_table_of_variables_is_what_is_read(self):
        read = set(re.findall(r"\$\{?(ZO_[A-Z_]+)", "".join((ROOT / name).read_text() for name in ("zotrain", "cmake/setup.sh"))))
        for path in (ROOT / "src").rglob("*.[ch]*"):
            read |= set(re.findall(r'getenv\("(ZO_[A-Z_]+)"\)', path.read_text()))
        self.assertEqual(set(re.findall(r"^\| `(ZO_[A-Z_]+)` \|", README, re.M)), read)

    def test_the_table_of_methods_is_that_of_the_program(self):
        table = README[README.index("| `--method` |") : README.index("`./zotrain methods NAME`")]
        self.assertEqual(re.findall(r"^\| `([a-z][a-z-]*)` \|", table, re.M), flags.methods())


if __name__ == "__main__":
    unittest.main()
