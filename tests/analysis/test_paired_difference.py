import math

import numpy as np
import pytest
from scipy import stats

from lrbench.analysis.difference import describe, describe_each, effect_size, t_test
from lrbench.analysis.resampling import mean_interval


def test_a_difference_by_hand():
    found = describe(np.array([0.1, 0.3, 0.0, -0.2, 0.3]))
    assert (found.pairs, found.won, found.tied, found.lost) == (5, 3, 1, 1)
    assert found.mean == pytest.approx(0.1)
    assert found.share_won == pytest.approx(0.7)
    # Squares about the mean: 0, 0.04, 0.01, 0.09, 0.04; their sum over 4 is 0.045.
    assert found.effect == pytest.approx(0.1 / math.sqrt(0.045))
    half = 2.7764 * math.sqrt(0.045 / 5)
    assert [found.t_low, found.t_high] == pytest.approx([0.1 - half, 0.1 + half], abs=1e-4)


def test_the_interval_is_the_bootstraps():
    differences = np.random.default_rng(0).normal(0.2, 0.3, 9)
    low, high = mean_interval(differences[None, :])
    assert (describe(differences).low, describe(differences).high) == (low.item(), high.item())


def test_several_are_described_as_one_by_one():
    rng = np.random.default_rng(1)
    family = [rng.normal(size=size) for size in (4, 1, 7, 4)]
    assert describe_each(family) == tuple(describe(one) for one in family)


def test_one_pair_has_no_spread():
    found = describe(np.array([0.4]))
    assert (found.mean, found.won) == (0.4, 1)
    assert {found.low, found.high, found.t_low, found.t_high, found.effect} == {None}


def test_no_pair_is_refused():
    with pytest.raises(ValueError, match="same seeds"):
        describe(np.ones(0))


@pytest.mark.parametrize(
    ("differences", "effect"),
    [
        (np.zeros(4), 0.0),
        (np.full(4, 0.3), math.inf),
        (np.full(4, -0.3), -math.inf),
        (np.array([0.1 + 0.2, 0.3, 0.3]), math.inf),
    ],
)
def test_equal_differences_have_an_infinite_effect_or_none_and_no_t_test(differences, effect):
    assert effect_size(differences) == effect
    assert t_test(differences) is None


def test_the_t_test_is_the_paired_one():
    first, second = np.random.default_rng(2).normal(size=(2, 8))
    assert t_test(first - second) == pytest.approx(stats.ttest_rel(first, second).pvalue)
    statistic = effect_size(first - second) * math.sqrt(8)
    assert t_test(first - second) == pytest.approx(2 * stats.t.sf(abs(statistic), 7))
    assert t_test(np.array([0.4])) is None
