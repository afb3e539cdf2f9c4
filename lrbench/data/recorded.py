"""The contract of a task over a data set: sequences that are read on the host instead of drawn on the device."""

import abc
import enum
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from lrbench.data.example import Example
from lrbench.data.task import Task


class Split(enum.StrEnum):
    """The parts of a data set. They share no example."""

    TRAINING = "train"
    VALIDATION = "validation"
    TEST = "test"


class DataError(ValueError):
    """Data that is missing or cannot be read: a sentence with the value, the reason and the remedy."""


class Records(NamedTuple):
    """Some examples of a data set, on the host.

    Attributes:
        example: numpy leaves `[n, size, ...]`; steps behind an example's own are padding (input 0, mask false).
        lengths: each example's steps, `Int[n]`.
    """

    example: Example
    lengths: Int[np.ndarray, " n"]


class RecordedTask(Task):
    """A task whose sequences are read from a data set. Subclasses are frozen dataclasses.

    A length is the number of steps that are read of a sequence, at most: of a longer one its first steps are read, a
    shorter one is padded. Making the value reads nothing; the data is opened when something is asked of it, and then
    kept open. All methods but `prepare` may raise what it raises.
    """

    @abc.abstractmethod
    def prepare(self) -> None:
        """Opens the data.

        Raises:
            DataError: it is not there, or cannot be read; the sentence says what to do.
        """

    @abc.abstractmethod
    def examples(self, split: Split) -> int:
        """Returns how many examples a split has."""

    @abc.abstractmethod
    def fetch(self, split: Split, indices: Int[np.ndarray, " n"], length: int, size: int) -> Records:
        """Reads examples.

        Args:
            split: of which part.
            indices: which examples, from 0, in the order in which they are wanted; one may stand there twice.
            length: steps that are read of each, at most.
            size: steps of the arrays, at least `length`.
        """

    def describe(self) -> list[str]:
        """Returns lines that tell a person what was found in the data; none where there is nothing to tell."""
        return []

    @abc.abstractmethod
    def digest(self) -> str:
        """Returns 16 hex digits that change when the data does; they are part of a run's identity."""
