"""Uncertainty from few lanes: a bootstrap interval and an exact paired test, both SciPy's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

_RESAMPLES = 2000
#: Up to 16 pairs every pattern of signs is counted, so the test is exact; beyond, this many are drawn.
_SIGN_PATTERNS = 2**16


def mean_interval(
    values: Float[np.ndarray, "cells lanes"],
) -> tuple[Float[np.ndarray, " cells"], Float[np.ndarray, " cells"]]:
    """Returns the ends of the 95 % interval of the mean of each row, by the percentile bootstrap over lanes.

    The percentile interval is defined at every sample size and for equal values, where BCa is not. It is no
    wider than the range of the lanes: with 3 lanes it is that range, and with so few it covers the true mean
    less often than 95 % of the time. Rows of equal values have an interval of width 0. The resamples are
    fixed, so the same table has the same interval.

    Raises:
        ValueError: there are fewer than 2 lanes.
    """
    if values.shape[1] < 2:
        raise ValueError(f"An interval needs at least 2 lanes, not {values.shape[1]}; train more seeds.")
    result = stats.bootstrap(
        (values,),
        np.mean,
        axis=-1,
        n_resamples=_RESAMPLES,
        batch=100,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    smallest, largest = values.min(axis=-1), values.max(axis=-1)
    # Rounding of the mean must not push an end beyond the lanes.
    low = np.clip(result.confidence_interval.low, smallest, largest)
    return low, np.clip(result.confidence_interval.high, smallest, largest)


def mean_intervals(cells: Sequence[Sequence[float]]) -> list[tuple[float, float] | None]:
    """Returns the interval of the mean of each cell, of any number of lanes; None where a cell has fewer than 2."""
    ends: list[tuple[float, float] | None] = [None] * len(cells)
    by_lanes: dict[int, list[int]] = {}
    for index, cell in enumerate(cells):
        by_lanes.setdefault(len(cell), []).append(index)
    for lanes, indices in by_lanes.items():
        if lanes < 2:
            continue
        lows, highs = mean_interval(np.array([cells[index] for index in indices], dtype=np.float64))
        for index, low, high in zip(indices, lows.tolist(), highs.tolist(), strict=True):
            ends[index] = (low, high)
    return ends


@dataclass(frozen=True)
class SignFlip:
    """The result of a sign-flip test.

    Attributes:
        pairs: how many pairs there were.
        p_value: two-sided.
        smallest: the smallest p-value that so many pairs can give: 2 / 2^pairs, or, where patterns are drawn, what
            their number allows.
    """

    pairs: int
    p_value: float
    smallest: float


def sign_flip(differences: Float[np.ndarray, " pairs"]) -> SignFlip:
    """Tests, two-sided, whether paired differences are symmetric around 0, by flipping their signs.

    Every pattern of signs is equally likely if neither of the two is better; the p-value is the share of
    patterns whose mean is at least as far from 0 as the one seen (Fisher 1935, The Design of Experiments,
    section 21). With more than 16 pairs it is the share of 65,536 drawn patterns, the one seen among them, which
    keeps the test's level (Phipson & Smyth 2010).

    Raises:
        ValueError: there is no pair.
    """
    signed = np.concatenate([differences, -differences])

    def mean(first: Int[np.ndarray, "*batch pairs"], second: Int[np.ndarray, "*batch pairs"]) -> np.ndarray:
        return np.asarray(signed[first].mean(axis=-1))

    return flip_test(differences.size, mean)


def flip_test(pairs: int, statistic: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> SignFlip:
    """Tests, two-sided, whether a statistic of two sides is as large as chance makes it when pairs change sides.

    Args:
        pairs: how many there are.
        statistic: of deals [*batch, pairs] of the first and of the second side; `pair` stands for the first's own,
            `pairs + pair` for the second's. It is 0 where there is no difference.

    Raises:
        ValueError: there is no pair.
    """
    if pairs == 0:
        raise ValueError("A paired test needs at least 1 pair; train the two models with the same seeds.")
    smallest = 2.0 / min(2**pairs, _SIGN_PATTERNS + 1)
    own = np.arange(pairs), np.arange(pairs) + pairs
    if pairs == 1 or statistic(*own) == 0:
        return SignFlip(pairs, 1.0, smallest)
    result = stats.permutation_test(
        own,
        lambda first, second, axis: statistic(np.moveaxis(first, axis, -1), np.moveaxis(second, axis, -1)),
        permutation_type="samples",
        n_resamples=_SIGN_PATTERNS,
        batch=4096,
        vectorized=True,
        alternative="two-sided",
        rng=np.random.default_rng(0),
    )
    return SignFlip(pairs, float(result.pvalue), smallest)
