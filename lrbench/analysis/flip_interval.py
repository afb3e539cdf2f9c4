"""The interval of a mean difference that belongs to the sign-flip test: all shifts that the test does not reject."""

import math

import numpy as np
from jaxtyping import Float

#: So many pairs have a million subsets, whose means fit into memory with ease.
MOST_PAIRS = 20


def flip_interval(differences: Float[np.ndarray, " pairs"], level: float) -> tuple[float, float]:
    """Returns the ends of the interval that covers the centre of symmetry of paired differences, exactly.

    If the differences are symmetric about a centre, that centre lies between any two neighbours of the sorted means of
    all 2^n - 1 subsets with the same probability 2^-n (Hartigan 1969, "Using subsample values as typical values",
    theorem 1). So the k-th from either end, k = level 2^n / 2 rounded down, bound the shifts which the two-sided
    sign-flip test does not reject at the level: 0 lies inside exactly where the test's p-value is above it.

    Args:
        differences: of the pairs, at most 20.
        level: chance of missing the centre, between 0 and 1.

    Returns:
        The ends; infinite where so few pairs can reject nothing at the level.

    Raises:
        ValueError: there is no pair, there are more than 20, or the level is out of range.
    """
    pairs = differences.size
    if not 1 <= pairs <= MOST_PAIRS:
        raise ValueError(f"There are {pairs} pairs; the interval needs 1 to {MOST_PAIRS}.")
    if not 0 < level < 1:
        raise ValueError(f"The level is {level}; it must be between 0 and 1.")
    # The smallest share of a side is 2^-n; a level that is a multiple of it must not be lost to rounding.
    place = math.floor(level / 2 * 2**pairs + 1e-9)
    if place == 0:
        return -math.inf, math.inf
    sums, sizes = np.zeros(1), np.zeros(1)
    for difference in differences.astype(np.float64):
        sums, sizes = np.concatenate([sums, sums + difference]), np.concatenate([sizes, sizes + 1])
    means = np.sort(sums[1:] / sizes[1:])
    return float(means[place - 1]), float(means[-place])
