"""Selective copying as MAD has it: one prompt, then blanks to answer on."""

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
class SelectiveCopyingMad(GeneratedTask):
    """Read K symbols with blanks strewn among them, and after one prompt say them in order on K blanks.

    Of a vocabulary of V tokens, V-1 is the prompt, V-2 the blank, and 0 … V-3 are symbols, uniform and independent. A
    sequence is the K symbols, with blanks before and between them, the prompt, and K blanks. The i-th symbol is the
    answer at the i-th blank after the prompt; only these K steps count, and the label stands at the step that is asked.
    Without memory 1/(V-2) are right.

    It differs from `selective_copying` (Mamba's) in three ways. The answers are asked on blanks, not on markers, so
    the model must notice the one prompt. The `length` - 2K - 1 blanks fall independently and uniformly before one of
    the K symbols: places are not uniform, and the last symbol stands right before the prompt. V counts prompt and blank
    here, noise and marker there; so it is V-2 symbols in both.

    Poli et al. 2024, "Mechanistic design and scaling of hybrid architectures" (arXiv:2403.17844), the generator of
    mad-lab: length 256, K = V = 16. It draws the blanks from a global generator, so that its sequences do not follow
    from the seed; here all follows from the key. Its models have V outputs, here V-2; its accuracy is averaged over
    classes, here over steps.

    Attributes:
        symbols: K, how many symbols to copy.
        vocabulary: V, how many different tokens there are, prompt and blank included.

    Examples:
        Key 0, length 14, symbols=4::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    .  1 13  .  .  9  .  . 11  >  .  .  .  .
            target   -  -  -  -  -  -  -  -  -  -  1 13  9 11
            mask     -  -  -  -  -  -  -  -  -  -  *  *  *  *

        Key 1, length 14, symbols=4::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13
            input    .  .  .  7  . 13  . 10 10  >  .  .  .  .
            target   -  -  -  -  -  -  -  -  -  -  7 13 10 10
            mask     -  -  -  -  -  -  -  -  -  -  *  *  *  *
    """

    family: ClassVar[Family] = "copy"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = mad_results(
        {"Transformer": 99.6, "Hyena": 93.1, "GLA": 88.6, "Mamba": 86.3, "DeltaNet": 100},
        form="length 256, K = V = 16",
        recalled=True,
    )

    symbols: int = 16
    vocabulary: int = 16

    def __post_init__(self) -> None:
        require_whole("symbols", self.symbols, 1, most=MOST_SYMBOLS)
        require_whole("vocabulary", self.vocabulary, 4, most=MOST_TOKENS)

    @property
    def blank(self) -> int:
        """The token that says nothing."""
        return self.vocabulary - 2

    @property
    def prompt(self) -> int:
        """The token after which the symbols are asked."""
        return self.vocabulary - 1

    @property
    def inputs(self) -> Tokens:
        """Symbols, blank, prompt."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary - 2)

    @property
    def lengths(self) -> Lengths:
        """80 to 128 steps (by default) in training, up to 6 times as many in evaluation; the paper has 256."""
        shortest, longest = 5 * self.symbols, 8 * self.symbols
        return Lengths(
            train=(shortest, longest), evaluation=(shortest, *(longest * times for times in (1, 2, 3, 4, 6)))
        )

    def problem(self, length: int) -> str | None:
        """Symbols, prompt and answers must have room, and at least one blank among the symbols, as in MAD."""
        least = 2 * self.symbols + 2
        if length >= least:
            return None
        return f"{self.symbols} symbols, a blank, the prompt and as many answers as symbols need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbols, and before which of them each blank falls."""
        symbols_key, blanks_key = jax.random.split(key)
        symbols = jax.random.randint(symbols_key, (self.symbols,), 0, self.blank)
        prompt = jnp.asarray(length, jnp.int32) - self.symbols - 1
        steps = jnp.arange(size, dtype=jnp.int32)
        followers = jax.random.randint(blanks_key, (size,), 0, self.symbols)
        falls = (steps < prompt - self.symbols).astype(jnp.int32)
        before = jnp.cumsum(jnp.zeros(self.symbols, jnp.int32).at[followers].add(falls))
        places = before + jnp.arange(self.symbols, dtype=jnp.int32)

        targets, mask = over_last_steps(symbols, length, size)
        inputs = jnp.full(size, self.blank, jnp.int32).at[places].set(symbols)
        inputs = jnp.where(steps == prompt, self.prompt, jnp.where(steps < length, inputs, 0))
        return Example(inputs=inputs, targets=targets, mask=mask)

    def lag(self, length: int) -> int:
        """The first symbol may stand at the first step."""
        return length - self.symbols

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / (self.vocabulary - 2)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Collects the symbols before the prompt and says them after it."""
        logits = np.zeros((len(inputs), self.vocabulary - 2))
        tokens = inputs.tolist()
        prompt = tokens.index(self.prompt)
        kept = [token for token in tokens[:prompt] if token != self.blank]
        for turn, symbol in enumerate(kept):
            logits[prompt + 1 + turn, symbol] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """A blank tells nothing of the symbols."""
        return np.zeros((len(inputs), self.vocabulary - 2))

    def input_name(self, index: int) -> str:
        """Numbers for symbols, a dot for the blank, > for the prompt."""
        return {self.blank: ".", self.prompt: ">"}.get(index, str(index))

    def output_name(self, index: int) -> str:
        """The symbol's token."""
        return str(index)
