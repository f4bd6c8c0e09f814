"""`pip install ./python` in a clean environment, and then everything that its users do."""

import pathlib
import re
import subprocess
import unittest

import package

HERE = pathlib.Path(__file__).resolve().parent


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.python = package.environment()

    def run_here(self, *words):
        done = subprocess.run([self.python, *words], cwd=HERE, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        return done.stdout

    def test_its_cases_pass(self):
        result = package.HOME / "cases.xml"
        for cases in sorted(HERE.glob("*_cases.py")):
            with self.subTest(cases.stem):
                self.run_here(HERE.parent / "run_unittest.py", cases, result)

    def test_it_needs_neither_torch_nor_cuda(self):
        listed = self.run_here("-m", "pip", "list", "--disable-pip-version-check")
        self.assertIn("zotrain", listed)
        self.assertNotIn("torch", listed.replace("zotrain", ""))
        core = next(package.installed().glob("_core*.so"))
        needed = subprocess.run(["ldd", core], capture_output=True, text=True, check=True).stdout
        self.assertNotRegex(needed, "torch|cuda|not found")

    def test_its_version_is_that_of_the_build(self):
        told = self.run_here("-c", "import importlib.metadata, zotrain; print(zotrain.__version__, importlib.metadata.version('zotrain'))")
        version = re.search(r"project\(zotrain VERSION ([0-9.]+)", (package.ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(told.split(), [version, version])

    def test_type_checkers_find_types(self):
        folder = package.installed()
        self.assertTrue((folder / "py.typed").exists())
        self.assertIn("def tell(self, values:", (folder / "_core.pyi").read_text())

    def test_the_code_of_the_readme_runs(self):
        text = (package.ROOT / "python" / "README.md").read_text()
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 4)
        out = self.run_here("-c", "\n".join(blocks))
        for method in ("zo-sah", "nlopt-newuoa", "nlopt-bobyqa"):
            self.assertRegex(out, rf"(?m)^{method}: \d\.\de-\d\d at \[(1\.|0\.99\d|1\.00\d) (1\.|0\.99\d|1\.00\d)\]")


if __name__ == "__main__":
    unittest.main()
