"""scipy.optimize.minimize(method=zotrain.scipy_method(...))."""

import contextlib
import io
import unittest

import numpy as np
import scipy.optimize
import zotrain


def bowl(x, shift=0.0):
    return float(np.sum((x - shift) ** 2))


class SciPy(unittest.TestCase):
    def minimize(self, f=bowl, x0=(1.0, 2.0, 3.0), method="zo-sah", **settings):
        return scipy.optimize.minimize(f, np.array(x0), method=zotrain.scipy_method(method), **settings)

    def test_gives_its_result_with_its_names(self):
        found = self.minimize(options={"maxfev": 200, "target": 1e-5})
        self.assertIsInstance(found, scipy.optimize.OptimizeResult)
        self.assertTrue(found.success)
        self.assertEqual(found.fun, bowl(found.x))
        self.assertLessEqual(found.fun, 1e-5)
        self.assertLessEqual(found.nfev, 200)
        self.assertRegex(found.message, r"^zo-sah reached the target after \d+ calls$")

    def test_tells_in_a_sentence_why_it_ended_and_whether_that_is_success(self):
        def cliff(x):
            return float(x[0]) if x[0] > 0.99 else np.nan

        cases = (
            ("zo-sah converged after ", 0, {}),
            ("the budget of 30 calls is spent", 0, {"options": {"maxfev": 30}}),
            ("the budget of 1 step is spent", 0, {"options": {"maxiter": 1}}),
            ("the budget of 1e-09 s is spent", 0, {"options": {"max_seconds": 1e-9}}),
            ("the value no longer falls: zo-sah ended after ", 0, {"options": {"patience": 40}}),
            ("a callback stopped zo-sah after ", 99, {"callback": lambda x: True}),
            ("zo-sah gave up after ", 1, {"f": cliff, "x0": [1.0], "options": {"step": "fixed"}}),
        )
        for message, status, settings in cases:
            with self.subTest(message):
                found = self.minimize(**settings)
                self.assertTrue(found.message.startswith(message), found.message)
                self.assertEqual((found.status, found.success), (status, status == 0))

    def test_args_bounds_limits_and_options_reach_the_method(self):
        self.assertLess(np.abs(self.minimize(args=(0.5,)).x - 0.5).max(), 1e-3)
        for bounds in ([(0.5, 2.5)] * 3, scipy.optimize.Bounds(0.5, 2.5)):
            np.testing.assert_array_equal(self.minimize(bounds=bounds).x, [0.5, 0.5, 0.5])
        self.assertEqual(self.minimize(options={"maxiter": 2}).nit, 2)
        self.assertEqual(self.minimize(options={"maxiter": None, "maxfev": None, "max_steps": 2}).nit, 2)
        for word in ("maxfev", "maxfun"):
            self.assertLessEqual(self.minimize(options={word: 40}).nfev, 40)
        with self.assertRaisesRegex(ValueError, "^maxfun: is max_calls, which is given too"):
            self.minimize(options={"maxfev": 30, "maxfun": 40})
        direct = zotrain.minimize(bowl, [1.0, 2.0, 3.0], "cge", lr=0.01, seed=4, max_calls=50)
        through = self.minimize(method="cge", options={"lr": 0.01, "seed": 4, "maxfev": 50})
        np.testing.assert_array_equal(direct.x, through.x)

    def test_tol_is_a_tolerance_with_patience(self):
        through = self.minimize(method="mezo", tol=1e-3)
        direct = zotrain.minimize(bowl, [1.0, 2.0, 3.0], "mezo", tolerance=1e-3, patience=130)
        np.testing.assert_array_equal(through.x, direct.x)
        self.assertLess(through.nfev, 2000)
        self.assertTrue(through.success)
        patient = self.minimize(method="mezo", tol=1e-3, options={"patience": 500, "tolerance": 0.1})
        direct = zotrain.minimize(bowl, [1.0, 2.0, 3.0], "mezo", tolerance=0.1, patience=500)
        self.assertEqual(patient.nfev, direct.calls)

    def test_disp_prints_the_message(self):
        for shown in (True, False):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                found = self.minimize(options={"disp": shown})
            self.assertEqual(printed.getvalue(), f"{found.message}\n" if shown else "")

    def test_a_callback_may_want_a_result(self):
        seen = []

        def stop(intermediate_result):
            seen.append(intermediate_result)
            if len(seen) == 2:
                raise StopIteration

        found = self.minimize(callback=stop)
        self.assertIsInstance(seen[-1], scipy.optimize.OptimizeResult)
        self.assertEqual(seen[-1].fun, bowl(seen[-1].x))
        self.assertEqual((found.nit, found.status, seen[-1].nit), (2, 99, 2))
        with self.assertRaisesRegex(TypeError, "^callback: is an int and must be callable$"):
            self.minimize(callback=3)

    def test_callbacks_see_points_and_stop(self):
        seen = []

        def stop(x):
            seen.append(x.copy())
            if len(seen) == 2:
                raise StopIteration

        found = self.minimize(callback=stop)
        self.assertEqual(found.nit, 2)
        self.assertFalse(found.success)
        self.assertEqual(seen[-1].shape, (3,))

    def test_what_these_methods_do_not_know_is_refused(self):
        with self.assertRaisesRegex(ValueError, "jac: these methods use no derivatives"):
            self.minimize(jac=lambda x: 2 * x)
        with self.assertRaisesRegex(ValueError, "constraints: these methods know bounds only"):
            self.minimize(constraints={"type": "eq", "fun": lambda x: x[0]})

    def test_what_is_wrong_with_the_method_is_told_at_once(self):
        with self.assertRaisesRegex(ValueError, "unknown method 'foo'"):
            zotrain.scipy_method("foo")
        with self.assertRaisesRegex(ValueError, "^option learning_rate: unknown for mezo; did you mean lr"):
            zotrain.scipy_method("mezo", learning_rate=0.1)
        for name in ("bounds", "callback", "args", "x0", "fun", "jac"):
            with self.assertRaisesRegex(TypeError, f"^scipy_method: {name} is an argument of scipy.optimize.minimize"):
                zotrain.scipy_method("mezo", **{name: None})
        fixed = zotrain.scipy_method("cge", lr=0.01, seed=4, maxfev=50, batch=True)
        rows = lambda x: np.sum(np.atleast_2d(x) ** 2, axis=1)  # noqa: E731
        found = scipy.optimize.minimize(rows, [1.0, 2.0, 3.0], method=fixed)
        direct = zotrain.minimize(bowl, [1.0, 2.0, 3.0], "cge", lr=0.01, seed=4, max_calls=50)
        np.testing.assert_array_equal(found.x, direct.x)


if __name__ == "__main__":
    unittest.main()
