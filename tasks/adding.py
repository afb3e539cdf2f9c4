"""The adding problem: two real numbers, marked among many, are to be remembered and added."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Example, Features, GeneratedTask, Lengths, Values
from lrbench.data.fields import require_choice
from lrbench.data.places import distinct_places
from lrbench.data.task import Family, Score

Placement = Literal["halves", "anywhere"]


@dataclass(frozen=True)
class Adding(GeneratedTask):
    """Add up the two numbers that are marked in a stream of random numbers; the sum is asked at the last step.

    Each step holds u, uniform in [0, 1), and a mark, which is 1 at two steps and 0 at the others. The last step is one
    of the stream, not a query of its own. The headline is 1 - mean squared error. Answering 1 always has an error of
    1/6 = 0.1667, the chance of this literature and so ours. (A guess that used the last step's own number where that is
    marked would lower this by 1/12 on those sequences: by 0.0017 on average at length 100 in `halves`.)

    Hochreiter and Schmidhuber 1997, "Long short-term memory", experiment 4, whose tolerance of 0.04 the token accuracy
    takes (there for a sum scaled to 0 … 1, here for 0 … 2). Solved is an error under 0.01.

    Attributes:
        placement: `halves` has one mark in each half, as Arjovsky, Shah and Bengio 2016 (arXiv:1511.06464) and S4;
            `anywhere` draws two steps without replacement, as Bai, Kolter and Koltun 2018 (arXiv:1803.01271).

    Examples:
        Key 0, length 8, placement=halves::

            step        0     1     2     3     4     5     6     7
            number  0.842 0.182 0.227 0.121 0.192 0.722 0.765 0.153
            mark        0     0     1     0     0     0     1     0
            sum         -     -     -     -     -     -     - 0.993
            mask        -     -     -     -     -     -     -     *

        Key 1, length 8, placement=anywhere::

            step        0     1     2     3     4     5     6     7
            number  0.703 0.235 0.818 0.171 0.026 0.923 0.694 0.392
            mark        0     0     0     0     1     0     0     1
            sum         -     -     -     -     -     -     - 0.418
            mask        -     -     -     -     -     -     -     *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016, arXiv:1511.06464"
    score: ClassVar[Score] = "fit"
    solved_at: ClassVar[float] = 0.94

    placement: Placement = "halves"

    def __post_init__(self) -> None:
        require_choice("placement", self.placement, get_args(Placement))

    @property
    def inputs(self) -> Features:
        """The number and its mark."""
        return Features(2)

    @property
    def output(self) -> Values:
        """The sum."""
        return Values(1, tolerance=0.04)

    @property
    def lengths(self) -> Lengths:
        """One length in training, as in the papers, and up to 8 times that in evaluation."""
        return Lengths(train=(100, 100), evaluation=(50, 100, 200, 300, 400, 600, 800))

    def problem(self, length: int) -> str | None:
        """Two marks need two steps."""
        return None if length >= 2 else "two marked numbers need at least 2 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the numbers and the two marks; the target stands at the last step."""
        numbers_key, marks_key = jax.random.split(key)
        steps = jnp.arange(size, dtype=jnp.int32)
        length = jnp.asarray(length, jnp.int32)
        numbers = jnp.where(steps < length, jax.random.uniform(numbers_key, (size,), jnp.float32), 0.0)
        if self.placement == "halves":
            half = length // 2
            ends = jnp.stack([half, length])
            marked = jax.random.randint(marks_key, (2,), jnp.stack([jnp.zeros_like(half), half]), ends)
        else:
            marked = distinct_places(marks_key, 2, length)
        marks = jnp.any(steps[:, None] == marked[None, :], axis=1).astype(jnp.float32)
        mask = steps == length - 1
        total = jnp.sum(numbers * marks)
        return Example(
            inputs=jnp.stack([numbers, marks], axis=1),
            targets=jnp.where(mask, total, 0.0)[:, None],
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """The first mark may stand at the first step."""
        return length - 1

    def chance(self, length: int) -> float:
        """The mean of the sum for an answer leaves its variance, 2/12."""
        return 1 - 1 / 6

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """The running sum of the marked numbers."""
        return np.cumsum(inputs[:, 0] * inputs[:, 1])[:, None]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Answers 1, the mean of the sum."""
        return np.ones((len(inputs), 1))

    def input_name(self, index: int) -> str:
        """What the two features are."""
        return ("number", "mark")[index]

    def output_name(self, index: int) -> str:
        """What the value is."""
        return "sum"
