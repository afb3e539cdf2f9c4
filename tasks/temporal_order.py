"""Temporal order: which of two symbols came first, and second, and third, far apart among others."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice
from lrbench.data.task import Family

Marked = Literal["two", "three"]

START, TRIGGER, DISTRACTOR, X, Y = 0, 1, 2, 6, 7
DISTRACTORS = 4

#: First and last place of each marked symbol, in a sequence of 100 steps.
WINDOWS: dict[str, tuple[tuple[int, int], ...]] = {
    "two": ((10, 20), (50, 60)),
    "three": ((10, 20), (33, 43), (66, 76)),
}


@dataclass(frozen=True)
class TemporalOrder(GeneratedTask):
    """Say in which order X's and Y's stood, far apart among other symbols, when the trigger comes at the end.

    The sequence starts with E and ends with the trigger B. Between them stand a, b, c, d, uniform and independent,
    but for two (or three) marked symbols, each X or Y with equal chance. The class is the marked symbols in their
    order (XX, XY, YX, YY; of three, XXX … YYY), asked at B. Without memory 1/4 (1/8) are right.

    Hochreiter and Schmidhuber 1997, "Long short-term memory", tasks 6a and 6b; 2a and 2b in their paper at NIPS 1996.
    There the length is uniform in 100 … 110, and the marked symbols stand at places drawn uniformly from 10 … 20 and
    50 … 60 (6b: 10 … 20, 33 … 43 and 66 … 76), whatever the length. Here the two ends of each of these windows are
    scaled by T/100 and rounded down, where T is the length up to 100, then 100 up to length 110, and from there on
    the length less 10: lengths 100 … 110 are exactly the paper's, and other lengths follow without a jump. Places are
    counted from 0, the E; the paper does not say from where it counts. It calls a sequence right when all outputs are
    within 0.3 of a one-hot target; here the largest output decides.

    Attributes:
        marked: `two` marked symbols (6a) or `three` (6b).

    Examples:
        Key 0, length 18, marked=two::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17
            input    E  b  d  Y  c  a  b  b  b  X  b  b  d  d  b  b  d  B
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  - YX
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  *

        Key 1, length 18, marked=three::

            step      0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17
            input     E   d   c   Y   c   b   X   b   d   c   b   d   d   Y   b   d   a   B
            target    -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   - YXY
            mask      -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997, experiment 6"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM, 2 blocks of 2 cells, 156 weights",
            value=2559 / 2560,
            measure="sequence accuracy",
            setting="two marked symbols, lengths 100 … 110, after 31,390 sequences; mean of 20 trials",
            source="Hochreiter & Schmidhuber 1997, Table 9",
        ),
        Published(
            model="LSTM, 3 blocks of 2 cells, 308 weights",
            value=2558 / 2560,
            measure="sequence accuracy",
            setting="three marked symbols, lengths 100 … 110, after 571,100 sequences; mean of 10 trials",
            source="Hochreiter & Schmidhuber 1997, Table 9",
        ),
        Published(
            model="LSTM",
            value=1.0,
            measure="share of runs that solved it",
            setting="two marked symbols, about 6,400 sequences; 5 seeds",
            source="cybertronai/schmidhuber-problems, temporal order",
        ),
    )

    marked: Marked = "two"

    def __post_init__(self) -> None:
        require_choice("marked", self.marked, get_args(Marked))

    @property
    def count(self) -> int:
        """How many symbols are marked."""
        return len(WINDOWS[self.marked])

    @property
    def inputs(self) -> Tokens:
        """E, B, four distractors, X, Y."""
        return Tokens(8)

    @property
    def output(self) -> Classes:
        """The orders."""
        return Classes(2**self.count)

    @property
    def lengths(self) -> Lengths:
        """The paper's lengths in training, up to 7 times as many steps in evaluation."""
        return Lengths(train=(100, 110), evaluation=(50, 100, 200, 300, 400, 600, 800))

    def problem(self, length: int) -> str | None:
        """Scaled windows must leave each marked symbol a place of its own."""
        return None if length >= 10 else "windows that do not meet need at least 10 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the distractors, the places of the marked symbols and which they are."""
        distractors_key, places_key, symbols_key = jax.random.split(key, 3)
        length = jnp.asarray(length, jnp.int32)
        scale = jnp.minimum(length, jnp.maximum(100, length - 10))
        # In quotient and remainder, so that no length overflows.
        windows = jnp.asarray(WINDOWS[self.marked], jnp.int32)
        ends = windows * (scale // 100) + windows * (scale % 100) // 100
        places = jax.random.randint(places_key, (self.count,), ends[:, 0], ends[:, 1] + 1)
        symbols = jax.random.randint(symbols_key, (self.count,), 0, 2)

        steps = jnp.arange(size, dtype=jnp.int32)
        distractors = DISTRACTOR + jax.random.randint(distractors_key, (size,), 0, DISTRACTORS)
        mask = steps == length - 1
        inputs = jnp.where((steps > 0) & (steps < length), distractors, START).at[places].set(X + symbols)
        order = jnp.sum(symbols << jnp.arange(self.count - 1, -1, -1, dtype=jnp.int32))
        return Example(
            inputs=jnp.where(mask, TRIGGER, inputs),
            targets=jnp.where(mask, order, 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """The first marked symbol may stand where its window begins."""
        return length - 1 - min(length, max(100, length - 10)) // 10

    def chance(self, length: int) -> float:
        """All orders are as likely."""
        return 1 / self.output.count

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Reads the X's and Y's as a binary number."""
        digits = "".join(str(token - X) for token in inputs.tolist() if token in (X, Y))
        logits = np.zeros((len(inputs), self.output.count))
        logits[-1, int(digits, 2)] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The trigger tells nothing of the order."""
        return np.zeros((len(inputs), self.output.count))

    def input_name(self, index: int) -> str:
        """The paper's letters."""
        return "EBabcdXY"[index]

    def background(self, index: int) -> bool:
        """The distractors."""
        return self.input_name(index) in "abcd"

    def output_name(self, index: int) -> str:
        """The marked symbols in their order."""
        return "".join("XY"[index >> place & 1] for place in reversed(range(self.count)))
