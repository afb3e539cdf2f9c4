"""Stack manipulation: the deterministic context-free task that asks for the whole stack."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, deletang_results
from lrbench.data.task import Family

POP, PUSH, QUERY = 2, 3, 5
END = 2
XLSTM = "vocabulary of 11, trained up to 40, evaluated on 40 to 256; 3 learning rates x 2 seeds"


@cache
def share_of_ends(n: int) -> float:
    """Share of the end among all answers, 1 / (expected height + 1), for strings of n symbols.

    The score pools the answers of all sequences, so that a high stack, with one end as every other, weighs more.
    """
    if n == 1:
        return 0.5
    expected = np.arange(1.0, n + 2)  # answers, by height, with no action left
    total = 0.0
    for actions in range(1, n):
        popped = np.concatenate([expected[:1], expected[:-2]])
        expected = popped / 3 + expected[1:] * 2 / 3
        total += float(expected[n - actions])
    return (n - 1) / total


@dataclass(frozen=True)
class StackManipulation(GeneratedTask):
    """Read a stack and what is done to it, then say the stack that is left, from top to bottom.

    A string of n symbols is read. The first s, uniform among 1 … n-1, are fair bits: a stack, the bottom first. The
    other n-s are actions, uniform and independent: pop (token 2), push a 0 (3), push a 1 (4); popping an empty stack
    does nothing. Then come n+1 queries (token 5). The first h of them ask for the stack that is left, h high, from top
    to bottom, and the next for the end mark (class 2). These h+1 count, and the rest does not. The length is 2n+1, an
    odd number of at least 3. (A string of one symbol is a bit without an action.)

    Without a memory the best guess is a bit, right in half of h of h+1 answers, or, for n = 1 and 2, the end mark,
    right in one of them. Answers count alike over all sequences, of which those with high stacks have more, so that the
    end's share is 1 / (E[h] + 1).

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098): the queries are the empty
    tokens that their code appends for every step of the output; strings of 1 to 40 symbols in training, 41 to 500 in
    evaluation. They fill the answer up with zeros after the end mark and leave these out of the accuracy; here they are
    left out of the loss as well.

    Examples:
        Key 0, length 17::

            step      0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16
            input     0   0  +1  +0 pop pop pop  +1   ?   ?   ?   ?   ?   ?   ?   ?   ?
            target    -   -   -   -   -   -   -   -   1   0   $   -   -   -   -   -   -
            mask      -   -   -   -   -   -   -   -   *   *   *   -   -   -   -   -   -

        Key 5, length 17::

            step      0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16
            input     0   0   0   0   0   0   1 pop   ?   ?   ?   ?   ?   ?   ?   ?   ?
            target    -   -   -   -   -   -   -   -   0   0   0   0   0   0   $   -   -
            mask      -   -   -   -   -   -   -   -   *   *   *   *   *   *   *   -   -
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *deletang_results({"RNN": 56.0, "LSTM": 59.1, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 57.5}),
        *(
            Published(model, value, "scaled accuracy", XLSTM, "Beck et al. 2024 (xLSTM), arXiv:2405.04517, App. B.1.1")
            for model, value in {"Mamba": 0.21, "LSTM (block)": 0.25, "xLSTM[1:0]": 0.25, "Llama": 0.11}.items()
        ),
    )

    @property
    def inputs(self) -> Tokens:
        """Two bits, three actions, the query."""
        return Tokens(6)

    @property
    def output(self) -> Classes:
        """Two bits and the end."""
        return Classes(3)

    @property
    def lengths(self) -> Lengths:
        """Strings of 1 to 40 symbols in training and of 40 to 500 in evaluation, after the paper."""
        return Lengths(train=(3, 81), evaluation=(81, 129, 193, 257, 385, 513, 1001))

    def problem(self, length: int) -> str | None:
        """As many queries as symbols, and one for the end."""
        if length >= 3 and length % 2 == 1:
            return None
        return f"n symbols and n+1 queries have 2n+1 steps, an odd number of at least 3; try {max(3, length + 1)}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws stack and actions, and finds what is left on each level.

        A push stays when the stack is never lower again than just after it. One push stays on each level.
        """
        height_key, bits_key, actions_key = jax.random.split(key, 3)
        steps = jnp.arange(size, dtype=jnp.int32)
        n = (jnp.asarray(length, jnp.int32) - 1) // 2
        given = jax.random.randint(height_key, (), 1, jnp.maximum(n, 2), jnp.int32)
        bits = (jax.random.bits(bits_key, (size,), jnp.uint32) >> 31).astype(jnp.int32)
        pops = jax.random.randint(actions_key, (size,), 0, 3, jnp.int32) == 0

        read = steps < n
        action = steps >= given
        changes = jnp.where(read, jnp.where(action & pops, -1, 1), 0)
        sums = jnp.cumsum(changes)
        heights = sums - jnp.minimum(jax.lax.cummin(sums), 0)
        lowest = jax.lax.cummin(jnp.append(heights[1:], heights[-1]), reverse=True)
        stays = (changes == 1) & (lowest >= heights)
        left = heights[-1]
        answers = jnp.zeros(size, jnp.int32).at[jnp.where(stays, n + left - heights, size)].set(bits, mode="drop")

        symbols = jnp.where(action, jnp.where(pops, POP, PUSH + bits), bits)
        return Example(
            inputs=jnp.where(read, symbols, jnp.where(steps < 2 * n + 1, QUERY, 0)),
            targets=jnp.where(steps == n + left, END, answers),
            mask=(steps >= n) & (steps <= n + left),
        )

    def lag(self, length: int) -> int:
        """The first bit is said last when nothing is popped."""
        return length - 2

    def chance(self, length: int) -> float:
        """Always the same bit, or always the end."""
        ends = share_of_ends((length - 1) // 2)
        return max(ends, (1 - ends) / 2)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Keeps a list."""
        logits = np.zeros((len(inputs), 3))
        stack: list[int] = []
        for step, token in enumerate(inputs.tolist()):
            if token == QUERY:
                logits[step, stack.pop() if stack else END] = 20.0
            elif token == POP:
                stack = stack[:-1]
            else:
                stack.append(token % PUSH)
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says 0 always or, when strings are so short that most answers are the end, the end always."""
        ends = share_of_ends((len(inputs) - 1) // 2)
        return np.tile(np.eye(3)[END if ends > (1 - ends) / 2 else 0], (len(inputs), 1))

    def input_name(self, index: int) -> str:
        """Bits, pop, pushes, and ? for the query."""
        return ("0", "1", "pop", "+0", "+1", "?")[index]

    def output_name(self, index: int) -> str:
        """Bits, and $ for the end."""
        return "01$"[index]
