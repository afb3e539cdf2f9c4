"""Training data on its way into the compiled chunk: drawn there, or read ahead of the steps that want it."""

import abc
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Array, Int, Key

from lrbench.data import (
    Example,
    GeneratedTask,
    RecordedTask,
    Split,
    Stream,
    Task,
    TrainingLengths,
    TrainingSet,
    sample_batch,
    stream_key,
)
from lrbench.data.compilation import quick_to_compile
from lrbench.data.epochs import examples_of_step, shuffled
from lrbench.training.lanes import AXIS, Lane, Spread, root_keys_of

#: Bytes of examples that are laid on the devices at once; one such block is in use while the next is on its way.
BLOCK_BYTES = 64 * 2**20
#: Steps of a block, at most.
BLOCK_STEPS = 64


class Feed(abc.ABC):
    """Where the batches of a training come from."""

    @property
    def block(self) -> int | None:
        """Steps whose examples lie on the devices at once; a call of the chunk ends where such a block ends.

        None where the examples are drawn inside the chunk.
        """
        return None

    def examples_for(self, step: int) -> Example | None:
        """Returns the block that holds a step, leaves `[lanes, block, time, batch, ...]`; None where drawn inside."""
        del step
        return None

    @abc.abstractmethod
    def batch(self, key: Key[Array, ""], step: Int[Array, ""], block: Example | None) -> Example:
        """Returns a lane's batch of a step, time first. Called inside the compiled chunk.

        Args:
            key: the lane's root key.
            step: updates taken so far.
            block: the lane's part of the block, leaves `[block, time, batch, ...]`.
        """


@dataclass(frozen=True)
class EndlessFeed(Feed):
    """Draws new sequences at every step.

    Attributes:
        task: what to draw.
        lengths: which lengths.
        batch_size: sequences a step.
    """

    task: GeneratedTask
    lengths: TrainingLengths
    batch_size: int

    def batch(self, key: Key[Array, ""], step: Int[Array, ""], block: Example | None) -> Example:
        """Draws from the training stream of the lane's key."""
        example, _ = sample_batch(
            self.task, stream_key(key, Stream.TRAINING, step), self.batch_size, self.lengths, step
        )
        return example


@dataclass(frozen=True)
class FiniteFeed(Feed):
    """Walks a fixed set of drawn sequences in shuffled epochs.

    Attributes:
        examples: the set.
        batch_size: sequences a step.
    """

    examples: TrainingSet
    batch_size: int

    def batch(self, key: Key[Array, ""], step: Int[Array, ""], block: Example | None) -> Example:
        """Draws the step's examples of the lane's set."""
        return self.examples.batch(key, step, self.batch_size)


@dataclass(frozen=True)
class RecordedFeed(Feed):
    """Reads a data set in shuffled epochs, a block of steps ahead of the training.

    While the chunk trains on one block, a thread reads the next and lays it on the devices. Which examples a step has
    is a function of the lane's key and the step, so a resumed training goes on where it was cut.

    Attributes:
        task: what to read.
        length: steps of a sequence, at most.
        batch_size: sequences a step.
        count: examples to train on; fewer than the training split has are chosen by the lane's seed.
        lanes: whose order it is.
        spread: the lanes on the devices.
    """

    task: RecordedTask
    length: int
    batch_size: int
    count: int
    lanes: Sequence[Lane]
    spread: Spread
    _ahead: dict[int, "Future[Example]"] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def block(self) -> int:
        """Steps of a block: as many as fit into `BLOCK_BYTES`."""
        one = self.task.fetch(Split.TRAINING, np.zeros(1, np.int64), self.length, self.length).example
        sequence = sum(leaf.nbytes for leaf in one)
        step = sequence * self.batch_size * self.spread.padded
        return int(np.clip(BLOCK_BYTES // step, 1, BLOCK_STEPS))

    @cached_property
    def _reader(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="lrbench-feed")

    @cached_property
    def _indices(self) -> jax.stages.Wrapped:
        """The examples of some steps of every lane: `[lanes, steps, batch]`."""
        total = self.task.examples(Split.TRAINING)

        def of_lane(key: Key[Array, ""], steps: Int[Array, " steps"]) -> Int[Array, "steps batch"]:
            order = stream_key(key, Stream.ORDER)
            places = jax.vmap(lambda step: examples_of_step(order, step, self.batch_size, self.count))(steps)
            if self.count == total:
                return places
            return shuffled(stream_key(key, Stream.TRAINING_SET), places.ravel(), total).reshape(places.shape)

        return jax.jit(jax.vmap(of_lane, in_axes=(0, None)), compiler_options=quick_to_compile())

    def indices(self, steps: np.ndarray) -> Int[np.ndarray, "lanes steps batch"]:
        """Returns which training examples some steps of every lane have."""
        return np.asarray(self._indices(root_keys_of(self.lanes), jnp.asarray(steps, jnp.int32)))

    def examples_for(self, step: int) -> Example:
        """Returns the block that holds a step; the one after it is read meanwhile."""
        number = step // self.block
        for other in [one for one in self._ahead if one not in (number, number + 1)]:
            del self._ahead[other]
        for wanted in (number, number + 1):
            if wanted not in self._ahead:
                self._ahead[wanted] = self._reader.submit(self._load, wanted)
        return self._ahead[number].result()

    def _load(self, number: int) -> Example:
        """Reads a block and lays it on the devices, the lanes where their states are."""
        steps = np.arange(number * self.block, (number + 1) * self.block)
        indices = self.indices(steps)
        wanted, where = np.unique(indices, return_inverse=True)
        records = self.task.fetch(Split.TRAINING, wanted, self.length, self.length)
        padded = np.minimum(np.arange(self.spread.padded), self.spread.count - 1)
        places = where.reshape(indices.shape)[padded]

        def lay(leaf: np.ndarray) -> jax.Array:
            # [lanes, steps, batch, time, ...], then time before batch.
            return jax.device_put(np.moveaxis(leaf[places], 3, 2), NamedSharding(self.spread.mesh, PartitionSpec(AXIS)))

        return jax.tree.map(lay, records.example)

    def batch(self, key: Key[Array, ""], step: Int[Array, ""], block: Example | None) -> Example:
        """Takes the step's examples from the block."""
        del key
        return jax.tree.map(lambda leaf: leaf[step % self.block], block)


def make_feed(
    task: Task,
    lengths: TrainingLengths,
    batch_size: int,
    examples: int | None,
    lanes: Sequence[Lane],
    spread: Spread,
) -> Feed:
    """Returns the feed of a training.

    Args:
        task: where the sequences come from.
        lengths: which lengths they have.
        batch_size: sequences a step.
        examples: of a finite training set; None for an endless stream, or for the whole training split of a data set.
        lanes: seeds and learning rates.
        spread: the lanes on the devices.
    """
    if isinstance(task, RecordedTask):
        count = task.examples(Split.TRAINING) if examples is None else examples
        return RecordedFeed(task, lengths.longest, batch_size, count, lanes, spread)
    assert isinstance(task, GeneratedTask)
    if examples is None:
        return EndlessFeed(task, lengths, batch_size)
    return FiniteFeed(TrainingSet(task, lengths, examples), batch_size)
