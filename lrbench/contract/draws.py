"""Sequences of a task for the points to look at: one compiled sampler a task, its batches shared between the points."""

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from lrbench.contract.compilation import quickest_to_compile
from lrbench.contract.point import ContractError, naming
from lrbench.data import Example, GeneratedTask, Metrics, Stream, Task, Tokens, measure, stack_examples, stream_key

#: Sequences of a batch.
COUNT = 256
#: Where something is looked at in short sequences, they have the first length from here on that is possible.
SHORT = 4
#: Numbers of logits that a batch of answers may fill the memory with.
ANSWERS = 2**24
#: Sequences of the longest length, and steps and numbers of logits that one of them may have: an oracle is slow.
FAR, FAR_STEPS, FAR_ANSWERS = 4, 2**13, 2**21


def possible(task: Task, length: int) -> int:
    """Returns the first length from here on that a task can have."""
    for steps in range(length, 2 * length + 99):
        if task.problem(steps) is None:
            return steps
    raise ContractError(f"no length from {length} to {2 * length + 98} is possible: {task.problem(length)}")


def lengths_looked_at(task: Task) -> list[int]:
    """Returns the shortest and the longest training length, and one beyond them; rising."""
    shortest, longest = (possible(task, length) for length in task.lengths.train)
    return sorted({shortest, longest, size_of(task)})


def size_of(task: Task) -> int:
    """Returns one size for all lengths that are looked at, so that one program serves them."""
    evaluation = task.lengths.evaluation
    return max(evaluation[min(2, len(evaluation) - 1)], *(possible(task, length) for length in task.lengths.train))


@lru_cache(maxsize=16)
def sampler(task: GeneratedTask, size: int) -> Callable[[Key[Array, " n"], Int[Array, " n"]], Example]:
    """Returns the compiled program that draws sequences from keys and lengths."""

    def draw(key: Key[Array, ""], length: Int[Array, ""]) -> Example:
        return task.sample(key, length, size)

    return jax.jit(jax.vmap(draw), compiler_options=quickest_to_compile())


def draw(task: GeneratedTask, keys: Key[Array, " n"], lengths: Int[np.ndarray, " n"]) -> Example:
    """Draws sequences to the host: leaves `[n, size, ...]`."""
    with naming("sample"):
        return jax.tree.map(np.asarray, sampler(task, size_of(task))(keys, jnp.asarray(lengths, jnp.int32)))


@lru_cache(maxsize=32)
def padded_batch(task: GeneratedTask, length: int, seed: int = 0) -> Example:
    """Returns `COUNT` sequences of one length on the host, leaves `[COUNT, size, ...]`. Read only."""
    return draw(task, jax.random.split(jax.random.key(seed), COUNT), np.full(COUNT, length))


def batch(task: GeneratedTask, length: int, seed: int = 0) -> Example:
    """Returns `COUNT` sequences on the host without padding, leaves `[COUNT, length, ...]`. Read only."""
    return jax.tree.map(lambda leaf: leaf[:, :length], padded_batch(task, length, seed))


def stream_batch(task: GeneratedTask, length: int, stream: Stream, step: int) -> Example:
    """Returns `COUNT` sequences of one step of a stream, without padding, leaves `[COUNT, length, ...]`."""
    keys = jax.random.split(stream_key(jax.random.key(0), stream, step), COUNT)
    return jax.tree.map(lambda leaf: leaf[:, :length], draw(task, keys, np.full(COUNT, length)))


def tokens(task: Task, inputs: np.ndarray) -> np.ndarray:
    """Returns inputs as whole numbers, where they are tokens or a token's number."""
    return inputs if isinstance(task.inputs, Tokens) else inputs[..., 0].astype(int)


def furthest(task: Task) -> int | None:
    """Returns the longest evaluation length that can be afforded; None if no such length is beyond those looked at."""
    affordable = min(FAR_STEPS, FAR_ANSWERS // task.output.count)
    beyond = [length for length in task.lengths.evaluation if size_of(task) < length <= affordable]
    return beyond[-1] if beyond else None


def far_batch(task: GeneratedTask, length: int) -> Example:
    """Returns `FAR` sequences of one length on the host, leaves `[FAR, length, ...]`, at any length.

    A program for one sequence is compiled in less time than one for many, and serves this batch alone.
    """
    one = jax.jit(lambda key: task.sample(key, length, length), compiler_options=quickest_to_compile())
    with naming("sample"):
        drawn = [jax.tree.map(np.asarray, one(key)) for key in jax.random.split(jax.random.key(0), FAR)]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *drawn)


@lru_cache(maxsize=16)
def measurer(task: Task) -> Callable[..., Metrics]:
    """Returns the compiled program that measures outputs, as `lrbench.data.measure` after its first argument."""

    def program(
        outputs: jax.Array, example: Example, positions: Int[Array, " time"], lengths: Int[Array, " n"]
    ) -> Metrics:
        return measure(task, outputs, example, positions, lengths)

    return jax.jit(program, compiler_options=quickest_to_compile())


