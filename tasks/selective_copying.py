"""Selective copying: the task for which a recurrence must choose what to keep."""

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
from lrbench.data.places import distinct_places
from lrbench.data.task import Family

NOISE = 0

MAMBA = "Gu & Dao 2023, arXiv:2312.00752"
GIVEN = "4096 steps and the answers, K = V = 16; 2 layers of width 64, batch 64, 400,000 steps of Adam at 1e-4"
FENG = "Feng et al. 2024, arXiv:2410.01201"
LAYERS = "4096 steps and the answers, K = V = 16; {} of width 64"


@dataclass(frozen=True)
class SelectiveCopying(GeneratedTask):
    """Read K symbols scattered in noise and say them in order at the end.

    Of a vocabulary of V tokens, 0 is the noise, V-1 the marker and 1 … V-2 are symbols, uniform and independent. K of
    the first `length` - K steps, drawn uniformly, hold symbols, and the others noise. The last K steps hold markers,
    and the i-th symbol is the answer at the i-th of them. Only the markers count. Without memory 1/(V-2) are right.

    Gu and Dao 2023, "Mamba" (arXiv:2312.00752), Table 1 and Appendix E.1: K = V = 16 and 4096 steps, which here are
    length 4112, the markers being extra. Their generator was not released; this one follows S4's
    (`torch_copying_data` with `variable=true`), so V counts the noise and the marker. A symbol's class is its token
    less one. It is the layout `scattered` of `copy_memory` by another name: with A = V-2 there the same key draws the
    same sequence, and only defaults, lengths and the numbering of the answers differ. `selective_copying_mad` is
    another layout.

    Attributes:
        symbols: K, how many symbols to copy.
        vocabulary: V, how many different tokens there are, noise and marker included.

    Examples:
        Key 0, length 16, symbols=4::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    .  .  2 14  .  .  .  . 10  . 12  .  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  -  -  -  -  -  2 14 10 12
            mask     -  -  -  -  -  -  -  -  -  -  -  -  *  *  *  *

        Key 1, length 16, symbols=4::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    .  .  .  .  8  . 14  . 11 11  .  .  ?  ?  ?  ?
            target   -  -  -  -  -  -  -  -  -  -  -  -  8 14 11 11
            mask     -  -  -  -  -  -  -  -  -  -  -  -  *  *  *  *
    """

    family: ClassVar[Family] = "copy"
    paper: ClassVar[str] = MAMBA
    published: ClassVar[tuple[Published, ...]] = (
        *(
            Published(model, share, "token accuracy", GIVEN, f"{MAMBA}, Table 1")
            for model, share in (
                ("S4", 0.183),
                ("S6 without gate", 0.970),
                ("H3 with S4", 0.570),
                ("H3 with Hyena", 0.301),
                ("H3 with S6", 0.997),
                ("Mamba with S4", 0.564),
                ("Mamba with Hyena", 0.284),
                ("Mamba", 0.998),
            )
        ),
        *(
            Published(model, share, "token accuracy", LAYERS.format(layers), FENG, recalled)
            for model, share, layers, recalled in (
                ("minLSTM", 0.376, "1 layer", True),
                ("minLSTM", 0.857, "2 layers", True),
                ("minLSTM", 0.960, "3 layers; standard deviation 0.028", False),
                ("minGRU", 0.370, "1 layer", True),
                ("minGRU", 0.968, "2 layers", True),
                ("minGRU", 0.995, "3 layers; standard deviation 0.002", False),
            )
        ),
    )

    symbols: int = 16
    vocabulary: int = 16

    def __post_init__(self) -> None:
        require_whole("symbols", self.symbols, 1, most=MOST_SYMBOLS)
        require_whole("vocabulary", self.vocabulary, 4, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Noise, symbols, marker."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary - 2)

    @property
    def lengths(self) -> Lengths:
        """80 to 144 steps (by default) in training, up to 8 times as many in evaluation; the paper trains at 4112."""
        shortest, longest = 5 * self.symbols, 9 * self.symbols
        return Lengths(
            train=(shortest, longest), evaluation=(shortest, *(times * longest for times in (1, 2, 3, 4, 6, 8)))
        )

    def problem(self, length: int) -> str | None:
        """Symbols and markers must have room."""
        least = 2 * self.symbols
        return None if length >= least else f"{self.symbols} symbols and as many markers need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws symbols and places, and lays out the sequence."""
        symbols_key, places_key = jax.random.split(key)
        classes = jax.random.randint(symbols_key, (self.symbols,), 0, self.vocabulary - 2)
        answers = jnp.asarray(length, jnp.int32) - self.symbols
        places = distinct_places(places_key, self.symbols, answers)

        inputs = jnp.full(size, NOISE, jnp.int32).at[places].set(classes + 1)
        targets, mask = over_last_steps(classes, length, size)
        return Example(inputs=jnp.where(mask, self.vocabulary - 1, inputs), targets=targets, mask=mask)

    def lag(self, length: int) -> int:
        """The first symbol may stand at the first step."""
        return length - self.symbols

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / (self.vocabulary - 2)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Collects the symbols and says them at the markers."""
        logits = np.zeros((len(inputs), self.vocabulary - 2))
        marker = self.vocabulary - 1
        kept = [token - 1 for token in inputs.tolist() if token not in (NOISE, marker)]
        for step, symbol in zip(np.flatnonzero(inputs == marker), kept, strict=True):
            logits[step, symbol] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """A marker tells nothing of its symbol."""
        return np.zeros((len(inputs), self.vocabulary - 2))

    def input_name(self, index: int) -> str:
        """A dot for noise, numbers for symbols, ? for the marker."""
        return {NOISE: ".", self.vocabulary - 1: "?"}.get(index, str(index))

    def output_name(self, index: int) -> str:
        """The symbol's token."""
        return str(index + 1)
