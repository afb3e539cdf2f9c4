"""Two numbers are marked in a stream of random numbers, and something is asked about them at the end."""

import abc
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from lrbench.data.example import Example, Features, Values
from lrbench.data.fields import require_choice
from lrbench.data.places import distinct_places
from lrbench.data.task import Family, GeneratedTask, Lengths, Score

Placement = Literal["halves", "anywhere"]


@dataclass(frozen=True)
class MarkedNumbers(GeneratedTask):
    """A stream of numbers, two of them marked, and one value to be told from these two at the last step.

    Each step holds u, uniform in [0, 1), and a mark, which is 1 at two steps and 0 at the others. The last step is one
    of the stream, not a query of its own. Subclasses say what is asked, in `answer`.

    Attributes:
        placement: `halves` has one mark in each half; `anywhere` draws two steps without replacement.
    """

    family: ClassVar[Family] = "long dependency"
    score: ClassVar[Score] = "fit"
    #: An error of 6 % of chance's.
    solved_at: ClassVar[float] = 0.94

    placement: Placement = "halves"

    def __post_init__(self) -> None:
        require_choice("placement", self.placement, get_args(Placement))

    @abc.abstractmethod
    def answer(self, first: Float[Array, ""], second: Float[Array, ""]) -> Float[Array, ""]:
        """What is asked about the two marked numbers."""

    @property
    def inputs(self) -> Features:
        """The number and its mark."""
        return Features(2)

    @property
    def output(self) -> Values:
        """The answer, within the tolerance of Hochreiter and Schmidhuber 1997, experiments 4 and 5."""
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
        answer = self.answer(numbers[marked[0]], numbers[marked[1]])
        return Example(
            inputs=jnp.stack([numbers, marks], axis=1),
            targets=jnp.where(mask, answer, 0.0)[:, None],
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """The first mark may stand at the first step."""
        return length - 1

    def last_is_marked(self, length: int) -> float:
        """The probability that the last step is marked; then its number is known without memory."""
        return 1 / (length - length // 2) if self.placement == "halves" else 2 / length

    def input_name(self, index: int) -> str:
        """What the two features are."""
        return ("number", "mark")[index]
