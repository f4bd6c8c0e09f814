"""scipy.optimize.minimize(method=zotrain.scipy_method(...))."""

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
        self.assertRegex(found.message, r"^zo-sah: stopped by target after \d+ calls$")

    def test_args_bounds_limits_and_options_reach_the_method(self):
        self.assertLess(np.abs(self.minimize(args=(0.5,)).x - 0.5).max(), 1e-3)
        for bounds in ([(0.5, 2.5)] * 3, scipy.optimize.Bounds(0.5, 2.5)):
            np.testing.assert_array_equal(self.minimize(bounds=bounds).x, [0.5, 0.5, 0.5])
        self.assertEqual(self.minimize(options={"maxiter": 2}).nit, 2)
        direct = zotrain.minimize(bowl, [1.0, 2.0, 3.0], "cge", lr=0.01, seed=4, max_calls=50)
        through = self.minimize(method="cge", options={"lr": 0.01, "seed": 4, "maxfev": 50})
        np.testing.assert_array_equal(direct.x, through.x)

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


if __name__ == "__main__":
    unittest.main()
