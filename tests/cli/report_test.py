"""report: the page in a browser where there is one, CSV and TensorBoard files read back."""

import csv
import json
import os
import re
import shutil
import struct
import subprocess
import unittest

import support
from drawn_runs import NO_FOLDER, DrawnRunsTest, lines_of, write_run
from support import TINY, ZO_SAH, events, summary

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
# Lets --dump-dom tell what is wider than its room: the page, and the tables that scroll in theirs.
MEASURE = """<script>document.body.dataset.wide = document.documentElement.scrollWidth > innerWidth;
document.body.dataset.scrolls = [...document.querySelectorAll(".wide")].map((box) => box.scrollWidth > box.clientWidth);</script></body>"""


def event_points(folder):
    """{tag: [(x, value, wall time)]} of the one file of events in a folder."""
    from tensorboardX.proto import event_pb2

    (path,) = folder.iterdir()
    data, found = path.read_bytes(), {}
    while data:  # records of TFRecord: length, its checksum, the event, its checksum
        (length,) = struct.unpack("<Q", data[:8])
        event = event_pb2.Event.FromString(data[12 : 12 + length])
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value, event.wall_time))
        data = data[16 + length :]
    return found


class ReportTest(DrawnRunsTest):
    def page(self, *words):
        self.succeed("report", *words, "--out", "page.html")
        return (self.folder / "page.html").read_text()

    def browse(self, page, *words):
        """The page as a browser has it when its scripts have run."""
        profile = f"--user-data-dir={self.folder}/browser"
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", profile, "--dump-dom", *words, page.as_uri()]
        seen = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env={"HOME": str(self.folder)}).stdout
        return re.sub(r"<(script|style).*?</\1>", "", seen, flags=re.S)

    def test_queries_by_parameter_add_up_to_the_ledger(self):
        for run in (self.folder / "run1", self.folder / "deepzero"):
            told = summary(run)
            asked = sum(one["queries"] for one in told["by_parameter"])
            dense = told["queries_probe"] - asked
            # Two points along each step but the last, or ZO-GraSP's directions.
            self.assertEqual(dense, 2 * 4 if run.name == "run1" else 2 * 2 + 1)
            passes = sum(one["forward_equivalents"] for one in told["by_parameter"])
            self.assertAlmostEqual(passes + dense + told["queries_base"], told["forward_equivalents"], places=6)
        names = [one["name"] for one in told["by_parameter"]]
        self.assertEqual(names[0], "conv1.weight")
        # A run that is gone on with has counted them all.
        self.succeed("train", "--resume", "--out", "run1", "--max-steps", 9)
        told = summary(self.folder / "run1")
        self.assertEqual(sum(one["queries"] for one in told["by_parameter"]), told["queries_probe"] - 2 * 8)

    def test_the_page_needs_nothing_but_itself_and_shows_what_it_is_given(self):
        one = self.folder / "run1"
        text = self.page("run1", "run2", "--names", "</script><b>,$PLOTLY")
        self.assertNotRegex(re.sub(r"<script>.*?</script>", "", text, count=1, flags=re.S), r"(src|href)=")
        self.assertIn("<td>&lt;/script&gt;&lt;b&gt;</td>", text)
        self.assertIn("<td>$PLOTLY</td>", text)
        held = json.loads(re.search(r'<script id="runs" type="application/json">(.*?)</script>', text, re.S)[1])
        self.assertEqual([run["name"] for run in held], ["</script><b>", "$PLOTLY"])
        steps = [event for event in events(one) if event["event"] == "step"]
        self.assertEqual(held[0]["loss"]["y"], [step["loss"] for step in steps])
        self.assertEqual(held[0]["loss"]["x"]["queries"], [step["queries"] for step in steps])
        self.assertEqual(held[0]["clipped"]["y"], [step["frac_clipped"] for step in steps])
        self.assertAlmostEqual(sum(held[0]["parameters"]["queries"]), 100)

    def rows(self, text):
        """The cells of every line of the tables, without what a browser makes of them."""
        return [re.findall(r"<t[dh]>(.*?)</t[dh]>", line) for line in re.findall(r"<tr>(.*?)</tr>", text)]

    def test_runs_in_folders_of_one_name_keep_their_columns(self):
        for inner, rate, scaled in (("a/run", 0.1, True), ("b/run", 0.2, False)):
            write_run(self.folder / inner, [2.0], method="zo-sah", seed=1, lr=rate, scaled=scaled)
        rows = self.rows(self.page("a/run", "b/run"))
        names = ["zo-sah (seed 1, a/run)", "zo-sah (seed 1, b/run)"]
        self.assertEqual([row[0] for row in rows[1:3]], names)
        self.assertEqual(rows[3:], [["option", *names], ["--lr", "0.1", "0.2"], ["--scaled", "true", "false"]])

    def test_the_table_of_runs_has_the_figures_of_their_summaries(self):
        told, path = summary(self.folder / "run1"), self.folder / "run1" / "summary.json"
        reports = [event["queries_report"] for event in events(self.folder / "run1") if event["event"] == "step"]
        self.assertGreater(told["queries_report"], reports[-1])  # the evaluation at the end
        row = dict(zip(*self.rows(self.page("run1"))[:2]))
        self.assertEqual((row["reports"], row["seconds"]), (f"{told['queries_report']:,}", f"{told['wall_s']:,.1f}"))
        self.assertEqual(row["stopped by"], "max-steps")
        path.write_text(json.dumps(told | {"steps": 4, "queries": 1}))  # a run that has gone on since
        row = dict(zip(*self.rows(self.page("run1"))[:2]))
        self.assertEqual((row["steps"], row["reports"], row["stopped by"]), ("5", f"{reports[-1]:,}", "goes on"))
        self.assertNotEqual(row["queries"], "1")

    def test_the_page_says_what_misleads(self):
        done = support.zotrain("report", "run1", "wider", "--out", "mixed.html", cwd=self.folder)
        message = "the runs differ in --batch (8, 16), so their curves do not compare"
        self.assertEqual((done.returncode, lines_of(done)), (0, [message]))
        self.assertIn(f'<p class="warning">{message}</p>', (self.folder / "mixed.html").read_text())
        write_run(self.folder / "sound", [2.5, 2.0], method="mezo", seed=1)
        write_run(self.folder / "wild", [2.4, 1e16], method="mezo", seed=2)
        self.assertIn("The axis ends at 3.75; mezo (seed 2) goes beyond.", self.page("sound", "wild"))

    def test_long_curves_are_thinned_and_keep_their_ends(self):
        import report_page as report

        self.assertEqual(report.thinned(list(range(report.POINTS))), list(range(report.POINTS)))
        thin = report.thinned(list(range(10 * report.POINTS + 4)))
        self.assertLessEqual(len(thin), report.POINTS + 1)
        self.assertEqual((thin[0], thin[-1]), (0, 10 * report.POINTS + 3))

    @unittest.skipUnless(BROWSER, "no chromium or google-chrome to open the page with")
    def test_a_browser_draws_every_chart(self):
        text = self.page("run1", "run2", "shorter")
        (self.folder / "page.html").write_text(text.replace("</body>", MEASURE))
        for width in (500, 1100):
            seen = self.browse(self.folder / "page.html", f"--window-size={width},1400")
            body = seen[seen.rindex("<h2>Training loss") :] if "<h2>Training loss" in seen else seen
            # Three runs: a smooth and a faint line of losses, one of accuracies, one of clipping; bars of 2 charts.
            self.assertEqual(len(re.findall(r'class="trace scatter ', body)), 12)
            self.assertEqual(len(re.findall(r'class="trace bars"', body)), 6)
            self.assertEqual(len(re.findall(r'<label><input type="checkbox"><svg class="line"', seen)), 3)
            # The table of runs scrolls where it is narrow; the page and that of the one option never have to.
            scrolls = f"{str(width == 500).lower()},false"
            self.assertEqual(re.search("<body (.*?)>", seen)[1], f'data-drawn="queries" data-wide="false" data-scrolls="{scrolls}"')

    @unittest.skipUnless(BROWSER, "no chromium or google-chrome to open the page with")
    def test_a_browser_draws_single_steps_and_the_evaluation_before_the_first_query(self):
        write_run(self.folder / "long", [3.0] * 100, queries=100, accuracies={0: 0.1, 100: 0.5}, method="mezo", seed=1)
        write_run(self.folder / "one", [1e16], queries=100, method="mezo", seed=2)
        self.page("long", "one")
        seen = self.browse(self.folder / "page.html", "--window-size=1100,1400")
        losses, accuracies = re.search(r'<div id="loss"(.*)<div id="accuracy"(.*)<div id="clipped"', seen, re.S).groups()

        def ends(chart):
            """(x, y, x, y) of the ends of each line."""
            drawn = re.findall(r'class="js-line" d="M([\d.]+),([\d.]+)(?:.*?)L?([\d.]+),([\d.]+)"', chart)
            return [[float(x) for x in found] for found in drawn]

        def points(chart):
            return [(float(x), float(y)) for x, y in re.findall(r'class="point [^>]*translate\(([\d.]+),(-?[\d.]+)\)', chart)]

        ticks = re.findall(r'<g class="xtick"><text[^>]*>([^<]*)</text>', accuracies)
        self.assertEqual(ticks, ["0", "100", "200", "500", "1k", "2k", "5k", "10k"])
        # From the left of the first step, where losses begin, straight to the end; two decades take four times the room of what is before.
        (first, _, last, _), step = ends(accuracies)[0], ends(losses)[0][0]
        self.assertEqual([round(x, 2) for x, _ in points(accuracies)], [first, last])
        self.assertAlmostEqual((last - step) / (step - first), 4, places=1)
        self.assertEqual([(x, y < 0) for x, y in points(losses)], [(step, True)] * 2)  # faint and smooth, beyond the axis

    def test_csv_has_every_step_and_the_evaluations(self):
        one = self.folder / "run1"
        self.assertEqual(self.succeed("report", "run1", "run2", "--csv").split(), ["run1/metrics.csv", "run2/metrics.csv"])
        with open(one / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        logged = events(one)
        steps = [event for event in logged if event["event"] == "step"]
        self.assertEqual([int(row["step"]) for row in rows], list(range(6)))
        self.assertEqual([float(row["loss"]) for row in rows[1:]], [step["loss"] for step in steps])
        self.assertEqual([row["rejected"] for row in rows[1:]], [json.dumps(step["rejected"]) for step in steps])
        at = {event["step"]: event["accuracy"] for event in logged if event["event"] == "eval"}
        self.assertEqual({int(row["step"]): float(row["test_accuracy"]) for row in rows if row["test_accuracy"]}, at)
        self.assertFalse((self.folder / "report.html").exists())

    def test_tensorboard_reads_what_was_logged_once(self):
        one = self.folder / "run1"
        os.utime(one / "metrics.jsonl", (1e9, 1e9))
        for _ in range(2):
            self.succeed("report", "run1", "run2", "--tensorboard", "board")
        found = event_points(self.folder / "board" / "run1")
        logged = [json.loads(line) for line in (one / "metrics.jsonl").read_text().splitlines()]
        steps = [event for event in logged if event["event"] == "step"]
        self.assertEqual([x for x, _, _ in found["step/loss"]], [step["queries"] for step in steps])
        end = 1e9 - steps[-1]["wall_s"]
        for (_, value, at), step in zip(found["step/loss"], steps):
            self.assertAlmostEqual(value, step["loss"], places=5)
            self.assertAlmostEqual(at, end + step["wall_s"], places=3)
        times = {0: end, **{step["queries"]: end + step["wall_s"] for step in steps}}
        evals = [event for event in logged if event["event"] == "eval"]
        self.assertEqual(len(found["test/accuracy"]), len(evals))
        for x, _, at in found["test/accuracy"] + found["test/loss"]:
            self.assertAlmostEqual(at, times[x], places=3)

    def test_tensorboard_keeps_runs_in_folders_of_one_name_apart(self):
        for inner in ("a/run", "b/run"):
            write_run(self.folder / inner, [2.0], method="mezo", seed=1)
        self.assertEqual(self.succeed("report", "a/run", "b/run", "--tensorboard", "board").split(), ["board/a/run", "board/b/run"])
        for name in ("a", "b"):
            self.assertIn("step/loss", event_points(self.folder / "board" / name / "run"))

    def test_what_cannot_be_written_is_told_in_one_line(self):
        (self.folder / "folder").mkdir()
        before = sorted(path.name for path in self.folder.iterdir())
        self.assertIn("holds no metrics.jsonl", self.refuse("report", "folder"))
        self.assertIn("needs at least one run folder", self.refuse("report"))
        self.assertIn("folder: is a folder", self.refuse("report", "run1", "--out", "folder"))
        self.assertEqual(self.refuse("report", "run1", "--out", "page.pdf"), "--out: 'page.pdf' must end in .html or .htm")
        self.assertEqual(self.refuse("report", "run1", "--out", "nowhere/page.html", code=1), f"nowhere/page.html: {NO_FOLDER}")
        self.assertEqual(self.refuse("report", "run1", "--tensorboard", "run1/lock"),
                         "--tensorboard: run1/lock/run1 cannot be made: Not a directory; name a folder that can")
        message = "--out: 'foo.csv' is of the page; --csv writes metrics.csv in each run folder, --tensorboard names its own folder"
        for words in (["--csv"], ["--tensorboard", "board"]):
            self.assertEqual(self.refuse("report", "run1", *words, "--out", "foo.csv"), message)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)
        self.assertFalse((self.folder / "run1" / "metrics.csv").exists())


if __name__ == "__main__":
    unittest.main()
