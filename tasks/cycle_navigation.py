"""Cycle navigation: where on a circle does a walk end?"""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, deletang_results
from lrbench.data.fields import require_whole
from lrbench.data.task import Family

QUERY = 3
#: No walk of the default lengths comes farther round.
MOST_POSITIONS = 1024


@dataclass(frozen=True)
class CycleNavigation(GeneratedTask):
    """Walk left, right or not at all on a circle, and say where you are at the end.

    A string of n actions is read, uniform and independent: token 0 is a step to the left (-1), 1 stays, 2 is a step to
    the right (+1). The walk starts at position 0 of a circle of N. Then comes one query, at which the position is asked
    as a class of N. Only the query counts. The length is n + 1. Without a memory the best answer is 0, where a walk is
    likeliest to end: P(0) = (1/N) Σ_k ((1 + 2 cos(2πk/N)) / 3)^n, one third at n = 1, soon 1/N.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), where N = 5: the query is the
    empty token that their code appends for every step of the output; strings of 1 to 40 actions in training, 41 to 500
    in evaluation. No deviation; the order of the tokens is their code's.

    Attributes:
        positions: N, how many positions the circle has.

    Examples:
        Key 0, length 9::

            step    0 1 2 3 4 5 6 7 8
            input   . L R . R L L R ?
            target  - - - - - - - - 0
            mask    - - - - - - - - *

        Key 1, length 9::

            step    0 1 2 3 4 5 6 7 8
            input   . R R R . . L L ?
            target  - - - - - - - - 1
            mask    - - - - - - - - *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = deletang_results(
        {"RNN": 100, "LSTM": 100, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 61.9}
    )

    positions: int = 5

    def __post_init__(self) -> None:
        require_whole("positions", self.positions, 3, MOST_POSITIONS)

    @property
    def inputs(self) -> Tokens:
        """Three actions and the query."""
        return Tokens(4)

    @property
    def output(self) -> Classes:
        """The positions."""
        return Classes(self.positions)

    @property
    def lengths(self) -> Lengths:
        """Strings of 1 to 40 actions in training and of 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(2, 41), evaluation=(41, 65, 97, 129, 193, 257, 501))

    def problem(self, length: int) -> str | None:
        """An action and the query."""
        return None if length >= 2 else "an action or more and the query need at least 2 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws `length` - 1 actions and adds them up."""
        steps = jnp.arange(size, dtype=jnp.int32)
        query = jnp.asarray(length, jnp.int32) - 1
        actions = jax.random.randint(key, (size,), 0, 3, jnp.int32)
        end = jnp.sum(jnp.where(steps < query, actions - 1, 0), dtype=jnp.int32) % self.positions
        mask = steps == query
        return Example(
            inputs=jnp.where(steps < query, actions, jnp.where(mask, QUERY, 0)),
            targets=jnp.where(mask, end, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the first action to the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """How often a walk ends where it began, which no other position exceeds."""
        angles = 2 * np.pi * np.arange(self.positions) / self.positions
        return float(np.mean(((1 + 2 * np.cos(angles)) / 3) ** (length - 1)))

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Walks."""
        position, logits = 0, np.zeros((len(inputs), self.positions))
        for step, action in enumerate(inputs.tolist()):
            position = (position + {0: -1, 1: 0, 2: 1, QUERY: 0}[action]) % self.positions
            logits[step, position] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says that the walk is back at 0."""
        logits = np.zeros((len(inputs), self.positions))
        logits[:, 0] = 20.0
        return logits

    def input_name(self, index: int) -> str:
        """L, a dot to stay, R, and ? for the query."""
        return "L.R?"[index]
