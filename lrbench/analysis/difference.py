"""The difference of two contenders over paired seeds: how large it is, and on how many of the seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from lrbench.analysis.resampling import mean_intervals

#: Scores are about 1: differences that are closer to each other than this differ by rounding only.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """What paired differences, first less second, look like.

    Attributes:
        pairs: how many.
        mean: their mean.
        low: lower end of the mean's 95 % bootstrap interval; None with fewer than 2 pairs.
        high: its upper end.
        t_low: lower end of the mean's 95 % interval by Student's t; None with fewer than 2 pairs.
        t_high: its upper end.
        won: pairs where the first is above.
        tied: pairs without a difference.
        lost: pairs where the second is above.
        effect: d_z, the mean in standard deviations of the differences; None with fewer than 2 pairs. It is infinite
            where all of them are the same and not 0.
    """

    pairs: int
    mean: float
    low: float | None
    high: float | None
    t_low: float | None
    t_high: float | None
    won: int
    tied: int
    lost: int
    effect: float | None

    @property
    def share_won(self) -> float:
        """The share of pairs that the first wins, a tie counting half: the common-language effect size."""
        return (self.won + self.tied / 2) / self.pairs


def describe(differences: Float[np.ndarray, " pairs"]) -> Difference:
    """Describes paired differences.

    Raises:
        ValueError: there is no pair.
    """
    return describe_each([differences])[0]


def describe_each(family: Sequence[Float[np.ndarray, " _"]]) -> tuple[Difference, ...]:
    """Describes the paired differences of several comparisons, as `describe` does each, but faster.

    Raises:
        ValueError: a comparison has no pair.
    """
    if any(differences.size == 0 for differences in family):
        raise ValueError("There is no pair to describe; train the two models with the same seeds.")
    intervals = mean_intervals([differences.tolist() for differences in family])
    return tuple(_describe(one, interval) for one, interval in zip(family, intervals, strict=True))


def _describe(differences: Float[np.ndarray, " pairs"], interval: tuple[float, float] | None) -> Difference:
    mean = float(differences.mean())
    half = None
    if interval is not None:
        half = float(stats.t.isf(0.025, differences.size - 1) * stats.sem(differences))
    return Difference(
        pairs=differences.size,
        mean=mean,
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        t_low=None if half is None else mean - half,
        t_high=None if half is None else mean + half,
        won=int((differences > 0).sum()),
        tied=int((differences == 0).sum()),
        lost=int((differences < 0).sum()),
        effect=None if interval is None else effect_size(differences),
    )


def effect_size(differences: Float[np.ndarray, " pairs"]) -> float:
    """Returns Cohen's d_z of at least 2 differences: their mean over their standard deviation (with n - 1).

    It is 0 where all are 0, and infinite, with the sign of the mean, where all are the same otherwise.
    """
    mean = float(differences.mean())
    if _all_same(differences):
        return math.copysign(math.inf, mean) if abs(mean) > _ROUNDING else 0.0
    return mean / float(differences.std(ddof=1))


def t_test(differences: Float[np.ndarray, " pairs"]) -> float | None:
    """Returns the two-sided p-value of the paired t-test.

    None where it is not defined: with fewer than 2 pairs, or where all differences are the same.
    """
    if differences.size < 2 or _all_same(differences):
        return None
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def _all_same(differences: Float[np.ndarray, " pairs"]) -> bool:
    return float(np.ptp(differences)) <= _ROUNDING
