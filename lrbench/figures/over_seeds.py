"""What one value a seed comes to over the seeds, as a number of a figure or a line in it."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import polars as pl

from lrbench.analysis.resampling import mean_interval
from lrbench.figures.figure import Number


def number_over_seeds(key: str, what: str, values: Sequence[float]) -> Number:
    """Returns the median of one value a seed, with the range over the seeds; NaN where there is none."""
    if not values:
        return Number(key, what, math.nan, "not measured at this scale", seeds=0)
    statistic = "single" if len(values) == 1 else f"median of {len(values)}"
    return Number(key, what, statistics.median(values), statistic, min(values), max(values), len(values))


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


def best_over_seeds(key: str, what: str, values: Sequence[float]) -> Number:
    """Returns the highest of one value a seed, for publications that give the best; NaN where there is none."""
    if not values:
        return Number(key, what, math.nan, "not measured at this scale", seeds=0)
    return Number(key, what, max(values), f"best of {len(values)}", seeds=len(values))


def spread(rows: pl.DataFrame, by: Sequence[str], value: str) -> pl.DataFrame:
    """Returns `median`, `min`, `max` and `lanes` of a column in each group, sorted by the groups' keys."""
    column = pl.col(value)
    return (
        rows.group_by(by)
        .agg(
            column.median().alias("median"),
            column.min().alias("min"),
            column.max().alias("max"),
            pl.len().alias("lanes"),
        )
        .sort(by)
    )
