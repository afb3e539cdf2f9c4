"""What went through: counted while a split is written, since nothing is kept of it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from lrbench.export.sequences import Sequences


@dataclass
class Tally:
    """Counts one split.

    Attributes:
        examples: sequences so far.
        steps: of all of them.
        counted: steps where the mask is true.
        shortest: of the sequences; 0 before the first.
        longest: of the sequences.
    """

    examples: int = 0
    steps: int = 0
    counted: int = 0
    shortest: int = 0
    longest: int = 0
    _prints: list[np.ndarray] = field(default_factory=list)

    def over(self, pieces: Iterable[Sequences]) -> Iterator[Sequences]:
        """Hands pieces on, and counts them."""
        for piece in pieces:
            lengths = piece.lengths.tolist()
            self.shortest = min([*lengths, *([self.shortest] if self.examples else [])])
            self.longest = max([*lengths, self.longest])
            self.examples += len(lengths)
            self.steps += len(piece.mask)
            self.counted += int(np.sum(piece.mask))
            prints = [hashlib.blake2b(one.inputs.tobytes(), digest_size=8).digest() for one in piece.each()]
            self._prints.append(np.frombuffer(b"".join(prints), np.uint64))
            yield piece

    def repeated(self, earlier: "Tally") -> int:
        """Returns how many of these sequences have the inputs of one in an earlier split."""
        if not self._prints or not earlier._prints:
            return 0
        return int(np.sum(np.isin(np.concatenate(self._prints), np.concatenate(earlier._prints))))
