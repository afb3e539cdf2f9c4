"""Each model's lanes at the learning rate that validation chose, and what they come to over their seeds."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import polars as pl

from lrbench.analysis.contenders import prepare
from lrbench.analysis.resampling import mean_interval
from lrbench.analysis.selection import select_rates, with_contender
from lrbench.figures.figure import Number

#: How models are called in figures and tables.
TITLES = {"gru": "GRU", "lstm": "LSTM", "mamba": "Mamba"}


def at_selected_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of the rates that validation chose, gaps in the scores closed, with a column `contender`.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    return select_rates(rows).keep(with_contender(prepare(rows)))


def at_all_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of all rates, gaps in the scores closed, for a test that chooses the rates anew.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    return with_contender(prepare(rows))


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
