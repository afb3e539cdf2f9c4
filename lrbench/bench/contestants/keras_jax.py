"""Keras 3 on JAX: its LSTM and GRU layers as they choose to run by default, compiled by `jax.jit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    import jax

NAME = "Keras on JAX"
PACKAGE = ("keras", "keras")
ENVIRONMENT = {"KERAS_BACKEND": "jax"}
NEEDS_GPU = False


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `keras.layers.LSTM`, which has our order of gates and our one bias."""
    import keras

    weights = [arrays[name] for name in ("input_kernel", "recurrent_kernel", "bias")]

    def layout(kernels: Results) -> Results:
        return kernels

    return _prepare(keras.layers.LSTM(case.sizes["H"], return_sequences=True), arrays, weights, layout)


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `keras.layers.GRU` with the reset after the product; its gates are z, r and the candidate."""
    import keras

    width = case.sizes["H"]
    recurrent_bias = np.concatenate([np.zeros(2 * width, np.float32), arrays["candidate_bias"]])
    weights = [
        exchange_gates(arrays["input_kernel"]),
        exchange_gates(arrays["recurrent_kernel"]),
        np.stack([exchange_gates(arrays["bias"]), recurrent_bias]),
    ]

    def layout(kernels: Results) -> Results:
        return {name: exchange_gates(kernel) for name, kernel in kernels.items()}

    return _prepare(keras.layers.GRU(width, return_sequences=True, reset_after=True), arrays, weights, layout)


def exchange_gates(kernel: np.ndarray) -> np.ndarray:
    """Exchanges the first two of the three gates in the columns: r, z, n to z, r, n and back."""
    first, second, candidate = np.split(kernel, 3, axis=-1)
    return np.concatenate([second, first, candidate], axis=-1)


def _prepare(
    layer: Any, arrays: Arrays, weights: list[np.ndarray], kernels_of: Callable[[Results], Results]
) -> Prepared:
    import jax.numpy as jnp

    from lrbench.bench.batch_first import time_first
    from lrbench.bench.jax_pass import prepare_pass

    inputs, cotangent = (jnp.asarray(np.swapaxes(arrays[name], 0, 1)) for name in ("inputs", "cotangent"))
    layer.build(inputs.shape)
    layer.set_weights(weights)
    fixed = [variable.value for variable in layer.non_trainable_variables]
    variables = {"weights": [variable.value for variable in layer.trainable_variables], "inputs": inputs}

    def outputs(v: dict[str, Any]) -> jax.Array:
        y, _ = layer.stateless_call(v["weights"], fixed, v["inputs"])
        return y

    def layout(gradients: dict[str, Any]) -> Results:
        input_kernel, recurrent_kernel, _ = gradients["weights"]
        kernels = kernels_of({"d_input_kernel": input_kernel, "d_recurrent_kernel": recurrent_kernel})
        return {"d_inputs": gradients["inputs"]} | kernels

    return time_first(prepare_pass(outputs, variables, cotangent, layout))


MEASUREMENTS: dict[str, Contestant] = {"lstm": lstm, "gru": gru}
