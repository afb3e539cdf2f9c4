"""The reference, never timed: the cores' `step` under `lax.scan` with JAX's own derivative, in float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

NAME = "float64"
PACKAGE = None
ENVIRONMENT = {"JAX_ENABLE_X64": "1"}
NEEDS_GPU = False


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the LSTM."""
    from lrbench.cores import lstm as core

    return _recurrent(core, core.LSTMParams, arrays)


def lstm_last(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the LSTM whose last output alone is in the loss."""
    from lrbench.cores import lstm as core

    return _recurrent(core, core.LSTMParams, arrays, only_last=True)


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the GRU with the reset after the product."""
    from lrbench.cores import gru as core

    return _recurrent(core, core.GRUParams, arrays)


def selective_scan(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the selective scan with positive eigenvalues."""
    from lrbench.cores import selective_scan as core

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        params = core.SelectiveScanParams(v["A_log"], v["D"])
        inputs = core.SelectiveInputs(v["u"], v["delta"], v["B"], v["C"])
        carry = core.initial_carry(params, v["u"].shape[1:2])
        return scan_in_pieces(lambda h, x: core.step(params, h, x), carry, inputs)

    return _prepare(outputs, arrays)


def seeds_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares all seeds of the LSTM."""
    import jax

    from lrbench.cores import lstm as core

    return _prepare(jax.vmap(_outputs(core, core.LSTMParams)), arrays)


def _recurrent(core: Any, constructor: Any, arrays: Arrays, *, only_last: bool = False) -> Prepared:
    return _prepare(_outputs(core, constructor, only_last=only_last), arrays)


def _outputs(core: Any, constructor: Any, *, only_last: bool = False) -> Callable[[dict[str, jax.Array]], jax.Array]:
    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        params = constructor(**{name: v[name] for name in constructor._fields})
        carry = core.initial_carry(params, v["inputs"].shape[1:2])
        every = scan_in_pieces(lambda h, x: core.step(params, h, x), carry, v["inputs"])
        return every[-1:] if only_last else every

    return outputs


def scan_in_pieces(step: Callable[[Any, Any], tuple[Any, jax.Array]], carry: Any, inputs: Any) -> jax.Array:
    """Scans step by step; the derivative stores the states of one piece of about sqrt(T) steps at a time.

    Args:
        step: from (carry, x) to (carry, y).
        carry: the first.
        inputs: leaves [T, …].

    Returns:
        The outputs [T, …].
    """
    import jax
    import jax.numpy as jnp

    steps = jax.tree.leaves(inputs)[0].shape[0]
    length = math.isqrt(steps)
    whole = steps // length * length
    pieces = jax.tree.map(lambda leaf: leaf[:whole].reshape(-1, length, *leaf.shape[1:]), inputs)
    carry, outputs = jax.lax.scan(jax.checkpoint(lambda h, x: jax.lax.scan(step, h, x)), carry, pieces)
    outputs = outputs.reshape(whole, *outputs.shape[2:])
    _, rest = jax.lax.scan(step, carry, jax.tree.map(lambda leaf: leaf[whole:], inputs))
    return jnp.concatenate([outputs, rest])


def _prepare(outputs: Callable[[dict[str, jax.Array]], jax.Array], arrays: Arrays) -> Prepared:
    """Prepares the outputs and, where there is a cotangent, the gradients."""
    import jax
    import jax.numpy as jnp

    from lrbench.bench.jax_pass import prepare_pass

    variables = {name: jnp.asarray(leaf, jnp.float64) for name, leaf in arrays.items()}
    cotangent = variables.pop("cotangent", None)
    if cotangent is None:
        forward = jax.jit(outputs)
        return Prepared(
            run=lambda: forward(variables).block_until_ready() and None,
            results=lambda: {"outputs": np.asarray(forward(variables))},
        )

    def layout(gradients: Results) -> Results:
        return {f"d_{name}": leaf for name, leaf in gradients.items()}

    return prepare_pass(outputs, variables, cotangent, layout)


MEASUREMENTS: dict[str, Contestant] = {
    "lstm": lstm,
    "lstm_last": lstm_last,
    "gru": gru,
    "selective_scan": selective_scan,
    "seeds_lstm": seeds_lstm,
    "stream_lstm": lstm,
    "stream_gru": gru,
}
