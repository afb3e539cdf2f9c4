"""Streams with two marked numbers: how often the last is marked, and what that is worth to a guess without memory."""

import jax
import numpy as np
import pytest
from lrbench.tasks.adding import Adding
from lrbench.tasks.multiplication import Multiplication

from lrbench.contract.draws import batch
from lrbench.data.marked_numbers import Placement


@pytest.mark.parametrize("placement", ["halves", "anywhere"])
@pytest.mark.parametrize("length", [2, 3, 7, 8])
def test_both_tasks_draw_the_same_streams_and_ask_for_sum_and_product(placement: Placement, length: int) -> None:
    added, multiplied = batch(Adding(placement), length), batch(Multiplication(placement), length)
    assert np.array_equal(added.inputs, multiplied.inputs)
    assert np.array_equal(added.mask, multiplied.mask)
    pairs = added.inputs[added.inputs[..., 1] == 1][:, 0].reshape(-1, 2)
    assert np.array_equal(added.targets[:, -1, 0], pairs.sum(axis=1))
    assert np.array_equal(multiplied.targets[:, -1, 0], pairs.prod(axis=1))


def places(placement: Placement, length: int) -> list[tuple[int, int]]:
    """Where the two marks may stand, all equally likely."""
    half = length // 2
    return [
        (first, second)
        for second in range(length)
        for first in range(second)
        if placement == "anywhere" or first < half <= second
    ]


@pytest.mark.parametrize("placement", ["halves", "anywhere"])
@pytest.mark.parametrize("length", [2, 3, 4, 9, 10])
def test_last_step_is_marked_as_often_as_among_all_places(placement: Placement, length: int) -> None:
    pairs = places(placement, length)
    share = sum(second == length - 1 for _, second in pairs) / len(pairs)
    assert Adding(placement).last_is_marked(length) == pytest.approx(share)


@pytest.mark.parametrize("placement", ["halves", "anywhere"])
@pytest.mark.parametrize(("length", "error"), [(2, 0.0833), (10, 0.15), (100, 0.165)])
def test_chance_of_adding_is_what_is_left_when_the_last_number_is_known(
    placement: Placement, length: int, error: float
) -> None:
    assert round(1 - Adding(placement).chance(length), 4) == error


def test_chance_of_adding_tends_to_that_of_the_literature() -> None:
    assert Adding().chance(10**6) == pytest.approx(1 - 1 / 6, abs=1e-6)


def test_no_table_over_the_last_step_does_better() -> None:
    """The mean of the sum in each of 20 bins of the last number, marked and not, measured on 2^17 sequences."""
    task, length = Adding(), 4
    keys = jax.random.split(jax.random.key(3), 2**17)
    inputs, targets, _ = jax.tree.map(np.asarray, jax.jit(jax.vmap(lambda key: task.sample(key, length, length)))(keys))
    cell = np.minimum(inputs[:, -1, 0] * 20, 19).astype(int) + 20 * inputs[:, -1, 1].astype(int)
    sums = targets[:, -1, 0].astype(float)
    means = np.bincount(cell, sums, minlength=40) / np.bincount(cell, minlength=40)
    measured = float(np.mean((sums - means[cell]) ** 2))
    assert measured == pytest.approx(1 - task.chance(length), rel=0.02)
    assert measured < 0.9 * (1 / 6)
