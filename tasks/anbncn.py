"""a^n b^n c^n and a^n b^n c^n d^n: counting that one counter with a zero test cannot do."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Judgement, Lengths, Published, Tokens
from lrbench.data.fields import require_between, require_choice
from lrbench.data.task import Family, Score

Language = Literal["anbncn", "anbncndn"]
BOUNDARY = 0


@dataclass(frozen=True)
class AnBnCn(GeneratedTask):
    """Predict the next symbol of a^n b^n c^n, or of a^n b^n c^n d^n, so that every letter comes as often as a.

    The task of `anbn` with three or four letters. A sequence of length 3n+1 reads `S a^n b^n c^n` and must answer
    `a^n b^n c^n E`: the next symbol, at every step, with S and E the two sides of one boundary symbol; with four
    letters it is 4n+1. Another length has no word: `problem` refuses it, and `sample` gives it the longest word that
    fits.

    A step is right when its target has probability > `threshold`. A word is accepted when all its steps are right. It
    is exactly right when moreover the words in which a letter after the a's comes once less or once more are rejected:
    the symbol that follows the letter has probability <= `threshold` one step too early, and the letter itself has
    probability <= `threshold` once it is complete. The headline is the share of words exactly right, which for one n
    is 0 or 1. From n = 2 on no guess that forgets can do it, and chance is 0. The words of n = 0 and n = 1 are the
    exception: a guess that allows a and E after S and one symbol, the next letter or E, after each letter has both
    exactly right, and every longer word wrong. Chance is called 0 there too, so that the score of every word counts in
    full; training begins at n = 0 because the paper's does.

    Layout, acceptance and exactness follow Weiss, Goldberg and Yahav 2018, "On the practical computational power of
    finite precision RNNs for language recognition" (arXiv:1805.04908), who train a^n b^n c^n on n = 0 … 49 and have no
    a^n b^n c^n d^n, and whose text compares with one b less or more; that c and d count alike is ours.

    Attributes:
        language: `anbncn` or `anbncndn`.
        threshold: the probability above which a symbol counts as accepted.

    Examples:
        Key 0, length 10, language=anbncn::

            step    0 1 2 3 4 5 6 7 8 9
            input   S a a a b b b c c c
            target  a a a b b b c c c E
            mask    * * * * * * * * * *

        Key 0, length 9, language=anbncndn::

            step    0 1 2 3 4 5 6 7 8
            input   S a a b b c c d d
            target  a a b b c c d d E
            mask    * * * * * * * * *
    """

    family: ClassVar[Family] = "counting"
    paper: ClassVar[str] = "Weiss et al. 2018, arXiv:1805.04908"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM",
            value=100.0,
            measure="largest n",
            setting="a^n b^n c^n, hidden 10, trained on n = 0 … 49",
            source="Weiss et al. 2018, arXiv:1805.04908",
            recalled=True,
        ),
        Published(
            model="GRU",
            value=9.0,
            measure="largest n",
            setting="a^n b^n c^n, hidden 10, trained on n = 0 … 49",
            source="Weiss et al. 2018, arXiv:1805.04908",
            recalled=True,
        ),
        Published(
            model="LSTM",
            value=64.0,
            measure="largest n accepted",
            setting="a^n b^n c^n, hidden 10, the authors' weights run again; false acceptances from n = 60",
            source="github.com/tech-srl/counting_dimensions",
        ),
        Published(
            model="GRU",
            value=50.0,
            measure="largest n accepted",
            setting="a^n b^n c^n, hidden 10, the authors' weights run again; false acceptances from n = 45",
            source="github.com/tech-srl/counting_dimensions",
        ),
    )
    score: ClassVar[Score] = "sequence_accuracy"
    deterministic: ClassVar[bool] = True

    language: Language = "anbncn"
    threshold: float = 0.01

    def __post_init__(self) -> None:
        require_choice("language", self.language, get_args(Language))
        require_between("threshold", self.threshold, 0.0, 0.5)

    @property
    def letters(self) -> int:
        """How many letters the language has."""
        return {"anbncn": 3, "anbncndn": 4}[self.language]

    @property
    def inputs(self) -> Tokens:
        """S and the letters."""
        return Tokens(1 + self.letters)

    @property
    def output(self) -> Classes:
        """E and the letters."""
        return Classes(1 + self.letters)

    @property
    def lengths(self) -> Lengths:
        """Trains on n = 0 … 20 and evaluates up to n = 160; the paper trains up to n = 49."""
        return Lengths(
            train=(1, 20 * self.letters + 1),
            evaluation=tuple(n * self.letters + 1 for n in (20, 30, 40, 60, 80, 120, 160)),
        )

    def problem(self, length: int) -> str | None:
        """Words are S and equally many of every letter."""
        if length >= 1 and (length - 1) % self.letters == 0:
            return None
        shorter = max(length - 1, 0) // self.letters * self.letters + 1
        word = "S " + " ".join(f"{letter}^n" for letter in "abcd"[: self.letters])
        return f"{word} has {self.letters}n+1 steps; try {shorter} or {shorter + self.letters}"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Lays out the one word that this length has; the key is not used."""
        del key
        n = (jnp.asarray(length, jnp.int32) - 1) // self.letters
        steps = jnp.arange(size, dtype=jnp.int32)
        end = self.letters * n
        ahead = jnp.where(steps < end, 1 + steps // jnp.maximum(n, 1), BOUNDARY)
        inputs = jnp.where((steps > 0) & (steps <= end), jnp.roll(ahead, 1), BOUNDARY)
        return Example(inputs=inputs, targets=ahead, mask=steps <= end)

    def lag(self, length: int) -> int:
        """From the first a, which stands behind S, to E, which answers the last of the word's symbols."""
        return max(length - 2, 0)

    def n(self, length: int) -> int:
        """The n of the word that this length has."""
        return (length - 1) // self.letters

    def chance(self, length: int) -> float:
        """From n = 2 on, a guess that forgets cannot end a letter at the right place; at n <= 1 it can (see above)."""
        return 0.0

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Counts every letter, and compares with the a's; before the first b, both a and what follows it may come."""
        logits = np.full((len(inputs), 1 + self.letters), -20.0)
        counts = [0] * (1 + self.letters)
        for step, token in enumerate(inputs.tolist()):
            counts[token] += 1
            if token == BOUNDARY:
                logits[step, [1, BOUNDARY]] = 0.0
                continue
            follower = (token + 1) % (1 + self.letters)
            if token == 1:
                logits[step, [token, follower]] = 0.0
            else:
                logits[step, token if counts[token] < counts[1] else follower] = 0.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """After S comes a; after a letter, the same or what follows it."""
        logits = np.full((1 + self.letters, 1 + self.letters), -20.0)
        logits[BOUNDARY, 1] = 0.0
        for letter in range(1, 1 + self.letters):
            logits[letter, [letter, (letter + 1) % (1 + self.letters)]] = 0.0
        return logits[inputs]

    def input_name(self, index: int) -> str:
        """S, or the letter."""
        return "Sabcd"[index]

    def output_name(self, index: int) -> str:
        """E, or the letter."""
        return "Eabcd"[index]

    def judge(
        self,
        outputs: Float[Array, "*steps out"],
        example: Example,
        positions: Int[Array, "*steps"],
        length: Int[Array, "..."],
    ) -> Judgement:
        """A step is correct when its target is accepted, and exact when the neighbouring words are rejected too."""
        accepted = jax.nn.softmax(outputs, axis=-1) > self.threshold
        correct = jnp.take_along_axis(accepted, example.targets[..., None], axis=-1)[..., 0]
        n = jnp.broadcast_to((length - 1) // self.letters, positions.shape)
        exact = jnp.ones_like(correct)
        for letter in range(2, 1 + self.letters):
            complete = letter * n
            one_more = (positions == complete) & accepted[..., letter]
            one_less = (positions == complete - 1) & accepted[..., (letter + 1) % (1 + self.letters)]
            exact &= ~(one_more | one_less)
        return Judgement(correct=correct, exact=exact)
