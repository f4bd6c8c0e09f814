"""One clear line for what is wrong, before f is called where it can be known."""

import types
import unittest

import numpy as np
import zotrain


def never(_):
    raise AssertionError("f was called")


def sphere(x):
    return float(x @ x)


class Errors(unittest.TestCase):
    def refused(self, kind, text, f=never, x0=(1.0, 1.0), **settings):
        for run in (lambda: zotrain.minimize(f, x0, **settings), lambda: zotrain.AskTell(x0, **settings)):
            with self.subTest(text), self.assertRaisesRegex(kind, text) as caught:
                run()
            self.assertNotIn("\n", str(caught.exception))
            if f is not never or {"callback", "batch", "examples"} & set(settings):
                return

    def test_of_the_start(self):
        self.refused(ValueError, r"x0: has the shape \(2, 2\) and must be one-dimensional", x0=np.ones((2, 2)))
        self.refused(ValueError, r"x0: has the shape \(\)", x0=1.0)
        self.refused(TypeError, "x0: holds <U1", x0=["a", "b"])
        self.refused(TypeError, "x0: holds complex128", x0=[1j])
        self.refused(TypeError, "x0: holds object", x0=[None, 1.0])
        self.refused(ValueError, "x0: entry 1 is not finite", x0=[1.0, np.nan])
        self.refused(ValueError, "^x0: has no coordinates", x0=[])

    def test_of_settings(self):
        self.refused(ValueError, "unknown method 'zo-shah'.*did you mean zo-sah.*nlopt-bobyqa", method="zo-shah")
        self.refused(ValueError, "method: sgd follows gradients, .* there are zo-sah, ", method="sgd")
        for method in ("zo-shah", "sgd"):
            with self.assertRaisesRegex(ValueError, f"there are {', '.join(zotrain.methods())}$"):
                zotrain.options(method)
        self.refused(TypeError, "method: is an int and", method=3)
        self.refused(ValueError, "^option lrr: unknown for zo-sah; did you mean lr; zotrain.options..zo-sah", lrr=0.1)
        self.refused(ValueError, "^option learning_rate: unknown for mezo; did you mean lr; zotrain.options..mezo.. lists them$",
                     method="mezo", learning_rate=0.1)
        self.refused(ValueError, "^option maxfev: unknown for zo-sah; did you mean max_calls;", maxfev=10)
        self.refused(ValueError, "^option kappa: unknown for mezo; zotrain.options", method="mezo", kappa=0.1)
        self.refused(ValueError, "option lr: '-1' must be", lr=-1)
        self.refused(ValueError, "option subspace: '0.5' must be a whole number", subspace=0.5)
        self.refused(TypeError, "lr: is a list and must be", lr=[1])
        self.refused(TypeError, "max_calls: is 10.5 and must be a whole number", max_calls=10.5)
        self.refused(ValueError, "max_calls: is -1", max_calls=-1)
        self.refused(ValueError, "no limit is set: give max_calls, max_steps or max_seconds", max_calls=0)
        for name in ("max_seconds", "tolerance"):
            for value in (-1, -0.5, np.nan):
                self.refused(ValueError, f"^{name}: is {value} and must be 0 or more$", **{name: value})
            self.refused(TypeError, f"^{name}: is '1' and must be a number$", **{name: "1"})
            self.refused(ValueError, f"^{name}: is 10+... and must be a number that a float holds$", **{name: 10**400})
        self.refused(ValueError, "^target: is nan and must be a number$", target=np.nan)
        self.refused(TypeError, "^target: is 'x' and must be a number$", target="x")
        self.refused(TypeError, "^target: is array.* and must be a number$", target=np.ones((9, 9)))
        self.refused(ValueError, rf"^seed: is {2**70} and must be at most {2**63 - 1}$", seed=2**70)
        for name in ("max_calls", "max_steps", "patience", "report_every"):
            self.refused(ValueError, rf"^{name}: is {2**70} and must be at most {10**12}$", **{name: 2**70})

    def test_the_largest_seed_and_limits_do(self):
        limits = {"max_calls": 10**12, "max_steps": 10**12, "patience": 10**12, "report_every": 10**12, "target": -np.inf}
        result = zotrain.minimize(sphere, [1.0, 1.0], "cge", seed=2**63 - 1, callback=lambda p: p.steps == 9, **limits)
        self.assertEqual(result.stop_reason, "stopped")
        for method in ("mezo", "zo-sah"):  # in legs, and not
            result = zotrain.minimize(sphere, [1.0, 1.0], method, seed=2**63 - 1, max_calls=400)
            self.assertLess(result.fun, result.start_value)

    def test_of_bounds(self):
        self.refused(ValueError, "bounds: has 1 pairs and x0 2 entries", bounds=[(0, 1)])
        self.refused(ValueError, r"bounds: entry 1 is 3 and must be a pair", bounds=[(0, 1), 3])
        self.refused(ValueError, r"^bounds: entry 0 is \('a', 'b'\) and must be a pair \(low, high\) of numbers",
                     bounds=[("a", "b"), (0, 1)])
        self.refused(ValueError, r"^bounds: entry 1 is \(0, 1, 2\) and must be a pair", bounds=[(0, 1), (0, 1, 2)])
        self.refused(TypeError, "^bounds: is an int and must be pairs", bounds=3)
        sides = types.SimpleNamespace(lb=[0, 0, 0], ub=2)
        self.refused(ValueError, r"^bounds: lb \[0, 0, 0\] and ub 2 must each be one number, or one for each", bounds=sides)
        self.refused(ValueError, "^x0: coordinate 0 is 1, outside its bounds", bounds=[(2, 3), (0, 1)])

    def test_of_a_budget_below_one_step(self):
        text = "^max_calls {}: the first step of {} and the values before and after it take {} calls of the function"
        for calls in (1, 2, 10):
            self.refused(ValueError, text.format(calls, "zo-sah", 11), max_calls=calls)
        self.refused(ValueError, text.format(1, "nlopt-bobyqa", 2), max_calls=1, method="nlopt-bobyqa")
        self.assertEqual(zotrain.minimize(sphere, [1.0, 1.0], max_calls=11).steps, 1)

    def test_speaks_of_keywords_not_of_flags(self):
        self.refused(ValueError, "^density 0.1: leaves none of the 2 coordinates active; give at least 0.5$", method="deepzero")
        self.refused(ValueError, "^directions 1: .* give directions 2 or more, or baseline anchor$", method="zoar", directions=1)
        self.refused(ValueError, "^option base_query: 'x' must be one of auto, on, off$", method="mezo", base_query="x")
        self.refused(ValueError, "^output random: .* give max_steps or max_calls$",
                     f=sphere, method="rspg", output="random", lr=1e-3, max_calls=0, max_seconds=1)
        self.refused(ValueError, "^method zo-sah: hessian fisher looks at", hessian="fisher")
        for method in zotrain.methods():
            for option in zotrain.options(method):
                self.assertNotRegex(option.name + " " + option.meaning, "--|[a-z]-[a-z]+ *=|max.queries")

    def test_of_the_function(self):
        returns = lambda value: lambda x: value  # noqa: E731
        self.refused(TypeError, "^f: is an int and must be callable$", f=3)
        self.refused(TypeError, "^f: is a list and must be callable$", f=[])
        self.refused(TypeError, "^callback: is an int and must be callable$", callback=3)
        self.refused(TypeError, "f returned None for one point", f=returns(None))
        self.refused(TypeError, r"f returned an array of float64 of shape \(2,\) for one point", f=returns(np.ones(2)))
        self.refused(TypeError, "f returned a str for one point", f=returns("1"))
        self.refused(TypeError, "f returned an object for one point", f=returns(object()))
        self.refused(ValueError, "^x0: the function is nan there", f=returns(np.nan))
        self.refused(ValueError, r"f returned the shape \(3,\) for 1 points, which must be \(1,\)",
                     f=returns(np.ones(3)), batch=True)
        self.refused(ValueError, "batch, examples", batch=True, examples=2)
        self.refused(ValueError, "^examples: is -3 and must be 0 or more$", f=sphere, examples=-3)
        self.refused(TypeError, "^examples: is 2.5 and must be a whole number$", f=sphere, examples=2.5)

    def test_numbers_of_other_kinds_do(self):
        for value in (1, np.float32(1), np.ones(1), np.array(1.0), True):
            self.assertEqual(zotrain.minimize(lambda x, value=value: value, [1.0], "spsa", max_calls=5).fun, 1.0)
        for x0 in ([1, 2], np.ones(2, np.float32), np.ones(4)[::2]):
            self.assertEqual(zotrain.minimize(sphere, x0, max_calls=20).x.dtype, np.float64)

    def test_of_tell(self):
        run = zotrain.AskTell([1.0, 1.0], "cge", max_calls=10)
        with self.assertRaisesRegex(ValueError, r"tell got the shape \(2,\) for 1 points"):
            run.tell([1.0, 2.0])
        with self.assertRaisesRegex(TypeError, "tell got a list"):
            run.tell(["a"])
        while not run.done:
            run.tell([sphere(x) for x in run.ask()])
        self.assertEqual(run.ask().shape, (0, 2))
        with self.assertRaisesRegex(ValueError, "the run is done"):
            run.tell([])

    def test_a_run_that_has_raised_says_so(self):
        run = zotrain.AskTell([1.0, 1.0], "cge")
        self.assertEqual(run.result().stop_reason, "")
        with self.assertRaisesRegex(ValueError, "^x0: the function is nan there"):
            run.tell([np.nan])
        self.assertTrue(run.done)
        self.assertEqual(run.result().stop_reason, "failed")


if __name__ == "__main__":
    unittest.main()
