"""Fair bits: as many zeros as ones, and no bit tells anything of the next."""

import jax
import numpy as np
from scipy.stats import chisquare

from lrbench.data.fair_bits import fair_bits


def test_bits_are_fair_and_independent() -> None:
    bits = np.asarray(fair_bits(jax.random.key(0), 2**14))
    assert bits.dtype == np.int32
    assert bits.shape == (2**14,)
    fours = bits.reshape(-1, 4) @ np.asarray([8, 4, 2, 1])
    assert chisquare(np.bincount(fours, minlength=16)).pvalue > 1e-3


def test_a_longer_draw_begins_with_the_shorter_one() -> None:
    key = jax.random.key(1)
    assert np.array_equal(fair_bits(key, 100)[:37], fair_bits(key, 37))
