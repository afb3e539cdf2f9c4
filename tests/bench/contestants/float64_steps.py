"""The cores' own steps in float64, under `lax.scan` and JAX's derivative, at sizes that take no time."""

import jax
import jax.numpy as jnp
import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Results
from lrbench.cores import gru, lstm, selective_scan

CASES = {
    "lstm": Case("lstm", {"B": 3, "T": 11, "I": 5, "H": 6}),
    "gru": Case("gru", {"B": 3, "T": 11, "I": 5, "H": 6}),
    "selective_scan": Case("selective_scan", {"B": 2, "T": 13, "D": 6, "N": 4}),
    "seeds_lstm": Case("seeds_lstm", {"S": 4, "B": 3, "T": 7, "I": 5, "H": 6}),
    "stream_lstm": Case("stream_lstm", {"B": 1, "T": 9, "I": 5, "H": 6}),
    "stream_gru": Case("stream_gru", {"B": 1, "T": 9, "I": 5, "H": 6}),
    "train_lstm": Case("train_lstm", {"B": 4, "T": 24, "H": 8}),
    "train_gru": Case("train_gru", {"B": 4, "T": 24, "H": 8}),
}


def reference(case: Case, arrays: Arrays) -> Results:
    """Returns outputs and, where there is a cotangent, every gradient."""

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        core = case.measurement.removeprefix("stream_").removeprefix("seeds_")
        if core == "selective_scan":
            params = selective_scan.SelectiveScanParams(v["A_log"], v["D"])
            inputs = selective_scan.SelectiveInputs(v["u"], v["delta"], v["B"], v["C"])
            module = selective_scan
        else:
            module, kind = {"lstm": (lstm, lstm.LSTMParams), "gru": (gru, gru.GRUParams)}[core]
            params, inputs = kind(*(v[name] for name in kind._fields)), v["inputs"]
        carry = module.initial_carry(params, (case.sizes["B"],))
        return jax.lax.scan(lambda carry, x: module.step(params, carry, x), carry, inputs)[1]

    with jax.enable_x64(True):
        variables = {name: jnp.asarray(leaf, jnp.float64) for name, leaf in arrays.items()}
        cotangent = variables.pop("cotangent", None)
        y, pull_back = jax.vjp(jax.vmap(outputs) if "S" in case.sizes else outputs, variables)
        gradients = {} if cotangent is None else pull_back(cotangent)[0]
        return {"outputs": np.asarray(y)} | {f"d_{name}": np.asarray(leaf) for name, leaf in gradients.items()}
