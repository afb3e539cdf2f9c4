"""The sequences that lanes are examined on: fixed, and the same for every lane and every model of a task."""

import abc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import (
    Example,
    GeneratedTask,
    RecordedTask,
    Split,
    Stream,
    Task,
    TrainingLengths,
    sample_batch,
    stack_examples,
    stream_key,
)
from lrbench.data.compilation import quick_to_compile
from lrbench.data.epochs import shuffled

#: Root of the validation and test streams. Training draws from another stream, whatever its seeds.
ROOT_SEED = 0


@dataclass(frozen=True)
class Questions:
    """A batch of whole sequences on the host, time first.

    Attributes:
        example: leaves `[size, sequences, ...]`, numpy.
        lengths: each sequence's steps, `Int[sequences]`.
        asked: the length that each sequence is asked at, `Int[sequences]`; of a data set's shorter sequences it is more
            than their steps.
        wanted: how many sequences, from the first, count; the others only fill up the batch.
    """

    example: Example
    lengths: np.ndarray
    asked: np.ndarray
    wanted: int


class Examiner(abc.ABC):
    """Yields validation and test sequences in batches of one shape, so that one compilation serves every length."""

    @abc.abstractmethod
    def validation(self) -> Questions:
        """Returns sequences of the training lengths, from the validation stream or split."""

    @abc.abstractmethod
    def test_lengths(self) -> list[int]:
        """Returns the lengths tested, ascending."""

    @abc.abstractmethod
    def test(self) -> Iterator[Questions]:
        """Yields the test sequences, the lengths one after the other; a length may take several batches."""


def make_examiner(task: Task, lengths: TrainingLengths, count: int, at: Sequence[int]) -> Examiner:
    """Returns the examiner of a run.

    Args:
        task: what is asked.
        lengths: validation has lengths as training has.
        count: sequences of validation, and of the test at each length; of a data set as many as its splits have.
        at: the lengths to test at.
    """
    if isinstance(task, RecordedTask):
        return RecordedExaminer(task, count, lengths.longest, at)
    assert isinstance(task, GeneratedTask)
    return GeneratedExaminer(task, count, lengths, at)


@dataclass(frozen=True)
class GeneratedExaminer(Examiner):
    """Draws the sequences.

    Attributes:
        task: what to draw.
        count: sequences a batch; also the sequences tested at each length, unless the task is deterministic.
        training: validation draws lengths as training does at the end of its curriculum.
        lengths: the lengths to test at.
    """

    task: GeneratedTask
    count: int
    training: TrainingLengths
    lengths: Sequence[int]

    @cached_property
    def _draw(self) -> Callable[[Key[Array, ""], Int[Array, " sequences"]], Example]:
        size = max(self.lengths)

        @partial(jax.jit, compiler_options=quick_to_compile())
        def draw(key: Key[Array, ""], lengths: Int[Array, " sequences"]) -> Example:
            keys = jax.random.split(key, self.count)
            return stack_examples(jax.vmap(lambda one, length: self.task.sample(one, length, size))(keys, lengths))

        return draw

    def validation(self) -> Questions:
        """Returns sequences of the training lengths, from the validation stream."""
        key = stream_key(jax.random.key(ROOT_SEED), Stream.VALIDATION)
        draw = partial(sample_batch, self.task, count=self.count, lengths=self.training)
        example, lengths = jax.tree.map(np.asarray, jax.jit(draw, compiler_options=quick_to_compile())(key))
        return Questions(example, lengths, lengths, self.count)

    def test_lengths(self) -> list[int]:
        """Returns the lengths tested, ascending: those asked for, or all up to the longest of a deterministic task."""
        if not self.task.deterministic:
            return sorted(set(self.lengths))
        return [length for length in range(1, max(self.lengths) + 1) if self.task.problem(length) is None]

    def test(self) -> Iterator[Questions]:
        """Yields the test sequences: a batch for each length, or one sequence for each where that is all there is."""
        lengths = self.test_lengths()
        if not self.task.deterministic:
            for length in lengths:
                yield self._questions(length, np.full(self.count, length, np.int32), self.count)
            return
        for start in range(0, len(lengths), self.count):
            batch = lengths[start : start + self.count]
            filled = batch + batch[-1:] * (self.count - len(batch))
            yield self._questions(batch[0], np.asarray(filled, np.int32), len(batch))

    def _questions(self, step: int, lengths: np.ndarray, wanted: int) -> Questions:
        key = stream_key(jax.random.key(ROOT_SEED), Stream.TEST, step)
        example = jax.tree.map(np.asarray, self._draw(key, jnp.asarray(lengths)))
        return Questions(example, lengths, lengths, wanted)


@dataclass(frozen=True)
class RecordedExaminer(Examiner):
    """Reads the sequences from the splits of a data set.

    Where a split has more sequences than are asked for, some are chosen, the same ones for every run.

    Attributes:
        task: what to read.
        count: sequences of validation, and of the test at each length, at most.
        longest: steps of a validation sequence, at most, as in training.
        lengths: the lengths to test at: steps that are read of a sequence, at most.
    """

    task: RecordedTask
    count: int
    longest: int
    lengths: Sequence[int]

    #: Sequences of a test's batch, and of validation, which is one batch, at most: what is held at once does not grow
    #: with the data set.
    BATCH, VALIDATION = 256, 1024

    def validation(self) -> Questions:
        """Returns sequences of the validation split."""
        indices = self.chosen(Split.VALIDATION)
        return self._questions(Split.VALIDATION, indices, self.longest, len(indices))

    def test_lengths(self) -> list[int]:
        """Returns the lengths tested, ascending."""
        return sorted(set(self.lengths))

    def test(self) -> Iterator[Questions]:
        """Yields the sequences of the test split, all of them for each length."""
        indices = self.chosen(Split.TEST)
        size = min(self.BATCH, len(indices))
        for length in self.test_lengths():
            for start in range(0, len(indices), size):
                batch = indices[start : start + size]
                filled = np.concatenate([batch, np.repeat(batch[-1:], size - len(batch))])
                yield self._questions(Split.TEST, filled, length, len(batch))

    def chosen(self, split: Split) -> np.ndarray:
        """Returns which examples of validation or test are asked."""
        total = self.task.examples(split)
        count = min(self.count, self.VALIDATION) if split is Split.VALIDATION else self.count
        if total <= count:
            return np.arange(total)
        stream = Stream.VALIDATION if split is Split.VALIDATION else Stream.TEST
        choose = jax.jit(partial(shuffled, stream_key(jax.random.key(ROOT_SEED), stream), count=total))
        return np.sort(np.asarray(choose(jnp.arange(count, dtype=jnp.int32))))

    def _questions(self, split: Split, indices: np.ndarray, length: int, wanted: int) -> Questions:
        example, lengths = self.task.fetch(split, indices, length, length)
        stacked = jax.tree.map(lambda leaf: np.swapaxes(leaf, 0, 1), example)
        return Questions(stacked, lengths, np.full(len(indices), length, np.int32), wanted)
