"""First-symbol recall: one symbol is to be kept through a stretch of distractors."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family

Variant = Literal["2a", "2b", "2c"]


@dataclass(frozen=True)
class FirstSymbolRecall(GeneratedTask):
    """Recall at the end the one symbol that came first, before a stretch of distractors.

    One of S symbols, all equally likely, comes first; after it come distractors from an alphabet of p others; and at
    the last step the class is asked: which symbol it was. Without memory 1/S are right.

    Hochreiter and Schmidhuber 1997, "Long short-term memory", experiment 2, with S = 2 symbols (x, y), where the
    symbol comes again as the sequence's last element and is to be predicted. In `2a`, noise-free long time lags, the
    distractors are a1, a2, a3 … in this order and the answer is due after the last; in `2b`, without local
    regularities, they are uniform and independent; in `2c`, very long time lags, a sequence begins with the symbol b
    before the one to recall, the distractors are uniform and independent, and a trigger e calls for the answer. The
    last element is target only, so a sequence has one step less here than elements there: p in 2a and 2b, q+k+3 in
    2c.

    Deviations: in 2a and 2b the paper predicts every next element, and calls a run of 2b solved by the last alone;
    here the last alone counts in all three. There 2a and 2b have exactly p-1 distractors in a sequence; here p does
    not follow from the length, and in 2a the distractors begin again after ap (their order is the paper's as long as p
    is at least `length` - 1). In 2c the number of distractors is q+k with P(k) = 0.9^k / 10; here it follows from the
    length, which is uniform in training. The paper writes q for the largest index of a distractor once, where p must
    be meant.

    Attributes:
        variant: `2a`: distractors in order; `2b`: random distractors; `2c`: random distractors between b and e.
        symbols: S, how many symbols there are to recall.
        distractors: p, how many different distractors there are.

    Examples:
        Key 0, length 12, variant=2c, distractors=5::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    >  y  2  1  2  3  3  1  1  2  3  ?
            target   -  -  -  -  -  -  -  -  -  -  -  y
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 3, length 12, variant=2a, distractors=5::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    x  1  2  3  4  5  1  2  3  4  5  1
            target   -  -  -  -  -  -  -  -  -  -  -  x
            mask     -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997, experiment 2"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="RTRL and BPTT",
            value=0.0,
            measure="share of runs that solved it",
            setting="variant 2a, p = 100, 5,000,000 sequences; 18 trials",
            source="Hochreiter & Schmidhuber 1997, Table 2",
        ),
        Published(
            model="neural sequence chunker",
            value=0.33,
            measure="share of runs that solved it",
            setting="variant 2a, p = 100, 32,400 sequences where solved; 18 trials",
            source="Hochreiter & Schmidhuber 1997, Table 2",
        ),
        Published(
            model="LSTM, 1 cell, 10504 weights",
            value=1.0,
            measure="share of runs that solved it",
            setting="variant 2a, p = 100, after 5,040 sequences; 18 trials",
            source="Hochreiter & Schmidhuber 1997, Table 2",
        ),
        Published(
            model="LSTM, 1 cell, 10504 weights",
            value=1.0,
            measure="share of runs that solved it",
            setting="variant 2b, p = 100, after 5,680 sequences; 18 trials",
            source="Hochreiter & Schmidhuber 1997, section 5.2",
        ),
        Published(
            model="LSTM",
            value=0.6,
            measure="share of runs that solved it",
            setting="variant 2a, p = 50; 10 seeds",
            source="cybertronai/schmidhuber-problems, noise-free long lag",
        ),
        *(
            Published(
                model=f"LSTM, 2 blocks of 1 cell, {weights} weights",
                value=sequences,
                measure="training sequences until solved",
                setting=f"variant 2c, q = {q}, p = {p}; mean of 20 trials",
                source="Hochreiter & Schmidhuber 1997, Table 3",
            )
            for q, p, weights, sequences in (
                (50, 50, 364, 30_000.0),
                (100, 100, 664, 31_000.0),
                (200, 200, 1264, 33_000.0),
                (500, 500, 3064, 38_000.0),
                (1000, 1000, 6064, 49_000.0),
                (1000, 500, 3064, 49_000.0),
                (1000, 200, 1264, 75_000.0),
                (1000, 100, 664, 135_000.0),
                (1000, 50, 364, 203_000.0),
            )
        ),
    )

    variant: Variant = "2c"
    symbols: int = 2
    distractors: int = 50

    def __post_init__(self) -> None:
        require_choice("variant", self.variant, get_args(Variant))
        require_whole("symbols", self.symbols, 2, most=MOST_TOKENS)
        require_whole("distractors", self.distractors, 1, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Symbols, distractors, and in 2c b and e."""
        return Tokens(self.symbols + self.distractors + (2 if self.variant == "2c" else 0))

    @property
    def output(self) -> Classes:
        """The symbols."""
        return Classes(self.symbols)

    @property
    def lengths(self) -> Lengths:
        """In training 50 to 70 distractors as the paper's q = 50 and random k, in evaluation up to q = 500."""
        return Lengths(train=(53, 73), evaluation=(53, 73, 103, 203, 303, 403, 503))

    def problem(self, length: int) -> str | None:
        """The answer is due at a later step than the symbol."""
        if self.variant == "2c":
            return None if length >= 4 else "b, symbol, distractor and trigger need at least 4 steps"
        return None if length >= 2 else "symbol and distractor need at least 2 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbol and the distractors, and lays out the sequence."""
        symbol_key, distractors_key = jax.random.split(key)
        symbol = jax.random.randint(symbol_key, (), 0, self.symbols)
        steps = jnp.arange(size, dtype=jnp.int32)
        if self.variant == "2a":
            stretch = (steps - 1) % self.distractors
        else:
            stretch = jax.random.randint(distractors_key, (size,), 0, self.distractors)
        begin = self.symbols + self.distractors
        mask = steps == jnp.asarray(length, jnp.int32) - 1
        inputs = jnp.where(steps == self._place, symbol, self.symbols + stretch)
        if self.variant == "2c":
            inputs = jnp.where(steps < self._place, begin, jnp.where(mask, begin + 1, inputs))
        return Example(
            inputs=jnp.where(steps < length, inputs, 0),
            targets=jnp.where(mask, symbol, 0),
            mask=mask,
        )

    @property
    def _place(self) -> int:
        """Where the symbol stands."""
        return 1 if self.variant == "2c" else 0

    def lag(self, length: int) -> int:
        """From the symbol to the last step."""
        return length - 1 - self._place

    def chance(self, length: int) -> float:
        """Any symbol is as good a guess as another."""
        return 1 / self.symbols

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Finds the one token that is a symbol."""
        (symbol,) = inputs[inputs < self.symbols]
        return np.tile(np.eye(self.symbols)[symbol], (len(inputs), 1))

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Neither trigger nor distractor tells anything of the symbol."""
        return np.zeros((len(inputs), self.symbols))

    def input_name(self, index: int) -> str:
        """x1, x2 … for symbols (x and y where there are two), numbers for distractors, > for b and ? for e."""
        if index < self.symbols:
            return self.output_name(index)
        index -= self.symbols
        return str(index + 1) if index < self.distractors else ">?"[index - self.distractors]

    def background(self, index: int) -> bool:
        """The distractors."""
        return 0 <= index - self.symbols < self.distractors

    def output_name(self, index: int) -> str:
        """The symbol."""
        return "xy"[index] if self.symbols == 2 else f"x{index + 1}"
