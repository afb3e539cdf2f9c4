"""What every task owes: an oracle that scores 1, a chance that is chance, and sequences that depend on nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import (
    CATALOGUE,
    COUNT,
    RANDOM,
    batch,
    headline,
    over,
    padded_batch,
    possible,
    sampler,
    score,
    size,
    tokens,
)

from lrbench.data import Bits, Classes, Features, Stream, Task, Tokens, stream_key


def lengths(task: Task) -> list[int]:
    """Two seen in training and one beyond it."""
    shortest, longest = (possible(task, length) for length in task.lengths.train)
    return sorted({shortest, longest, task.lengths.evaluation[2]})


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_oracle_scores_one(task: Task) -> None:
    for length in [possible(task, 2), *lengths(task)]:
        metrics = score(task, task.oracle, length)
        assert np.all(metrics.correct == metrics.count), length
        assert np.all(metrics.solved), length
        np.testing.assert_allclose(headline(task, metrics), 1.0, atol=1e-9)


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_memoryless_baseline_scores_chance(task: Task) -> None:
    for length in (possible(task, task.lengths.train[0]), task.lengths.evaluation[2]):
        scores = np.concatenate([headline(task, score(task, task.memoryless, length, seed)) for seed in range(4)])
        deviation = np.std(scores) / np.sqrt(len(scores))
        assert abs(np.mean(scores) - task.chance(length)) <= 4 * deviation + 1e-6, length


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_memoryless_baseline_sees_one_step_at_a_time(task: Task) -> None:
    inputs = batch(task, lengths(task)[1]).inputs[0]
    order = np.random.default_rng(0).permutation(len(inputs))
    np.testing.assert_array_equal(task.memoryless(inputs[order]), task.memoryless(inputs)[order])


@pytest.mark.parametrize(
    "task",
    **over(
        {
            label: task
            for label, task in RANDOM.items()
            if task.score == "token_accuracy" and isinstance(task.output, Classes)
        }
    ),
)
def test_no_table_from_token_to_answer_beats_chance(task: Task) -> None:
    length = possible(task, task.lengths.train[0])
    several = [batch(task, length, seed) for seed in range(8)]
    examples = jax.tree.map(lambda *leaves: np.concatenate(leaves), *several)
    asked = tokens(task, examples.inputs)
    table = np.zeros((asked.max() + 1, task.output.count))
    half = len(asked) // 2
    known = examples.mask[:half]
    np.add.at(table, (asked[:half][known], examples.targets[:half][known]), 1)
    right = np.argmax(table, axis=1)[asked[half:]] == examples.targets[half:]
    scores = np.mean(right, axis=1, where=examples.mask[half:])
    assert np.mean(scores) <= task.chance(length) + 4 * np.std(scores) / np.sqrt(half) + 1e-6


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_size_jit_vmap_and_traced_lengths_change_nothing(task: Task) -> None:
    some = np.resize([lengths(task)[-2], size(task), lengths(task)[0]], COUNT)
    keys = jax.random.split(jax.random.key(3), COUNT)
    together = sampler(task, size(task))(keys, jnp.asarray(some, jnp.int32))
    for index, length in enumerate(some.tolist()[:2]):
        alone = task.sample(keys[index], length, length)
        for leaf, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(leaf, other[index, :length])


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_padding_is_zero_and_silent(task: Task) -> None:
    for length in lengths(task)[:-1]:
        padded = padded_batch(task, length)
        assert padded.mask.shape[1] > length
        assert not padded.mask[:, length:].any()
        assert not padded.inputs[:, length:].any()


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_shapes_and_ranges(task: Task) -> None:
    length = lengths(task)[1]
    inputs, targets, mask = batch(task, length)
    assert mask.shape == (COUNT, length)
    assert mask.dtype == bool
    assert mask.any(axis=1).all()
    if isinstance(task.inputs, Tokens):
        assert inputs.shape == mask.shape
        assert inputs.dtype == np.int32
        assert inputs.min() >= 0
        assert inputs.max() < task.inputs.count
        assert len(np.unique(inputs)) == task.inputs.count or task.inputs.count > 32, "tokens that never occur"
    else:
        assert inputs.shape == (*mask.shape, task.inputs.count)
        assert inputs.dtype == np.float32
    if isinstance(task.output, Classes):
        assert targets.shape == mask.shape
        assert targets.dtype == np.int32
        assert targets.min() >= 0
        assert targets.max() < task.output.count
    elif isinstance(task.output, Bits):
        assert targets.shape == (*mask.shape, task.output.count)
        assert targets.dtype == np.int32
        assert set(np.unique(targets)) <= {0, 1}
    else:
        assert targets.shape == (*mask.shape, task.output.count)
        assert targets.dtype == np.float32


@pytest.mark.parametrize("task", **over(RANDOM))
def test_the_key_is_all_that_matters(task: Task) -> None:
    length = possible(task, task.lengths.train[0])
    streams = [
        batch_of(task, length, stream, step)
        for stream, step in ((Stream.TRAINING, 0), (Stream.TRAINING, 1), (Stream.VALIDATION, 0), (Stream.TEST, 0))
    ]
    again = batch_of(task, length, Stream.TEST, 0)
    np.testing.assert_array_equal(again, streams[-1])
    for index, one in enumerate(streams):
        for other in streams[index + 1 :]:
            assert not np.array_equal(one, other)


def batch_of(task: Task, length: int, stream: Stream, step: int) -> np.ndarray:
    keys = jax.random.split(stream_key(jax.random.key(0), stream, step), COUNT)
    return np.asarray(sampler(task, size(task))(keys, jnp.full(COUNT, length, jnp.int32)).inputs)


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_lengths_are_possible_and_refusals_say_what_is(task: Task) -> None:
    shortest, longest = task.lengths.train
    assert any(task.problem(length) is None for length in range(shortest, longest + 1))
    assert all(task.problem(length) is None for length in task.lengths.evaluation)
    assert list(task.lengths.evaluation) == sorted(set(task.lengths.evaluation))
    assert task.lengths.evaluation[-1] >= 6 * longest
    for length in (-1, 0):
        problem = task.problem(length)
        assert problem is not None
        assert any(character.isdigit() for character in problem)


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_scale_of_the_score(task: Task) -> None:
    for length in lengths(task):
        assert 0 <= task.chance(length) < 1
        assert task.lag(length) > 0 or length == 1
        assert task.lag(length) < length


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_memory_grows_with_the_length_only(task: Task) -> None:
    steps = 2**20
    key = jax.eval_shape(lambda: jax.random.key(0))
    length = jax.ShapeDtypeStruct((), jnp.int32)
    program = jax.jit(lambda key, length: task.sample(key, length, steps)).lower(key, length).compile()
    memory = program.memory_analysis()
    numbers = task.inputs.count if isinstance(task.inputs, Features) else 1
    numbers += 1 if isinstance(task.output, Classes) else task.output.count
    assert memory.temp_size_in_bytes + memory.output_size_in_bytes < 64 * steps * numbers
