"""The arrows of the architecture: a folder includes only what stands left of it.

base, kernels | data -> models -> oracle -> network -> dist -> delta -> estimators -> methods -> minimize -> problems -> attack -> study -> run -> fetch -> cli
"""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]

# A folder may include itself and every folder of a smaller number.
LEVEL = {
    "src/base": 0,
    "src/kernels": 1,
    "data": 2,
    "models": 3,
    "src/oracle": 4,
    "src/network": 5,
    "src/dist": 6,
    "src/delta": 7,
    "src/estimators": 8,
    "src/methods": 9,
    "src/minimize": 10,
    "src/problems": 11,
    "src/attack": 12,
    "src/study": 13,
    "src/run": 14,
    "src/fetch": 15,
    "src/cli": 16,
}
# Inside src/delta: the engines do not know each other, and what describes a probe knows no engine.
SHARED = ("theta", "cost")
ENGINES = ("src/delta/cpu", "src/delta/stacked")


def engine_of(path):
    return next((engine for engine in ENGINES if path.startswith(engine + "/")), None)


def breaks_delta(path, included):
    """Whether an include inside src/delta binds an engine to the other, or the shared part to one."""
    here, there = engine_of(path), engine_of(included)
    if there is None or here == there:
        return False
    return here is not None or path.removeprefix("src/delta/").split(".")[0] in SHARED


SOURCES = (".h", ".cc", ".cu")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def folder_of(path):
    """The layer that a file belongs to, or None."""
    for folder in LEVEL:
        if path.startswith(folder + "/"):
            return folder
    return None


def violations(path, text):
    """What is wrong with the includes of one file, as sentences."""
    layer = folder_of(path)
    if layer is None:
        return [f"{path} lies in a folder that no layer knows"]
    found = []
    for included in INCLUDE.findall(text):
        target = folder_of(included)
        if target is None:
            found.append(f'{path} includes "{included}", which is not written from the root or is of no known layer')
        elif LEVEL[target] > LEVEL[layer]:
            found.append(f"{path} includes {included}: {layer} stands left of {target}")
        elif layer == "src/delta" and breaks_delta(path, included):
            found.append(f"{path} includes {included}: only the shell knows the engines, and no engine the other")
    return found


def source_files():
    for top in ("src", "data", "models"):
        for folder, _, names in os.walk(ROOT / top):
            for name in names:
                if name.endswith(SOURCES):
                    yield (pathlib.Path(folder) / name).relative_to(ROOT).as_posix()


class LayeringTest(unittest.TestCase):
    def test_includes_point_left_only(self):
        wrong = [v for path in source_files() for v in violations(path, (ROOT / path).read_text())]
        self.assertEqual(wrong, [])

    def test_every_layer_has_sources(self):
        layers = {folder_of(path) for path in source_files()}
        self.assertEqual(layers, set(LEVEL))

    def test_an_arrow_that_points_right_is_found(self):
        self.assertEqual(violations("src/oracle/x.cc", '#include "models/network.h"\n#include <vector>\n'), [])
        self.assertEqual(
            violations("src/oracle/x.cc", '#include "src/run/trainer.h"\n'),
            ["src/oracle/x.cc includes src/run/trainer.h: src/oracle stands left of src/run"],
        )

    def test_an_engine_that_leaks_is_found(self):
        for path, included, wrong in (
            ("src/delta/cpu/wave.cc", "src/delta/stacked/base.h", 1),
            ("src/delta/stacked/cuda/x.cu", "src/delta/cpu/kernels/x.h", 1),
            ("src/delta/theta.cc", "src/delta/cpu/wave.h", 1),
            ("src/delta/cost.h", "src/delta/stacked/wave.h", 1),
            ("src/delta/oracle.cc", "src/delta/cpu/wave.h", 0),
            ("src/delta/cpu/wave.cc", "src/delta/plan.h", 0),
            ("src/network/x.h", "src/delta/plan.h", 1),
        ):
            with self.subTest(path=path, included=included):
                self.assertEqual(len(violations(path, f'#include "{included}"\n')), wrong)

    def test_an_unknown_folder_is_found(self):
        self.assertEqual(len(violations("src/extra/x.cc", "")), 1)
        self.assertEqual(len(violations("src/cli/x.cc", '#include "verbs.h"\n')), 1)


if __name__ == "__main__":
    unittest.main()
