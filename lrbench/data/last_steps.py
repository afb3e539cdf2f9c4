"""Answers over the last steps of a sequence."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int


def over_last_steps(
    values: Int[Array, " count"], length: int | Int[Array, ""], size: int
) -> tuple[Int[Array, " {size}"], Bool[Array, " {size}"]]:
    """Lays values out over the last steps of a sequence, the first value first.

    Args:
        values: one for each of the last steps.
        length: steps of the sequence, at least as many as values; may be traced.
        size: static number of steps of the arrays, at least `length`.

    Returns:
        The values, 0 at all other steps; and which steps have one.
    """
    steps = jnp.arange(size, dtype=jnp.int32)
    first = jnp.asarray(length, jnp.int32) - len(values)
    there = (steps >= first) & (steps < length)
    return jnp.where(there, values[jnp.clip(steps - first, 0, len(values) - 1)], 0), there
