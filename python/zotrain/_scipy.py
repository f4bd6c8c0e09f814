"""The convention of `scipy.optimize.minimize` for methods of others."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._minimize import Progress, minimize
from ._options import Value, sides

_LIMITS = {"maxfev": "max_calls", "maxiter": "max_steps"}
# What SciPy hands to every method, and these have no use for.
_DERIVATIVES = ("jac", "hess", "hessp")


def scipy_method(method: str = "zo-sah", **fixed: Value) -> Callable[..., Any]:
    """`method` for `scipy.optimize.minimize(f, x0, method=zotrain.scipy_method("zo-sah"))`.

    `fixed` are arguments of `zotrain.minimize` and options of the method; those in SciPy's `options=` win. `maxfev`
    is `max_calls` and `maxiter` is `max_steps`. `args`, `bounds` and `callback` are SciPy's: a callback gets the
    best point [d], and StopIteration from it, or True, ends the run. A start outside the bounds is moved to them.
    The result is an OptimizeResult with x, fun, nfev, nit, success, message and start_value. `success` is false where
    the method gave up or a callback stopped it: a budget that is spent is a planned end.
    """

    def run(fun: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), **given: Any) -> Any:
        from scipy.optimize import OptimizeResult  # whoever gets here has it

        _refuse_unused(given)
        callback, bounds = given.pop("callback", None), given.pop("bounds", None)
        settings = {**fixed, **{_LIMITS.get(name, name): value for name, value in given.items()}}
        x0 = np.atleast_1d(np.asarray(x0))
        if bounds is not None:
            low, high = sides(bounds, x0.size)
            x0, bounds = np.clip(x0, low, high), list(zip(low, high))
        found = minimize(
            lambda x: fun(x, *args),
            x0,
            method,
            bounds=bounds,
            callback=None if callback is None else lambda progress: _tell(callback, progress),
            **settings,
        )
        reason = found.stop_reason
        return OptimizeResult(
            x=found.x,
            fun=found.fun,
            nfev=found.calls,
            nit=found.steps,
            success=reason not in ("rejected", "stopped"),
            status=0 if reason in ("target", "converged", "stalled") else 1,
            message=f"{method}: stopped by {reason} after {found.calls} calls",
            start_value=found.start_value,
        )

    return run


def _refuse_unused(given: dict[str, Any]) -> None:
    for name in _DERIVATIVES:
        if given.pop(name, None) not in (None, False):
            raise ValueError(f"{name}: these methods use no derivatives; leave it out")
    constraints = given.pop("constraints", ())
    if constraints is not None and len(constraints if hasattr(constraints, "__len__") else [constraints]) > 0:
        raise ValueError("constraints: these methods know bounds only; leave them out")


def _tell(callback: Callable[..., Any], progress: Progress) -> bool:
    try:
        return bool(callback(progress.x))
    except StopIteration:
        return True
