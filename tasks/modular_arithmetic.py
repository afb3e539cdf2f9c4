"""Modular arithmetic: evaluate an expression, with precedence or with brackets."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import PAPER, SETTING, deletang_results
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.task import Family

Form = Literal["flat", "brackets"]
PLUS, MINUS, TIMES, OPEN, CLOSE = range(5)
#: The exact chance takes its third power in time.
MOST_REMAINDERS = 100


@dataclass(frozen=True)
class ModularArithmetic(GeneratedTask):
    """Evaluate an expression of sums, differences and products modulo a small number.

    An expression of n symbols is read, then one query (written =), at which its value modulo N is asked. Only the query
    counts. The length is n + 1. Digits 0 … N-1 and the operators +, - and * are uniform and independent. Tokens are
    the digits, then + - * (and, with brackets, the two brackets), then the query. The forms:

    - `flat`: digits and operators alternate, so n is odd and the length even; * binds more strongly than + and -, which
      go from left to right. Regular: two remainders are enough of a memory.
    - `brackets`: an expression of n ≥ 5 symbols is (left operator right), where left has a length drawn uniformly from
      1 … n-4 and right the rest; of 1 … 4 symbols it is d, -d, (d) or (-d). Every n is possible. Context-free.

    Products favour 0, which is therefore the best guess without a memory; its probability is computed exactly from
    these rules.

    Delétang et al. 2022, "Neural networks and the Chomsky hierarchy" (arXiv:2207.02098), modular arithmetic (simple)
    and (brackets), where N = 5: the query is the empty token that their code appends for every step of the output;
    expressions of 1 to 40 symbols in training, 41 to 500 in evaluation. Deviations: their flat sampler shortens an even
    n by one, which is refused here, and tokens that never occur (a blank; x and = of another task) have no number.
    Their brackets can leave out products; these are with products, as in the paper.

    Attributes:
        form: one of the two.
        modulus: N.

    Examples:
        Key 0, length 10::

            step    0 1 2 3 4 5 6 7 8 9
            input   1 − 2 + 1 + 2 − 3 =
            target  - - - - - - - - - 4
            mask    - - - - - - - - - *

        Key 1, length 16, form=brackets::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    (  (  0  −  (  3  )  )  *  (  0  +  1  )  )  =
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  2
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = PAPER
    published: ClassVar[tuple[Published, ...]] = (
        *deletang_results(
            {"RNN": 100, "LSTM": 100, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 24.2},
            setting=f"flat; {SETTING}",
        ),
        *deletang_results(
            {"RNN": 41.3, "LSTM": 59.2, "Stack-RNN": 96.1, "Tape-RNN": 95.4, "Transformer": 32.5},
            setting=f"brackets; {SETTING}",
        ),
    )

    form: Form = "flat"
    modulus: int = 5

    def __post_init__(self) -> None:
        require_choice("form", self.form, get_args(Form))
        require_whole("modulus", self.modulus, 2, MOST_REMAINDERS)

    @property
    def inputs(self) -> Tokens:
        """Digits, operators, brackets where there are any, and the query."""
        return Tokens(self.modulus + (3 if self.form == "flat" else 5) + 1)

    @property
    def output(self) -> Classes:
        """The remainders."""
        return Classes(self.modulus)

    @property
    def lengths(self) -> Lengths:
        """Expressions of up to 40 symbols in training and of 40 to 500 in evaluation, after the paper."""
        if self.form == "flat":
            return Lengths(train=(2, 40), evaluation=(40, 64, 96, 128, 192, 256, 500))
        return Lengths(train=(2, 41), evaluation=(41, 65, 97, 129, 193, 257, 501))

    def problem(self, length: int) -> str | None:
        """A digit and the query; without brackets, an odd expression and the query."""
        if length < 2:
            return "a digit or more and the query need at least 2 steps"
        if self.form == "flat" and length % 2 == 1:
            return (
                "digits and operators alternate, so an expression and the query have an even number of steps; "
                f"try {length - 1} or {length + 1}"
            )
        return None

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws an expression of `length` - 1 symbols and evaluates it."""
        digits_key, operators_key, spans_key = jax.random.split(key, 3)
        steps = jnp.arange(size, dtype=jnp.int32)
        query = jnp.asarray(length, jnp.int32) - 1
        digits = jax.random.randint(digits_key, (size,), 0, self.modulus, jnp.int32)
        operators = jax.random.randint(operators_key, (size,), PLUS, TIMES + 1, jnp.int32)
        if self.form == "flat":
            symbols = jnp.where(steps % 2 == 0, digits, self.modulus + operators)
            value = self._evaluate_flat(digits, operators, query)
        else:
            cuts = jax.random.uniform(spans_key, (size,))
            symbols, value = self._bracketed(digits, operators, cuts, query)
        mask = steps == query
        return Example(
            inputs=jnp.where(steps < query, symbols, jnp.where(mask, self.inputs.count - 1, 0)),
            targets=jnp.where(mask, value, 0),
            mask=mask,
        )

    def _evaluate_flat(
        self, digits: Int[Array, " size"], operators: Int[Array, " size"], n: Int[Array, ""]
    ) -> Int[Array, ""]:
        """Evaluates the digits at even places with the operators at odd ones, over the first `n` places."""
        numbers = digits[::2]
        before = jnp.append(jnp.full(1, PLUS, jnp.int32), operators[1::2])[: len(numbers)]
        used = jnp.arange(len(numbers), dtype=jnp.int32) * 2 < n

        def read(
            state: tuple[Int[Array, ""], Int[Array, ""]],
            symbols: tuple[Int[Array, ""], Int[Array, ""], Array],
        ) -> tuple[tuple[Int[Array, ""], Int[Array, ""]], None]:
            total, term = state
            operator, number, used = symbols
            times = (operator == TIMES) | ~used
            signed = jnp.where(operator == MINUS, -number, number)
            factor = jnp.where(used, number, 1)
            total = jnp.where(times, total, (total + term) % self.modulus)
            return (total, jnp.where(times, (term * factor) % self.modulus, signed)), None

        (total, term), _ = jax.lax.scan(read, (jnp.int32(0), jnp.int32(0)), (before, numbers, used))
        return (total + term) % self.modulus

    def _bracketed(
        self,
        digits: Int[Array, " size"],
        operators: Int[Array, " size"],
        cuts: Array,
        n: Int[Array, ""],
    ) -> tuple[Int[Array, " size"], Int[Array, ""]]:
        """Builds an expression of `n` symbols and evaluates it.

        From left to right, each bracketed expression hands its two operands their lengths; from right to left, each
        takes their values. `digits` and `operators` hold a draw for every place, of which some are used, and `cuts`
        numbers in [0, 1) that say where the operator stands.
        """
        size = len(digits)
        places = jnp.arange(size, dtype=jnp.int32)

        def split(
            spans: Int[Array, " padded"], at: tuple[Int[Array, ""], Array]
        ) -> tuple[Int[Array, " padded"], Int[Array, ""]]:
            place, cut = at
            span = jnp.abs(spans[place])
            left = jnp.minimum(1 + jnp.floor(cut * (span - 4).astype(jnp.float32)).astype(jnp.int32), span - 4)
            compound = span >= 5
            spans = spans.at[place + 1].add(jnp.where(compound, left, 0))
            # The right operand's length is negative, to tell that an operator stands before it.
            right = jnp.where(compound, place + left + 2, size)
            return spans.at[right].add(jnp.where(compound, left + 3 - span, 0)), left

        whole = jnp.zeros(size + 1, jnp.int32).at[0].set(n)
        spans, lefts = jax.lax.scan(split, whole, (places, cuts))
        signed, after = spans[:size], spans[1:]
        length = jnp.abs(signed)

        def behind(start: Array, distance: int) -> Array:
            """Where an expression started `distance` places before."""
            return (places >= distance) & jnp.roll(start, distance)

        minus = (length == 2) | behind(length == 4, 1)
        digit = (length == 1) | behind((length == 2) | (length == 3), 1) | behind(length == 4, 2)
        symbols = jnp.select(
            [length >= 5, minus, length >= 3, digit, after < 0],
            [
                jnp.full_like(digits, self.modulus + OPEN),
                jnp.full_like(digits, self.modulus + MINUS),
                jnp.full_like(digits, self.modulus + OPEN),
                digits,
                self.modulus + operators,
            ],
            self.modulus + CLOSE,
        )

        def evaluate(values: Int[Array, " size"], at: tuple[Int[Array, ""], ...]) -> tuple[Int[Array, " size"], None]:
            place, span, left = at
            read = values[jnp.minimum(place + 1, size - 1)], values[jnp.clip(place + left + 2, 0, size - 1)]
            operator = operators[jnp.clip(place + left + 1, 0, size - 1)]
            compound = jnp.select(
                [operator == PLUS, operator == MINUS], [sum(read), read[0] - read[1]], read[0] * read[1]
            )
            alone = digits[jnp.minimum(place + jnp.select([span == 1, span == 4], [0, 2], 1), size - 1)]
            alone = jnp.where((span == 2) | (span == 4), -alone, alone)
            return values.at[place].set(jnp.where(span >= 5, compound, alone) % self.modulus), None

        values, _ = jax.lax.scan(evaluate, jnp.zeros(size, jnp.int32), (places, length, lefts), reverse=True)
        return symbols, values[0]

    def lag(self, length: int) -> int:
        """From the first symbol to the query."""
        return length - 1

    def chance(self, length: int) -> float:
        """How often the value is 0, the likeliest one."""
        if self.form == "flat":
            return float(flat_values(length - 1, self.modulus)[0])
        return float(bracketed_values(length - 1, self.modulus)[-1, 0])

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Parses by recursion: a sum of products of signed factors."""
        tokens = inputs[:-1].tolist()
        place = 0

        def peek() -> int:
            return tokens[place] - self.modulus if place < len(tokens) else CLOSE

        def advance() -> int:
            nonlocal place
            place += 1
            return tokens[place - 1]

        def factor() -> int:
            if peek() == MINUS:
                advance()
                return -factor()
            if peek() == OPEN:
                advance()
                inner = expression()
                advance()
                return inner
            return advance()

        def product() -> int:
            value = factor()
            while peek() == TIMES:
                advance()
                value *= factor()
            return value

        def expression() -> int:
            value = product()
            while peek() in (PLUS, MINUS):
                value = value + product() if advance() - self.modulus == PLUS else value - product()
            return value

        logits = np.zeros((len(inputs), self.modulus))
        logits[:, expression() % self.modulus] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says that the value is 0."""
        logits = np.zeros((len(inputs), self.modulus))
        logits[:, 0] = 20.0
        return logits

    def input_name(self, index: int) -> str:
        """Digits, operators, brackets, and = for the query."""
        if index < self.modulus:
            return str(index)
        return "=" if index == self.inputs.count - 1 else "+−*()"[index - self.modulus]


def combined(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Turns the joint probabilities of two remainders into those of left + right, left - right, left * right.

    Args:
        left: the first remainders, one for each row of `right`.
        right: probabilities `[modulus, modulus]`, rows the first remainder, columns the second.

    Returns:
        Probabilities `[3, modulus]`.
    """
    modulus = len(left)
    a, b = left[:, None], left[None, :]
    return np.stack([np.bincount((value % modulus).ravel(), right.ravel(), modulus) for value in (a + b, a - b, a * b)])


