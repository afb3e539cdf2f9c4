from itertools import product

import numpy as np
import pytest

from lrbench.figures.paired_numbers import Pair, difference_of, p_values_of
from lrbench.figures.seed_means import mean_over_seeds


def flipped(differences):
    """The exact p-value by writing out every pattern of signs."""
    seen = abs(np.mean(differences))
    means = [np.mean(np.array(signs) * differences) for signs in product((1, -1), repeat=len(differences))]
    return np.mean([abs(mean) >= seen - 1e-12 for mean in means])


def test_only_shared_seeds_are_paired_by_seed_and_not_by_place():
    pair = Pair({3: 30.0, 1: 10.0, 7: 70.0}, {1: 1.0, 2: 2.0, 3: 3.0})
    assert pair.differences.tolist() == [9.0, 27.0]
    number = difference_of("key", "what", pair)
    assert (number.value, number.seeds, number.statistic) == (18.0, 2, "mean of 2")
    assert 9.0 <= number.low <= number.high <= 27.0


def test_p_values_are_the_exact_test_s_with_holm_s_correction():
    rng = np.random.default_rng(5)
    strong = {seed: float(value) for seed, value in enumerate(rng.normal(2, 1, 8))}
    weak = {seed: float(value) for seed, value in enumerate(rng.normal(0.4, 1, 8))}
    zero = dict.fromkeys(range(8), 0.0)
    found = p_values_of([("weak", "w", Pair(weak, zero)), ("strong", "s", Pair(strong, zero))])
    raw_weak, raw_strong = flipped(np.array([*weak.values()])), flipped(np.array([*strong.values()]))
    assert raw_strong < raw_weak
    assert [one.key for one in found] == ["weak", "strong"]
    assert found[1].value == pytest.approx(2 * raw_strong)
    assert found[0].value == pytest.approx(max(raw_weak, 2 * raw_strong))
    assert all(one.seeds == 8 for one in found)


def test_a_mean_has_an_interval_inside_the_range_and_one_seed_has_none():
    number = mean_over_seeds("key", "what", [1.0, 2.0, 6.0])
    assert number.value == 3.0
    assert 1.0 <= number.low < 3.0 < number.high <= 6.0
    alone = mean_over_seeds("key", "what", [4.0])
    assert (alone.value, alone.low, alone.high, alone.statistic) == (4.0, None, None, "mean of 1")


def test_a_mean_of_nothing_is_no_number():
    for number in (mean_over_seeds("key", "what", []), difference_of("key", "what", Pair({1: 0.0}, {2: 0.0}))):
        assert np.isnan(number.value)
        assert number.seeds == 0


def test_without_a_shared_seed_nothing_is_tested():
    with pytest.raises(ValueError, match="same seeds"):
        p_values_of([("key", "what", Pair({1: 0.0}, {2: 0.0}))])
