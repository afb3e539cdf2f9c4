"""The flip-flop language: hold one bit until it is written again, whatever comes between."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_between
from lrbench.data.task import Family

WRITE, READ, IGNORE = 2, 3, 4
NAMES = ("0", "1", "w", "r", "i")


@dataclass(frozen=True)
class FlipFlop(GeneratedTask):
    """Hold the bit last written: read it out after every r, and ignore the bits after i.

    A sequence of even length T is T/2 instructions, each followed by one bit. The first instruction is w (write), the
    last r (read); those between are independent: i (ignore) with probability `p_ignore`, w and r with half of the rest
    each. Bits after w and i are uniform and independent; the bit after r is the one after the last w. The next token is
    predicted at each r, and only these steps count. Without memory half of them are right. The bit that was read stands
    in the input after its r, as everywhere in a language.

    Liu et al. 2023, "Exposing attention glitches with flip-flop language modeling" (arXiv:2306.00946): FFL(p_i) at
    T = 512, trained on FFL(0.8), tested on FFL(0.98), the sparse tail, and FFL(0.1), the dense one. A loss at the reads
    only is their "clean" mode. Here training lengths vary and are shorter; T = 512 is the last one evaluated.

    A run trains and tests on one density: `flip_flop_sparse` and `flip_flop_dense` train on the tail itself. So a run
    measures how a core holds a bit for longer than in training, and not how it fares on a density that it never met,
    which is what the paper's numbers measure. Longer sequences are not drawn from another density, because a failure
    could then not be told to come from the one or the other.

    Attributes:
        p_ignore: p_i, the probability of an instruction to be ignored; the paper has 0.8, 0.98 and 0.1. The tails are
            the tasks `flip_flop_sparse` and `flip_flop_dense`, or `lrbench show flip_flop p_ignore=0.98`, and
            `lrbench run task=flip_flop task.p_ignore=0.98`; all three are `lrbench run -m task=flip_flop
            task.p_ignore=0.8,0.98,0.1`.

    Examples:
        Key 3, length 20::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19
            input    w  1  i  0  i  1  i  0  i  1  r  1  i  1  i  1  w  0  r  0
            target   -  -  -  -  -  -  -  -  -  -  1  -  -  -  -  -  -  -  0  -
            mask     -  -  -  -  -  -  -  -  -  -  *  -  -  -  -  -  -  -  *  -

        Key 2, length 20::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19
            input    w  0  i  0  i  1  i  0  i  1  i  0  i  0  i  1  r  0  r  0
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  0  -  0  -
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  *  -  *  -

        Key 1, length 20, p_ignore=0.1::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19
            input    w  1  r  1  w  1  r  1  i  0  w  0  w  1  r  1  w  1  r  1
            target   -  -  1  -  -  -  1  -  -  -  -  -  -  -  1  -  -  -  1  -
            mask     -  -  *  -  -  -  *  -  -  -  -  -  -  -  *  -  -  -  *  -
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = "Liu et al. 2023, arXiv:2306.00946"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "LSTM, 1 layer",
            1.0,
            "accuracy of read bits",
            "trained on FFL(0.8), tested on FFL(0.98) and FFL(0.1), T = 512; the 19 M Transformer keeps errors. No run "
            "here measures this: it tests on the density that it trains on",
            "Liu et al. 2023, arXiv:2306.00946",
        ),
    )

    p_ignore: float = 0.8

    def __post_init__(self) -> None:
        require_between("p_ignore", self.p_ignore, 0.0, 1.0)

    @property
    def inputs(self) -> Tokens:
        """Two bits, w, r, i."""
        return Tokens(5)

    @property
    def output(self) -> Classes:
        """The bit."""
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        """Trains at 16 to 64 steps and evaluates up to the paper's 512."""
        return Lengths(train=(16, 64), evaluation=(32, 64, 128, 256, 384, 512))

    def problem(self, length: int) -> str | None:
        """Instructions and bits come in pairs, and one is written before one is read."""
        if length >= 4 and length % 2 == 0:
            return None
        near = max(length + length % 2, 4)
        return f"instructions and their bits take an even number of at least 4 steps; try {near} or {near + 2}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws instructions and bits; a read looks for the last write."""
        instruction_key, bit_key = jax.random.split(key)
        pairs = (size + 1) // 2
        turns = jnp.arange(pairs, dtype=jnp.int32)
        draws = jax.random.uniform(instruction_key, (pairs,))
        ignored = draws < self.p_ignore
        drawn = jnp.where(ignored, IGNORE, jnp.where(draws < 0.5 + 0.5 * self.p_ignore, READ, WRITE))
        last = jnp.asarray(length, jnp.int32) // 2 - 1
        instructions = jnp.where(turns == 0, WRITE, jnp.where(turns == last, READ, drawn))
        bits = jax.random.bernoulli(bit_key, shape=(pairs,)).astype(jnp.int32)
        written = bits[jax.lax.cummax(jnp.where(instructions == WRITE, turns, 0))]
        bits = jnp.where(instructions == READ, written, bits)

        inside = jnp.arange(size, dtype=jnp.int32) < length
        inputs = jnp.where(inside, jnp.stack([instructions, bits], axis=1).reshape(-1)[:size], 0)
        mask = inside & (inputs == READ)
        return Example(inputs=inputs, targets=jnp.where(mask, jnp.repeat(written, 2)[:size], 0), mask=mask)

    def lag(self, length: int) -> int:
        """From the first bit to the last r, where everything between is ignored."""
        return length - 3

    def chance(self, length: int) -> float:
        """Either bit is as good a guess as the other."""
        return 0.5

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps the bit of the last w."""
        logits = np.zeros((len(inputs), 2))
        kept, instruction = 0, READ
        for step, token in enumerate(inputs.tolist()):
            if token == READ:
                logits[step, kept] = 20.0
            elif token < WRITE and instruction == WRITE:
                kept = token
            instruction = token
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """An r tells nothing of its bit."""
        return np.zeros((len(inputs), 2))

    def input_name(self, index: int) -> str:
        """0, 1, w, r or i."""
        return NAMES[index]

    def output_name(self, index: int) -> str:
        """0 or 1."""
        return NAMES[index]
