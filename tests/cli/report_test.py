"""plot with several runs, and report: the page in a browser where there is one, CSV and TensorBoard files read back."""

import csv
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import support
from support import DEEPZERO, TINY, ZO_SAH, events, summary

EXPERIMENTS = pathlib.Path(__file__).parents[2] / "experiments"
sys.path.insert(0, str(EXPERIMENTS))
import run_files  # noqa: E402

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


def lines_of(done):
    return [line.removeprefix("zotrain: warning: ") for line in done.stderr.splitlines()]


RUNS = {
    "run1": [*ZO_SAH, "--seed", 1],
    "run2": [*ZO_SAH, "--seed", 2],
    "shorter": [*ZO_SAH, "--seed", 1, "--lr", 0.3],
    "wider": [*ZO_SAH, "--batch", 16],
    "deepzero": [*DEEPZERO, "--seed", 1],
}


class ReportTest(support.CliTest):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        for name, words in RUNS.items():  # without the picture that a run leaves
            done = support.zotrain("train", *TINY, "--eval-every", 40, "--max-steps", 5, "--out", name, *words, cwd=cls.made.name,
                                   python="/nowhere/python")  # fmt: skip
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        super().setUp()
        shutil.copytree(self.made.name, self.folder, dirs_exist_ok=True)

    def page(self, *words):
        self.succeed("report", *words, "--out", "page.html")
        return (self.folder / "page.html").read_text()

    def browse(self, page, *words):
        """The page as a browser has it when its scripts have run."""
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder}/browser", *words, page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env={"HOME": str(self.folder)}).stdout

    def test_an_evaluation_before_the_first_step_begins_the_curve(self):
        run = run_files.read_run(self.folder / "run1")
        xs = [x for x, _ in run.accuracies("queries")]
        self.assertEqual(xs[0], 0)
        self.assertEqual(xs, sorted(xs))
        self.assertGreater(len(xs), 2)
        # 2,000 test pictures in batches of 250, and a batch for the statistics, each time.
        self.assertEqual(run.summary["queries_report"], 9 * len(xs))

    def test_runs_are_named_by_method_and_seed_where_that_tells_them_apart(self):
        one, two, other, again = (self.folder / name for name in ("run1", "run2", "deepzero", "shorter"))
        self.assertEqual([run.name for run in run_files.read_runs([one, two, other])], ["zo-sah (seed 1)", "zo-sah (seed 2)", "deepzero (seed 1)"])
        self.assertEqual([run.name for run in run_files.read_runs([one, again])], ["run1", "shorter"])
        self.assertEqual([run.name for run in run_files.read_runs([one, two], ["a", "b"])], ["a", "b"])
        self.assertEqual([name for name, _ in run_files.groups(run_files.read_runs([one, two, other]))], ["zo-sah (2 seeds)", "deepzero (seed 1)"])
        self.assertEqual([name for name, _ in run_files.groups(run_files.read_runs([one, two, again]))], ["zo-sah --lr 0.5 (2 seeds)", "shorter"])

    def test_a_group_is_the_mean_and_the_range_of_its_runs(self):
        xs, low, mean, high = run_files.spread([[(0, 1.0), (10, 3.0)], [(2, 5.0), (4, 7.0), (12, 7.0)]], points=3)
        self.assertEqual(xs, [2.0, 6.0, 10.0])
        for values, expected in ((low, [1.4, 2.2, 3.0]), (mean, [3.2, 4.6, 5.0]), (high, [5.0, 7.0, 7.0])):
            for value, right in zip(values, expected, strict=True):
                self.assertAlmostEqual(value, right)
        self.assertEqual(run_files.spread([[], []]), ([], [], [], []))

    def test_axes_are_logarithmic_where_a_linear_one_would_show_a_line(self):
        def run(queries, losses):
            steps = [{"step": k + 1, "queries": queries * (k + 1) // len(losses), "loss": loss} for k, loss in enumerate(losses)]
            return run_files.Run(pathlib.Path("run"), {}, {}, {}, steps, [{"step": 0, "accuracy": 0.1}])

        short, long = run(100, [3.0, 2.0]), run(2000, [3.0, 1.0])
        self.assertEqual(run_files.scales([short, long], "queries"), ("linear", "linear"))  # 20 times: still
        self.assertEqual(run_files.scales([short, run(2002, [3.0, 1.0])], "queries"), ("log", "linear"))
        self.assertEqual(run_files.scales([short, run(2000, [3.0, 30.1])], "queries"), ("linear", "log"))
        self.assertEqual(run_files.scales([short, run(2000, [3.0, -1.0])], "queries"), ("linear", "linear"))
        self.assertEqual(run_files.scales([run(0, [])], "queries"), ("linear", "linear"))
        import plot

        for runs, scale in (([short, long], "linear"), ([short, run(2002, [3.0, 31.0])], "log")):
            axes = plot.draw(runs, "queries", False).axes
            self.assertEqual([axis.get_xscale() for axis in axes], [scale, scale])
            self.assertEqual(axes[0].get_yscale(), scale)

    def test_plot_groups_names_and_warns(self):
        pictures = {}
        for name, words in (("plain", []), ("group", ["--group"]), ("names", ["--names", "a,b"])):
            done = support.zotrain("plot", "run1", "run2", *words, "--out", f"{name}.png", cwd=self.folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            pictures[name] = (self.folder / f"{name}.png").read_bytes()
            self.assertGreater(struct.unpack(">II", pictures[name][16:24])[0], 800)
        self.assertEqual(len(set(pictures.values())), 3)
        done = support.zotrain("plot", "run1", "wider", "--out", "mixed.png", cwd=self.folder)
        self.assertEqual(lines_of(done), ["the runs differ in --batch (8, 16), so their curves do not compare"])
        self.assertIn("1 names for 2 runs", self.refuse("plot", "run1", "run2", "--names", "a", "--out", "n.png", code=1))
        self.assertFalse((self.folder / "n.png").exists())

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

    def test_long_curves_are_thinned_and_keep_their_ends(self):
        import report_page as report

        self.assertEqual(report.thinned(list(range(report.POINTS))), list(range(report.POINTS)))
        thin = report.thinned(list(range(10 * report.POINTS + 4)))
        self.assertLessEqual(len(thin), report.POINTS + 1)
        self.assertEqual((thin[0], thin[-1]), (0, 10 * report.POINTS + 3))

    @unittest.skipUnless(BROWSER, "no chromium or google-chrome to open the page with")
    def test_a_browser_draws_every_chart(self):
        self.page("run1", "run2")
        for width in (500, 1100):
            seen = self.browse(self.folder / "page.html", "--dump-dom", f"--window-size={width},1400")
            self.assertIn('data-drawn="queries"', seen)
            body = seen[seen.rindex("<h2>Training loss") :] if "<h2>Training loss" in seen else seen
            # Two runs: two smooth and two faint lines of losses, two of accuracies, two of clipping; bars of 2 charts.
            self.assertEqual(len(re.findall(r'class="trace scatter ', body)), 8)
            self.assertEqual(len(re.findall(r'class="trace bars"', body)), 4)
            self.assertEqual(len(re.findall(r'<label><input type="checkbox"><svg class="line"', seen)), 2)

    def test_csv_has_every_step_and_the_evaluations(self):
        one = self.folder / "run1"
        self.assertEqual(self.succeed("report", "run1", "run2", "--csv").split(), ["run1/metrics.csv", "run2/metrics.csv"])
        with open(one / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        logged = events(one)
        steps = [event for event in logged if event["event"] == "step"]
        self.assertEqual([int(row["step"]) for row in rows], list(range(6)))
        self.assertEqual([float(row["loss"]) for row in rows[1:]], [step["loss"] for step in steps])
        at = {event["step"]: event["accuracy"] for event in logged if event["event"] == "eval"}
        self.assertEqual({int(row["step"]): float(row["test_accuracy"]) for row in rows if row["test_accuracy"]}, at)
        self.assertFalse((self.folder / "report.html").exists())

    def test_tensorboard_reads_what_was_logged(self):
        from tensorboardX.proto import event_pb2

        one = self.folder / "run1"
        self.succeed("report", "run1", "run2", "--tensorboard", "board")
        found = {}
        data = next((self.folder / "board" / "run1").iterdir()).read_bytes()
        while data:  # records of TFRecord: length, its checksum, the event, its checksum
            (length,) = struct.unpack("<Q", data[:8])
            event = event_pb2.Event.FromString(data[12 : 12 + length])
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
            data = data[16 + length :]
        steps = [event for event in events(one) if event["event"] == "step"]
        self.assertEqual([x for x, _ in found["step/loss"]], [step["queries"] for step in steps])
        for (_, value), step in zip(found["step/loss"], steps):
            self.assertAlmostEqual(value, step["loss"], places=5)
        self.assertEqual(len(found["test/accuracy"]), len([e for e in events(one) if e["event"] == "eval"]))

    def test_what_cannot_be_written_is_told_in_one_line(self):
        (self.folder / "folder").mkdir()
        self.assertIn("holds no metrics.jsonl", self.refuse("report", "folder"))
        self.assertIn("needs at least one run folder", self.refuse("report"))
        self.assertIn("folder: is a folder", self.refuse("report", "run1", "--out", "folder"))
        self.assertIn("No such file or directory", self.refuse("report", "run1", "--out", "nowhere/page.html", code=1))


if __name__ == "__main__":
    unittest.main()
