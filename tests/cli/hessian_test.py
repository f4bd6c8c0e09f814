"""The verb `hessian`: its JSON, and the error study of ZoVH at its full size."""

import concurrent.futures
import json
import unittest

from support import CliTest

# arXiv 2605.30960, Fig. 2, with the constants of its code: 20 starts in a ball, 24 points each, three losses
# a point (one central difference, or three one-sided ones), α = 10.
STUDY = ["--dim", "5000", "--starts", "20", "--points", "24", "--start", "ball:100", "--step", "1e-4",
         "--radius", "0.1", "--noise", "1e-3"]
QUADRATIC = ["--problem", "quadratic", "--spectrum", "linear", "--condition", "10", "--shifted"]
PROBLEMS = {
    # name: (options, CD / ZoVH of one point, CD / ZoVH of five)
    "quadratic": (QUADRATIC, 3.5, 8.2),
    "rosenbrock": (["--problem", "rosenbrock", "--rosenbrock-alpha", "10"], 3.4, 7.1),
    "styblinski-tang": (["--problem", "styblinski-tang"], 1.5, 3.3),
}
ESTIMATORS = [["cd", "--directions", "1"], ["zovh", "--directions", "3"],
              ["zovh", "--directions", "3", "--histories", "5"]]


class Hessian(CliTest):
    def measure(self, *arguments):
        return json.loads(self.succeed("hessian", *arguments))

    def test_prints_the_promised_json(self):
        answer = self.measure("--problem", "quadratic", "--dim", "6", "--estimator", "cd", "--directions", "2")
        self.assertEqual(list(answer)[:6], ["problem", "dim", "estimator", "queries", "error", "zero_error"])
        self.assertEqual([answer["problem"], answer["dim"], answer["estimator"], answer["queries"]],
                         ["quadratic", 6, "cd", 5])

    def test_tells_how_far_the_short_forms_of_the_inverse_are_off(self):
        arguments = ["--problem", "quadratic", "--dim", "1000", "--starts", "20", "--start", "normal", "--estimator", "zovh"]
        errors = self.measure(*arguments, "--lambda", "0.1")
        # Medians of 20; with d = 1000 directions are orthogonal but for some 1/sqrt(1000) = 0.03.
        self.assertGreater(errors["inverse_error"], 0.01)
        self.assertLess(errors["inverse_error"], 0.1)
        self.assertLess(errors["product_beside_gradient"], 0.2)
        self.assertGreater(errors["product_error"], 10)
        # Where λ dwarfs the curvature nothing but the gradient is left on either side.
        gentle = self.measure(*arguments, "--lambda", "1e12")
        self.assertLess(gentle["product_error"], 1e-3)
        self.assertLess(gentle["product_beside_gradient"], 1e-3)

    def test_refuses_bad_input_in_one_line(self):
        cases = {
            "--estimator zovh --directions 1": "needs at least 2 directions",
            "--estimator cd --histories 4": "only --estimator zovh reuses losses",
            "--estimator best": "must be one of zovh, cd",
            "--radius 0": "must be greater than 0",
            "--estimator coordinate --dim 2000": "at most 1000 coordinates",
            "--estimator smoothed --problem levy": "choose quadratic, quartic, rosenbrock, styblinski-tang",
            "--estimator smoothed --dim 2000": "at most 1000 coordinates",
            "--problem attack": "must be one of rosenbrock",
        }
        for arguments, expected in cases.items():
            self.assertIn(expected, self.refuse("hessian", *arguments.split()), arguments)

    def test_the_error_study_of_zovh_comes_out_as_published(self):
        jobs = {(name, i): [*options, *STUDY, "--estimator", *estimator]
                for name, (options, _, _) in PROBLEMS.items() for i, estimator in enumerate(ESTIMATORS)}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = dict(zip(jobs, pool.map(lambda job: self.measure(*job), jobs.values())))
        for name, (_, alone, reused) in PROBLEMS.items():
            error = [answers[name, i]["error"] for i in range(3)]
            # 480 to 1,440 independent directions behind each mean: a ratio is known to about 3 %.
            self.assertLess(abs(error[0] / error[1] / alone - 1), 0.15, name)
            self.assertLess(abs(error[0] / error[2] / reused - 1), 0.15, name)
            # All of them are far worse than no estimate at all, which the study does not say.
            self.assertGreater(error[2], 1e4 * answers[name, 2]["zero_error"], name)
            for i in range(3):
                self.assertEqual(answers[name, i]["queries"], 20 * 24 * 3)


if __name__ == "__main__":
    unittest.main()
