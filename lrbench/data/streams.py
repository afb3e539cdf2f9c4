"""Randomness is derived, never stored: a key is a function of (root key, stream, step).

Training, validation and test draw from different streams, so nothing leaks from one into another,
and a resumed run continues the streams exactly where it left them.
"""

import enum

import jax
from jaxtyping import Array, Int, Key


class Stream(enum.IntEnum):
    """The purposes that randomness is drawn for. The numbers are part of every result: never renumber."""

    PARAMETERS = 0
    TRAINING = 1
    VALIDATION = 2
    TEST = 3
    TRAINING_SET = 4
    ORDER = 5


def stream_key(root: Key[Array, ""], stream: Stream, step: int | Int[Array, ""] = 0) -> Key[Array, ""]:
    """Returns the key of one step of a stream: `fold_in(fold_in(root, stream), step)`."""
    return jax.random.fold_in(jax.random.fold_in(root, int(stream)), step)
