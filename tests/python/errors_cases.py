"""One clear line for what is wrong, before f is called where it can be known."""

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
            if f is not never or {"callback", "batch"} & set(settings):
                return

    def test_of_the_start(self):
        self.refused(ValueError, r"x0: has the shape \(2, 2\) and must be one-dimensional", x0=np.ones((2, 2)))
        self.refused(ValueError, r"x0: has the shape \(\)", x0=1.0)
        self.refused(TypeError, "x0: holds <U1", x0=["a", "b"])
        self.refused(TypeError, "x0: holds complex128", x0=[1j])
        self.refused(TypeError, "x0: holds object", x0=[None, 1.0])
        self.refused(ValueError, "x0: entry 1 is not finite", x0=[1.0, np.nan])
        self.refused(ValueError, "start: has no coordinates", x0=[])

    def test_of_settings(self):
        self.refused(ValueError, "unknown method 'zo-shah'.*did you mean zo-sah.*nlopt-bobyqa", method="zo-shah")
        self.refused(TypeError, "method: is a int", method=3)
        self.refused(ValueError, "option lrr: .*did you mean lr", lrr=0.1)
        self.refused(ValueError, "option lr: '-1' must be", lr=-1)
        self.refused(ValueError, "option subspace: '0.5' must be a whole number", subspace=0.5)
        self.refused(TypeError, "lr: is a list and must be", lr=[1])
        self.refused(TypeError, "max_calls: is 10.5 and must be a whole number", max_calls=10.5)
        self.refused(ValueError, "max_calls: is -1", max_calls=-1)
        self.refused(ValueError, "no limit is set", max_calls=0)
        self.refused(ValueError, "bounds: has 1 pairs and x0 2 entries", bounds=[(0, 1)])
        self.refused(ValueError, r"bounds: entry 1 is 3 and must be a pair", bounds=[(0, 1), 3])
        self.refused(ValueError, "coordinate 0 is 1, outside its bounds", bounds=[(2, 3), (0, 1)])

    def test_of_the_function(self):
        returns = lambda value: lambda x: value  # noqa: E731
        self.refused(TypeError, "f: is a int and must be callable", f=3)
        self.refused(TypeError, "f returned None for one point", f=returns(None))
        self.refused(TypeError, r"f returned an array of float64 of shape \(2,\) for one point", f=returns(np.ones(2)))
        self.refused(TypeError, "f returned a str for one point", f=returns("1"))
        self.refused(ValueError, "the function is nan there", f=returns(np.nan))
        self.refused(ValueError, r"f returned the shape \(3,\) for 1 points, which must be \(1,\)",
                     f=returns(np.ones(3)), batch=True)
        self.refused(ValueError, "batch, examples", batch=True, examples=2)

    def test_numbers_of_other_kinds_do(self):
        for value in (1, np.float32(1), np.ones(1), np.array(1.0), True):
            self.assertEqual(zotrain.minimize(lambda x, value=value: value, [1.0], "spsa", max_calls=5).fun, 1.0)
        for x0 in ([1, 2], np.ones(2, np.float32), np.ones(4)[::2]):
            self.assertEqual(zotrain.minimize(sphere, x0, max_calls=5).x.dtype, np.float64)

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


if __name__ == "__main__":
    unittest.main()
