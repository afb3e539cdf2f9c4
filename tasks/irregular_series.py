"""A series at random times: what it is now follows from the gaps between its observations, and from nothing less."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Example, Features, GeneratedTask, Lengths, Values
from lrbench.data.fields import require_between, require_whole
from lrbench.data.task import Family, Score

#: Time goes in ticks, so many a period.
TICKS = 1024
#: One period of a cosine, and the largest amplitude, as whole numbers.
COSINE = np.round(np.cos(2 * np.pi * np.arange(TICKS) / TICKS) * 2**20).astype(np.int32)
LOUDEST = 128
#: More would not fit into whole numbers of 32 bits.
MOST_WAVES = 8


@dataclass(frozen=True)
class IrregularSeries(GeneratedTask):
    """Go on with a sum of cosines, read at random times, through gaps that alone tell how much time has passed.

    The series is x(t) = (a_1 cos 2π(t + φ_1) + … + a_W cos 2π(W t + φ_W)) / √W: the first W harmonics of one period,
    which is the unit of time and always the same; the phases φ are uniform, the amplitudes a uniform in [0.5, 1], both
    on a grid. A step stands at a random time and holds three numbers: the value there, a mark 1 that says that it is
    seen, and the gap, which is the time since the step before (0 at the first), uniform in (0, `longest_gap`] in
    multiples of 1/1024 of the period. In the first half of the steps (rounded down) the value is seen; in the others
    value and mark are 0, and the answer is x at that step's time. Only these count.

    The headline is 1 - mean squared error. The first half determines amplitudes and phases without error, and the gaps
    the rest, so that the error can be 0; what is unseen has mean 0 whatever the gap, so that without memory the error
    is the variance of x, which is 0.2920. A model that ignores the gaps does no better, but for the first few steps of
    the second half. Solved is an error under 0.0146. An answer within 0.1 counts as right in the token accuracy.

    The question is that of Rubanova, Chen and Duvenaud 2019, "Latent ODEs for irregularly-sampled time series"
    (arXiv:1907.03907): observe the first half, extrapolate the second. The gap as an input beside the value, with a
    mark for what is missing, is that of Che et al. 2018 (arXiv:1606.01865), and Neil, Pfeiffer and Liu 2016, "Phased
    LSTM" (arXiv:1610.09513), read sines at random times too. The definition is ours: their toy series have random
    frequencies, noise, and times within one window that does not grow with the length, so that no answer is exact.

    Attributes:
        waves: W, how many cosines are added.
        longest_gap: the longest time between two steps, in periods.

    Examples:
        Key 0, length 10, waves=1::

            step         0      1      2      3      4      5      6      7      8      9
            value    0.050  0.234 -0.566  0.543  0.065  0.000  0.000  0.000  0.000  0.000
            seen         1      1      1      1      1      0      0      0      0      0
            gap      0.000  0.421  0.273  0.480  0.294  0.222  0.018  0.011  0.156  0.004
            answer       -      -      -      -      - -0.562 -0.577 -0.582 -0.377 -0.366
            mask         -      -      -      -      -      *      *      *      *      *

        Key 1, length 10, waves=1::

            step         0      1      2      3      4      5      6      7      8      9
            value    0.553  0.051 -0.500  0.279  0.435  0.000  0.000  0.000  0.000  0.000
            seen         1      1      1      1      1      0      0      0      0      0
            gap      0.000  0.247  0.193  0.405  0.272  0.469  0.091  0.354  0.383  0.328
            answer       -      -      -      -      - -0.494 -0.279  0.550 -0.455 -0.065
            mask         -      -      -      -      -      *      *      *      *      *
    """

    family: ClassVar[Family] = "irregular time"
    paper: ClassVar[str] = "after Rubanova et al. 2019, arXiv:1907.03907"
    score: ClassVar[Score] = "fit"
    solved_at: ClassVar[float] = 0.95

    waves: int = 2
    longest_gap: float = 0.5

    def __post_init__(self) -> None:
        require_whole("waves", self.waves, 1, MOST_WAVES)
        require_between("longest_gap", self.longest_gap, 0.2, 4.0)

    @property
    def inputs(self) -> Features:
        """The value, whether it is seen, and the time since the step before."""
        return Features(3)

    @property
    def output(self) -> Values:
        """The value."""
        return Values(1, tolerance=0.1)

    @property
    def lengths(self) -> Lengths:
        """20 to 40 values to see and as many to answer in training, up to 6 times as many in evaluation.

        More than five waves need more: the shortest sequence that they can have takes the place of the 40 steps.
        """
        shortest = max(40, self._least_steps)
        return Lengths(
            train=(shortest, 2 * shortest), evaluation=tuple(shortest * times for times in (1, 2, 4, 6, 8, 12))
        )

    @property
    def _least_steps(self) -> int:
        """Each cosine has two unknowns; twice as many observations, in half the steps, tell them well."""
        return 8 * self.waves

    def problem(self, length: int) -> str | None:
        """There must be twice as many observations as unknowns."""
        least = self._least_steps
        return None if length >= least else f"{self.waves} waves, seen in half the steps, need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws amplitudes, phases and gaps, and adds the cosines up in whole numbers."""
        amplitudes_key, phases_key, gaps_key = jax.random.split(key, 3)
        amplitudes = jax.random.randint(amplitudes_key, (self.waves,), LOUDEST // 2, LOUDEST + 1)
        phases = jax.random.randint(phases_key, (self.waves,), 0, TICKS)
        steps = jnp.arange(size, dtype=jnp.int32)
        longest = max(1, round(self.longest_gap * TICKS))
        gaps = jnp.where(steps > 0, jax.random.randint(gaps_key, (size,), 1, longest + 1), 0)
        # Times may overflow: what is needed of them is what they are modulo TICKS, a power of two.
        times = jnp.cumsum(gaps, dtype=jnp.int32)
        total = jnp.zeros(size, jnp.int32)
        for wave in range(self.waves):
            angles = ((wave + 1) * times + phases[wave]) & (TICKS - 1)
            total = total + amplitudes[wave] * jnp.asarray(COSINE)[angles]
        series = total.astype(jnp.float32) * jnp.float32(self._scale)

        length = jnp.asarray(length, jnp.int32)
        seen = steps < length // 2
        mask = ~seen & (steps < length)
        inputs = [
            jnp.where(seen, series, 0.0),
            seen.astype(jnp.float32),
            jnp.where(steps < length, gaps, 0).astype(jnp.float32) / TICKS,
        ]
        return Example(
            inputs=jnp.stack(inputs, axis=1),
            targets=jnp.where(mask, series, 0.0)[:, None],
            mask=mask,
        )

    @property
    def _scale(self) -> float:
        """What turns sums of whole numbers into the series."""
        return 1 / (LOUDEST * float(COSINE[0]) * math.sqrt(self.waves))

    def lag(self, length: int) -> int:
        """The first value, like all that are seen, helps to tell the last answer."""
        return length - 1

    def chance(self, length: int) -> float:
        """The variance of the series stays: half the mean square of an amplitude."""
        amplitudes = np.arange(LOUDEST // 2, LOUDEST + 1) / LOUDEST
        cosine = COSINE / COSINE[0]
        return 1 - float(np.mean(amplitudes**2) * np.mean(cosine**2))

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Solves for the cosines' and sines' amplitudes by least squares over what was seen, and goes on with them."""
        values, seen, gaps = np.asarray(inputs, float).T
        times = np.cumsum(gaps)
        angles = 2 * np.pi * times[:, None] * np.arange(1, self.waves + 1)
        waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
        known = seen == 1
        solution, *_ = np.linalg.lstsq(waves[known], values[known], rcond=None)
        return (waves @ solution)[:, None]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """What is seen where it is seen, and 0, the mean, where it is not."""
        return np.array(inputs[:, :1])

    def input_name(self, index: int) -> str:
        """What the three features are."""
        return ("value", "seen", "gap")[index]

    def output_name(self, index: int) -> str:
        """What the value is."""
        return "answer"
