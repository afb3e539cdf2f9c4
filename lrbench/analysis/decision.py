"""What decides a comparison: the sign-flip test with Holm's correction, and a margin of practical significance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy import stats

from lrbench.analysis.difference import Difference, describe_each, t_test
from lrbench.analysis.holm import holm
from lrbench.analysis.power import fewest_pairs, seeds_needed
from lrbench.analysis.resampling import SignFlip, sign_flip
from lrbench.analysis.searched import Searched, searched_flip

#: Whether a difference matters: it is within the margin, beyond it, or neither can be said.
Practical = Literal["equal", "relevant", "open"]

#: With fewer pairs nothing is called practically equal: 2 / 2^6 is the first below 0.05.
FEWEST_EQUAL = fewest_pairs(0.05)


@dataclass(frozen=True)
class Call:
    """Whether one comparison of a family is called a difference.

    Attributes:
        test: the sign-flip test.
        corrected: its p-value after Holm's correction over the family.
        established: whether that is at or below the level.
    """

    test: SignFlip
    corrected: float
    established: bool


@dataclass(frozen=True)
class Decision:
    """One comparison of a family, decided.

    Attributes:
        difference: how large it is.
        call: the test that decides.
        t_test: p-value of the paired t-test, uncorrected; None where it is not defined.
        practical: whether the difference matters.
        beyond: pairs that differ by more than the margin.
        beyond_at_most: upper 95 % bound of the share of seeds that do (Clopper & Pearson 1934).
        seeds_needed: paired seeds for power 0.8 at this family's size if the true effect is the one seen; None where
            there is no effect, or hardly any.
    """

    difference: Difference
    call: Call
    t_test: float | None
    practical: Practical
    beyond: int
    beyond_at_most: float
    seeds_needed: int | None


@dataclass(frozen=True)
class Paired:
    """What one comparison rests on.

    Attributes:
        differences: of the test score over shared seeds, first less second.
        searched: the lanes of all rates, where both contenders chose among the same; None where there was no choice.
        fair: whether the test can tell: false where rates were chosen, but not from equal searches, so that the choice
            alone can make a difference. Then no difference is established.
    """

    differences: Float[np.ndarray, " pairs"]
    searched: Searched | None = None
    fair: bool = True

    def test(self) -> SignFlip:
        """Returns the test that decides.

        Raises:
            ValueError: there is no pair.
        """
        return sign_flip(self.differences) if self.searched is None else searched_flip(self.searched)


#: Differences alone stand for contenders that did not choose a rate.
Comparable = Paired | Float[np.ndarray, " _"]


def call(family: Sequence[Comparable], level: float) -> tuple[Call, ...]:
    """Calls differences in a family of comparisons, so that any false call at all has at most the level's chance.

    Args:
        family: the comparisons.
        level: the chance of a false call, over the whole family.

    Raises:
        ValueError: a comparison has no pair.
    """
    pairs = [_paired(one) for one in family]
    tests = [one.test() for one in pairs]
    corrected = holm([test.p_value for test in tests])
    return tuple(
        Call(test, p_value, one.fair and p_value <= level)
        for one, test, p_value in zip(pairs, tests, corrected, strict=True)
    )


def decide(family: Sequence[Comparable], level: float, margin: float) -> tuple[Decision, ...]:
    """Decides every comparison of a family.

    Args:
        family: the comparisons.
        level: the chance of a false call, over the whole family.
        margin: the smallest difference of means that matters.

    Raises:
        ValueError: a comparison has no pair.
    """
    paired = [_paired(one) for one in family]
    described = describe_each([one.differences for one in paired])
    return tuple(
        _decide(one, difference, called, level / len(family), margin)
        for one, difference, called in zip(paired, described, call(paired, level), strict=True)
    )


def _paired(one: Comparable) -> Paired:
    return one if isinstance(one, Paired) else Paired(one)


def _decide(paired: Paired, difference: Difference, called: Call, level: float, margin: float) -> Decision:
    beyond = int((np.abs(paired.differences) > margin).sum())
    bound = stats.binomtest(beyond, difference.pairs, alternative="less").proportion_ci(0.95, method="exact")
    return Decision(
        difference=difference,
        call=called,
        t_test=t_test(paired.differences),
        practical=practical(difference, called.established, margin),
        beyond=beyond,
        beyond_at_most=float(bound.high),
        seeds_needed=None if difference.effect is None else seeds_needed(difference.effect, level),
    )


def practical(difference: Difference, established: bool, margin: float) -> Practical:
    """Says whether a difference matters, by the two 95 % intervals of its mean: bootstrap and Student's t.

    It is equal where both lie inside the margin on either side of 0 and there are at least 6 pairs, whether or not
    there is a difference at all (an equivalence test, Schuirmann 1987, stricter than at 5 %); relevant where it is
    established and both lie beyond the margin; open otherwise. The bootstrap alone is too narrow with few pairs.
    """
    ends = (difference.low, difference.high, difference.t_low, difference.t_high)
    if any(end is None for end in ends):
        return "open"
    low, high = min(end for end in ends if end is not None), max(end for end in ends if end is not None)
    if -margin < low and high < margin and difference.pairs >= FEWEST_EQUAL:
        return "equal"
    if established and (low > margin or high < -margin):
        return "relevant"
    return "open"
