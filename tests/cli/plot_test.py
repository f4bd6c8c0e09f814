"""plot with several runs: names, groups, axes that show all of them, and what it writes."""

import struct
import sys
import unittest

import support
from drawn_runs import NO_FOLDER, DrawnRunsTest, lines_of, write_run

import plot
import run_curves
import run_files
import run_names


class PlotTest(DrawnRunsTest):
    def runs(self, *names, given=""):
        return run_names.read_runs([self.folder / name for name in names], given)

    def write(self, name, losses, **more):
        return write_run(self.folder / name, losses, **more)

    def test_an_evaluation_before_the_first_step_begins_the_curve(self):
        run = run_files.read_run(self.folder / "run1")
        xs = [x for x, _ in run.accuracies("queries")]
        self.assertEqual(xs[0], 0)
        self.assertEqual(xs, sorted(xs))
        self.assertGreater(len(xs), 2)
        # 2,000 test pictures in batches of 250, and a batch for the statistics, each time.
        self.assertEqual(run.summary["queries_report"], 9 * len(xs))

    def test_runs_are_named_by_method_and_seed_and_where_they_share_both_by_the_folder_too(self):
        self.write("bare", [2.0])
        for inner, rate in (("a/run1", 0.1), ("b/run1", 0.2)):
            self.write(inner, [2.0], method="zo-sah", seed=1, lr=rate)
        for names, told in (
            (["run1", "run2", "deepzero"], ["zo-sah (seed 1)", "zo-sah (seed 2)", "deepzero (seed 1)"]),
            (["run1", "shorter", "run2"], ["zo-sah (seed 1, run1)", "zo-sah (seed 1, shorter)", "zo-sah (seed 2)"]),
            (["a/run1", "shorter", "b/run1"], ["zo-sah (seed 1, a/run1)", "zo-sah (seed 1, shorter)", "zo-sah (seed 1, b/run1)"]),
            (["bare", "run1"], ["bare", "zo-sah (seed 1)"]),
        ):
            self.assertEqual([run.name for run in self.runs(*names)], told)
        self.assertEqual([run.name for run in self.runs("run1", "run2", given="a,b")], ["a", "b"])

    def test_python_files_of_the_folder_the_user_is_in_are_not_run(self):
        for module in ("json", "importlib", "matplotlib"):
            (self.folder / f"{module}.py").write_text("open('ran', 'w')\nraise SystemExit(0)\n")
        self.succeed("plot", "run1", "--out", "here.png")
        self.assertTrue((self.folder / "here.png").exists())
        self.assertFalse((self.folder / "ran").exists())

    def test_names_that_do_not_tell_the_runs_apart_are_refused(self):
        for words, message in (
            (["run1", "run2", "--names", "one"], "--names: 1 name for 2 runs: give each run one, in order, with commas between"),
            (["run1", "--names", "a,b"], "--names: 2 names for 1 run: give each run one, in order, with commas between"),
            (["run1", "run2", "--names", "a,a"], "--names: 'a,a' must name each run, and no two alike"),
            (["run1", "run2", "--names", "a,"], "--names: 'a,' must name each run, and no two alike"),
            (["run1", "run1/"], "run1: is the run run1 once more; name each run once"),
        ):
            self.assertEqual(self.refuse("plot", *words, "--out", "n.png"), message)
            self.assertFalse((self.folder / "n.png").exists())
        self.assertIn("1 name for 2 runs", self.refuse("report", "run1", "run2", "--names", "one"))

    def test_a_group_is_named_by_what_it_does_otherwise_than_others_of_its_method(self):
        def named(*names, given=""):
            return [name for name, _ in run_names.groups(self.runs(*names, given=given))]

        self.assertEqual(named("run1", "run2", "deepzero"), ["zo-sah (2 seeds)", "deepzero (seed 1)"])
        lengths = ["zo-sah --lr 0.5 (2 seeds)", "zo-sah --lr 0.3 (seed 1)"]
        self.assertEqual(named("run1", "run2", "shorter", "deepzero"), [*lengths, "deepzero (seed 1)"])
        self.assertEqual(named("run1", "run2", "shorter", given="a,b,c"), [lengths[0], "c"])
        for number, scaled in enumerate((True, True, False)):
            self.write(f"s{number}", [2.0], method="zo-sah", seed=number, scaled=scaled)
        self.assertEqual(named("s0", "s1", "s2"), ["zo-sah --scaled true (2 seeds)", "zo-sah --scaled false (seed 2)"])

    def test_a_group_is_the_mean_and_the_range_of_its_runs(self):
        linear = run_curves.XAxis("queries", 12)
        xs, low, mean, high = run_curves.spread([[(0, 1.0), (10, 3.0)], [(2, 5.0), (4, 7.0), (12, 7.0)]], linear, points=3)
        self.assertEqual(xs, [2.0, 6.0, 10.0])
        for values, expected in ((low, [1.4, 2.2, 3.0]), (mean, [3.2, 4.6, 5.0]), (high, [5.0, 7.0, 7.0])):
            for value, right in zip(values, expected, strict=True):
                self.assertAlmostEqual(value, right)
        self.assertEqual(run_curves.spread([[], []], linear), ([], [], [], []))
        self.assertEqual(run_curves.spread([[(1, 2.0)], [(3, 4.0)]], linear), ([], [], [], []))  # no x where both are known
        # Half a decade for what lies before the first step, then a decade each: the middle of 2.5 is at 10^0.75 times the first.
        xs, _, mean, _ = run_curves.spread([[(0, 0.0), (1000, 10.0)]], run_curves.XAxis("queries", 1000, first=10), points=3)
        for values, expected in ((xs, [0, 10 * 10**0.75, 1000]), (mean, [0, 5, 10])):
            for value, right in zip(values, expected, strict=True):
                self.assertAlmostEqual(value, right)

    def scales(self, *runs):
        found = [self.write(f"of{number}", losses, queries=queries, accuracies={0: 0.1}) for number, (queries, losses) in enumerate(runs)]
        read = run_names.read_runs(found)
        for folder in found:
            (folder / "metrics.jsonl").unlink()
            folder.rmdir()
        logs = (run_curves.x_axis(read, "queries").first > 0, run_curves.loss_axis(read).logarithmic)
        return tuple("log" if log else "linear" for log in logs)

    def test_axes_are_logarithmic_where_a_linear_one_would_show_a_line(self):
        short = (50, [3.0, 2.0])
        self.assertEqual(self.scales(short, (1000, [3.0, 1.0])), ("linear", "linear"))  # 20 times: still
        self.assertEqual(self.scales(short, (1001, [3.0, 1.0])), ("log", "linear"))
        self.assertEqual(self.scales(short, (1000, [3.0, 0.29])), ("linear", "log"))
        self.assertEqual(self.scales(short, (1000, [3.0, -1.0])), ("linear", "linear"))
        self.assertEqual(self.scales((10, [])), ("linear", "linear"))

    def test_a_logarithmic_axis_has_the_evaluation_before_the_first_query_at_its_left(self):
        for seed in (1, 2):
            self.write(f"long{seed}", [3.0] * 100, queries=100, accuracies={0: 0.1 * seed, 100: 0.5}, method="mezo", seed=seed)
        self.write("short", [3.0, 2.0], queries=100, accuracies={0: 0.2, 2: 0.3}, method="spsa", seed=1)
        for group, firsts in ((False, [10, 20, 20]), (True, [15, 20])):
            figure = plot.draw(self.runs("long1", "long2", "short"), "queries", group)
            losses, accuracies = figure.axes
            figure.canvas.draw()
            self.assertLess(accuracies.get_xlim()[0], 0)
            ticks = [tick.get_text() for tick in accuracies.get_xticklabels()]
            self.assertEqual(ticks, ["0", "100", "200", "500", "1k", "2k", "5k", "10k"])
            self.assertIn("logarithmic from the first step on", losses.get_xlabel())
            for line, first in zip(accuracies.get_lines(), firsts, strict=True):
                points = line.get_xydata()
                self.assertEqual(points[0][0], 0)
                self.assertAlmostEqual(points[0][1], first)
                # A straight line from there, and no bend that nobody measured.
                shown = accuracies.transData.transform(points)
                slopes = (shown[1:, 1] - shown[:-1, 1]) / (shown[1:, 0] - shown[:-1, 0])
                self.assertLess(abs(slopes - slopes[0]).max(), 1e-6)
            place = accuracies.transData.transform
            self.assertLess(place((0, 0))[0], place((99, 0))[0])

    def test_a_run_that_diverged_leaves_the_axis_to_the_others(self):
        self.write("sound", [2.5, 2.0, 2.6], method="mezo", seed=1)
        self.write("wild", [2.4, 3.0, 1e16], method="mezo", seed=2)
        runs = self.runs("sound", "wild")
        low, high = run_curves.loss_axis(runs).ends
        self.assertEqual(high, 1.5 * 2.5)
        self.assertAlmostEqual(low, 2 - 0.05 * (high - 2))
        losses = plot.draw(runs, "queries", False).axes[0]
        self.assertEqual(losses.get_ylim(), (low, high))
        self.assertEqual(losses.get_title(), "Loss\nThe axis ends at 3.75; mezo (seed 2) goes beyond.")
        self.write("climbs", [2.5, 7.5], method="mezo", seed=3)  # three times the first loss: still
        self.assertIsNone(run_curves.loss_axis(self.runs("sound", "climbs")).ends)
        self.write("beyond", [2.5, 7.6], method="mezo", seed=6)
        self.assertEqual(run_curves.loss_axis(self.runs("sound", "beyond")).ends[1], 1.5 * 2.5)
        self.assertEqual(run_curves.loss_axis(self.runs("sound", "climbs", "wild")).ends[1], 7.5)
        self.write("lost", [1e16, 1e16], method="mezo", seed=5)
        self.assertEqual(run_curves.loss_axis(self.runs("sound", "lost")).ends[1], 1.5 * 2.5)
        self.write("deep", [2.5, 0.1], method="mezo", seed=4)
        scale = run_curves.loss_axis(self.runs("wild", "deep"))
        self.assertTrue(scale.logarithmic)
        self.assertTrue(0.05 < scale.ends[0] < 0.1)

    def test_a_single_step_is_a_point(self):
        self.write("one", [2.0], method="mezo", seed=1)
        self.write("two", [2.2], method="mezo", seed=2)
        for names, group in ((["one"], False), (["one", "two"], True)):
            lines = plot.draw(self.runs(*names), "queries", group).axes[0].get_lines()
            self.assertEqual({line.get_marker() for line in lines}, {"o"})
            self.assertEqual([float(y) for y in lines[-1].get_ydata()], [2.1 if group else 2.0])

    def test_names_stay_inside_the_picture(self):
        many = [self.write(f"m{number}", [2.0], method="mezo", seed=number) for number in range(40)]
        for folders, names in (
            (many[:2], ["_a $x$ name " + "--of 1 " * 50, "x" * 300]),
            (many, [f"{number} --with 1 --and 2 --more 3 --than 4 --a 5 --line 6" for number in range(40)]),
        ):
            figure = plot.draw(run_names.read_runs(folders, ",".join(names)), "queries", False)
            figure.canvas.draw()
            (legend,) = figure.legends
            box, whole = legend.get_window_extent(), figure.bbox
            self.assertTrue(whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1, (box, whole))
            self.assertLess(figure.axes[1].get_window_extent().x1, box.x0)
            self.assertEqual(len(legend.get_texts()), len(folders))
        self.assertTrue(legend.get_texts()[0].get_text().startswith("0 --with 1"))

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

    def test_the_ending_says_what_is_written(self):
        for name, begin in (("p.png", b"\x89PNG"), ("p.pdf", b"%PDF-"), ("p.SVG", b"<?xml")):
            self.succeed("plot", "run1", "--out", name)
            first = (self.folder / name).read_bytes()
            self.assertTrue(first.startswith(begin), name)
            self.succeed("plot", "run1", "--out", name)
            self.assertEqual((self.folder / name).read_bytes(), first, name)
        before = sorted(path.name for path in self.folder.iterdir())
        for name in ("p.txt", "picture", "p.jpeg"):
            self.assertEqual(self.refuse("plot", "run1", "--out", name), f"--out: '{name}' must end in .png, .pdf or .svg")
        self.assertEqual(self.refuse("plot", "run1", "--out", "nowhere/p.png", code=1), f"nowhere/p.png: {NO_FOLDER}")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)

    def test_only_a_python_that_lacks_something_is_told_the_way_to_another(self):
        bare = self.folder / "bare-python"
        bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
        bare.chmod(0o755)
        way = "; `./zotrain setup`, typed in the checkout, makes a Python that has what it needs; ZO_PYTHON=FILE names another\n"
        for python, reason in (("/nowhere/python", "/nowhere/python is missing"), (bare, f"{bare}: No module named 'matplotlib'"),
                               (self.folder / "run1/config.toml", f"{self.folder}/run1/config.toml cannot be started")):  # fmt: skip
            done = support.zotrain("plot", "run1", "--out", "p.png", cwd=self.folder, python=str(python))
            self.assertEqual((done.returncode, done.stderr), (1, f"zotrain: plot: {reason}{way}"))


if __name__ == "__main__":
    unittest.main()
