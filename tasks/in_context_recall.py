"""In-context recall (MAD): keys come again and again, each with the same value, among noise if wanted."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_between, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.mad import PAPER, mad_results
from lrbench.data.task import Family


@dataclass(frozen=True)
class InContextRecall(GeneratedTask):
    """Read keys with their values, and whenever a key comes again, say the value that it has in this sequence.

    Of V tokens half are keys and half are values. Each sequence gives every key a value, uniform and independent. It is
    a list of pairs, key then value, the keys uniform and independent, and at its end one more key, uniform among the
    different keys that it has shown: 2u+1 steps for u pairs. The next token is predicted at every key that was shown
    before in the sequence; only these steps count, and the last is always one. Without memory one of V/2 values is
    right.

    With `noise` above 0, each pair is instead, with that probability, two tokens drawn from `noise_vocabulary` further
    ones ("noisy in-context recall"); one pair, drawn uniformly, never is.

    Poli et al. 2024, "Mechanistic design and scaling of hybrid architectures" (arXiv:2403.17844), the generator of
    mad-lab with `multi_query`: V = 16, length 128 (127 steps here: the last value is answered but not read); noisy with
    16 noise tokens, which its V = 32 includes, and noise 0.2. Its training loss asks for every next token, its test for
    the repeated keys' values only; here both do the latter. It draws the pair that is surely no noise from one too
    many. Its accuracy is averaged over classes, here over steps.

    Attributes:
        vocabulary: V, how many tokens are keys or values.
        noise: the probability that a pair is noise, below 1; 0 has no noise tokens at all.
        noise_vocabulary: how many different noise tokens there are, where there is noise.

    Examples:
        Key 0, length 15, vocabulary=8::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14
            input   k2  3 k2  3 k0  3 k3  1 k3  1 k3  1 k0  3 k0
            target   -  -  3  -  -  -  -  -  1  -  1  -  3  -  3
            mask     -  -  *  -  -  -  -  -  *  -  *  -  *  -  *

        Key 1, length 15, vocabulary=8::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14
            input   k0  3 k0  3 k2  2 k0  3 k1  3 k1  3 k3  0 k3
            target   -  -  3  -  -  -  3  -  -  -  3  -  -  -  0
            mask     -  -  *  -  -  -  *  -  -  -  *  -  -  -  *

        Key 4, length 15, vocabulary=8, noise=0.4, noise_vocabulary=2::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14
            input   n0 n1 k0  2 k0  2 k2  2 k0  2 k0  2 k3  1 k2
            target   -  -  -  -  2  -  -  -  2  -  2  -  -  -  2
            mask     -  -  -  -  *  -  -  -  *  -  *  -  -  -  *
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *mad_results(
            {"Transformer": 94.1, "Mamba": 90.4, "DeltaNet": 100}, form="length 128, V = 16, no noise", recalled=True
        ),
        *mad_results(
            {"Transformer": 86.8, "Mamba": 90.1, "DeltaNet": 100},
            form="noise 0.2, length 128, V = 16, 16 noise tokens",
            recalled=True,
        ),
    )

    vocabulary: int = 16
    noise: float = 0.0
    noise_vocabulary: int = 16

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 4, most=MOST_TOKENS)
        if self.noise != 0.0:
            require_between("noise", self.noise, 0.0, 1.0)
        require_whole("noise_vocabulary", self.noise_vocabulary, 1, most=MOST_TOKENS)

    @property
    def keys(self) -> int:
        """How many tokens are keys; the values follow them."""
        return self.vocabulary // 2

    @property
    def inputs(self) -> Tokens:
        """Keys, values, and noise where there is any."""
        return Tokens(self.vocabulary + (self.noise_vocabulary if self.noise else 0))

    @property
    def output(self) -> Classes:
        """The values."""
        return Classes(self.vocabulary - self.keys)

    @property
    def lengths(self) -> Lengths:
        """Trains at MAD's 127 steps and evaluates at its 255, 511 and 1023 too."""
        return Lengths(train=(127, 127), evaluation=(63, 127, 255, 383, 511, 767, 1023))

    def problem(self, length: int) -> str | None:
        """Pairs and one last key."""
        if length >= 3 and length % 2 == 1:
            return None
        near = max(length + 1 - length % 2, 3)
        return f"u pairs and a last key take 2u+1 steps, an odd number of at least 3; try {near} or {near + 2}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws every key's value, the keys (and the noise), and the last question."""
        value_key, keys_key, last_key, chosen_key, sure_key, noise_key = jax.random.split(key, 6)
        rows = (size - 1) // 2
        turns = jnp.arange(rows, dtype=jnp.int32)
        pairs = (jnp.asarray(length, jnp.int32) - 1) // 2
        value_of = jax.random.randint(value_key, (self.keys,), 0, self.output.count)
        keys = jax.random.randint(keys_key, (rows,), 0, self.keys)
        values = value_of[keys]
        told = turns < pairs
        words = jnp.stack([keys, values + self.keys], axis=1)
        if self.noise:
            noisy = jax.random.uniform(chosen_key, (rows,)) < self.noise
            told &= ~noisy | (turns == jax.random.randint(sure_key, (), 0, pairs))
            noise = self.vocabulary + jax.random.randint(noise_key, (rows, 2), 0, self.noise_vocabulary)
            words = jnp.where(told[:, None], words, noise)
        first = jnp.full(self.keys, rows, jnp.int32).at[keys].min(jnp.where(told, turns, rows))
        again = told & (first[keys] < turns)

        shown = jnp.cumsum((first < rows).astype(jnp.int32))
        last = jnp.argmax(shown > jax.random.randint(last_key, (), 0, shown[-1])).astype(jnp.int32)
        steps = jnp.arange(size, dtype=jnp.int32)
        behind = (0, size - 2 * rows)
        inputs = jnp.where(steps < length - 1, jnp.pad(words.reshape(-1), behind), 0)
        mask = jnp.pad(jnp.stack([again, jnp.zeros_like(again)], axis=1).reshape(-1), behind) | (steps == length - 1)
        targets = jnp.where(steps == length - 1, value_of[last], jnp.pad(jnp.repeat(values, 2), behind))
        return Example(
            inputs=jnp.where(steps == length - 1, last, inputs), targets=jnp.where(mask, targets, 0), mask=mask
        )

    def lag(self, length: int) -> int:
        """From the first value to the last key."""
        return length - 2

    def chance(self, length: int) -> float:
        """A key tells nothing of its value."""
        return 1 / self.output.count

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps a dictionary."""
        tokens = inputs.tolist()
        known: dict[int, int] = {}
        logits = np.zeros((len(tokens), self.output.count))
        for step in range(0, len(tokens), 2):
            token = tokens[step]
            if token in known:
                logits[step, known[token]] = 20.0
            elif token < self.keys:
                known[token] = tokens[step + 1] - self.keys
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """All values are alike."""
        return np.zeros((len(inputs), self.output.count))

    def input_name(self, index: int) -> str:
        """A k and a number for keys, a number for values, an n and a number for noise."""
        if index < self.keys:
            return f"k{index}"
        return f"n{index - self.vocabulary}" if index >= self.vocabulary else self.output_name(index - self.keys)

    def background(self, index: int) -> bool:
        """The noise."""
        return index >= self.vocabulary

    def output_name(self, index: int) -> str:
        """The value's number."""
        return str(index)
