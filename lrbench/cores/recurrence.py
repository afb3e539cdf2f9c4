"""The scan of gated cells and its backward pass, written by hand.

A cell reads the projected input a = x W + b and the projected state u = h U + c, and turns them and its carry into the
next carry. Its derivative at one step is the same for every batch row and unit: a handful of factors that the forward
pass has at hand. So the forward pass stores the factors and not the gates, and a step of the backward pass is left
with a few products of them and one matrix product, d h = d u Uᵀ. What does not hang on the next step, the gradients of
weights and inputs, is one large product for every block of steps, computed while the block is in the cache; sums over
time are sums over blocks, which also keeps them close to float64.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PyTree

from lrbench.cores.implementation import Implementation, chunk_length, in_chunks
from lrbench.cores.product import add, product

#: Steps whose weight gradients are one product. Of 8, 16, 32, 64 and 256 the fastest on a CPU, by a little.
_BLOCK = 32
#: Numbers in a block's gate gradients above which, on a CPU, a block is half as long: half a MiB in float32. The block
#: then stays in the cache of one core until its product has read it; with 1 MiB of it, 3 to 6 % of an LSTM or a GRU.
_CACHED = 2**17
#: Multiplications from which on XLA's CPU products are shared out among threads, which two devices do not have.
_UNSHARED = 2**20
#: Stored numbers above which `auto` recomputes them instead: 128 MiB in float32.
_STORED = 2**25

Carry = tuple[Float[Array, "*batch hidden"], ...]  # the hidden state, which is the output, comes first


class Weights(NamedTuple):
    """The weights of a cell with G gates.

    Attributes:
        input_kernel: W.
        recurrent_kernel: U.
        bias: b.
        recurrent_bias: c, or None.
    """

    input_kernel: Float[Array, "inputs gates"]
    recurrent_kernel: Float[Array, "hidden gates"]
    bias: Float[Array, " gates"]
    recurrent_bias: Float[Array, " gates"] | None = None


class Cell(NamedTuple):
    """One kind of recurrence, as three functions of arrays [*batch, ...].

    Attributes:
        advance: `(a, u, carry) -> (carry, factors)`: one step forward.
        retreat: `(d_carry, factors) -> (d_carry, d_u, rest)`: one step back. Its d_carry is all that does not go
            through u; `rest` is what `input_gradient` needs beside d_u.
        input_gradient: `(d_u, rest) -> d_a`.
        stored: numbers a unit and step that the factors and the output hold, for the choice of an implementation.
    """

    advance: Callable[[Array, Array, Carry], tuple[Carry, PyTree[Array]]]
    retreat: Callable[[Carry, PyTree[Array]], tuple[Carry, Array, PyTree[Array]]]
    input_gradient: Callable[[Array, PyTree[Array]], Array]
    stored: int


def step(
    cell: Cell, weights: Weights, carry: Carry, x: Float[Array, "*batch inputs"], dtype: DTypeLike | None
) -> tuple[Carry, PyTree[Float[Array, "..."]]]:
    """Takes one step and returns the new carry and the factors; `dtype` is `product`'s."""
    return _step(cell, weights, (weights.recurrent_kernel,), carry, x, dtype)


def scan(
    cell: Cell,
    weights: Weights,
    inputs: Float[Array, "time *batch inputs"],
    carry: Carry,
    dtype: DTypeLike | None,
    implementation: Implementation,
) -> tuple[Carry, Float[Array, "time *batch hidden"]]:
    """Takes all steps; the outputs are the hidden states.

    Args:
        cell: the recurrence.
        weights: its weights.
        inputs: x.
        carry: the state before the first step.
        dtype: `product`'s.
        implementation: see `choose`.

    Returns:
        The state after the last step, and the hidden state after every step.
    """
    time, batch = inputs.shape[0], inputs.shape[1:-1]
    hidden = weights.recurrent_kernel.shape[0]
    if choose(cell, hidden, time, batch, implementation) is Implementation.SEQUENTIAL:
        return _scan(cell, dtype, weights, inputs, carry)
    piece = jax.checkpoint(lambda carry, inputs: _scan(cell, dtype, weights, inputs, carry))
    return in_chunks(piece, carry, inputs, chunk_length(time, _BLOCK))


def choose(
    cell: Cell, hidden: int, time: int, batch: tuple[int, ...], implementation: Implementation
) -> Implementation:
    """Resolves `auto`.

    Args:
        cell: the recurrence.
        hidden: H.
        time: T.
        batch: the batch axes, without those of a `vmap`.
        implementation: what was asked for.

    Returns:
        SEQUENTIAL or CHUNKED; with AUTO, CHUNKED where more than 128 MiB would be stored (in float32).

    Raises:
        ValueError: ASSOCIATIVE, which a recurrence that is not linear in its state does not have.
    """
    if implementation is Implementation.ASSOCIATIVE:
        raise ValueError(
            "implementation=associative needs a recurrence that is linear in its state, and this one is not; "
            "choose auto, sequential or chunked"
        )
    if implementation is not Implementation.AUTO:
        return implementation
    stored = cell.stored * time * math.prod(batch) * hidden
    return Implementation.CHUNKED if stored > _STORED else Implementation.SEQUENTIAL


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _scan(
    cell: Cell,
    dtype: DTypeLike | None,
    weights: Weights,
    inputs: Float[Array, "time *batch inputs"],
    carry: Carry,
) -> tuple[Carry, Float[Array, "time *batch hidden"]]:
    columns = _columns(weights.recurrent_kernel, math.prod(carry[0].shape[:-1]))

    def body(carry: Carry, x: Array) -> tuple[Carry, Array]:
        carry, _ = _step(cell, weights, columns, carry, x, dtype)
        return carry, carry[0]

    return jax.lax.scan(body, carry, inputs)


