"""A verdict on a figure by the statements that its publications make: how many of them does one's own run bear out?"""

from collections.abc import Sequence
from dataclasses import dataclass

from lrbench.figures.figure import Outcome, Verdict


@dataclass(frozen=True)
class Statement:
    """Something that was published, looked at in runs of one's own.

    Attributes:
        holds: whether it was seen.
        seen: what was seen, with its number, as "the LSTM reaches 0.99".
        leans: whether it was seen, where it does not hold only because the test does not establish it.
    """

    holds: bool
    seen: str
    leans: bool = False


def verdict_of(statements: Sequence[Statement]) -> Verdict:
    """Returns *reproduced* where all hold, *not reproduced* where fewer than half do, *partly* in between.

    Raises:
        ValueError: there is no statement.
    """
    if not statements:
        raise ValueError("A verdict needs at least 1 statement.")
    held = [one.seen for one in statements if one.holds]
    failed = [one.seen for one in statements if not one.holds and not one.leans]
    leaning = [one.seen for one in statements if not one.holds and one.leans]
    outcome: Outcome = "partly"
    if len(held) == len(statements):
        outcome = "reproduced"
    elif 2 * len(held) < len(statements):
        outcome = "not reproduced"
    parts = [f"{len(held)} of {len(statements)} published statements hold."]
    if held:
        parts.append(f"As published: {'; '.join(held)}.")
    if leaning:
        parts.append(f"As published, but not established: {'; '.join(leaning)}.")
    if failed:
        parts.append(f"Not as published: {'; '.join(failed)}.")
    return Verdict(outcome, " ".join(parts))
