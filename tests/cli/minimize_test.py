"""The verb `minimize`: its JSON, its counts, and what it refuses."""

import json
import os
import pathlib
import subprocess
import unittest

import numpy
import support
from support import TINY, CliTest, zotrain

KEYS = ["method", "problem", "dim", "seed", "start_value", "best", "queries", "queries_report", "steps"]
# Exact 2x2 Newton steps: what methods with the exact block should need on Rosenbrock's valley.
NEWTON = ["--method", "zo-sah", "--hessian", "lazy", "--period", "1", "--eps", "1e-4", "--radius", "0", "--lr", "1",
          "--step", "fixed", "--momentum", "0", "--kappa", "0.1"]


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


class Minimize(CliTest):
    def minimize(self, *arguments):
        return json.loads(self.succeed("minimize", *arguments))

    def test_prints_the_promised_json(self):
        answer = self.minimize("--problem", "rosenbrock", "--targets", "1,1e-9", "--max-queries", "60", *NEWTON)
        self.assertEqual(list(answer)[: len(KEYS)], KEYS)
        self.assertEqual([answer["method"], answer["problem"], answer["dim"], answer["seed"]],
                         ["zo-sah", "rosenbrock", 2, 1])
        self.assertAlmostEqual(answer["start_value"], 24.2, places=12)
        self.assertLessEqual(answer["queries"], 60)
        self.assertEqual([entry["target"] for entry in answer["targets"]], [1, 1e-9])
        options = answer["options"]
        self.assertEqual(options["eps"], 0.0001)
        self.assertIs(type(options["period"]), int)
        self.assertIs(options["scaled"], False)
        self.assertEqual(options["hessian"], "lazy")

    def test_a_length_that_was_found_is_told_among_the_options(self):
        started = self.minimize("--problem", "rosenbrock", "--method", "spsa", "--max-steps", "1")["options"]["lr"]
        found = self.minimize("--problem", "rosenbrock", "--method", "spsa", "--max-queries", "400")
        self.assertLess(found["best"], found["start_value"])
        self.assertNotEqual(found["options"]["lr"], started)
        told = self.minimize("--problem", "rosenbrock", "--method", "spsa", "--max-queries", "400", "--lr", "1e-5")
        self.assertEqual(told["options"]["lr"], 1e-5)
        zovh = self.minimize("--problem", "rosenbrock", "--method", "zovh", "--max-queries", "2000")
        self.assertLess(zovh["best"], 0.9 * zovh["start_value"])
        again = self.minimize("--problem", "rosenbrock", "--method", "zovh", "--max-steps", "1")["options"]
        self.assertEqual([zovh["options"]["inverse"], again["inverse"]], ["none", "shared"])

    def test_an_unreached_target_is_null(self):
        answer = self.minimize("--targets", "1e-30", "--max-queries", "50", *NEWTON)
        self.assertEqual(answer["targets"], [{"target": 1e-30, "queries": None}])
        self.assertEqual(answer["stop_reason"], "max-queries")

    def test_newton_blocks_cross_the_valley_in_the_known_number_of_queries(self):
        # Six steps of 6 queries and the base of the next below 1e-6, five below 1e-3.
        answer = self.minimize("--targets", "1e-3,1e-6", *NEWTON)
        self.assertEqual([entry["queries"] for entry in answer["targets"]], [31, 37])
        self.assertEqual(answer["stop_reason"], "target")

    def test_the_printed_point_has_the_printed_value(self):
        answer = self.minimize("--problem", "rosenbrock", "--dim", "4", "--start", "0.5", "--print-point", *NEWTON)
        self.assertAlmostEqual(rosenbrock(answer["x"]), answer["best"], places=12)

    def test_the_path_leads_from_the_start_over_known_values_to_the_best_point(self):
        answer = self.minimize("--problem", "rosenbrock", "--start", "-1.2,1", "--targets", "1e-3", "--print-path", "--print-point", *NEWTON)
        path = answer["path"]
        self.assertEqual(path[0], [0, answer["start_value"], [-1.2, 1]])
        for queries, value, x in path:
            self.assertAlmostEqual(rosenbrock(x), value, places=12)
        self.assertEqual([queries for queries, _, _ in path], sorted(queries for queries, _, _ in path))
        self.assertEqual(min(path, key=lambda point: point[1])[1:], [answer["best"], answer["x"]])
        self.assertLessEqual(path[-1][0], answer["queries"])
        self.assertNotIn("path", self.minimize("--targets", "1e-3", *NEWTON))

    def test_a_run_repeats_itself_on_any_number_of_threads(self):
        run = ["--problem", "quadratic", "--dim", "30", "--subspace", "10", "--max-queries", "500"]
        one = self.minimize(*run)
        self.assertEqual(one, self.minimize(*run, "--threads", "3"))
        self.assertNotEqual(one["best"], self.minimize(*run, "--seed", "2")["best"])

    def test_shares_of_the_gap_refer_to_the_minimum_of_the_data(self):
        generator = numpy.random.default_rng(3)
        features = generator.normal(size=(60, 4))
        labels = numpy.where(features @ [1, -2, 0.5, 0] + generator.normal(size=60) > 0, 1, -1)
        lines = [f"{y:+d} " + " ".join(f"{i + 1}:{v!r}" for i, v in enumerate(map(float, row)))
                 for row, y in zip(features, labels)]
        path = self.folder / "small.libsvm"
        path.write_text("\n".join(lines) + "\n")
        x = numpy.zeros(4)  # Newton's method, written again
        for _ in range(50):
            p = 1 / (1 + numpy.exp(labels * (features @ x)))
            gradient = -(features.T @ (labels * p)) / 60 + 0.01 * x
            hessian = (features.T * (p * (1 - p))) @ features / 60 + 0.01 * numpy.eye(4)
            x -= numpy.linalg.solve(hessian, gradient)
        least = numpy.log1p(numpy.exp(-labels * (features @ x))).mean() + 0.005 * x @ x
        answer = self.minimize("--problem", "logistic", "--data", path, "--l2", "0.01", "--gap-targets", "0.5,0.01",
                               "--hessian", "lazy", "--period", "1", "--kappa", "0.01", "--lr", "0.5")
        for entry, share in zip(answer["targets"], [0.5, 0.01]):
            self.assertEqual(entry["gap"], share)
            self.assertAlmostEqual(entry["target"], least + share * (numpy.log(2) - least), places=11)
        self.assertEqual(answer["stop_reason"], "target")

    def test_classical_methods_run_where_the_library_is_there(self):
        for name in ["nlopt-newuoa", "nlopt-bobyqa", "nlopt-neldermead"]:
            done = zotrain("minimize", "--method", name, "--targets", "1e-3,1e-6")
            if done.returncode == 2:
                self.assertIn(f"--method {name}: this build has no NLopt; install libnlopt-dev", done.stderr)
                continue
            answer = json.loads(done.stdout)
            first, last = (entry["queries"] for entry in answer["targets"])
            self.assertTrue(50 < first < last < 300, (name, first, last))

    def test_a_picture_is_changed_until_the_network_of_a_run_says_another_class(self):
        # On the built-in set backpropagation knows most pictures after some hundred small steps.
        self.succeed("train", *TINY, "--method", "sgd", "--max-steps", "150", "--augment", "none", "--out", "net")
        attack = ["--problem", "attack", "--weights", "net", "--target", "0", "--report-every", "1", "--method", "zoar",
                  "--directions", "3", "--eps", "0.5", "--lr", "1", "--max-queries", "6000"]
        answers = [self.minimize(*attack, "--image", image) for image in (4, 5)]
        for answer in answers:
            self.assertEqual(answer["dim"], 3 * 32 * 32)
            self.assertGreater(answer["start_value"], 0)
            self.assertLess(answer["best"], 0)
            self.assertEqual(answer["stop_reason"], "target")
        self.assertNotEqual(answers[0]["start_value"], answers[1]["start_value"])
        other = self.minimize(*attack, "--image", "4", "--target-class", "7", "--max-queries", "5")
        self.assertNotEqual(other["start_value"], answers[0]["start_value"])
        self.assertEqual(other, self.minimize(*attack, "--image", "4", "--target-class", "7", "--max-queries", "5",
                                              "--data", "shapes"))
        for flags, expected in (("--image 1000000", "--image 1000000: shapes has"), ("--target-class 10", "one of 0 to 9"),
                                ("--data shapes100", "100 classes"), ("--dim 3", "the picture"), ("--l2 1", "--problem logistic")):
            self.assertIn(expected, self.refuse("minimize", *attack, *flags.split()))
        self.assertIn("needs --weights", self.refuse("minimize", "--problem", "attack"))
        # A file does not say where its pictures are.
        self.succeed("export", "--checkpoint", "net", "--format", "safetensors", "--out", "net.safetensors")
        done = subprocess.run([support.BINARY, "minimize", "--problem", "attack", "--weights", "net.safetensors", "--data", "cifar10"],
                              cwd=self.folder, env={**os.environ, "ZO_DATA_DIR": "pictures-of-mine"}, capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertIn("pictures-of-mine", done.stderr)

    def test_refuses_bad_input_in_one_line(self):
        cases = {
            "--mehtod zo-sah": "did you mean --method?",
            "--problem rosenbrok": "must be one of rosenbrock, quadratic",
            "--dim 1": "--dim 1: rosenbrock needs at least 2",
            "--start 1,2,3": "3 numbers for 2 coordinates",
            "--start 1e200": "the function is inf there",
            "--targets 1,x": "'x' is not a finite number",
            "--gap-targets 1.5": "must be in (0, 1)",
            "--max-queries -1": "must be in [0, 1000000000000]",
            "--max-queries 0": "no limit is set",
            "--max-queries 2": "--max-queries 2: the first step of zo-sah and the values before and after it take 11 calls",
            "--method nlopt-bobyqa --max-queries 1": "--max-queries 1: the first step of nlopt-bobyqa",
            "--method sgd": "must be one of zo-sah",
            "--method nlopt-newuoa --kappa 1": "--kappa: an option of --method zo-sah",
            "--subspace 3": "--subspace 3",
            "--problem logistic": "needs --data FILE",
            "--problem logistic --data absent.libsvm": "--data absent.libsvm: No such file",
            "--problem levy --tilt 3": "an option of --problem styblinski-tang",
            "word": "'word' belongs to no option",
        }
        for arguments, expected in cases.items():
            self.assertIn(expected, self.refuse("minimize", *arguments.split()), arguments)
        broken = self.folder / "broken.libsvm"
        broken.write_text("1 1:1\n-1 2:1 1:1\n")
        self.assertIn("broken.libsvm: line 2: index 1 follows 2",
                      self.refuse("minimize", "--problem", "logistic", "--data", broken))
        self.assertEqual(list(pathlib.Path(self.folder).iterdir()), [broken])


if __name__ == "__main__":
    unittest.main()
