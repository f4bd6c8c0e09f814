"""The convention of `scipy.optimize.minimize` for methods of others."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._minimize import Progress, Result, minimize
from ._options import ARGUMENTS, Value, check_options, named, sides

# SciPy's words for ours; `tol` sets two of them, and `disp` is for this file alone.
_WORDS = {"maxfev": "max_calls", "maxfun": "max_calls", "maxiter": "max_steps"}
# What SciPy hands to every method, some of which these have no use for.
_DERIVATIVES = ("jac", "hess", "hessp")
_THEIRS = ("fun", "x0", "args", "bounds", "constraints", "callback", *_DERIVATIVES)
# What `minimize` has beside the options of the method and what SciPy hands on.
_OURS = [name for name in (*ARGUMENTS, "batch", "examples") if name not in ("method", *_THEIRS)]

# 0 is success; 99 is SciPy's own number for StopIteration.
_STATUS = {"rejected": 1, "stopped": 99}


def scipy_method(method: str = "zo-sah", **fixed: Value) -> Callable[..., Any]:
    """`method` for `scipy.optimize.minimize(f, x0, method=zotrain.scipy_method("zo-sah"))`.

    `fixed` are arguments of `zotrain.minimize` and options of the method; those in SciPy's `options=` win. `maxfev`
    and `maxfun` are `max_calls`, `maxiter` is `max_steps`, and `tol` is `tolerance` with a `patience` of 100 + 10 d
    calls, about ten differences of every coordinate. `disp` prints the message at the end. `args`, `bounds` and
    `callback` are SciPy's: a callback gets the best point [d], or an OptimizeResult where its one parameter is
    called `intermediate_result`, and StopIteration from it, or True, ends the run. A start outside the bounds is
    moved to them.
    The result is an OptimizeResult with x, fun, nfev, nit, success, status, message and start_value. `success` is
    false, and `status` not 0, where steps could not be taken (1) or a callback stopped it (99): a budget that is
    spent is a planned end.

    Raises ValueError and TypeError for an unknown method, option or argument.
    """
    _arguments(method, fixed)

    def run(fun: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), **given: Any) -> Any:
        from scipy.optimize import OptimizeResult  # type: ignore[import-untyped,import-not-found,unused-ignore]

        _refuse_unused(given)
        callback, bounds = given.pop("callback", None), given.pop("bounds", None)
        settings = {**_arguments(method, fixed), **_arguments(method, given)}
        start = np.atleast_1d(np.asarray(x0))
        if bounds is not None:
            low, high = sides(bounds, start.size)
            start, bounds = np.clip(start, low, high), list(zip(low, high))
        shown, tol = settings.pop("disp", False), settings.pop("tol", None)
        if tol is not None:
            settings = {"tolerance": tol, "patience": 100 + 10 * start.size, **settings}
        found = minimize(
            lambda x: fun(x, *args),
            start,
            method,
            bounds=bounds,
            callback=_teller(callback, OptimizeResult),
            **settings,
        )
        status, message = _STATUS.get(found.stop_reason, 0), _message(method, found, settings)
        if shown:
            print(message)
        return OptimizeResult(
            x=found.x,
            fun=found.fun,
            nfev=found.calls,
            nit=found.steps,
            success=status == 0,
            status=status,
            message=message,
            start_value=found.start_value,
        )

    return run


def _arguments(method: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """`words` with SciPy's limits under our names, without those that are None. Raises for one that nobody knows."""
    ours: dict[str, Any] = {}
    for word, value in words.items():
        if word in _THEIRS:
            raise TypeError(f"scipy_method: {word} is an argument of scipy.optimize.minimize; give it there")
        name = _WORDS.get(word, word)
        if value is None:
            continue
        if name in ours:
            raise ValueError(f"{word}: is {name}, which is given too; leave one of them out")
        ours[name] = value
    check_options(method, [name for name in ours if name not in (*_OURS, "tol", "disp")], _OURS)
    return ours


def _refuse_unused(given: dict[str, Any]) -> None:
    for name in _DERIVATIVES:
        if given.pop(name, None) not in (None, False):
            raise ValueError(f"{name}: these methods use no derivatives; leave it out")
    constraints = given.pop("constraints", ())
    if constraints is not None and len(constraints if hasattr(constraints, "__len__") else [constraints]) > 0:
        raise ValueError("constraints: these methods know bounds only; leave them out")


def _teller(callback: Any, result: Callable[..., Any]) -> Any:
    """What tells `callback` of a step as SciPy does; `result` makes an OptimizeResult."""
    if callback is None:
        return None
    if not callable(callback):
        raise TypeError(f"callback: is {named(callback)} and must be callable")
    try:
        parameters = set(inspect.signature(callback).parameters)
    except ValueError:  # of a function in C that does not tell
        parameters = set()

    def tell(progress: Progress) -> bool:
        try:
            if parameters != {"intermediate_result"}:
                return bool(callback(progress.x))
            so_far = result(x=progress.x, fun=progress.fun, nfev=progress.calls, nit=progress.steps)
            return bool(callback(intermediate_result=so_far))
        except StopIteration:
            return True

    return tell


def _message(method: str, found: Result, settings: Mapping[str, Any]) -> str:
    """Why the run ended, as a sentence."""
    calls = settings.get("max_calls", inspect.signature(minimize).parameters["max_calls"].default)
    after = f"after {_counted(found.calls, 'call')}"
    sentences = {
        "target": f"{method} reached the target {after}",
        "converged": f"{method} converged {after}",
        "stalled": f"the value no longer falls: {method} ended {after}",
        "max-calls": f"the budget of {_counted(calls, 'call')} is spent",
        "max-steps": f"the budget of {_counted(found.steps, 'step')} is spent",
        "max-time": f"the budget of {settings.get('max_seconds')} s is spent",
        "stopped": f"a callback stopped {method} {after}",
        "rejected": f"{method} gave up {after}: losses or steps were not finite, or too long, 20 times in a row",
    }
    return sentences[found.stop_reason]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
