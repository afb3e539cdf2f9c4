"""A training step of lrbench itself, its batch drawn in it, as `lrbench run` takes it."""

from __future__ import annotations

import time

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Prepared


def train(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a step of one lane.

    Args:
        case: "train_gru" or "train_lstm" with sizes B, T and H.
        arrays: none; the task draws.
    """
    import jax
    import jax.numpy as jnp

    from lrbench.bench.copy_batch import ALPHABET, LEARNING_RATE, SYMBOLS
    from lrbench.bench.jax_pass import temporary_bytes
    from lrbench.data import GeneratedTask, TrainingLengths
    from lrbench.models import GRU, LSTM, Architecture
    from lrbench.runs.construction import make_task
    from lrbench.runs.devices import use_every_core
    from lrbench.training import Optimizer, Trainer, make_lanes, spread_lanes
    from lrbench.training.feed import EndlessFeed

    use_every_core()
    name = "lrbench.tasks.copy_memory.CopyMemory"
    task = make_task({"_target_": name, "layout": "arjovsky", "symbols": SYMBOLS, "alphabet": ALPHABET})
    assert isinstance(task, GeneratedTask)
    layer = {"train_gru": GRU, "train_lstm": LSTM}[case.measurement]
    architecture = Architecture(layer, layers=1, norm="none", residual=False, width=case.sizes["H"])
    model = architecture.build(encoder="embedding", inputs=task.inputs.count, outputs=task.output.count)
    T, B = case.sizes["T"], case.sizes["B"]
    lanes = make_lanes([case.seed], [LEARNING_RATE])
    feed = EndlessFeed(task, TrainingLengths(task, T, T), B)
    trainer = Trainer(task.output, feed, model, Optimizer(), lanes, spread_lanes(1), steps=1)
    one = jnp.int32(1)
    state = trainer.init()

    start = time.perf_counter()
    advance = trainer.advance.lower(state, None, one).compile()
    compile_seconds = time.perf_counter() - start

    def run() -> None:
        nonlocal state
        state = jax.block_until_ready(advance(state, None, one))

    return Prepared(
        run=run,
        results=dict,
        compile_seconds=compile_seconds,
        temporary_bytes=temporary_bytes(advance, state.step),
    )
