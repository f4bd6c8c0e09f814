"""The notebook that trains a torch module through AskTell, its code cells run one after the other."""

import json
import os
import subprocess
import sys
import unittest

import package


class Notebook(unittest.TestCase):
    def test_it_reaches_the_loss_that_it_states(self):
        package.environment()
        cells = json.loads((package.ROOT / "experiments" / "torch_module.ipynb").read_text())["cells"]
        code = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        surroundings = {**os.environ, "PYTHONPATH": str(package.package_folder()), "MPLBACKEND": "Agg"}
        done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        self.assertRegex(done.stdout, r"650 parameters: training loss 0\.3\d+ after \d+ queries, test accuracy [78]\d\.\d%")


if __name__ == "__main__":
    unittest.main()
