"""The selective scan, S6 (Gu & Dao 2023, "Mamba", Alg. 2): a diagonal linear recurrence that its input steers.

For every channel d a state of N numbers, with Δ, B and C computed from the input at each step:

    h' = Ā h + B̄ u,    y = C h' + D u,    Ā = exp(Δ A),    B̄ = Δ B,    A = -exp(A_log)

Ā is the zero-order hold of the paper's eq. 4. Its B̄ would be (exp(Δ A) - 1) / A * B; the paper's code takes the
first-order Δ B instead, and so does this file. Letters: T time, D channels, N state numbers a channel.

Discretised inside the scan's body. How the steps are computed is a choice (`Implementation`):

* sequential: `lax.scan` and JAX's own derivative, which stores Ā and h at every step, O(T N D) numbers;
* chunked: the state is stored at the starts of chunks of about sqrt(T) steps, O((T D) + sqrt(T) N D) numbers, and a
  backward pass written by hand computes the states of one chunk once more. Ā is computed anew wherever it is needed:
  an exponential costs less than to store and to read it. Sums over N and D are products of a vector and a matrix;
* associative: a parallel prefix inside each of these chunks (Blelloch 1990), log T steps deep instead of T.
"""

import math
from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from lrbench.cores.implementation import Implementation, chunk_length, in_chunks
from lrbench.cores.product import accumulation_dtype

Eigenvalues = Literal["positive", "signed"]

#: These products are the sums of the formula and no matrix products of the model: they are never rounded to less.
_SUMS = jax.lax.Precision.HIGHEST


class SelectiveScanParams(NamedTuple):
    """What does not depend on the input.

    Attributes:
        A_log: log of -A.
        D: the skip from input to output.
    """

    A_log: Float[Array, "channels states"]
    D: Float[Array, " channels"]


class SelectiveInputs(NamedTuple):
    """What drives the scan at each step; for a whole sequence every leaf has a leading time axis.

    Attributes:
        u: the input.
        delta: Δ > 0, the step size (after the softplus). A step with Δ = 0 leaves the state as it is.
        B: how the input enters the state.
        C: how the state is read.
    """

    u: Float[Array, "*steps channels"]
    delta: Float[Array, "*steps channels"]
    B: Float[Array, "*steps states"]
    C: Float[Array, "*steps states"]


def state_size(params: SelectiveScanParams) -> int:
    """Returns how many numbers one sequence carries: N for every channel."""
    return params.A_log.size


def initial_carry(params: SelectiveScanParams, batch: tuple[int, ...]) -> Float[Array, "*batch states channels"]:
    """Returns a carry of zeros. Channels come last, so that the body works on contiguous rows."""
    channels, states = params.A_log.shape
    return jnp.zeros((*batch, states, channels), accumulation_dtype(params.A_log))


def step(
    params: SelectiveScanParams,
    carry: Float[Array, "*batch states channels"],
    x: SelectiveInputs,
    *,
    eigenvalues: Eigenvalues = "positive",
) -> tuple[Float[Array, "*batch states channels"], Float[Array, "*batch channels"]]:
    """Takes one step.

    Args:
        params: A and D.
        carry: h.
        x: u, Δ, B and C of this step.
        eigenvalues: "positive": Ā = exp(Δ A) in (0, 1), as published; "signed": Ā = 2 exp(Δ A) - 1 in (-1, 1)
            (Grazzi et al. 2024, "Unlocking state-tracking in linear RNNs through negative eigenvalues").

    Returns:
        The new h, and y.
    """
    decay = _decay(_rates(params), x.delta, eigenvalues)
    carry = decay * carry + (x.delta * x.u)[..., None, :] * x.B[..., :, None]
    return carry, jnp.sum(carry * x.C[..., :, None], axis=-2) + _skip(params, x)


