"""Exact probabilities of the values of ListOps expressions whose lengths are given."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from jaxtyping import Complex, Float, Int
from scipy.special import comb
from scipy.stats import binom

DIGITS = 10
#: How many different shares of a list's tokens an operator can draw.
SHARES = 8
#: Longer expressions are not told apart.
ENDLESS = 2**24

# Pairs of digits v <= w below 9. How many of a list's arguments are at most v, when none is from v+1 to w, is all that
# minimum, maximum and median depend on.
LOWER, UPPER = np.triu_indices(DIGITS - 1)
EQUAL = LOWER == UPPER


def longest_arguments(depth: int, arguments: int) -> list[int]:
    """Returns the longest argument at depth 1 (the whole expression), 2, …, `depth` (a digit), in tokens."""
    lengths = [1]
    for _ in range(depth - 1):
        lengths.append(min(2 + arguments * lengths[-1], ENDLESS))
    return lengths[::-1]


@cache
def list_values(depth: int, arguments: int, nesting: float, longest: int) -> Float[np.ndarray, "lengths 10"]:
    """Returns the probabilities of the values of expressions of 0 … `longest` tokens, as `list_ops` draws them.

    The probabilities of operators at one depth follow from those one deeper, for all lengths together. Lengths that
    no expression has get zeros.

    Args:
        depth: how deep digits can stand.
        arguments: most arguments of an operator.
        nesting: probability that an argument is an operator, where the length leaves the choice.
        longest: of the lengths.
    """
    values = np.zeros((longest + 1, DIGITS))
    tokens = np.arange(2, longest - 1)  # of a list, without operator and bracket
    for limit in longest_arguments(depth, arguments)[:0:-1]:
        fewest = np.maximum(2, -(-tokens // limit))
        with_operators = np.maximum(np.minimum(arguments, tokens - 3) - fewest + 1, 0)
        choices = with_operators + (tokens <= arguments)
        outer = np.zeros_like(values)
        for nested, (counts, sums) in enumerate(_nested_lists(values, limit, arguments)):
            for count in range(max(nested, 2), arguments + 1):
                extra = tokens - count
                least, most = -(-extra // max(limit - 1, 1)), np.minimum(count, extra // 3)
                possible = (count >= fewest) & (count < fewest + with_operators) & (least <= nested) & (nested <= most)
                possible &= extra >= 3
                if nested == 0:
                    possible = extra == 0
                if not possible.any():
                    continue
                least, most = np.where(extra == 0, 0, least)[possible], np.where(extra == 0, 0, most)[possible]
                share = binom.pmf(nested, count, nesting)
                share /= binom.cdf(most, count, nesting) - binom.cdf(least - 1, count, nesting)
                drawn = _operated(counts[extra[possible]], sums[extra[possible]], count, nested)
                outer[tokens[possible] + 2] += (share / choices[possible])[:, None] * drawn
        values = outer
    return values


def _shares(nested: int, extra: Int[np.ndarray, " lists"], limit: int) -> Int[np.ndarray, "8 lists"]:
    """The tokens beyond one that the first of `nested` operators may get; its draws are equally likely."""
    fair = extra // nested
    least = np.maximum(3, extra - (nested - 1) * (limit - 1)) if nested > 1 else fair
    width = np.minimum(fair - least, np.minimum(limit - 1, extra - 3 * (nested - 1)) - fair)
    return fair - width + np.arange(SHARES)[:, None] * (2 * width + 1) // SHARES


def _nested_lists(
    values: Float[np.ndarray, "lengths 10"], limit: int, arguments: int
) -> Iterator[tuple[Float[np.ndarray, "lengths 45 counts"], Complex[np.ndarray, "lengths 10"]]]:
    """Yields, for 0 … `arguments` operators together, what their values contribute to a list.

    Rows are the operators' tokens beyond one each. The first array holds, for each pair v <= w, the probability that
    0, 1, … of them are at most v and the others above w; the second the Fourier transform of their sum modulo 10.
    """
    at_most = np.cumsum(values, axis=1)
    low, high = at_most[:, LOWER, None], 1 - at_most[:, UPPER, None]
    waves = np.fft.fft(values, axis=1)
    counts = np.zeros((len(values), len(LOWER), 1))
    sums = np.zeros((len(values), DIGITS), complex)
    counts[0] = sums[0] = 1
    yield counts, sums
    for nested in range(1, arguments + 1):
        extra = np.arange(3 * nested, min(len(values) - 2, nested * (limit - 1)) + 1)
        more_counts, more_sums = np.zeros((*counts.shape[:2], nested + 1)), np.zeros_like(sums)
        for share in _shares(nested, extra, limit):
            more_counts[extra, :, :-1] += high[share + 1] * counts[extra - share]
            more_counts[extra, :, 1:] += low[share + 1] * counts[extra - share]
            more_sums[extra] += waves[share + 1] * sums[extra - share]
        counts, sums = more_counts / SHARES, more_sums / SHARES
        yield counts, sums


def _operated(
    counts: Float[np.ndarray, "lists 45 counts"], sums: Complex[np.ndarray, "lists 10"], arguments: int, nested: int
) -> Float[np.ndarray, "lists 10"]:
    """The probabilities of the value of an operator, drawn uniformly, on operators and uniform digits."""
    digits = arguments - nested
    number = np.arange(digits + 1)
    below, above = (LOWER + 1) / DIGITS, 1 - (UPPER + 1) / DIGITS
    of_digits = comb(digits, number) * below[:, None] ** number * above[:, None] ** (digits - number)

    middle = (arguments + 1) // 2  # the rank of the lower of the two in the middle, or of the only one
    first = counts[:, EQUAL]
    alone = np.zeros((*first.shape[:2], arguments + 1))
    apart = np.zeros(counts.shape[:2])
    for operators in range(nested + 1):
        alone[:, :, operators : operators + digits + 1] += first[:, :, operators, None] * of_digits[EQUAL]
        if 0 <= middle - operators <= digits:
            apart += counts[:, :, operators] * of_digits[:, middle - operators]

    minimum = _probabilities(1 - alone[:, :, 0])
    maximum = _probabilities(alone[:, :, -1])
    lower = _probabilities(np.sum(alone[:, :, middle:], axis=2))
    median = lower if arguments % 2 == 1 else _means(lower, apart)
    total = np.fft.ifft(sums * (np.arange(DIGITS) == 0) if digits else sums, axis=1).real
    return (minimum + maximum + median + total) / 4


def _probabilities(at_most: Float[np.ndarray, "lists 9"]) -> Float[np.ndarray, "lists 10"]:
    """The probabilities of digits, from those of being at most 0, 1, …, 8."""
    return np.diff(at_most, axis=1, prepend=0, append=1)


def _means(lower: Float[np.ndarray, "lists 10"], apart: Float[np.ndarray, "lists 45"]) -> Float[np.ndarray, "lists 10"]:
    """The probabilities of the mean, rounded down, of the two in the middle.

    Args:
        lower: probabilities of the lower one.
        apart: probabilities that the lower is at most v and the upper above w.
    """
    joint = np.zeros((len(lower), DIGITS + 1, DIGITS))
    joint[:, LOWER + 1, UPPER] = apart
    joint = np.diff(joint, axis=1)  # the lower is v, the upper above w; right for w >= v
    means = np.zeros_like(lower)
    for low in range(DIGITS):
        upper = -np.diff(joint[:, low, low:], axis=1, prepend=lower[:, low, None])
        for up in range(low, DIGITS):
            means[:, (low + up) // 2] += upper[:, up - low]
    return means
