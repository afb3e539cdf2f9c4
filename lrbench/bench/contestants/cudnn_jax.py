"""`jax.experimental.rnn.lstm`: cuDNN's LSTM inside JAX, on a GPU only."""

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

NAME = "cuDNN in JAX"
PACKAGE = None
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = True


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares cuDNN's LSTM: our order of gates, kernels transposed, all weights in one vector; batch first."""
    import jax
    import jax.numpy as jnp
    from jax.experimental import rnn

    from lrbench.bench.batch_first import time_first
    from lrbench.bench.jax_pass import prepare_pass

    T, B, I, H = (case.sizes[letter] for letter in "TBIH")  # noqa: E741
    kernels, bias = (arrays["input_kernel"].T, arrays["recurrent_kernel"].T), arrays["bias"]
    weights = np.concatenate([*(kernel.ravel() for kernel in kernels), bias, np.zeros_like(bias)])
    inputs, cotangent = (jnp.asarray(np.swapaxes(arrays[name], 0, 1)) for name in ("inputs", "cotangent"))

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        zeros = jnp.zeros((1, B, H))
        lengths = jnp.full(B, T, jnp.int32)
        shape = {"input_size": I, "hidden_size": H, "num_layers": 1, "dropout": 0.0, "bidirectional": False}
        precision = jax.lax.Precision.HIGHEST
        return rnn.lstm(v["inputs"], zeros, zeros, v["weights"], lengths, **shape, precision=precision)[0]

    def layout(gradients: Results) -> Results:
        input_kernel, recurrent_kernel, _ = np.split(gradients["weights"], [4 * H * I, 4 * H * (I + H)])
        return {
            "d_inputs": gradients["inputs"],
            "d_input_kernel": input_kernel.reshape(4 * H, I).T,
            "d_recurrent_kernel": recurrent_kernel.reshape(4 * H, H).T,
        }

    return time_first(prepare_pass(outputs, {"inputs": inputs, "weights": jnp.asarray(weights)}, cotangent, layout))


MEASUREMENTS: dict[str, Contestant] = {"lstm": lstm}