def scan(
    params: SelectiveScanParams,
    inputs: SelectiveInputs,
    carry: Float[Array, "*batch states channels"],
    *,
    eigenvalues: Eigenvalues = "positive",
    implementation: Implementation = Implementation.AUTO,
) -> tuple[Float[Array, "*batch states channels"], Float[Array, "time *batch channels"]]:
    """Takes all steps; see `step`. Every leaf of `inputs` has a leading time axis."""
    time, batch = inputs.u.shape[0], inputs.u.shape[1:-1]
    implementation = choose(implementation)
    if implementation is Implementation.SEQUENTIAL:
        return jax.lax.scan(lambda h, x: step(params, h, x, eigenvalues=eigenvalues), carry, inputs)
    # One batch axis, for products that are batched over it.
    rows = jax.tree.map(lambda leaf: leaf.reshape(time, math.prod(batch), leaf.shape[-1]), inputs)
    start = carry.reshape(math.prod(batch), *carry.shape[-2:])
    rates = _rates(params)
    if implementation is Implementation.CHUNKED:
        last, outputs = _chunked(eigenvalues, rates, rows, start)
    else:
        piece = jax.checkpoint(lambda h, x: _prefix(rates, x, h, eigenvalues))
        last, outputs = in_chunks(piece, start, rows, chunk_length(time))
    return last.reshape(carry.shape), outputs.reshape(inputs.u.shape) + _skip(params, inputs)


def choose(implementation: Implementation) -> Implementation:
    """Resolves `auto`: chunked on a CPU, the fastest there at every length measured, and in the least memory.

    Elsewhere associative, by estimate: a step of a scan costs a GPU 8 µs and more however small it is, and a chunk's
    parallel prefix takes log T of them in place of T. `lrbench bench implementations` measures which it is.
    """
    if implementation is not Implementation.AUTO:
        return implementation
    return Implementation.CHUNKED if jax.default_backend() == "cpu" else Implementation.ASSOCIATIVE


def _rates(params: SelectiveScanParams) -> Float[Array, "states channels"]:
    return -jnp.exp(params.A_log).T


def _skip(params: SelectiveScanParams, x: SelectiveInputs) -> Float[Array, "*steps channels"]:
    return x.u * jnp.broadcast_to(params.D, x.u.shape)


def _decay(
    rates: Float[Array, "states channels"], delta: Float[Array, "*steps channels"], eigenvalues: Eigenvalues
) -> Float[Array, "*steps states channels"]:
    decay = jnp.exp(delta[..., None, :] * jnp.broadcast_to(rates, (*delta.shape[:-1], *rates.shape)))
    return 2 * decay - 1 if eigenvalues == "signed" else decay


def _advance(
    rates: Float[Array, "states channels"],
    carry: Float[Array, "batch states channels"],
    x: SelectiveInputs,
    eigenvalues: Eigenvalues,
) -> Float[Array, "batch states channels"]:
    return _decay(rates, x.delta, eigenvalues) * carry + (x.delta * x.u)[:, None, :] * x.B[:, :, None]


def _over_states(
    weights: Float[Array, "batch states"], x: Float[Array, "batch states channels"]
) -> Float[Array, "batch channels"]:
    return jax.lax.dot_general(weights, x, (((1,), (1,)), ((0,), (0,))), precision=_SUMS)


def _over_channels(
    x: Float[Array, "batch states channels"], weights: Float[Array, "batch channels"]
) -> Float[Array, "batch states"]:
    return jax.lax.dot_general(x, weights, (((2,), (1,)), ((0,), (0,))), precision=_SUMS)


def _chunked(
    eigenvalues: Eigenvalues,
    rates: Float[Array, "states channels"],
    inputs: SelectiveInputs,
    carry: Float[Array, "batch states channels"],
) -> tuple[Float[Array, "batch states channels"], Float[Array, "time batch channels"]]:
    time = inputs.u.shape[0]
    chunk = chunk_length(time)
    rest = time % chunk
    outputs = []
    if rest:
        carry, head = _scan(eigenvalues, rest, rates, jax.tree.map(lambda leaf: leaf[:rest], inputs), carry)
        outputs.append(head)
    if time >= chunk or not rest:
        carry, tail = _scan(eigenvalues, chunk, rates, jax.tree.map(lambda leaf: leaf[rest:], inputs), carry)
        outputs.append(tail)
    return carry, outputs[0] if len(outputs) == 1 else jnp.concatenate(outputs)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _scan(
    eigenvalues: Eigenvalues,
    chunk: int,
    rates: Float[Array, "states channels"],
    inputs: SelectiveInputs,
    carry: Float[Array, "batch states channels"],
) -> tuple[Float[Array, "batch states channels"], Float[Array, "time batch channels"]]:
    """Takes T steps; `chunk` divides T."""

    def body(h: Array, x: SelectiveInputs) -> tuple[Array, Array]:
        h = _advance(rates, h, x, eigenvalues)
        return h, _over_states(x.C, h)

    return jax.lax.scan(body, carry, inputs)


