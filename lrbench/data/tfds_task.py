"""A task over a data set of TFDS: a sequence, and its class at the last step that is read."""

import abc
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32, Int, Int32, Shaped

from lrbench.data.example import Classes, Example
from lrbench.data.recorded import RecordedTask, Records, Split
from lrbench.data.task import Family, Lengths
from lrbench.data.tfds_source import TfdsSource, open_data


class TfdsTask(RecordedTask):
    """Read a sequence and say its class at its last step. Subclasses are frozen dataclasses.

    The class is asked once: at the last step that is read, which is the sequence's own last one or, of a longer one,
    the last that the length leaves.
    """

    family: ClassVar[Family] = "real data"

    @property
    @abc.abstractmethod
    def source(self) -> TfdsSource:
        """The data set, and what of it is read."""

    @abc.abstractmethod
    def encode(
        self, values: Shaped[np.ndarray, "n all"], steps: int
    ) -> Int32[np.ndarray, "n steps"] | Float32[np.ndarray, "n steps features"]:
        """Turns stored values into inputs, those of the first `steps` steps; a stored 0 becomes 0."""

    @property
    def output(self) -> Classes:
        """The classes that are kept."""
        return Classes(self.source.kept_classes)

    @property
    def lengths(self) -> Lengths:
        """Whole sequences in training; in evaluation also their first quarter, half and three quarters."""
        whole = self.source.steps
        quarters = sorted({max(1, part * whole // 4) for part in (1, 2, 3, 4)})
        return Lengths(train=(whole, whole), evaluation=tuple(quarters))

    def problem(self, length: int) -> str | None:
        """There is nothing to read before the first step or behind the last."""
        whole = self.source.steps
        return None if 1 <= length <= whole else f"sequences have {whole} steps, of which 1 to {whole} can be read"

    def lag(self, length: int) -> int:
        """What the first step shows may count for the class."""
        return length - 1

    def chance(self, length: int) -> float:
        """One guess is as good as another where the classes are as frequent as each other."""
        return 1 / self.source.kept_classes

    def prepare(self) -> None:
        """Opens the data."""
        open_data(self.source)

    def examples(self, split: Split) -> int:
        """The split's examples of the classes that are kept."""
        return open_data(self.source).examples(split)

    def fetch(self, split: Split, indices: Int[np.ndarray, " n"], length: int, size: int) -> Records:
        """Reads examples, all at once."""
        rows = open_data(self.source).read(split, indices)
        read = min(length, self.source.steps)
        lengths = np.minimum(rows.lengths, read).astype(np.int32)
        count, each = len(indices), np.arange(len(indices))

        encoded = self.encode(rows.values, read)
        inputs = np.zeros((count, size, *encoded.shape[2:]), encoded.dtype)
        inputs[:, :read] = encoded
        targets = np.zeros((count, size), np.int32)
        targets[each, lengths - 1] = rows.labels
        mask = np.zeros((count, size), bool)
        mask[each, lengths - 1] = True
        leaves: tuple[Any, Any, Any] = (inputs, targets, mask)
        return Records(example=Example(*leaves), lengths=lengths)

    def digest(self) -> str:
        """The digest of the examples that are read."""
        return open_data(self.source).digest()
