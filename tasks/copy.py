"""Copy, reverse and duplicate: read a string to its end, then say it."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, SETTING, deletang_results
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family
from lrbench.data.xlstm import xlstm_results

Answer = Literal["once", "reversed", "twice"]


@dataclass(frozen=True)
class Copy(GeneratedTask):
    """Read a string of random symbols to its end, then say it: once, reversed, or twice.

    The string has n symbols of A, uniform and independent, then come as many empty tokens as there are symbols to
    answer. The label stands at the step that is asked: the i-th empty token is answered with the i-th symbol of the
    answer. Only the empty tokens count. Without memory 1/A are right.

    - `once`: s_1 … s_n, plain copying; 2n steps.
    - `reversed`: s_n … s_1, "reverse string", which a stack can do; 2n steps.
    - `twice`: s_1 … s_n s_1 … s_n, "duplicate string", which a stack cannot do; 3n steps.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), whose code appends the empty
    tokens to the input and has one more input than the A = 2 symbols. They give lengths as n, trained uniformly on
    1 … 40 and tested on 41 … 500; here the length is all steps, 2n or 3n, so n is uniform as there. `once` is not
    among their tasks; it is their layout with the string itself for answer, as the "repetition" of Beck et al. 2024,
    "xLSTM" (arXiv:2405.04517), App. B.1.1.

    Attributes:
        answer: once, reversed or twice.
        alphabet: A, how many different symbols there are.

    Examples:
        Key 0, length 12::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    1  0  0  1  1  1  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  1  0  0  1  1  1
            mask     -  -  -  -  -  -  *  *  *  *  *  *

        Key 1, length 12, answer=reversed::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    0  1  0  1  0  0  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  -  -  0  0  1  0  1  0
            mask     -  -  -  -  -  -  *  *  *  *  *  *

        Key 2, length 12, answer=twice, alphabet=5::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    4  2  3  3  ?  ?  ?  ?  ?  ?  ?  ?
            target   -  -  -  -  4  2  3  3  4  2  3  3
            mask     -  -  -  -  *  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "copy"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *deletang_results(
            {"RNN": 62.0, "LSTM": 60.9, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 62.3},
            setting=f"reversed (reverse string), binary; {SETTING}",
        ),
        *deletang_results(
            {"RNN": 50.3, "LSTM": 57.6, "Stack-RNN": 52.8, "Tape-RNN": 100, "Transformer": 52.8},
            checked=("Tape-RNN", "Transformer"),
            setting=f"twice (duplicate string), binary; {SETTING}",
        ),
        *xlstm_results(
            {"Mamba": 0.13, "LSTM (block)": 0.17, "xLSTM[1:0]": 0.22, "Llama": 0.06},
            task="reversed (reverse string)",
            vocabulary=12,
        ),
        *xlstm_results(
            {"Mamba": 0.15, "LSTM (block)": 0.15, "xLSTM[1:0]": 0.28, "Llama": 0.08},
            task="once (repetition)",
            vocabulary=12,
        ),
    )

    answer: Answer = "once"
    alphabet: int = 2

    def __post_init__(self) -> None:
        require_choice("answer", self.answer, get_args(Answer))
        require_whole("alphabet", self.alphabet, 2, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols and the empty token."""
        return Tokens(self.alphabet + 1)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.alphabet)

    @property
    def parts(self) -> int:
        """How many times n the length is: the string and its answer."""
        return 3 if self.answer == "twice" else 2

    @property
    def lengths(self) -> Lengths:
        """Trains on n = 1 … 40, as the paper, and evaluates up to n = 240; the paper goes to 500."""
        longer = tuple(self.parts * n for n in (20, 40, 60, 80, 120, 160, 240))
        return Lengths(train=(self.parts, 40 * self.parts), evaluation=longer)

    def problem(self, length: int) -> str | None:
        """String and answer are whole times n."""
        if length >= self.parts and length % self.parts == 0:
            return None
        below = max(length // self.parts, 1) * self.parts
        return f"a string of n symbols and its answer take {self.parts}n steps; try {below} or {below + self.parts}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the string, and looks up each answer in it."""
        string = jax.random.randint(key, (size,), 0, self.alphabet)
        n = jnp.asarray(length, jnp.int32) // self.parts
        steps = jnp.arange(size, dtype=jnp.int32)
        mask = (steps >= n) & (steps < length)
        asked = 2 * n - 1 - steps if self.answer == "reversed" else steps % n
        targets = jnp.where(mask, string[jnp.clip(asked, 0, size - 1)], 0)
        inputs = jnp.where(mask, self.alphabet, jnp.where(steps < n, string, 0))
        return Example(inputs=inputs, targets=targets, mask=mask)

    def lag(self, length: int) -> int:
        """From the first symbol to its last answer."""
        n = length // self.parts
        return {"once": n, "reversed": 2 * n - 1, "twice": 2 * n}[self.answer]

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / self.alphabet

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Reads up to the first empty token and says what was read."""
        tokens = inputs.tolist()
        string = tokens[: tokens.index(self.alphabet)]
        said = {"once": string, "reversed": string[::-1], "twice": string + string}[self.answer]
        logits = np.zeros((len(inputs), self.alphabet))
        logits[np.arange(len(string), len(tokens)), said] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """An empty token tells nothing of the string."""
        return np.zeros((len(inputs), self.alphabet))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, ? for the empty token."""
        return "?" if index == self.alphabet else str(index)

    def output_name(self, index: int) -> str:
        """The symbol."""
        return str(index)
