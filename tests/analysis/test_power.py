import math

import numpy as np
import pytest
from scipy import stats

from lrbench.analysis.power import MOST_SEEDS, fewest_pairs, paired_power, seeds_needed


@pytest.mark.parametrize(("level", "pairs"), [(0.05, 6), (0.0625, 5), (0.0624, 6), (0.05 / 18, 10), (0.5, 2)])
def test_the_fewest_pairs_of_a_sign_flip_test(level, pairs):
    assert fewest_pairs(level) == pairs
    assert 2 / 2**pairs <= level < 2 / 2 ** (pairs - 1)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0])
def test_a_level_is_between_0_and_1(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        fewest_pairs(level)


# Cohen 1988 and the calculators after it.
@pytest.mark.parametrize(
    ("effect", "pairs", "power"), [(0.5, 34, 0.808), (0.8, 15, 0.821), (1.0, 10, 0.803), (0.2, 199, 0.803)]
)
def test_power_agrees_with_the_published_tables(effect, pairs, power):
    assert paired_power(effect, pairs, 0.05) == pytest.approx(power, abs=2e-3)
    assert seeds_needed(effect, 0.05) == pairs


def test_power_agrees_with_a_simulation():
    differences = np.random.default_rng(0).normal(1.2, 1.0, (20_000, 7))
    seen = float((stats.ttest_1samp(differences, 0.0, axis=1).pvalue <= 0.01).mean())
    assert paired_power(1.2, 7, 0.01) == pytest.approx(seen, abs=0.012)
    assert paired_power(-1.2, 7, 0.01) == paired_power(1.2, 7, 0.01)


def test_the_power_of_no_effect_is_the_level():
    assert paired_power(0.0, 9, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("effect", [0.1, 0.37, -0.9, 1.6])
@pytest.mark.parametrize("level", [0.05, 0.05 / 12])
def test_the_fewest_seeds_reach_the_power_and_one_less_does_not(effect, level):
    seeds = seeds_needed(effect, level)
    assert paired_power(effect, seeds, level) >= 0.8
    assert seeds == fewest_pairs(level) or paired_power(effect, seeds - 1, level) < 0.8


def test_never_fewer_than_the_test_can_work_with():
    assert seeds_needed(50.0, 0.05) == seeds_needed(math.inf, 0.05) == seeds_needed(-math.inf, 0.05) == 6
    assert seeds_needed(50.0, 0.05 / 18) == 10


def test_no_effect_has_no_number_and_hardly_any_neither():
    assert seeds_needed(0.0, 0.05) is None
    assert seeds_needed(0.001, 0.05) is None
    smallest = 2.81 / math.sqrt(MOST_SEEDS)
    assert seeds_needed(smallest, 0.05) == pytest.approx(MOST_SEEDS, rel=0.01)
