"""Single streaming steps of our own cores: the weights are part of the compiled step, the carry is donated to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Prepared

if TYPE_CHECKING:
    import jax


def stream_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.lstm.step`; h and c lie side by side in one buffer, one less to hand over a step."""
    import jax.numpy as jnp

    from lrbench.cores import lstm

    def step(carry: jax.Array, x: jax.Array) -> jax.Array:
        params = lstm.LSTMParams(*(jnp.asarray(arrays[name]) for name in lstm.LSTMParams._fields))
        return jnp.concatenate(lstm.step(params, lstm.LSTMCarry(*jnp.split(carry, 2, axis=-1)), x)[0], axis=-1)

    return _prepare(step, case, arrays, 2 * case.sizes["H"])


def stream_gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.gru.step`."""
    import jax.numpy as jnp

    from lrbench.cores import gru

    def step(carry: jax.Array, x: jax.Array) -> jax.Array:
        params = gru.GRUParams(*(jnp.asarray(arrays[name]) for name in gru.GRUParams._fields))
        return gru.step(params, carry, x)[0]

    return _prepare(step, case, arrays, case.sizes["H"])


def _prepare(
    step: Callable[[jax.Array, jax.Array], jax.Array], case: Case, arrays: Arrays, state_size: int
) -> Prepared:
    import jax
    import jax.numpy as jnp

    from lrbench.bench.single_steps import prepare_steps
    from lrbench.runs.devices import use_every_core

    use_every_core()  # though a step needs one: the process's next case may be a pass over all
    # The thread that asks computes too: a hand-over to another costs more than a step. Heeded before JAX's first array.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    inputs = [jnp.asarray(x) for x in arrays["inputs"]]

    def first_carry() -> jax.Array:
        return jnp.zeros((case.sizes["B"], state_size))

    start = time.perf_counter()
    compiled = jax.jit(step, donate_argnums=0).lower(first_carry(), inputs[0]).compile()
    seconds = time.perf_counter() - start

    def finished(carry: jax.Array, x: jax.Array) -> jax.Array:
        return compiled(carry, x).block_until_ready()

    def hidden_of(carry: jax.Array) -> np.ndarray:
        return np.asarray(carry)[:, : case.sizes["H"]]

    return prepare_steps(finished, first_carry, inputs, hidden_of, compile_seconds=seconds)
