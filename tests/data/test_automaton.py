"""Words drawn from an automaton against all of its words written out."""

import math
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from lrbench.data.automaton import Automaton, draw_path, draw_word

#: No two 1s in a row (Fibonacci many words), and the words that end in 1 only.
NO_PAIR = Automaton(successors=((0, 1), (0, -1)), accepting=(True, True))
ENDS_IN_ONE = Automaton(successors=((0, 1), (0, -1)), accepting=(False, True))
#: 0*1*2*: the number of words grows like a square and not exponentially.
SORTED = Automaton(successors=((0, 1, 2), (-1, 1, 2), (-1, -1, 2)), accepting=(True, True, True))


def words(automaton: Automaton, start: int, length: int) -> list[tuple[int, ...]]:
    found = []
    for word in product(range(len(automaton.successors[0])), repeat=length):
        state = start
        for letter in word:
            state = automaton.successors[state][letter] if state >= 0 else -1
        if state >= 0 and automaton.accepting[state]:
            found.append(word)
    return found


@pytest.mark.parametrize("automaton", [NO_PAIR, ENDS_IN_ONE, SORTED])
@pytest.mark.parametrize("start", [0, 1])
def test_every_word_is_equally_likely(automaton: Automaton, start: int) -> None:
    length, size = 7, 11
    drawn = jax.jit(jax.vmap(lambda key, start: draw_word(automaton, start, key, length, size)))(
        jax.random.split(jax.random.key(0), 8000), jnp.full(8000, start)
    )
    all_words = words(automaton, start, length)
    counts = dict.fromkeys(all_words, 0)
    for word in np.asarray(drawn)[:, :length].tolist():
        counts[tuple(word)] += 1
    assert chisquare(list(counts.values())).pvalue > 1e-4


@pytest.mark.parametrize("automaton", [NO_PAIR, ENDS_IN_ONE, SORTED])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("length", range(1, 8))
def test_endings(automaton: Automaton, start: int, length: int) -> None:
    last = np.asarray([word[-1] for word in words(automaton, start, length)], int)
    if len(last):
        shares = np.bincount(last, minlength=len(automaton.successors[0])) / len(last)
        np.testing.assert_allclose(automaton.endings(start, length), shares, atol=1e-12)


#: A cycle of two states: words of even length only. And a dead end: no word longer than two.
TURN = Automaton(successors=((1,), (0,)), accepting=(True, False))
SHORT = Automaton(successors=((1, 1), (2, -1), (-1, -1)), accepting=(True, True, True))


@pytest.mark.parametrize("automaton", [NO_PAIR, ENDS_IN_ONE, SORTED, TURN, SHORT])
@pytest.mark.parametrize("length", range(9))
def test_number_of_words(automaton: Automaton, length: int) -> None:
    many = len(words(automaton, 0, length))
    assert automaton.log_words(0, length) == pytest.approx(math.log(many) if many else -math.inf)


def test_number_of_long_words() -> None:
    length = 10**6
    golden = (1 + np.sqrt(5)) / 2
    assert NO_PAIR.log_words(0, length) == pytest.approx((length + 2) * math.log(golden) - math.log(5) / 2)
    assert SORTED.log_words(0, length) == pytest.approx(math.log((length + 1) * (length + 2) / 2))
    assert TURN.log_words(0, length) == 0
    assert TURN.log_words(0, length + 1) == SHORT.log_words(0, length) == -math.inf


def test_path_is_the_word_and_its_states() -> None:
    key = jax.random.key(3)
    letters, states = draw_path(SORTED, 0, key, 9, 12)
    np.testing.assert_array_equal(letters, draw_word(SORTED, 0, key, 9, 12))
    state = 0
    for letter, after in zip(np.asarray(letters)[:9].tolist(), np.asarray(states)[:9].tolist(), strict=True):
        state = SORTED.successors[state][letter]
        assert after == state


def test_long_words_neither_overflow_nor_leave_the_language() -> None:
    length = 4000
    word = np.asarray(draw_word(NO_PAIR, 0, jax.random.key(1), length, length))
    assert not np.any(word[1:] & word[:-1])
    golden = (1 + np.sqrt(5)) / 2
    share = 1 / (1 + golden**2)  # of 1s in a long word
    assert abs(word.mean() - share) < 0.03
    np.testing.assert_allclose(NO_PAIR.endings(0, 10**6), [1 / golden, 1 / golden**2])
