"""Finite training sets: fixed, of a stream of their own, and never what a model is validated or tested on."""

import jax
import jax.numpy as jnp
import numpy as np
from lrbench.tasks.adding import Adding
from lrbench.tasks.selective_copying import SelectiveCopying

from lrbench.data import Stream, TrainingLengths, TrainingSet, sample_batch, stream_key
from lrbench.evaluation import make_examiner

TASK = SelectiveCopying(symbols=8)
LENGTHS = TrainingLengths(TASK, 20, 32)


def rows(inputs: np.ndarray) -> list[bytes]:
    """Each sequence of `[time, sequences, ...]` as bytes."""
    return [np.ascontiguousarray(inputs[:, index]).tobytes() for index in range(inputs.shape[1])]


def walk(examples: TrainingSet, steps: range, batch_size: int, seed: int = 0) -> list[bytes]:
    batch = jax.jit(lambda step: examples.batch(jax.random.key(seed), step, batch_size))
    return [row for step in steps for row in rows(np.asarray(batch(jnp.int32(step)).inputs))]


def test_every_epoch_holds_the_same_examples_in_another_order() -> None:
    examples = TrainingSet(TASK, LENGTHS, 24)
    first, second = walk(examples, range(3), 8), walk(examples, range(3, 6), 8)
    assert first != second
    assert sorted(first) == sorted(second)
    assert len(set(first)) == 24
    assert walk(examples, range(4, 5), 8) == second[8:16], "a step is a function of its number alone"


def test_a_larger_set_begins_with_the_smaller_and_seeds_have_their_own() -> None:
    def example(count: int, seed: int, index: int) -> bytes:
        drawn, length = TrainingSet(TASK, LENGTHS, count).example(jax.random.key(seed), jnp.int32(index))
        assert 20 <= int(length) <= 32
        assert int(jnp.sum(drawn.mask)) == 8
        return np.asarray(drawn.inputs).tobytes()

    assert example(10, 0, 3) == example(1000, 0, 3)
    assert example(10, 0, 3) != example(10, 1, 3)
    assert example(10, 0, 3) != example(10, 0, 4)


def test_validation_and_test_never_overlap_with_it() -> None:
    """Of sequences that have 14**8 variants in their symbols alone, none is met twice."""
    lengths = TrainingLengths(TASK, 32, 32)
    seen = {row for seed in range(3) for row in walk(TrainingSet(TASK, lengths, 512), range(8), 64, seed)}
    assert len(seen) == 3 * 512
    examiner = make_examiner(TASK, lengths, 512, (32,))
    for questions in (examiner.validation(), *examiner.test()):
        assert not seen & set(rows(questions.example.inputs))
    endless, _ = sample_batch(TASK, stream_key(jax.random.key(0), Stream.TRAINING, 0), 512, lengths)
    assert not seen & set(rows(np.asarray(endless.inputs)))


def test_values_and_features_too() -> None:
    lengths = TrainingLengths(Adding(), 6, 6)
    batch = TrainingSet(Adding(), lengths, 4).batch(jax.random.key(0), jnp.int32(0), 4)
    np.testing.assert_allclose(
        np.sum(batch.inputs[..., 0] * batch.inputs[..., 1], axis=0), batch.targets[-1, :, 0], rtol=1e-6
    )
