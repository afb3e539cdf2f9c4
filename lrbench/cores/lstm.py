"""The long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

With input, forget and output gates i, f, o and the candidate g:

    i, f, o = sigmoid(x W + h U + b)
    g       = tanh(x W + h U + b)
    c'      = f * c + i * g
    h'      = o * tanh(c')
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from lrbench.cores import recurrence
from lrbench.cores.implementation import Implementation
from lrbench.cores.product import accumulation_dtype


class LSTMParams(NamedTuple):
    """Weights; the columns are the gates i, f, g and o in this order (torch's), with one bias a gate.

    Attributes:
        input_kernel: W.
        recurrent_kernel: U.
        bias: b; torch's two biases added.
    """

    input_kernel: Float[Array, "inputs gates"]
    recurrent_kernel: Float[Array, "hidden gates"]
    bias: Float[Array, " gates"]


class LSTMCarry(NamedTuple):
    """What is carried.

    Attributes:
        hidden: h, which is also the output.
        cell: c.
    """

    hidden: Float[Array, "*batch hidden"]
    cell: Float[Array, "*batch hidden"]


def state_size(params: LSTMParams) -> int:
    """Returns how many numbers one sequence carries: hidden state and cell."""
    return 2 * params.recurrent_kernel.shape[0]


def initial_carry(params: LSTMParams, batch: tuple[int, ...]) -> LSTMCarry:
    """Returns a carry of zeros."""
    kernel = params.recurrent_kernel
    zeros = jnp.zeros((*batch, kernel.shape[0]), accumulation_dtype(kernel))
    return LSTMCarry(hidden=zeros, cell=jnp.zeros_like(zeros))


def step(
    params: LSTMParams, carry: LSTMCarry, x: Float[Array, "*batch inputs"], *, dtype: DTypeLike | None = None
) -> tuple[LSTMCarry, Float[Array, "*batch hidden"]]:
    """Takes one step; the output is the new hidden state. `dtype` is `product`'s."""
    (hidden, cell), _ = recurrence.step(_CELL, recurrence.Weights(*params), tuple(carry), x, dtype)
    return LSTMCarry(hidden, cell), hidden


def scan(
    params: LSTMParams,
    inputs: Float[Array, "time *batch inputs"],
    carry: LSTMCarry,
    *,
    dtype: DTypeLike | None = None,
    implementation: Implementation = Implementation.AUTO,
) -> tuple[LSTMCarry, Float[Array, "time *batch hidden"]]:
    """Takes all steps; the outputs are the hidden states. Options: see `recurrence.scan`."""
    weights = recurrence.Weights(*params)
    (hidden, cell), outputs = recurrence.scan(_CELL, weights, inputs, tuple(carry), dtype, implementation)
    return LSTMCarry(hidden, cell), outputs


def choose(params: LSTMParams, time: int, batch: tuple[int, ...], implementation: Implementation) -> Implementation:
    """Resolves `auto`; see `recurrence.choose`."""
    return recurrence.choose(_CELL, params.recurrent_kernel.shape[0], time, batch, implementation)


def _advance(a: Array, u: Array, carry: recurrence.Carry) -> tuple[recurrence.Carry, tuple[Array, ...]]:
    cell = carry[1]
    i, f, g, o = jnp.split(a + u, 4, axis=-1)
    i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
    new = f * cell + i * g
    squashed = jnp.tanh(new)
    to_gates = (g * i * (1 - i), cell * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o))
    return (o * squashed, new), (*to_gates, f, o * (1 - squashed * squashed))


def _retreat(
    d_carry: recurrence.Carry, factors: tuple[Array, ...]
) -> tuple[recurrence.Carry, Array, tuple[Array, ...]]:
    i, f, g, o, kept, to_cell = factors
    d_hidden, d_cell = d_carry
    d_cell = d_cell + d_hidden * to_cell
    d_gates = jnp.concatenate([d_cell * i, d_cell * f, d_cell * g, d_hidden * o], axis=-1)
    return (jnp.zeros_like(d_hidden), d_cell * kept), d_gates, ()


_CELL = recurrence.Cell(_advance, _retreat, lambda d_u, rest: d_u, stored=7)
