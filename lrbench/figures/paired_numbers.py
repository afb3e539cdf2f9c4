"""Numbers of ours about two arms that were trained from the same seeds: how far apart, and whether that is chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrbench.analysis.holm import holm
from lrbench.analysis.resampling import sign_flip
from lrbench.figures.figure import Number
from lrbench.figures.seed_means import mean_over_seeds


@dataclass(frozen=True)
class Pair:
    """Two arms, by seed.

    Attributes:
        first: values by seed.
        second: values by seed.
    """

    first: Mapping[int, float]
    second: Mapping[int, float]

    @property
    def differences(self) -> np.ndarray:
        """First less second over the seeds that both have, `Float[pairs]`, in the order of the seeds."""
        seeds = sorted(self.first.keys() & self.second.keys())
        return np.array([self.first[seed] - self.second[seed] for seed in seeds], dtype=np.float64)


def difference_of(key: str, what: str, pair: Pair) -> Number:
    """Returns the mean of first less second over the seeds that both have, with its 95 % bootstrap interval.

    It is NaN where no seed is shared.
    """
    return mean_over_seeds(key, what, pair.differences.tolist())


def p_values_of(pairs: Sequence[tuple[str, str, Pair]]) -> list[Number]:
    """Returns a p-value for each pair: the exact sign-flip test over shared seeds, corrected for their number (Holm).

    Args:
        pairs: key, what it is, and the two arms.

    Raises:
        ValueError: no seed is shared.
    """
    tests = [sign_flip(pair.differences) for _, _, pair in pairs]
    corrected = holm([test.p_value for test in tests])
    return [
        Number(key, what, p_value, f"sign-flip test of {test.pairs} pairs, Holm's correction", seeds=test.pairs)
        for (key, what, _), test, p_value in zip(pairs, tests, corrected, strict=True)
    ]
