"""Continuous delay: hold a whole stretch of a signal, and say it again a fixed number of steps later."""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Example, Features, GeneratedTask, Lengths, Values
from lrbench.data.fields import require_between, require_whole
from lrbench.data.task import Family, Score

#: The longest length in evaluation is 24 delays, which stay below 2^20 steps.
MOST_DELAY = 2**15
RMS = 0.5
#: White noise is uniform among the odd numbers from -LOUDEST to LOUDEST.
LOUDEST = 255
#: The sum of a filter's magnitudes; with it no sum of products leaves the whole numbers that a float32 can hold.
FILTER_SUM = 2**24 // LOUDEST


@cache
def low_pass(cutoff: float) -> tuple[int, ...]:
    """The whole-numbered weights of a low-pass filter: a sinc under a Hamming window, eight zero crossings wide.

    Args:
        cutoff: the highest frequency that passes, in cycles a step.
    """
    reach = math.ceil(4 / cutoff)
    places = np.arange(-reach, reach + 1)
    weights = np.sinc(2 * cutoff * places) * np.hamming(2 * reach + 1)
    weights = np.round(weights * ((FILTER_SUM - len(weights)) / np.sum(np.abs(weights))))
    return tuple(int(weight) for weight in weights)


@dataclass(frozen=True)
class Delay(GeneratedTask):
    """Say at every step what a band-limited noise was a fixed number of steps ago.

    The signal is noise without frequencies above a cut-off, with mean 0 and root mean square 0.5. From step `delay` on
    every step asks for the signal `delay` steps before; the steps up to there do not count. The headline is 1 - mean
    squared error; without memory the error is 0.25 (less where the signal is still correlated with itself after so few
    steps: the best linear guess from the number just read is then meant). Solved is an error under 0.0125. An answer
    within 0.1 counts as right in the token accuracy.

    Gu et al. 2022, "How to train your HiPPO" (arXiv:2206.12037), and state-spaces/s4, `configs/dataset/delay.yaml`:
    4000 steps of 1/4000 second, a delay of 1000 steps and a cut-off at 1000 Hz, which is a quarter of a cycle a step.
    Deviations: theirs is made by a Fourier transform as long as the sequence, which makes it periodic and its first
    steps depend on its length, and is shifted so as to begin at 0, which doubles its mean square. Ours is white noise
    through a low-pass filter (a windowed sinc, `8 / cutoff` + 1 weights), stationary, with the filter's roll-off in
    place of a sharp edge: the amplitude falls from 1 to a half at the cut-off, and is under 0.01 from 1.4 times the
    cut-off on. Theirs also counts the first steps, with target 0. The delay is a field and does not follow from the
    length (theirs is a quarter of it): a model that reads step by step cannot know how long the sequence will be.

    Attributes:
        delay: how many steps ago; the paper's is 1000.
        cutoff: the highest frequency in the signal, in cycles a step.

    Examples:
        Key 0, length 10, delay=3::

            step          0      1      2      3      4      5      6      7      8      9
            signal   -0.165 -0.127 -0.022  0.307  0.381 -0.098 -0.670 -0.732 -0.259  0.331
            delayed       -      -      - -0.165 -0.127 -0.022  0.307  0.381 -0.098 -0.670
            mask          -      -      -      *      *      *      *      *      *      *

        Key 1, length 10, delay=5::

            step          0      1      2      3      4      5      6      7      8      9
            signal    0.556  0.167 -0.211 -0.377 -0.178  0.073 -0.089 -0.409 -0.115  0.713
            delayed       -      -      -      -      -  0.556  0.167 -0.211 -0.377 -0.178
            mask          -      -      -      -      -      *      *      *      *      *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Gu et al. 2022, arXiv:2206.12037; state-spaces/s4"
    score: ClassVar[Score] = "fit"
    solved_at: ClassVar[float] = 0.95

    delay: int = 16
    cutoff: float = 0.25

    def __post_init__(self) -> None:
        require_whole("delay", self.delay, 1, most=MOST_DELAY)
        require_between("cutoff", self.cutoff, 0.01, 0.4)

    @property
    def inputs(self) -> Features:
        """The signal."""
        return Features(1)

    @property
    def output(self) -> Values:
        """The signal as it was."""
        return Values(1, tolerance=0.1)

    @property
    def lengths(self) -> Lengths:
        """Four delays long in training, as in the paper, and 2 to 24 in evaluation."""
        return Lengths(
            train=(4 * self.delay, 4 * self.delay),
            evaluation=tuple(times * self.delay for times in (2, 4, 8, 12, 16, 24)),
        )

    def problem(self, length: int) -> str | None:
        """The first answer is due after the delay."""
        least = self.delay + 1
        return None if length >= least else f"a delay of {self.delay} steps needs at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws white noise and filters it, in whole numbers: the same to the bit on every device."""
        weights = np.asarray(low_pass(self.cutoff), np.int32)
        levels = jax.random.bits(key, (size + len(weights) - 1,), jnp.uint8).astype(jnp.int32)
        noise = 2 * levels - LOUDEST

        def add(place: Int[Array, ""], total: Int[Array, " size"]) -> Int[Array, " size"]:
            return total + jnp.asarray(weights)[place] * jax.lax.dynamic_slice(noise, (place,), (size,))

        filtered = jax.lax.fori_loop(0, len(weights), add, jnp.zeros(size, jnp.int32))
        steps = jnp.arange(size, dtype=jnp.int32)
        signal = jnp.where(steps < length, filtered.astype(jnp.float32) * jnp.float32(self._scale), 0.0)
        mask = (steps >= self.delay) & (steps < length)
        return Example(
            inputs=signal[:, None],
            targets=jnp.where(mask, jnp.roll(signal, self.delay), 0.0)[:, None],
            mask=mask,
        )

    @property
    def _scale(self) -> float:
        """What makes the root mean square of the filtered noise RMS."""
        variance = ((LOUDEST + 1) ** 2 - 1) / 3  # of LOUDEST + 1 numbers that lie 2 apart
        return RMS / math.sqrt(variance * sum(weight**2 for weight in low_pass(self.cutoff)))

    @property
    def correlation(self) -> float:
        """How the signal correlates with itself one delay ago."""
        weights = np.asarray(low_pass(self.cutoff), float)
        if self.delay >= len(weights):
            return 0.0
        return float(weights[self.delay :] @ weights[: -self.delay] / (weights @ weights))

    def lag(self, length: int) -> int:
        """The delay, whatever the length."""
        return self.delay

    def chance(self, length: int) -> float:
        """What the best linear guess from the number just read leaves of the variance."""
        return 1 - RMS**2 * (1 - self.correlation**2)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Looks `delay` steps back."""
        return np.concatenate([np.zeros((self.delay, 1)), inputs])[: len(inputs)]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The number just read, as much of it as is correlated."""
        return self.correlation * inputs

    def input_name(self, index: int) -> str:
        """What the feature is."""
        return "signal"

    def output_name(self, index: int) -> str:
        """What the value is."""
        return "delayed"
