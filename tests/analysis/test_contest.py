"""Two contenders that searched: their differences are of the chosen rates, and their test chooses anew."""

import numpy as np
import polars as pl
import pytest

from lrbench.analysis.contest import contest, paired
from lrbench.analysis.decision import call
from lrbench.analysis.resampling import sign_flip


def lanes(validation: dict[float, list[float]], reach: dict[float, list[float]]) -> pl.DataFrame:
    """A row for each seed and rate."""
    return pl.DataFrame(
        {
            "seed": [seed for rate in validation for seed in range(len(validation[rate]))],
            "learning_rate": [rate for rate in validation for _ in validation[rate]],
            "validation_score": [score for scores in validation.values() for score in scores],
            "validation_loss": [1.0 for scores in validation.values() for _ in scores],
            "reach": [one for values in reach.values() for one in values],
        }
    )


def test_differences_are_of_the_rates_that_validation_chose():
    first = lanes({0.1: [0.2, 0.3, 0.2], 0.3: [0.9, 0.8, 0.7]}, {0.1: [9, 9, 9], 0.3: [1, 2, 3]})
    second = lanes({0.1: [0.9, 0.8, 0.7], 0.3: [0.2, 0.3, 0.2]}, {0.1: [5, 5, 7], 0.3: [0, 0, 0]})
    np.testing.assert_array_equal(contest(first, second, value="reach").differences, [-4, -3, -4])


def test_with_one_rate_it_is_the_sign_flip_test():
    values = np.random.default_rng(0).normal([[1.0], [0.0]], size=(2, 7))
    sides = [lanes({0.1: [0.5] * 7}, {0.1: side.tolist()}) for side in values]
    found = contest(*sides, value="reach")
    assert found.searched is None
    assert found.test() == sign_flip(values[0] - values[1])


def test_a_difference_that_the_choice_of_the_rate_makes_is_not_called():
    # Which of two rates wins on validation is chance, and the rates differ on what is compared: a model against itself.
    high = {0.1: [1.0] * 8, 0.3: [0.0] * 8}
    first = lanes({0.1: [0.9] * 8, 0.3: [0.8] * 8}, high)
    second = lanes({0.1: [0.8] * 8, 0.3: [0.9] * 8}, high)
    found = contest(first, second, value="reach")
    assert sign_flip(found.differences).p_value == pytest.approx(2 / 2**8)
    assert found.test().p_value > 0.05


def test_unequal_searches_establish_nothing():
    first = lanes({0.1: [0.9] * 8, 0.3: [0.8] * 8}, {0.1: [1.0] * 8, 0.3: [0.0] * 8})
    other_rates = lanes({0.1: [0.8] * 8, 0.2: [0.9] * 8}, {0.1: [1.0] * 8, 0.2: [0.0] * 8})
    one_lane_less = lanes({0.1: [0.8] * 8, 0.3: [0.9] * 7}, {0.1: [1.0] * 8, 0.3: [0.0] * 7})
    for second in (other_rates, one_lane_less):
        found = contest(first, second, value="reach")
        assert not found.fair
        assert found.test().p_value < 0.05
        assert not call([found], 0.05)[0].established


def test_a_test_of_other_rates_than_those_shown_establishes_nothing():
    # Lanes that are not asked here made the second choose 0.1; of those that are, 0.3 would be chosen.
    first = lanes({0.1: [0.5] * 8, 0.3: [0.9] * 8}, {0.1: [1.0] * 8, 0.3: [2.0] * 8})
    second = lanes({0.1: [0.5] * 8, 0.3: [0.9] * 8}, {0.1: [1.0] * 8, 0.3: [0.0] * 8})
    assert paired(np.full(8, 2.0), first, second, value="reach").fair
    assert not paired(np.full(8, 1.0), first, second, value="reach").fair


def test_seeds_that_one_side_lacks_are_left_out_of_the_differences():
    first = lanes({0.1: [0.5] * 4}, {0.1: [1, 2, 3, 4]})
    second = lanes({0.1: [0.5] * 3}, {0.1: [1, 1, 1]})
    np.testing.assert_array_equal(contest(first, second, value="reach").differences, [0, 1, 2])


def test_a_side_without_lanes_leaves_no_difference():
    first = lanes({0.1: [0.9] * 3}, {0.1: [1.0] * 3})
    for sides in ((first, first.clear()), (first.clear(), first), (first, first.with_columns(pl.col("seed") + 9))):
        assert contest(*sides, value="reach").differences.size == 0
