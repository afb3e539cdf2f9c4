"""Majority count: how often the most frequent of many symbols came."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key
from scipy.fft import next_fast_len
from scipy.special import gammaln
from scipy.stats import binom

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.task import Family

#: More tokens or counts would make the exact chance of long sequences slow to compute.
MOST_TOKENS, MOST_COUNTS = 1024, 256
#: Lengths at which one count is likelier than this have no room for a score above chance.
SUREST = 0.95


@dataclass(frozen=True)
class MajorityCount(GeneratedTask):
    """How often did the most frequent symbol come? Asked once, at a query step after the last symbol.

    Of a vocabulary of V tokens, V-1 are symbols and the last is the query. The first `length` - 1 steps hold symbols,
    uniform and independent, and the last step holds the query and is the only one that counts. The answer is a class
    for each count from 1 to `largest`, the last of which also stands for every greater count. Several symbols may
    have come as often. Without a memory the best guess is the likeliest count, which depends on the length.

    Lengths of which the symbols come more than half of `largest` times each on average are refused, so that greater
    counts hardly occur. So are those at which one count comes in more than 95 % of sequences: with the defaults
    lengths 3 and 4, where all symbols differ. Training begins at 8.

    Beck et al. 2024, "xLSTM" (arXiv:2405.04517), appendix B.1.1, with lengths up to 40 in training and 40 to 256 in
    testing. Their generator was not released. V = 64 is taken from `majority`; that V counts the query, that the
    answer is asked after the last symbol, and that counts have classes of their own are our choices.

    Attributes:
        vocabulary: V, how many different tokens there are, the query included.
        largest: the greatest count that has a class of its own.

    Examples:
        Key 0, length 12, vocabulary=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    4  0  2  3  1  2  2  3  3  3  1  ?
            target   -  -  -  -  -  -  -  -  -  -  -  4
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 1, length 12, vocabulary=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    1  2  0  3  3  4  3  1  1  1  3  ?
            target   -  -  -  -  -  -  -  -  -  -  -  4
            mask     -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Beck et al. 2024, arXiv:2405.04517"

    vocabulary: int = 64
    largest: int = 63

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 3, MOST_TOKENS)
        require_whole("largest", self.largest, 2, MOST_COUNTS)
        if _possible_lengths(self.vocabulary - 1, self.largest) is None:
            enough = self.largest + 1
            while _possible_lengths(self.vocabulary - 1, enough) is None:
                enough += 1
            raise ValueError(
                f"largest={self.largest!r} is too small a count for {self.vocabulary - 1} symbols in several lengths; "
                f"try largest={enough}"
            )

    @property
    def inputs(self) -> Tokens:
        """Symbols, and the query."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The counts from 1."""
        return Classes(self.largest)

    @property
    def lengths(self) -> Lengths:
        """From 8 steps on, up to the lengths of Beck et al. 2024 where the counts have room, else shorter ones."""
        lengths = _possible_lengths(self.vocabulary - 1, self.largest)
        assert lengths is not None, "refused when the task is made"
        return lengths

    def problem(self, length: int) -> str | None:
        """Two symbols and the query must have room, the count a class, and the answer must not be known beforehand."""
        symbols = self.vocabulary - 1
        most = _most_steps(symbols, self.largest)
        if length < 3:
            return "two symbols and the query need at least 3 steps"
        if length > most:
            return (
                f"counts in so many steps of {symbols} symbols may be greater than largest={self.largest}; "
                f"try at most {most} steps, or a greater value of largest"
            )
        if _possible(symbols, self.largest, length):
            return None
        count = int(np.argmax(_probabilities(symbols, self.largest, length - 1))) + 1
        nearest = next(
            other
            for distance in range(1, most)
            for other in (length - distance, length + distance)
            if _possible(symbols, self.largest, other)
        )
        return (
            f"the most frequent of {symbols} symbols comes {count}{' or more' * (count == self.largest)} times in more "
            f"than {SUREST:.0%} of sequences, which leaves nothing to learn; try {nearest} steps"
        )

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbols and counts them."""
        steps = jnp.arange(size, dtype=jnp.int32)
        last = jnp.asarray(length, jnp.int32) - 1
        given = steps < last
        symbols = jax.random.randint(key, (size,), 0, self.vocabulary - 1)
        counts = jnp.zeros(self.vocabulary - 1, jnp.int32).at[symbols].add(given.astype(jnp.int32))
        answer = jnp.clip(jnp.max(counts), 1, self.largest) - 1
        mask = steps == last
        return Example(
            inputs=jnp.where(given, symbols, jnp.where(mask, self.vocabulary - 1, 0)),
            targets=jnp.where(mask, answer, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the first symbol to the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """The probability of the likeliest count."""
        return float(np.max(_probabilities(self.vocabulary - 1, self.largest, length - 1)))

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Counts every symbol so far."""
        counts = [0] * self.vocabulary
        most = []
        for token in inputs.tolist():
            if token < self.vocabulary - 1:
                counts[token] += 1
            most.append(min(max(*counts, 1), self.largest))
        return _one_hot(np.asarray(most) - 1, self.largest)

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Always says the count that is the likeliest at this length."""
        likeliest = np.argmax(_probabilities(self.vocabulary - 1, self.largest, len(inputs) - 1))
        return _one_hot(np.full(len(inputs), likeliest), self.largest)

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the query."""
        return "?" if index == self.vocabulary - 1 else str(index)

    def output_name(self, index: int) -> str:
        """The count."""
        return str(index + 1)


