"""Majority count: how often the most frequent of many symbols came."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key
from scipy.special import gammaln

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.task import Family


@dataclass(frozen=True)
class MajorityCount(GeneratedTask):
    """How often did the most frequent symbol come? Asked once, at a query step after the last symbol.

    Of a vocabulary of V tokens, V-1 are symbols and the last is the query. The first `length` - 1 steps hold symbols,
    uniform and independent, and the last step holds the query and is the only one that counts. The answer is a class
    for each count from 1 to `largest`, the last of which also stands for every greater count. Several symbols may
    have come as often. Without a memory the best guess is the likeliest count, which depends on the length.

    Lengths of which the symbols come more than half of `largest` times each on average are refused, so that greater
    counts hardly occur.

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
        require_whole("vocabulary", self.vocabulary, 3)
        require_whole("largest", self.largest, 2)
        if self._most_steps < 28:
            raise ValueError(
                f"largest={self.largest!r} is too small a count for {self.vocabulary - 1} symbols in several lengths; "
                f"try largest={-(-54 // (self.vocabulary - 1))}"
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
        """The lengths of Beck et al. 2024, where the counts have room; else as many as have, from 3 steps on."""
        longest = min(40, max(4, self._most_steps // 7))
        return Lengths(
            train=(3, longest), evaluation=tuple(longest * times // 10 for times in (10, 16, 24, 32, 48, 64))
        )

    @property
    def _most_steps(self) -> int:
        return (self.vocabulary - 1) * self.largest // 2 + 1

    def problem(self, length: int) -> str | None:
        """Two symbols and the query must have room, and the count a class."""
        if length < 3:
            return "two symbols and the query need at least 3 steps"
        if length <= self._most_steps:
            return None
        return (
            f"counts in so many steps of {self.vocabulary - 1} symbols may be greater than largest={self.largest}; "
            f"try at most {self._most_steps} steps, or a greater value of largest"
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
        return np.eye(self.largest)[np.asarray(most) - 1]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Always says the count that is the likeliest at this length."""
        likeliest = np.argmax(_probabilities(self.vocabulary - 1, self.largest, len(inputs) - 1))
        return np.eye(self.largest)[np.full(len(inputs), likeliest)]

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the query."""
        return "?" if index == self.vocabulary - 1 else str(index)

    def output_name(self, index: int) -> str:
        """The count."""
        return str(index + 1)


@cache
def _probabilities(symbols: int, largest: int, steps: int) -> np.ndarray:
    """The probability of each count from 1 to `largest` or more, when `steps` symbols are drawn.

    The counts of the symbols are independent Poisson variables given that they sum to `steps`, so the probability that
    none is greater than m is that of the sum of as many truncated ones, made by a Fourier transform.
    """
    mean = steps / symbols
    log_steps = steps * np.log(steps) - steps - gammaln(steps + 1)
    at_most = np.zeros(largest + 1)
    for most in range(1, largest):
        if most * symbols < steps:
            continue
        counts = np.arange(min(most, steps) + 1)
        poisson = np.exp(counts * np.log(mean) - mean - gammaln(counts + 1))
        sums = np.fft.irfft(np.fft.rfft(poisson, most * symbols + 2) ** symbols, most * symbols + 2)
        at_most[most] = min(1.0, max(0.0, sums[steps]) / np.exp(log_steps))
        if most >= steps:
            at_most[most:] = 1.0
            break
    at_most[largest] = 1.0
    return np.maximum(np.diff(at_most), 0.0)
