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

    @property
    def label(self) -> str:
        """Tells this data from other data of the same task, in `[a-z0-9_]`; part of the name of its runs."""
        return ""

    def asked_of(self, split: Split, indices: Int[np.ndarray, " n"], length: int) -> int:
        """Returns how many steps some examples are asked when they are cut to a length; by default one in each."""
        del split, length
        return len(indices)

    def chance_of(self, split: Split, length: int) -> float:
        """Returns `chance` on one split; validation is scaled by its own, so that nothing looks at the test."""
        del split
        return self.chance(length)

    def describe(self) -> list[str]:
        """Returns lines that tell a person what was found in the data; none where there is nothing to tell."""
        return []

    @abc.abstractmethod
    def digest(self) -> str:
        """Returns 16 hex digits that tell this data from other data; they are part of a run's identity.

        Of a large data set a sample may stand for the whole.
        """