def _forward(
    cell: Cell,
    dtype: DTypeLike | None,
    weights: Weights,
    inputs: Float[Array, "time *batch inputs"],
    carry: Carry,
) -> tuple[tuple[Carry, Array], tuple]:
    columns = _columns(weights.recurrent_kernel, math.prod(carry[0].shape[:-1]))

    def body(carry: Carry, x: Array) -> tuple[Carry, tuple[Array, PyTree]]:
        carry, factors = _step(cell, weights, columns, carry, x, dtype)
        return carry, (carry[0], factors)

    last, (outputs, factors) = jax.lax.scan(body, carry, inputs)
    return (last, outputs), (weights, inputs, carry[0], outputs, factors)


def _backward(
    cell: Cell, dtype: DTypeLike | None, stored: tuple, cotangents: tuple[Carry, Array]
) -> tuple[Weights, Array, Carry]:
    weights, inputs, first, outputs, factors = stored
    d_carry, d_outputs = cotangents
    # Transposed once, out here: a product with a transposed operand would pack it anew at every step.
    input_kernel, recurrent_kernel = weights.input_kernel.T, weights.recurrent_kernel.T
    columns = _columns(recurrent_kernel, math.prod(first.shape[:-1]))

    def body(d_carry: Carry, piece: tuple[Array, PyTree]) -> tuple[Carry, tuple[Array, PyTree]]:
        d_output, factors = piece
        (d_hidden, *others), d_u, rest = cell.retreat((d_carry[0] + d_output, *d_carry[1:]), factors)
        return (d_hidden + _product(d_u, columns, dtype), *others), (d_u, rest)

    def block(gradients: tuple[Carry, Weights], piece: tuple) -> tuple[tuple[Carry, Weights], Array]:
        d_carry, d_weights = gradients
        x, before, *steps = piece
        d_carry, (d_u, rest) = jax.lax.scan(body, d_carry, tuple(steps), reverse=True)
        d_a = cell.input_gradient(d_u, rest)
        sums = Weights(
            _outer(x, d_a, dtype),
            _outer(before, d_u, dtype),
            _rows(d_a).sum(axis=0),
            None if weights.recurrent_bias is None else _rows(d_u).sum(axis=0),
        )
        return (d_carry, jax.tree.map(jnp.add, d_weights, sums)), product(d_a, input_kernel, dtype)

    before = jnp.concatenate([first[None], outputs])[:-1]
    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, outputs.dtype), weights)
    length = _block_length(math.prod(first.shape[:-1]) * recurrent_kernel.shape[0])
    (d_carry, d_weights), d_inputs = in_chunks(
        block, (d_carry, zeros), (inputs, before, d_outputs, factors), length, reverse=True
    )
    d_weights = jax.tree.map(lambda gradient, weight: gradient.astype(weight.dtype), d_weights, weights)
    return d_weights, d_inputs.astype(inputs.dtype), d_carry


_scan.defvjp(_forward, _backward)


def _step(
    cell: Cell,
    weights: Weights,
    columns: Sequence[Array],
    carry: Carry,
    x: Float[Array, "*batch inputs"],
    dtype: DTypeLike | None,
) -> tuple[Carry, PyTree[Float[Array, "..."]]]:
    a = add(product(x, weights.input_kernel, dtype), weights.bias)
    u = _product(carry[0], columns, dtype)
    return cell.advance(a, u if weights.recurrent_bias is None else add(u, weights.recurrent_bias), carry)


def _product(
    x: Float[Array, "*batch inputs"], columns: Sequence[Array], dtype: DTypeLike | None
) -> Float[Array, "*batch outputs"]:
    """Multiplies by a kernel that is given in groups of columns."""
    outputs = [product(x, group, dtype) for group in columns]
    return outputs[0] if len(outputs) == 1 else jnp.concatenate(outputs, axis=-1)


def _columns(kernel: Float[Array, "inputs outputs"], rows: int) -> Sequence[Array]:
    """Parts a kernel for the products in the body of a scan, on several CPU devices.

    A product that is large enough for XLA to share it out among the threads of the process takes twice as long on two
    devices at once, because both wait for the same threads. Everywhere else the kernel stays whole.

    Args:
        kernel: what is multiplied by.
        rows: rows of the other operand.
    """
    mesh = jax.sharding.get_abstract_mesh()
    inputs, outputs = kernel.shape
    groups = 1
    if jax.default_backend() == "cpu" and not mesh.empty and mesh.size > 1:
        while rows * inputs * outputs // groups > _UNSHARED and outputs % (2 * groups) == 0:
            groups *= 2
    return jnp.split(kernel, groups, axis=1)


def _block_length(gates: int) -> int:
    """Returns how many steps' weight gradients are one product, for so many gates a step (of all rows)."""
    return _BLOCK // 2 if jax.default_backend() == "cpu" and _BLOCK * gates > _CACHED else _BLOCK


def _rows(x: Float[Array, "*rows width"]) -> Float[Array, "all_rows width"]:
    return x.reshape(-1, x.shape[-1])


def _outer(
    x: Float[Array, "*rows inputs"], d_y: Float[Array, "*rows outputs"], dtype: DTypeLike | None
) -> Float[Array, "inputs outputs"]:
    """Returns the gradient of a kernel, summed over all rows; operands as in the forward product."""
    return product(_rows(x).T, _rows(d_y), dtype)
