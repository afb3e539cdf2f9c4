"""Multi-query associative recall (MQAR): many keys and values, asked for later at power-law gaps."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_between, require_whole
from lrbench.data.limits import MOST_SYMBOLS, MOST_TOKENS
from lrbench.data.places import distinct_places
from lrbench.data.task import Family


@dataclass(frozen=True)
class AssociativeRecall(GeneratedTask):
    """Read K pairs of key and value, then say each key's value when the key comes again among random tokens.

    Of a vocabulary of V tokens, 1 … V/2-1 are keys and V/2 … V-1 values. A sequence of even length T opens with K
    pairs, key then value, the keys all different and the values all different. Of the (T-2K)/2 slots of two steps that
    follow, K are drawn without replacement, the x-th with a weight of x^(a-1), and given to the keys in the order of
    the draw: a slot opens with its key. All other steps hold tokens drawn from the whole vocabulary, keys among them.
    The label stands at the step of the key that is asked, and only these K steps count. Without memory one of V/2
    values is right; to guess among the values that were read is right in 1/K.

    Arora et al. 2023, "Zoology" (arXiv:2312.04927), its code with `random_non_queries`: V = 8192, a = 0.01, 2 layers,
    (T, K) = (64, 4), (128, 8), (256, 16), that is T = 16K. NumPy's `choice` with weights and without replacement draws
    one after another from what is left; the K largest of logarithmic weights plus Gumbel noise, in falling order, have
    the same distribution (Yellott 1977), and are drawn here at once. Its models have V outputs, here the V/2 values;
    its data is a fixed set of 100,000 sequences, here it is endless unless `train_examples` is set.

    Attributes:
        pairs: K, how many keys there are to remember and to ask for.
        vocabulary: V, how many different tokens there are.
        power: a, how evenly the gaps are spread: 1 is uniform, and the smaller, the sooner keys are asked for.

    Examples:
        Key 0, length 16, pairs=3, vocabulary=16::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    4 12  3 10  7 15  7 10 15  3  4  1  3  1  4  0
            target   -  -  -  -  -  - 15  -  -  - 12  - 10  -  -  -
            mask     -  -  -  -  -  -  *  -  -  -  *  -  *  -  -  -

        Key 1, length 16, pairs=3, vocabulary=16::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    3 13  6 10  4 11  6 10  4 15  4 12 13 11  3 11
            target   -  -  -  -  -  - 10  - 11  -  -  -  -  - 13  -
            mask     -  -  -  -  -  -  *  -  *  -  -  -  -  -  *  -
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = "Arora et al. 2023, arXiv:2312.04927"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "Attention",
            1.0,
            "token accuracy",
            "2 layers of width 64 to 512, V = 8192, (T, K) = (64, 4), (128, 8), (256, 16); 64 epochs of 100,000 "
            "sequences, best of 4 learning rates on test",
            "Arora et al. 2023, arXiv:2312.04927, figure",
        ),
    )

    pairs: int = 4
    vocabulary: int = 8192
    power: float = 0.01

    def __post_init__(self) -> None:
        require_whole("pairs", self.pairs, 1, most=MOST_SYMBOLS)
        require_whole("vocabulary", self.vocabulary, 2 * self.pairs + 2, most=MOST_TOKENS)
        require_between("power", self.power, 0.0, 2.0)

    @property
    def inputs(self) -> Tokens:
        """Keys and values, and 0, which is neither."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The values."""
        return Classes(self.vocabulary - self.vocabulary // 2)

    @property
    def lengths(self) -> Lengths:
        """Trains at 16 steps a pair, as the paper, and evaluates at up to 6 times as many."""
        base = 16 * self.pairs
        return Lengths(train=(base, base), evaluation=(base, *(base * halves // 2 for halves in (3, 4, 6, 8, 12))))

    def problem(self, length: int) -> str | None:
        """Every pair takes two steps, and every question a slot of two."""
        least = 4 * self.pairs
        if length >= least and length % 2 == 0:
            return None
        near = max(length + length % 2, least)
        return f"{self.pairs} pairs and questions take an even number of at least {least} steps; try {near}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws pairs, slots and the tokens between."""
        pairs_key, slots_key, others_key = jax.random.split(key, 3)
        first = 2 * self.pairs
        among = jnp.asarray([self.vocabulary // 2 - 1, self.output.count], jnp.int32)
        below, values = jax.vmap(self._different)(jax.random.split(pairs_key), among)
        keys = 1 + below

        slots = jnp.arange((size - first) // 2, dtype=jnp.int32)
        weights = (self.power - 1.0) * jnp.log1p(slots.astype(jnp.float32))
        weights += jax.random.gumbel(slots_key, slots.shape)
        weights = jnp.where(2 * slots + first < jnp.asarray(length, jnp.int32) - 1, weights, -jnp.inf)
        places = first + 2 * jax.lax.top_k(weights, self.pairs)[1]

        inside = jnp.arange(size, dtype=jnp.int32) < length
        inputs = jax.random.randint(others_key, (size,), 0, self.vocabulary).at[places].set(keys)
        pairs = jnp.stack([keys, values + self.vocabulary // 2], axis=1).reshape(-1)
        return Example(
            inputs=jnp.where(inside, inputs.at[:first].set(pairs), 0),
            targets=jnp.zeros(size, jnp.int32).at[places].set(values),
            mask=jnp.zeros(size, bool).at[places].set(True),
        )

    def _different(self, key: Key[Array, ""], among: Int[Array, ""]) -> Int[Array, " pairs"]:
        """Draws as many different numbers below `among` as there are pairs, every order as likely as another."""
        draw, shuffle = jax.random.split(key)
        return jax.random.permutation(shuffle, distinct_places(draw, self.pairs, among))

    def lag(self, length: int) -> int:
        """From the first value to its key at the last slot."""
        return length - 3

    def chance(self, length: int) -> float:
        """A key tells nothing of its value."""
        return 1 / self.output.count

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Looks every token up among the pairs."""
        tokens = inputs.tolist()
        first = 2 * self.pairs
        paired = dict(zip(tokens[:first:2], tokens[1:first:2], strict=True))
        logits = np.zeros((len(tokens), self.output.count), np.float32)
        for step, token in enumerate(tokens):
            if step >= first and token in paired:
                logits[step, paired[token] - self.vocabulary // 2] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """All values are alike."""
        return np.zeros((len(inputs), self.output.count), np.float32)

    def input_name(self, index: int) -> str:
        """A number."""
        return str(index)

    def output_name(self, index: int) -> str:
        """The value's token."""
        return str(index + self.vocabulary // 2)
