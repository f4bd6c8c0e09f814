"""./zotrain before anything is there: it answers at once, and what a set-up lacks is told in one line with the way out.
Nothing is installed: apt-get, dpkg-query, df and python3 are stand-ins, and pip is one that python3 -m venv makes."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import support

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["zotrain", "cmake/setup.sh", "CMakeLists.txt", "requirements.txt", "requirements-cpu.txt", "src/cli/main.cc"]
OWN = ["setup", "build", "test", "bundle", "reproduce"]
HELPS = [[], ["--help"], ["-h"], ["help"]]
# As apt-get and pip say it.
NO_LISTS = """W: Failed to fetch http://mirror/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror'
E: Unable to locate package ninja-build"""
NO_PACKAGE = "E: Unable to locate package libtomlplusplus-dev"
NO_INDEX = """WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: \
[Errno -3] Temporary failure in name resolution')': /simple/torch/
ERROR: Could not find a version that satisfies the requirement torch==2.11.0 (from versions: none)
ERROR: No matching distribution found for torch==2.11.0"""
NO_VERSION = "\n".join(NO_INDEX.splitlines()[1:])
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"


class Launcher(support.CliTest):
    def setUp(self):
        super().setUp()
        self.checkout = self.folder / "checkout"
        for name in FILES:
            (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.checkout / name)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.stand_in("df", 'echo Avail; echo "${FREE:-1000000}"')
        self.stand_in("dpkg-query", 'if [ -z "${LACKING:-}" ]; then for name; do echo "|installed $name|"; done; fi')
        self.stand_in("apt-get", 'echo "$SAID"; exit 100')
        self.stand_in("sudo", "exit 1")
        pip = 'printf "%s\\n" "$*" >>"$ASKED"; case $* in *"$REFUSED"*) echo "$SAID"; exit 1 ;; esac'
        self.stand_in("python3", f"""[ "$1" = -m ] || {{ echo Python 3.11.2; exit; }}
            mkdir -p "$3/bin"; printf '%s' '#!/bin/sh\n{pip}' >"$3/bin/pip"; chmod +x "$3/bin/pip" """)
        self.asked = self.folder / "asked"

    def stand_in(self, name, script):
        path = self.bin / name
        path.write_text(f'#!/bin/sh\n[ -z "$CALLS" ] || echo {name} >>"$CALLS"\n{script}\n')
        path.chmod(0o755)

    def launch(self, *words, **variables):
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.folder / "home"), "ASKED": str(self.asked),
                       "REFUSED": "no such thing", "TMPDIR": str(self.folder)}  # fmt: skip
        return subprocess.run([self.checkout / "zotrain", *words], env=environment | variables, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)  # fmt: skip

    def stopped(self, done, progress=0, code=1):
        """The line that told the reason, behind `progress` lines about steps."""
        lines = done.stderr.splitlines()
        self.assertEqual((done.returncode, len(lines), done.stdout), (code, progress + 1, ""), done.stderr)
        for line in lines:
            self.assertTrue(line.startswith("zotrain: "), line)
        return lines[-1][len("zotrain: ") :]

    def test_help_and_version_answer_before_anything_is_installed(self):
        calls = self.folder / "calls"
        answers = {self.launch(*words, CALLS=str(calls)).stdout for words in HELPS}
        self.assertEqual(len(answers), 1)
        self.assertIn("./zotrain train", answers.pop())
        self.assertRegex(self.launch("--version", CALLS=str(calls)).stdout, r"^zotrain \d+\.\d+\.\d+, commit unknown\n$")
        for verb in OWN[:-1]:
            self.assertRegex(self.launch(verb, "--help", CALLS=str(calls)).stdout, rf"^  {verb} .*\n$")
        self.assertFalse(calls.exists())
        self.assertFalse((self.folder / "home").exists())

    def test_launcher_and_program_agree_on_verbs_and_version(self):
        listed = [re.findall(r"^  ([a-z]+) +(.*)$", text, re.M) for text in (self.launch().stdout, self.succeed("--help"))]
        self.assertEqual([name for name, _ in listed[0][: len(OWN)]], OWN)
        self.assertEqual(listed[0][len(OWN) :], listed[1])
        number = re.match(r"zotrain [\d.]+, commit ", self.succeed("--version")).group()
        self.assertTrue(self.launch("--version").stdout.startswith(number))

    def test_a_wrong_word_is_told_before_anything_is_installed(self):
        self.assertRegex(self.stopped(self.launch("tran"), code=2), "^tran: unknown verb; there are setup, .*train, ")
        for verb in ("  ", "train a", "[a-z]*"):
            self.assertTrue(self.stopped(self.launch(verb), code=2).startswith(f"{verb}: unknown verb; there are "), verb)
        self.assertIn("must be ON or OFF", self.stopped(self.launch("train", ZO_CUDA="NO"), code=2))

    def test_packages_that_cannot_be_installed_are_told_with_the_reason(self):
        for said, reason in ((NO_LISTS, r"cannot reach its packages \(Temporary failure resolv\w*\); go online, or install them .*ninja-build"),
                             (NO_PACKAGE, r"package libtomlplusplus-dev; they are in Debian 12 and Ubuntu 24.04"),
                             ("E: You don't have enough free space in /var/cache/apt/archives/.", "free space in /var/cache/apt/archives/; make room"),
                             ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held", "another installation is running: wait")):  # fmt: skip
            self.stand_in("id", "echo 0")
            self.assertRegex(self.stopped(self.launch("setup", LACKING="1", SAID=said), 1), reason)
        self.stand_in("id", "echo 1000")
        self.assertRegex(self.stopped(self.launch("setup", LACKING="1")), "no right to install them: .*; ask for: apt-get install g\\+\\+ cmake")

    def test_an_index_that_cannot_be_used_is_told_with_the_reason(self):
        for said, reason in ((NO_INDEX, r"index \(Temporary failure in name resolution\); go online, or .* PIP_INDEX_URL, .* PIP_FIND_LINKS"),
                             (NO_VERSION, r"no torch==2\.11\.0 for Python 3\.11\.2; name one that has it by PIP_INDEX_URL"),
                             (FULL, r"No space left on device in .*; name a folder with room: XDG_CACHE_HOME=DIR")):  # fmt: skip
            for cuda in ("ON", "OFF"):
                reached = self.launch("setup", SAID=said, REFUSED="install", ZO_CUDA=cuda)
                self.assertRegex(self.stopped(reached, 1), reason)
        # Who has no network waits once, not once for every wheel that is tried.
        self.asked.unlink()
        self.launch("setup", SAID=NO_INDEX, REFUSED="install", ZO_CUDA="OFF")
        self.assertEqual(len(self.asked.read_text().splitlines()), 1)

    def test_a_folder_without_room_or_write_access_is_told_before_the_download(self):
        line = self.stopped(self.launch("setup", FREE="7000"))
        self.assertRegex(line, r"needs 7\.\d GB, and the disk of .* has 6\.9 GB free; name a folder with room: XDG_CACHE_HOME=DIR")
        (self.folder / "file").touch()
        line = self.stopped(self.launch("setup", XDG_CACHE_HOME=str(self.folder / "file")))
        self.assertRegex(line, r"file/zotrain cannot be written; name a folder for it: XDG_CACHE_HOME=DIR")
        (self.checkout / "build").touch()
        self.assertRegex(self.stopped(self.launch("build"), 1), "build/release cannot be made; clone zotrain to where you may write")
        self.assertRegex(self.stopped(self.launch("build", FREE="9000")), "build/release cannot be made")

    def test_without_cuda_it_has_an_environment_of_its_own(self):
        done = self.launch("setup")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (0, 2), done.stderr)
        done = self.launch("setup", ZO_CUDA="OFF", REFUSED="+cpu", SAID=NO_VERSION)
        self.assertRegex(done.stderr, r"^zotrain: installing LibTorch without CUDA from PyPI \(1\.\d GB once, .*\nzotrain: ready\n$")
        asked = self.asked.read_text().splitlines()
        torch = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch=="))
        for line, part in zip(asked, (f"-r {self.checkout}/requirements.txt", f"{torch}+cpu",
                                      f"--no-deps {torch} -r {self.checkout}/requirements-cpu.txt", "/tmp/rest.txt"), strict=True):  # fmt: skip
            self.assertTrue(line.endswith(part), line)
        links = [os.readlink(self.checkout / name) for name in (".venv", ".venv-cpu")]
        self.assertEqual(len(set(links)), 2)
        for link in links:
            self.assertEqual(list(pathlib.Path(link).glob("tmp")), [])
        self.assertEqual(self.launch("setup", ZO_CUDA="OFF").stderr, "zotrain: ready\n")

    def test_the_size_that_is_told_is_that_of_the_environment(self):
        cache = (pathlib.Path(support.BINARY).parent / "CMakeCache.txt").read_text()
        venv = pathlib.Path(re.search(r"^ZO_VENV:\w+=(.*)$", cache, re.M).group(1))
        if venv.name not in (".venv", ".venv-cpu"):
            self.skipTest("this build uses an environment that the launcher has not made")
        size = int(subprocess.run(["du", "-sm", f"{venv}/"], capture_output=True, text=True, check=True).stdout.split()[0])
        text = self.launch("--help", ZO_CUDA="OFF" if venv.name == ".venv-cpu" else "ON").stdout
        self.assertAlmostEqual(float(re.search(r"([\d.]+) GB\nin ", text).group(1)), size / 1024, delta=0.1 + 0.02 * size / 1024)


if __name__ == "__main__":
    unittest.main()
