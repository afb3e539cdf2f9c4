"""Copy memory: hold a list of symbols over a long stretch of nothing. Four layouts go by this name."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, Features, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice, require_whole
from lrbench.data.last_steps import over_last_steps
from lrbench.data.limits import MOST_SYMBOLS, MOST_TOKENS
from lrbench.data.places import distinct_places
from lrbench.data.task import Family

Layout = Literal["arjovsky", "bai", "s4", "scattered"]
BLANK = 0


@dataclass(frozen=True)
class CopyMemory(GeneratedTask):
    """Read K random symbols, wait through blanks, and say them again in order when asked.

    Tokens are the blank 0, the symbols 1 … A and the marker A+1; symbols are uniform and independent. The last K steps
    are the answers. The layouts, whose scores do not compare, differ in where symbols and markers stand and in which
    steps count (published: K=10, A=8):

    - `arjovsky`: K symbols, T-1 blanks, one marker, K blanks. Every step counts: T+K blanks, then the symbols.
      Arjovsky, Shah and Bengio 2016, "Unitary evolution recurrent neural networks" (arXiv:1511.06464).
    - `bai`: K symbols, T-1 blanks, K+1 markers, the token fed as one real number. Every step counts, as above, so the
      first marker is answered with a blank.
      Bai, Kolter and Koltun 2018 (arXiv:1803.01271).
    - `s4`: K symbols, L blanks, K markers. Only the markers count. Gu, Goel and Ré 2022 (arXiv:2111.00396), their code.
    - `scattered`: as `s4`, with the symbols at K places drawn uniformly among the first L+K steps; their code with
      `variable=true`. It is the task `selective_copying` by another name: with V = A+2 there the same key draws the
      same sequence, and only defaults, lengths and the numbering of the answers differ.

    The length is the total number of steps: T+2K, or L+2K. Where every step counts, mind the scale: answering blanks
    always is right in (T+K)/(T+2K) of the steps, and the least cross-entropy without memory of the symbols, the curve
    where models stall in the papers, is K ln A / (T+2K) nats (`forgetful_loss`).

    Attributes:
        layout: one of the four.
        symbols: K, how many symbols to copy.
        alphabet: A, how many different symbols there are.

    Examples:
        Key 0, length 12, layout=arjovsky, symbols=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    8  2  8  .  .  .  .  .  ?  .  .  .
            target   .  .  .  .  .  .  .  .  .  8  2  8
            mask     *  *  *  *  *  *  *  *  *  *  *  *

        Key 1, length 12, layout=bai, symbols=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            token    8  8  7  0  0  0  0  0  9  9  9  9
            target   .  .  .  .  .  .  .  .  .  8  8  7
            mask     *  *  *  *  *  *  *  *  *  *  *  *

        Key 2, length 12, layout=s4, symbols=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    4  5  8  .  .  .  .  .  .  ?  ?  ?
            target   -  -  -  -  -  -  -  -  -  4  5  8
            mask     -  -  -  -  -  -  -  -  -  *  *  *

        Key 3, length 12, layout=scattered, symbols=3::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    .  .  .  .  5  .  4  .  7  ?  ?  ?
            target   -  -  -  -  -  -  -  -  -  5  4  7
            mask     -  -  -  -  -  -  -  -  -  *  *  *
    """

    family: ClassVar[Family] = "copy"
    paper: ClassVar[str] = "Arjovsky et al. 2016, arXiv:1511.06464; Bai et al. 2018, arXiv:1803.01271"

    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="LSTM, 68 units",
            value=0.0204,
            measure="cross-entropy of all steps, nats",
            setting="arjovsky, T = 1000, K = 10, A = 8; RMSprop at 1e-3, batch 20; it stays at `forgetful_loss`",
            source="Arjovsky et al. 2016, arXiv:1511.06464, figure",
            recalled=True,
        ),
        *(
            Published(
                model=model,
                value=loss,
                measure="cross-entropy of all steps, nats",
                setting="bai, T = 1000, K = 10, A = 8; 10,000 sequences, RMSprop at 5e-4",
                source="Bai et al. 2018, arXiv:1803.01271, and locuslab/TCN",
            )
            for model, loss in (("LSTM", 0.0204), ("GRU", 0.0197), ("RNN", 0.0202), ("TCN", 3.5e-5))
        ),
    )

    layout: Layout = "arjovsky"
    symbols: int = 10
    alphabet: int = 8

    def __post_init__(self) -> None:
        require_choice("layout", self.layout, get_args(Layout))
        require_whole("symbols", self.symbols, 1, most=MOST_SYMBOLS)
        require_whole("alphabet", self.alphabet, 2, most=MOST_TOKENS)

    @property
    def everything_counts(self) -> bool:
        """Whether blanks must be answered too, or the symbols only."""
        return self.layout in ("arjovsky", "bai")

    @property
    def inputs(self) -> Tokens | Features:
        """Blank, symbols, marker; in layout `bai` the token's number as one feature."""
        return Features(1) if self.layout == "bai" else Tokens(self.alphabet + 2)

    @property
    def output(self) -> Classes:
        """Blank and symbols."""
        return Classes(self.alphabet + 1)

    @property
    def lengths(self) -> Lengths:
        """Waits of 10 to 50 steps in training and up to 500 in evaluation."""
        longer = tuple(wait + 2 * self.symbols for wait in (25, 50, 100, 200, 300, 500))
        return Lengths(train=(10 + 2 * self.symbols, 50 + 2 * self.symbols), evaluation=longer)

    def problem(self, length: int) -> str | None:
        """Symbols, markers and answers must have room."""
        least = 2 * self.symbols + int(self.everything_counts)
        if length >= least:
            return None
        return f"{self.symbols} symbols and their answers in layout {self.layout} need at least {least} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the symbols (and their places) and lays out the sequence."""
        symbols_key, places_key = jax.random.split(key)
        symbols = jax.random.randint(symbols_key, (self.symbols,), 1, self.alphabet + 1)
        answers = jnp.asarray(length, jnp.int32) - self.symbols
        scattered = self.layout == "scattered"
        places = distinct_places(places_key, self.symbols, answers) if scattered else jnp.arange(self.symbols)

        steps = jnp.arange(size, dtype=jnp.int32)
        targets, answering = over_last_steps(symbols, length, size)
        first = answers - int(self.everything_counts)
        marked = steps == first if self.layout == "arjovsky" else (steps >= first) & (steps < length)
        inputs = jnp.zeros(size, jnp.int32).at[places].set(symbols)
        inputs = jnp.where(marked, self.alphabet + 1, inputs)
        return Example(
            inputs=inputs.astype(jnp.float32)[:, None] if self.layout == "bai" else inputs,
            targets=targets,
            mask=steps < length if self.everything_counts else answering,
        )

    def lag(self, length: int) -> int:
        """From a symbol to its answer; where symbols are scattered, the most it can be."""
        return length - self.symbols

    def chance(self, length: int) -> float:
        """Token accuracy of the best answer to each token by itself; see `memoryless`."""
        guessed = self.symbols / self.alphabet
        if not self.everything_counts:
            return 1 / self.alphabet
        waiting = length - 2 * self.symbols - 1
        if self.layout == "arjovsky":  # blanks are the wait and the answers
            return (self.symbols + 1 + max(waiting, guessed)) / length
        return (self.symbols + waiting + max(1, guessed)) / length  # markers are the question and the answers

    def forgetful_loss(self, length: int) -> float:
        """Mean cross-entropy, in nats, of the best model that knows the layout and the time but forgets the symbols."""
        counted = length if self.everything_counts else self.symbols
        return self.symbols * float(np.log(self.alphabet)) / counted

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Picks the symbols out of the tokens and says them over the last steps."""
        tokens = self._tokens(inputs)
        answers = np.full(len(tokens), BLANK)
        answers[-self.symbols :] = [token for token in tokens.tolist() if 1 <= token <= self.alphabet]
        return 20 * np.eye(self.alphabet + 1)[answers]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Log-probabilities of the answer given the token alone.

        A token that is met m times with a blank for answer, and K times with a symbol, gets the blank the
        probability m/(m+K), and each symbol an equal share of the rest.
        """
        asking = BLANK if self.layout == "arjovsky" else self.alphabet + 1
        waiting = len(inputs) - 2 * self.symbols - 1 if self.layout == "arjovsky" else int(self.everything_counts)
        probability = np.zeros((self.alphabet + 2, self.alphabet + 1))
        probability[:, BLANK] = 1
        probability[asking, BLANK] = waiting / (waiting + self.symbols)
        probability[asking, 1:] = self.symbols / (waiting + self.symbols) / self.alphabet
        return np.log(np.maximum(probability, 1e-9))[self._tokens(inputs)]

    def _tokens(self, inputs: np.ndarray) -> np.ndarray:
        return inputs[:, 0].astype(int) if self.layout == "bai" else inputs

    def input_name(self, index: int) -> str:
        """A dot for the blank, numbers for symbols, ? for the marker."""
        if self.layout == "bai":
            return "token"
        return "?" if index == self.alphabet + 1 else self.output_name(index)

    def output_name(self, index: int) -> str:
        """A dot for the blank, numbers for symbols."""
        return "." if index == BLANK else str(index)
