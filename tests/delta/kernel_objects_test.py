"""No function of a vector body is shared across instruction sets.

A function that two objects define weakly (inline functions, templates) is linked once, and the linker may keep
either copy: the one compiled for AVX-512 would then crash an older processor that takes the AVX2 path. So what
an object of kernels defines weakly, no other object of the program may define at all.
"""

import os
import pathlib
import platform
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ZO_BINARY"]).parent
WEAK = set("WVu")
DEFINED = set("TDBRGSC") | WEAK


def definitions(nm_lines):
    """{symbol: type letter} of the global definitions in the output of nm."""
    found = {}
    for line in nm_lines.splitlines():
        words = line.split(maxsplit=2)
        if len(words) == 3 and words[1] in DEFINED:
            found[words[2]] = words[1]
    return found


def shared(kernels, others):
    """[(symbol, object, other object)] of weak definitions in `kernels` that another object defines too; both are
    {object: definitions}."""
    objects = {**others, **kernels}
    holders = {}
    for name, symbols in objects.items():
        for symbol in symbols:
            holders.setdefault(symbol, []).append(name)
    return sorted((symbol, name, other)
                  for name, symbols in kernels.items() for symbol, kind in symbols.items() if kind in WEAK
                  for other in holders[symbol] if other != name)


def read(path):
    return definitions(subprocess.run(["nm", str(path)], check=True, capture_output=True, text=True).stdout)


class Checker(unittest.TestCase):
    def test_finds_a_weak_function_of_two_kernel_objects(self):
        for letter in "WVu":
            wide = definitions(f"0000000000000000 {letter} _Z5twicei\n")
            narrow = definitions(f"0000000000000040 {letter} _Z5twicei\n")
            self.assertEqual(shared({"wide": wide, "narrow": narrow}, {}),
                             [("_Z5twicei", "narrow", "wide"), ("_Z5twicei", "wide", "narrow")])

    def test_finds_a_weak_function_that_the_rest_of_the_program_defines(self):
        for letter in "WT":
            rest = {"rest": definitions(f"0000000000000000 {letter} _Z5twicei\n")}
            self.assertEqual(shared({"wide": definitions("0000000000000000 W _Z5twicei\n")}, rest),
                             [("_Z5twicei", "wide", "rest")])

    def test_lets_local_undefined_and_differently_named_ones_pass(self):
        text = ("0000000000000000 W {0}\n0000000000000000 t _Z5localv\n"
                "                 U _Z6neededv\n                 w _Z4weakv\n")
        wide, narrow = definitions(text.format("_Z4wide")), definitions(text.format("_Z6narrow"))
        rest = {"rest": definitions("0000000000000000 W _Z6neededv\n0000000000000000 W _Z5localv\n")}
        self.assertEqual(shared({"wide": wide, "narrow": narrow}, rest), [])

    def test_finds_a_planted_pair_in_compiled_objects(self):
        source = ("{} int twice(int x) {{ return 2 * x; }}\n" "int {}(int x) {{ return twice(x); }}\n")
        kept = "inline __attribute__((noinline))"
        for function, expected in ((kept, 2), ("static " + kept, 0)):
            with tempfile.TemporaryDirectory() as folder:
                objects = {}
                for name in ("wide", "narrow"):
                    path = pathlib.Path(folder, name + ".cc")
                    path.write_text(source.format(function, name))
                    subprocess.run(["c++", "-O2", "-c", path, "-o", path.with_suffix(".o")], check=True)
                    objects[name] = read(path.with_suffix(".o"))
            self.assertEqual(len(shared(objects, {})), expected, function)


class KernelObjects(unittest.TestCase):
    def test_share_no_function_with_each_other_or_the_program(self):
        objects = [path for folder in ("src", "models", "data") for path in (BUILD / folder).rglob("*.cc.o")]
        kernels = {path.name: read(path) for path in objects if path.name.startswith("delta_kernels_")}
        self.assertIn("delta_kernels_baseline.cc.o", kernels)
        if platform.machine() in ("x86_64", "AMD64"):
            self.assertGreaterEqual(len(kernels), 5)
        for name, symbols in kernels.items():
            self.assertTrue(any(kind in WEAK for kind in symbols.values()), f"nothing read from {name}")
        others = {str(path): read(path) for path in objects if path.name not in kernels}
        self.assertEqual(shared(kernels, others), [])