def answers(task: GeneratedTask, name: str, length: int, seed: int = 0) -> np.ndarray:
    """Returns what `oracle` or `memoryless` answers to a batch, from the inputs without padding.

    Returns:
        `[n, length, out]`: `COUNT` sequences, or fewer where the answers of so many would fill the memory.
    """
    inputs = np.asarray(padded_batch(task, length, seed).inputs)
    return answers_to(task, name, inputs[: answered_at_once(task), :length])


def answered_at_once(task: Task) -> int:
    """Returns how many sequences of a batch are answered: fewer where the answers of all would fill the memory."""
    return max(8, min(COUNT, ANSWERS // (size_of(task) * task.output.count)))


def answers_to(task: GeneratedTask, name: str, batch: np.ndarray) -> np.ndarray:
    """Returns what `oracle` or `memoryless` answers to inputs `[n, length, ...]`: `[n, length, out]`."""
    method, length, rows = getattr(task, name), batch.shape[1], []
    for inputs in batch:
        with naming(f"{name} of a sequence of length {length}"):
            answered = np.asarray(method(inputs))
        if answered.shape != (length, task.output.count):
            raise ContractError(
                f"{name} of a sequence of length {length} returned shape {answered.shape} instead of "
                f"({length}, {task.output.count}), a row of outputs a step"
            )
        if not np.all(np.isfinite(answered)):
            raise ContractError(f"{name} of a sequence of length {length} returned numbers that are not finite")
        rows.append(answered)
    return np.stack(rows)


def metrics_of(task: GeneratedTask, answered: np.ndarray, length: int, seed: int = 0) -> Metrics:
    """Measures answers `[n, length, out]` to the first sequences of a batch; Metrics on the host, one a sequence."""
    examples = jax.tree.map(lambda leaf: leaf[: len(answered)], padded_batch(task, length, seed))
    return measured(task, answered, examples, length)


def far_metrics_of(task: GeneratedTask, answered: np.ndarray, examples: Example) -> Metrics:
    """Measures answers `[n, length, out]` to sequences of any length; Metrics on the host, one a sequence.

    They are cut to pieces of the size, and repeated to the number, that the other batches are measured in, so that the
    program for those serves them.
    """
    (count, length), size, rows = examples.mask.shape, size_of(task), answered_at_once(task)
    pieces = []
    for first in range(0, length, size):
        piece = jax.tree.map(lambda leaf, first=first: _cut(leaf, first, size, rows), examples)
        pieces.append(measured(task, _cut(answered, first, size, rows), piece, length, first))
    return Metrics(
        *(
            (np.all if name == "solved" else np.sum)(leaves, axis=0)[:count]
            for name, leaves in zip(Metrics._fields, zip(*pieces, strict=True), strict=True)
        )
    )


def _cut(leaf: np.ndarray, first: int, size: int, rows: int) -> np.ndarray:
    """Returns a piece of sequences `[n, length, ...]`, padded with zeros and repeated: `[rows, size, ...]`."""
    piece = leaf[:, first : first + size]
    padding = [(0, 0), (0, size - piece.shape[1])] + [(0, 0)] * (leaf.ndim - 2)
    return np.resize(np.pad(piece, padding), (rows, size, *leaf.shape[2:]))


def measured(task: Task, answered: np.ndarray, examples: Example, length: int, first: int = 0) -> Metrics:
    """Measures answers `[n, steps, out]` to sequences of one length, or to pieces of them; leaves `[n, size, ...]`.

    Args:
        task: decides what is right.
        answered: the answers.
        examples: the sequences, or pieces of them.
        length: of the whole sequences.
        first: the place of the first step.
    """
    size = examples.mask.shape[1]
    outputs = np.swapaxes(np.pad(answered, ((0, 0), (0, size - answered.shape[1]), (0, 0))), 0, 1).astype(np.float32)
    positions, lengths = first + np.arange(size, dtype=np.int32), np.full(len(answered), length, np.int32)
    with naming("judge"):
        metrics = measurer(task)(outputs, stack_examples(jax.tree.map(jnp.asarray, examples)), positions, lengths)
    return jax.tree.map(np.asarray, metrics)


def pooled(shares: Float[np.ndarray, " n"], weights: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Returns the mean over all steps of sequences, as scores divide once, and its standard error.

    Args:
        shares: the score of each sequence.
        weights: steps that each is asked, or ones where sequences count alike.
    """
    mean = float(np.sum(shares * weights) / np.sum(weights))
    # A ratio of two means: the deviations of its numerator from what its denominator says.
    error = float(np.std((shares - mean) * weights) / np.mean(weights) / np.sqrt(len(shares)))
    return mean, error


def weights(task: Task, metrics: Metrics) -> Float[np.ndarray, " n"]:
    """Returns what each sequence counts for in the headline: the steps that it is asked, or 1 for whole sequences."""
    return np.ones(len(metrics.count)) if task.score == "sequence_accuracy" else np.asarray(metrics.count, float)


def headline(task: Task, metrics: Metrics) -> np.ndarray:
    """Returns the headline score of each sequence."""
    match task.score:
        case "sequence_accuracy":
            return np.asarray(metrics.solved, float)
        case "token_accuracy":
            return np.asarray(metrics.correct / metrics.count)
        case "fit":
            return np.asarray(1 - metrics.loss_sum / metrics.count)
