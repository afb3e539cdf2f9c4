"""A mean of ours over seeds, with its interval."""

import math
from collections.abc import Sequence

import numpy as np

from lrbench.analysis.resampling import mean_interval
from lrbench.figures.figure import Number


def mean_over_seeds(key: str, what: str, values: Sequence[float]) -> Number:
    """Returns the mean over seeds, with its 95 % bootstrap interval; NaN where there is none.

    One seed has no interval.
    """
    if not values:
        return Number(key, what, math.nan, "not measured at this scale", seeds=0)
    seeds = np.asarray(values, dtype=np.float64)
    low, high = None, None
    if seeds.size > 1:
        lows, highs = mean_interval(seeds[None, :])
        low, high = lows.item(), highs.item()
    return Number(key, what, float(seeds.mean()), f"mean of {seeds.size}", low, high, seeds.size)
