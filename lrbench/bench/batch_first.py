"""Libraries that read their sequences batch first: what they found, turned back to time first."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from lrbench.bench.contestant import Prepared, Results


def time_first(prepared: Prepared, names: Sequence[str] = ("outputs", "d_inputs"), axis: int = 0) -> Prepared:
    """Returns the same contestant, with two axes of the named results exchanged outside the clock.

    Args:
        prepared: the contestant.
        names: of its results.
        axis: of the batch; that of time follows it.
    """

    def results() -> Results:
        found = prepared.results()
        return found | {name: np.swapaxes(found[name], axis, axis + 1) for name in names}

    return dataclasses.replace(prepared, results=results)
