"""Sums and counts of what was right. They add up over steps, sequences and pieces, and are divided once."""

from typing import NamedTuple

import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from lrbench.data.example import Bits, Classes, Example, Output
from lrbench.data.task import Task


class Metrics(NamedTuple):
    """Counts for each sequence on its own; sums of them are Metrics again.

    Attributes:
        loss_sum: cross-entropy (nats; of bits their mean) or squared error, summed over the steps that count.
        correct: steps that are right.
        count: steps that count.
        solved: whether every step so far was right and exact.
    """

    loss_sum: Float[Array, "*sequences"]
    correct: Int[Array, "*sequences"]
    count: Int[Array, "*sequences"]  # type: ignore[assignment]  # hides tuple.count, which nobody asks of sums
    solved: Bool[Array, "*sequences"]

    def then(self, following: "Metrics") -> "Metrics":
        """Joins the metrics of the next piece of the same sequences."""
        return Metrics(
            self.loss_sum + following.loss_sum,
            self.correct + following.correct,
            self.count + following.count,
            self.solved & following.solved,
        )


def step_losses(outputs: Float[Array, "*steps out"], example: Example, kind: Output) -> Float[Array, "*steps"]:
    """Returns the loss of each step, masked or not, in float32."""
    outputs = outputs.astype(jnp.float32)
    if isinstance(kind, Classes):
        return optax.softmax_cross_entropy_with_integer_labels(outputs, example.targets)
    if isinstance(kind, Bits):
        bits = example.targets.astype(jnp.float32)
        return jnp.mean(optax.sigmoid_binary_cross_entropy(outputs, bits), axis=-1)
    return jnp.mean(jnp.square(outputs - example.targets), axis=-1)


def mean_loss(outputs: Float[Array, "*steps out"], example: Example, kind: Output) -> Float[Array, ""]:
    """Returns the mean loss over the steps that count; 0 where none does."""
    losses = jnp.where(example.mask, step_losses(outputs, example, kind), 0.0)
    return jnp.sum(losses) / jnp.maximum(jnp.sum(example.mask, dtype=jnp.float32), 1.0)


def measure(
    task: Task,
    outputs: Float[Array, "time sequences out"],
    example: Example,
    positions: Int[Array, " time"],
    lengths: Int[Array, " sequences"],
) -> Metrics:
    """Counts one piece of several sequences, time first.

    Args:
        task: decides what is right.
        outputs: the model's outputs.
        example: the same piece, its leaves `[time, sequences, ...]`.
        positions: the places of the piece's steps in the whole sequences.
        lengths: each sequence's length.
    """
    places = jnp.broadcast_to(positions[:, None], example.mask.shape)
    judgement = task.judge(outputs.astype(jnp.float32), example, places, lengths)
    losses = step_losses(outputs, example, task.output)
    return Metrics(
        loss_sum=jnp.sum(jnp.where(example.mask, losses, 0.0), axis=0),
        correct=jnp.sum(judgement.correct & example.mask, axis=0, dtype=jnp.int32),
        count=jnp.sum(example.mask, axis=0, dtype=jnp.int32),
        solved=jnp.all((judgement.correct & judgement.exact) | ~example.mask, axis=0),
    )
