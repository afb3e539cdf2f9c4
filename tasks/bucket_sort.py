"""Bucket sort: count a few kinds of symbols, and say them in order."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, deletang_results
from lrbench.data.fields import require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family


@dataclass(frozen=True)
class BucketSort(GeneratedTask):
    """Read a string, then say its symbols sorted.

    A string of n symbols from an alphabet of V, uniform and independent, is read; then come n queries (token V), at
    which the string is asked in rising order, a symbol each. Only the queries count. The length is 2n. A query tells
    nothing, not even how many came before it, so without a memory nothing beats 1/V.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), where V = 5: the queries are
    the empty tokens that their code appends for every step of the output; strings of 1 to 40 symbols in training, 41 to
    500 in evaluation. No deviation.

    Attributes:
        vocabulary: V, how many different symbols there are.

    Examples:
        Key 0, length 14::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    4  0  2  3  1  2  2  ?  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  0  1  2  2  2  3  4
            mask     -  -  -  -  -  -  -  *  *  *  *  *  *  *

        Key 1, length 14, vocabulary=2::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    0  1  0  1  0  0  0  ?  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  0  0  0  0  0  1  1
            mask     -  -  -  -  -  -  -  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = deletang_results(
        {"RNN": 27.9, "LSTM": 99.3, "Stack-RNN": 78.1, "Tape-RNN": 70.7, "Transformer": 91.9}
    )

    vocabulary: int = 5

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 2, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols and the query."""
        return Tokens(self.vocabulary + 1)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary)

    @property
    def lengths(self) -> Lengths:
        """Strings of 1 to 40 symbols in training and of 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(2, 80), evaluation=(80, 128, 192, 256, 384, 512, 1000))

    def problem(self, length: int) -> str | None:
        """As many queries as symbols."""
        if length >= 2 and length % 2 == 0:
            return None
        return f"n symbols and n queries have 2n steps, an even number of at least 2; try {max(2, length + 1)}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws a string and counts how many of its symbols are at most 0, at most 1, and so on."""
        steps = jnp.arange(size, dtype=jnp.int32)
        n = jnp.asarray(length, jnp.int32) // 2
        string = jax.random.randint(key, (size,), 0, self.vocabulary, jnp.int32)
        counts = jnp.zeros(self.vocabulary, jnp.int32).at[string].add((steps < n).astype(jnp.int32))
        ordered = jnp.searchsorted(jnp.cumsum(counts), steps - n, side="right").astype(jnp.int32)
        mask = (steps >= n) & (steps < 2 * n)
        return Example(
            inputs=jnp.where(steps < n, string, jnp.where(mask, self.vocabulary, 0)),
            targets=jnp.where(mask, ordered, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """The last symbol said depends on the first one read."""
        return length - 1

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / self.vocabulary

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Sorts."""
        string = inputs[: len(inputs) // 2].tolist()
        return np.eye(self.vocabulary)[string + sorted(string)]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """A query tells nothing."""
        return np.zeros((len(inputs), self.vocabulary))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the query."""
        return "?" if index == self.vocabulary else str(index)
