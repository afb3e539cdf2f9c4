"""The adding problem: two real numbers, marked among many, are to be remembered and added."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Array, Float

from lrbench.data import Published
from lrbench.data.marked_numbers import MarkedNumbers


@dataclass(frozen=True)
class Adding(MarkedNumbers):
    """Add up the two numbers that are marked in a stream of random numbers; the sum is asked at the last step.

    Each step holds u, uniform in [0, 1), and a mark, which is 1 at two steps and 0 at the others. The last step is one
    of the stream, not a query of its own. The headline is 1 - mean squared error. Answering 1, the mean of the sum, has
    an error of 1/6 = 0.1667, the chance that the literature gives. The best guess without memory also takes the last
    step's own number u where that one is marked: u + 1/2 has an error of 1/12 there. So chance here is a little better
    at short lengths: an error of 0.0833 at length 2, of 0.1500 at 10, and of 0.1650 at 100.

    Hochreiter and Schmidhuber 1997, "Long short-term memory", experiment 4, whose tolerance of 0.04 the token accuracy
    takes (there for a sum scaled to 0 … 1, here for 0 … 2). Solved is an error under 0.01.

    Attributes:
        placement: `halves` has one mark in each half, as Arjovsky, Shah and Bengio 2016 (arXiv:1511.06464) and S4;
            `anywhere` draws two steps without replacement, as Bai, Kolter and Koltun 2018 (arXiv:1803.01271).

    Examples:
        Key 0, length 8, placement=halves::

            step        0     1     2     3     4     5     6     7
            number  0.842 0.182 0.227 0.121 0.192 0.722 0.765 0.153
            mark        0     0     1     0     0     0     1     0
            sum         -     -     -     -     -     -     - 0.993
            mask        -     -     -     -     -     -     -     *

        Key 1, length 8, placement=anywhere::

            step        0     1     2     3     4     5     6     7
            number  0.703 0.235 0.818 0.171 0.026 0.923 0.694 0.392
            mark        0     0     0     0     1     0     0     1
            sum         -     -     -     -     -     -     - 0.418
            mask        -     -     -     -     -     -     -     *
    """

    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016, arXiv:1511.06464"
    published: ClassVar[tuple[Published, ...]] = (
        *(
            Published(
                model=model,
                value=error,
                measure="mean squared error",
                setting="anywhere, length 600; 50,000 sequences, Adam at 4e-3",
                source="Bai et al. 2018, arXiv:1803.01271, and locuslab/TCN",
            )
            for model, error in (("LSTM", 0.164), ("GRU", 5.3e-5), ("RNN", 0.177), ("TCN", 5.8e-5))
        ),
        *(
            Published(
                model=model,
                value=error,
                measure="root mean squared error",
                setting=f"trained at length 100, evaluated at {length}; equal parameters",
                source="ARotting/lstm-time-capsule on Hugging Face",
            )
            for model, errors in (
                ("RNN", (0.386, 0.401, 0.406)),
                ("LSTM", (0.011, 0.038, 0.105)),
                ("GRU", (0.013, 0.198, 0.426)),
            )
            for length, error in zip((100, 200, 400), errors, strict=True)
        ),
    )

    def answer(self, first: Float[Array, ""], second: Float[Array, ""]) -> Float[Array, ""]:
        """The sum."""
        return first + second

    def chance(self, length: int) -> float:
        """The variance of the sum stays, 2/12; half of it where the last step is marked."""
        return 1 - 1 / 6 + self.last_is_marked(length) / 12

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """The running sum of the marked numbers."""
        return np.cumsum(inputs[:, 0] * inputs[:, 1])[:, None]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The number and 1/2 where it is marked, else 1."""
        return np.where(inputs[:, 1:] == 1, inputs[:, :1] + 0.5, 1.0)

    def output_name(self, index: int) -> str:
        """What the value is."""
        return "sum"
