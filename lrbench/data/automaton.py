"""Words of a finite automaton, drawn uniformly among those of one length."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key


@dataclass(frozen=True)
class Automaton:
    """A deterministic finite automaton without its dead states.

    Attributes:
        successors: for each state the state after each letter, or -1 where the letter leads to no word.
        accepting: for each state whether a word may end there.
    """

    successors: tuple[tuple[int, ...], ...]
    accepting: tuple[bool, ...]

    def endings(self, start: int, length: int) -> Float[np.ndarray, " letters"]:
        """Returns which share of the words of `length` >= 1 letters from `start` ends in which letter.

        Exact up to rounding, in time logarithmic in the length. There must be such words.
        """
        paths, _ = self._paths(start, length - 1)
        letters = np.asarray(self.successors)
        ends = paths @ np.where(letters >= 0, np.asarray(self.accepting)[letters], False)
        return ends / ends.sum()

    def log_words(self, start: int, length: int) -> float:
        """Returns the logarithm of the number of words of `length` letters from `start`; -inf where there is none.

        Exact up to rounding, in time logarithmic in the length.
        """
        paths, log_scale = self._paths(start, length)
        words = float(paths @ np.asarray(self.accepting, float))
        return math.log(words) + log_scale if words > 0 else -math.inf

    def _paths(self, start: int, length: int) -> tuple[Float[np.ndarray, " states"], float]:
        """Returns how many strings of so many letters lead from `start` to each state, and the logarithm of a factor.

        The numbers grow exponentially, so they are divided by the factor.
        """
        letters = np.asarray(self.successors)
        power = np.zeros((len(letters), len(letters)))
        for letter in letters.T:
            power[np.flatnonzero(letter >= 0), letter[letter >= 0]] += 1
        paths = np.eye(len(letters))[start]
        log_scale = log_power_scale = 0.0
        while length:
            if length % 2:
                paths = paths @ power
                scale = paths.max() or 1.0
                paths, log_scale = paths / scale, log_scale + log_power_scale + math.log(scale)
            power = power @ power
            scale = power.max() or 1.0
            power, log_power_scale = power / scale, 2 * log_power_scale + math.log(scale)
            length //= 2
        return paths, log_scale


class Path(NamedTuple):
    """A word, or one letter of it, and where in an automaton it leads.

    Attributes:
        letters: of the word.
        states: after each letter.
    """

    letters: Int[Array, "*steps"]
    states: Int[Array, "*steps"]


def draw_word(
    automaton: Automaton, start: int | Int[Array, ""], key: Key[Array, ""], length: int | Int[Array, ""], size: int
) -> Int[Array, " {size}"]:
    """Draws a word of `length` letters; every one is equally likely, up to the rounding of float32.

    Each letter is drawn in proportion to the number of ways to complete the word after it. Memory grows with `size`
    times the number of states. The letters from `length` on mean nothing.

    Args:
        automaton: must accept a word of this length.
        start: the state to start in; may be traced.
        key: the only source of randomness.
        length: letters of the word; may be traced.
        size: static number of letters to return, at least `length`.
    """
    return draw_path(automaton, start, key, length, size).letters


def draw_path(
    automaton: Automaton, start: int | Int[Array, ""], key: Key[Array, ""], length: int | Int[Array, ""], size: int
) -> Path:
    """Draws the word that `draw_word` draws, and tells the state after each letter.

    Args:
        automaton: must accept a word of this length.
        start: the state to start in; may be traced.
        key: the only source of randomness.
        length: letters of the word; may be traced.
        size: static number of letters and states to return, at least `length`; from `length` on they mean nothing.
    """
    successors = jnp.asarray(automaton.successors, jnp.int32)

    def after_each_letter(ways: Float[Array, " states"], state: Int[Array, "*some"]) -> Float[Array, "*some letters"]:
        following = successors[state]
        return jnp.where(following >= 0, ways[following], 0.0)

    def one_letter_more(
        ways: Float[Array, " states"], _: None
    ) -> tuple[Float[Array, " states"], Float[Array, " states"]]:
        longer = jnp.sum(after_each_letter(ways, jnp.arange(len(ways))), axis=1)
        return longer / jnp.max(longer), ways  # only their proportions matter, and the numbers grow exponentially

    def draw_letter(
        state: Int[Array, ""], turn: tuple[Int[Array, ""], Float[Array, ""]]
    ) -> tuple[Int[Array, ""], Path]:
        step, uniform = turn
        heights = jnp.cumsum(after_each_letter(completions[jnp.maximum(length - 1 - step, 0)], state))
        letter = jnp.sum(uniform * heights[-1] >= heights, dtype=jnp.int32)  # an impossible letter adds no height
        letter = jnp.minimum(letter, heights.size - 1)
        following = jnp.maximum(successors[state, letter], 0)
        return following, Path(letter, following)

    none_left = jnp.asarray(automaton.accepting, jnp.float32)
    _, completions = jax.lax.scan(one_letter_more, none_left, None, length=size)
    turns = (jnp.arange(size, dtype=jnp.int32), jax.random.uniform(key, (size,)))
    _, path = jax.lax.scan(draw_letter, jnp.asarray(start, jnp.int32), turns)
    return path
