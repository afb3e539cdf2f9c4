"""Tasks that ask after each bracket of a word which brackets may come next."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lrbench.data.brackets import bracket_name
from lrbench.data.example import Bits, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.task import Family, GeneratedTask, Lengths, Score

#: Kinds of bracket; each step has a bit for each opening and each closing one.
MOST_BRACKETS = 1024


@dataclass(frozen=True)
class NextBrackets(GeneratedTask):
    """Words of exactly `length` brackets, and after each step the set of brackets that may come next.

    Tokens are the opening brackets of all kinds, then the closing ones; the target of a step has a bit for each of
    them, and all steps count. Length 2 is left out, because ( ) needs no memory.

    Attributes:
        brackets: how many kinds there are.
    """

    family: ClassVar[Family] = "counting"
    score: ClassVar[Score] = "sequence_accuracy"
    #: The fewest kinds that make sense.
    fewest: ClassVar[int] = 1

    brackets: int

    def __post_init__(self) -> None:
        require_whole("brackets", self.brackets, self.fewest, most=MOST_BRACKETS)

    @property
    def inputs(self) -> Tokens:
        """Opening brackets of all kinds, then closing ones."""
        return Tokens(2 * self.brackets)

    @property
    def output(self) -> Bits:
        """May this bracket come next?"""
        return Bits(2 * self.brackets)

    @property
    def lengths(self) -> Lengths:
        """Lengths of Bhattamishra et al. 2020, and on to 6 times the longest training length."""
        return Lengths(train=(4, 50), evaluation=(50, 76, 100, 150, 200, 250, 300))

    def problem(self, length: int) -> str | None:
        """Brackets come in pairs, and one pair needs no memory."""
        if length >= 4 and length % 2 == 0:
            return None
        if length < 4:
            return "two pairs of brackets need at least 4 steps, and more pairs an even number of them"
        return f"brackets come in pairs, so the number of steps is even; try {length - 1} or {length + 1}"

    def lag(self, length: int) -> int:
        """The first bracket may be closed by the last."""
        return length - 1

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Any bracket may open; what was just opened may be closed."""
        legal = np.zeros((2 * self.brackets, 2 * self.brackets))
        legal[:, : self.brackets] = 1
        legal[: self.brackets, self.brackets :] = np.eye(self.brackets)
        return 40.0 * legal[inputs] - 20.0

    def input_name(self, index: int) -> str:
        """Brackets for up to three kinds, then letters, small where a pair opens and capital where it closes."""
        return bracket_name(index, self.brackets)

    def output_name(self, index: int) -> str:
        """The bracket's name."""
        return bracket_name(index, self.brackets)
