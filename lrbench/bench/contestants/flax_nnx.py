"""`flax.nnx.RNN` over Flax's own cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    import jax

NAME = "flax.nnx.RNN"
PACKAGE = ("flax", "flax")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `OptimizedLSTMCell`, which has our order of gates and our one bias."""
    from flax import nnx

    cell = nnx.OptimizedLSTMCell(case.sizes["I"], case.sizes["H"], rngs=nnx.Rngs(0))
    return _prepare(case, arrays, cell, biased="dense_h", states=2)


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `GRUCell`, which has our order of gates, and no bias beside the recurrent product."""
    from flax import nnx

    cell = nnx.GRUCell(case.sizes["I"], case.sizes["H"], rngs=nnx.Rngs(0))
    return _prepare(case, arrays, cell, biased="dense_i", states=1)


def _prepare(case: Case, arrays: Arrays, cell: Any, biased: str, states: int) -> Prepared:
    """Prepares a cell.

    Args:
        case: what.
        arrays: of the case.
        cell: gets the case's weights.
        biased: its layer with the bias.
        states: how many arrays [B, H] it carries.
    """
    import jax.numpy as jnp
    from flax import nnx

    from lrbench.bench.jax_pass import prepare_pass

    graph, state = nnx.split(nnx.RNN(cell, time_major=True))
    weights = nnx.to_pure_dict(state)
    weights["cell"]["dense_i"]["kernel"] = jnp.asarray(arrays["input_kernel"])
    weights["cell"]["dense_h"]["kernel"] = jnp.asarray(arrays["recurrent_kernel"])
    weights["cell"][biased]["bias"] = jnp.asarray(arrays["bias"])
    zeros = jnp.zeros((case.sizes["B"], case.sizes["H"]))
    carry = zeros if states == 1 else (zeros,) * states

    def outputs(v: dict[str, Any]) -> jax.Array:
        nnx.replace_by_pure_dict(state, v["weights"])
        return nnx.merge(graph, state)(v["inputs"], initial_carry=carry)

    def layout(gradients: dict[str, Any]) -> Results:
        kernels = gradients["weights"]["cell"]
        return {
            "d_inputs": gradients["inputs"],
            "d_input_kernel": kernels["dense_i"]["kernel"],
            "d_recurrent_kernel": kernels["dense_h"]["kernel"],
        }

    variables = {"weights": weights, "inputs": jnp.asarray(arrays["inputs"])}
    return prepare_pass(outputs, variables, jnp.asarray(arrays["cotangent"]), layout)


MEASUREMENTS: dict[str, Contestant] = {"lstm": lstm, "gru": gru}
