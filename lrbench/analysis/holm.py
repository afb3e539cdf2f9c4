"""Holm's correction: several comparisons at once, and still one chance in twenty of any false call."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Returns p-values corrected for their number, in the order given.

    Calling whatever is at or below a level keeps the chance of one false call or more, over all of them, at or
    below that level, however they depend on each other (Holm 1979, A simple sequentially rejective multiple test
    procedure): the smallest is multiplied by their number, the next by one less, and so on, and none may fall below
    the one before it.
    """
    corrected = [1.0] * len(p_values)
    so_far = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable").tolist()):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = so_far
    return tuple(corrected)
