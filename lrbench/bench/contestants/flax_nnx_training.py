"""A training step of `flax.nnx.RNN` between an embedding and a linear head, with Optax's Adam."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared

if TYPE_CHECKING:
    import jax

NAME = "flax.nnx.RNN and Optax"
PACKAGE = ("flax", "flax")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False


def train(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a step on one batch; its state is donated.

    Args:
        case: "train_gru" with a `GRUCell`, or "train_lstm" with an `OptimizedLSTMCell`; sizes B, T and H.
        arrays: none; the batch is NumPy's.
    """
    import jax
    import jax.numpy as jnp
    import optax
    from flax import nnx

    from lrbench.bench.copy_batch import CLASSES, CLIP, LEARNING_RATE, TOKENS, copy_batch
    from lrbench.bench.jax_pass import temporary_bytes

    width, rngs = case.sizes["H"], nnx.Rngs(case.seed)
    cell = {"train_gru": nnx.GRUCell, "train_lstm": nnx.OptimizedLSTMCell}[case.measurement](width, width, rngs=rngs)
    zeros = jnp.zeros((case.sizes["B"], width))
    carry = zeros if case.measurement == "train_gru" else (zeros, zeros)
    embedding, head = nnx.Embed(TOKENS, width, rngs=rngs), nnx.Linear(width, CLASSES, rngs=rngs)
    network = nnx.List([embedding, nnx.RNN(cell, time_major=True), head])
    graph, params, *rest = nnx.split(network, nnx.Param, ...)
    optimizer = optax.chain(optax.clip_by_global_norm(CLIP), optax.adam(LEARNING_RATE))
    batch = tuple(map(jnp.asarray, copy_batch(case)))

    def step(state: tuple[Any, Any], inputs: jax.Array, targets: jax.Array) -> tuple[Any, Any]:
        params, opt_state = state

        def loss_of(params: Any) -> jax.Array:
            embed, recur, head = nnx.merge(graph, params, *rest)
            logits = head(recur(embed(inputs), initial_carry=carry))
            return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()

        updates, opt_state = optimizer.update(jax.grad(loss_of)(params), opt_state, params)
        return optax.apply_updates(params, updates), opt_state

    state = params, optimizer.init(params)
    start = time.perf_counter()
    compiled = jax.jit(step, donate_argnums=0).lower(state, *batch).compile()
    compile_seconds = time.perf_counter() - start

    def run() -> None:
        nonlocal state
        state = jax.block_until_ready(compiled(state, *batch))

    return Prepared(
        run=run, results=dict, compile_seconds=compile_seconds, temporary_bytes=temporary_bytes(compiled, batch)
    )


MEASUREMENTS: dict[str, Contestant] = {"train_lstm": train, "train_gru": train}
