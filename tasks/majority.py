"""Majority: which of many symbols came most often, for which a count of each is needed."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.task import Family

#: A class for each of more symbols would make the outputs of a batch too large for most machines.
MOST_TOKENS = 4096


@dataclass(frozen=True)
class Majority(GeneratedTask):
    """Which symbol came most often? Asked once, at a query step after the last symbol.

    Of a vocabulary of V tokens, V-1 are symbols and the last is the query. The first `length` - 1 steps hold symbols,
    uniform and independent, and the last step holds the query and is the only one that counts. There is always one
    answer: where several symbols came most often, one of them is drawn, and a step that does not hold it, drawn
    uniformly, is changed to it. So it has one more than any other; and all symbols are alike, so that without a memory
    1/(V-1) are right. The name is the field's: the answer has more steps than any other symbol, not more than half.

    Beck et al. 2024, "xLSTM" (arXiv:2405.04517), appendix B.1.1, with V = 64, lengths up to 40 in training and 40 to
    256 in testing. Their generator was not released. That V counts the query, that the answer is asked after the last
    symbol, and that ties are removed are our choices. Ties are common: of all strings of 39 of 63 symbols half have
    one.

    Attributes:
        vocabulary: V, how many different tokens there are, the query included.

    Examples:
        Key 0, length 12, vocabulary=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    1  1  2  2  1  4  2  2  3  0  0  ?
            target   -  -  -  -  -  -  -  -  -  -  -  2
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 1, length 12, vocabulary=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    2  1  0  2  1  3  2  0  3  2  0  ?
            target   -  -  -  -  -  -  -  -  -  -  -  2
            mask     -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Beck et al. 2024, arXiv:2405.04517"

    vocabulary: int = 64

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 3, MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols, and the query."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary - 1)

    @property
    def lengths(self) -> Lengths:
        """The lengths of Beck et al. 2024."""
        return Lengths(train=(3, 40), evaluation=(40, 64, 96, 128, 192, 256))

    def problem(self, length: int) -> str | None:
        """A symbol and the query must have room."""
        return None if length >= 2 else "one symbol and the query need at least 2 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbols, breaks a tie, and asks."""
        symbols_key, tie_key = jax.random.split(key)
        steps = jnp.arange(size, dtype=jnp.int32)
        last = jnp.asarray(length, jnp.int32) - 1
        given = steps < last
        symbols = jax.random.randint(symbols_key, (size,), 0, self.vocabulary - 1)
        counts = jnp.zeros(self.vocabulary - 1, jnp.int32).at[symbols].add(given.astype(jnp.int32))
        most = jnp.max(counts)
        tied = counts == most
        uniforms = jax.random.uniform(tie_key, (self.vocabulary,))
        answer = jnp.argmax(jnp.where(tied, uniforms[:-1], -1.0)).astype(jnp.int32)

        others = jnp.cumsum(given & (symbols != answer), dtype=jnp.int32)
        place = jnp.argmax(others.astype(jnp.float32) > uniforms[-1] * (last - most).astype(jnp.float32))
        changed = (steps == place) & (jnp.sum(tied) > 1)
        inputs = jnp.where(changed, answer, symbols)
        mask = steps == last
        return Example(
            inputs=jnp.where(given, inputs, jnp.where(mask, self.vocabulary - 1, 0)),
            targets=jnp.where(mask, answer, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the first symbol to the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / (self.vocabulary - 1)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Counts every symbol, and says so at the query."""
        counts = np.zeros((len(inputs), self.vocabulary - 1))
        counts[-1] = np.bincount(inputs[:-1], minlength=self.vocabulary - 1)
        return counts

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The query tells nothing of the symbols."""
        return np.zeros((len(inputs), self.vocabulary - 1))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the query."""
        return "?" if index == self.vocabulary - 1 else str(index)
