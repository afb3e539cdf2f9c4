"""How a scan is computed. The choice changes time and memory, never the result beyond rounding."""

import math
from collections.abc import Callable
from enum import StrEnum

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree


class Implementation(StrEnum):
    """The ways to compute a scan.

    Attributes:
        AUTO: the core chooses by shape.
        SEQUENTIAL: `lax.scan`; the backward pass reads what the forward pass stored at every step.
        CHUNKED: `lax.scan` over chunks of about sqrt(T) steps; the state is stored at their starts alone, and the
            backward pass computes each chunk once more.
        ASSOCIATIVE: a parallel prefix inside each chunk; for recurrences that are linear in the state.
    """

    AUTO = "auto"
    SEQUENTIAL = "sequential"
    CHUNKED = "chunked"
    ASSOCIATIVE = "associative"


def chunk_length(time: int, multiple: int = 1) -> int:
    """Returns the length of a chunk: about sqrt(T), a multiple of `multiple`, at least 1.

    Chunks of sqrt(T) steps need the least memory: sqrt(T) states at their starts and sqrt(T) in the one recomputed.
    """
    return multiple * max(1, round(math.sqrt(time) / multiple))


def in_chunks(
    scan_piece: Callable[[PyTree, PyTree], tuple[PyTree, PyTree[Float[Array, "..."]]]],
    carry: PyTree,
    inputs: PyTree,
    chunk: int,
    *,
    reverse: bool = False,
) -> tuple[PyTree, PyTree[Float[Array, "..."]]]:
    """Scans piece after piece.

    Args:
        scan_piece: scans one piece, `(carry, inputs) -> (carry, outputs)`; time first.
        carry: the state before the first step, or after the last one with `reverse`.
        inputs: leaves with a leading time axis.
        chunk: steps a piece. Where it does not divide T, the earliest piece is the shorter one.
        reverse: from the last piece to the first.

    Returns:
        The last carry and all outputs, in the order of time.
    """
    time = jax.tree.leaves(inputs)[0].shape[0]
    rest = time % chunk
    head = jax.tree.map(lambda leaf: leaf[:rest], inputs)
    pieces = jax.tree.map(lambda leaf: leaf[rest:].reshape(time // chunk, chunk, *leaf.shape[1:]), inputs)
    first = last = None
    if rest and not reverse:
        carry, first = scan_piece(carry, head)
    if time >= chunk or not rest:
        carry, stacked = jax.lax.scan(scan_piece, carry, pieces, reverse=reverse)
        last = jax.tree.map(lambda leaf: leaf.reshape(time - rest, *leaf.shape[2:]), stacked)
    if rest and reverse:
        carry, first = scan_piece(carry, head)
    if first is None or last is None:
        return carry, last if first is None else first
    return carry, jax.tree.map(lambda early, late: jnp.concatenate([early, late]), first, last)
