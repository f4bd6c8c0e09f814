"""Adds up the test cases of one run: `summary.py RESULTS_DIR` reads the XML that GoogleTest and
run_unittest.py write, lists what was skipped with its reason, and ends with one line of totals.
Exits 1 when a case failed, when nothing ran, or when a result file cannot be read."""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    passed = failed = 0
    skipped = collections.Counter()
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            skip = case.find("skipped")
            if case.find("failure") is not None:
                failed += 1
            elif skip is not None:
                skipped[(skip.get("message") or "no reason given").strip().splitlines()[-1]] += 1
            else:
                passed += 1
    for reason, count in skipped.items():
        print(f"skipped {count}: {reason}")
    print(f"{passed} passed, {failed} failed, {sum(skipped.values())} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
