"""Tasks over data sets of TFDS, on small data sets of the same features."""

import inspect
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
import yaml
from catalogue import RECORDED, RECORDED_ORIGINALS, default, measurer, over, text
from lrbench.tasks.imdb_bytes import ImdbBytes
from lrbench.tasks.sequential_cifar10 import SequentialCifar10
from lrbench.tasks.sequential_mnist import SequentialMnist, pixel_order
from lrbench.tasks.speech_commands import SpeechCommands
from tiny_data_sets import MAKERS, write

from lrbench.data import Example, Features, RecordedTask, Split, Tokens, stack_examples
from lrbench.data.tfds_task import TfdsTask

TFDS = {label: task for label, task in RECORDED.items() if isinstance(task, TfdsTask)}
NAMES = [name for name in RECORDED_ORIGINALS if isinstance(default(name), TfdsTask)]


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("tfds")
    for name in MAKERS:
        write(name, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(root))
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        yield root


def several(task: RecordedTask, split: Split, length: int, size: int) -> tuple[Example, np.ndarray]:
    records = task.fetch(split, np.arange(task.examples(split)), length, size)
    return records.example, records.lengths


def test_all_are_here() -> None:
    assert {type(task) for task in TFDS.values()} == {SequentialMnist, SequentialCifar10, ImdbBytes, SpeechCommands}


