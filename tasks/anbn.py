"""a^n b^n: the counting task on which LSTM and GRU part."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Judgement, Lengths, Published, Tokens
from lrbench.data.fields import require_between
from lrbench.data.task import Family, Score

BOUNDARY, A, B = 0, 1, 2

TRAINED = "trained on n = 0 … 99; 1 layer of 10 units, embedding 3, an update after each word, Adam at 1e-3"
WEISS = "Weiss et al. 2018, arXiv:1805.04908"
RELEASED = "tech-srl/counting_dimensions, its released weights"


@dataclass(frozen=True)
class AnBn(GeneratedTask):
    """Predict each next symbol of n a's followed by n b's; to know where the b's end, one must have counted the a's.

    A sequence of length 2n+1 reads `S a^n b^n` and must answer `a^n b^n E`: the next symbol, at every step, with S
    and E the two sides of one boundary symbol. An even length has no word: `problem` refuses it, and `sample` gives it
    the word that is one step shorter.

    A step is right when its target has probability > `threshold`. A word is accepted when all its steps are right. It
    is exactly right when moreover n-1 b's and n+1 b's are rejected: E has probability <= `threshold` one step too
    early, and b has probability <= `threshold` at the end. (A word with n+1 b's could also be rejected one step later,
    for its E; that is not looked at, so the rule is never the more lenient one.) The headline is the share of words
    exactly right, which for one n is 0 or 1. From n = 2 on no guess that forgets can do it, so chance is 0. The
    exception are the words with n <= 1: allow a and E after S, only b after a, and only E after b, and both are exactly
    right without any memory.

    Layout, acceptance and exactness follow Weiss, Goldberg and Yahav 2018, "On the practical computational power of
    finite precision RNNs for language recognition" (arXiv:1805.04908), who train on n = 0 … 99.

    Attributes:
        threshold: the probability above which a symbol counts as accepted.

    Examples:
        Key 0, length 7::

            step    0 1 2 3 4 5 6
            input   S a a a b b b
            target  a a a b b b E
            mask    * * * * * * *

        Key 0, length 1::

            step    0
            input   S
            target  E
            mask    *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = WEISS
    published: ClassVar[tuple[Published, ...]] = (
        Published("LSTM", 256.0, "largest n exactly right", TRAINED, WEISS, recalled=True),
        Published("GRU", 39.0, "smallest n that is wrong, about", TRAINED, WEISS, recalled=True),
        Published("LSTM", 463.0, "largest n exactly right", TRAINED, RELEASED),
        Published("LSTM", 1099.0, "largest n accepted", TRAINED, RELEASED),
        Published("GRU", 39.0, "largest n exactly right", TRAINED, RELEASED),
        Published("GRU", 109.0, "largest n accepted", TRAINED, RELEASED),
    )
    score: ClassVar[Score] = "sequence_accuracy"
    deterministic: ClassVar[bool] = True

    threshold: float = 0.01

    def __post_init__(self) -> None:
        require_between("threshold", self.threshold, 0.0, 0.5)

    @property
    def inputs(self) -> Tokens:
        """S, a, b."""
        return Tokens(3)

    @property
    def output(self) -> Classes:
        """E, a, b."""
        return Classes(3)

    @property
    def lengths(self) -> Lengths:
        """Trains on n = 0 … 20 and evaluates up to n = 160."""
        return Lengths(train=(1, 41), evaluation=(41, 61, 81, 121, 161, 241, 321))

    def problem(self, length: int) -> str | None:
        """Words are S and two equal halves."""
        if length >= 1 and length % 2 == 1:
            return None
        return f"S a^n b^n has 2n+1 steps, an odd number; try {max(length - 1, 1)} or {max(length, 0) + 1}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Lays out the one word that this length has; the key is not used."""
        del key
        n = (jnp.asarray(length, jnp.int32) - 1) // 2
        steps = jnp.arange(size, dtype=jnp.int32)
        ahead = jnp.select([steps < n, steps < 2 * n], [jnp.full_like(steps, A), jnp.full_like(steps, B)], BOUNDARY)
        inputs = jnp.where((steps > 0) & (steps <= 2 * n), jnp.roll(ahead, 1), BOUNDARY)
        return Example(inputs=inputs, targets=ahead, mask=steps <= 2 * n)

    def lag(self, length: int) -> int:
        """From the first a, which stands behind S, to E, which answers the last of the word's 2n symbols."""
        return max(length - 2, 0)

    def n(self, length: int) -> int:
        """The n of the word that this length has."""
        return (length - 1) // 2

    def chance(self, length: int) -> float:
        """A guess that forgets cannot end the b's at the right place."""
        return 0.0

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Counts a's up and b's down; before the first b, both a and b may come."""
        logits = np.full((len(inputs), 3), -20.0)
        count = 0
        for step, token in enumerate(inputs.tolist()):
            count += {BOUNDARY: 0, A: 1, B: -1}[token]
            if token == B:
                logits[step, B if count > 0 else BOUNDARY] = 0.0
            else:
                logits[step, [A, B if count > 0 else BOUNDARY]] = 0.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """After S comes a; after a, a or b; after b, b or the end."""
        logits = np.full((3, 3), -20.0)
        logits[BOUNDARY, A] = logits[A, [A, B]] = logits[B, [B, BOUNDARY]] = 0.0
        return logits[inputs]

    def input_name(self, index: int) -> str:
        """S, a or b."""
        return "Sab"[index]

    def output_name(self, index: int) -> str:
        """E, a or b."""
        return "Eab"[index]

    def judge(
        self,
        outputs: Float[Array, "*steps out"],
        example: Example,
        positions: Int[Array, "*steps"],
        length: Int[Array, "..."],
    ) -> Judgement:
        """A step is correct when its target is accepted, and exact when the neighbouring words are rejected too."""
        accepted = jax.nn.softmax(outputs, axis=-1) > self.threshold
        correct = jnp.take_along_axis(accepted, example.targets[..., None], axis=-1)[..., 0]
        end = 2 * jnp.broadcast_to((length - 1) // 2, positions.shape)
        one_more = (positions == end) & accepted[..., B]
        one_less = (positions == end - 1) & accepted[..., BOUNDARY]
        return Judgement(correct=correct, exact=~(one_more | one_less))
