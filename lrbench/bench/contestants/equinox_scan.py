"""Equinox's LSTM and GRU cells, mapped over the batch, under `jax.lax.scan`."""

from typing import Any

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

NAME = "Equinox cells"
PACKAGE = ("equinox", "equinox")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `equinox.nn.LSTMCell`: our order of gates and our one bias, kernels transposed."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    cell = eqx.nn.LSTMCell(case.sizes["I"], case.sizes["H"], key=jax.random.key(0))
    zeros = jnp.zeros((case.sizes["B"], case.sizes["H"]))
    return _prepare(cell, arrays, ("bias",), (zeros, zeros), lambda carry: carry[0])


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `equinox.nn.GRUCell`: our order of gates and our two biases, kernels transposed."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    cell = eqx.nn.GRUCell(case.sizes["I"], case.sizes["H"], key=jax.random.key(0))
    zeros = jnp.zeros((case.sizes["B"], case.sizes["H"]))
    return _prepare(cell, arrays, ("bias", "candidate_bias"), zeros, lambda carry: carry)


def _prepare(cell: Any, arrays: Arrays, biases: tuple[str, ...], carry: Any, hidden_of: Any) -> Prepared:
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from lrbench.bench.jax_pass import prepare_pass

    weights = [jnp.asarray(arrays[name].T) for name in ("input_kernel", "recurrent_kernel", *biases)]

    def weights_of(cell: Any) -> list[Any]:
        return [cell.weight_ih, cell.weight_hh, cell.bias, *([cell.bias_n] if len(biases) > 1 else [])]

    cell = eqx.tree_at(weights_of, cell, weights)

    def outputs(v: dict[str, Any]) -> jax.Array:
        def step(carry: Any, x: jax.Array) -> tuple[Any, jax.Array]:
            carry = jax.vmap(v["cell"])(x, carry)
            return carry, hidden_of(carry)

        return jax.lax.scan(step, carry, v["inputs"])[1]

    def layout(gradients: dict[str, Any]) -> Results:
        kernels = gradients["cell"]
        return {
            "d_inputs": gradients["inputs"],
            "d_input_kernel": kernels.weight_ih.T,
            "d_recurrent_kernel": kernels.weight_hh.T,
        }

    variables = {"cell": cell, "inputs": jnp.asarray(arrays["inputs"])}
    return prepare_pass(outputs, variables, jnp.asarray(arrays["cotangent"]), layout)


MEASUREMENTS: dict[str, Contestant] = {"lstm": lstm, "gru": gru}
