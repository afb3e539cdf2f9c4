"""The interval of a mean difference that claims are decided by."""

from lrbench.analysis.decision import FEWEST_EQUAL
from lrbench.analysis.difference import Difference


def ends(seen: Difference) -> tuple[float | None, float | None]:
    """Returns the wider of the 95 % intervals of a mean, bootstrap and Student's t; None where there is one pair."""
    if seen.low is None or seen.high is None or seen.t_low is None or seen.t_high is None:
        return None, None
    return min(seen.low, seen.t_low), max(seen.high, seen.t_high)


def at_most(seen: Difference, margin: float) -> bool:
    """Says whether a mean is shown to be below a margin: its interval ends below it, over at least 6 pairs."""
    _, high = ends(seen)
    return high is not None and high < margin and seen.pairs >= FEWEST_EQUAL


def at_least(seen: Difference, margin: float) -> bool:
    """Says whether a mean is shown to be above a margin: its interval begins above it, over at least 6 pairs."""
    low, _ = ends(seen)
    return low is not None and low > margin and seen.pairs >= FEWEST_EQUAL
