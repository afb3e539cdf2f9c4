"""Every format, read with a reader that knows nothing of lrbench, holds what was drawn."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from exports import READERS, ROUNDING, TASKS, assert_same, drawn, expected, small_request
from jaxtyping import Array, Int, Key
from lrbench.tasks.adding import Adding

from lrbench.data import Example, Stream, TrainingLengths, measure, stack_examples, stream_key
from lrbench.data.compilation import quick_to_compile
from lrbench.export import FORMATS, Format, export
from lrbench.export.sequences import Sequences, joined, without_padding
from lrbench.export.splits import make_splits
from lrbench.runs.errors import ConfigurationError

#: One of each kind of columns: tokens and classes, features and values, features and bits.
KINDS = ("parity", "adding", "signs")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_read_back_is_what_was_drawn(form: Format, name: str, tmp_path: Path) -> None:
    wanted = small_request(name, form)
    export(wanted, tmp_path / name)
    for split in make_splits(wanted):
        assert_same(READERS[form](tmp_path / name, split.name, wanted.task), drawn(split))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_drawn_is_what_its_key_says(name: str) -> None:
    wanted = small_request(name)
    made = make_splits(wanted)
    assert f"fold_in(fold_in(fold_in(key(0), {Stream.TRAINING_SET:d}), 0), i)" in made[0].origin
    splits = {split.name: drawn(split) for split in made}
    set_key = stream_key(jax.random.key(0), Stream.TRAINING_SET)
    some = [0, 1, 255, 256, 299]  # around the end of a piece
    pairs = [jax.random.split(jax.random.fold_in(set_key, number)) for number in some]
    length = jax.jit(lambda key: wanted.training.draw(key, 1)[0])
    lengths = [int(length(length_key)) for length_key, _ in pairs]
    found = [splits["train"][number] for number in some]
    assert_same(found, expected(wanted.task, [key for _, key in pairs], lengths), ROUNDING[name])
    for split, steps in (("test-short", wanted.lengths[0]), ("test-long", wanted.lengths[-1])):
        keys = jax.random.split(stream_key(jax.random.key(0), Stream.TEST, steps), wanted.test)
        found = [one for one in splits[split] if one.length == steps]
        assert_same(found, expected(wanted.task, keys, [steps] * wanted.test), ROUNDING[name])


@pytest.mark.parametrize(("name", "form"), list(zip(TASKS, FORMATS, strict=True)))
def test_the_oracle_scores_one_on_what_is_read_back(name: str, form: Format, tmp_path: Path) -> None:
    wanted = small_request(name, form)
    export(wanted, tmp_path / name)
    task, size = wanted.task, max(wanted.lengths)
    score = jax.jit(partial(measure, task), compiler_options=quick_to_compile())

    def padded(leaf: np.ndarray) -> np.ndarray:
        return np.pad(leaf, [(0, size - len(leaf)), *[(0, 0)] * (leaf.ndim - 1)])

    found = [one for split in make_splits(wanted) for one in READERS[form](tmp_path / name, split.name, task)]
    examples = Example(*(jnp.asarray(np.stack([padded(one[leaf]) for one in found])) for leaf in range(3)))
    answers = np.stack([padded(task.oracle(one.inputs)) for one in found], axis=1).astype(np.float32)
    lengths = jnp.asarray([one.length for one in found], jnp.int32)
    metrics = score(jnp.asarray(answers), stack_examples(examples), jnp.arange(size, dtype=jnp.int32), lengths)
    assert np.all(metrics.solved)
    assert metrics.count.tolist() == [int(np.sum(one.mask)) for one in found]


def test_real_numbers_survive_json_to_the_bit(tmp_path: Path) -> None:
    export(small_request("adding", "jsonl"), tmp_path / "adding")
    row = json.loads((tmp_path / "adding" / "test-long.jsonl").read_text().splitlines()[0])
    numbers = np.array(row["inputs"])
    assert np.array_equal(numbers.astype(np.float32).astype(np.float64), numbers)


def test_parquet_has_plain_types(tmp_path: Path) -> None:
    export(small_request("signs", "parquet"), tmp_path / "signs")
    schema = pl.read_parquet_schema(tmp_path / "signs" / "train.parquet")
    assert schema == {
        "inputs": pl.List(pl.List(pl.Float32)),
        "targets": pl.List(pl.List(pl.Int32)),
        "mask": pl.List(pl.Boolean),
        "length": pl.Int32,
    }


def test_parquet_gathers_pieces_to_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    import lrbench.export.parquet

    monkeypatch.setattr(lrbench.export.parquet, "GROUP_STEPS", 6 * 512)
    export(small_request("adding", "parquet", train=1280, validation=0, test=0), tmp_path / "adding")  # 5 pieces of 256
    groups = pq.ParquetFile(tmp_path / "adding" / "train.parquet").metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [512, 512, 256]


def test_npz_has_the_arrays_that_its_card_names(tmp_path: Path) -> None:
    export(small_request("signs", "npz"), tmp_path / "signs")
    with np.load(tmp_path / "signs" / "validation.npz") as arrays:
        steps = int(arrays["offsets"][-1])
        assert {name: (array.dtype.str, array.shape) for name, array in arrays.items()} == {
            "inputs": ("<f4", (steps, 1)),
            "targets": ("<i4", (steps, 2)),
            "mask": ("|b1", (steps,)),
            "offsets": ("<i8", (8,)),
            "length": ("<i4", (7,)),
        }
    with zipfile.ZipFile(tmp_path / "signs" / "validation.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_tfds_needs_no_tensorflow_and_finds_it_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "lrbench_adding" / "0.1.0"
    export(small_request("adding", "tfds"), folder)
    code = (
        "import sys, tensorflow_datasets as tfds\n"
        "builder = tfds.builder('lrbench_adding', data_dir=sys.argv[1])\n"
        "splits = builder.as_data_source()\n"
        "print({name: len(split) for name, split in splits.items()})\n"
        "print(len(builder.as_data_source(split='test-short[2:5]')), builder.info.features['inputs'].shape)\n"
        "print(builder.info.supervised_keys, builder.info.citation, 'tensorflow' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "{'train': 300, 'validation': 7, 'test-short': 10, 'test-long': 5}"
    assert lines[1] == "3 (None, 2)"
    assert lines[2] == f"('inputs', 'targets') {TASKS['adding'].paper} False"


def test_without_array_record_tfds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "array_record.python.array_record_module", None)
    with pytest.raises(ConfigurationError, match=r"needs array_record.*choose npz"):
        export(small_request("parity", "tfds"), tmp_path / "parity")
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Unasked(Adding):
    """Add the two marked numbers; what is not asked is no number."""

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        example = super().sample(key, length, size)
        return example._replace(targets=jnp.where(example.mask[:, None], example.targets, jnp.nan))


@pytest.mark.parametrize("form", FORMATS)
def test_targets_that_are_not_asked_are_0_in_every_format(form: Format, tmp_path: Path) -> None:
    asked, unasked = (
        small_request("adding", form, task=task, training=TrainingLengths(task, 6, 6), train=3)
        for task in (Adding(), Unasked())
    )
    export(unasked, tmp_path / "unasked")
    for split in make_splits(asked):
        assert_same(READERS[form](tmp_path / "unasked", split.name, unasked.task), drawn(split))


def test_padding_is_taken_off_and_pieces_are_joined() -> None:
    inputs = np.arange(12, dtype=np.int32).reshape(3, 4)
    mask = inputs % 2 == 0
    piece = without_padding(Example(inputs, -inputs, mask), np.array([4, 1, 2], np.int32))
    assert piece.inputs.tolist() == [0, 1, 2, 3, 4, 8, 9]
    assert piece.offsets.tolist() == [0, 4, 5, 7]
    both = joined([piece, piece])
    assert isinstance(both, Sequences)
    assert both.offsets.tolist() == [0, 4, 5, 7, 11, 12, 14]
    assert [one.targets.tolist() for one in both.each()][1:4] == [[-4], [-8, 0], [0, 0, -2, 0]], (
        "0 where the mask is false"
    )
    assert [one.lengths.tolist() for one in both.each()] == [[4], [1], [2]] * 2
