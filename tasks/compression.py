"""Compression (MAD): a whole string must be found again in the one state that its end leaves behind."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.last_steps import over_last_steps
from lrbench.data.limits import MOST_SYMBOLS, MOST_TOKENS
from lrbench.data.mad import PAPER, mad_results
from lrbench.data.task import Family


@dataclass(frozen=True)
class Compression(GeneratedTask):
    """Squeeze K symbols into one state, then name the symbol at each place that is asked for, in random order.

    Tokens are A symbols, uniform and independent, the mark |, the blank, and K questions, one for each place. A
    sequence is K symbols, the mark, blanks, and the K questions in random order: at least 2K+1 steps, and the blanks
    are what is beyond that. The question for place i is answered with the i-th symbol; the label stands at the
    question, and only questions count. Without memory 1/A are right.

    Poli et al. 2024, "Mechanistic design and scaling of hybrid architectures" (arXiv:2403.17844), the generator of
    mad-lab: K = 31, A = 15 and one compression token. There the model is an encoder: its output at the compression
    token alone is given, with a sinusoid for each place, to a small decoder that must name all tokens, place by place.
    A recurrent core has that one vector by itself: what it knows after the mark is its state. So the decoder's places
    become questions, in random order so that each must be answered by looking it up and not by going through the
    string; with K fixed, because a place never asked in training would have no meaning. What differs: the core answers
    instead of a decoder, and its state moves on between questions. The blanks are not MAD's; they make lengths, and
    2K+1 is its task. MAD also counts the compression token, which is always the same; and its accuracy is averaged over
    classes, here over steps.

    Attributes:
        symbols: K, how many symbols to compress.
        alphabet: A, how many different symbols there are.

    Examples:
        Key 0, length 13, symbols=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12
            input    1 11  7  7  1  4  | @0 @3 @5 @1 @4 @2
            target   -  -  -  -  -  -  -  1  7  4 11  1  7
            mask     -  -  -  -  -  -  -  *  *  *  *  *  *

        Key 1, length 15, symbols=6::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14
            input   12 11  5  7  1 13  |  .  . @3 @2 @0 @1 @4 @5
            target   -  -  -  -  -  -  -  -  -  7  5 12 11  1 13
            mask     -  -  -  -  -  -  -  -  -  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = mad_results(
        {"Transformer": 51.6, "Mamba": 52.7, "DeltaNet": 42.2},
        form="length 32, V = 16; the model is an encoder",
        recalled=True,
    )

    symbols: int = 31
    alphabet: int = 15

    def __post_init__(self) -> None:
        require_whole("symbols", self.symbols, 1, most=MOST_SYMBOLS)
        require_whole("alphabet", self.alphabet, 2, most=MOST_TOKENS)

    @property
    def mark(self) -> int:
        """The token that ends the string; the blank and the questions follow it."""
        return self.alphabet

    @property
    def inputs(self) -> Tokens:
        """Symbols, mark, blank, questions."""
        return Tokens(self.alphabet + 2 + self.symbols)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.alphabet)

    @property
    def lengths(self) -> Lengths:
        """Trains with no blanks, as MAD, to as many as symbols, and evaluates with up to 20 times as many."""
        least = 2 * self.symbols + 1
        waits = (0, 1, 2, 4, 8, 12, 20)
        return Lengths(
            train=(least, least + self.symbols), evaluation=tuple(least + wait * self.symbols for wait in waits)
        )

    def problem(self, length: int) -> str | None:
        """Symbols, mark and questions must have room."""
        least = 2 * self.symbols + 1
        if length >= least:
            return None
        return f"{self.symbols} symbols, the mark and a question for each need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbols and the order of the questions."""
        symbols_key, order_key = jax.random.split(key)
        symbols = jax.random.randint(symbols_key, (self.symbols,), 0, self.alphabet)
        order = jax.random.permutation(order_key, self.symbols)
        place, mask = over_last_steps(order, length, size)
        targets, _ = over_last_steps(symbols[order], length, size)
        inputs = (
            jnp.full(size, self.mark + 1, jnp.int32).at[: self.symbols].set(symbols).at[self.symbols].set(self.mark)
        )
        inputs = jnp.where(mask, self.mark + 2 + place, inputs)
        return Example(inputs=jnp.where(jnp.arange(size) < length, inputs, 0), targets=targets, mask=mask)

    def lag(self, length: int) -> int:
        """The first symbol may be asked for last."""
        return length - 1

    def chance(self, length: int) -> float:
        """A place tells nothing of its symbol."""
        return 1 / self.alphabet

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps the string and looks at the place asked for."""
        tokens = inputs.tolist()
        string = tokens[: tokens.index(self.mark)]
        logits = np.zeros((len(tokens), self.alphabet))
        for step, token in enumerate(tokens):
            if token > self.mark + 1:
                logits[step, string[token - self.mark - 2]] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """All symbols are alike."""
        return np.zeros((len(inputs), self.alphabet))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, | for the mark, a dot for the blank, @ and the place (from 0) for questions."""
        if index > self.mark + 1:
            return f"@{index - self.mark - 2}"
        return {self.mark: "|", self.mark + 1: "."}.get(index, str(index))

    def output_name(self, index: int) -> str:
        """The symbol."""
        return str(index)
