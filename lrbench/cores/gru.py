"""The gated recurrent unit (Cho et al. 2014), with the reset gate after or before the recurrent product.

With gates r (reset) and z (update) and the candidate n, the state keeps what z says:

    r, z = sigmoid(x W + h U + b)
    n    = tanh(x W + b + r * (h U + c))     reset="after": cuDNN, torch.nn.GRU, Flax's GRUCell
    n    = tanh(x W + b + (r * h) U)         reset="before": Cho et al. 2014, eq. 5 to 8
    h'   = (1 - z) * n + z * h               Cho's, torch's and Flax's convention; Chung et al. 2014 swap z and 1 - z
"""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from lrbench.cores import recurrence
from lrbench.cores.implementation import Implementation, chunk_length, in_chunks
from lrbench.cores.product import accumulation_dtype, add, product

Reset = Literal["after", "before"]


class GRUParams(NamedTuple):
    """Weights; the columns of kernels and bias are the gates r, z and n in this order.

    Attributes:
        input_kernel: W.
        recurrent_kernel: U.
        bias: b.
        candidate_bias: c, the candidate's recurrent bias, which the reset gate also scales; None with
            reset="before", where it would only add to b.
    """

    input_kernel: Float[Array, "inputs gates"]
    recurrent_kernel: Float[Array, "hidden gates"]
    bias: Float[Array, " gates"]
    candidate_bias: Float[Array, " hidden"] | None


def state_size(params: GRUParams) -> int:
    """Returns how many numbers one sequence carries: the hidden state."""
    return params.recurrent_kernel.shape[0]


def initial_carry(params: GRUParams, batch: tuple[int, ...]) -> Float[Array, "*batch hidden"]:
    """Returns a carry of zeros."""
    return jnp.zeros((*batch, state_size(params)), accumulation_dtype(params.recurrent_kernel))


def step(
    params: GRUParams,
    carry: Float[Array, "*batch hidden"],
    x: Float[Array, "*batch inputs"],
    *,
    reset: Reset = "after",
    dtype: DTypeLike | None = None,
) -> tuple[Float[Array, "*batch hidden"], Float[Array, "*batch hidden"]]:
    """Takes one step; the output is the new hidden state. `dtype` is `product`'s."""
    if reset == "before":
        hidden = _step_before(params, carry, x, dtype)
    else:
        (hidden,), _ = recurrence.step(_CELL, _weights(params), (carry,), x, dtype)
    return hidden, hidden


def scan(
    params: GRUParams,
    inputs: Float[Array, "time *batch inputs"],
    carry: Float[Array, "*batch hidden"],
    *,
    reset: Reset = "after",
    dtype: DTypeLike | None = None,
    implementation: Implementation = Implementation.AUTO,
) -> tuple[Float[Array, "*batch hidden"], Float[Array, "time *batch hidden"]]:
    """Takes all steps; the outputs are the hidden states.

    Options: see `recurrence.scan`. With reset="before" two products hang on each other in every step, and JAX
    derives the backward pass.
    """
    if reset == "after":
        (hidden,), outputs = recurrence.scan(_CELL, _weights(params), inputs, (carry,), dtype, implementation)
        return hidden, outputs

    def body(hidden: Array, x: Array) -> tuple[Array, Array]:
        hidden = _step_before(params, hidden, x, dtype)
        return hidden, hidden

    if choose(params, inputs.shape[0], inputs.shape[1:-1], implementation) is Implementation.SEQUENTIAL:
        return jax.lax.scan(body, carry, inputs)
    piece = jax.checkpoint(lambda carry, inputs: jax.lax.scan(body, carry, inputs))
    return in_chunks(piece, carry, inputs, chunk_length(inputs.shape[0]))


def choose(params: GRUParams, time: int, batch: tuple[int, ...], implementation: Implementation) -> Implementation:
    """Resolves `auto`; see `recurrence.choose`."""
    return recurrence.choose(_CELL, params.recurrent_kernel.shape[0], time, batch, implementation)


def _weights(params: GRUParams) -> recurrence.Weights:
    bias = params.candidate_bias
    if bias is not None:
        bias = jnp.pad(bias, (2 * bias.shape[0], 0))
    return recurrence.Weights(params.input_kernel, params.recurrent_kernel, params.bias, bias)


def _advance(a: Array, u: Array, carry: recurrence.Carry) -> tuple[recurrence.Carry, tuple[Array, ...]]:
    (hidden,) = carry
    size = hidden.shape[-1]
    r, z = jnp.split(jax.nn.sigmoid(a[..., : 2 * size] + u[..., : 2 * size]), 2, axis=-1)
    recurrent = u[..., 2 * size :]
    n = jnp.tanh(a[..., 2 * size :] + r * recurrent)
    slope = (1 - z) * (1 - n * n)
    factors = (slope * recurrent * r * (1 - r), (hidden - n) * z * (1 - z), slope * r, slope, z)
    return ((1 - z) * n + z * hidden,), factors


def _retreat(d_carry: recurrence.Carry, factors: tuple[Array, ...]) -> tuple[recurrence.Carry, Array, Array]:
    (d_hidden,) = d_carry
    r, z, recurrent, n, kept = factors
    d_u = jnp.concatenate([d_hidden * r, d_hidden * z, d_hidden * recurrent], axis=-1)
    return (d_hidden * kept,), d_u, d_hidden * n


def _input_gradient(d_u: Array, d_candidate: Array) -> Array:
    return jnp.concatenate([d_u[..., : -d_candidate.shape[-1]], d_candidate], axis=-1)


_CELL = recurrence.Cell(_advance, _retreat, _input_gradient, stored=6)


def _step_before(
    params: GRUParams,
    hidden: Float[Array, "*batch hidden"],
    x: Float[Array, "*batch inputs"],
    dtype: DTypeLike | None,
) -> Float[Array, "*batch hidden"]:
    size = hidden.shape[-1]
    projected = add(product(x, params.input_kernel, dtype), params.bias)
    gates = projected[..., : 2 * size] + product(hidden, params.recurrent_kernel[:, : 2 * size], dtype)
    r, z = jnp.split(jax.nn.sigmoid(gates), 2, axis=-1)
    n = jnp.tanh(projected[..., 2 * size :] + product(r * hidden, params.recurrent_kernel[:, 2 * size :], dtype))
    return (1 - z) * n + z * hidden
