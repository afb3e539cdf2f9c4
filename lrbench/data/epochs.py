"""The order in which a finite set of examples is walked: shuffled epochs, as a function of (key, step).

Nothing is stored and nothing is sorted: the example at any place of any epoch is computed on its own, so a resumed
training goes on where it was cut, and a step costs almost the same for ten examples and for ten millions.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key

#: Rounds of the shuffle: for each bit of the set's size, and besides.
ROUNDS_PER_BIT, ROUNDS_BESIDES = 3, 16


class _Rounds(NamedTuple):
    """What the rounds of a permutation need, apart from the places.

    Attributes:
        reflections: round r pairs x with `reflections[r] - x`, modulo the set's size.
        coins: the key of each round's coins.
    """

    reflections: Int[Array, "*permutations rounds"]
    coins: Key[Array, "*permutations rounds"]


def _rounds(key: Key[Array, ""], count: int) -> _Rounds:
    keys = jax.random.split(key, ROUNDS_PER_BIT * (count - 1).bit_length() + ROUNDS_BESIDES)
    reflections = jax.vmap(lambda one: jax.random.randint(jax.random.fold_in(one, 0), (), 0, count, jnp.int32))(keys)
    return _Rounds(reflections, keys)


def _walk(rounds: _Rounds, place: Int[Array, ""], count: int) -> Int[Array, ""]:
    """Returns where the rounds send a place."""

    def turn(number: Int[Array, ""], here: Int[Array, ""]) -> Int[Array, ""]:
        there = (rounds.reflections[number] + count - here) % count
        coin_key = jax.random.fold_in(rounds.coins[number], 1 + jnp.maximum(here, there))
        return jnp.where(jax.random.bits(coin_key, (), jnp.uint32) >> 31 == 1, there, here)

    return jax.lax.fori_loop(0, len(rounds.reflections), turn, place)


def shuffled(key: Key[Array, ""], places: Int[Array, " n"], count: int) -> Int[Array, " n"]:
    """Returns where a pseudo-random permutation of 0 … `count`-1 sends some places.

    The swap-or-not shuffle: every round pairs the places off by a random reflection and swaps each pair, or not, by a
    coin of its own (Hoang, Morris and Rogaway 2012, "An enciphering scheme based on a card shuffle", figure 1).

    Args:
        key: chooses the permutation.
        places: from 0, below `count`.
        count: of the set, static, below 2^30.
    """
    rounds = _rounds(key, count)
    return jax.vmap(lambda place: _walk(rounds, place, count))(places)


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
    epochs = places // jnp.uint32(count)
    # The rounds of the few epochs that a batch can touch are computed once, and not for every example.
    touched = epochs[0] + jnp.arange(2 + (batch_size - 1) // count, dtype=jnp.uint32)
    rounds = jax.vmap(lambda epoch: _rounds(jax.random.fold_in(key, epoch), count))(touched)

    def example(epoch: Int[Array, ""], place: Int[Array, ""]) -> Int[Array, ""]:
        return _walk(jax.tree.map(lambda leaf: leaf[epoch], rounds), place, count)

    within = (places % jnp.uint32(count)).astype(jnp.int32)
    return jax.vmap(example)((epochs - epochs[0]).astype(jnp.int32), within)
