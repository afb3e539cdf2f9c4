"""Names of symbols, classes and columns as pictures and texts show them."""

import re
from collections.abc import Sequence

#: What stands for a white space.
BLANK = "␣"


def visible(names: Sequence[str]) -> tuple[str, ...]:
    """Makes names that can stand side by side: without white space, none empty, and no two alike.

    "heart rate" becomes heart␣rate. Where something else has that name already, a stroke follows: heart␣rate'. A name
    that is fine as it is stays.
    """
    shown = [re.sub(r"\s", BLANK, name) or BLANK for name in names]
    fine = {name for name, one in zip(names, shown, strict=True) if name == one}
    taken: set[str] = set()
    for place, (name, one) in enumerate(zip(names, shown, strict=True)):
        while one in taken or (one in fine and name != one):
            one += "'"
        shown[place] = one
        taken.add(one)
    return tuple(shown)
