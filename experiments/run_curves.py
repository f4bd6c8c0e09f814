"""How curves lie in a picture: the axes that show several runs at once, smooth lines, the mean and range of several."""

import dataclasses
import math

import numpy as np
from run_files import AXES

# A linear axis would show runs whose lengths, or losses that, differ by more than these factors as one and a line.
FAR_LENGTHS, FAR_LOSSES = 20, 10
# A run whose loss goes beyond the first one of every run by more than this factor has diverged, and would flatten the others.
DIVERGED = 3
ABOVE_FIRST = 1.5  # how far above the first losses the axis then goes at least
SOUND_STARTS = 1e4  # a first loss beyond the least one by more than this factor is that of weights that had diverged before
LINEAR_DECADES = 0.5  # the room that a logarithmic axis gives to what lies before the first step
MOST_TICKS = 8
SMOOTHING_POINTS = 60  # a smooth line follows changes over about 1/60 of the run


@dataclasses.dataclass
class XAxis:
    """Linear; or logarithmic from the first step of any run on and linear from 0 to it, so that evaluations before it have a place."""

    label: str
    last: float
    first: float = 0.0  # 0 where it is linear

    def place(self, xs):
        """Where `xs` lie: in decades on a logarithmic axis."""
        xs = np.asarray(xs, float)
        if not self.first:
            return xs
        return np.where(xs < self.first, LINEAR_DECADES * (xs / self.first - 1), np.log10(np.maximum(xs, self.first) / self.first))

    def at(self, places):
        """The xs of `places`."""
        places = np.asarray(places, float)
        if not self.first:
            return places
        return self.first * np.where(places < 0, 1 + places / LINEAR_DECADES, 10.0 ** np.maximum(places, 0))

    def ticks(self):
        """0 and round numbers from the first step on, no more than can stand beside each other; none where the axis is linear."""
        if not self.first:
            return []
        decades = range(math.floor(math.log10(self.first)), math.ceil(math.log10(self.last)) + 1)
        for digits in ((1, 2, 5), (1,)):
            marks = [mark for ten in decades for digit in digits if self.first <= (mark := digit * 10.0**ten) <= self.last]
            if len(marks) < MOST_TICKS:
                break
        return [0.0, *marks]


@dataclasses.dataclass
class LossAxis:
    logarithmic: bool
    ends: tuple | None = None  # (low, high) where runs that diverged go beyond it
    note: str = ""


def far_apart(values, factor):
    """Whether the largest of `values`, all positive, is more than `factor` times the smallest: for a logarithmic axis."""
    return bool(values) and min(values) > 0 and max(values) > factor * min(values)


def x_axis(runs, axis):
    curves = [curve for run in runs if (curve := run.losses(axis))]
    log = far_apart([curve[-1][0] for curve in curves], FAR_LENGTHS) and min(curve[0][0] for curve in curves) > 0
    ends = [curve[-1][0] for run in runs for curve in (run.losses(axis), run.accuracies(axis)) if curve]
    return XAxis(AXES[axis][1], max(ends, default=0.0), float(min(curve[0][0] for curve in curves)) if log else 0.0)


def loss_axis(runs):
    """That of the losses: it ends where runs that did not diverge end."""
    losses = [(run.name, [loss for _, loss in curve]) for run in runs if (curve := run.losses("queries"))]
    if not losses:
        return LossAxis(False)
    firsts = [values[0] for _, values in losses]
    first = max(value for value in firsts if value <= SOUND_STARTS * abs(min(firsts)))
    beyond = [name for name, values in losses if max(values) > DIVERGED * first > 0]
    every = [loss for _, values in losses for loss in values]
    if not beyond:
        return LossAxis(far_apart(every, FAR_LOSSES))
    high = max([ABOVE_FIRST * first, *(max(values) for _, values in losses if max(values) <= DIVERGED * first)])
    seen = [loss for loss in every if loss <= high]
    log = far_apart(seen, FAR_LOSSES)
    margin = 0.05
    low = min(seen) / (high / min(seen)) ** margin if log else min(seen) - margin * (high - min(seen))
    return LossAxis(log, (low, high), f"The axis ends at {high:.3g}; {', '.join(beyond)} {'go' if len(beyond) > 1 else 'goes'} beyond.")


def short_number(value):
    """As a tick has it: 25k, 1.5M."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def smooth(values):
    """Exponential mean without the pull towards zero at the start."""
    keep = 1 - min(1.0, 2 / (1 + max(1.0, len(values) / SMOOTHING_POINTS)))
    mean, weight, result = 0.0, 0.0, []
    for value in values:
        mean = keep * mean + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        result.append(mean / weight)
    return result


def spread(curves, axis, points=200):
    """(xs, lowest, mean, highest) of several curves where all of them are known, drawn as straight between their points on `axis`."""
    curves = [(axis.place(xs), ys) for xs, ys in (zip(*curve) for curve in curves if curve)]
    if not curves:
        return [], [], [], []
    low, high = max(xs[0] for xs, _ in curves), min(xs[-1] for xs, _ in curves)
    if low > high:
        return [], [], [], []
    places = np.linspace(low, high, points if high > low else 1)
    values = np.array([np.interp(places, xs, ys) for xs, ys in curves])
    return axis.at(places).tolist(), values.min(0).tolist(), values.mean(0).tolist(), values.max(0).tolist()
