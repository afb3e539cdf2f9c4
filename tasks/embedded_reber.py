"""The embedded Reber grammar: a symbol to be kept while a small grammar of its own must be followed."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Bits, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.task import Family, Score

SYMBOLS = "BTPSXVE"

#: The Reber grammar: from which node which symbol leads where. It begins at 0 and is at its end at 7.
REBER: dict[int, dict[str, int]] = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": 7},
}
FIRST, END = 1, 7
NODES = 8
SHORTEST = 8

#: From so many symbols before the end on, the chances of the first edge do not change in 24 bits.
FAR = 96
BITS = 24


@cache
def first_edge_thresholds() -> np.ndarray:
    """How likely the first edge is, of each node, so many symbols before the end, in units of 2^-24: `[FAR + 1, 8]`.

    Each of two edges is drawn with probability 1/2 in the grammar, whatever comes. Given that the walk ends after
    exactly r more symbols, an edge's chance is proportional to the probability to end after exactly r - 1 from where
    it leads.
    """
    ends = np.zeros((FAR + 1, NODES))
    ends[0, END] = 1
    thresholds = np.full((FAR + 1, NODES), 2**BITS, np.int32)
    for left in range(1, FAR + 1):
        for node, edges in REBER.items():
            chances = [ends[left - 1, following] / len(edges) for following in edges.values()]
            ends[left, node] = sum(chances)
            if ends[left, node] > 0:
                thresholds[left, node] = round(2**BITS * chances[0] / sum(chances))
    return thresholds


def _edges(which: int) -> list[tuple[int, int]]:
    """Symbol and following node of each node's first (0) or last (-1) edge; at the end the walk stays."""
    walks = [list(REBER[node].items())[which] for node in range(END)]
    return [*((SYMBOLS.index(symbol), following) for symbol, following in walks), (SYMBOLS.index("E"), END)]