def _one_hot(classes: np.ndarray, count: int) -> np.ndarray:
    return (classes[:, None] == np.arange(count)).astype(float)


def _most_steps(symbols: int, largest: int) -> int:
    """The length at which each symbol comes half of `largest` times on average."""
    return symbols * largest // 2 + 1


def _possible(symbols: int, largest: int, length: int) -> bool:
    """Whether the counts have classes at this length, and no count is nearly sure."""
    if not 3 <= length <= _most_steps(symbols, largest):
        return False
    return bool(np.max(_probabilities(symbols, largest, length - 1)) <= SUREST)


@cache
def _possible_lengths(symbols: int, largest: int) -> Lengths | None:
    """The longest default lengths of which all are possible, or None where there are none."""
    for longest in range(40, 3, -1):
        evaluation = tuple(longest * times // 10 for times in (10, 16, 24, 32, 48, 64))
        if all(_possible(symbols, largest, length) for length in reversed(evaluation)):
            shortest = next(
                length for length in range(min(8, longest), longest + 1) if _possible(symbols, largest, length)
            )
            return Lengths(train=(shortest, longest), evaluation=evaluation)
    return None


@cache
def _probabilities(symbols: int, largest: int, steps: int) -> np.ndarray:
    """The probability of each count from 1 to `largest` or more, when `steps` symbols are drawn.

    The counts of the symbols are independent Poisson variables given that they sum to `steps`, so the probability that
    none is greater than m is that of the sum of as many truncated ones, made by a Fourier transform.
    """
    mean = steps / symbols
    log_steps = steps * np.log(steps) - steps - gammaln(steps + 1)
    at_most = np.zeros(largest + 1)
    # No symbol comes more often, but with a probability that no digit shows.
    surely = int(np.argmax(symbols * binom.sf(np.arange(steps + 1), steps, 1 / symbols) < 1e-14))
    at_most[surely:] = 1.0
    for most in range(-(-steps // symbols), min(surely, largest)):
        counts = np.arange(most + 1)
        poisson = np.exp(counts * np.log(mean) - mean - gammaln(counts + 1))
        points = next_fast_len(most * symbols + 1, real=True)
        sums = np.fft.irfft(np.fft.rfft(poisson, points) ** symbols, points)
        at_most[most] = min(1.0, max(0.0, sums[steps]) / np.exp(log_steps))
    at_most[largest] = 1.0
    return np.maximum(np.diff(at_most), 0.0)
