"""Tomita's seven regular languages: recognition of words among strings that miss by one symbol."""

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.automaton import Automaton, draw_word
from lrbench.data.fields import require_choice
from lrbench.data.task import Family
from lrbench.data.tomita_languages import AUTOMATA, Language

OUT, IN = 0, 1

#: The least length that has words and near misses, and the step from one such length to the next.
LENGTHS: dict[Language, tuple[int, int]] = {
    "tomita1": (2, 1),
    "tomita2": (2, 2),
    "tomita3": (2, 1),
    "tomita4": (3, 1),
    "tomita5": (2, 2),
    "tomita6": (2, 1),
    "tomita7": (4, 1),
}


@dataclass(frozen=True)
class Tomita(GeneratedTask):
    """Is a string of 0s and 1s a word of one of Tomita's languages, or does it miss by one symbol?

    `tomita1`: 1*. `tomita2`: (10)*. `tomita3`: no odd run of 1s is followed by an odd run of 0s. `tomita4`: no 000.
    `tomita5`: evenly many 0s and evenly many 1s. `tomita6`: as many 0s as 1s, up to a multiple of three. `tomita7`:
    0*1*0*1*.

    Half of the strings are words, uniform among the words of their length. The others are words in which one symbol
    was changed so that they are no words any more, uniform among all such pairs of word and place; strings drawn
    without regard to the language would break the rules of `tomita1`, 2, 3, 4 and 7 all over, and the last few symbols
    would tell. The class (0 out, 1 in) is asked at the last step, where the last symbol is read. The last symbol may
    tell something by itself, which is chance here.

    Tomita 1982, "Dynamic construction of finite automata from examples using hill-climbing". Bhattamishra et al. 2020
    (arXiv:2009.11264) give words only, and ask at each step what may come next, which is `tomita_next_set`; their
    numbers belong there. Then the answers in `tomita1` and `tomita2` follow from the last symbol alone, while
    recognition needs a memory in all seven. Some lengths have no words, or no near misses: `tomita2` and `tomita5` have
    even lengths only.

    Attributes:
        language: which of the seven. One of them is `lrbench show tomita language=tomita3`, or
            `lrbench run task=tomita task.language=tomita3`; more are `lrbench run -m task=tomita
            task.language=tomita3,tomita5`.

    Examples:
        Key 0, length 12, language=tomita5::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    0  0  1  0  0  0  0  1  0  1  0  1
            target   -  -  -  -  -  -  -  -  -  -  - in
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 2, length 12, language=tomita3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    1  1  0  1  1  1  1  0  1  0  0  1
            target   -  -  -  -  -  -  -  -  -  -  - in
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 3, length 12, language=tomita7::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     0   0   0   1   1   0   0   0   1   0   0   1
            target    -   -   -   -   -   -   -   -   -   -   - out
            mask      -   -   -   -   -   -   -   -   -   -   -   *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Tomita 1982; Bhattamishra et al. 2020, arXiv:2009.11264"

    language: Language = "tomita5"

    def __post_init__(self) -> None:
        require_choice("language", self.language, get_args(Language))

    @property
    def inputs(self) -> Tokens:
        """0 and 1."""
        return Tokens(2)

    @property
    def output(self) -> Classes:
        """Out of the language, or in it."""
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        """Up to 50 steps in training, as Bhattamishra et al. 2020, and up to 6 times as many in evaluation."""
        least, _ = LENGTHS[self.language]
        return Lengths(train=(least, 50), evaluation=(50, 76, 100, 150, 200, 250, 300))

    def problem(self, length: int) -> str | None:
        """There must be words, and strings that miss by one symbol."""
        least, step = LENGTHS[self.language]
        if length < least:
            return f"{self.language} has words to remember, and strings that miss by one symbol, from {least} steps on"
        if (length - least) % step:
            return f"{self.language} has words of even length only; try {length - 1} or {length + 1}"
        return None

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the class, and then a word or a near miss."""
        class_key, string_key = jax.random.split(key)
        member = (jax.random.bits(class_key, (), jnp.uint32) >> 31).astype(jnp.int32)
        strings = _strings(self.language)
        start = jnp.where(member == IN, strings.word, strings.miss)
        letters = draw_word(strings.automaton, start, string_key, length, size)
        steps = jnp.arange(size, dtype=jnp.int32)
        mask = steps == length - 1
        return Example(
            inputs=jnp.where(steps < length, letters % 2, 0), targets=jnp.where(mask, member, OUT), mask=mask
        )

    def lag(self, length: int) -> int:
        """From the first symbol to the answer."""
        return length - 1

    def chance(self, length: int) -> float:
        """What the last symbol tells: the mean of the greater share of the two classes."""
        return float(np.sum(np.max(_last_symbols(self.language, length), axis=0)) / 2)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Looks at the whole string; answers at its end."""
        string = "".join(map(str, inputs.tolist()))
        ones, zeros = string.count("1"), string.count("0")
        member = {
            "tomita1": "0" not in string,
            "tomita2": re.fullmatch("(10)*", string) is not None,
            "tomita3": re.search("(?<!1)1(11)*0(00)*(?!0)", string) is None,
            "tomita4": "000" not in string,
            "tomita5": ones % 2 == 0 and zeros % 2 == 0,
            "tomita6": (ones - zeros) % 3 == 0,
            "tomita7": re.fullmatch("0*1*0*1*", string) is not None,
        }[self.language]
        return np.eye(2)[np.full(len(string), int(member))]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says the class in which the last symbol is the likelier one at this length."""
        return _last_symbols(self.language, len(inputs)).T[inputs]

    def output_name(self, index: int) -> str:
        """Out or in."""
        return ("out", "in")[index]


