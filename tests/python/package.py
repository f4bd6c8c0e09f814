"""The Python package as its users get it: built by pip into a virtual environment of its own. Kept in the build folder
and built anew only when a source has changed."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["ZO_BINARY"]).parent
HOME = BUILD / "python-package"
PYTHON = HOME / "venv" / "bin" / "python"
# The build backend of python/pyproject.toml, so that building asks for nothing, and what the tests import.
TOOLS = ["scikit-build-core==1.1.2", "nanobind==3.1.0", "ninja==1.13.0", "numpy==2.4.6", "scipy==1.17.1"]
PARTS = ["base", "kernels", "oracle", "estimators", "methods", "minimize"]


def digest():
    """Of every source that the package is made of."""
    tops = [ROOT / "python", *(ROOT / "src" / part for part in PARTS)]
    files = [f for top in tops for f in top.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    total = hashlib.sha256(repr(TOOLS).encode())
    for file in sorted([*files, ROOT / "CMakeLists.txt", ROOT / "cmake" / "Library.cmake"]):
        total.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return total.hexdigest()


def pip(*arguments, **more):
    return subprocess.run([PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments],
                          env={**os.environ, **more}, capture_output=True, text=True, check=False)


def compiler():
    """That of this build: by the same name and from a folder as deep, ccache finds what is compiled already."""
    return re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)[1]


def make_environment():
    """A clean one with the build backend. Raises SkipTest where this machine has no venv or reaches no package index."""
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", HOME / "venv"],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise unittest.SkipTest(f"no virtual environment here (python3-venv): {made.stdout.strip()[-300:]}")
    installed = pip("install", "--quiet", *TOOLS)
    if installed.returncode != 0:
        last = (installed.stderr.strip() or "no reason given").splitlines()[-1]
        raise unittest.SkipTest(f"pip cannot get the build backend: {last}")


def environment():
    """The interpreter that has the package in its present state."""
    wanted, stamp, tools = digest(), HOME / "built", HOME / "tools"
    if stamp.exists() and stamp.read_text() == wanted:
        return PYTHON
    stamp.unlink(missing_ok=True)
    if not tools.exists() or tools.read_text() != repr(TOOLS):
        make_environment()
        tools.write_text(repr(TOOLS))
    built = pip("install", "--no-build-isolation", "--no-deps", "--force-reinstall",
                f"--config-settings=build-dir={BUILD}-python", str(ROOT / "python"), CXX=compiler())
    if built.returncode != 0:
        raise AssertionError(f"pip install ./python: exit {built.returncode}\n{built.stdout[-6000:]}\n{built.stderr[-2000:]}")
    stamp.write_text(wanted)
    return PYTHON


def installed():
    """The folder of the package in its environment."""
    return next((HOME / "venv" / "lib").glob("python3.*/site-packages/zotrain"))


def package_folder():
    """A folder with the package alone, for the path of another interpreter of the same version."""
    alone = HOME / "alone"
    alone.mkdir(exist_ok=True)
    link = alone / "zotrain"
    if not link.exists():
        link.symlink_to(installed())
    return alone
