"""zotrain reproduce: rows are run once, interrupted ones go on, one that fails stops no other, and figures are what runs say."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

import support

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))
import pictures  # noqa: E402  (from the folder above)
import row  # noqa: E402
import tables  # noqa: E402

TABLE = """title = "A small table"
claim = "Something is claimed."
verb = "train"
[options]
data = "shapes"
model = "cnn"
batch = 8
augment = "none"
bn-batches = 1
[targets]
loss = [2.5, 0.1]
accuracy = [0.05, 0.99]
"""
ROW = 'title = "mezo, slowly"\nminutes = 0.1\nquick = [1, 2]\n[options]\nmethod = "mezo"\nmax-queries = %d\ncheckpoint-every = 60\n'


class ReproduceTest(support.CliTest):
    def setUp(self):
        super().setUp()
        self.rows = self.folder / "experiments" / "rows"
        (self.rows / "small").mkdir(parents=True)
        (self.rows / "small" / "table.toml").write_text(TABLE)
        (self.rows / "small" / "one.toml").write_text(ROW % 90)

    def command(self, *words):
        return [sys.executable, str(ROOT / "experiments" / "reproduce.py"), "--program", support.BINARY, "--rows-dir", str(self.rows), *words]

    def reproduce(self, *words, code=0):
        done = subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def run_folder(self, row="one", seed=1):
        return self.folder / "runs" / "reproduce" / "quick" / "small" / row / f"seed-{seed}"

    def test_rows_run_once_and_leave_a_table_that_a_deleted_run_stays_in(self):
        first = self.reproduce()
        self.assertRegex(first.stdout, r"\[2/2\] small/one seed 2: done after \d+ s, about 0 s left")
        results = (self.folder / "RESULTS-quick.md").read_text()
        cells = re.search(r"^\| mezo, slowly \|(.*)\|$", results, re.M).group(1).split("|")
        # Any network has an accuracy of 0.05 before its first query.
        self.assertEqual([cells[i].strip() for i in (0, 1, 3, 4, 5, 6)], ["scalars", "2", "> 90", "0 (0 – 0)", "> 90", "90"])
        runs = [support.events(self.run_folder(seed=seed)) for seed in (1, 2)]
        # The last 3 of some 30 steps, whose median over two seeds is their mean.
        last = [[event["loss"] for event in run if event["event"] == "step"][-3:] for run in runs]
        best = [max(event["accuracy"] for event in run if event["event"] == "eval") for run in runs]
        self.assertEqual(cells[7].strip(), f"{sum(map(sum, last)) / 6:.3f}, {100 * sum(best) / 2:.1f} %")
        self.assertIn("./zotrain reproduce small", results)
        self.assertIn("](experiments/results/small-quick.png)", results)
        self.assertEqual((self.folder / "experiments/results/small-quick.png").read_bytes()[:4], b"\x89PNG")
        stamp = (self.run_folder() / "metrics.jsonl").stat().st_mtime_ns
        self.assertIn("0 runs to do", self.reproduce().stdout)
        # A row that was changed is another run.
        (self.rows / "small" / "one.toml").write_text(ROW % 93)
        self.assertIn("2 runs to do", self.reproduce("--list").stdout)
        (self.rows / "small" / "one.toml").write_text(ROW % 90)
        self.assertEqual((self.run_folder() / "metrics.jsonl").stat().st_mtime_ns, stamp)
        subprocess.run(["rm", "-r", str(self.folder / "runs")], check=True)
        # Only the records are left, and they hold what the table needs.
        listed = self.reproduce("--list").stdout
        self.assertIn("2 runs to do", listed)
        self.assertIn("0 runs to do", self.reproduce("--list", "--unrecorded").stdout)
        subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'experiments')!r}); import tables, pathlib; "
                        f"tables.write(pathlib.Path({str(self.rows)!r}), pathlib.Path('none'), 'quick')"], check=True, capture_output=True)  # fmt: skip
        self.assertEqual((self.folder / "RESULTS-quick.md").read_text(), results)

    def test_a_row_that_fails_stops_no_other_and_is_named(self):
        (self.rows / "small" / "bad.toml").write_text(ROW.replace("mezo", "sgdd") % 90)
        done = self.reproduce(code=1)
        self.assertIn("small/bad seed 1 FAILED: zotrain: --method: 'sgdd'", done.stderr)
        self.assertTrue((self.run_folder() / "run.json").exists())
        self.assertIn("| sgdd, slowly | scalars | not run yet |", (self.folder / "RESULTS-quick.md").read_text())

    def test_a_row_that_is_given_anothers_run_waits_for_it(self):
        (self.rows / "small" / "one.toml").write_text(ROW.replace("[1, 2]", "[1]") % 90)
        (self.rows / "attack").mkdir()
        (self.rows / "attack" / "table.toml").write_text('title = "Its network attacked"\nverb = "minimize"\n')
        (self.rows / "attack" / "one.toml").write_text('title = "zoar"\nminutes = 0.1\nquick = [1]\n[options]\nproblem = "attack"\n'
                                                       'weights = "{run:small/one}"\nmethod = "zoar"\nmax-queries = 30\ntargets = "-1e9"\n')
        done = self.reproduce("attack", "--jobs", "2")
        self.assertLess(done.stdout.index("small/one seed 1: done"), done.stdout.index("attack/one seed 1: done"))
        told = json.loads((self.folder / "runs/reproduce/quick/attack/one/seed-1/run.json").read_text())
        self.assertIn("--weights {run:small/one}", told["command"])
        self.assertEqual(told["threads"], 1)
        # What is on record is not run again, but for the run that another is given.
        subprocess.run(["rm", "-r", str(self.folder / "runs")], check=True)
        listed = self.reproduce("--list", "--unrecorded").stdout
        self.assertIn("0 runs to do", listed)
        (self.rows / "attack" / "two.toml").write_text((self.rows / "attack" / "one.toml").read_text().replace("zoar", "rspg"))
        listed = self.reproduce("--list", "--unrecorded").stdout
        self.assertIn("2 runs to do", listed)
        self.assertIn("small/one seed 1", listed)
        self.assertIn("attack/two seed 1", listed)

    def test_a_table_over_time_counts_seconds(self):
        (self.rows / "small" / "table.toml").write_text(TABLE.replace("[options]", 'axis = "time"\n[options]', 1))
        (self.rows / "small" / "one.toml").write_text(ROW.replace("[1, 2]", "[1]") % 90)
        self.reproduce()
        wall = support.summary(self.run_folder())["wall_s"]
        cells = [cell.strip() for cell in re.search(r"^\| mezo, slowly \|(.*)\|$", (self.folder / "RESULTS-quick.md").read_text(), re.M).group(1).split("|")]
        self.assertEqual([cells[i] for i in (3, 6)], [f"> {wall:.0f} s", f"{wall:.0f} s"])

    def test_an_interrupted_run_goes_on_and_ends_as_one_that_was_not(self):
        (self.rows / "small" / "one.toml").write_text(ROW.replace("[1, 2]", "[1]") % 1500)
        for how in (signal.SIGTERM, signal.SIGKILL):
            process = subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 60
            before = len(list((self.run_folder() / "checkpoints").glob("step-*")))
            while time.monotonic() < deadline and not (self.run_folder() / "checkpoints").is_dir():
                time.sleep(0.02)
            while time.monotonic() < deadline and self.steps() < 40 * (1 + before):
                time.sleep(0.02)
            process.send_signal(how)
            process.communicate(timeout=60)
            self.assertNotEqual(process.returncode, 0)
            self.wait_until_nobody_writes()
            self.assertFalse((self.run_folder() / "run.json").exists(), "it ended before it could be interrupted")
        self.reproduce()
        alone = [support.BINARY, "train", *"--data shapes --model cnn --batch 8 --augment none --bn-batches 1 --method mezo".split(),
                 *"--max-queries 1500 --checkpoint-every 60 --seed 1 --quiet --out alone".split()]  # fmt: skip
        subprocess.run(alone, cwd=self.folder, check=True, capture_output=True)
        self.assertEqual(support.events(self.run_folder()), support.events(self.folder / "alone"))

    def steps(self):
        path = self.run_folder() / "metrics.jsonl"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def writers(self):
        """Processes whose command names the run's folder."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes()
            except OSError:  # it has ended
                continue
            if str(self.run_folder()).encode() in words:
                found.append(path.parent.name)
        return found

    def wait_until_nobody_writes(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not self.writers():
                return
            time.sleep(0.05)
        self.fail("a run goes on after its runner is gone")

    def test_bad_rows_and_names_are_told_in_one_line(self):
        (self.rows / "small" / "one.toml").write_text('title = "x"\nquikc = [1]\n')
        self.assertRegex(self.reproduce(code=1).stderr, r"^zotrain reproduce: .*one\.toml: quikc: unknown key; known are .*\n$")
        (self.rows / "small" / "one.toml").write_text("title = = 3\n")
        self.assertRegex(self.reproduce(code=1).stderr, r"^zotrain reproduce: .*one\.toml: .*\n$")
        (self.rows / "small" / "one.toml").write_text(ROW % 90)
        self.assertIn("there are small, small/one", self.reproduce("smal", code=1).stderr)

    def test_rows_whose_data_are_not_given_are_left_out_and_named(self):
        (self.rows / "small" / "real.toml").write_text(ROW.replace("[options]", '[options]\ndata-dir = "{cifar10}"') % 90)
        done = self.reproduce("--list")
        self.assertEqual(done.stderr, "left out for want of --data-dir: small/real\n")
        self.assertIn("2 runs to do", done.stdout)


class RowsTest(unittest.TestCase):
    def test_the_rows_and_statements_of_the_repository_are_sound(self):
        folder = ROOT / "experiments" / "rows"
        full = row.read_tables(folder, "full")
        self.assertGreater(len(full), 10)
        for tier in row.TIERS:
            for name, (table, rows) in row.read_tables(folder, tier).items():
                self.assertIn(table["verb"], ("train", "minimize", "hessian"), name)
                self.assertEqual(len({each.title for each in rows}), len(rows), f"{name}: two rows of one title")
                for each in rows:
                    self.assertIn(each.sees, ("scalars", "examples", "gradient"), each.label)
                    self.assertEqual(len(set(each.seeds)), len(each.seeds), each.label)
                    # What is put in for a folder leaves no other brace behind.
                    words = each.words(each.seeds[-1], {"cifar10": "A", "cifar100": "B", "libsvm": "C"}, pathlib.Path("D"))
                    self.assertNotIn("{", "".join(words), each.label)
                    for needed in each.needs():
                        self.assertIn(1, next(other.seeds for other in row.read_table(folder / needed.split("/")[0], tier)[1]
                                              if other.label == needed), each.label)
        for claim in row.read(folder.parent / "claims.toml")["claim"]:
            verdict = claim.get("verdict")
            self.assertIn(verdict, (None, "reproduced", "partly", "not reproduced", "answered", "out of scope"), claim["says"])
            self.assertEqual(verdict is None, "because" not in claim, claim["says"])
            if verdict not in (None, "out of scope"):
                self.assertLessEqual(set(claim["tables"]), set(full), claim["says"])

    def test_figures_of_the_readme_are_those_of_the_results(self):
        results = (ROOT / "RESULTS.md").read_text()
        quoted = re.findall(r"^<!-- results: (\S+) -->\n((?:\|.*\n)+)", (ROOT / "README.md").read_text(), re.M)
        self.assertGreaterEqual(len(quoted), 2)
        for name, table in quoted:
            section = re.search(rf"^## (?:(?!^## ).)*^`\./zotrain reproduce {re.escape(name)}`", results, re.M | re.S).group(0)
            rows = {cells[0]: cells[1:] for cells in map(cells_of, section.splitlines()) if cells}
            for title, *figures in map(cells_of, table.splitlines()[2:]):
                # A median stands in front of its range; the first cells of a row are what it sees and its seeds.
                medians = [re.sub(r" \(.*", "", cell) for cell in rows[title]]
                start = 1 if medians[0].isdigit() else 2
                self.assertEqual(figures, medians[start : start + len(figures)], f"{name}: {title}")


def cells_of(line):
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


class FiguresTest(unittest.TestCase):
    def test_queries_to_a_loss_stand_at_the_middle_of_the_window(self):
        steps = [(10 * k, 3.0 - 0.005 * k) for k in range(1, 401)]  # 20 steps up to k have the mean of k - 9.5
        # 3 - 0.005 (k - 9.5) <= 2.5 from k = 110 on, whose window reaches from 91 to 110.
        self.assertEqual(tables.queries_to_loss(steps, 2.5), (910 + 1100) / 2)
        self.assertIsNone(tables.queries_to_loss(steps, 0.5))

    def test_a_run_of_few_steps_has_a_short_window(self):
        steps = [(1000 * k, 3.0 - 0.1 * k) for k in range(1, 31)]
        self.assertEqual(tables.queries_to_loss(steps, 2.0), 10000)  # steps 9, 10 and 11 have the mean 2
        self.assertIsNone(tables.queries_to_loss(steps[:2], 10.0))

    def test_queries_to_an_accuracy_are_those_of_the_first_evaluation_that_has_it(self):
        evals = [(100, 20.0), (200, 35.0), (300, 34.0)]
        self.assertEqual(tables.queries_to_accuracy(evals, 0.35), 200)
        self.assertIsNone(tables.queries_to_accuracy(evals, 0.36))

    def test_a_seed_that_does_not_arrive_counts_as_later_than_the_budget(self):
        self.assertEqual(tables.spread([None, None], 5000), "> 5.0 k")
        self.assertEqual(tables.spread([1500.0], 5000), "1.5 k")
        self.assertEqual(tables.spread([1000, 3000, 2000], 5000), "2.0 k (1.0 k – 3.0 k)")
        self.assertEqual(tables.spread([1000, None, 2000], 5000), "2.0 k (1.0 k – 1 of 3 not)")
        self.assertEqual(tables.spread([1000, None, None], 5000), "> 5.0 k (1.0 k – 2 of 3 not)")

    def test_a_band_is_between_quartiles_where_all_seeds_have_figures(self):
        curves = [[[10, level], [1000, level]] for level in (1.0, 2.0, 3.0, 4.0, 5.0)] + [[[20, 3.0], [500, 3.0]]]
        queries, lower, median, upper = pictures.quartiles(curves)
        self.assertEqual((round(queries[0]), round(queries[-1])), (20, 500))
        self.assertEqual((lower[0], median[0], upper[0]), (2.25, 3.0, 3.75))
        self.assertIsNone(pictures.quartiles([[[10, 1.0]], []]))


if __name__ == "__main__":
    unittest.main()
