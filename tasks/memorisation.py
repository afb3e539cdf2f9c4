"""Memorisation (MAD): facts that never change, to be kept in the weights and not in the state."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.mad import PAPER, mad_results
from lrbench.data.task import Family


@dataclass(frozen=True)
class Memorisation(GeneratedTask):
    """Learn a fixed table by heart: which value belongs to which key, asked right after a key, and always the same.

    Of V tokens the last is the question; of the others the first half are keys and the rest values. One table, a random
    one-to-one map fixed by `table`, gives every key a value, in training, validation and test alike. A sequence is
    pairs of steps: a key, uniform and independent, then the question, whose answer is the key's value. The label stands
    at the question; only questions count. The state has to hold a key for one step; what is measured is how much of
    the table the weights hold. Without memory of the key one value is as good as another: 1 of the keys has it.

    Poli et al. 2024, "Mechanistic design and scaling of hybrid architectures" (arXiv:2403.17844), the generator of
    mad-lab: V = 256, so 127 keys onto 127 of 128 values, 32 steps, 256 training sequences; `table=12345` is its very
    map. The values are classes here and not tokens, as they are never read. Its accuracy is averaged over classes, here
    over steps.

    Attributes:
        vocabulary: V, how many tokens there are with the values: keys, values and the question.
        table: the seed of the table.

    Examples:
        Key 0, length 12::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input    35   ?  76   ? 123   ? 102   ?  43   ? 118   ?
            target    - 151   - 178   - 176   - 201   - 163   - 157
            mask      -   *   -   *   -   *   -   *   -   *   -   *

        Key 1, length 12, vocabulary=16, table=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    2  ?  1  ?  5  ?  5  ?  2  ?  6  ?
            target   - 11  -  8  - 13  - 13  - 11  -  7
            mask     -  *  -  *  -  *  -  *  -  *  -  *
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = mad_results(
        {"Transformer": 85.2, "Mamba": 89.5, "DeltaNet": 52.8}, form="length 32, V = 256", sequences=256
    )

    vocabulary: int = 256
    table: int = 12345

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 5, most=MOST_TOKENS)
        require_whole("table", self.table, 0)

    @property
    def keys(self) -> int:
        """How many keys there are."""
        return (self.vocabulary - 1) // 2

    @property
    def inputs(self) -> Tokens:
        """Keys and the question."""
        return Tokens(self.keys + 1)

    @property
    def output(self) -> Classes:
        """The values."""
        return Classes(self.vocabulary - 1 - self.keys)

    @property
    def lengths(self) -> Lengths:
        """Trains at MAD's 32 steps and evaluates up to 6 times as many."""
        return Lengths(train=(32, 32), evaluation=(16, 32, 64, 96, 128, 192))

    def problem(self, length: int) -> str | None:
        """Keys and questions take turns."""
        if length >= 2 and length % 2 == 0:
            return None
        near = max(length + length % 2, 2)
        return f"keys and questions take turns, an even number of at least 2 steps; try {near} or {near + 2}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the keys and reads the table."""
        keys = jax.random.randint(key, ((size + 1) // 2,), 0, self.keys)
        steps = jnp.arange(size, dtype=jnp.int32)
        asking = steps % 2 == 1
        inside = steps < length
        mask = asking & inside
        values = jnp.asarray(_values(self.table, self.keys, self.output.count), jnp.int32)[keys]
        return Example(
            inputs=jnp.where(mask, self.keys, jnp.where(inside, jnp.repeat(keys, 2)[:size], 0)),
            targets=jnp.where(mask, jnp.repeat(values, 2)[:size], 0),
            mask=mask,
        )

    def lag(self, length: int) -> int:
        """A question follows its key."""
        return 1

    def chance(self, length: int) -> float:
        """A question tells nothing of its key."""
        return 1 / self.keys

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Looks the keys up."""
        table = dict(enumerate(_values(self.table, self.keys, self.output.count)))
        logits = np.zeros((len(inputs), self.output.count))
        for step, token in enumerate(inputs.tolist()):
            if token == self.keys:
                logits[step, table[inputs[step - 1].item()]] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Names a value that some key has."""
        logits = np.zeros((len(inputs), self.output.count))
        logits[:, _values(self.table, self.keys, self.output.count)[0]] = 1.0
        return logits

    def input_name(self, index: int) -> str:
        """A number for a key, ? for the question."""
        return "?" if index == self.keys else str(index)

    def output_name(self, index: int) -> str:
        """The value's token, numbered on from the keys."""
        return str(index + self.keys)


@cache
def _values(seed: int, keys: int, values: int) -> tuple[int, ...]:
    """The value of every key: keys and values are shuffled, one after the other, and laid side by side, as in MAD."""
    random = np.random.default_rng(seed)
    order, paired = np.arange(keys), np.arange(values)
    random.shuffle(order)
    random.shuffle(paired)
    table = np.empty(keys, int)
    table[order] = paired[:keys]
    return tuple(table.tolist())
