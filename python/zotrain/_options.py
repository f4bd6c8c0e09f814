"""From what a Python program says to the settings of the library."""

import dataclasses
import difflib
import inspect
from collections.abc import Collection, Sequence
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core

#: What an option of a method may be.
Value = Union[bool, int, float, str]

#: The largest limits and seed that the library counts with.
MOST_CALLS, MOST_SEED = 10**12, 2**63 - 1

#: What other packages call an option or argument of ours.
_ELSEWHERE = {
    "learning_rate": "lr",
    "step_size": "lr",
    "stepsize": "lr",
    "epsilon": "eps",
    "sigma": "eps",
    "budget": "max_calls",
    "maxfev": "max_calls",
    "maxfun": "max_calls",
    "maxiter": "max_steps",
    "timeout": "max_seconds",
    "tol": "tolerance",
}


@dataclasses.dataclass(frozen=True)
class Option:
    """One option of a method: a keyword of `minimize`, `AskTell` and `scipy_method`."""

    name: str
    type: str  #: "int", "float", "bool" or "str"
    default: str
    meaning: str


def options(method: str) -> list[Option]:
    """Every option of `method`, in the order of `zotrain methods NAME`. Raises ValueError for an unknown method."""
    return [Option(*each) for each in _core.options_of(method)]


def named(value: Any) -> str:
    """What kind of thing `value` is: "None", "a list", "an int"."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _shown(value: Any) -> str:
    """`value` in one line, not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_options(method: str, given: Collection[str], arguments: Collection[str]) -> None:
    """Raises ValueError for the name of no option of `method`; `arguments` may have been meant, too."""
    if not isinstance(method, str):
        raise TypeError(f"method: is {named(method)} and must be the name of one; see zotrain.methods()")
    known = [option.name for option in options(method)]
    for name in given:
        if name.replace("-", "_") in known:
            continue
        near = difflib.get_close_matches(_ELSEWHERE.get(name, name), [*known, *arguments], 1)
        meant = f"; did you mean {near[0]}" if near else ""
        raise ValueError(f"option {name}: unknown for {method}{meant}; zotrain.options({method!r}) lists them")


def vector(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """`values` as float64 [d], the very array where it is one. Raises TypeError or ValueError that names `name`."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: holds {array.dtype} and must hold real numbers")
    if array.ndim != 1:
        raise ValueError(f"{name}: has the shape {array.shape} and must be one-dimensional; flatten it")
    return np.ascontiguousarray(array, dtype=np.float64)


def start_point(x0: ArrayLike) -> NDArray[np.float64]:
    """`x0` as float64 [d], all finite."""
    start = vector("x0", x0)
    if not np.isfinite(start).all():
        raise ValueError(f"x0: entry {int(np.argmin(np.isfinite(start)))} is not finite")
    return start


def _text(name: str, value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, str):
        return value
    raise TypeError(f"{name}: is {named(value)} and must be a bool, int, float or str")


def sides(bounds: Any, dimension: int) -> tuple[list[float], list[float]]:
    """Lower and upper bounds [d] from pairs (None: no bound), or from an object with `lb` and `ub`, as SciPy's."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        try:
            low, high = (np.broadcast_to(np.asarray(side, np.float64), dimension) for side in (bounds.lb, bounds.ub))
        except (TypeError, ValueError):
            wanted = f"must each be one number, or one for each of the {dimension} entries of x0"
            raise ValueError(f"bounds: lb {_shown(bounds.lb)} and ub {_shown(bounds.ub)} {wanted}") from None
        return low.tolist(), high.tolist()
    try:
        given = list(bounds)
    except TypeError:
        raise TypeError(f"bounds: is {named(bounds)} and must be pairs (low, high), one for each entry of x0") from None
    if len(given) != dimension:
        raise ValueError(f"bounds: has {len(given)} pairs and x0 {dimension} entries; give one pair for each")
    pairs = [_pair(i, pair) for i, pair in enumerate(given)]
    return [low for low, _ in pairs], [high for _, high in pairs]


def _pair(i: int, pair: Any) -> tuple[float, float]:
    """Entry `i` of the bounds."""
    try:
        low, high = pair
        return -np.inf if low is None else real("low", low), np.inf if high is None else real("high", high)
    except (TypeError, ValueError):
        wanted = "must be a pair (low, high) of numbers; None is no bound"
        raise ValueError(f"bounds: entry {i} is {_shown(pair)} and {wanted}") from None


def real(name: str, value: Any) -> float:
    """`value` as a float."""
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except (TypeError, ValueError):
        pass
    except OverflowError:
        raise ValueError(f"{name}: is {_shown(value)} and must be a number that a float holds") from None
    raise TypeError(f"{name}: is {_shown(value)} and must be a number")


def whole(name: str, value: Any, most: int = MOST_CALLS) -> int:
    """`value` as an int of 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: is {_shown(value)} and must be a whole number")
    if value < 0:
        raise ValueError(f"{name}: is {value} and must be 0 or more")
    if value > most:
        raise ValueError(f"{name}: is {value} and must be at most {most}")
    return int(value)


def settings(
    dimension: int,
    *,
    method: str,
    bounds: Optional[Sequence[Any]],
    max_calls: int,
    max_steps: int,
    max_seconds: float,
    target: Optional[float],
    patience: int,
    tolerance: float,
    report_every: int,
    seed: int,
    options: dict[str, Value],
) -> _core.Settings:
    """The settings of a run on `dimension` coordinates. Raises TypeError or ValueError that names the argument."""
    check_options(method, options, ARGUMENTS)
    made = _core.Settings()
    made.method = method
    made.options = {name.replace("_", "-"): _text(name, value) for name, value in options.items()}
    if bounds is not None:
        made.lower, made.upper = sides(bounds, dimension)
    made.max_calls = whole("max_calls", max_calls)
    made.max_steps = whole("max_steps", max_steps)
    made.max_seconds = real("max_seconds", max_seconds)
    made.target = None if target is None else real("target", target)
    made.patience = whole("patience", patience)
    made.tolerance = real("tolerance", tolerance)
    made.report_every = whole("report_every", report_every)
    made.seed = whole("seed", seed, MOST_SEED)
    return made


#: The arguments that `minimize`, `AskTell` and `scipy_method` have in common.
ARGUMENTS = [name for name in inspect.signature(settings).parameters if name not in ("dimension", "options")]
