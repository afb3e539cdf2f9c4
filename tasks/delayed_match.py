"""Delayed match to sample: is this what was shown before?"""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family

Delay = Literal["blank", "distractors", "samples"]

NO_MATCH, MATCH = 0, 1


@dataclass(frozen=True)
class DelayedMatch(GeneratedTask):
    """Is the probe at the end the symbol that was shown at the start?

    The first step shows the sample, uniform among S symbols. The last step shows the probe: the sample again in one
    half of the sequences (class 1, match), and any other of the S symbols, uniform among them, in the other half
    (class 0, no match). The class is asked at the probe. Between them is the delay. Without memory a half is right.

    Delayed match to sample is a trial of working memory from neuroscience; Miller, Erickson and Desimone 1996,
    "Neural mechanisms of visual working memory in prefrontal cortex of the macaque", put other stimuli into the
    delay. neurogym's `DelayedMatchToSample` is such a trial with two noisy stimuli, periods of fixation, sample,
    delay, test and decision of several steps each, and a reward. Here a stimulus is one token in one step, there is
    no fixation, and the decision is asked while the probe is seen. Delayed non-match to sample, where the answer is
    yes when the probe is another symbol, is the same task with its two classes named the other way round, and no
    model can tell the two apart. No length is fixed by the literature.

    Attributes:
        delay: `blank`: silence; `distractors`: symbols of an alphabet of their own, uniform and independent, of which
            none is ever sample or probe; `samples`: symbols of the sample's own alphabet, uniform and independent (the
            sample may come among them), so that only its place tells which symbol was the sample.
        symbols: S, how many symbols a sample can be; as many distractors are there.

    Examples:
        Key 0, length 12, delay=distractors::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     H   e   f   h   h   c   b   g   h   f   f   H
            target    -   -   -   -   -   -   -   -   -   -   - yes
            mask      -   -   -   -   -   -   -   -   -   -   -   *

        Key 2, length 12, delay=samples::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    D  A  D  G  G  A  D  A  B  C  B  A
            target   -  -  -  -  -  -  -  -  -  -  - no
            mask     -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Miller et al. 1996, J. Neurosci. 16(16); neurogym"

    delay: Delay = "distractors"
    symbols: int = 8

    def __post_init__(self) -> None:
        require_choice("delay", self.delay, get_args(Delay))
        require_whole("symbols", self.symbols, 2, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols first, then what only the delay has."""
        return Tokens(self.symbols + {"blank": 1, "distractors": self.symbols, "samples": 0}[self.delay])

    @property
    def output(self) -> Classes:
        """No match, match."""
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        """Delays of 8 to 58 steps in training, up to 8 times as long in evaluation."""
        return Lengths(train=(10, 60), evaluation=(30, 60, 120, 180, 240, 360, 480))

    def problem(self, length: int) -> str | None:
        """Sample, delay and probe need a step each."""
        return None if length >= 3 else "sample, delay and probe need at least 3 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the sample, whether the probe is it, the probe where it is not, and the delay."""
        sample_key, match_key, other_key, delay_key = jax.random.split(key, 4)
        shown = jax.random.randint(sample_key, (), 0, self.symbols)
        match = jax.random.bernoulli(match_key)
        other = jax.random.randint(other_key, (), 0, self.symbols - 1)
        probe = jnp.where(match, shown, other + (other >= shown).astype(jnp.int32))

        steps = jnp.arange(size, dtype=jnp.int32)
        if self.delay == "blank":
            between = jnp.full(size, self.symbols, jnp.int32)
        else:
            between = jax.random.randint(delay_key, (size,), 0, self.symbols)
        if self.delay == "distractors":
            between = between + self.symbols
        mask = steps == jnp.asarray(length, jnp.int32) - 1
        inputs = jnp.where(steps == 0, shown, jnp.where(mask, probe, between))
        return Example(
            inputs=jnp.where(steps < length, inputs, 0),
            targets=jnp.where(mask & match, MATCH, NO_MATCH),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the sample to the probe."""
        return length - 1

    def chance(self, length: int) -> float:
        """A coin."""
        return 0.5

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Compares every step with the first."""
        return np.eye(2)[(inputs == inputs[0]).astype(int)]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """A probe alone tells nothing: always no match."""
        return np.tile([1.0, 0.0], (len(inputs), 1))

    def input_name(self, index: int) -> str:
        """Letters for symbols (with a number from the 27th on), a dot for silence, small letters for distractors."""
        if index < self.symbols:
            return _letter("A", index)
        return "." if self.delay == "blank" else _letter("a", index - self.symbols)

    def background(self, index: int) -> bool:
        """The distractors."""
        return index >= self.symbols

    def output_name(self, index: int) -> str:
        """No or yes."""
        return ("no", "yes")[index]


def _letter(first: str, index: int) -> str:
    turn, place = divmod(index, 26)
    return chr(ord(first) + place) + (str(turn) if turn else "")
