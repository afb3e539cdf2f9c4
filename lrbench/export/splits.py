"""The splits of an export: which examples they hold. They are those that `lrbench run` itself trains and tests on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key, UInt32

from lrbench.data import Example, GeneratedTask, Stream, TrainingLengths, TrainingSet, stream_key
from lrbench.data.compilation import quick_to_compile
from lrbench.evaluation.questions import ROOT_SEED, make_examiner
from lrbench.export.columns import columns
from lrbench.export.request import Request
from lrbench.export.sequences import Sequences, without_padding

#: Sequences drawn at once, at most; and numbers, so that long sequences do not fill the memory. Part of the bytes of
#: some formats, so they follow from nothing of the machine.
PIECE, PIECE_NUMBERS = 256, 2**22


@dataclass(frozen=True)
class ExportSplit:
    """One split, drawn piece by piece.

    Attributes:
        name: train, validation, test-short or test-long.
        examples: how many it has.
        origin: how its examples follow from keys, in words.
        draw: makes the examples of some numbers, and their lengths; leaves `[n, size, ...]`.
        piece: how many to draw at once.
    """

    name: str
    examples: int
    origin: str
    draw: Callable[[Int[np.ndarray, " n"]], tuple[Example, Int[np.ndarray, " n"]]]
    piece: int

    def pieces(self) -> Iterator[Sequences]:
        """Yields the examples in order."""
        for start in range(0, self.examples, self.piece):
            wanted = min(self.piece, self.examples - start)
            # The last piece is filled up with its last example, so that one compiled program draws them all.
            numbers = np.minimum(np.arange(start, start + self.piece), self.examples - 1)
            example, lengths = self.draw(numbers)
            kept: Example = jax.tree.map(lambda leaf, wanted=wanted: np.asarray(leaf)[:wanted], example)
            yield without_padding(kept, lengths[:wanted])


def make_splits(request: Request) -> list[ExportSplit]:
    """Returns the splits of an export that have an example."""
    splits = [_train(request), _validation(request), *_tests(request)]
    return [split for split in splits if split.examples]


def piece_of(task: GeneratedTask, size: int) -> int:
    """Returns how many sequences of `size` steps to draw at once."""
    numbers = sum(prod(column.shape) for column in columns(task))
    return max(1, min(PIECE, PIECE_NUMBERS // (size * numbers)))


def tested_lengths(request: Request) -> list[int]:
    """Returns the lengths that are tested, ascending; of a deterministic task every one that is possible."""
    return make_examiner(request.task, request.training, max(1, request.test), request.lengths).test_lengths()


def _train(request: Request) -> ExportSplit:
    training_set = TrainingSet(request.task, request.training, request.train)
    root = jax.random.key(request.seed)
    shortest, longest = request.training.span

    def draw(numbers: Int[np.ndarray, " few"]) -> tuple[Example, Int[np.ndarray, " few"]]:
        example, lengths = _set_sampler(training_set)(root, jnp.asarray(numbers, jnp.int32))
        return example, np.asarray(lengths)

    return ExportSplit(
        "train",
        request.train,
        f"example i of the training set of seed {request.seed}: its key is "
        f"fold_in(fold_in(fold_in(key({request.seed}), {Stream.TRAINING_SET:d}), 0), i), from which its length and the "
        f"example are drawn; lrbench run trains seed {request.seed} on these, with train_length=[{shortest},{longest}] "
        f"length_distribution={request.training.distribution} train_examples={request.train}",
        draw,
        piece_of(request.task, longest),
    )


def _validation(request: Request) -> ExportSplit:
    keys, lengths = map(np.asarray, _validation_keys()(request.training, request.validation))
    origin = (
        f"the validation stream, fold_in(fold_in(key({ROOT_SEED}), {Stream.VALIDATION:d}), 0), its lengths drawn as in "
        f"training; lrbench run validates on these, with the same lengths and eval_examples={request.validation}"
    )
    return _keyed("validation", origin, request.task, keys, lengths, request.training.longest)


def _tests(request: Request) -> Iterator[ExportSplit]:
    task, longest = request.task, request.training.longest
    each = min(1, request.test) if task.deterministic else request.test
    lengths = tested_lengths(request)
    origin = (
        f"the test stream of each length, fold_in(fold_in(key({ROOT_SEED}), {Stream.TEST:d}), length), the lengths one "
        f"after the other; lrbench run tests on these, with the same lengths and eval_examples={request.test}"
    )
    if task.deterministic:
        origin = "the one sequence of every length that the task can have; lrbench run tests on these"
    if not each:
        return
    keys = np.asarray(_test_keys()(jnp.asarray(lengths, jnp.int32), each))
    drawn = np.repeat(np.asarray(lengths, np.int32), each)
    for name, own, size in (("test-short", drawn <= longest, longest), ("test-long", drawn > longest, max(lengths))):
        yield _keyed(name, origin, task, keys[own], drawn[own], size)


@cache
def _validation_keys() -> Callable[[TrainingLengths, int], tuple[UInt32[Array, "n words"], Int[Array, " n"]]]:
    """A program for the keys of the examples of validation, as numbers, and for their lengths."""

    def keys(training: TrainingLengths, count: int) -> tuple[UInt32[Array, "n words"], Int[Array, " n"]]:
        length_key, example_key = jax.random.split(stream_key(jax.random.key(ROOT_SEED), Stream.VALIDATION))
        return jax.random.key_data(jax.random.split(example_key, count)), training.draw(length_key, count)

    return jax.jit(keys, static_argnums=(0, 1), compiler_options=quick_to_compile())


@cache
def _test_keys() -> Callable[[Int[Array, " lengths"], int], UInt32[Array, "n words"]]:
    """A program for the keys of some examples of every length, as numbers, those of a length one after the other."""

    def keys(lengths: Int[Array, " lengths"], each: int) -> UInt32[Array, "n words"]:
        roots = jax.vmap(partial(stream_key, jax.random.key(ROOT_SEED), Stream.TEST))(lengths)
        return jax.random.key_data(jax.vmap(lambda root: jax.random.split(root, each))(roots).reshape(-1))

    return jax.jit(keys, static_argnums=1, compiler_options=quick_to_compile())


def _keyed(
    name: str,
    origin: str,
    task: GeneratedTask,
    keys: UInt32[np.ndarray, "n words"],
    lengths: Int[np.ndarray, " n"],
    size: int,
) -> ExportSplit:
    """A split whose keys and lengths are all known."""

    def draw(numbers: Int[np.ndarray, " few"]) -> tuple[Example, Int[np.ndarray, " few"]]:
        return _sampler(task, size)(jnp.asarray(keys[numbers]), jnp.asarray(lengths[numbers])), lengths[numbers]

    return ExportSplit(name, len(lengths), origin, draw, piece_of(task, size))


@cache
def _set_sampler(
    training_set: TrainingSet,
) -> Callable[[Key[Array, ""], Int[Array, " n"]], tuple[Example, Int[Array, " n"]]]:
    """One program for the training sets of all seeds."""

    def sample(root: Key[Array, ""], numbers: Int[Array, " n"]) -> tuple[Example, Int[Array, " n"]]:
        return jax.vmap(lambda number: training_set.example(root, number))(numbers)

    return jax.jit(sample, compiler_options=quick_to_compile())


@cache
def _sampler(task: GeneratedTask, size: int) -> Callable[[UInt32[Array, "n words"], Int[Array, " n"]], Example]:
    """One program for all splits of a size."""

    def sample(keys: UInt32[Array, "n words"], lengths: Int[Array, " n"]) -> Example:
        return jax.vmap(lambda key, length: task.sample(key, length, size))(jax.random.wrap_key_data(keys), lengths)

    return jax.jit(sample, compiler_options=quick_to_compile())
