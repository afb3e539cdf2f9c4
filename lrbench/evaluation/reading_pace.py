"""What a token costs when a single sequence streams through a trained model, piece after piece, models in turns."""

import time
from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import polars as pl
from jaxtyping import PyTree

from lrbench.data import GeneratedTask, TrainingLengths
from lrbench.evaluation.questions import GeneratedExaminer
from lrbench.models import Model

Params: TypeAlias = PyTree[Any]

COLUMNS: dict[str, pl.DataType] = {
    "model": pl.String(),
    "round": pl.Int64(),
    "seconds_a_token": pl.Float64(),
}


def reading_pace(
    task: GeneratedTask, models: Mapping[str, tuple[Model, Params]], *, length: int, rounds: int
) -> pl.DataFrame:
    """Times how long each model takes to read one sequence, with its carry fed on; a row a model and round.

    The models take turns within a round, so that a machine that slows down slows them all. Compilation and a first
    reading come before the clock. The whole sequence is one compiled scan: what one step alone costs, with the call
    around it, is another number (`lrbench bench streaming`).

    Args:
        task: what the sequence is drawn from.
        models: by name, each with the parameters of one lane.
        length: steps of the sequence.
        rounds: how often each model reads it.
    """
    (questions,) = GeneratedExaminer(task, 1, TrainingLengths(task, length, length), (length,)).test()
    inputs = jnp.asarray(questions.example.inputs)
    readers = {}
    for name, (model, params) in models.items():
        laid, carry = jax.tree.map(jnp.asarray, params), model.initial_carry((1,))
        read = jax.jit(model.apply).lower(laid, inputs, carry).compile()
        carry, _ = jax.block_until_ready(read(laid, inputs, carry))
        readers[name] = (read, laid, carry)
    rows = []
    for turn in range(rounds):
        for name, (read, laid, carry) in readers.items():
            started = time.perf_counter()
            carry, _ = jax.block_until_ready(read(laid, inputs, carry))
            rows.append({"model": name, "round": turn, "seconds_a_token": (time.perf_counter() - started) / length})
            readers[name] = (read, laid, carry)
    return pl.DataFrame(rows, schema=COLUMNS)
