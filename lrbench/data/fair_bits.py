"""Fair bits."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key


def fair_bits(key: Key[Array, ""], size: int) -> Int[Array, " {size}"]:
    """Draws `size` bits, each 0 or 1 with equal chance and independent: the highest bit of 32 random ones.

    Args:
        key: the only source of randomness.
        size: how many, static.
    """
    return (jax.random.bits(key, (size,), jnp.uint32) >> 31).astype(jnp.int32)
