"""Balanced words against all of them written out, and the innermost open bracket against a stack."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from lrbench.data.brackets import balanced_rises, bracket_name, innermost_open


def balanced(word: tuple[bool, ...]) -> bool:
    depths = np.cumsum(np.where(word, 1, -1))
    return bool(depths.min() >= 0 and depths[-1] == 0)


@pytest.mark.parametrize(("length", "shapes"), [(2, 1), (4, 2), (8, 14), (10, 42)])
def test_every_balanced_word_is_equally_likely(length: int, shapes: int) -> None:
    counts = {word: 0 for word in product((False, True), repeat=length) if balanced(word)}
    assert len(counts) == shapes
    keys = jax.random.split(jax.random.key(0), 6000)
    drawn = jax.jit(jax.vmap(lambda key, length: balanced_rises(key, length, 12)))(keys, jnp.full(6000, length))
    for word in np.asarray(drawn)[:, :length].tolist():
        counts[tuple(word)] += 1
    assert shapes == 1 or chisquare(list(counts.values())).pvalue > 1e-4


def test_long_words_are_balanced() -> None:
    """Where the products of the ballot numbers are no longer exact in float32."""
    ups = np.asarray(balanced_rises(jax.random.key(0), 20000, 20000))
    assert balanced(tuple(ups.tolist()))


def test_innermost_open_bracket_is_the_top_of_a_stack() -> None:
    length = 60
    for key in jax.random.split(jax.random.key(1), 4):
        ups = balanced_rises(key, length, length)
        stack, tops = [], []
        for place, up in enumerate(ups.tolist()):
            if up:
                stack.append(place)
            else:
                stack.pop()
            tops.append(stack[-1] if stack else -1)
        found = innermost_open(ups).tolist()
        assert [top for top in tops if top >= 0] == [one for one, top in zip(found, tops, strict=True) if top >= 0]
        assert found[-1] == -1


@pytest.mark.parametrize("brackets", [1, 3, 4, 26, 30])
def test_names_differ(brackets: int) -> None:
    names = [bracket_name(index, brackets) for index in range(2 * brackets)]
    assert len(set(names)) == 2 * brackets
    if brackets == 3:
        assert names == ["(", "[", "{", ")", "]", "}"]
