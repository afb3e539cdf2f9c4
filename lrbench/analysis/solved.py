"""Tests of how many lanes solved a task: exact ones, for paired seeds and for seeds that are not shared."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool
from scipy import stats


class SolvedTest(NamedTuple):
    """The result of a test of *solved*.

    Attributes:
        name: McNemar where seeds are paired, Fisher where they are not.
        p_value: two-sided.
        first: lanes of the first that solved.
        second: lanes of the second that solved.
        first_lanes: lanes of the first.
        second_lanes: lanes of the second.
    """

    name: Literal["McNemar", "Fisher"]
    p_value: float
    first: int
    second: int
    first_lanes: int
    second_lanes: int


def mcnemar(first: Bool[np.ndarray, " pairs"], second: Bool[np.ndarray, " pairs"]) -> SolvedTest:
    """Tests, for paired seeds, whether one solves more often than the other.

    Seeds that both solve, or neither, say nothing; of the others each is as likely to be the first's as the second's
    if the two are equal, which is a binomial test (McNemar 1947, in its exact form).
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    told = only_first + only_second
    p_value = float(stats.binomtest(only_first, told, 0.5).pvalue) if told else 1.0
    return SolvedTest("McNemar", p_value, int(first.sum()), int(second.sum()), first.size, second.size)


def fisher(first: Bool[np.ndarray, " lanes"], second: Bool[np.ndarray, " others"]) -> SolvedTest:
    """Tests, for seeds that are not shared, whether one solves more often than the other (Fisher's exact test)."""
    counts = [[int(one.sum()), int((~one).sum())] for one in (first, second)]
    p_value = float(stats.fisher_exact(counts).pvalue)
    return SolvedTest("Fisher", p_value, counts[0][0], counts[1][0], first.size, second.size)
