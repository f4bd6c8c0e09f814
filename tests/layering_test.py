"""The arrows of the architecture: a folder includes only what stands left of it.

base, kernels | data -> models -> oracle -> network -> delta -> estimators -> methods -> minimize -> problems -> study -> run -> cli
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
    "src/delta": 6,
    "src/estimators": 7,
    "src/methods": 8,
    "src/minimize": 9,
    "src/problems": 10,
    "src/study": 11,
    "src/run": 12,
    "src/cli": 13,
}
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

    def test_an_unknown_folder_is_found(self):
        self.assertEqual(len(violations("src/extra/x.cc", "")), 1)
        self.assertEqual(len(violations("src/cli/x.cc", '#include "verbs.h"\n')), 1)


if __name__ == "__main__":
    unittest.main()
