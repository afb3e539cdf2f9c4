"""The Elman network: a hidden state through one tanh (Elman 1990, "Finding structure in time")."""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from lrbench.cores import recurrence
from lrbench.cores.implementation import Implementation
from lrbench.cores.product import accumulation_dtype


class ElmanParams(NamedTuple):
    """Weights of `h' = tanh(x W + h U + b)`.

    Attributes:
        input_kernel: W.
        recurrent_kernel: U.
        bias: b.
    """

    input_kernel: Float[Array, "inputs hidden"]
    recurrent_kernel: Float[Array, "hidden hidden"]
    bias: Float[Array, " hidden"]


def state_size(params: ElmanParams) -> int:
    """Returns how many numbers one sequence carries: the hidden state."""
    return params.recurrent_kernel.shape[0]


def initial_carry(params: ElmanParams, batch: tuple[int, ...]) -> Float[Array, "*batch hidden"]:
    """Returns a carry of zeros."""
    return jnp.zeros((*batch, state_size(params)), accumulation_dtype(params.recurrent_kernel))


def step(
    params: ElmanParams,
    carry: Float[Array, "*batch hidden"],
    x: Float[Array, "*batch inputs"],
    *,
    dtype: DTypeLike | None = None,
) -> tuple[Float[Array, "*batch hidden"], Float[Array, "*batch hidden"]]:
    """Takes one step; the output is the new hidden state. `dtype` is `product`'s."""
    (hidden,), _ = recurrence.step(_CELL, recurrence.Weights(*params), (carry,), x, dtype)
    return hidden, hidden


def scan(
    params: ElmanParams,
    inputs: Float[Array, "time *batch inputs"],
    carry: Float[Array, "*batch hidden"],
    *,
    dtype: DTypeLike | None = None,
    implementation: Implementation = Implementation.AUTO,
) -> tuple[Float[Array, "*batch hidden"], Float[Array, "time *batch hidden"]]:
    """Takes all steps; the outputs are the hidden states. Options: see `recurrence.scan`."""
    weights = recurrence.Weights(*params)
    (hidden,), outputs = recurrence.scan(_CELL, weights, inputs, (carry,), dtype, implementation)
    return hidden, outputs


def choose(params: ElmanParams, time: int, batch: tuple[int, ...], implementation: Implementation) -> Implementation:
    """Resolves `auto`; see `recurrence.choose`."""
    return recurrence.choose(_CELL, params.recurrent_kernel.shape[0], time, batch, implementation)


def _advance(a: Array, u: Array, carry: recurrence.Carry) -> tuple[recurrence.Carry, tuple[Array, ...]]:
    hidden = jnp.tanh(a + u)
    return (hidden,), (1 - hidden * hidden,)


def _retreat(
    d_carry: recurrence.Carry, factors: tuple[Array, ...]
) -> tuple[recurrence.Carry, Array, tuple[Array, ...]]:
    (d_hidden,), (slope,) = d_carry, factors
    return (jnp.zeros_like(d_hidden),), d_hidden * slope, ()


_CELL = recurrence.Cell(_advance, _retreat, lambda d_u, rest: d_u, stored=2)
