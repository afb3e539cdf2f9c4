"""Small exports to test on, and readers of every format that know nothing of lrbench."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Array, Int, Key
from lrbench.tasks.adding import Adding
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.parity import Parity

from lrbench.data import Bits, Example, Features, GeneratedTask, Lengths, Task, TrainingLengths
from lrbench.data.compilation import quick_to_compile
from lrbench.data.task import Family
from lrbench.export import FORMATS, Format, Request
from lrbench.export.splits import ExportSplit
from lrbench.runs.devices import keep_compiled_programs

# The programs are the same in every file of tests, and in the processes that these start.
keep_compiled_programs()


@dataclass(frozen=True)
class Signs(GeneratedTask):
    """Which of the two last numbers are positive? A task with one feature and bits, and with sequences of one step.

    Attributes:
        scale: of the numbers.
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = "nobody | nowhere"

    scale: float = 1.5

    @property
    def inputs(self) -> Features:
        return Features(1)

    @property
    def output(self) -> Bits:
        return Bits(2)

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(1, 3), evaluation=(1, 2, 3, 18))

    def problem(self, length: int) -> str | None:
        return None if length >= 1 else "it needs 1 step"

    def lag(self, length: int) -> int:
        return min(1, length - 1)

    def chance(self, length: int) -> float:
        return 0.5 if length > 1 else 0.9

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        steps = jnp.arange(size, dtype=jnp.int32)
        numbers = jnp.where(steps < length, jax.random.normal(key, (size,), jnp.float32) * self.scale, 0.0)
        bits = (numbers > 0).astype(jnp.int32)
        before = jnp.concatenate([jnp.zeros(1, jnp.int32), bits[:-1]])
        mask = steps < length
        return Example(numbers[:, None], jnp.stack([bits, before * mask.astype(jnp.int32)], axis=1), mask)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        signs = np.where(inputs[:, 0] > 0, 1.0, -1.0)
        return np.stack([signs, np.concatenate([[-1.0], signs[:-1]])], axis=1)

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        return np.zeros((len(inputs), 2))


TASKS: dict[str, GeneratedTask] = {"parity": Parity(), "adding": Adding(), "anbn": AnBn(), "signs": Signs()}


def small_request(name: str, form: Format = "npz", **others: Any) -> Request:
    """A request of a few examples, each of whose values can be another."""
    task = TASKS[name]
    training = {"parity": (3, 9), "adding": (6, 6), "anbn": (3, 9), "signs": (1, 3)}[name]
    lengths = {"parity": (4, 9, 14), "adding": (5, 6, 9), "anbn": (9, 13), "signs": (1, 3, 5)}[name]
    wanted: dict[str, Any] = {
        "name": name,
        "task": task,
        "training": TrainingLengths(task, *training),
        "lengths": lengths,
        "train": 300,  # more than are drawn at once
        "validation": 7,
        "test": 5,
        "seed": 0,
        "format": form,
    }
    return Request(**(wanted | others))


class Read(NamedTuple):
    """One sequence as a reader found it."""

    inputs: np.ndarray
    targets: np.ndarray
    mask: np.ndarray
    length: int


Reader = Callable[[Path, str, Task], list[Read]]


def _read_npz(folder: Path, split: str, task: Task) -> list[Read]:
    del task
    with np.load(folder / f"{split}.npz", allow_pickle=False) as arrays:
        ends = arrays["offsets"].tolist()
        return [
            Read(arrays["inputs"][start:end], arrays["targets"][start:end], arrays["mask"][start:end], int(length))
            for start, end, length in zip(ends[:-1], ends[1:], arrays["length"], strict=True)
        ]


def _typed(task: Task, row: dict[str, Any]) -> Read:
    """Lists as arrays of the types that the card names."""
    whole = not isinstance(task.inputs, Features), hasattr(task.output, "tolerance")
    inputs = np.array(row["inputs"], np.int32 if whole[0] else np.float32)
    targets = np.array(row["targets"], np.float32 if whole[1] else np.int32)
    return Read(inputs, targets, np.array(row["mask"]), row["length"])


def _read_jsonl(folder: Path, split: str, task: Task) -> list[Read]:
    return [_typed(task, json.loads(line)) for line in (folder / f"{split}.jsonl").read_text().splitlines()]


def _read_parquet(folder: Path, split: str, task: Task) -> list[Read]:
    return [_typed(task, row) for row in pl.read_parquet(folder / f"{split}.parquet").iter_rows(named=True)]


def _read_tfds(folder: Path, split: str, task: Task) -> list[Read]:
    del task
    import tensorflow_datasets as tfds

    source = tfds.builder_from_directory(folder).as_data_source(split=split)
    return [Read(**source[number]) for number in range(len(source))]


READERS: dict[Format, Reader] = dict(zip(FORMATS, (_read_tfds, _read_npz, _read_jsonl, _read_parquet), strict=True))


def drawn(split: ExportSplit) -> list[Read]:
    """The examples of a split as they go into files."""
    return [
        Read(one.inputs, one.targets, one.mask, int(one.lengths[0])) for piece in split.pieces() for one in piece.each()
    ]


#: How far apart the numbers of a task may be when another program draws them: a logarithm rounds as it is compiled.
ROUNDING = {"parity": 0.0, "adding": 0.0, "anbn": 0.0, "signs": 3e-6}


def expected(task: GeneratedTask, keys: Any, lengths: Any) -> list[Read]:
    """Draws examples one by one, without padding."""
    alone = {
        length: jax.jit(partial(task.sample, length=length, size=length), compiler_options=quick_to_compile())
        for length in {int(n) for n in lengths}
    }
    examples = [alone[int(length)](key) for key, length in zip(keys, lengths, strict=True)]
    return [Read(*(np.asarray(leaf) for leaf in one), len(one.mask)) for one in examples]


def assert_same(found: list[Read], wanted: list[Read], rounding: float = 0.0) -> None:
    """Raises AssertionError unless the sequences are the same to the bit, types and shapes included.

    `rounding`: how far real numbers may be apart that different programs computed.
    """
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.length == other.length
        for left, right in zip(one[:3], other[:3], strict=True):
            assert (left.dtype, left.shape) == (right.dtype, right.shape)
            if rounding and left.dtype == np.float32:
                np.testing.assert_allclose(left, right, rtol=rounding)
            else:
                assert left.tobytes() == right.tobytes()
