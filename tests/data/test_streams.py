"""Keys are a function of (root, stream, step), and no two of them meet."""

import jax
import jax.numpy as jnp
import numpy as np

from lrbench.data import Stream, stream_key


def test_keys_are_derived_by_folding() -> None:
    root = jax.random.key(5)
    by_hand = jax.random.fold_in(jax.random.fold_in(root, 1), 7)
    assert jnp.array_equal(jax.random.key_data(stream_key(root, Stream.TRAINING, 7)), jax.random.key_data(by_hand))
    traced = jax.jit(lambda step: stream_key(root, Stream.TRAINING, step))(jnp.int32(7))
    assert jnp.array_equal(jax.random.key_data(traced), jax.random.key_data(by_hand))


def test_streams_do_not_meet() -> None:
    drawn = [
        np.asarray(jax.random.bits(stream_key(jax.random.key(seed), stream, step), (4,))).tolist()
        for seed in range(3)
        for stream in Stream
        for step in range(5)
    ]
    assert len({tuple(one) for one in drawn}) == len(drawn) == 90


def test_numbers_of_streams_never_change() -> None:
    assert {stream.name: int(stream) for stream in Stream} == {
        "PARAMETERS": 0,
        "TRAINING": 1,
        "VALIDATION": 2,
        "TEST": 3,
        "TRAINING_SET": 4,
        "ORDER": 5,
    }
