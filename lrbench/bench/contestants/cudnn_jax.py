"""`jax.experimental.rnn.lstm`: cuDNN's LSTM inside JAX, on a GPU only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    import jax

NAME = "cuDNN in JAX"
PACKAGE = None
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = True


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares cuDNN's LSTM: our order of gates, kernels transposed, all weights in one vector; batch first."""
    from lrbench.bench.batch_first import time_first
    from lrbench.bench.jax_pass import prepare_pass

    return time_first(prepare_pass(_outputs(case), *_arguments(arrays), _layout(case)))


def seeds_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a call for each seed, one after another: cuDNN's LSTM has no batching rule for `vmap`."""
    from lrbench.bench.batch_first import time_first
    from lrbench.bench.jax_pass import prepare_passes

    each = [{name: leaf[seed] for name, leaf in arrays.items()} for seed in range(case.sizes["S"])]
    return time_first(prepare_passes(_outputs(case), [_arguments(one) for one in each], _layout(case)), axis=1)


def _outputs(case: Case) -> Callable[[dict[str, jax.Array]], jax.Array]:
    import jax
    import jax.numpy as jnp
    from jax.experimental import rnn

    T, B, I, H = (case.sizes[letter] for letter in "TBIH")  # noqa: E741

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        zeros = jnp.zeros((1, B, H))
        lengths = jnp.full(B, T, jnp.int32)
        shape = {"input_size": I, "hidden_size": H, "num_layers": 1, "dropout": 0.0, "bidirectional": False}
        precision = jax.lax.Precision.HIGHEST
        return rnn.lstm(v["inputs"], zeros, zeros, v["weights"], lengths, **shape, precision=precision)[0]

    return outputs


def _arguments(arrays: Arrays) -> tuple[dict[str, jax.Array], jax.Array]:
    import jax.numpy as jnp

    kernels, bias = (arrays["input_kernel"].T, arrays["recurrent_kernel"].T), arrays["bias"]
    weights = np.concatenate([*(kernel.ravel() for kernel in kernels), bias, np.zeros_like(bias)])
    inputs, cotangent = (jnp.asarray(np.swapaxes(arrays[name], 0, 1)) for name in ("inputs", "cotangent"))
    return {"inputs": inputs, "weights": jnp.asarray(weights)}, cotangent


def _layout(case: Case) -> Callable[[Results], Results]:
    I, H = case.sizes["I"], case.sizes["H"]  # noqa: E741

    def layout(gradients: Results) -> Results:
        input_kernel, recurrent_kernel, _ = np.split(gradients["weights"], [4 * H * I, 4 * H * (I + H)])
        return {
            "d_inputs": gradients["inputs"],
            "d_input_kernel": input_kernel.reshape(4 * H, I).T,
            "d_recurrent_kernel": recurrent_kernel.reshape(4 * H, H).T,
        }

    return layout


MEASUREMENTS: dict[str, Contestant] = {"lstm": lstm, "seeds_lstm": seeds_lstm}