class Strings(NamedTuple):
    """An automaton for the words of a language and for its near misses, by where it starts.

    Its letters are 0 and 1, which are given as they are, and 2 and 3, which are given in place of a 1 and a 0.

    Attributes:
        automaton: accepts words, and words with one symbol changed that are no words any more.
        word: the state to start words in.
        miss: the state to start near misses in.
    """

    automaton: Automaton
    word: int
    miss: int


@cache
def _strings(language: Language) -> Strings:
    moves, accepting = AUTOMATA[language].successors, AUTOMATA[language].accepting

    def after(state: int, symbol: int) -> int:
        return -1 if state < 0 else moves[state][symbol]

    def followers(state: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """States are (q,) of words; (q, q) before the change; and (q, p, 1) after it, p being where the changed is."""
        if len(state) == 1:
            return tuple((after(state[0], letter),) for letter in (0, 1))
        after_both = tuple((after(state[0], letter), after(state[1], letter), *state[2:]) for letter in (0, 1))
        if len(state) == 3:
            return after_both
        return (*after_both, *((after(state[0], 1 - given), after(state[1], given), 1) for given in (0, 1)))

    def ends(state: tuple[int, ...]) -> bool:
        if len(state) == 3 and state[1] >= 0 and accepting[state[1]]:
            return False
        return accepting[state[0]] and len(state) != 2

    starts: list[tuple[int, ...]] = [(0,), (0, 0)]
    found = list(starts)
    for state in found:  # grows on the way
        found += [one for one in dict.fromkeys(followers(state)) if one[0] >= 0 and one not in found]
    alive = {state for state in found if ends(state)}
    while more := {state for state in found if state not in alive and alive & set(followers(state))}:
        alive |= more
    states = [state for state in found if state in alive]
    numbers = {state: number for number, state in enumerate(states)}
    successors = [[numbers.get(one, -1) for one in followers(state)] for state in states]
    automaton = Automaton(
        successors=tuple((*row, *[-1] * (4 - len(row))) for row in successors),
        accepting=tuple(ends(state) for state in states),
    )
    return Strings(automaton, *(numbers[start] for start in starts))


@cache
def _last_symbols(language: Language, length: int) -> np.ndarray:
    """Returns `[class, symbol]`: how often strings of a class end in a symbol."""
    strings = _strings(language)
    letters = [strings.automaton.endings(start, length) for start in (strings.miss, strings.word)]
    return np.asarray([[ends[0] + ends[2], ends[1] + ends[3]] for ends in letters])
