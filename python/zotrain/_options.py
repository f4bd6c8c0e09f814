"""From what a Python program says to the settings of the library."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core

#: What an option of a method may be.
Value = Union[bool, int, float, str]


@dataclasses.dataclass(frozen=True)
class Option:
    """One option of a method: a keyword of `minimize`, `AskTell` and `scipy_method`."""

    name: str
    type: str  #: "int", "float", "bool" or "str"
    default: str
    meaning: str


def options(method: str) -> list[Option]:
    """Every option of `method`, in the order of `zotrain methods NAME`. Raises ValueError for an unknown method."""
    return [Option(name.replace("-", "_"), *rest) for name, *rest in _core.options_of(method)]


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
    raise TypeError(f"{name}: is a {type(value).__name__} and must be a bool, int, float or str")


def _sides(bounds: Any, dimension: int) -> tuple[list[float], list[float]]:
    """Lower and upper bounds [d] from pairs (None: no bound), or from an object with `lb` and `ub`, as SciPy's."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        sides = (np.broadcast_to(side, dimension).astype(np.float64).tolist() for side in (bounds.lb, bounds.ub))
        return tuple(sides)  # type: ignore[return-value]
    pairs = list(bounds)
    if len(pairs) != dimension:
        raise ValueError(f"bounds: has {len(pairs)} pairs and x0 {dimension} entries; give one pair for each")
    for i, pair in enumerate(pairs):
        if np.ndim(pair) != 1 or len(pair) != 2:
            raise ValueError(f"bounds: entry {i} is {pair!r} and must be a pair (low, high); None is no bound")
    low = [-np.inf if low is None else float(low) for low, _ in pairs]
    return low, [np.inf if high is None else float(high) for _, high in pairs]


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: is {value!r} and must be a whole number")
    if value < 0:
        raise ValueError(f"{name}: is {value} and must not be negative")
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
    if not isinstance(method, str):
        raise TypeError(f"method: is a {type(method).__name__} and must be the name of one; see zotrain.methods()")
    made = _core.Settings()
    made.method = method
    made.options = {name.replace("_", "-"): _text(name, value) for name, value in options.items()}
    if bounds is not None:
        made.lower, made.upper = _sides(bounds, dimension)
    made.max_calls = _whole("max_calls", max_calls)
    made.max_steps = _whole("max_steps", max_steps)
    made.max_seconds = float(max_seconds)
    made.target = None if target is None else float(target)
    made.patience = _whole("patience", patience)
    made.tolerance = float(tolerance)
    made.report_every = _whole("report_every", report_every)
    made.seed = _whole("seed", seed)
    return made
