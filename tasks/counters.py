"""Several counters at once: the finite control of a counter machine is given, and its counters are to be kept."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.task import Family

BELOW, ZERO, ABOVE = 0, 1, 2
#: With more, each counter moves so seldom that a sequence of training length asks hardly anything of a memory.
MOST_COUNTERS = 32
#: The shortest training sequences leave this much to chance.
CHANCE_AT_FIRST = 0.8


@dataclass(frozen=True)
class Counters(GeneratedTask):
    """Move k counters up and down, and say of the one that just moved whether it is below, at or above zero.

    All counters begin at 0. Each step moves one of them by one; which one, and whether up or down, is uniform and
    independent, so that there are 2k tokens. The answer at a step is the sign of the counter that moves there, after
    the move. All steps count. A guess that forgets does best to say "above" after a move up and "below" after a move
    down: that is right unless the counter was on the other side, or one step away from zero. Short sequences are mostly
    first moves of a counter, which need no memory; training begins where the guess is right in at most 80 % of steps.

    A task of our own after the k-counter machines of Weiss, Goldberg and Yahav 2018 (arXiv:1805.04908), who show that
    an LSTM can move counters by fixed amounts and compare them with zero, and a GRU cannot. The counter-k languages of
    Bhattamishra et al. 2020 (arXiv:2009.11264) are a^n b^n, a^n b^n c^n and a^n b^n c^n d^n, which are `counting_sets`
    here; and `shuffle_dyck` needs k counters that never go below zero.

    Attributes:
        counters: k, how many counters there are.

    Examples:
        Key 0, length 16::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input   +2 +1 +1 +2 -2 -2 +1 -2 +2 -2 +1 -1 +1 -2 -2 -2
            target  >0 >0 >0 >0 >0  0 >0 <0  0 <0 >0 >0 >0 <0 <0 <0
            mask     *  *  *  *  *  *  *  *  *  *  *  *  *  *  *  *

        Key 1, length 16::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input   +1 -2 +1 +2 +1 +1 -1 +2 -1 -1 +1 +2 -1 -1 -1 -1
            target  >0 <0 >0  0 >0 >0 >0 >0 >0 >0 >0 >0 >0  0 <0 <0
            mask     *  *  *  *  *  *  *  *  *  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "after Weiss et al. 2018, arXiv:1805.04908"

    counters: int = 2

    def __post_init__(self) -> None:
        require_whole("counters", self.counters, 1, MOST_COUNTERS)

    @property
    def inputs(self) -> Tokens:
        """Moves up of each counter, then moves down."""
        return Tokens(2 * self.counters)

    @property
    def output(self) -> Classes:
        """Below, at, above zero."""
        return Classes(3)

    @property
    def lengths(self) -> Lengths:
        """From the first length with a chance of 0.8 to 64 steps or twice that; up to 8 times as many in evaluation."""
        steps = 4 * self.counters + 8
        chances = np.cumsum(_agreements(self.counters, steps)) / np.arange(1, steps + 1)
        shortest = int(np.argmax(chances <= CHANCE_AT_FIRST)) + 1
        longest = max(64, 2 * shortest)
        return Lengths(
            train=(shortest, longest), evaluation=tuple(longest * halves // 2 for halves in (2, 3, 4, 6, 8, 12, 16))
        )

    def problem(self, length: int) -> str | None:
        """The first move needs no memory."""
        return None if length >= 2 else "the first move needs no memory, so at least 2 steps are needed"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the moves, and adds up those of each counter."""
        tokens = jax.random.randint(key, (size,), 0, 2 * self.counters)
        mask = jnp.arange(size, dtype=jnp.int32) < length
        tokens = jnp.where(mask, tokens, 0)
        moves = jnp.where(tokens < self.counters, 1, -1)

        def add_up(counter: Int[Array, ""], values: Int[Array, " size"]) -> Int[Array, " size"]:
            moved = tokens % self.counters == counter
            return jnp.where(moved, jnp.cumsum(jnp.where(moved, moves, 0), dtype=jnp.int32), values)

        values = jax.lax.fori_loop(0, self.counters, add_up, jnp.zeros((size,), jnp.int32))
        return Example(inputs=tokens, targets=jnp.where(mask, jnp.sign(values) + 1, 0), mask=mask)

    def lag(self, length: int) -> int:
        """The first move may decide the last answer."""
        return length - 1

    def chance(self, length: int) -> float:
        """How often a counter is on the side to which it just moved; averaged over the steps."""
        return float(np.mean(_agreements(self.counters, length)))

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps the counters."""
        logits = np.zeros((len(inputs), 3))
        values = [0] * self.counters
        for step, token in enumerate(inputs.tolist()):
            values[token % self.counters] += 1 if token < self.counters else -1
            value = values[token % self.counters]
            logits[step, ABOVE if value > 0 else BELOW if value < 0 else ZERO] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says that a counter is where it moves to."""
        return np.eye(3)[np.where(inputs < self.counters, ABOVE, BELOW)]

    def input_name(self, index: int) -> str:
        """The direction and the counter's number."""
        return f"{'+-'[index // self.counters]}{index % self.counters + 1}"

    def output_name(self, index: int) -> str:
        """The sign."""
        return ("<0", "0", ">0")[index]


@cache
def _agreements(counters: int, length: int) -> np.ndarray:
    """The probability, at each step, that the counter that moves there is then on the side to which it moves.

    It is so exactly if the counter was at zero or on that side before, with probability (1 + P)/2, where P is the
    probability that it was at zero. Seen at every step, a counter stays with probability 1 - 1/k and moves up or down
    with 1/(2k) each, so that the generating function of P is ((1 - x)(1 - (1 - 2/k)x))^(-1/2), and P follows the
    recurrence of Legendre polynomials.
    """
    stay, inner = 1 - 1 / counters, 1 - 2 / counters
    zero = np.ones(length)
    for step in range(1, length):
        before = zero[step - 2] if step > 1 else 0.0
        zero[step] = ((2 * step - 1) * stay * zero[step - 1] - (step - 1) * inner * before) / step
    return (1 + zero) / 2
