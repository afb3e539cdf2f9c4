"""Numbers in units of the training split: mean 0 and standard deviation 1 there."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float


class Scale(NamedTuple):
    """How a column's numbers become standardised ones.

    Attributes:
        mean: that is subtracted.
        deviation: by which is divided; 1 for a column that does not vary.
    """

    mean: Float[np.ndarray, " columns"]
    deviation: Float[np.ndarray, " columns"]

    def apply(self, values: Float[np.ndarray, "n columns"]) -> Float[np.ndarray, "n columns"]:
        """Standardises."""
        return (values - self.mean) / self.deviation


def scale_of(values: Float[np.ndarray, "n columns"], counted: Bool[np.ndarray, " n"]) -> Scale:
    """Measures the rows that count; NaN does not.

    A column without any number, or with equal numbers, keeps its size.
    """
    mean, deviation = np.zeros(values.shape[1]), np.ones(values.shape[1])
    for place, column in enumerate(values.T):
        numbers = column[counted & ~np.isnan(column)]
        if not len(numbers):
            continue
        spread = np.std(numbers)
        if spread > 1e-12 * abs(np.mean(numbers)):
            mean[place], deviation[place] = np.mean(numbers), spread
        else:  # rounding gives equal numbers a mean that is not quite theirs, and a deviation that is not quite 0
            mean[place] = numbers[0]
    return Scale(mean, deviation)
