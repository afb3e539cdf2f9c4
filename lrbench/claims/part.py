"""One part of a claim over several comparisons, each of which says it, denies it, or leaves it open."""

from collections.abc import Sequence
from typing import Literal

#: A part of a claim: it holds, fails, or does both in different places; it is open; or nothing was to be seen of it.
Part = Literal["holds", "fails", "mixed", "open", "unseen"]

#: What one comparison says of a part; "silent" where there was nothing to compare, so that it does not count.
Voice = Literal["says", "denies", "open", "silent"]


def part(voices: Sequence[Voice]) -> Part:
    """Says how a part of a claim fares.

    It holds where more than half of the comparisons that count say it and none denies it; it fails where more than half
    deny it and none says it; it is mixed where at least one says it and at least one denies it; else it is open.
    Without any comparison that counts, nothing was seen.
    """
    counted = len(voices) - voices.count("silent")
    said, denied = voices.count("says"), voices.count("denies")
    if not counted:
        return "unseen"
    if said and denied:
        return "mixed"
    if 2 * said > counted:
        return "holds"
    return "fails" if 2 * denied > counted else "open"
