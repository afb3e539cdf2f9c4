"""A tiny data set in memory, for tests."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from lrbench.data import Classes, Example, Lengths, RecordedTask, Records, Split, Tokens
from lrbench.data.task import Family


@dataclass(frozen=True)
class RecordedBits(RecordedTask):
    """Which of two symbols did a sequence begin with?"""

    family: ClassVar[Family] = "real data"
    paper: ClassVar[str] = "none"

    @property
    def inputs(self) -> Tokens:
        return Tokens(2)

    @property
    def output(self) -> Classes:
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(12, 12), evaluation=(6, 12))

    def problem(self, length: int) -> str | None:
        return None if length >= 1 else "a sequence has at least 1 step"

    def lag(self, length: int) -> int:
        return length - 1

    def chance(self, length: int) -> float:
        return 0.5

    def prepare(self) -> None:
        return None

    def examples(self, split: Split) -> int:
        return {Split.TRAINING: 90, Split.VALIDATION: 40, Split.TEST: 30}[split]

    def sequence(self, split: Split, index: int) -> np.ndarray:
        random = np.random.default_rng([list(Split).index(split), index])
        return random.integers(0, 2, int(random.integers(4, 16)), np.int32)

    def fetch(self, split: Split, indices: Int[np.ndarray, " n"], length: int, size: int) -> Records:
        inputs = np.zeros((len(indices), size), np.int32)
        targets = np.zeros_like(inputs)
        lengths = np.zeros(len(indices), np.int32)
        for row, index in enumerate(indices.tolist()):
            read = self.sequence(split, index)[:length]
            inputs[row, : len(read)] = read
            targets[row, len(read) - 1] = read[0]
            lengths[row] = len(read)
        return Records(Example(inputs, targets, np.arange(size) == lengths[:, None] - 1), lengths)

    def digest(self) -> str:
        return "0123456789abcdef"
