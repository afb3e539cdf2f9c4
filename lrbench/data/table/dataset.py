"""Sequences of different lengths in flat arrays, from which padded batches are gathered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from lrbench.data.example import Example
from lrbench.data.recorded import Records, Split


@dataclass(frozen=True)
class Dataset:
    """Everything that is read from a file, as the model gets it. Nothing in it changes, so threads may share it.

    Attributes:
        inputs: of all steps, tokens `Int[steps]` or numbers `Float[steps, F]`.
        starts: of each sequence among the steps.
        lengths: its steps.
        targets: of all steps or of all sequences, classes `Int[n]` or values `Float[n, V]`.
        known: which targets there are.
        by_step: whether they are of steps.
        last: whether a sequence is asked at its last step that is read only.
        splits: the sequences of each part.
        input_names: of the tokens, or the features.
        output_names: of the classes, or the values.
    """

    inputs: Int[np.ndarray, " steps"] | Float[np.ndarray, "steps features"]
    starts: Int[np.ndarray, " sequences"]
    lengths: Int[np.ndarray, " sequences"]
    targets: Int[np.ndarray, " n"] | Float[np.ndarray, "n values"]
    known: Bool[np.ndarray, " n"]
    by_step: bool
    last: bool
    splits: Mapping[Split, Int[np.ndarray, " examples"]]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def symbols(self) -> bool:
        """Whether the inputs are tokens."""
        return self.inputs.ndim == 1

    @property
    def classes(self) -> bool:
        """Whether the answers are classes."""
        return self.targets.ndim == 1

    @property
    def longest(self) -> int:
        """Steps of the longest sequence."""
        return int(self.lengths.max())

    def fetch(self, split: Split, indices: Int[np.ndarray, " n"], length: int, size: int) -> Records:
        """Gathers examples, as `RecordedTask.fetch` says.

        Raises:
            ValueError: an index that the split does not have, or a size below the length.
        """
        if not 1 <= length <= size:
            raise ValueError(f"length={length} and size={size}: a length is at least 1, and fits into the size")
        chosen = self._members(split, indices)
        lengths = np.minimum(self.lengths[chosen], length)
        steps = np.arange(size)
        inside = steps < lengths[:, None]
        places = np.where(inside, self.starts[chosen][:, None] + steps, 0)
        owners = places if self.by_step else np.broadcast_to(chosen[:, None], places.shape)
        asked = (steps == lengths[:, None] - 1) if self.last else inside
        mask = asked & self.known[owners]
        leaves: tuple[Any, Any, Any] = (
            _where(inside, self.inputs[places]),
            _where(mask, self.targets[owners]),
            mask,
        )
        return Records(Example(*leaves), lengths.astype(np.int32))

    def asked(self, split: Split, indices: Int[np.ndarray, " n"], length: int) -> int:
        """Counts the steps that `fetch` would ask, without gathering them.

        Raises:
            ValueError: an index that the split does not have, or a length below 1.
        """
        if length < 1:
            raise ValueError(f"length={length}: a length is at least 1")
        chosen = self._members(split, indices)
        if self.last:
            return int(np.sum(self.known[chosen]))
        lengths = np.minimum(self.lengths[chosen], length)
        if not self.by_step:
            return int(np.sum(lengths * self.known[chosen]))
        starts = self.starts[chosen]
        return int(np.sum(self._known_before[starts + lengths] - self._known_before[starts]))

    def _members(self, split: Split, indices: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The sequences that are examples of a split."""
        members = self.splits[split]
        if len(indices) and not (indices.min() >= 0 and indices.max() < len(members)):
            raise ValueError(
                f"the {split} split has the examples 0 to {len(members) - 1}, and not all that are asked for"
            )
        return members[indices]

    @cached_property
    def _known_before(self) -> Int[np.ndarray, " bounds"]:
        """How many targets are known before each step, and, last, how many there are."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.known, dtype=np.int64)])

    @cached_property
    def guess(self) -> Int[np.ndarray, ""] | Float[np.ndarray, " values"]:
        """The one answer that fits the training split best: its most frequent class, or its mean."""
        if self.classes:
            return np.asarray(np.argmax(self.class_counts(Split.TRAINING)))
        owners, _ = self._asked(Split.TRAINING)
        return np.asarray(np.mean(self.targets[owners], axis=0, dtype=np.float64))

    def class_counts(self, split: Split) -> Int[np.ndarray, " classes"]:
        """Counts the steps at which each class is the answer, of whole sequences."""
        owners, _ = self._asked(split)
        return np.bincount(self.targets[owners], minlength=len(self.output_names))

    def guessed(self, length: int, split: Split = Split.TEST) -> float | None:
        """Says how well that answer does on a split.

        Args:
            length: steps that are read of a sequence, at most.
            split: of which part.

        Returns:
            The share of the steps asked at which it is the target, or 1 - its mean squared error; None where no step
            is asked.
        """
        asked, sums = self._guess_curves[split]
        place = min(length, len(asked)) - 1
        return float(sums[place] / asked[place]) if asked[place] else None

    @cached_property
    def _guess_curves(self) -> Mapping[Split, tuple[np.ndarray, np.ndarray]]:
        """Of every split, the steps asked up to each length, and the guess's scores at them, both summed."""
        return {split: self._guess_curve(split) for split in Split}

    def _guess_curve(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        owners, places = self._asked(split)
        targets = self.targets[owners]
        if self.classes:
            scores = (targets == self.guess).astype(np.float64)
        else:
            scores = 1 - np.mean(np.square(targets.astype(np.float64) - self.guess), axis=1)
        return tuple(  # type: ignore[return-value]
            np.cumsum(np.bincount(places, weights=weights, minlength=self.longest))
            for weights in (np.ones(len(scores)), scores)
        )

    def _asked(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """The targets asked of whole sequences, and the least length, less one, at which each is asked.

        A target of the last step is asked at every length.
        """
        members = self.splits[split]
        if self.last:
            return members, np.zeros(len(members), np.int64)
        lengths = self.lengths[members]
        places = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        numbers = np.repeat(members, lengths)
        owners = self.starts[numbers] + places if self.by_step else numbers
        counted = self.known[owners]
        return owners[counted], places[counted]


def _where(kept: Bool[np.ndarray, "n steps"], values: np.ndarray) -> np.ndarray:
    """The values where they are kept, 0 elsewhere."""
    return np.where(kept if values.ndim == 2 else kept[..., None], values, np.zeros((), values.dtype))
