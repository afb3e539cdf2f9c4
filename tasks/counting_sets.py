"""a^n b^n and its longer relatives, asked for the set of symbols that may come next."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Bits, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice
from lrbench.data.task import Family, Score

Language = Literal["anbn", "anbncn", "anbncndn"]


@dataclass(frozen=True)
class CountingSets(GeneratedTask):
    """Predict the set of symbols that may come next in a^n b^n, a^n b^n c^n or a^n b^n c^n d^n.

    The input is the word alone, with n >= 1. After an a both a and b may come; from the first b on the word is
    determined: as many b's as a's, then as many c's, then as many d's, and after the last letter T, the end. The
    target of a step is the set, a bit for each letter and one for T, and all steps count. A word is right when every
    bit of every step is; the headline is the share of words that are, which for one n is 0 or 1.

    From n = 2 on chance is 0: a guess from the last symbol alone cannot tell the last b from the others. The word of
    n = 1 is the exception: a guess that says a and b after a, and after each other letter the next one or T, has it
    right, and every longer word wrong. Chance is called 0 there too; training begins at n = 1 because the papers' does.

    Suzgun, Belinkov and Shieber 2019, "On evaluating the generalization of LSTM models in formal languages"
    (arXiv:1811.01001), after Gers and Schmidhuber 2001, "LSTM recurrent networks learn simple context-free and
    context-sensitive languages", whose words also begin with a start symbol. The former train with the squared error
    of sigmoids, here the loss is the cross-entropy of each bit; both cut at one half. They draw n from windows
    (1 … 30, 1 … 50, 50 … 100) uniformly, U-shaped, left- or right-tailed, and report the first and the fifth n that
    fails. A length here is 2n, 3n or 4n steps, so a window of n is one of lengths times the number of letters.

    Attributes:
        language: `anbn`, `anbncn` or `anbncndn`.

    Examples:
        Key 0, length 6, language=anbn::

            step     0  1  2  3  4  5
            input    a  a  a  b  b  b
            target  ab ab ab  b  b  T
            mask     *  *  *  *  *  *

        Key 0, length 9, language=anbncn::

            step     0  1  2  3  4  5  6  7  8
            input    a  a  a  b  b  b  c  c  c
            target  ab ab ab  b  b  c  c  c  T
            mask     *  *  *  *  *  *  *  *  *

        Key 0, length 8, language=anbncndn::

            step     0  1  2  3  4  5  6  7
            input    a  a  b  b  c  c  d  d
            target  ab ab  b  c  c  d  d  T
            mask     *  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Suzgun et al. 2019, arXiv:1811.01001; Gers & Schmidhuber 2001"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM with peepholes",
            value=1000.0,
            measure="largest n",
            setting="a^n b^n, trained on n = 1 … 10, best run",
            source="Gers & Schmidhuber 2001",
            recalled=True,
        ),
        Published(
            model="LSTM with peepholes",
            value=500.0,
            measure="largest n",
            setting="a^n b^n c^n, trained on n = 1 … 40, best run",
            source="Gers & Schmidhuber 2001",
            recalled=True,
        ),
        Published(
            model="LSTM with peepholes",
            value=100.0,
            measure="largest n",
            setting="a^n b^n, hidden 2, trained on n = 1 … 10, 4000 steps, n <= 100 asked; median of 5 seeds, least 65",
            source="github.com/cybertronai/schmidhuber-problems",
        ),
        Published(
            model="LSTM with peepholes",
            value=24.0,
            measure="largest n",
            setting="a^n b^n c^n, hidden 3, trained on n = 1 … 10, 8000 steps; median of 5 seeds, from 18 to 29",
            source="github.com/cybertronai/schmidhuber-problems",
        ),
        Published(
            model="LSTM",
            value=1.0,
            measure="word accuracy",
            setting="about, a^n b^n, a^n b^n c^n and a^n b^n c^n d^n (counter-2 to counter-4), up to 32 units, trained "
            "on lengths 2 … 50, tested on 52 … 100",
            source="Bhattamishra et al. 2020, arXiv:2009.11264",
            recalled=True,
        ),
    )
    score: ClassVar[Score] = "sequence_accuracy"
    deterministic: ClassVar[bool] = True

    language: Language = "anbn"

    def __post_init__(self) -> None:
        require_choice("language", self.language, get_args(Language))

    @property
    def letters(self) -> int:
        """How many letters the language has."""
        return {"anbn": 2, "anbncn": 3, "anbncndn": 4}[self.language]

    @property
    def inputs(self) -> Tokens:
        """The letters."""
        return Tokens(self.letters)

    @property
    def output(self) -> Bits:
        """May this letter come next, and may the word end?"""
        return Bits(self.letters + 1)

    @property
    def lengths(self) -> Lengths:
        """Trains on n = 1 … 30, the first window of Suzgun et al., and evaluates up to n = 180."""
        return Lengths(
            train=(self.letters, 30 * self.letters),
            evaluation=tuple(n * self.letters for n in (30, 45, 60, 90, 120, 150, 180)),
        )

    def problem(self, length: int) -> str | None:
        """Words are equally many of every letter, and at least one."""
        if length >= 1 and length % self.letters == 0:
            return None
        word = " ".join(f"{letter}^n" for letter in "abcd"[: self.letters])
        shorter = max(length, 0) // self.letters * self.letters
        nearest = f"{shorter} or {shorter + self.letters}" if shorter else f"{self.letters}"
        return f"{word} has {self.letters}n steps with n >= 1; try {nearest}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Lays out the one word that this length has; the key is not used."""
        del key
        n = jnp.asarray(length, jnp.int32) // self.letters
        steps = jnp.arange(size, dtype=jnp.int32)
        mask = steps < self.letters * n
        letters = jnp.where(mask, steps // jnp.maximum(n, 1), 0)
        ahead = (steps + 1) // jnp.maximum(n, 1)  # T's number is the number of letters
        symbols = jnp.arange(self.letters + 1, dtype=jnp.int32)
        legal = symbols[None] == ahead[:, None]
        legal = jnp.where((letters == 0)[:, None], symbols[None] <= 1, legal) & mask[:, None]
        return Example(inputs=letters, targets=legal.astype(jnp.int32), mask=mask)

    def lag(self, length: int) -> int:
        """From the first a to the last letter, after which the word must end."""
        return length - 1

    def n(self, length: int) -> int:
        """The n of the word that this length has."""
        return length // self.letters

    def chance(self, length: int) -> float:
        """From n = 2 on, a guess that forgets cannot tell the last b from the others; at n = 1 it can (see above)."""
        return 0.0

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps the number of a's, and counts it down on each of the other letters."""
        logits = np.full((len(inputs), self.letters + 1), -20.0)
        many, left = 0, 0
        for step, letter in enumerate(inputs.tolist()):
            if letter == 0:
                many += 1
                logits[step, [0, 1]] = 20.0
                continue
            left = (left or many) - 1
            logits[step, letter if left else letter + 1] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """After a comes a or b; after another letter, the same."""
        legal = np.eye(self.letters, self.letters + 1)
        legal[0, 1] = 1
        return 40.0 * legal[inputs] - 20.0

    def input_name(self, index: int) -> str:
        """The letter."""
        return "abcd"[index]

    def output_name(self, index: int) -> str:
        """The letter, or T for the end."""
        return ("abcd"[: self.letters] + "T")[index]
