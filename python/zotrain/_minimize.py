"""The call that minimises."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._options import Value, named, settings, start_point, whole


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run has found."""

    x: NDArray[np.float64]  #: [d], the best point that the method moved to
    fun: float  #: the value there
    calls: int  #: values of f, for whatever purpose
    steps: int
    #: target, max-calls, max-steps, max-time; converged: no step leads lower; stalled: the value does not fall;
    #: stopped: by the callback; rejected: losses or steps were not finite; failed: tell() has raised; "": not yet.
    stop_reason: str
    start_value: float


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is, for a callback."""

    steps: int
    calls: int
    fun: float  #: lowest value known of the points that the method moved to
    x: NDArray[np.float64]  #: [d], where it was


def result_of(found: _core.Result) -> Result:
    calls = found.queries + found.queries_report
    return Result(found.x, found.best, calls, found.steps, found.stop_reason, found.start_value)


def number(value: Any) -> float:
    """What f returned for one point, as a float."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise TypeError(f"f returned {_described(value)} for one point; it must return one real number")
    return float(array.reshape(()))


def numbers(value: Any, count: int, what: str, who: str = "f returned") -> NDArray[np.float64]:
    """The values of `count` points or examples, as float64 [count]."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{who} {_described(value)}, which must be {count} real numbers")
    if array.shape != (count,):
        raise ValueError(f"{who} the shape {array.shape} for {count} {what}, which must be ({count},)")
    return np.ascontiguousarray(array, dtype=np.float64)


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} of shape {value.shape}"
    return named(value)


def minimize(
    f: Callable[[NDArray[np.float64]], Any],
    x0: ArrayLike,
    method: str = "zo-sah",
    *,
    bounds: Optional[Sequence[Any]] = None,
    max_calls: int = 10000,
    max_steps: int = 0,
    max_seconds: float = 0.0,
    target: Optional[float] = None,
    patience: int = 0,
    tolerance: float = 0.0,
    report_every: int = 0,
    callback: Optional[Callable[[Progress], Any]] = None,
    seed: int = 1,
    batch: bool = False,
    examples: int = 0,
    **options: Value,
) -> Result:
    """Minimises `f` from `x0` [d] by its values alone.

    f: takes a point, float64 [d], and returns one number. With `batch` it takes many, float64 [n, d], and
        returns n values: what one step wants to know at a time. With `examples` it is a mean, takes a point and
        returns the `examples` losses [examples] behind it, which some methods look at (`hessian="fisher"`).
        The arrays are f's own: it may keep or change them. What it raises ends the run and passes through.
    method: one of `zotrain.methods()`; `options` are its own, by keyword (`zotrain.options(method)`).
    bounds: d pairs (low, high), None for no bound, or `scipy.optimize.Bounds`. f is called at no point outside.
    max_calls: values of f for any purpose, never exceeded; 0: no limit. At least what a step takes, which is told
        where it is not. max_steps, max_seconds [s]: 0: no limit.
    target: a value low enough to stop at.
    patience: stops when the best value has not fallen by more than `tolerance` for so many calls; 0: never.
    report_every: steps between values that only inform, for methods that do not ask at their own point; 0: where
        `target` or `patience` waits for values after every step, else for the last point alone.
    callback: told the `Progress` after every step (by the nlopt methods after every value); True ends the run.
    seed: of all random choices: the same seed, the same run.

    Raises ValueError and TypeError with the name of what is wrong, before the first call where it can be known.
    """
    start = start_point(x0)
    made = settings(
        len(start),
        method=method,
        bounds=bounds,
        max_calls=max_calls,
        max_steps=max_steps,
        max_seconds=max_seconds,
        target=target,
        patience=patience,
        tolerance=tolerance,
        report_every=report_every,
        seed=seed,
        options=options,
    )
    if not callable(f):
        raise TypeError(f"f: is {named(f)} and must be callable")
    count = whole("examples", examples)
    if batch and count:
        raise ValueError("batch, examples: f takes many points, or tells the losses of examples; give one of them")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: is {named(callback)} and must be callable")
    if callback is not None:
        told = callback
        made.set_callback(lambda *progress: bool(told(Progress(*progress))))
    answer: Callable[[Any], Any]
    if count:
        answer = lambda x: numbers(f(x), count, "examples")  # noqa: E731
    elif batch:
        answer = lambda points: numbers(f(points), len(points), "points")  # noqa: E731
    else:
        answer = lambda x: number(f(x))  # noqa: E731
    return result_of(_core.minimize(answer, start, made, batch, count))