def _forward(
    eigenvalues: Eigenvalues,
    chunk: int,
    rates: Float[Array, "states channels"],
    inputs: SelectiveInputs,
    carry: Float[Array, "batch states channels"],
) -> tuple[tuple[Array, Array], tuple[Array, SelectiveInputs, Array]]:
    def piece(h: Array, x: SelectiveInputs) -> tuple[Array, tuple[Array, Array]]:
        last, outputs = _scan(eigenvalues, chunk, rates, x, h)
        return last, (h, outputs)

    last, (starts, outputs) = jax.lax.scan(piece, carry, _split(inputs, chunk))
    return (last, _join(outputs)), (rates, inputs, starts)


def _backward(
    eigenvalues: Eigenvalues,
    chunk: int,
    stored: tuple[Array, SelectiveInputs, Array],
    cotangents: tuple[Array, Array],
) -> tuple[Array, SelectiveInputs, Array]:
    rates, inputs, starts = stored
    d_last, d_outputs = cotangents

    def recompute(h: Array, x: SelectiveInputs) -> tuple[Array, Array]:
        return _advance(rates, h, x, eigenvalues), h

    def retreat(gradients: tuple[Array, Array, Array], piece: tuple) -> tuple[tuple, SelectiveInputs]:
        d_h, d_rates, h = gradients
        before, x, d_y = piece
        d_h = d_h + d_y[:, None, :] * x.C[:, :, None]
        # d exp(Δ A) / d(Δ A); the signed decay is 2 exp(Δ A) - 1.
        slope = _decay(rates, x.delta, "positive")
        decay = 2 * slope - 1 if eigenvalues == "signed" else slope
        d_exponent = d_h * before * (2 * slope if eigenvalues == "signed" else slope)
        d_entering = _over_states(x.B, d_h)
        d_x = SelectiveInputs(
            u=d_entering * x.delta,
            delta=(d_exponent * jnp.broadcast_to(rates, d_exponent.shape)).sum(axis=1) + d_entering * x.u,
            B=_over_channels(d_h, x.delta * x.u),
            C=_over_channels(h, d_y),
        )
        return (d_h * decay, d_rates + d_exponent * x.delta[:, None, :], before), d_x

    def piece(gradients: tuple[Array, Array], stored: tuple) -> tuple[tuple[Array, Array], SelectiveInputs]:
        start, x, d_y = stored
        last, before = jax.lax.scan(recompute, start, x)
        (d_h, d_rates, _), d_x = jax.lax.scan(retreat, (*gradients, last), (before, x, d_y), reverse=True)
        return (d_h, d_rates), d_x

    # The gradient of the rates is summed over the batch at the end alone.
    (d_carry, d_rates), d_inputs = jax.lax.scan(
        piece,
        (d_last, jnp.zeros_like(d_last)),
        (starts, _split(inputs, chunk), _split(d_outputs, chunk)),
        reverse=True,
    )
    d_inputs = jax.tree.map(lambda gradient, x: _join(gradient).astype(x.dtype), d_inputs, inputs)
    return d_rates.sum(axis=0), d_inputs, d_carry


_scan.defvjp(_forward, _backward)


def _split(leaves: PyTree[Float[Array, "..."]], chunk: int) -> PyTree[Float[Array, "..."]]:
    return jax.tree.map(lambda leaf: leaf.reshape(leaf.shape[0] // chunk, chunk, *leaf.shape[1:]), leaves)


def _join(leaf: Float[Array, "chunks chunk *rest"]) -> Float[Array, "time *rest"]:
    return leaf.reshape(leaf.shape[0] * leaf.shape[1], *leaf.shape[2:])


def _prefix(
    rates: Float[Array, "states channels"],
    inputs: SelectiveInputs,
    carry: Float[Array, "batch states channels"],
    eigenvalues: Eigenvalues,
) -> tuple[Float[Array, "batch states channels"], Float[Array, "time batch channels"]]:
    """Takes T steps at once, in O(T N D) memory."""

    def combine(early: tuple[Array, Array], late: tuple[Array, Array]) -> tuple[Array, Array]:
        return early[0] * late[0], late[0] * early[1] + late[1]

    decays = _decay(rates, inputs.delta, eigenvalues)
    entering = (inputs.delta * inputs.u)[..., None, :] * inputs.B[..., :, None]
    products, sums = jax.lax.associative_scan(combine, (decays, entering))
    states = products * carry[None] + sums
    return states[-1], jnp.einsum("tbn,tbnd->tbd", inputs.C, states, precision=_SUMS)
