"""Which lengths training sequences have: their range, their distribution over it, and a curriculum."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.stats import betabinom

from lrbench.data.task import Task

LengthDistribution = Literal["uniform", "u_shaped", "left_tailed", "right_tailed"]

#: Alpha and beta of the beta-binomial distributions (Suzgun, Belinkov and Shieber 2019, arXiv:1811.01001, section 4).
SHAPES = {"u_shaped": (0.25, 0.25), "left_tailed": (5.0, 1.0), "right_tailed": (1.0, 5.0)}


@dataclass(frozen=True)
class TrainingLengths:
    """Draws lengths from those in a range that a task can have; the arrays always have the longest.

    The lengths that the task can have count alike: `right_tailed` over the words of a^n b^n prefers small n.

    Attributes:
        task: which lengths it can have is its `problem`.
        shortest: of the range, included.
        longest: of the range, included; equal to `shortest` for one length.
        distribution: `uniform`, or beta-binomial over the possible lengths in rising order: `u_shaped` (short and
            long ones), `left_tailed` (mostly long), `right_tailed` (mostly short), after Suzgun et al. 2019.
        curriculum: updates over which the longest drawn length grows, evenly over the possible lengths, from the
            shortest to `longest`; 0 for none. A distribution other than uniform is squeezed onto the part so far.
    """

    task: Task
    shortest: int
    longest: int
    distribution: LengthDistribution = "uniform"
    curriculum: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Shortest and longest length."""
        return self.shortest, self.longest

    @cached_property
    def possible(self) -> np.ndarray:
        """The lengths that can be drawn, rising."""
        among = range(self.shortest, self.longest + 1)
        return np.asarray([length for length in among if self.task.problem(length) is None], np.int32)

    @cached_property
    def cumulative(self) -> Float[np.ndarray, " possible"]:
        """The distribution function of a draw's place among the possible lengths, for one that is not uniform."""
        total = len(self.possible)
        return np.cumsum(betabinom.pmf(np.arange(total), total - 1, *SHAPES[self.distribution])).astype(np.float32)

    def draw(self, key: Key[Array, ""], count: int, step: Int[Array, ""] | None = None) -> Int[Array, " {count}"]:
        """Draws lengths.

        Args:
            key: the only source of randomness.
            count: how many.
            step: updates taken so far, for the curriculum; None stands for its end.
        """
        total = len(self.possible)
        if total == 1:
            return jnp.full((count,), self.possible[0], jnp.int32)
        reached = jnp.int32(total)
        if self.curriculum and step is not None:
            progress = step.astype(jnp.float32) / self.curriculum
            reached = jnp.clip(1 + jnp.floor(progress * (total - 1)).astype(jnp.int32), 1, total)
        if self.distribution == "uniform":
            place = jax.random.randint(key, (count,), 0, reached, jnp.int32)
        else:
            place = jnp.searchsorted(jnp.asarray(self.cumulative), jax.random.uniform(key, (count,))).astype(jnp.int32)
            place = jnp.minimum(place, total - 1)
            if self.curriculum and step is not None:
                squeezed = place.astype(jnp.float32) * (reached.astype(jnp.float32) / total)
                place = jnp.minimum(squeezed.astype(jnp.int32), reached - 1)
        return jnp.asarray(self.possible)[place]
