"""Dyck languages: well-nested brackets of one kind or several, nested as deep as one likes or up to a bound."""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Example, Published
from lrbench.data.automaton import Automaton, draw_word
from lrbench.data.brackets import balanced_rises, innermost_open
from lrbench.data.fields import require_whole
from lrbench.data.next_brackets import NextBrackets

RISE = 0

#: The depth is a state of an automaton, and drawing takes a number for each state and step.
MOST_DEPTH = 256


@dataclass(frozen=True)
class Dyck(NextBrackets):
    """Read well-nested brackets, and say after each one which brackets may come next.

    With one kind of bracket a counter is enough, with several a stack is needed, and with a bound on the depth a
    finite memory. An opening bracket of any kind may always come, except at the bound; a closing one may come when it
    closes the innermost open bracket. The target of a step is this set, a bit for each bracket, and all steps count.
    That the word ends with the sequence is not part of the question, nor is whether it may: the word may end exactly
    where nothing can be closed.

    Words have exactly `length` brackets. Their shape is uniform among all balanced words of this length (and depth),
    and each pair's kind is uniform and independent, so every word is equally likely. The headline is the share of
    words with every step right. A guess that forgets does best to say that an opening bracket may be closed and that
    nothing may be closed after a closing one; this is right only for words without nesting, one shape of all.

    Bhattamishra, Ahuja and Goyal 2020, "On the ability and limitations of Transformers to recognize formal languages"
    (arXiv:2009.11264): sets of legal next symbols, whole words, lengths 2 … 50 in training and 52 … 100 and up to 150
    in testing. They draw words from a probabilistic grammar and keep those of fitting lengths, which prefers shallow
    words; here the shape is uniform. Hewitt et al. 2020, "RNNs can generate bounded hierarchical languages with optimal
    memory" (arXiv:2010.07515), bound the depth by 3 or 5 with 2 to 128 kinds. Length 2 is left out, because ( ) needs
    no memory.

    Attributes:
        brackets: how many kinds there are: 1 for Dyck-1, k for Dyck-k.
        depth: how many brackets may be open at once, 2 to 256; 0 for no bound.

    Examples:
        Key 0, length 14::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    (  (  (  (  (  )  )  (  )  (  )  )  )  )
            target  () () () () () () () () () () () () ()  (
            mask     *  *  *  *  *  *  *  *  *  *  *  *  *  *

        Key 1, length 12, brackets=2::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     (   (   )   (   [   ]   )   [   ]   (   )   )
            target  ([) ([) ([) ([) ([] ([) ([) ([] ([) ([) ([)  ([
            mask      *   *   *   *   *   *   *   *   *   *   *   *

        Key 2, length 12, brackets=2, depth=2::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     [   ]   (   )   (   [   ]   )   [   ]   [   ]
            target  ([]  ([ ([)  ([ ([)   ] ([)  ([ ([]  ([ ([]  ([
            mask      *   *   *   *   *   *   *   *   *   *   *   *
    """

    paper: ClassVar[str] = "Bhattamishra et al. 2020, arXiv:2009.11264; Hewitt et al. 2020, arXiv:2010.07515"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM",
            value=1.0,
            measure="word accuracy",
            setting="Dyck-1 without bound, up to 32 units, trained on lengths 2 … 50, tested on 52 … 100",
            source="Bhattamishra et al. 2020, arXiv:2009.11264",
            recalled=True,
        ),
        Published(
            model="Stack-RNN",
            value=1.0,
            measure="word accuracy",
            setting="about, Dyck-2 and more kinds, words of a grammar (p = 0.5, q = 0.25), trained on lengths to 50, "
            "tested on 52 … 100",
            source="Suzgun et al. 2019 (marnns), arXiv:1911.03329",
            recalled=True,
        ),
    )

    brackets: int = 1
    depth: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("depth", self.depth, 0, most=MOST_DEPTH)
        if self.depth == 1:
            raise ValueError("depth=1 needs no memory, because nothing is nested; try depth=2, or depth=0 for no bound")

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the shape of the word, and a kind for each opening bracket, which its partner takes over."""
        shape_key, kinds_key = jax.random.split(key)
        if self.depth:
            ups = draw_word(_bounded(self.depth), 0, shape_key, length, size) == RISE
        else:
            ups = balanced_rises(shape_key, length, size)
        mask = jnp.arange(size, dtype=jnp.int32) < length
        depths = jnp.cumsum(jnp.where(ups, 1, -1), dtype=jnp.int32)
        kinds = jax.random.randint(kinds_key, (size,), 0, self.brackets)
        # The kind of the innermost bracket that is open after each step. What a bracket closes was innermost before it.
        innermost = kinds if self.brackets == 1 else kinds[jnp.maximum(innermost_open(ups), 0)]
        tokens = jnp.where(ups, kinds, self.brackets + jnp.roll(innermost, 1))

        each = jnp.arange(self.brackets, dtype=jnp.int32)[None]
        may_open = depths[:, None] < self.depth if self.depth else jnp.ones((size, 1), bool)
        may_close = (depths > 0)[:, None] & (innermost[:, None] == each)
        legal = jnp.concatenate([jnp.broadcast_to(may_open, may_close.shape), may_close], axis=1)
        return Example(inputs=jnp.where(mask, tokens, 0), targets=(legal & mask[:, None]).astype(jnp.int32), mask=mask)

    def chance(self, length: int) -> float:
        """One over the number of shapes: without nesting there is one, with every choice of kinds.

        No guess that forgets does better. Of each kind of closing bracket it names what must be open after it:
        nothing, or one certain kind. So a kind stands only outside all pairs, or only directly inside pairs of that
        one kind. Weigh each pair by 1/k. By induction over such a tree of t kinds, all that a pair of its root may be,
        with what is inside, weighs t/k at most; so all that a pair outside may be weighs 1 at most, and the words of
        n pairs, each of weight k^-n, number k^n at most.
        """
        return 1 / shapes(length // 2, self.depth)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps a stack."""
        logits = np.full((len(inputs), 2 * self.brackets), -20.0)
        stack: list[int] = []
        for step, token in enumerate(inputs.tolist()):
            if token < self.brackets:
                stack.append(token)
            else:
                stack.pop()
            if not self.depth or len(stack) < self.depth:
                logits[step, : self.brackets] = 20.0
            if stack:
                logits[step, self.brackets + stack[-1]] = 20.0
        return logits


def shapes(pairs: int, depth: int) -> float:
    """Returns the number of balanced words of so many pairs of one bracket, with depth 0 for no bound.

    Without bound it is Catalan's number. Infinite where it is too large for a float.
    """
    if not depth or depth >= pairs:
        logarithm = math.lgamma(2 * pairs + 1) - math.lgamma(pairs + 1) - math.lgamma(pairs + 2)
        return math.exp(logarithm) if logarithm < 700 else math.inf
    ways = np.eye(depth + 1)[0]
    step = np.eye(depth + 1, k=1) + np.eye(depth + 1, k=-1)
    with np.errstate(over="ignore", invalid="ignore"):
        words = (np.linalg.matrix_power(step, 2 * pairs) @ ways)[0]
    return float(words) if np.isfinite(words) else math.inf


@cache
def _bounded(depth: int) -> Automaton:
    """The depth as a state; letter 0 opens and letter 1 closes."""
    states = range(depth + 1)
    return Automaton(
        successors=tuple((state + 1 if state < depth else -1, state - 1) for state in states),
        accepting=tuple(state == 0 for state in states),
    )
