"""Runs one Python test file and writes its cases as GoogleTest's XML: `run_unittest.py FILE RESULT.xml`."""

import importlib
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree


class Recorder(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ElementTree.Element("testsuite")

    def record(self, test, kind=None, message=""):
        case = ElementTree.SubElement(self.suite, "testcase", name=str(test.id()))
        if kind:
            ElementTree.SubElement(case, kind, message=message)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.record(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.record(test, "failure", str(err[1]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.record(subtest, "failure", str(err[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, "skipped", reason)


@unittest.skip("ZO_CUDA=OFF: the environment holds LibTorch, but no PyTorch that can be imported")
class NeedsPyTorch(unittest.TestCase):
    def test_this_file(self):
        pass


def load(name: str) -> unittest.TestSuite:
    if pathlib.Path(sys.prefix).name == ".venv-cpu":
        try:
            importlib.import_module(name)
        except ImportError:
            return unittest.defaultTestLoader.loadTestsFromTestCase(NeedsPyTorch)
    return unittest.defaultTestLoader.loadTestsFromName(name)


def main() -> int:
    path, result_path = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    sys.path.insert(0, str(path.parent))
    suite = load(path.stem)
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(suite)
    result_path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(result.suite).write(result_path, encoding="utf-8", xml_declaration=True)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
