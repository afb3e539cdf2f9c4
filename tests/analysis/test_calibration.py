from typing import get_args

import numpy as np
import polars as pl
import pytest
from scipy import stats

from lrbench.analysis.calibration import DECIDES, Outcomes, calibrate, most_called, simulate, split
from lrbench.analysis.decision import call

COMPARISONS, LEVEL = 400, 0.05


@pytest.mark.parametrize("seeds", [6, 8, 10])
@pytest.mark.parametrize("outcomes", get_args(Outcomes))
def test_a_model_is_hardly_ever_called_different_from_itself(outcomes, seeds):
    first, second = split(simulate(outcomes, COMPARISONS, seeds, 0), seeds, COMPARISONS)
    called = sum(call([one - other], LEVEL)[0].established for one, other in zip(first, second, strict=True))
    # The true rate of an exact test is at most the level; more calls than this happen once in a thousand times.
    assert called <= most_called(COMPARISONS, LEVEL) == 35
    # And the test can call something: a shift that every seed shows.
    assert all(one.established for one in call([first[0] - second[0] + 2.0], LEVEL))


def test_the_most_calls_are_the_binomials():
    most = most_called(COMPARISONS, LEVEL)
    assert stats.binom.sf(most, COMPARISONS, LEVEL) <= 0.001 < stats.binom.sf(most - 1, COMPARISONS, LEVEL)


def test_a_broken_test_would_be_found():
    # A test that calls whenever one wins on 5 of 6 seeds has a true rate of 14 / 64.
    first, second = split(simulate("continuous", COMPARISONS, 6, 0), 6, COMPARISONS)
    called = int((np.abs(np.sign(first - second).sum(axis=1)) >= 4).sum())
    assert called > most_called(COMPARISONS, LEVEL)


def test_rates_and_their_exact_intervals():
    first = np.zeros((40, 6))
    second = np.zeros((40, 6))
    first[:10] = 1.0
    found = calibrate(first, second, LEVEL)
    assert dict(found.select("test", "called").iter_rows()) == {
        DECIDES: 10,
        "t-test": 0,  # not defined where all differences are the same
        "McNemar": 10,
        "Fisher": 10,
    }
    one = found.row(0, named=True)
    low = stats.beta.ppf(0.025, 10, 31)
    high = stats.beta.ppf(0.975, 11, 30)
    assert [one["rate"], one["low"], one["high"]] == pytest.approx([0.25, low, high])


def test_the_t_test_is_counted():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 6))
    found = calibrate(first, second, 0.2).filter(pl.col("test") == "t-test")
    expected = (stats.ttest_rel(first, second, axis=1).pvalue <= 0.2).sum()
    assert found["called"].to_list() == [expected]


def test_the_deciding_function_is_counted():
    first, second = split(simulate("tied", 60, 6, 1), 6, 60)
    found = calibrate(first, second, 0.3).filter(test=DECIDES).row(0, named=True)
    expected = [call([one - other], 0.3)[0].established for one, other in zip(first, second, strict=True)]
    assert (found["comparisons"], found["called"]) == (60, sum(expected))
    assert found["called"] > 0


def test_each_lane_is_used_once():
    scores = np.arange(50.0)
    first, second = split(scores, 3, 8)
    assert first.shape == second.shape == (8, 3)
    assert sorted([*first.ravel(), *second.ravel()]) == list(range(48))
    assert second[0].tolist() == [3.0, 4.0, 5.0]


def test_too_few_lanes_are_refused():
    with pytest.raises(ValueError, match="9 comparisons of 2 × 3 seeds take 54 lanes, not 50"):
        split(np.arange(50.0), 3, 9)


def test_simulated_outcomes_are_what_they_say():
    continuous, bimodal, tied = (simulate(outcomes, 400, 6, 0) for outcomes in get_args(Outcomes))
    assert len(np.unique(continuous)) == continuous.size == 4800
    assert 0.2 <= continuous.min() <= continuous.max() <= 0.9
    assert 0.57 < np.mean(bimodal >= 0.99) < 0.63
    assert not np.any((bimodal > 0.2) & (bimodal < 0.99))
    assert np.unique(tied).tolist() == [0.25, 0.5, 0.75, 1.0]
    np.testing.assert_array_equal(simulate("tied", 10, 6, 0), simulate("tied", 10, 6, 0))
