"""Shuffled epochs: every example once an epoch, in orders that differ, from (key, step) alone."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from lrbench.data.epochs import examples_of_step, shuffled


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 17, 64, 65, 1000, 4097])
def test_it_is_a_permutation(count: int) -> None:
    permute = jax.jit(lambda places: shuffled(jax.random.key(count), places, count))
    found = np.asarray(permute(jnp.arange(count, dtype=jnp.int32)))
    np.testing.assert_array_equal(np.sort(found), np.arange(count))
    assert count < 16 or not np.array_equal(found, np.arange(count))


def test_every_place_goes_everywhere_alike_and_pairs_do() -> None:
    count, keys = 6, jax.random.split(jax.random.key(0), 12_000)
    places = jnp.arange(count, dtype=jnp.int32)
    orders = np.asarray(jax.jit(jax.vmap(lambda key: shuffled(key, places, count)))(keys))
    for place in range(count):
        assert chisquare(np.bincount(orders[:, place], minlength=count)).pvalue > 1e-4
    for one, other in itertools.combinations(range(count), 2):
        pairs = np.bincount(orders[:, one] * count + orders[:, other], minlength=count**2)
        assert chisquare(pairs[pairs > 0]).pvalue > 1e-4
        assert (pairs > 0).sum() == count * (count - 1)


@pytest.mark.parametrize(("batch_size", "count"), [(4, 10), (16, 10), (5, 5), (1, 3)])
def test_batches_walk_through_whole_epochs(batch_size: int, count: int) -> None:
    of_step = jax.jit(lambda step: examples_of_step(jax.random.key(1), step, batch_size, count))
    epochs = 6
    walked = np.concatenate([of_step(jnp.int32(step)) for step in range(-(-epochs * count // batch_size))])
    orders = walked[: epochs * count].reshape(epochs, count)
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(count))
    assert len({tuple(order) for order in orders.tolist()}) > 1
    assert of_step._cache_size() == 1


def test_late_steps_do_not_overflow() -> None:
    late = examples_of_step(jax.random.key(1), jnp.int32(2**25), 127, 1000)
    assert late.min() >= 0
    assert late.max() < 1000
    first = (2**25 * 127) % 1000
    epoch = (2**25 * 127) // 1000
    alone = shuffled(jax.random.fold_in(jax.random.key(1), jnp.uint32(epoch)), jnp.asarray([first], jnp.int32), 1000)
    assert int(late[0]) == int(alone[0])
