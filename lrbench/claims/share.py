"""Deciding by the share of cases in which a sentence holds."""

from collections.abc import Sequence
from typing import Literal

Decided = Literal["supported", "contradicted", "depends"]


def share_of(holds: Sequence[bool]) -> float:
    """Returns the share of cases that hold.

    Raises:
        ValueError: there are no cases.
    """
    if not holds:
        raise ValueError("no case was measured, so no share of them can decide")
    return sum(holds) / len(holds)


def by_share(shares: Sequence[float], supported_from: float, contradicted_to: float) -> Decided:
    """Decides by the share of cases that hold, in each of one or several groups.

    Args:
        shares: of each group.
        supported_from: supported where every group has this share or more.
        contradicted_to: contradicted where every group has this share or less.

    Returns:
        "depends" for everything in between.
    """
    if all(share >= supported_from for share in shares):
        return "supported"
    if all(share <= contradicted_to for share in shares):
        return "contradicted"
    return "depends"