@dataclass(frozen=True)
class EmbeddedReber(GeneratedTask):
    """Say which letters may come next in a word whose last but one is its second again, with a small grammar between.

    The words are those of the embedded Reber grammar: B, then T or P, then a word of the Reber grammar (B … E), then T
    or P as before, then E. Each step reads a symbol and must answer the set of symbols that may follow; the word's
    final E is never read, for nothing follows it. So a word of n symbols has n - 1 steps. All steps count. The last
    symbol but one is T or P as the second was, and only memory tells which; the Reber grammar between them asks for a
    step or two of memory.

    A word is right when at every step exactly the legal symbols are predicted, and the headline is the share of words
    that are right: the last but one, and all the others. No guess from the symbol just read can do that, as the same
    symbol, T or P, asks for B at the second step and for E at the last: chance is 0.

    Hochreiter and Schmidhuber 1997, "Long short-term memory", experiment 1, after Smith and Zipser 1989, Cleeremans,
    Servan-Schreiber and McClelland 1989, and Fahlman 1991. There edges are drawn with probability 1/2, which makes the
    words' lengths random, 9 symbols at least; here a word has the length that is asked for, and each word of that
    length the probability that it has among them there. The literature calls a step right when the legal symbols have
    the largest outputs, which asks for less than the legal symbols alone being predicted. It draws 256 words to train
    on and 256 others to test; here they are drawn without end.

    Examples:
        Key 0, length 12::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    B  P  B  T  S  S  S  S  X  S  E  P
            target  TP  B TP SX SX SX SX SX SX  E  P  E
            mask     *  *  *  *  *  *  *  *  *  *  *  *

        Key 3, length 16::

            step     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
            input    B  T  B  P  T  T  T  T  V  P  X  V  P  S  E  T
            target  TP  B TP TV TV TV TV TV PV SX TV PV SX  E  T  E
            mask     *  *  *  *  *  *  *  *  *  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "long dependency"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber 1997, experiment 1; Cleeremans et al. 1989"
    published: ClassVar[tuple[Published, ...]] = (
        *(
            Published(
                model=model,
                value=share,
                measure="share of runs that solved it",
                setting=f"all of 256 training and 256 test words right, {sequences} words",
                source="Hochreiter & Schmidhuber 1997, Table 1",
            )
            for model, share, sequences in (
                ("Elman net, 15 hidden units", 0.0, "more than 200,000"),
                ("Recurrent Cascade-Correlation, 7 to 9 hidden units", 0.5, "after 182,000"),
                ("LSTM, 4 blocks of 1 cell, learning rate 0.1", 1.0, "after 39,740"),
                ("LSTM, 3 blocks of 2 cells, learning rate 0.1", 1.0, "after 21,730"),
                ("LSTM, 3 blocks of 2 cells, learning rate 0.2", 0.97, "after 14,060"),
                ("LSTM, 4 blocks of 1 cell, learning rate 0.5", 0.97, "after 9,500"),
                ("LSTM, 3 blocks of 2 cells, learning rate 0.5", 1.0, "after 8,440"),
            )
        ),
        Published(
            model="LSTM",
            value=1.0,
            measure="share of runs that solved it",
            setting="10 seeds",
            source="cybertronai/schmidhuber-problems, embedded Reber",
        ),
    )
    score: ClassVar[Score] = "sequence_accuracy"

    @property
    def inputs(self) -> Tokens:
        """The grammar's seven symbols."""
        return Tokens(len(SYMBOLS))

    @property
    def output(self) -> Bits:
        """Which symbols may follow."""
        return Bits(len(SYMBOLS))

    @property
    def lengths(self) -> Lengths:
        """The grammar's own words have 12 symbols on average; trains on up to 33 and evaluates on up to 193."""
        return Lengths(train=(8, 32), evaluation=(16, 32, 64, 96, 128, 192))

    def problem(self, length: int) -> str | None:
        """The shortest Reber words are BTXSE and BPVVE."""
        return None if length >= SHORTEST else f"words have at least 9 symbols, which are {SHORTEST} steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws T or P, and a walk through the grammar that ends when it must."""
        outer_key, walk_key = jax.random.split(key)
        outer = jnp.where(jax.random.bernoulli(outer_key), SYMBOLS.index("T"), SYMBOLS.index("P"))
        steps = jnp.arange(size, dtype=jnp.int32)
        last = jnp.asarray(length, jnp.int32) - 1

        # Where each step's draw would lead from every node, eight numbers of four bits in one.
        left = jnp.clip(last - steps, 0, FAR)
        draws = (jax.random.bits(walk_key, (size,), jnp.uint32) >> (32 - BITS)).astype(jnp.int32)
        takes_first = draws[:, None] < jnp.asarray(first_edge_thresholds())[left]
        places = np.arange(NODES, dtype=np.int32) * 4
        first, second = (np.asarray([following for _, following in _edges(which)], np.int32) for which in (0, -1))
        leads = jnp.where(takes_first, (first << places)[None, :], (second << places)[None, :])
        begin = int(np.sum(FIRST << places))
        leads = jnp.where(steps > 2, jnp.sum(leads, axis=1), begin)

        def walk(node: Int[Array, ""], lead: Int[Array, ""]) -> tuple[Int[Array, ""], Int[Array, ""]]:
            following = (lead >> (4 * node)) & 15
            return following, following

        _, nodes = jax.lax.scan(walk, jnp.int32(FIRST), leads)
        before = jnp.roll(nodes, 1)
        spoken = np.zeros((NODES, NODES), np.int32)
        legal = np.zeros((NODES, len(SYMBOLS)), np.int32)
        for which in (0, -1):
            for node, (symbol, following) in enumerate(_edges(which)):
                spoken[node, following] = symbol
                legal[node, symbol] = 1

        begins, ends = SYMBOLS.index("B"), SYMBOLS.index("E")
        in_frame = (steps == 1) | (steps == last)
        inputs = jnp.select(
            [in_frame, steps <= 2, steps < last],
            [jnp.broadcast_to(outer, steps.shape), jnp.full_like(steps, begins), jnp.asarray(spoken)[before, nodes]],
            0,
        )
        chosen = jnp.select([steps == 1, steps == last - 1, steps == last], [begins, outer, ends], -1)
        sets = jnp.where((steps == 0)[:, None], jnp.asarray(legal[FIRST])[None, :], jnp.asarray(legal)[nodes])
        alone = (jnp.arange(len(SYMBOLS), dtype=jnp.int32)[None, :] == chosen[:, None]).astype(jnp.int32)
        mask = steps <= last
        targets = jnp.where((chosen >= 0)[:, None], alone, sets)
        return Example(inputs=inputs, targets=jnp.where(mask[:, None], targets, 0), mask=mask)

    def lag(self, length: int) -> int:
        """From the second symbol to the step that predicts the last but one."""
        return length - 3

    def chance(self, length: int) -> float:
        """The same symbol asks for B at the second step and for E at the last."""
        return 0.0

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Follows the diagram and remembers the second symbol."""
        word = "".join(SYMBOLS[token] for token in inputs)
        sets = ["TP", "B"]
        node = 0
        for symbol in word[2:-1]:
            node = REBER[node][symbol]
            sets.append(word[1] if node == END else "".join(REBER[node]))
        sets.append("E")
        return np.asarray([[5.0 if symbol in legal else -5.0 for symbol in SYMBOLS] for legal in sets])

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """For each symbol the set that follows it most often, or one of them."""
        usual = {"B": "TP", "T": "TV", "P": "TV", "S": "SX", "X": "SX", "V": "PV", "E": "T"}
        table = [[5.0 if symbol in usual[read] else -5.0 for symbol in SYMBOLS] for read in SYMBOLS]
        return np.asarray(table)[inputs]

    def input_name(self, index: int) -> str:
        """The grammar's letters."""
        return SYMBOLS[index]

    def output_name(self, index: int) -> str:
        """The grammar's letters."""
        return SYMBOLS[index]
