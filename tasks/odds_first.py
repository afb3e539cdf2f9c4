"""Odds first: say a string again in another order, which a queue alone cannot."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, deletang_results
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family
from lrbench.data.xlstm import xlstm_results

Order = Literal["paper", "code"]


@dataclass(frozen=True)
class OddsFirst(GeneratedTask):
    """Read a string, then say its symbols at odd places, then those at even places.

    A string s_1 … s_n of symbols from an alphabet of V, uniform and independent, is read; then come n queries (token
    V), at which the rearranged string is asked, a symbol each. Only the queries count. The length is 2n. Without a
    memory nothing beats 1/V.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), where V = 2: the queries are
    the empty tokens that their code appends for every step of the output; strings of 1 to 40 symbols in training, 41 to
    500 in evaluation. The two orders, between which paper and code disagree:

    - `paper`: s_1 s_3 s_5 … s_2 s_4 s_6 …, as the paper and the comments of the code say.
    - `code`: s_2 s_4 s_6 … s_1 s_3 s_5 …, as the code does, which counts from 0.

    Attributes:
        order: one of the two.
        vocabulary: V, how many different symbols there are.

    Examples:
        Key 0, length 14::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    1  0  0  1  1  1  0  ?  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  1  0  1  0  0  1  1
            mask     -  -  -  -  -  -  -  *  *  *  *  *  *  *

        Key 0, length 14, order=code::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    1  0  0  1  1  1  0  ?  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  0  1  1  1  0  1  0
            mask     -  -  -  -  -  -  -  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *deletang_results(
            {"RNN": 51.0, "LSTM": 55.6, "Stack-RNN": 51.9, "Tape-RNN": 100, "Transformer": 52.8}, checked=("Tape-RNN",)
        ),
        *xlstm_results(
            {"Mamba": 0.08, "LSTM (block)": 0.08, "xLSTM[1:0]": 0.15, "Llama": 0.07}, task="odds first", vocabulary=12
        ),
    )

    order: Order = "paper"
    vocabulary: int = 2

    def __post_init__(self) -> None:
        require_choice("order", self.order, get_args(Order))
        require_whole("vocabulary", self.vocabulary, 2, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols and the query."""
        return Tokens(self.vocabulary + 1)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary)

    @property
    def lengths(self) -> Lengths:
        """Strings of 1 to 40 symbols in training and of 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(2, 80), evaluation=(80, 128, 192, 256, 384, 512, 1000))

    def problem(self, length: int) -> str | None:
        """As many queries as symbols."""
        if length >= 2 and length % 2 == 0:
            return None
        return f"n symbols and n queries have 2n steps, an even number of at least 2; try {max(2, length + 1)}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws a string and looks up which symbol each query asks for."""
        steps = jnp.arange(size, dtype=jnp.int32)
        n = jnp.asarray(length, jnp.int32) // 2
        string = jax.random.randint(key, (size,), 0, self.vocabulary, jnp.int32)
        first = 0 if self.order == "paper" else 1  # counted from 0, the place that is said first
        place = 2 * (steps - n) + first
        place = jnp.where(place < n, place, place - 2 * ((n + 1 - first) // 2) + 1 - 2 * first)
        mask = (steps >= n) & (steps < 2 * n)
        return Example(
            inputs=jnp.where(steps < n, string, jnp.where(mask, self.vocabulary, 0)),
            targets=jnp.where(mask, string[jnp.clip(place, 0, size - 1)], 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """From the first symbol of the half that is said last."""
        n = length // 2
        if self.order == "code":
            return n + n // 2
        return max(1, n + (n + 1) // 2 - 1)

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / self.vocabulary

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Deals the symbols onto two heaps and puts one on the other."""
        string = inputs[: len(inputs) // 2].tolist()
        heaps = (string[::2], string[1::2])
        said = heaps[0] + heaps[1] if self.order == "paper" else heaps[1] + heaps[0]
        return np.eye(self.vocabulary)[string + said]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """A query tells nothing."""
        return np.zeros((len(inputs), self.vocabulary))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the query."""
        return "?" if index == self.vocabulary else str(index)
