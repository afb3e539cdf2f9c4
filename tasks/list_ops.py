"""ListOps: nested operations on lists of digits, the hierarchical task of the Long Range Arena."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key, UInt32
from scipy.stats import binom

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_between, require_whole
from lrbench.data.list_values import DIGITS, SHARES, list_values, longest_arguments
from lrbench.data.task import Family

OPERATORS = ("MIN", "MAX", "MED", "SM")
MIN, MAX, MED, SM = range(len(OPERATORS))
CLOSE = DIGITS + len(OPERATORS)
#: More arguments would not fit into the four bits that count them.
MOST_ARGUMENTS = 15
#: Without an operator in an operator, expressions are too short to test at six times the training lengths. Every step
#: looks at the whole stack, so that great depths cost time.
LEAST_DEPTH, MOST_DEPTH = 3, 32
#: A draw is a whole number below this.
DRAWS = 2**24


class Level(NamedTuple):
    """What an open list, or all open lists of a stack, still have to do.

    Attributes:
        arguments: how many arguments are to come.
        nested: how many of them are operators.
        extra: tokens of those beyond one an argument.
        operator: which of the four operates on the list.
        low: how many arguments so far are at most 0, 1, 2, 3, 4, in four bits each.
        high: how many are at most 5, 6, 7, 8, 9.
    """

    arguments: Int[Array, "*levels"]
    nested: Int[Array, "*levels"]
    extra: Int[Array, "*levels"]
    operator: Int[Array, "*levels"]
    low: UInt32[Array, "*levels"]
    high: UInt32[Array, "*levels"]


def operate(operator: Int[Array, ""], low: UInt32[Array, ""], high: UInt32[Array, ""]) -> Int[Array, ""]:
    """Returns the value of an operator on the digits whose cumulative counts are packed in `low` and `high`."""
    shifts = jnp.arange(0, 20, 4, dtype=jnp.uint32)
    at_most = (jnp.stack([low, high])[:, None] >> shifts[None, :] & 15).astype(jnp.int32).ravel()
    count = at_most[-1]

    def ranked(rank: Int[Array, ""]) -> Int[Array, ""]:
        """The digit of this rank, from 1."""
        return jnp.sum(at_most < rank, dtype=jnp.int32)

    median = (ranked((count + 1) // 2) + ranked(count // 2 + 1)) // 2
    total = jnp.sum(count - at_most, dtype=jnp.int32)
    values = (ranked(jnp.int32(1)), ranked(count), median)
    return jnp.select([operator == MIN, operator == MAX, operator == MED], values, total % DIGITS)


def counts_of(value: Int[Array, ""]) -> tuple[UInt32[Array, ""], UInt32[Array, ""]]:
    """Packs the cumulative counts of one digit."""
    at_most = np.arange(DIGITS)[:, None] <= np.arange(DIGITS)
    low, high = (at_most[:, half] @ 16 ** np.arange(5) for half in (slice(0, 5), slice(5, DIGITS)))
    return jnp.asarray(low.astype(np.uint32))[value], jnp.asarray(high.astype(np.uint32))[value]


def whole(draw: Int[Array, ""], below: int | Int[Array, ""]) -> Int[Array, ""]:
    """Turns a draw into a whole number from 0 to `below` - 1, uniform; `below` is small."""
    return draw * below // DRAWS


@cache
def nested_thresholds(arguments: int, nesting: float) -> np.ndarray:
    """Tables of how many of k arguments are operators, when that number lies between two bounds.

    Returns:
        `[k, least, most, m]`: a draw below `DRAWS` means more than m operators when it is at least this.
    """
    table = np.full((arguments + 1,) * 4, DRAWS, np.int32)
    for k in range(arguments + 1):
        for least in range(k + 1):
            for most in range(least, k + 1):
                shares = binom.pmf(np.arange(least, most + 1), k, nesting)
                table[k, least, most, :least] = 0
                table[k, least, most, least:most] = np.round(DRAWS * np.cumsum(shares)[:-1] / np.sum(shares))
    return table


@dataclass(frozen=True)
class ListOps(GeneratedTask):
    """Evaluate nested minima, maxima, medians and sums modulo 10 of digits.

    An expression such as [MAX 2 9 [MIN 4 7 ] 0 ] is an operator, its arguments, and a closing bracket; an argument is a
    digit 0 … 9 or an expression. The four operators are the minimum, the maximum, the median (of an even number of
    arguments: the mean of the two in the middle, rounded down), and the sum modulo 10 (SM). The value is asked as a
    class at the last step, the bracket that closes all. There is no separate query. The length is the number of tokens:
    operators (which bring their opening bracket), digits and closing brackets, 15 in all.

    Nangia and Bowman 2018 (arXiv:1804.06028), with the grammar of the Long Range Arena, Tay et al. 2020
    (arXiv:2011.04006): operators uniform, 2 … `arguments` arguments, each an operator with probability `nesting`, else
    a uniform digit; operators nested at most `depth` - 1 deep. They draw expressions freely and keep those of 501 to
    1999 tokens. Here the length is given, and the draw is so made that it comes out exactly, from the outermost list
    inwards:

    - The outermost is an operator. (Theirs is a digit, of length 1, in three of four draws.)
    - The number of arguments is uniform among those from 2 to `arguments` with which the list can have its length.
    - The number of operators among them is binomial with `nesting`, given that it lies between the fewest and the most
      that the length admits; they stand at uniformly drawn places.
    - The tokens beyond one an argument, e, are shared out among the m operators in turn. With f = floor(e / m), the
      next gets f - w + floor(i (2w + 1) / 8) of them: i is uniform among 0 … 7, and w the largest width with which
      every share from f - w to f + w leaves the others enough (an operator takes 3) and not too many (for the depth).

    The free draw, given its length, has nearly as many operators (mean at 96, 500, 1000 tokens: 14.6, 71.7, 142.3;
    here 17.1, 72.2, 126.4), but siblings here are closer in size. Their expressions are also all different; these may
    repeat.

    Without a memory the best guess is the likeliest value, mostly 0, which minima favour. Its probability is computed
    exactly from these rules; it is 0.153 at length 96.

    Attributes:
        depth: how deep digits can stand; operators are nested at most one less deep.
        arguments: most arguments of an operator.
        nesting: probability that an argument is an operator, where the length leaves the choice.

    Examples:
        Key 0, length 14::

            step      0   1   2   3   4   5   6   7   8   9  10  11  12  13
            input   [SM   5   6   9   5   8   0   5   6 [SM   6   4   ]   ]
            target    -   -   -   -   -   -   -   -   -   -   -   -   -   4
            mask      -   -   -   -   -   -   -   -   -   -   -   -   -   *

        Key 1, length 14::

            step       0    1    2    3    4    5    6    7    8    9   10   11   12   13
            input    [SM    8    8    2    7    8 [MAX [MAX    6    3    ]    5    ]    ]
            target     -    -    -    -    -    -    -    -    -    -    -    -    -    9
            mask       -    -    -    -    -    -    -    -    -    -    -    -    -    *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = "Nangia & Bowman 2018, arXiv:1804.06028; Tay et al. 2020, arXiv:2011.04006"
    published: ClassVar[tuple[Published, ...]] = tuple(
        Published(model, value, "accuracy", "the Long Range Arena's data, 501 to 1999 tokens", source, recalled)
        for model, value, source, recalled in (
            ("Transformer", 0.3637, "Tay et al. 2020, arXiv:2011.04006", False),
            ("BigBird", 0.3605, "Tay et al. 2020, arXiv:2011.04006", True),
            ("S4", 0.595, "Gu et al. 2022, arXiv:2111.00396", False),
        )
    )

    depth: int = 10
    arguments: int = 10
    nesting: float = 0.25

    def __post_init__(self) -> None:
        require_whole("depth", self.depth, LEAST_DEPTH, MOST_DEPTH)
        require_whole("arguments", self.arguments, 4, MOST_ARGUMENTS)
        require_between("nesting", self.nesting, 0.0, 1.0)

    @property
    def inputs(self) -> Tokens:
        """Digits, operators with their opening brackets, the closing bracket."""
        return Tokens(CLOSE + 1)

    @property
    def output(self) -> Classes:
        """The digits."""
        return Classes(DIGITS)

    @property
    def lengths(self) -> Lengths:
        """8 to 96 tokens in training and up to 576 in evaluation, where depth and arguments permit; else shorter ones.

        The Long Range Arena has 501 to 1999.
        """
        longest = min(96, longest_arguments(self.depth, self.arguments)[0] // 6)
        return Lengths(
            train=(min(8, max(4, longest // 2)), longest),
            evaluation=tuple(longest * thirds // 3 for thirds in (3, 4, 6, 8, 12, 18)),
        )

    def problem(self, length: int) -> str | None:
        """An operator on two digits is shortest; depth and arguments bound the longest."""
        least, most = 4, longest_arguments(self.depth, self.arguments)[0]
        if least <= length <= most:
            return None
        return (
            f"an operator, two digits and a bracket need at least {least} steps, and expressions of depth "
            f"{self.depth} with {self.arguments} arguments have at most {most}"
        )

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Writes an expression from left to right, evaluating the lists that close on the way."""
        steps = jnp.arange(size, dtype=jnp.int32)
        longest = jnp.asarray([0, *longest_arguments(self.depth, self.arguments)], jnp.int32)
        thresholds = jnp.asarray(nested_thresholds(self.arguments, self.nesting))
        levels = jnp.arange(self.depth + 1, dtype=jnp.int32)
        length = jnp.asarray(length, jnp.int32)

        # Level 1 is a list of one argument, the outermost operator, with all tokens.
        outermost = levels == 1
        nothing = jnp.zeros(self.depth + 1, jnp.int32)
        no_counts = jnp.zeros(self.depth + 1, jnp.uint32)
        one = outermost.astype(jnp.int32)
        start = Level(one, one, jnp.where(outermost, length - 1, 0), nothing, no_counts, no_counts)

        def write(
            state: tuple[Level, Int[Array, ""]], bits: UInt32[Array, " 3"]
        ) -> tuple[tuple[Level, Int[Array, ""]], tuple[Int[Array, ""], Int[Array, ""]]]:
            stack, level = state
            top = jax.tree.map(lambda leaf: leaf[level], stack)
            draws = (bits >> 8).astype(jnp.int32)

            closes = top.arguments == 0
            opens = ~closes & (whole(draws[0], top.arguments) < top.nested)
            digit = whole(draws[1], DIGITS)
            value = jnp.where(closes, operate(top.operator, top.low, top.high), digit)
            operator = (bits[0] & 3).astype(jnp.int32)
            share = self._share(top, longest[level], (bits[0] >> 2 & SHARES - 1).astype(jnp.int32))
            inner = self._list(share - 1, longest[jnp.minimum(level + 1, self.depth)], draws[1:], thresholds)

            # An argument is used up by opening it or, for a digit, at once; its value arrives when it is known.
            used = (levels == level) & ~closes
            opened = (levels == level + 1) & opens
            valued = (levels == level - closes.astype(jnp.int32)) & ~opens
            low, high = counts_of(value)
            stack = Level(
                arguments=jnp.where(opened, inner[0], stack.arguments - used.astype(jnp.int32)),
                nested=jnp.where(opened, inner[1], stack.nested - (used & opens).astype(jnp.int32)),
                extra=jnp.where(opened, inner[2], stack.extra - jnp.where(used & opens, share, 0)),
                operator=jnp.where(opened, operator, stack.operator),
                low=jnp.where(opened, jnp.uint32(0), stack.low + jnp.where(valued, low, jnp.uint32(0))),
                high=jnp.where(opened, jnp.uint32(0), stack.high + jnp.where(valued, high, jnp.uint32(0))),
            )
            level = jnp.maximum(level + opens.astype(jnp.int32) - closes.astype(jnp.int32), 0)
            token = jnp.select([closes, opens], [jnp.int32(CLOSE), DIGITS + operator], digit)
            return (stack, level), (token, value)

        _, (tokens, values) = jax.lax.scan(write, (start, jnp.int32(1)), jax.random.bits(key, (size, 3), jnp.uint32))
        mask = steps == length - 1
        return Example(inputs=jnp.where(steps < length, tokens, 0), targets=jnp.where(mask, values, 0), mask=mask)

    def _share(self, top: Level, longest: Int[Array, ""], turn: Int[Array, ""]) -> Int[Array, ""]:
        """Tokens beyond one for the next operator of a list whose arguments have at most `longest` tokens."""
        others = jnp.maximum(top.nested - 1, 0)
        fair = top.extra // jnp.maximum(top.nested, 1)
        # In this form no number exceeds the length, where others * (longest - 1) might be too large.
        too_few = jnp.where(top.extra // jnp.maximum(others, 1) >= longest - 1, top.extra - others * (longest - 1), 3)
        least = jnp.where(others == 0, fair, jnp.maximum(3, too_few))
        most = jnp.minimum(longest - 1, top.extra - 3 * others)
        width = jnp.minimum(fair - least, most - fair)
        return fair - width + turn * (2 * width + 1) // SHARES

    def _list(
        self,
        tokens: Int[Array, ""],
        longest: Int[Array, ""],
        draws: Int[Array, " 2"],
        thresholds: Int[Array, "k least most m"],
    ) -> tuple[Int[Array, ""], Int[Array, ""], Int[Array, ""]]:
        """Draws how many arguments a list of `tokens` tokens has, how many are operators, and what they share."""
        fewest = jnp.maximum(2, -(-tokens // longest))
        with_operators = jnp.maximum(jnp.minimum(self.arguments, tokens - 3) - fewest + 1, 0)
        without = (tokens <= self.arguments).astype(jnp.int32)
        choice = whole(draws[0], with_operators + without)
        arguments = jnp.where(choice < with_operators, fewest + choice, tokens)
        arguments = jnp.clip(arguments, 0, self.arguments)
        extra = tokens - arguments
        most = jnp.minimum(arguments, extra // 3)
        least = jnp.clip(-(-extra // jnp.maximum(longest - 1, 1)), 0, most)
        row = thresholds[arguments, least, jnp.maximum(most, 0)]
        return arguments, jnp.sum(draws[1] >= row, dtype=jnp.int32), extra

    def lag(self, length: int) -> int:
        """From the outermost operator to its bracket."""
        return length - 1

    def chance(self, length: int) -> float:
        """How often the value is the one that is likeliest at this length."""
        return float(np.max(self._values(length)))

    def _values(self, length: int) -> np.ndarray:
        """Probabilities `[10]` of the values; lengths share a table."""
        rounded = -(-length // 128) * 128
        return list_values(self.depth, self.arguments, self.nesting, rounded)[length]

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Evaluates with a stack of lists."""
        operations = (min, max, lambda digits: int(np.median(digits)), lambda digits: sum(digits) % DIGITS)
        logits = np.zeros((len(inputs), DIGITS))
        waiting: list[int] = []
        lists: list[list[int]] = [[]]
        for step, token in enumerate(inputs.tolist()):
            if DIGITS <= token < CLOSE:
                waiting.append(token - DIGITS)
                lists.append([])
                continue
            value = operations[waiting.pop()](lists.pop()) if token == CLOSE else token
            lists[-1].append(value)
            logits[step, value] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says the value that is likeliest at this length."""
        return np.tile(self._values(len(inputs)), (len(inputs), 1))

    def input_name(self, index: int) -> str:
        """Digits, operators, and the bracket."""
        return "]" if index == CLOSE else str(index) if index < DIGITS else "[" + OPERATORS[index - DIGITS]
