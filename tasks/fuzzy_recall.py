"""Fuzzy in-context recall (MAD): keys and values of several tokens, with nothing to say where they end."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.mad import PAPER, mad_results
from lrbench.data.task import Family

Keys = Literal["varied", "longest"]


#: Each pair is drawn with room for its longest motifs; more tokens of a key than 19 no 32 bits can number.
MOST_MOTIF = 64


@dataclass(frozen=True)
class FuzzyRecall(GeneratedTask):
    """Recall values by keys when both are motifs of one to three tokens, and nothing marks where a motif ends.

    Of V tokens the last is a blank; of the others the first half make up keys and the second half values. A key is a
    motif of tokens, its number of tokens uniform, the tokens uniform and independent; each sequence gives every key a
    value, a motif drawn in the same way. A sequence is a list of pairs, key then value, without separators. At its end
    one of its keys, that of a pair drawn uniformly, comes once more with its value. Blanks before the first pair fill
    the sequence up to its length. The next token is predicted: wherever a key comes again, every token of its value
    counts, the first asked for at the key's last token and the others at the value's tokens, which the model reads one
    step after they are asked. The very last token is not read. Without memory one of the value tokens is right.

    Poli et al. 2024, "Mechanistic design and scaling of hybrid architectures" (arXiv:2403.17844), the generator of
    mad-lab with `multi_query`: V = 16, 128 steps, motifs of up to 3. It trains on keys of 1 to 3 tokens (`varied`) and
    tests on keys of 3 (`longest`); here one layout serves both. What differs otherwise: its training loss asks for
    every next token; the tokens of a motif are all different there and independent here, so that chance is the same at
    every step; its pairs stop, and its last question is placed, by rules that can leave the question without an answer,
    here pairs are added until the next could leave no room for the question, and the question is always one of them.
    Its accuracy is averaged over classes, here over steps.

    Attributes:
        keys: varied, one to `key_motif` tokens, or longest, always `key_motif` tokens.
        vocabulary: V, how many different tokens there are, the blank included.
        key_motif: the most tokens of a key.
        value_motif: the most tokens of a value.

    Examples:
        Key 6, length 22, vocabulary=8, key_motif=2, value_motif=2::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21
            input    .  . k2  3  2 k1 k1  1 k2 k1  3  2 k0  1 k2  3  2 k0 k2  3 k2  3
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  3  2  -  -  -  -  3  2
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  *  *  -  -  -  -  *  *

        Key 7, length 22, keys=longest, vocabulary=8, key_motif=2, value_motif=2::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21
            input    .  .  . k0 k0  2  3 k1 k1  0  1 k1 k1  0  1 k0 k1  0  0 k0 k0  2
            target   -  -  -  -  -  -  -  -  -  -  -  -  0  1  -  -  -  -  -  -  2  3
            mask     -  -  -  -  -  -  -  -  -  -  -  -  *  *  -  -  -  -  -  -  *  *
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = mad_results(
        {"Transformer": 29.8, "Mamba": 6.7, "DeltaNet": 35.7}, form="length 128, V = 16, motifs of 1 to 3"
    )

    keys: Keys = "varied"
    vocabulary: int = 16
    key_motif: int = 3
    value_motif: int = 3

    def __post_init__(self) -> None:
        require_choice("keys", self.keys, get_args(Keys))
        require_whole("vocabulary", self.vocabulary, 5, most=MOST_TOKENS)
        require_whole("key_motif", self.key_motif, 1, most=MOST_MOTIF)
        require_whole("value_motif", self.value_motif, 1, most=MOST_MOTIF)
        if (self.key_tokens + 1) ** self.key_motif >= 2**31:
            raise ValueError(
                f"key_motif={self.key_motif!r} makes more keys of {self.key_tokens} tokens than 32 bits can number; "
                "try a smaller key_motif or vocabulary"
            )

    @property
    def key_tokens(self) -> int:
        """How many tokens make up keys; those of the values follow them."""
        return (self.vocabulary - 1) // 2

    @property
    def inputs(self) -> Tokens:
        """Tokens of keys, tokens of values, blank."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The tokens of values."""
        return Classes(self.vocabulary - 1 - self.key_tokens)

    @property
    def _longest_pair(self) -> int:
        return self.key_motif + self.value_motif

    @property
    def lengths(self) -> Lengths:
        """Trains at MAD's 128 steps and evaluates at its 256, 512 and 1024 too."""
        least = 2 * self._longest_pair - 1
        base = max(128, 4 * least)
        return Lengths(train=(base, base), evaluation=(base // 2, *(base * times for times in (1, 2, 3, 4, 6, 8))))

    def problem(self, length: int) -> str | None:
        """The longest pair must have room once, and all but its last token again."""
        least = 2 * self._longest_pair - 1
        if length >= least:
            return None
        return f"a pair of up to {self._longest_pair} tokens and its question need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws more pairs than fit, keeps those that do, and puts the question behind them."""
        key_key, value_key, question_key = jax.random.split(key, 3)
        length = jnp.asarray(length, jnp.int32)
        rows = size // (2 if self.keys == "varied" else self.key_motif + 1) + 1
        turns = jnp.arange(rows, dtype=jnp.int32)
        least = 1 if self.keys == "varied" else self.key_motif
        bounds = jnp.asarray([self.key_motif - least + 1] + [self.key_tokens] * self.key_motif, jnp.int32)
        drawn = jax.random.randint(key_key, (rows, 1 + self.key_motif), 0, bounds[None, :])
        key_sizes, keys = drawn[:, 0] + least, drawn[:, 1:]
        numbers = self._numbers(keys, key_sizes)
        value_sizes, values = self._values(value_key, numbers)

        sizes = key_sizes + value_sizes
        starts = jnp.cumsum(sizes) - sizes
        pairs = jnp.sum((starts < length - 2 * self._longest_pair + 2).astype(jnp.int32))
        question = jax.random.randint(question_key, (), 0, pairs)
        source = jnp.where(turns == pairs, question, turns)
        starts = jnp.where(turns == pairs, starts[pairs], starts)
        front = length - (starts[pairs] + sizes[question] - 1)
        again = _repeated(jnp.where(turns < pairs, numbers, jnp.iinfo(jnp.int32).max)) | (turns == pairs)

        steps = jnp.arange(size, dtype=jnp.int32)
        opening = jnp.where(turns <= pairs, front + starts, size)
        row = jnp.cumsum(jnp.zeros(size, jnp.int32).at[opening].add(1, mode="drop")) - 1
        inside = (row >= 0) & (steps < length)
        row = jnp.clip(row, 0, rows - 1)
        origin = source[row]
        within = steps - front - starts[row]
        told = within - key_sizes[origin]
        spoken = jnp.where(
            told < 0,
            keys[origin, jnp.clip(within, 0, self.key_motif - 1)],
            self.key_tokens + values[origin, jnp.clip(told, 0, self.value_motif - 1)],
        )
        mask = inside & again[row] & (told >= -1) & (told < value_sizes[origin] - 1)
        return Example(
            inputs=jnp.where(inside, spoken, jnp.where(steps < length, self.vocabulary - 1, 0)),
            targets=jnp.where(mask, values[origin, jnp.clip(told + 1, 0, self.value_motif - 1)], 0),
            mask=mask,
        )

    def _numbers(self, keys: Int[Array, "rows tokens"], key_sizes: Int[Array, " rows"]) -> Int[Array, " rows"]:
        """Numbers the keys: the same number for the same motif only."""
        counted = jnp.arange(self.key_motif, dtype=jnp.int32)[None, :] < key_sizes[:, None]
        powers = jnp.asarray([(self.key_tokens + 1) ** place for place in range(self.key_motif)], jnp.int32)
        return jnp.sum(jnp.where(counted, (keys + 1) * powers[None, :], 0), axis=1, dtype=jnp.int32)

    def _values(
        self, key: Key[Array, ""], numbers: Int[Array, " rows"]
    ) -> tuple[Int[Array, " rows"], Int[Array, "rows tokens"]]:
        """Draws each key's value from a key folded with its number, so that the same key has the same value."""
        bounds = jnp.asarray([self.value_motif] + [self.output.count] * self.value_motif, jnp.uint32)

        def draw(number: Int[Array, ""]) -> Int[Array, " numbers"]:
            bits = jax.random.bits(jax.random.fold_in(key, number), bounds.shape, jnp.uint32)
            return (bits % bounds).astype(jnp.int32)  # uneven by 1 in 2^32 / bound, and compiled much sooner than even

        drawn = jax.vmap(draw)(numbers)
        return drawn[:, 0] + 1, drawn[:, 1:]

    def lag(self, length: int) -> int:
        """From the first pair's value to the question, where both are as long as can be."""
        return length - self._longest_pair

    def chance(self, length: int) -> float:
        """Neither a key's token nor a value's tells anything of the next."""
        return 1 / self.output.count

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Collects a key while key tokens come, looks it up, and reads on or learns."""
        known: dict[tuple[int, ...], list[int]] = {}
        logits = np.zeros((len(inputs), self.output.count))
        motif: tuple[int, ...] = ()
        value: list[int] = []
        for step, token in enumerate(inputs.tolist()):
            if token == self.vocabulary - 1:
                continue
            if token < self.key_tokens:
                if value:
                    known.setdefault(motif, value)
                    motif, value = (), []
                motif = (*motif, token)
            else:
                value = [*value, token - self.key_tokens]
            said = known.get(motif, [])
            if len(said) > len(value):
                logits[step, said[len(value)]] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """All tokens of values are alike."""
        return np.zeros((len(inputs), self.output.count))

    def input_name(self, index: int) -> str:
        """A k and a number for tokens of keys, a number for those of values, a dot for the blank."""
        if index == self.vocabulary - 1:
            return "."
        return f"k{index}" if index < self.key_tokens else self.output_name(index - self.key_tokens)

    def output_name(self, index: int) -> str:
        """The number of the value's token."""
        return str(index)


def _repeated(numbers: Int[Array, " rows"]) -> Bool[Array, " rows"]:
    """Says which numbers stood before in the list."""
    order = jnp.argsort(numbers, stable=True)
    ordered = numbers[order]
    same = jnp.concatenate([jnp.zeros(1, bool), ordered[1:] == ordered[:-1]])
    return jnp.zeros(len(numbers), bool).at[order].set(same)
