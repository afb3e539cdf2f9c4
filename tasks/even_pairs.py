"""Even pairs: the regular language that looks like counting and asks for two bits only."""

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, deletang_results
from lrbench.data.fair_bits import fair_bits
from lrbench.data.task import Family

QUERY = 2


@dataclass(frozen=True)
class EvenPairs(GeneratedTask):
    """Say whether the number of places where a bit differs from the one before it is even (0) or odd (1).

    In other words: does the last bit equal the first? A string of n uniform, independent bits is read, then one query,
    at which the class is asked: 0 for an even number of pairs 01 and 10 together, 1 for an odd one. Only the query
    counts. The length is n + 1. Without a memory nothing beats one half.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098): the query is the empty token
    that their code appends for every step of the output; strings of 1 to 40 bits in training, 41 to 500 in
    evaluation. Deviation: a string of one bit has no pairs and a known answer, so strings here have at least 2.

    Examples:
        Key 0, length 9::

            step    0 1 2 3 4 5 6 7 8
            input   1 1 0 0 1 0 0 1 ?
            target  - - - - - - - - 0
            mask    - - - - - - - - *

        Key 1, length 9::

            step    0 1 2 3 4 5 6 7 8
            input   0 1 0 0 1 1 1 1 ?
            target  - - - - - - - - 1
            mask    - - - - - - - - *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *deletang_results({"RNN": 100, "LSTM": 100, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 96.4}),
        Published(
            model="Transformer",
            value=0.677,
            measure="token accuracy",
            setting="as the best of 10 seeds above, but their mean; standard deviation 0.152",
            source="google-deepmind/neural_networks_chomsky_hierarchy, issue 7",
        ),
    )

    @property
    def inputs(self) -> Tokens:
        """Bits and the query."""
        return Tokens(3)

    @property
    def output(self) -> Classes:
        """0 for an even, 1 for an odd number of unequal pairs."""
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        """Strings of 2 to 40 bits in training and of 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(3, 41), evaluation=(41, 65, 97, 129, 193, 257, 501))

    def problem(self, length: int) -> str | None:
        """A pair takes two bits."""
        return None if length >= 3 else "a string of 2 bits or more and the query need at least 3 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws `length` - 1 fair bits and counts the steps at which they change."""
        steps = jnp.arange(size, dtype=jnp.int32)
        query = jnp.asarray(length, jnp.int32) - 1
        bits = fair_bits(key, size)
        unequal = jnp.sum((bits[1:] != bits[:-1]) & (steps[1:] < query), dtype=jnp.int32)
        mask = steps == query
        return Example(
            inputs=jnp.where(steps < query, bits, jnp.where(mask, QUERY, 0)),
            targets=jnp.where(mask, unequal % 2, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the first bit to the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """A coin."""
        return 0.5

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Compares the first bit with the last."""
        return np.tile(np.eye(2)[int(inputs[0] != inputs[-2])], (len(inputs), 1))

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The query tells nothing."""
        return np.zeros((len(inputs), 2))

    def input_name(self, index: int) -> str:
        """Bits, and ? for the query."""
        return "01?"[index]
