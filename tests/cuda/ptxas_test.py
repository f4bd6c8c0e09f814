"""What ptxas said of the kernels when it compiled them: nothing is spilled, and registers leave room for a block."""

import os
import pathlib
import re
import subprocess
import unittest

REPORT = pathlib.Path(os.environ["ZO_BINARY"]).parent / "src" / "delta" / "stacked.cu.o.txt"
KERNEL = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")
# A multiprocessor of any supported generation has 65,536 registers, and a block has at most 256 threads: two of
# them hide each other's waits. float64 is not made for speed, and may have any number.
MOST = 65536 // (2 * 256)


def kernels(text):
    """(name, generation) of every kernel with its stack, spilled bytes and registers."""
    found, kernel = {}, None
    for line in text.splitlines():
        if match := KERNEL.search(line):
            kernel = found.setdefault(match.groups(), {})
        elif match := SPILLS.search(line):
            stack, stores, loads = map(int, match.groups())
            kernel.update(stack=stack, spilled=stores + loads)
        elif match := REGISTERS.search(line):
            kernel.update(registers=int(match.group(1)))
    return found


def demangled(names):
    names = sorted(set(names))
    out = subprocess.run(["c++filt", *names], capture_output=True, text=True, check=True).stdout
    return dict(zip(names, out.splitlines()))


class Ptxas(unittest.TestCase):
    def setUp(self):
        self.kernels = kernels(REPORT.read_text())

    def test_every_generation_has_the_same_kernels_each_reported_in_full(self):
        names = {}
        for (name, generation), facts in self.kernels.items():
            names.setdefault(generation, set()).add(name)
            self.assertEqual(set(facts), {"stack", "spilled", "registers"}, name)
        self.assertGreaterEqual(len(names), 2)
        self.assertEqual(len({frozenset(of) for of in names.values()}), 1)
        for part in ("spread_channels", "compute_planes", "reduce_slices", "finish_groups", "compute_each"):
            self.assertTrue(any(part in name for name, _ in self.kernels), part)

    def test_nothing_is_spilled(self):
        self.assertEqual([key for key, facts in self.kernels.items() if facts["spilled"] or facts["stack"]], [])

    def test_two_blocks_find_registers_but_for_float64(self):
        names = demangled(name for name, _ in self.kernels)
        few = {key: facts for key, facts in self.kernels.items() if "double" not in names[key[0]]}
        self.assertGreater(len(few), len(self.kernels) // 2)
        self.assertEqual([key for key, facts in few.items() if facts["registers"] > MOST], [])


if __name__ == "__main__":
    unittest.main()