@pytest.mark.parametrize("task", **over(TFDS))
def test_shapes_ranges_and_padding(task: RecordedTask) -> None:
    longest = task.lengths.train[1]
    task.prepare()
    for split in Split:
        for length, size in ((longest, longest + 5), (max(1, longest // 3), longest), (1, 1)):
            (inputs, targets, mask), lengths = several(task, split, length, size)
            count = task.examples(split)
            assert count > 0
            if isinstance(task.inputs, Tokens):
                assert inputs.shape == (count, size)
                assert inputs.dtype == np.int32
                assert inputs.min() >= 0
                assert inputs.max() < task.inputs.count
            else:
                assert inputs.shape == (count, size, task.inputs.count)
                assert inputs.dtype == np.float32
                assert np.abs(inputs).max() <= 1
            assert targets.shape == mask.shape == (count, size)
            assert targets.dtype == np.int32
            assert mask.dtype == bool
            assert lengths.shape == (count,)
            assert lengths.max() <= length
            # One answer an example, at its last step; behind it nothing.
            np.testing.assert_array_equal(mask, np.arange(size) == lengths[:, None] - 1)
            assert targets[mask].min() >= 0
            assert targets[mask].max() < task.output.count
            behind = np.arange(size) >= lengths[:, None]
            assert not inputs[behind].any()


@pytest.mark.parametrize("task", **over(TFDS))
def test_a_shorter_length_reads_the_first_steps(task: RecordedTask) -> None:
    longest = task.lengths.train[1]
    (whole, targets, mask), lengths = several(task, Split.TEST, longest, longest)
    for length in (1, longest // 4, longest // 2):
        (inputs, answers, asked), cut = several(task, Split.TEST, length, longest)
        np.testing.assert_array_equal(cut, np.minimum(lengths, length))
        np.testing.assert_array_equal(inputs[:, :length], whole[:, :length])
        np.testing.assert_array_equal(answers[asked], targets[mask])


# TFDS cannot open its sounds without TensorFlow; tests/data/test_tfds_source.py compares those.
@pytest.mark.parametrize(
    "task", **over({label: task for label, task in TFDS.items() if not isinstance(task, SpeechCommands)})
)
def test_the_class_is_the_one_that_was_written(task: TfdsTask, tiny: Path) -> None:
    """The written examples are asked for here in another way: by TFDS itself, in its own order."""
    stored = tfds.data_source(task.source.name, split="test", download=False, data_dir=tiny)
    (inputs, targets, mask), _ = several(task, Split.TEST, task.source.steps, task.source.steps)
    np.testing.assert_array_equal(targets[mask], [example["label"] for example in stored])
    if isinstance(task, SequentialMnist):
        images = np.stack([example["image"].reshape(-1) for example in stored])
        np.testing.assert_array_equal(inputs[..., 0], images[:, pixel_order(task.order)] / np.float32(255))


def test_the_permutation_is_the_one_that_papers_share() -> None:
    order = pixel_order("permuted")
    assert sorted(order.tolist()) == list(range(784))
    assert order[:8].tolist() == [319, 576, 323, 107, 355, 716, 197, 20]
    raster, permuted = (
        several(SequentialMnist(order), Split.TEST, 784, 784)[0].inputs for order in ("raster", "permuted")
    )
    np.testing.assert_array_equal(permuted, raster[:, order])
    np.testing.assert_array_equal(several(SequentialMnist("permuted"), Split.TEST, 10, 10)[0].inputs, permuted[:, :10])


def test_reviews_are_cut_and_padded() -> None:
    task = ImdbBytes(longest=40)
    (inputs, _, _), lengths = several(task, Split.TEST, 40, 50)
    texts = {bytes(row[:length].astype(np.uint8)) for row, length in zip(inputs, lengths, strict=True)}
    assert any(text.startswith(b"test neg 0: ") and len(text) == 40 for text in texts)
    # The empty review is one silent step.
    assert b"\0" in texts
    assert [task.input_name(byte) for byte in b"a ~\n\xc3"] == ["a", "␣", "~", "0a", "c3"]


def test_recordings_keep_their_own_length() -> None:
    (inputs, _, _), lengths = several(SpeechCommands(), Split.TRAINING, 16000, 16000)
    assert sorted(set(lengths.tolist())) == [11000, 16000]
    np.testing.assert_array_equal(inputs * 32768, np.round(inputs * 32768))
    assert {task.examples(Split.TEST) for task in (SpeechCommands(), SpeechCommands("ten"))} == {10, 12}


@pytest.mark.parametrize(
    "task", [SequentialMnist(), ImdbBytes(), SpeechCommands("ten")], ids=lambda task: task.source.name
)
def test_the_score_looks_where_the_class_is_asked(task: TfdsTask) -> None:
    length = task.lengths.train[1]
    (_, targets, mask), lengths = several(task, Split.TEST, length, length)
    count = len(lengths)
    logits = np.zeros((count, length, task.output.count), np.float32)
    logits[np.arange(count), lengths - 1, targets[mask]] = 20.0
    examples = stack_examples(Example(logits, targets, mask))
    positions = np.arange(length, dtype=np.int32)
    metrics = measurer(task)(examples.inputs, examples, positions, lengths)
    np.testing.assert_array_equal(metrics.correct, np.ones(count))
    np.testing.assert_array_equal(metrics.count, np.ones(count))
    assert np.all(metrics.solved)
    assert task.chance(length) == 1 / task.output.count


@pytest.mark.parametrize("task", **over(TFDS))
def test_lengths_and_refusals(task: RecordedTask) -> None:
    assert list(task.lengths.evaluation) == sorted(set(task.lengths.evaluation))
    assert all(task.problem(length) is None for length in (*task.lengths.train, *task.lengths.evaluation))
    for length in (-1, 0, task.lengths.train[1] + 1):
        problem = task.problem(length)
        assert problem is not None
        assert any(character.isdigit() for character in problem)
    assert task.lag(1) == 0
    for length in task.lengths.evaluation:
        assert 0 < task.lag(length) < length
        assert 0 <= task.chance(length) < 1


@pytest.mark.parametrize("task", **over(TFDS))
def test_description(task: RecordedTask) -> None:
    assert task.family == "real data"
    assert task.paper
    assert task.published
    for number in task.published:
        assert 0 < number.value < 1
    for count, name in ((task.inputs.count, task.input_name), (task.output.count, task.output_name)):
        assert len({name(index) for index in range(count)}) == count
    assert isinstance(task.inputs, Tokens | Features)


@pytest.mark.parametrize("name", NAMES)
def test_yaml_says_what_the_class_says(name: str) -> None:
    task = default(name)
    assert text(name).splitlines()[0] == f"# {(inspect.getdoc(type(task)) or '').splitlines()[0]}"
    written = yaml.safe_load(text(name))
    assert written.pop("_target_") == f"lrbench.tasks.{name}.{type(task).__name__}"
    assert written == asdict(type(task)()), "every field stands in the YAML with its default"


@pytest.mark.parametrize("name", NAMES)
def test_values_of_another_kind_are_refused(name: str) -> None:
    for field in fields(default(name)):
        with pytest.raises(ValueError, match=f"{field.name}='unheard-of'"):
            changed(name, field.name, "unheard-of")


def changed(name: str, field: str, value: object) -> None:
    """Set behind the type checker's back, as an override on the command line is."""
    task = replace(default(name))
    object.__setattr__(task, field, value)
    task.__post_init__()


def test_the_digest_tells_data_and_reading_apart() -> None:
    digests = [task.digest() for task in (SequentialMnist(), SequentialCifar10(), ImdbBytes(), SpeechCommands())]
    assert len(set(digests)) == 4
    assert SequentialMnist("permuted").digest() == digests[0], "the order of reading is a field, not the data"