@cache
def flat_values(n: int, modulus: int) -> np.ndarray:
    """Probabilities `[modulus]` of the values of flat expressions of n symbols."""
    remainders = np.arange(modulus)
    uniform = np.full(modulus, 1 / modulus)
    # Of the sum of the terms that are complete, and of the term that is being read (with its sign).
    joint = np.zeros((modulus, modulus))
    joint[0] = uniform
    # From a term, a row, to its product with a uniform digit.
    multiplied = np.stack([np.bincount(term * remainders % modulus, uniform, modulus) for term in range(modulus)])
    for _ in range(n // 2):
        times = joint @ multiplied
        complete = combined(remainders, joint)[PLUS]
        joint = (2 * complete[:, None] * uniform + times) / 3
    return combined(remainders, joint)[PLUS]


@cache
def bracketed_values(longest: int, modulus: int) -> np.ndarray:
    """Probabilities `[longest, modulus]` of the values of bracketed expressions of 1 … `longest` symbols."""
    remainders = np.arange(modulus)
    values = np.full((longest, modulus), 1 / modulus)
    for n in range(5, longest + 1):
        left = values[: n - 4]
        pairs = left.T @ left[::-1] / (n - 4)
        values[n - 1] = np.mean(combined(remainders, pairs), axis=0)
    return values
