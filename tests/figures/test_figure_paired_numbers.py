from itertools import product

import numpy as np
import pytest

from lrbench.analysis.decision import Paired
from lrbench.figures.over_seeds import mean_over_seeds
from lrbench.figures.paired_numbers import difference_of, p_values_of


def flipped(differences):
    """The exact p-value by writing out every pattern of signs."""
    seen = abs(np.mean(differences))
    means = [np.mean(np.array(signs) * differences) for signs in product((1, -1), repeat=len(differences))]
    return np.mean([abs(mean) >= seen - 1e-12 for mean in means])


NOTHING = Paired(np.zeros(0))


def test_a_difference_is_a_mean_with_its_interval():
    number = difference_of("key", "what", Paired(np.array([9.0, 27.0])))
    assert (number.value, number.seeds, number.statistic) == (18.0, 2, "mean of 2")
    assert 9.0 <= number.low <= number.high <= 27.0


def test_p_values_are_the_exact_test_s_with_holm_s_correction():
    rng = np.random.default_rng(5)
    strong, weak = rng.normal(2, 1, 8), rng.normal(0.4, 1, 8)
    found = p_values_of([("weak", "w", Paired(weak)), ("strong", "s", Paired(strong))])
    raw_weak, raw_strong = flipped(weak), flipped(strong)
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
    for number in (mean_over_seeds("key", "what", []), difference_of("key", "what", NOTHING)):
        assert np.isnan(number.value)
        assert number.seeds == 0


def test_without_a_shared_seed_nothing_is_tested():
    with pytest.raises(ValueError, match="same seeds"):
        p_values_of([("key", "what", NOTHING)])
