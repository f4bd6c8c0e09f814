"""plot and report of run folders whose files are damaged, empty or still written: one line names the file and the line."""

import unittest

import support
from drawn_runs import lines_of, write_run

import run_names
from script import Unusable

STEP = b'{"event":"step","step":4,"queries":40,"loss":2.0,"forward_equivalents":8.0,"wall_s":2.0}\n'
OUT = {"plot": "out.png", "report": "out.html"}


class DamagedRunTest(support.CliTest):
    def setUp(self):
        super().setUp()
        self.run_folder = write_run(self.folder / "run", [3.0, 2.5, 2.0], accuracies={0: 0.1, 2: 0.2}, method="mezo", seed=1)
        self.log = self.run_folder / "metrics.jsonl"
        self.whole = self.log.read_bytes().splitlines(keepends=True)

    def refused(self, by_program=False):
        """What the scripts say, in place of which both verbs say it where asked, which takes longer; nothing is written."""
        with self.assertRaises(Unusable) as caught:
            run_names.read_runs([self.run_folder])
        message = str(caught.exception).replace(f"{self.folder}/", "")
        if by_program:
            self.assertEqual([self.refuse(verb, "run", "--out", out) for verb, out in OUT.items()], [message] * 2)
            self.assertEqual([path.name for path in self.folder.iterdir()], ["run"])
        return message

    def test_a_damaged_line_is_told_by_its_number(self):
        for line, fault in (
            (b"garbage\n", "it is no JSON in UTF-8"),
            (b'{"event":"st\n', "it is no JSON in UTF-8"),
            (b"\n", "it is no JSON in UTF-8"),
            (STEP.replace(b"40", b'"\xff"'), "it is no JSON in UTF-8"),
            (STEP.replace(b"2.0,", b"NaN,"), "it is no JSON in UTF-8"),
            (b"[" * 100000 + b"\n", "it is no JSON in UTF-8"),
            (b"[]\n", "it is no event of a run"),
            (b'{"a":1}\n', "it is no event of a run"),
            (STEP.replace(b'"queries":40,', b""), "its 'queries' is missing or no number"),
            (STEP.replace(b"8.0", b"1e999"), "its 'forward_equivalents' is missing or no number"),
            (STEP.replace(b"2.0,", b'"low",'), "its 'loss' is missing, or neither a number nor null"),
            (b'{"event":"eval","step":9,"loss":2.0,"accuracy":0.5}\n', "it evaluates step 9, of which no line tells before"),
        ):
            self.log.write_bytes(b"".join([*self.whole[:2], line, *self.whole[2:]]))
            message = f"run/metrics.jsonl: line 3 is damaged: {fault}; remove the line to see the others"
            self.assertEqual(self.refused(by_program=line == b"[]\n"), message, line[:40])
        self.log.write_bytes(b"".join([*self.whole, b"garbage\n"]))
        self.assertIn(f"line {len(self.whole) + 1} is damaged", self.refused())

    def test_a_last_line_that_is_still_written_is_left_out(self):
        self.succeed("plot", "run", "--out", "whole.png")
        for length in (1, len(STEP) - 2):
            self.log.write_bytes(b"".join(self.whole) + STEP[:length])
            self.succeed("plot", "run", "--out", "cut.png")
            self.assertEqual((self.folder / "cut.png").read_bytes(), (self.folder / "whole.png").read_bytes())
        self.log.write_bytes(b"".join(self.whole) + STEP + b'{"event":"another","of":"a later version"}\n')
        self.succeed("plot", "run", "--out", "more.png")
        self.assertNotEqual((self.folder / "more.png").read_bytes(), (self.folder / "whole.png").read_bytes())

    def test_options_and_figures_that_cannot_be_read_are_told_by_the_line(self):
        for name, kind, texts in (
            ("config.toml", "TOML", {b"seed = 1\nlr 0.5\n": 2, b"seed = 1\nseed = 2\n": 2, b"seed = 1\n\nlr = '\xff'\n": 3, b"lr = '": 1}),
            ("summary.json", "a JSON object", {b'{"steps": 3,\n"seed"}': 2, b"[]": 1, b"": 1, b'{\n"a": "\xff"}': 2}),
        ):
            kept = (self.run_folder / name).read_bytes() if name == "config.toml" else b"{}"
            for text, line in texts.items():
                (self.run_folder / name).write_bytes(text)
                message = f"run/{name}: line {line} is not {kind}; mend it, or remove the file to do without it"
                self.assertEqual(self.refused(by_program=line == 2), message)
            (self.run_folder / name).write_bytes(kept)

    def test_a_run_without_a_step_is_told(self):
        for text in (b"", b'{"event":"eva'):
            self.log.write_bytes(text)
            self.assertEqual(self.refused(by_program=not text), "run/metrics.jsonl: holds no step yet; wait for the first one of the run")
        write_run(self.folder / "other", [2.0], method="mezo", seed=2)
        for verb, out in OUT.items():
            done = support.zotrain(verb, "run", "other", "--out", out, cwd=self.folder)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(lines_of(done), ["run/metrics.jsonl holds no step yet, so mezo (seed 1) has no curve"])


if __name__ == "__main__":
    unittest.main()
