"""The contract of a task: a frozen value with one pure sampler for one sequence."""

import abc
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from lrbench.data.example import Bits, Classes, Example, Features, Output, Tokens

Score = Literal["token_accuracy", "sequence_accuracy", "fit"]

#: What a task asks of a memory; the chapters of `lrbench tasks`.
Family = Literal["counting", "copy", "recall", "long dependency", "state tracking", "irregular time", "real data"]


@dataclass(frozen=True)
class Lengths:
    """Sensible lengths of a task, in steps.

    Attributes:
        train: shortest and longest training sequence; lengths are drawn uniformly from those between, both ends
            included, that the task can have. Equal ends mean one length.
        evaluation: the lengths to evaluate at, seen and unseen.
    """

    train: tuple[int, int]
    evaluation: tuple[int, ...]


@dataclass(frozen=True)
class Published:
    """A number that a paper or its code reports for a task.

    Attributes:
        model: which model, in the paper's words.
        value: the number, accuracies as shares of 1.
        measure: what it measures, as "token accuracy" or "mean squared error".
        setting: at which length, size and budget, and over how many seeds and how chosen, as far as it is said.
        source: paper with table or figure, or repository.
        recalled: true where nobody has checked it against the source yet.
    """

    model: str
    value: float
    measure: str
    setting: str
    source: str
    recalled: bool = False


class Judgement(NamedTuple):
    """Which steps are right.

    Attributes:
        correct: the step counts as correct in the token accuracy.
        exact: what the whole-sequence accuracy asks of the step beyond `correct` (all true unless the
            task is stricter on whole sequences than on steps).
    """

    correct: Bool[Array, "*steps"]
    exact: Bool[Array, "*steps"]


class Task(abc.ABC):
    """Sequences with answers: what goes in, what comes out, and what counts as right.

    Subclasses are frozen dataclasses. They are of two kinds: a `GeneratedTask` draws sequences from a key, on the
    device; a `RecordedTask` (recorded.py) reads them from a data set, on the host.
    """

    #: Its chapter.
    family: ClassVar[Family]
    #: Who defined it, in a few words: "Weiss et al. 2018, arXiv:1805.04908".
    paper: ClassVar[str]
    #: What was reported for it.
    published: ClassVar[tuple[Published, ...]] = ()
    #: Which of a row's scores is the headline; `fit` is 1 - mean squared error, for values.
    score: ClassVar[Score] = "token_accuracy"
    #: A lane has solved the task when its scaled validation score reaches this.
    solved_at: ClassVar[float] = 0.99

    #: True where a length admits one sequence only; evaluation then covers every length that the task can have.
    deterministic: ClassVar[bool] = False

    @property
    @abc.abstractmethod
    def inputs(self) -> Tokens | Features:
        """What a step of the input is."""

    @property
    @abc.abstractmethod
    def output(self) -> Output:
        """What a step of the output is."""

    @property
    @abc.abstractmethod
    def lengths(self) -> Lengths:
        """Lengths to train and evaluate at when nothing else is asked for."""

    @abc.abstractmethod
    def problem(self, length: int) -> str | None:
        """Says why the task cannot have this length and which it can, or None when it can.

        The sentence completes "<task> cannot have length <length>: "; for example
        "10 symbols and 10 markers need at least 21 steps".
        """

    @abc.abstractmethod
    def lag(self, length: int) -> int:
        """Steps between a piece of information and its use, at most, in a sequence of this length."""

    def n(self, length: int) -> int | None:
        """The n of a counting task at this length, by which its literature counts; None for other tasks."""
        del length
        return None

    @abc.abstractmethod
    def chance(self, length: int) -> float:
        """The headline score of the best guess that remembers nothing."""

    def input_name(self, index: int) -> str:
        """Names a token, or a feature, in a few characters, for people who read a sequence."""
        return str(index)

    def output_name(self, index: int) -> str:
        """Names a class, a bit, or a value, in a few characters."""
        return str(index)

    def background(self, index: int) -> bool:
        """Says whether a token is never anything but noise or a distractor; pictures then draw it in grey."""
        del index
        return False

    def judge(
        self,
        outputs: Float[Array, "*steps out"],
        example: Example,
        positions: Int[Array, "*steps"],
        length: Int[Array, "..."],
    ) -> Judgement:
        """Says which steps are right: the arg-max is the target's class, all bits are, or all values are near enough.

        Args:
            outputs: the model's outputs at these steps.
            example: the same steps of the example.
            positions: the steps' places in their sequences, from 0.
            length: the sequences' lengths; broadcasts against `positions`.
        """
        del positions, length
        if isinstance(self.output, Classes):
            correct = jnp.argmax(outputs, axis=-1) == example.targets
        elif isinstance(self.output, Bits):
            correct = jnp.all((outputs > 0) == (example.targets > 0), axis=-1)
        else:
            correct = jnp.all(jnp.abs(outputs - example.targets) <= self.output.tolerance, axis=-1)
        return Judgement(correct=correct, exact=jnp.ones_like(correct))


class GeneratedTask(Task):
    """A task whose sequences are drawn from a key. Subclasses are frozen dataclasses; their fields are the difficulty.

    A sequence has `length` steps as the model sees it; everything else follows from it. The arrays have
    the static `size >= length`; steps from `length` on are padding (input 0, mask false). So one compiled
    program serves every length, in training and in evaluation.
    """

    @abc.abstractmethod
    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws one sequence.

        Args:
            key: the only source of randomness.
            length: steps of the sequence; may be traced.
            size: static number of steps of the arrays, at least `length`.
        """

    @abc.abstractmethod
    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Answers one whole sequence, from its inputs alone, so that it scores 1.

        Host code, written apart from `sample`.

        Args:
            inputs: `[length]` or `[length, F]`, without padding.

        Returns:
            Logits `[length, classes]` or `[length, bits]`, or values `[length, V]`.
        """

    @abc.abstractmethod
    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Answers each step from that step's input alone, as well as that can be done; scores `chance`.

        Takes and returns what `oracle` does. Each output row must be a function of its input row.
        """
