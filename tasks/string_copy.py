"""String copying and n-gram look-up, next letter by next letter, as language models are asked to do it."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Tokens
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.limits import MOST_SYMBOLS, MOST_TOKENS
from lrbench.data.task import Family, Score

Layout = Literal["copy", "prefix", "suffix"]


#: The look-up compares the n-gram letter by letter, each a part of the compiled program.
MOST_NGRAM = 64


@dataclass(frozen=True)
class StringCopy(GeneratedTask):
    """Say a string of letters again, or what follows an n-gram in it, each letter predicted from those before it.

    The string x has n letters of A, uniform and independent; `$` opens the sequence and `|` separates its parts. The
    answer y is read by the model too, one step after it is asked (teacher forcing), all but its last letter:

    - `copy`: `$ x | y`, y = x, that is 2n+1 steps;
    - `prefix`: `$ g | x | y`, where g is an n-gram of N letters from x and y the M letters that follow it there;
    - `suffix`: `$ x | g y`, the same with the n-gram after the string.

    Labels are next tokens: the steps that count are the one before the first letter of y (the last `|`, or the n-gram's
    last letter) and the letters of y but its last. The headline is the share of sequences whose whole answer is right.
    A guess without memory has all M letters (or n, in `copy`) right with probability A^-M.

    Jelassi et al. 2024, "Repeat after me" (arXiv:2402.01032), and its code. Its strings have 5 to 20 or up to 50, 300
    letters in training, which are packed into contexts of 220 tokens with a full stop behind each; here a sequence is
    one string. Its loss also asks for the full stop but its score does not; here neither does. Its accuracy is taken
    with teacher forcing too, by the best logit. Its answers end with the string unless a length is given; here M is
    always given. Its n-gram may occur twice, and then the first place is meant, here as well; its place is uniform
    among all but the last three, here among all that leave M letters. To make chance exact, the answer is drawn afresh
    when the first place is known, which changes nothing where the n-gram occurs once.

    Attributes:
        layout: copy, prefix or suffix.
        letters: A, how many different letters there are.
        ngram: N, letters of the n-gram that is looked up (in prefix and suffix).
        answer: M, letters to say after it (in prefix and suffix).

    Examples:
        Key 0, length 11::

            step     0  1  2  3  4  5  6  7  8  9 10
            input    $  l  z  j  l  k  |  l  z  j  l
            target   -  -  -  -  -  -  l  z  j  l  k
            mask     -  -  -  -  -  -  *  *  *  *  *

        Key 1, length 18, layout=prefix, ngram=2, answer=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17
            input    $  c  b  |  h  p  e  w  c  b  h  s  z  a  x  |  h  s
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  h  s  z
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  *  *  *

        Key 2, length 17, layout=suffix, ngram=2, answer=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16
            input    $  l  q  f  h  l  s  m  s  p  j  x  |  q  f  h  l
            target   -  -  -  -  -  -  -  -  -  -  -  -  -  -  h  l  s
            mask     -  -  -  -  -  -  -  -  -  -  -  -  -  -  *  *  *
    """

    family: ClassVar[Family] = "copy"
    paper: ClassVar[str] = "Jelassi et al. 2024, arXiv:2402.01032"
    score: ClassVar[Score] = "sequence_accuracy"

    layout: Layout = "copy"
    letters: int = 26
    ngram: int = 3
    answer: int = 5

    def __post_init__(self) -> None:
        require_choice("layout", self.layout, get_args(Layout))
        require_whole("letters", self.letters, 2, most=MOST_TOKENS)
        require_whole("ngram", self.ngram, 1, most=MOST_NGRAM)
        require_whole("answer", self.answer, 1, most=MOST_SYMBOLS)

    @property
    def inputs(self) -> Tokens:
        """Letters, $, |."""
        return Tokens(self.letters + 2)

    @property
    def output(self) -> Classes:
        """The letters."""
        return Classes(self.letters)

    @property
    def _overhead(self) -> int:
        """Steps of a look-up beyond the string and the answer."""
        return self.ngram + (2 if self.layout == "prefix" else 1)

    @property
    def _least(self) -> int:
        """The fewest letters that a string can have."""
        return 1 if self.layout == "copy" else self.ngram + self.answer

    def _steps(self, letters: int) -> int:
        return 2 * letters + 1 if self.layout == "copy" else letters + self._overhead + self.answer

    @property
    def lengths(self) -> Lengths:
        """Strings of 5 to 20 letters in training (look-ups: as many as they need) and up to 200 in evaluation."""
        shortest, longest = max(5, self._least), max(20, 2 * self._least)
        longer = tuple(self._steps(longest * halves // 2) for halves in (2, 3, 5, 8, 12, 20))
        return Lengths(train=(self._steps(shortest), self._steps(longest)), evaluation=longer)

    def problem(self, length: int) -> str | None:
        """A string, its n-gram and its answer must have room, and a copy is as long as its string."""
        least = self._steps(self._least)
        if self.layout == "copy":
            if length >= least and length % 2 == 1:
                return None
            near = max(length + 1 - length % 2, least)
            return f"a string of n letters and its copy take 2n+1 steps, an odd number; try {near} or {near + 2}"
        if length >= least:
            return None
        return f"{self.ngram} letters to look up and {self.answer} to answer need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the string, the n-gram's place in it and the answer, and lays them out."""
        string_key, place_key, answer_key = jax.random.split(key, 3)
        steps = jnp.arange(size, dtype=jnp.int32)
        string = jax.random.randint(string_key, (size,), 0, self.letters)
        length = jnp.asarray(length, jnp.int32)
        dollar, bar = self.letters, self.letters + 1
        if self.layout == "copy":
            n = (length - 1) // 2
            answer, asked, opens = string, n + 1, 1
            inputs = jnp.zeros(size, jnp.int32)
        else:
            n = length - self.answer - self._overhead
            asked = length - self.answer
            place = jax.random.randint(place_key, (), 0, n - self.ngram - self.answer + 1)
            gram = string[place + jnp.arange(self.ngram)]
            here = jnp.ones(size, bool)
            for offset in range(self.ngram):
                here &= jnp.roll(string, -offset) == gram[offset]
            follows = jnp.argmax(here) + self.ngram
            answer = jax.random.randint(answer_key, (self.answer,), 0, self.letters)
            string = string.at[follows + jnp.arange(self.answer)].set(answer)
            opens = self.ngram + 2 if self.layout == "prefix" else 1
            looks = 1 if self.layout == "prefix" else n + 2
            inputs = jnp.zeros(size, jnp.int32).at[looks + jnp.arange(self.ngram)].set(gram)

        inputs = jnp.where((steps >= opens) & (steps < opens + n), string[jnp.clip(steps - opens, 0, size - 1)], inputs)
        inputs = jnp.where((steps == opens - 1) | (steps == opens + n), bar, inputs)
        inputs = jnp.where(steps > asked, answer[jnp.clip(steps - asked - 1, 0, len(answer) - 1)], inputs)
        inputs = jnp.where(steps == 0, dollar, inputs)
        mask = (steps >= asked) & (steps < length)
        targets = answer[jnp.clip(steps - asked, 0, len(answer) - 1)]
        return Example(inputs=jnp.where(steps < length, inputs, 0), targets=jnp.where(mask, targets, 0), mask=mask)

    def lag(self, length: int) -> int:
        """From the string's first letter to its use; where the n-gram comes first, also from it to its last place."""
        if self.layout == "copy":
            return (length - 1) // 2
        n = length - self.answer - self._overhead
        return n + 1 if self.layout == "suffix" else max(n - self.ngram, n + 1 - self.answer)

    def chance(self, length: int) -> float:
        """Whatever follows a letter is one guess of A; all of the answer must be right."""
        asked = (length - 1) // 2 if self.layout == "copy" else self.answer
        return float(self.letters) ** -asked

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Splits the text at its bars, finds the n-gram and reads on."""
        tokens = inputs.tolist()
        bar = self.letters + 1
        first = tokens.index(bar)
        if self.layout == "copy":
            said = tokens[1:first]
        else:
            if self.layout == "prefix":
                second = tokens.index(bar, first + 1)
                gram, string = tokens[1:first], tokens[first + 1 : second]
            else:
                string, gram = tokens[1:first], tokens[first + 1 : first + 1 + self.ngram]
            found = next(at for at in range(len(string)) if string[at : at + self.ngram] == gram)
            said = string[found + self.ngram : found + self.ngram + self.answer]
        logits = np.zeros((len(tokens), self.letters))
        logits[np.arange(len(tokens) - len(said), len(tokens)), said] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """One letter tells nothing of the next."""
        return np.zeros((len(inputs), self.letters))

    def input_name(self, index: int) -> str:
        """Letters, $ and |."""
        return {self.letters: "$", self.letters + 1: "|"}.get(index, self.output_name(index))

    def output_name(self, index: int) -> str:
        """A letter, or a number where there are more than 26."""
        return chr(ord("a") + index) if self.letters <= 26 else str(index)
