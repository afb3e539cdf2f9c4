"""The multiplication problem: two marked numbers are to be remembered, and adding them up is not enough."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Array, Float

from lrbench.data import Published
from lrbench.data.marked_numbers import MarkedNumbers


@dataclass(frozen=True)
class Multiplication(MarkedNumbers):
    """Multiply the two numbers that are marked in a stream of random numbers; the product is asked at the last step.

    Each step holds u, uniform in [0, 1), and a mark, which is 1 at two steps and 0 at the others. The last step is one
    of the stream, not a query of its own. The headline is 1 - mean squared error. Answering 1/4, the mean of the
    product, has an error of 7/144 = 0.0486; the best guess without memory also halves the last step's own number where
    that one is marked, which brings the error down to 1/36 there. Solved is 6 % of chance's error, as for the adding
    problem.

    Hochreiter and Schmidhuber 1997, "Long short-term memory", experiment 5, whose tolerance of 0.04 the token accuracy
    takes. Deviations: there the first mark is one of the first ten steps and the second one of the first T/2 - 1 that
    are left, T being the least length; the marks of the first and the last step are -1; the number of a marked first
    step counts as 1; lengths are uniform in T … 1.1 T with T = 100. Here marks and placements are those of the adding
    problem as it is used today, so that the two tasks differ in the target alone.

    Attributes:
        placement: `halves` has one mark in each half; `anywhere` draws two steps without replacement.

    Examples:
        Key 0, length 8, placement=halves::

            step         0     1     2     3     4     5     6     7
            number   0.842 0.182 0.227 0.121 0.192 0.722 0.765 0.153
            mark         0     0     1     0     0     0     1     0
            product      -     -     -     -     -     -     - 0.174
            mask         -     -     -     -     -     -     -     *

        Key 1, length 8, placement=anywhere::

            step         0     1     2     3     4     5     6     7
            number   0.703 0.235 0.818 0.171 0.026 0.923 0.694 0.392
            mark         0     0     0     0     1     0     0     1
            product      -     -     -     -     -     -     - 0.010
            mask         -     -     -     -     -     -     -     *
    """

    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997, experiment 5"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM, 2 blocks of 2 cells, 93 weights",
            value=0.0223,
            measure="mean squared error on 2560 sequences",
            setting="T = 100, 482,000 sequences, until fewer than 140 of 2000 miss the tolerance; mean of 10 trials",
            source="Hochreiter & Schmidhuber 1997, Table 8",
        ),
        Published(
            model="LSTM, 2 blocks of 2 cells, 93 weights",
            value=0.0139,
            measure="mean squared error on 2560 sequences",
            setting="T = 100, 1,273,000 sequences, until fewer than 13 of 2000 miss the tolerance; mean of 10 trials",
            source="Hochreiter & Schmidhuber 1997, Table 8",
        ),
        Published(
            model="LSTM with forget gate, 8 cells",
            value=0.0028,
            measure="mean squared error",
            setting="length 30, 96,000 sequences, Adam; seed 0, the best of 5 of which 2 stayed at chance",
            source="cybertronai/schmidhuber-problems, multiplication-problem",
        ),
    )

    def answer(self, first: Float[Array, ""], second: Float[Array, ""]) -> Float[Array, ""]:
        """The product."""
        return first * second

    def chance(self, length: int) -> float:
        """The variance of the product stays, 7/144; less of it where the last step is marked, 1/36."""
        last_is_marked = self.last_is_marked(length)
        return 1 - (1 - last_is_marked) * 7 / 144 - last_is_marked / 36

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """The running product of the marked numbers."""
        return np.cumprod(np.where(inputs[:, 1] == 1, inputs[:, 0], 1.0))[:, None]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Half the number where it is marked, else 1/4."""
        return np.where(inputs[:, 1:] == 1, inputs[:, :1] / 2, 0.25)

    def output_name(self, index: int) -> str:
        """What the value is."""
        return "product"
