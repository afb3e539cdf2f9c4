"""Which examples an export holds: those that lrbench itself trains and tests on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from exports import ROUNDING, TASKS, Read, assert_same, drawn, small_request

from lrbench.data import Stream, TrainingLengths, TrainingSet, stream_key
from lrbench.data.compilation import quick_to_compile
from lrbench.data.epochs import examples_of_step
from lrbench.evaluation.questions import Questions, make_examiner
from lrbench.export.splits import make_splits, piece_of


def asked(questions: Questions) -> list[Read]:
    leaves = [np.swapaxes(leaf, 0, 1) for leaf in questions.example]
    return [
        Read(*(leaf[number][:length] for leaf in leaves), int(length))
        for number, length in enumerate(questions.lengths[: questions.wanted].tolist())
    ]


@pytest.mark.parametrize("name", ["parity", "adding", "anbn"])
def test_validation_and_tests_are_those_of_a_run(name: str) -> None:
    wanted = small_request(name, validation=6, test=6)
    splits = {split.name: drawn(split) for split in make_splits(wanted)}
    examiner = make_examiner(wanted.task, wanted.training, 6, wanted.lengths)
    assert_same(splits["validation"], asked(examiner.validation()))
    tests = [one for questions in examiner.test() for one in asked(questions)]
    longest = wanted.training.longest
    assert_same(splits["test-short"], [one for one in tests if one.length <= longest])
    assert_same(splits["test-long"], [one for one in tests if one.length > longest])
    assert splits["test-short"]
    assert splits["test-long"]


def padded(one: Read, size: int) -> Read:
    """With padding, as training has it; these tasks fill targets up with zeros too."""
    wide = (np.pad(leaf, [(0, size - one.length), *[(0, 0)] * (leaf.ndim - 1)]) for leaf in one[:3])
    return Read(*wide, size)


@pytest.mark.parametrize("name", ["parity", "adding"])
def test_the_training_set_is_that_of_a_run(name: str) -> None:
    wanted = small_request(name, seed=3)
    (split,) = [one for one in make_splits(wanted) if one.name == "train"]
    training_set = TrainingSet(wanted.task, wanted.training, wanted.train)
    root, batch = jax.random.key(3), 100
    order_key = stream_key(root, Stream.ORDER)
    exported = drawn(split)
    assert len(exported) == wanted.train
    size = wanted.training.longest
    walk = jax.jit(lambda step: training_set.batch(root, step, batch), compiler_options=quick_to_compile())
    order = jax.jit(lambda step: examples_of_step(order_key, step, batch, wanted.train))
    for step in map(jnp.int32, range(wanted.train // batch)):
        leaves = [np.swapaxes(np.asarray(leaf), 0, 1) for leaf in walk(step)]
        trained = [Read(*(leaf[number] for leaf in leaves), size) for number in range(batch)]
        indices = order(step).tolist()
        assert_same([padded(exported[index], size) for index in indices], trained, ROUNDING[name])


def test_fewer_examples_are_the_first_of_more() -> None:
    few = {split.name: drawn(split) for split in make_splits(small_request("adding", train=10, validation=3, test=4))}
    many = {split.name: drawn(split) for split in make_splits(small_request("adding"))}
    assert_same(few["train"], many["train"][:10])
    assert_same(few["validation"], many["validation"][:3])
    assert_same(few["test-long"], many["test-long"][:4])
    assert_same(few["test-short"][4:], many["test-short"][5:9])


def test_a_seed_changes_the_training_set_and_nothing_else() -> None:
    zero, one = (
        {split.name: drawn(split) for split in make_splits(small_request("adding", seed=seed))} for seed in (0, 1)
    )
    firsts = [split["train"][0].inputs for split in (zero, one)]
    assert not np.array_equal(*firsts)
    for name in ("validation", "test-short", "test-long"):
        assert_same(zero[name], one[name])


def test_the_streams_of_the_splits_share_no_example() -> None:
    splits = [drawn(split) for split in make_splits(small_request("adding", validation=200, test=100))]
    seen = [{one.inputs.tobytes() for one in split} for split in splits]
    assert [len(one) for one in seen] == [300, 200, 200, 100]
    assert len(set.union(*seen)) == 800


def test_a_split_without_examples_is_left_out() -> None:
    names = lambda **others: [split.name for split in make_splits(small_request("parity", **others))]  # noqa: E731
    assert names() == ["train", "validation", "test-short", "test-long"]
    assert names(train=0) == ["validation", "test-short", "test-long"]
    assert names(validation=0, test=0) == ["train"]
    assert names(lengths=(9,)) == ["train", "validation", "test-short"]
    assert names(lengths=(10, 12)) == ["train", "validation", "test-long"]
    assert names(train=0, validation=0, test=0) == []


def test_a_deterministic_task_is_tested_once_at_every_length() -> None:
    splits = {split.name: drawn(split) for split in make_splits(small_request("anbn"))}
    assert [one.length for one in splits["test-short"]] == [1, 3, 5, 7, 9]
    assert [one.length for one in splits["test-long"]] == [11, 13]


def test_lengths_of_training_follow_their_distribution() -> None:
    task = TASKS["parity"]
    wanted = small_request("parity", training=TrainingLengths(task, 3, 9, "left_tailed"))
    mean = {split.name: np.mean([one.length for one in drawn(split)]) for split in make_splits(wanted)}["train"]
    assert mean > 7.5  # uniform would be 6


def test_long_sequences_are_drawn_few_at_once() -> None:
    assert piece_of(TASKS["adding"], 100) == 256
    assert piece_of(TASKS["adding"], 2**20) == 1
    assert piece_of(TASKS["adding"], 2**30) == 1
