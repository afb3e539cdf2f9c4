"""A batch of sequences, made on the device from a key."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key

from lrbench.data.example import Example
from lrbench.data.task import GeneratedTask
from lrbench.data.training_lengths import TrainingLengths


def sample_batch(
    task: GeneratedTask,
    key: Key[Array, ""],
    count: int,
    lengths: TrainingLengths,
    step: Int[Array, ""] | None = None,
) -> tuple[Example, Int[Array, " {count}"]]:
    """Draws `count` sequences, time first, and their lengths.

    Args:
        task: what to draw.
        key: the only source of randomness.
        count: sequences.
        lengths: which lengths they have; the arrays have the longest.
        step: updates taken so far, for a curriculum of lengths; None stands for its end.

    Returns:
        The example, its leaves `[longest, count, ...]`, and the lengths.
    """
    length_key, example_key = jax.random.split(key)
    drawn = lengths.draw(length_key, count, step)
    keys = jax.random.split(example_key, count)
    example = jax.vmap(lambda one, length: task.sample(one, length, lengths.longest))(keys, drawn)
    return stack_examples(example), drawn


def stack_examples(example: Example) -> Example:
    """Turns `[sequences, time, ...]` leaves into `[time, sequences, ...]`, the order that models read."""
    return jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), example)
