"""Reading in pieces: the same counts as reading the whole, one compilation, memory that does not grow with length."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.parity import Parity

from lrbench.data import GeneratedTask, Metrics, Task, TrainingLengths, measure
from lrbench.evaluation import Examiner, Questions, Reader, make_examiner, scale, score
from lrbench.models import GRU, Architecture, Mamba, Model
from lrbench.training import spread_lanes


def small(layer: object, task: Task) -> Model:
    return Architecture(layer=layer, layers=1, norm="none", residual=False, width=4).build(
        encoder="embedding", inputs=task.inputs.count, outputs=task.output.count
    )


def lanes_of(model: Model, count: int) -> object:
    params = jax.jit(jax.vmap(model.init))(jax.random.split(jax.random.key(1), count))
    return spread_lanes(count).pad(params)


def one_lane(lane: int, leaf: jax.Array) -> jax.Array:
    return jnp.asarray(np.asarray(leaf)[lane])


def examiner_of(task: GeneratedTask, count: int, span: tuple[int, int], lengths: tuple[int, ...]) -> Examiner:
    return make_examiner(task, TrainingLengths(task, *span), count, lengths)


@pytest.mark.parametrize("layer", [GRU, partial(Mamba, states=4)])
@pytest.mark.parametrize("piece", [1, 7, 24, 64])
def test_pieces_count_as_the_whole(layer: object, piece: int) -> None:
    task = Parity()
    model = small(layer, task)
    params = lanes_of(model, 2)
    questions = examiner_of(task, 6, (3, 24), (24,)).validation()
    reader = Reader(task, model, spread_lanes(2).mesh, 2, piece)
    got = reader.read(params, questions)
    for lane in range(2):
        own = jax.tree.map(partial(one_lane, lane), params)
        _, outputs = model.apply(own, jnp.asarray(questions.example.inputs))
        whole = measure(
            task, outputs, jax.tree.map(jnp.asarray, questions.example), jnp.arange(24), jnp.asarray(questions.lengths)
        )
        np.testing.assert_array_equal(got.correct[lane], whole.correct)
        np.testing.assert_array_equal(got.count[lane], whole.count)
        np.testing.assert_array_equal(got.solved[lane], whole.solved)
        np.testing.assert_allclose(got.loss_sum[lane], whole.loss_sum, rtol=1e-5, atol=1e-6)


def test_one_compilation_reads_validation_and_every_length() -> None:
    task = Parity()
    model = small(GRU, task)
    examiner = examiner_of(task, 3, (3, 10), (10, 16, 40))
    reader = Reader(task, model, spread_lanes(2).mesh, 2, 16)
    params = lanes_of(model, 2)
    batches: list[Questions] = [examiner.validation(), *examiner.test()]
    for questions in batches:
        reader.read(params, questions)
    assert [int(questions.lengths.max()) for questions in batches[1:]] == [10, 16, 40]
    assert reader.read_piece._cache_size() == 1
    assert examiner._draw._cache_size() == 1


def memory(reader: Reader, model: Model, sequences: int) -> int:
    """Returns the bytes that the compiled reading of a piece needs, its inputs and outputs included."""
    params = lanes_of(model, 1)
    carry, none = reader._begin(sequences)
    shape = (reader.piece, sequences)
    example = jax.tree.map(jnp.asarray, Parity().sample(jax.random.key(0), 3, reader.piece))
    example = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf[:, None], shape), example)
    compiled = reader.read_piece.lower(
        params, carry, none, example, jnp.int32(0), jnp.full((sequences,), 3, jnp.int32)
    ).compile()
    analysis = compiled.memory_analysis()
    return int(analysis.temp_size_in_bytes + analysis.argument_size_in_bytes + analysis.output_size_in_bytes)


def test_a_million_steps_need_no_more_memory_than_four_thousand() -> None:
    """The one program that reads 2**20 steps is the one that reads 2**12; read whole, memory would grow with length."""
    task = Parity()
    model = small(GRU, task)
    mesh = spread_lanes(1).mesh
    reader = Reader(task, model, mesh, 1, piece=4096)
    params = lanes_of(model, 1)
    seen = []
    for length in (2**12, 2**20):
        (questions,) = examiner_of(task, 1, (3, 40), (length,)).test()
        metrics = reader.read(params, questions)
        assert int(metrics.count[0, 0]) == 1
        seen.append(reader.read_piece._cache_size())
    assert seen == [1, 1]
    in_pieces = memory(reader, model, 1)
    assert memory(Reader(task, model, mesh, 1, piece=16384), model, 1) > 3 * in_pieces


def test_deterministic_tasks_are_tested_at_every_length_they_can_have() -> None:
    examiner = examiner_of(AnBn(), 4, (1, 9), (9, 21))
    batches = list(examiner.test())
    asked = [int(length) for questions in batches for length in questions.lengths[: questions.wanted]]
    assert asked == list(range(1, 22, 2))
    assert {len(questions.lengths) for questions in batches} == {4}


def test_validation_and_test_are_fixed_and_differ_from_each_other() -> None:
    one, other = examiner_of(Parity(), 32, (40, 40), (40,)), examiner_of(Parity(), 32, (40, 40), (40,))
    np.testing.assert_array_equal(one.validation().example.inputs, other.validation().example.inputs)
    (test,), (again,) = one.test(), other.test()
    np.testing.assert_array_equal(test.example.inputs, again.example.inputs)
    assert not np.array_equal(one.validation().example.inputs, test.example.inputs)


def test_scores_divide_sums_once() -> None:
    metrics = Metrics(
        loss_sum=np.array([1.0, 2.0, 0.0]),
        correct=np.array([1, 3, 4]),
        count=np.array([2, 4, 4]),
        solved=np.array([False, False, True]),
    )
    scores = score(Parity(), metrics)
    assert scores.token_accuracy == 8 / 10
    assert scores.sequence_accuracy == pytest.approx(1 / 3)
    assert scores.loss == pytest.approx(0.3)
    assert scores.score == 8 / 10
    assert scale(0.75, 0.5) == 0.5


def test_sequences_that_are_asked_nothing_do_not_count_as_solved() -> None:
    metrics = Metrics(
        loss_sum=np.array([1.0, 0.0, 0.0]),
        correct=np.array([1, 0, 2]),
        count=np.array([2, 0, 2]),
        solved=np.array([False, True, True]),
    )
    scores = score(Parity(), metrics)
    assert (scores.sequences, scores.sequence_accuracy, scores.token_accuracy) == (2, 0.5, 0.75)
    nothing = score(Parity(), Metrics(*(leaf[1:2] for leaf in metrics)))
    assert nothing.sequences == 0
    assert np.isnan([nothing.score, nothing.loss]).all()
