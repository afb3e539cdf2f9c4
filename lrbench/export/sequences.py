"""Sequences without padding, one behind the other: what every format writes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from lrbench.data import Example


class Sequences(NamedTuple):
    """Some sequences on the host, the steps of one behind those of the other.

    Attributes:
        inputs: tokens or features of every step.
        targets: classes, bits or values of every step; 0 where the mask is false.
        mask: where loss and score look.
        lengths: steps of each sequence; they add up to `steps`.
    """

    inputs: Int[np.ndarray, " steps"] | Float[np.ndarray, "steps features"]
    targets: Int[np.ndarray, " steps"] | Int[np.ndarray, "steps bits"] | Float[np.ndarray, "steps values"]
    mask: Bool[np.ndarray, " steps"]
    lengths: Int[np.ndarray, " sequences"]

    @property
    def offsets(self) -> Int[np.ndarray, " ends"]:
        """Where each sequence begins, and behind them where the last one ends."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.lengths, dtype=np.int64)])

    def each(self) -> Iterator["Sequences"]:
        """Yields the sequences one by one."""
        for number, (start, end) in enumerate(pairwise(self.offsets.tolist())):
            own = self.lengths[number : number + 1]
            yield Sequences(self.inputs[start:end], self.targets[start:end], self.mask[start:end], own)


def without_padding(example: Example, lengths: np.ndarray) -> Sequences:
    """Takes the padding off, and puts 0 in place of targets that do not count.

    A task may hold anything there, even NaN, which JSON does not have, and no format should pass it on.

    Args:
        example: leaves `[sequences, size, ...]`, numpy.
        lengths: steps of each sequence.
    """
    own = np.arange(example.mask.shape[1]) < lengths[:, None]
    inputs, targets, mask = (np.asarray(leaf)[own] for leaf in example)
    counts = mask.reshape(-1, *(1,) * (targets.ndim - 1))
    return Sequences(inputs, np.where(counts, targets, np.zeros((), targets.dtype)), mask, lengths)


def joined(pieces: Sequence[Sequences]) -> Sequences:
    """Puts pieces one behind the other."""
    return Sequences(*(np.concatenate(arrays) for arrays in zip(*pieces, strict=True)))
