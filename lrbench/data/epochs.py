"""The order in which a finite set of examples is walked: shuffled epochs, as a function of (key, step).

Nothing is stored and nothing is sorted: the example at any place of any epoch is computed on its own, so a resumed
training goes on where it was cut, and a step costs the same for ten examples and for ten millions.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key

#: Rounds of the shuffle: for each bit of the set's size, and besides.
ROUNDS_PER_BIT, ROUNDS_BESIDES = 6, 12


def shuffled(key: Key[Array, ""], place: Int[Array, ""], count: int) -> Int[Array, ""]:
    """Returns where a pseudo-random permutation of 0 … `count`-1 sends a place.

    The swap-or-not shuffle: every round pairs the places off by a random reflection and swaps each pair, or not, by a
    coin of its own (Hoang, Morris and Rogaway 2012, "An enciphering scheme based on a card shuffle", figure 1).

    Args:
        key: chooses the permutation.
        place: from 0, below `count`.
        count: of the set, static, below 2^30.
    """
    rounds = ROUNDS_PER_BIT * (count - 1).bit_length() + ROUNDS_BESIDES

    def turn(number: Int[Array, ""], here: Int[Array, ""]) -> Int[Array, ""]:
        reflection_key, coin_key = jax.random.split(jax.random.fold_in(key, number))
        there = (jax.random.randint(reflection_key, (), 0, count, jnp.int32) + count - here) % count
        coin = jax.random.bits(jax.random.fold_in(coin_key, jnp.maximum(here, there)), (), jnp.uint32) >> 31
        return jnp.where(coin == 1, there, here)

    return jax.lax.fori_loop(0, rounds, turn, place)


def examples_of_step(key: Key[Array, ""], step: Int[Array, ""], batch_size: int, count: int) -> Int[Array, " batch"]:
    """Returns which examples of a set the batch of a step holds.

    Batch after batch walks through the set; each epoch has every example once, in an order of its own. A batch may
    hold the end of one epoch and the beginning of the next.

    Args:
        key: of the order; its epochs fold their number in.
        step: from 0; `step * batch_size` is below 2^32.
        batch_size: examples a batch.
        count: of the set.
    """
    places = step.astype(jnp.uint32) * jnp.uint32(batch_size) + jnp.arange(batch_size, dtype=jnp.uint32)
    epochs, places = places // jnp.uint32(count), (places % jnp.uint32(count)).astype(jnp.int32)
    return jax.vmap(lambda epoch, place: shuffled(jax.random.fold_in(key, epoch), place, count))(epochs, places)
