"""Data on its way to the training: read ahead, in the order of the epochs, the same wherever a training is cut."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lrbench.tasks.parity import Parity

from lrbench.data import Classes, Example, Lengths, RecordedTask, Records, Split, Tokens, TrainingLengths
from lrbench.data.task import Family
from lrbench.evaluation import make_examiner
from lrbench.models import GRU, Architecture
from lrbench.training import Optimizer, Trainer, make_feed, make_lanes, spread_lanes
from lrbench.training import feed as feeds

SIZES = {Split.TRAINING: 50, Split.VALIDATION: 9, Split.TEST: 21}


@dataclass(frozen=True)
class Shelf(RecordedTask):
    """Random words of 2 to 8 steps; what was fetched is remembered."""

    family: ClassVar[Family] = "real data"
    paper: ClassVar[str] = "none"

    seed: int = 0

    @cached_property
    def fetched(self) -> list[tuple[Split, list[int], str]]:
        return []

    @property
    def inputs(self) -> Tokens:
        return Tokens(SIZES[Split.TRAINING] + 1)

    @property
    def output(self) -> Classes:
        return Classes(3)

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(8, 8), evaluation=(4, 8))

    def problem(self, length: int) -> str | None:
        return None if 1 <= length <= 8 else "between 1 and 8 steps can be read"

    def lag(self, length: int) -> int:
        return length - 1

    def chance(self, length: int) -> float:
        return 1 / 3

    def prepare(self) -> None:
        pass

    def examples(self, split: Split) -> int:
        return SIZES[split]

    def digest(self) -> str:
        return f"{self.seed:016x}"

    def fetch(self, split: Split, indices: np.ndarray, length: int, size: int) -> Records:
        self.fetched.append((split, indices.tolist(), threading.current_thread().name))
        lengths = np.minimum(2 + indices % 7, length).astype(np.int32)
        steps = np.arange(size)
        inside = steps < lengths[:, None]
        inputs = np.where(inside, indices[:, None] % SIZES[split] + 1, 0).astype(np.int32)
        mask = steps == lengths[:, None] - 1
        return Records(Example(inputs, np.where(mask, indices[:, None] % 3, 0).astype(np.int32), mask), lengths)


def trainer_of(task: RecordedTask | Parity, examples: int | None, seeds: tuple[int, ...] = (0, 1, 2)) -> Trainer:
    lanes, spread = make_lanes(seeds, [1e-2]), spread_lanes(len(seeds))
    model = Architecture(layer=GRU, layers=1, norm="none", residual=False, width=4).build(
        encoder="embedding", inputs=task.inputs.count, outputs=task.output.count
    )
    feed = make_feed(task, TrainingLengths(task, 8, 8), 6, examples, lanes, spread)
    return Trainer(task.output, feed, model, Optimizer(), lanes, spread, steps=20)


def train(trainer: Trainer, steps: int, calls: int = 1) -> list[np.ndarray]:
    """Trains in calls that end where blocks end, and now and then before."""
    state, step = trainer.init(), 0
    while step < steps:
        count = min(steps - step, steps // calls)
        if trainer.feed.block is not None:
            count = min(count, trainer.feed.block - step % trainer.feed.block)
        state = trainer.advance(state, trainer.feed.examples_for(step), jnp.int32(count))
        step += count
    raw = trainer.spread.trim(state)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(raw._replace(key=jax.random.key_data(raw.key)))]


def numbers_of(feed: feeds.Feed, step: int) -> np.ndarray:
    """The examples of a step, `[lanes, batch]`, by the token that each of them repeats."""
    block = feed.examples_for(step)
    return np.asarray(block.inputs)[:, step % feed.block, 0] - 1


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "BLOCK_STEPS", 4)


@pytest.mark.usefixtures("_small_blocks")
def test_every_epoch_reads_every_training_example_once() -> None:
    feed = trainer_of(Shelf(), None).feed
    walked = np.concatenate([numbers_of(feed, step) for step in range(25)], axis=1)
    for lane in walked[:3]:
        for epoch in range(3):
            assert sorted(lane[epoch * 50 : epoch * 50 + 50].tolist()) == list(range(50))
    assert not np.array_equal(walked[0], walked[1]), "seeds have orders of their own"


@pytest.mark.usefixtures("_small_blocks")
def test_targets_and_masks_belong_to_their_inputs() -> None:
    feed = trainer_of(Shelf(), None).feed
    block = jax.tree.map(np.asarray, feed.examples_for(0))
    assert block.inputs.shape == (4, 4, 8, 6)  # lanes with padding, steps, time, batch
    numbers = block.inputs[:, :, 0] - 1
    np.testing.assert_array_equal(np.argmax(block.mask, axis=2), np.minimum(1 + numbers % 7, 7))
    np.testing.assert_array_equal(np.sum(block.targets, axis=2), numbers % 3)
    np.testing.assert_array_equal(block.inputs[2], block.inputs[3])


@pytest.mark.usefixtures("_small_blocks")
def test_a_part_of_the_training_split_is_chosen_once() -> None:
    feed = trainer_of(Shelf(), 13).feed
    walked = np.concatenate([numbers_of(feed, step) for step in range(13)], axis=1)
    chosen = [set(lane.tolist()) for lane in walked[:3]]
    assert [len(one) for one in chosen] == [13, 13, 13]
    assert chosen[0] != chosen[1]


@pytest.mark.usefixtures("_small_blocks")
def test_the_next_block_is_read_ahead_by_another_thread() -> None:
    task = Shelf()
    feed = trainer_of(task, None).feed
    feed.examples_for(0)
    feed._ahead[1].result()
    assert all(name.startswith("lrbench-feed") for split, _, name in task.fetched[1:])
    read = len(task.fetched)
    feed.examples_for(4)
    feed.examples_for(5)
    feed._ahead[2].result()
    assert len(task.fetched) == read + 1, "block 1 was there already; only block 2 was read"
    assert set(feed._ahead) == {1, 2}


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(("task", "examples"), [(Shelf(), None), (Shelf(), 13), (Parity(), 13)])
def test_a_training_cut_anywhere_is_the_same_training(task: RecordedTask | Parity, examples: int | None) -> None:
    whole, cut = train(trainer_of(task, examples), 9), train(trainer_of(task, examples), 9, calls=5)
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(one, other)
    alone = train(trainer_of(task, examples, seeds=(1,)), 9)
    np.testing.assert_allclose(alone[-7], cut[-7][1:2], rtol=1e-5)


def test_an_error_of_the_reader_reaches_the_training() -> None:
    class Torn(Shelf):
        def fetch(self, split: Split, indices: np.ndarray, length: int, size: int) -> Records:
            if len(indices) > 1:
                raise ValueError("the file was cut short")
            return super().fetch(split, indices, length, size)

    with pytest.raises(ValueError, match="cut short"):
        trainer_of(Torn(), None).feed.examples_for(0)


def test_the_whole_test_split_is_asked_once_at_each_length() -> None:
    task = Shelf()
    examiner = make_examiner(task, TrainingLengths(task, 8, 8), 1000, (4, 8))
    object.__setattr__(examiner, "BATCH", 8)
    batches = list(examiner.test())
    assert {questions.example.inputs.shape[1] for questions in batches} == {8}
    for length in (4, 8):
        here = [one for one in batches if one.asked[0] == length]
        asked = np.concatenate([one.example.inputs[0, : one.wanted] - 1 for one in here])
        assert sorted(asked.tolist()) == list(range(21))
        assert all((one.lengths <= length).all() for one in here)
    validation = examiner.validation()
    assert sorted((validation.example.inputs[0] - 1).tolist()) == list(range(9))


def test_fewer_questions_are_chosen_the_same_for_everyone() -> None:
    def asked(count: int) -> list[int]:
        task = Shelf()
        (questions,) = make_examiner(task, TrainingLengths(task, 8, 8), count, (8,)).test()
        return (questions.example.inputs[0] - 1).tolist()

    assert asked(5) == asked(5)
    assert len(set(asked(5))) == 5
