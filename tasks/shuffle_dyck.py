"""Shuffled Dyck words: several kinds of bracket, each balanced by itself, for which as many counters are enough."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from lrbench.data import Example, Published
from lrbench.data.brackets import rises
from lrbench.data.next_brackets import NextBrackets


@dataclass(frozen=True)
class ShuffleDyck(NextBrackets):
    """Read brackets of several kinds, each balanced by itself, and say after each one which may come next.

    ( [ ) ] is a word here and not of `dyck`: pairs of different kinds may cross. So a stack is not needed but a counter
    for each kind. An opening bracket of any kind may always come, and a closing one when a bracket of its kind is open.
    The target of a step is this set, a bit for each bracket, and all steps count.

    Words have exactly `length` brackets. Each of their n pairs takes its kind uniformly and independently; given how
    many pairs a kind has, its brackets form a balanced word, uniform among those of its length; and the kinds' words
    are interleaved, all interleavings being equally likely. The headline is the share of words with every step right.
    A guess that forgets does best to say that after an opening bracket this one may be closed, and nothing after a
    closing one. This is right for words in which each bracket is closed at once: with k kinds and n pairs a share of
    C(n+2k-1, n) / (k^n C(2n, n)).

    Bhattamishra, Ahuja and Goyal 2020, "On the ability and limitations of Transformers to recognize formal languages"
    (arXiv:2009.11264), with 2, 4 and 6 kinds, lengths 2 … 50 in training and 52 … 100 and up to 150 in testing, after
    Suzgun et al. 2019, "LSTM networks can perform dynamic counting" (arXiv:1906.03648). The generator of the former
    draws from the grammar of Dyck-k, so that its words are properly nested, and only their targets are those of a
    shuffle; here the kinds really cross. Length 2 is left out, because ( ) needs no memory.

    Attributes:
        brackets: k, how many kinds there are.

    Examples:
        Key 0, length 12::

            step       0    1    2    3    4    5    6    7    8    9   10   11
            input      [    [    ]    [    (    ]    (    )    )    (    ]    )
            target   ([]  ([]  ([]  ([] ([)] ([)] ([)] ([)]  ([] ([)]  ([)   ([
            mask       *    *    *    *    *    *    *    *    *    *    *    *

        Key 1, length 12::

            step       0    1    2    3    4    5    6    7    8    9   10   11
            input      [    [    [    (    ]    [    (    )    ]    ]    )    ]
            target   ([]  ([]  ([] ([)] ([)] ([)] ([)] ([)] ([)] ([)]  ([]   ([
            mask       *    *    *    *    *    *    *    *    *    *    *    *
    """

    paper: ClassVar[str] = "Bhattamishra et al. 2020, arXiv:2009.11264"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM",
            value=1.0,
            measure="word accuracy",
            setting="Shuffle-2, -4 and -6, up to 32 units, trained on lengths 2 … 50, tested on 52 … 100",
            source="Bhattamishra et al. 2020, arXiv:2009.11264",
            recalled=True,
        ),
    )
    fewest: ClassVar[int] = 2

    brackets: int = 2

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws how many pairs each kind has, then step by step whose bracket comes, and whether it opens."""
        uniforms = jax.random.uniform(key, (size, 3))
        steps = jnp.arange(size, dtype=jnp.int32)
        each = jnp.arange(self.brackets, dtype=jnp.int32)
        pairs = jnp.floor(uniforms[:, 0] * self.brackets).astype(jnp.int32)
        mine = (pairs[:, None] == each[None]) & (steps < jnp.asarray(length, jnp.int32) // 2)[:, None]
        remaining = 2 * jnp.sum(mine, axis=0, dtype=jnp.int32)

        def step(
            carry: tuple[Int[Array, " kinds"], Int[Array, " kinds"]],
            turn: Float[Array, " 2"],
        ) -> tuple[tuple[Int[Array, " kinds"], Int[Array, " kinds"]], tuple[Int[Array, ""], Bool[Array, " kinds"]]]:
            depths, remaining = carry
            heights = jnp.cumsum(remaining).astype(jnp.float32)
            kind = jnp.minimum(jnp.sum(turn[0] * heights[-1] >= heights, dtype=jnp.int32), self.brackets - 1)
            up = rises(turn[1], depths[kind], remaining[kind])
            chosen = each == kind
            depths = depths + jnp.where(chosen, jnp.where(up, 1, -1), 0)
            token = jnp.where(up, kind, self.brackets + kind)
            return (depths, remaining - chosen.astype(jnp.int32)), (token, depths > 0)

        _, (tokens, may_close) = jax.lax.scan(step, (jnp.zeros_like(remaining), remaining), uniforms[:, 1:])
        mask = steps < length
        legal = jnp.concatenate([jnp.ones_like(may_close), may_close], axis=1) & mask[:, None]
        return Example(inputs=jnp.where(mask, tokens, 0), targets=legal.astype(jnp.int32), mask=mask)

    def chance(self, length: int) -> float:
        """The share of words in which each bracket is closed at once."""
        pairs, kinds = length // 2, self.brackets
        logarithm = _log_choose(pairs + 2 * kinds - 1, pairs) - pairs * math.log(kinds) - _log_choose(2 * pairs, pairs)
        return math.exp(logarithm)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps a counter for each kind."""
        logits = np.full((len(inputs), 2 * self.brackets), -20.0)
        logits[:, : self.brackets] = 20.0
        counters = [0] * self.brackets
        for step, token in enumerate(inputs.tolist()):
            closes, kind = divmod(token, self.brackets)
            counters[kind] += -1 if closes else 1
            for other, count in enumerate(counters):
                if count:
                    logits[step, self.brackets + other] = 20.0
        return logits


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
