"""Missing duplicate: a string twice, with a hole to fill."""

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
class MissingDuplicate(GeneratedTask):
    """Read a string twice, with one symbol missing, and say the missing symbol.

    A string of m symbols of an alphabet of V, uniform and independent, is written twice. One of the 2m places, drawn
    uniformly, holds the hole (token V) instead of its symbol; the other copy still has it. Then comes one query (token
    V+1), at which the missing symbol is asked. Only the query counts. The length is 2m + 1, an odd number of at least
    3. Without a memory nothing beats 1/V.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), where V = 2: the query is the
    empty token that their code appends for every step of the output; 2m is 1 to 40 in training, 41 to 500 in
    evaluation. Deviation: they fill an odd number of places up with a padding symbol and give one place, which has no
    duplicate, a constant answer; here an odd number of places is refused.

    Attributes:
        vocabulary: V, how many different symbols there are.

    Examples:
        Key 0, length 9::

            step    0 1 2 3 4 5 6 7 8
            input   1 1 1 1 1 1 # 1 ?
            target  - - - - - - - - 1
            mask    - - - - - - - - *

        Key 1, length 9, vocabulary=5::

            step    0 1 2 3 4 5 6 7 8
            input   2 1 0 2 # 1 0 2 ?
            target  - - - - - - - - 2
            mask    - - - - - - - - *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = deletang_results(
        {"RNN": 52.3, "LSTM": 54.3, "Stack-RNN": 55.2, "Tape-RNN": 100, "Transformer": 56.4}, checked=("Tape-RNN",)
    )

    vocabulary: int = 2

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 2, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols, hole, query."""
        return Tokens(self.vocabulary + 2)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary)

    @property
    def lengths(self) -> Lengths:
        """2 to 40 places in training and 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(3, 41), evaluation=(41, 65, 97, 129, 193, 257, 501))

    def problem(self, length: int) -> str | None:
        """Two copies of one length, and the query."""
        if length >= 3 and length % 2 == 1:
            return None
        return (
            "a string of m symbols twice and the query have 2m+1 steps, an odd number of at least 3; "
            f"try {max(3, length + 1)}"
        )

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws a string and a place, and lays out the sequence."""
        string_key, place_key = jax.random.split(key)
        steps = jnp.arange(size, dtype=jnp.int32)
        half = (jnp.asarray(length, jnp.int32) - 1) // 2
        string = jax.random.randint(string_key, (size,), 0, self.vocabulary, jnp.int32)
        twice = string[jnp.where(steps < half, steps, jnp.clip(steps - half, 0, size - 1))]
        hole = jax.random.randint(place_key, (), 0, 2 * half, jnp.int32)
        mask = steps == 2 * half
        tokens = jnp.where(steps == hole, self.vocabulary, twice)
        return Example(
            inputs=jnp.where(steps < 2 * half, tokens, jnp.where(mask, self.vocabulary + 1, 0)),
            targets=jnp.where(mask, twice[hole], 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """The first symbol, or a hole in its stead, is needed at the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / self.vocabulary

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Looks at the hole's place in the other copy."""
        places = inputs[:-1].tolist()
        half, hole = len(places) // 2, places.index(self.vocabulary)
        return np.tile(np.eye(self.vocabulary)[places[hole - half]], (len(inputs), 1))

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The query tells nothing."""
        return np.zeros((len(inputs), self.vocabulary))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, # for the hole, ? for the query."""
        return {self.vocabulary: "#", self.vocabulary + 1: "?"}.get(index, str(index))
