"""Lengths of training sequences: only possible ones, distributed as said, growing with a curriculum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.parity import Parity
from scipy.special import beta, comb
from scipy.stats import chisquare

from lrbench.data import TrainingLengths, sample_batch
from lrbench.data.training_lengths import SHAPES

DRAWS = 20_000


def counts(lengths: TrainingLengths, step: int | None = None) -> np.ndarray:
    """How often each possible length is drawn."""
    drawn = np.asarray(lengths.draw(jax.random.key(0), DRAWS, None if step is None else jnp.int32(step)))
    assert set(drawn.tolist()) <= set(lengths.possible.tolist())
    return np.asarray([(drawn == length).sum() for length in lengths.possible])


def test_uniform_over_the_lengths_that_the_task_can_have() -> None:
    lengths = TrainingLengths(AnBn(), 2, 20)
    assert lengths.possible.tolist() == [3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert chisquare(counts(lengths)).pvalue > 1e-4


@pytest.mark.parametrize("distribution", list(SHAPES))
def test_beta_binomial_by_its_formula(distribution: str) -> None:
    """The reference is the probability mass written out: C(n, k) B(k + a, n - k + b) / B(a, b)."""
    lengths = TrainingLengths(Parity(), 2, 11, distribution)
    a, b = SHAPES[distribution]
    k, n = np.arange(10), 9
    expected = comb(n, k) * beta(k + a, n - k + b) / beta(a, b)
    assert chisquare(counts(lengths), DRAWS * expected).pvalue > 1e-4
    middle = expected[4:6].mean()
    assert {
        "u_shaped": expected[0] > middle < expected[-1],
        "left_tailed": expected[0] < middle < expected[-1],
        "right_tailed": expected[0] > middle > expected[-1],
    }[distribution]


@pytest.mark.parametrize("distribution", ["uniform", "right_tailed"])
def test_a_curriculum_grows_from_the_shortest_to_the_whole(distribution: str) -> None:
    lengths = TrainingLengths(Parity(), 2, 11, distribution, curriculum=90)
    whole = TrainingLengths(Parity(), 2, 11, distribution)
    longest = [int(np.flatnonzero(counts(lengths, step))[-1]) for step in (0, 9, 10, 45, 89, 90, 500)]
    assert longest == [0, 0, 1, 4, 8, 9, 9]
    np.testing.assert_array_equal(counts(lengths, 90), counts(whole))
    np.testing.assert_array_equal(counts(lengths), counts(whole))


def test_one_length_is_always_that_length() -> None:
    assert counts(TrainingLengths(Parity(), 7, 7)).tolist() == [DRAWS]


def test_one_compilation_serves_every_length_and_step() -> None:
    lengths = TrainingLengths(Parity(), 2, 9, "u_shaped", curriculum=10)
    draw = jax.jit(lambda key, step: sample_batch(Parity(), key, 8, lengths, step))
    for step in (0, 5, 20):
        example, drawn = draw(jax.random.key(step), jnp.int32(step))
        assert example.inputs.shape == (9, 8)
        np.testing.assert_array_equal(np.argmax(example.mask, axis=0), drawn - 1)
    assert draw._cache_size() == 1


def test_many_lengths_do_not_overflow() -> None:
    lengths = TrainingLengths(Parity(), 1, 60_001, "left_tailed")
    drawn = np.asarray(lengths.draw(jax.random.key(0), DRAWS))
    assert abs(drawn.mean() / 60_001 - 5 / 6) < 0.01, "the mean of Beta(5, 1)"
    grown = TrainingLengths(Parity(), 1, 60_001, "left_tailed", curriculum=10)
    halfway = np.asarray(grown.draw(jax.random.key(0), DRAWS, jnp.int32(5)))
    assert halfway.max() <= 30_001
    assert abs(halfway.mean() / 30_001 - 5 / 6) < 0.01
