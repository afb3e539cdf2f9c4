"""Whether there is something to learn: a GRU, trained for a moment, has a lower loss than before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from lrbench.contract.compilation import quickest_to_compile
from lrbench.contract.draws import COUNT, SHORT, headline, measured, padded_batch, possible, stream_batch
from lrbench.contract.point import ContractError, naming
from lrbench.data import Example, Features, GeneratedTask, Output, RecordedTask, Split, Stream, Task, Tokens
from lrbench.models import GRU, Architecture
from lrbench.training import Lane, Optimizer, Trainer, spread_lanes
from lrbench.training.feed import Feed

#: The training.
WIDTH, STEPS, BATCH_SIZE, RATE = 64, 200, 16, 0.003
#: Among so many answers most are never seen in it, and a high rate unlearns more of them than it teaches of the others.
MANY, LOW_RATE = 1024, 0.001
#: Numbers that the answers before and after the training may fill the memory with.
ANSWERS = 2**25
#: Steps that are read of a data set's sequence, at most, unless these are asked nothing.
RECORDED_STEPS = 64
#: Lengths are padded to a multiple of this, so that tasks with the same inputs and outputs share a program.
GRID = 8
#: Standard errors that the mean gain must be above 0.
ERRORS = 4.0


def teaches_something(task: Task) -> str:
    """A GRU learns something on it in 200 steps, at a short length.

    The loss on fixed validation sequences falls by more than four standard errors of its paired difference.
    """
    length, training, validation = _generated(task) if isinstance(task, GeneratedTask) else _recorded(task)
    size = -(-length // GRID) * GRID
    block = jax.tree.map(lambda leaf: _in_steps(_padded(leaf, size)), training)
    # Fewer where the answers of so many would fill the memory.
    asked = max(8, ANSWERS // (2 * size * task.output.count))
    examples = jax.tree.map(lambda leaf: _padded(leaf[:asked], size), validation)
    program = _life(task.inputs, task.output)
    with naming(f"training at length {length}"):
        outputs = np.asarray(program(jax.random.key(0), block, np.swapaxes(examples.inputs, 0, 1)))
    before, after = (measured(task, np.swapaxes(one, 0, 1), examples, length) for one in outputs)
    losses = [one.loss_sum / np.maximum(one.count, 1) for one in (before, after)]
    gains = losses[0] - losses[1]
    gain, error = float(np.mean(gains)), float(np.std(gains)) / np.sqrt(len(gains))
    said = f"loss {np.mean(losses[0]):.3f} to {np.mean(losses[1]):.3f} at length {length}"
    if not gain > max(ERRORS * error, 0.0):
        raise ContractError(
            f"{said} in {STEPS} steps of a GRU, a gain of {gain:.4f} ± {error:.4f} (standard error): it learns "
            "nothing; are the targets right, and is the mask?"
        )
    return f"score {np.mean(headline(task, after)):.2f}, chance {task.chance(length):.2f}, {said}"


@dataclass(frozen=True)
class _DrawnFeed(Feed):
    """Batches that were drawn before, as the block of all steps."""

    def batch(self, key: Key[Array, ""], step: Int[Array, ""], block: Example | None) -> Example:
        """Takes the step's batch."""
        del key
        return jax.tree.map(lambda leaf: leaf[step], block)


@lru_cache(maxsize=32)
def _life(
    inputs: Tokens | Features, output: Output
) -> Callable[[Key[Array, ""], Example, Array], Float[Array, "2 time sequences out"]]:
    """Returns the program that trains a fresh model, and lets it answer before and after; the same for all tasks."""
    model = Architecture(layer=GRU, layers=1, norm="none", residual=False, width=WIDTH).build(
        encoder="embedding" if isinstance(inputs, Tokens) else "linear", inputs=inputs.count, outputs=output.count
    )
    lane = Lane(0, LOW_RATE if output.count > MANY else RATE)
    spread = spread_lanes(1, jax.local_devices()[:1])
    trainer = Trainer(output, _DrawnFeed(), model, Optimizer(), (lane,), spread, STEPS)

    def life(key: Key[Array, ""], block: Example, questions: Array) -> Float[Array, "2 time sequences out"]:
        first = trainer.init_lane(key, jnp.float32(lane.learning_rate))
        last = jax.lax.fori_loop(0, STEPS, lambda _, state: trainer.step_lane(state, block), first)
        both = jax.tree.map(lambda one, other: jnp.stack([one, other]), first.params, last.params)
        return jax.lax.map(lambda params: model.apply(params, questions)[1], both)

    return jax.jit(life, compiler_options=quickest_to_compile())


def _generated(task: GeneratedTask) -> tuple[int, Example, Example]:
    """Returns a short length, `STEPS` batches, and validation sequences: leaves `[sequences, length, ...]`."""
    length = possible(task, SHORT)
    drawn = [stream_batch(task, length, Stream.TRAINING, step) for step in range(-(-STEPS * BATCH_SIZE // COUNT))]
    training = jax.tree.map(lambda *leaves: np.concatenate(leaves)[: STEPS * BATCH_SIZE], *drawn)
    return length, training, jax.tree.map(lambda leaf: leaf[:, :length], padded_batch(task, length))


def _recorded(task: Task) -> tuple[int, Example, Example]:
    """Does the same with a data set, of which every batch is chosen anew."""
    assert isinstance(task, RecordedTask)
    task.prepare()
    length = _answered_length(task)
    chosen = np.random.default_rng(0).integers(0, task.examples(Split.TRAINING), STEPS * BATCH_SIZE)
    with naming("fetch"):
        training = task.fetch(Split.TRAINING, chosen, length, length).example
        asked = np.arange(min(COUNT, task.examples(Split.VALIDATION)))
        return length, training, task.fetch(Split.VALIDATION, asked, length, length).example


def _answered_length(task: RecordedTask) -> int:
    """The shortest length, doubled from `RECORDED_STEPS` on, at which about every example is asked something.

    A data set may leave the first steps of its sequences without an answer; its longest length is taken where no
    shorter one will do.
    """
    longest = task.lengths.train[1]
    parts = {split: np.arange(min(COUNT, task.examples(split))) for split in (Split.TRAINING, Split.VALIDATION)}
    length = min(RECORDED_STEPS, longest)
    while length < longest:
        if task.problem(length) is None and all(
            task.asked_of(split, few, length) >= min(len(few), task.asked_of(split, few, longest))
            for split, few in parts.items()
        ):
            return length
        length = min(2 * length, longest)
    return longest


def _padded(leaf: np.ndarray, size: int) -> np.ndarray:
    return np.pad(leaf, [(0, 0), (0, size - leaf.shape[1])] + [(0, 0)] * (leaf.ndim - 2))


def _in_steps(leaf: np.ndarray) -> np.ndarray:
    """Turns `[STEPS * BATCH_SIZE, time, ...]` into `[STEPS, time, BATCH_SIZE, ...]`."""
    return np.swapaxes(leaf.reshape(STEPS, BATCH_SIZE, *leaf.shape[1:]), 1, 2)
