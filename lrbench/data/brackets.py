"""Balanced brackets: uniform draws of their shape, which one is the innermost open, and their names."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key


def rises(uniform: Float[Array, ""], depth: Int[Array, ""], remaining: int | Int[Array, ""]) -> Bool[Array, ""]:
    """Decides whether the next bracket of a uniformly drawn balanced word opens.

    The number of ways to come down from depth d in r steps without going below 0 is a ballot number, so that the next
    step rises with probability (r - d)(d + 2) / (2r (d + 1)). Source: D. B. Arnold and M. R. Sleep, "Uniform random
    generation of balanced parenthesis strings" (TOPLAS 2(1), 1980).

    Args:
        uniform: a number drawn uniformly from [0, 1).
        depth: d, the brackets that are open.
        remaining: r, the brackets that are still to come.
    """
    d, r = depth.astype(jnp.float32), jnp.asarray(remaining).astype(jnp.float32)
    return uniform * (2 * r * (d + 1)) < (r - d) * (d + 2)


def balanced_rises(key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Bool[Array, " {size}"]:
    """Draws a balanced word of `length` brackets, true where one opens; every word is equally likely.

    Exact up to the rounding of float32. What stands from `length` on means nothing.

    Args:
        key: the only source of randomness.
        length: brackets of the word, an even number; may be traced.
        size: static number of brackets to return, at least `length`.
    """

    def step(
        depth: Int[Array, ""], turn: tuple[Int[Array, ""], Float[Array, ""]]
    ) -> tuple[Int[Array, ""], Bool[Array, ""]]:
        place, uniform = turn
        up = rises(uniform, depth, length - place)
        return depth + jnp.where(up, 1, -1), up

    turns = (jnp.arange(size, dtype=jnp.int32), jax.random.uniform(key, (size,)))
    _, ups = jax.lax.scan(step, jnp.int32(0), turns)
    return ups


def innermost_open(ups: Bool[Array, " size"]) -> Int[Array, " size"]:
    """Finds for each step of a balanced word the place of the innermost bracket that is open after it; -1 for none.

    Args:
        ups: true where a bracket opens.
    """
    size = ups.shape[0]

    def step(
        carry: tuple[Int[Array, ""], Int[Array, " size"]], turn: tuple[Int[Array, ""], Bool[Array, ""]]
    ) -> tuple[tuple[Int[Array, ""], Int[Array, " size"]], Int[Array, ""]]:
        innermost, around = carry
        place, up = turn
        # Written before it is read, so that the array is changed in place and a step's cost does not grow with it.
        around = jax.lax.dynamic_update_index_in_dim(around, innermost, place, 0)
        innermost = jnp.where(up, place, around[jnp.maximum(innermost, 0)])
        return (innermost, around), innermost

    none = jnp.int32(-1)
    turns = (jnp.arange(size, dtype=jnp.int32), ups)
    _, innermost = jax.lax.scan(step, (none, jnp.full((size,), none)), turns)
    return innermost


def bracket_name(index: int, brackets: int) -> str:
    """Names a bracket of so many kinds; the first half of the indices opens."""
    closes, kind = divmod(index, brackets)
    if brackets <= 3:
        return ("([{", ")]}")[closes][kind]
    if brackets <= 26:
        return chr(ord("aA"[closes]) + kind)
    return f"{'()'[closes]}{kind}"
