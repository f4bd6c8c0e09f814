"""The run turned inside out."""

from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._minimize import Result, numbers, result_of
from ._options import Value, settings, start_point


class AskTell:
    """A run that asks for points and is told their values, in whatever way and time these are found.

        run = zotrain.AskTell(x0, "mezo", max_calls=1000)
        while not run.done:
            points = run.ask()  # [n, d]
            run.tell([f(x) for x in points])
        result = run.result()

    The points and the result are those of `minimize` with the same arguments, bit for bit. For one thread at a time.
    """

    def __init__(
        self,
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
        seed: int = 1,
        **options: Value,
    ) -> None:
        """As `minimize`. `max_seconds` counts what finding the values takes too."""
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
        self._run = _core.AskTell(start, made)

    @property
    def done(self) -> bool:
        """Whether the run has ended: nothing more is asked for."""
        return self._run.done()

    def ask(self) -> NDArray[np.float64]:
        """The points whose values are wanted, float64 [n, d]: the same until they are told, n = 0 once it is done."""
        return self._run.ask()

    def tell(self, values: ArrayLike) -> None:
        """The values [n] of the points asked for, in their order. Raises ValueError where there are not n of them."""
        if self.done:
            raise ValueError("tell: the run is done and asks for nothing")
        self._run.tell(numbers(values, self._run.wanted(), "points", "tell got"))

    def result(self) -> Result:
        """What the run has found so far; before the first value x is x0 and `fun` not a number."""
        return result_of(self._run.result())

    def recommend(self) -> NDArray[np.float64]:
        """The best point so far, [d]."""
        return self.result().x
