"""Tomita's languages as Bhattamishra et al. ask for them: which symbols may come next."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import ClassVar, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Bits, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.automaton import Automaton, draw_path
from lrbench.data.fields import require_choice
from lrbench.data.task import Family, Score
from lrbench.data.tomita_languages import AUTOMATA, Language

ZERO, ONE, END = 0, 1, 2

#: What the last symbol tells by itself.
NEEDS_NO_MEMORY = {
    "tomita1": "a 1 is always followed by a 1 or the end",
    "tomita2": "a 1 is always followed by a 0, and a 0 by a 1 or the end",
}
#: The least length at which the last symbol does not tell everything, and the step from one such length to the next.
LENGTHS: dict[str, tuple[int, int]] = {
    "tomita3": (3, 1),
    "tomita4": (2, 1),
    "tomita5": (2, 2),
    "tomita6": (2, 1),
    "tomita7": (3, 1),
}


@dataclass(frozen=True)
class TomitaNextSet(GeneratedTask):
    """Read a word of one of Tomita's languages, and say after each symbol what may come next: 0, 1, the end.

    `tomita3`: no odd run of 1s is followed by an odd run of 0s. `tomita4`: no 000. `tomita5`: evenly many 0s and evenly
    many 1s. `tomita6`: as many 0s as 1s, up to a multiple of three. `tomita7`: 0*1*0*1*. In `tomita1`, 1*, and
    `tomita2`, (10)*, the last symbol tells what may come next, so no memory is needed and they are refused;
    recognition, which is `tomita`, has all seven.

    A symbol may come next when some word goes on with it, of whatever length; the end may come where the prefix is a
    word. The target of a step is this set, a bit each for 0, 1 and the end (E), and all steps count. Words are uniform
    among the words of their length. The headline is the share of words with every step right. Without memory an answer
    follows from the symbol just read; chance is the share of words that the best such table answers throughout.

    Tomita 1982, "Dynamic construction of finite automata from examples using hill-climbing"; the question is that of
    Bhattamishra, Ahuja and Goyal 2020, "On the ability and limitations of Transformers to recognize formal languages"
    (arXiv:2009.11264). Their targets are the bits of 0 and 1 in `tomita3`, 4 and 7, and the bit of the end in
    `tomita5` and 6. The bits that they leave out are constant or follow from those asked, so a word that is right there
    is right here. They train on lengths 2 … 50 and test on 52 … 100. In `tomita3`, 4 and 7 their generators prefer some
    words of a length; here all are equally likely. `tomita4` asks for the last two symbols only.

    Attributes:
        language: which one, tomita3 … tomita7. One of them is `lrbench show tomita_next_set language=tomita5`, or
            `lrbench run task=tomita_next_set task.language=tomita5`; more are `lrbench run -m task=tomita_next_set
            task.language=tomita5,tomita6`.

    Examples:
        Key 2, length 12::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     1   1   0   1   1   0   1   0   0   1   1   0
            target  01E 01E 01E 01E 01E 01E 01E   0 01E 01E 01E 01E
            mask      *   *   *   *   *   *   *   *   *   *   *   *

        Key 1, length 12, language=tomita5::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     0   1   0   0   1   1   1   1   0   1   0   0
            target   01  01  01  01  01  01  01  01  01 01E  01 01E
            mask      *   *   *   *   *   *   *   *   *   *   *   *

        Key 0, length 12, language=tomita7::

            step      0   1   2   3   4   5   6   7   8   9  10  11
            input     1   1   1   1   1   0   0   0   0   0   1   1
            target  01E 01E 01E 01E 01E 01E 01E 01E 01E 01E  1E  1E
            mask      *   *   *   *   *   *   *   *   *   *   *   *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Bhattamishra et al. 2020, arXiv:2009.11264; Tomita 1982"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM",
            value=1.0,
            measure="word accuracy",
            setting="each of tomita3, 5 and 6, up to 32 units, trained on lengths 2 … 50, tested on 52 … 100",
            source="Bhattamishra et al. 2020, arXiv:2009.11264",
            recalled=True,
        ),
    )
    score: ClassVar[Score] = "sequence_accuracy"

    language: Language = "tomita3"

    def __post_init__(self) -> None:
        require_choice("language", self.language, get_args(Language))
        if self.language in NEEDS_NO_MEMORY:
            raise ValueError(
                f"language={self.language!r} needs no memory here, because {NEEDS_NO_MEMORY[self.language]}; try "
                f"language='tomita3', or the task tomita, which asks whether a string is a word of {self.language}"
            )

    @property
    def inputs(self) -> Tokens:
        """0 and 1."""
        return Tokens(2)

    @property
    def output(self) -> Bits:
        """May 0, 1, the end come next?"""
        return Bits(3)

    @property
    def lengths(self) -> Lengths:
        """Up to 50 steps in training, as Bhattamishra et al. 2020, and up to 6 times as many in evaluation."""
        least, _ = LENGTHS[self.language]
        return Lengths(train=(least, 50), evaluation=(50, 76, 100, 150, 200, 250, 300))

    def problem(self, length: int) -> str | None:
        """There must be words, and the last symbol must not tell everything in all of them."""
        least, step = LENGTHS[self.language]
        if length < least:
            return f"{self.language} has words in which the next symbols ask for memory from {least} steps on"
        if (length - least) % step:
            return f"{self.language} has words of even length only; try {length - 1} or {length + 1}"
        return None

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws a word; what may come next follows from the automaton's state."""
        automaton = AUTOMATA[self.language]
        letters, states = draw_path(automaton, 0, key, length, size)
        mask = jnp.arange(size, dtype=jnp.int32) < length
        legal = jnp.asarray(_legal(automaton), jnp.int32)[states]
        return Example(inputs=jnp.where(mask, letters, 0), targets=jnp.where(mask[:, None], legal, 0), mask=mask)

    def lag(self, length: int) -> int:
        """The first symbol may matter after the last one; in `tomita4` only the last but one does."""
        return 1 if self.language == "tomita4" else length - 1

    def chance(self, length: int) -> float:
        """The share of words in which the best table from a symbol to a set is right throughout."""
        return _best_table(self.language, length)[1]

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Counts what the language's sentence speaks of, in each prefix."""
        ones = np.cumsum(inputs)
        zeros = np.cumsum(1 - inputs)
        before = np.concatenate([[ONE], inputs[:-1]])
        may = np.ones((len(inputs), 3), bool)
        if self.language == "tomita3":
            run, odd_ones = 0, False  # steps of this run of one symbol; whether the run of 1s before it was odd
            for step, symbol in enumerate(inputs.tolist()):
                if step and symbol != inputs[step - 1]:
                    run, odd_ones = 0, symbol == ZERO and run % 2 == 1
                run += 1
                if odd_ones and run % 2:
                    may[step, [ONE, END]] = False
        elif self.language == "tomita4":
            may[:, ZERO] = (inputs == ONE) | (before == ONE)
        elif self.language == "tomita5":
            may[:, END] = (ones % 2 == 0) & (zeros % 2 == 0)
        elif self.language == "tomita6":
            may[:, END] = (ones - zeros) % 3 == 0
        else:
            runs_of_ones = np.cumsum((inputs == ONE) & (np.concatenate([[ZERO], inputs[:-1]]) == ZERO))
            may[:, ZERO] = (inputs == ZERO) | (runs_of_ones < 2)
        return 40.0 * may - 20.0

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Answers from the table that is right throughout the most words of this length."""
        return 40.0 * _best_table(self.language, len(inputs))[0][inputs] - 20.0

    def output_name(self, index: int) -> str:
        """0, 1, or E for the end."""
        return "01E"[index]


def _legal(automaton: Automaton) -> np.ndarray:
    """Returns `Bool[states, 3]`: whether 0, 1, the end may come next."""
    return np.column_stack([np.asarray(automaton.successors) >= 0, np.asarray(automaton.accepting)])


@cache
def _best_table(language: Language, length: int) -> tuple[np.ndarray, float]:
    """Returns what to answer after a 0 and after a 1, `Bool[2, 3]`, and the share of words that are so throughout."""
    automaton = AUTOMATA[language]
    legal = _legal(automaton)
    successors = np.asarray(automaton.successors)
    sets = [np.unique(legal[states[states >= 0]], axis=0) for states in successors.T]
    best, best_words = np.zeros((2, 3), bool), -math.inf
    for table in map(np.stack, product(*sets)):
        right = np.all(legal[successors] == table, axis=2) & (successors >= 0)
        kept = Automaton(
            successors=tuple(map(tuple, np.where(right, successors, -1).tolist())), accepting=automaton.accepting
        )
        words = kept.log_words(0, length)
        if words > best_words:
            best, best_words = table, words
    return best, math.exp(best_words - automaton.log_words(0, length))
