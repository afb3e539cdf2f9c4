from itertools import product

import numpy as np
import polars as pl
import pytest

from lrbench.analysis.resampling import sign_flip
from lrbench.analysis.searched import Searched, Side, chosen, searched_flip, searched_lanes
from lrbench.analysis.selection import at_best_rate


def side(rng, seeds, rates, shared=None, shift=0.0):
    """Lanes whose test score depends on the rate, and whose validation does not."""
    validation = np.minimum(1.0, rng.normal(0.99, 0.02, (seeds, rates)))
    score = np.linspace(0.9, 0.3, rates) + rng.normal(shift, 0.05, (seeds, rates))
    return Side(validation, rng.exponential(size=(seeds, rates)), score[: shared or seeds])


def by_hand(first, second):
    """The p-value from every deal, a loop a deal, the rate chosen by sorting."""

    def rate(validation, loss):
        keys = [(-np.median(validation[:, r]), np.median(loss[:, r]), r) for r in range(validation.shape[1])]
        return min(keys)[2]

    pairs, means = first.score.shape[0], []
    for swaps in product((False, True), repeat=pairs):
        sides = []
        for mine, other in ((first, second), (second, first)):
            dealt = [other if swap else mine for swap in swaps] + [mine] * (len(mine.loss) - pairs)
            validation = np.array([one.validation[seed] for seed, one in enumerate(dealt)])
            loss = np.array([one.loss[seed] for seed, one in enumerate(dealt)])
            at = rate(validation, loss)
            sides.append(np.mean([dealt[seed].score[seed, at] for seed in range(pairs)]))
        means.append(sides[0] - sides[1])
    above, below = np.mean(np.array(means) >= means[0] - 1e-12), np.mean(np.array(means) <= means[0] + 1e-12)
    return min(1.0, 2 * min(above, below))


@pytest.mark.parametrize(("seeds", "rates", "shared"), [(4, 3, 4), (6, 2, 6), (6, 3, 5), (3, 4, 3)])
def test_it_counts_every_deal(seeds, rates, shared):
    rng = np.random.default_rng([seeds, rates])
    for shift in (0.0, 0.3):
        first, second = side(rng, seeds, rates, shared, shift), side(rng, seeds, rates, shared)
        assert searched_flip(Searched(first, second)).p_value == pytest.approx(by_hand(first, second))


def test_seeds_that_are_not_shared_help_to_choose_and_stay():
    # Of 1 shared seed and 2 of its own, the first's own two say rate 1, and the second's say rate 0.
    first = Side(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), np.ones((3, 2)), np.array([[0.1, 0.2]]))
    second = Side(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]), np.ones((3, 2)), np.array([[0.4, 0.8]]))
    searched = Searched(first, second)
    as_it_is, swapped = (searched.difference(np.array([one]), np.array([1 - one])) for one in (0, 1))
    assert [float(as_it_is), float(swapped)] == pytest.approx([0.2 - 0.4, 0.8 - 0.1])


def test_with_one_rate_it_is_the_sign_flip_test():
    rng = np.random.default_rng(0)
    first, second = side(rng, 7, 1, shift=0.05), side(rng, 7, 1)
    assert searched_flip(Searched(first, second)) == sign_flip((first.score - second.score)[:, 0])


def test_a_true_difference_is_still_called():
    rng = np.random.default_rng(2)
    found = searched_flip(Searched(side(rng, 8, 3, shift=2.0), side(rng, 8, 3)))
    assert found.p_value == found.smallest == 2 / 2**8


@pytest.mark.parametrize(
    ("validation", "loss", "best"),
    [
        ([[0.2, 0.9, 0.4]], [[1.0, 9.0, 1.0]], 1),
        ([[0.9, 0.9, 0.4]], [[2.0, 1.0, 0.0]], 1),
        ([[0.9, 0.9, 0.9]], [[1.0, 1.0, 1.0]], 0),
        ([[0.4, 0.9, 0.9]], [[1.0, np.inf, np.inf]], 1),
        ([[0.0, 1.0], [0.6, 0.0], [0.5, 0.1]], [[1.0, 1.0]] * 3, 0),
    ],
)
def test_the_rate_is_chosen_by_score_then_loss_then_order(validation, loss, best):
    assert chosen(np.array(validation), np.array(loss)) == best


def lanes(seeds, rates, **changes):
    cells = [(seed, rate) for seed in seeds for rate in rates]
    return pl.DataFrame(
        {
            "seed": [seed for seed, _ in cells],
            "learning_rate": [rate for _, rate in cells],
            "validation_score": [seed + rate for seed, rate in cells],
            "validation_loss": [10 * seed + rate for seed, rate in cells],
            "scaled_score": [100 * seed + rate for seed, rate in cells],
        }
    ).sample(fraction=1.0, shuffle=True, seed=3)


@pytest.mark.parametrize("entropy", range(20))
def test_arrays_and_tables_choose_the_same_rate(entropy):
    rng = np.random.default_rng(entropy)
    shape = (int(rng.integers(1, 6)), int(rng.integers(1, 5)))
    validation, loss = rng.choice([0.0, 0.5, 1.0], shape), rng.choice([0.1, 0.2, np.inf], shape)
    rows = [
        {"learning_rate": 0.1 + rate, "validation_score": validation[seed, rate], "validation_loss": loss[seed, rate]}
        for seed, rate in np.ndindex(shape)
    ]
    best = at_best_rate(pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=entropy))
    assert best["learning_rate"].unique().to_list() == [0.1 + chosen(validation, loss)]


def test_lanes_become_rows_of_seeds_the_shared_first():
    found = searched_lanes(lanes([5, 1, 3], [0.1, 0.2]), lanes([3, 4, 5], [0.2, 0.1]))
    np.testing.assert_allclose(found.first.validation, [[3.1, 3.2], [5.1, 5.2], [1.1, 1.2]])
    np.testing.assert_allclose(found.second.loss, [[30.1, 30.2], [50.1, 50.2], [40.1, 40.2]])
    np.testing.assert_allclose(found.first.score, [[300.1, 300.2], [500.1, 500.2]])
    assert found.pairs == 2


@pytest.mark.parametrize(
    "second",
    [
        lanes([1, 2], [0.1]),
        lanes([1, 2], [0.1, 0.3]),
        lanes([7, 8], [0.1, 0.2]),
        lanes([1, 2], [0.1, 0.2]).filter(~((pl.col("seed") == 1) & (pl.col("learning_rate") == 0.2))),
    ],
    ids=["one rate", "other rates", "no shared seed", "a lane is missing"],
)
def test_what_cannot_be_exchanged_is_not(second):
    assert searched_lanes(lanes([1, 2], [0.1, 0.2]), second) is None
    assert searched_lanes(second, lanes([1, 2], [0.1, 0.2])) is None
