"""How many seeds it takes: for a test to be able to call a difference, and to call a true one most of the time."""

import math

from scipy import stats

#: Above so many seeds nobody is told to train them.
MOST_SEEDS = 10_000


def fewest_pairs(level: float) -> int:
    """Returns the fewest pairs with which a two-sided sign-flip test can reach a level: 2 / 2^pairs is its smallest p.

    Raises:
        ValueError: the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"The level is {level}; it must be between 0 and 1.")
    pairs = 1
    while 2.0 / 2**pairs > level:
        pairs += 1
    return pairs


def paired_power(effect: float, pairs: int, level: float) -> float:
    """Returns the chance that a two-sided paired t-test calls a true effect.

    The test's statistic follows a noncentral t with noncentrality d_z sqrt(n) (Cohen 1988, Statistical Power Analysis
    for the Behavioral Sciences, section 2.2). For normal differences the sign-flip test has nearly this power.

    Args:
        effect: d_z, the mean of the differences in their standard deviations.
        pairs: how many, at least 2.
        level: of the test.
    """
    freedom, shift = pairs - 1, abs(effect) * math.sqrt(pairs)
    critical = float(stats.t.isf(level / 2, freedom))
    above = float(stats.nct.sf(critical, freedom, shift))
    below = float(stats.nct.cdf(-critical, freedom, shift))
    return above + below


def seeds_needed(effect: float, level: float, power: float = 0.8) -> int | None:
    """Returns the fewest paired seeds that call a true effect with a power; never fewer than the test can work with.

    Args:
        effect: d_z, the mean of the differences in their standard deviations; infinite where they are all the same.
        level: of the test; divided by the size of the family where several comparisons are made.
        power: the wanted chance of a call.

    Returns:
        The number; None where the effect is 0, or so small that more than `MOST_SEEDS` would be needed.
    """
    fewest = fewest_pairs(level)
    if math.isinf(effect):
        return fewest
    if effect == 0 or math.isnan(effect):
        return None
    low, high = max(fewest, 2) - 1, max(fewest, 2)
    while high < MOST_SEEDS and paired_power(effect, high, level) < power:
        low, high = high, 2 * high
    if high >= MOST_SEEDS:
        high = MOST_SEEDS
        if paired_power(effect, high, level) < power:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if paired_power(effect, middle, level) < power:
            low = middle
        else:
            high = middle
    return high
