"""Answers over the last steps against plain slices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lrbench.data.last_steps import over_last_steps


@pytest.mark.parametrize(("count", "length", "size"), [(3, 3, 3), (3, 8, 8), (3, 8, 12), (1, 5, 6), (5, 6, 6)])
def test_values_stand_over_the_last_steps_before_the_padding(count: int, length: int, size: int) -> None:
    values = jnp.arange(count, dtype=jnp.int32) + 7
    said, there = jax.jit(over_last_steps, static_argnums=2)(values, length, size)
    expected = np.zeros(size, np.int32)
    expected[length - count : length] = np.arange(count) + 7
    assert np.array_equal(said, expected)
    assert np.array_equal(there, expected > 0)
