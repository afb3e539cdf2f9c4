"""Numbers of ours about two arms that were trained from the same seeds: how far apart, and whether that is chance."""

from collections.abc import Sequence

from lrbench.analysis.decision import Paired
from lrbench.analysis.holm import holm
from lrbench.figures.figure import Number
from lrbench.figures.over_seeds import mean_over_seeds


def difference_of(key: str, what: str, pair: Paired) -> Number:
    """Returns the mean of first less second over the seeds that both have, with its 95 % bootstrap interval.

    It is NaN where no seed is shared.
    """
    return mean_over_seeds(key, what, pair.differences.tolist())


def p_values_of(pairs: Sequence[tuple[str, str, Paired]]) -> list[Number]:
    """Returns a p-value for each pair: the sign-flip test over shared seeds, corrected for their number (Holm).

    Args:
        pairs: key, what it is, and the two arms, as `analysis.contest.contest` returns them.

    Raises:
        ValueError: no seed is shared.
    """
    tests = [pair.test() for _, _, pair in pairs]
    corrected = holm([test.p_value for test in tests])
    return [
        Number(key, what, p_value, f"sign-flip test of {test.pairs} pairs, Holm's correction", seeds=test.pairs)
        for (key, what, _), test, p_value in zip(pairs, tests, corrected, strict=True)
    ]
