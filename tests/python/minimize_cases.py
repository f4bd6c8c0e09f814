"""minimize and AskTell."""

import inspect
import os
import signal
import threading
import time
import unittest

import numpy as np
import zotrain

START = np.tile([-1.2, 1.0, 0.5, -0.5], 3)


def valley(x):
    return float(np.sum(10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


class Minimize(unittest.TestCase):
    def test_calls_are_counted_and_limited_for_every_method(self):
        for method in zotrain.methods():
            with self.subTest(method):
                seen = []
                result = zotrain.minimize(lambda x: seen.append(x) or valley(x), START, method, max_calls=400)
                self.assertEqual(result.calls, len(seen))
                self.assertLessEqual(len(seen), 400)
                self.assertGreater(result.steps, 0)
                self.assertEqual(result.fun, valley(result.x))
                self.assertLessEqual(result.fun, result.start_value)

    def test_points_are_the_functions_own_to_keep_and_to_change(self):
        kept = []

        def spoils(x):
            value = valley(x)
            kept.append(x)
            x[:] = np.nan
            return value

        spoiled = zotrain.minimize(spoils, START, "cge", max_calls=100)
        plain = zotrain.minimize(valley, START, "cge", max_calls=100)
        np.testing.assert_array_equal(spoiled.x, plain.x)
        self.assertTrue(all(np.isnan(x).all() for x in kept))

    def test_batches_give_the_same_run(self):
        sizes = []

        def batch(points):
            sizes.append(points.shape)
            return np.array([valley(x) for x in points], dtype=np.float64)

        together = zotrain.minimize(batch, START, "zo-sah", batch=True, max_calls=300)
        alone = zotrain.minimize(valley, START, "zo-sah", max_calls=300)
        np.testing.assert_array_equal(together.x, alone.x)
        self.assertEqual(sum(n for n, _ in sizes), together.calls)
        self.assertGreater(max(n for n, _ in sizes), 1)

    def test_losses_of_examples_serve_methods_that_look_at_them(self):
        rows = np.random.default_rng(1).normal(size=(40, 3))
        settings = {"hessian": "fisher", "max_calls": 200}
        losses = lambda x: 0.5 * np.sum((rows - x) ** 2, axis=1)  # noqa: E731
        result = zotrain.minimize(losses, np.full(3, 2.0), "zo-sah", examples=40, **settings)
        least = losses(rows.mean(axis=0)).mean()
        self.assertLess(result.fun - least, 0.5 * (result.start_value - least))
        self.assertAlmostEqual(result.fun, losses(result.x).mean(), places=12)
        with self.assertRaisesRegex(ValueError, "looks at the losses of single examples"):
            zotrain.minimize(valley, START, "zo-sah", **settings)

    def test_bounds_are_respected_and_reached(self):
        for method in zotrain.methods():
            with self.subTest(method):
                seen = []
                zotrain.minimize(lambda x: seen.append(x) or valley(x), START, method, max_calls=400,
                                 bounds=3 * [(-1.2, 0.4), (None, 1.0), (0.5, None), (-1, 1)])
                points = np.array(seen)
                self.assertTrue((points >= np.tile([-1.2, -np.inf, 0.5, -1], 3)).all())
                self.assertTrue((points <= np.tile([0.4, 1.0, np.inf, 1], 3)).all())
        result = zotrain.minimize(lambda x: float((x[0] - 3) ** 2), [0.0], "zo-sah", bounds=[(-1, 2)])
        self.assertEqual(result.x[0], 2.0)

    def test_the_seed_decides_the_run(self):
        one, same, other = (zotrain.minimize(valley, START, "mezo", lr=1e-4, seed=s, max_calls=60) for s in (3, 3, 4))
        np.testing.assert_array_equal(one.x, same.x)
        self.assertFalse(np.array_equal(one.x, other.x))

    def test_a_callback_sees_every_step_and_may_stop(self):
        told = []

        def callback(progress):
            told.append(progress)
            return progress.steps == 3

        for method in ("zo-sah", "mezo", "nlopt-bobyqa"):
            with self.subTest(method):
                told.clear()
                result = zotrain.minimize(valley, START, method, callback=callback)
                self.assertEqual([p.steps for p in told], [1, 2, 3])
                self.assertEqual((result.stop_reason, result.steps), ("stopped", 3))
                self.assertEqual(told[-1].fun, valley(told[-1].x))
                self.assertLessEqual(told[-1].calls, result.calls)

    def test_a_minimum_that_is_met_is_converged(self):
        result = zotrain.minimize(lambda x: float((x[0] - 3) ** 2), [0.0], "zo-sah")
        self.assertEqual((result.fun, result.stop_reason), (0.0, "converged"))

    def test_defaults_lower_a_valley_of_few_coordinates(self):
        for method in zotrain.methods():
            for dimension in (2, 4) if method != "deepzero" else (6,):
                with self.subTest(method, dimension=dimension):
                    result = zotrain.minimize(valley, START[:dimension], method, max_calls=2000)
                    self.assertLess(result.fun, 0.9 * result.start_value)

    def test_exceptions_pass_through(self):
        class Unplugged(Exception):
            pass

        for method in zotrain.methods():
            with self.subTest(method):
                calls = []

                def broken(x, calls=calls):
                    calls.append(x)
                    if len(calls) > 5:
                        raise Unplugged("sensor")
                    return valley(x)

                with self.assertRaisesRegex(Unplugged, "sensor"):
                    zotrain.minimize(broken, START, method)
                self.assertEqual(len(calls), 6)
        with self.assertRaises(Unplugged):
            zotrain.minimize(valley, START, callback=lambda progress: (_ for _ in ()).throw(Unplugged()))

    def test_ctrl_c_ends_a_run_also_of_a_function_without_python_code(self):
        for function in (valley, np.max):
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            began = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                zotrain.minimize(function, START, "mezo", max_calls=0, max_seconds=30)
            self.assertLess(time.monotonic() - began, 10)


class AskTell(unittest.TestCase):
    def test_it_takes_what_minimize_takes_without_what_calls_the_function(self):
        calls = inspect.signature(zotrain.minimize).parameters
        kept = {name: each for name, each in calls.items() if name not in ("f", "callback", "batch", "examples")}
        self.assertEqual(dict(inspect.signature(zotrain.AskTell).parameters), kept)

    def test_every_method_gives_the_run_of_minimize_bit_for_bit(self):
        for method in zotrain.methods():
            with self.subTest(method):
                asked, called = [], []
                run = zotrain.AskTell(START, method, seed=2, max_calls=400)
                while not run.done:
                    points = run.ask()
                    asked.extend(points)
                    run.tell([valley(x) for x in points])
                found = zotrain.minimize(lambda x: called.append(x) or valley(x), START, method, seed=2, max_calls=400)
                np.testing.assert_array_equal(np.array(asked), np.array(called))
                np.testing.assert_array_equal(run.recommend(), found.x)
                told = run.result()
                self.assertEqual((told.fun, told.calls, told.steps), (found.fun, found.calls, found.steps))
                self.assertEqual(told.stop_reason, found.stop_reason)

    def test_nothing_is_asked_once_it_is_done_and_it_may_be_left_before(self):
        run = zotrain.AskTell(START, "cge", max_steps=1)
        self.assertEqual(run.ask().shape, (1, 12))
        self.assertTrue(np.isnan(run.result().fun))
        run.tell([valley(START)])
        self.assertFalse(run.done)
        self.assertEqual(run.result().fun, valley(START))
        del run


class Options(unittest.TestCase):
    def test_are_told_for_every_method_and_taken_as_keywords(self):
        for method in zotrain.methods():
            for option in zotrain.options(method):
                self.assertTrue(option.meaning)
                self.assertIn(option.type, ("int", "float", "str", "bool"))
        names = {option.name: option.default for option in zotrain.options("nlopt-bobyqa")}
        self.assertIn("initial_step", names)
        slow, fast = (zotrain.minimize(valley, START, "cge", lr=lr, max_steps=1) for lr in (1e-6, 1e-3))
        self.assertLess(np.linalg.norm(slow.x - START), np.linalg.norm(fast.x - START))


if __name__ == "__main__":
    unittest.main()
