from typing import get_args

import numpy as np
import polars as pl
import pytest
from scipy import stats

from lrbench.analysis.calibration import DECIDES, HELD_RATES, Outcomes, calibrate, most_called, simulate, split
from lrbench.analysis.decision import Paired, call
from lrbench.analysis.searched import Searched, Side

COMPARISONS, LEVEL = 400, 0.05


def of_one_rate(score):
    return Side(np.zeros((len(score), 1)), np.zeros((len(score), 1)), np.asarray(score, float)[:, None])


def pairs_of(first, second):
    return [Searched(of_one_rate(one), of_one_rate(other)) for one, other in zip(first, second, strict=True)]


def is_called(comparison, level=LEVEL):
    first, second = comparison.at_chosen_rates()
    searched = comparison if comparison.rates > 1 else None
    return call([Paired(first - second, searched)], level)[0].established


@pytest.mark.parametrize("seeds", [6, 8, 10])
@pytest.mark.parametrize("outcomes", get_args(Outcomes))
def test_a_model_is_hardly_ever_called_different_from_itself(outcomes, seeds):
    comparisons = split(simulate(outcomes, COMPARISONS, seeds, 0), seeds, COMPARISONS)
    found = calibrate(comparisons, LEVEL).filter(test=DECIDES).row(0, named=True)
    # The true rate of an exact test is at most the level; more calls than this happen once in a thousand times.
    assert found["comparisons"] == COMPARISONS
    assert found["called"] <= most_called(COMPARISONS, LEVEL) == 35
    # And the test can call something: a shift that every seed shows.
    shifted = Side(
        *(getattr(comparisons[0].first, name) for name in ("validation", "loss")), comparisons[0].first.score + 2
    )
    assert calibrate([Searched(shifted, comparisons[0].second)], LEVEL).filter(test=DECIDES)["called"].item() == 1


def test_rates_taken_as_chosen_make_a_model_beat_itself():
    # The reason for choosing anew at every flip.
    found = calibrate(split(simulate("three rates", COMPARISONS, 8, 0), 8, COMPARISONS), LEVEL)
    rates = dict(found.select("test", "rate").iter_rows())
    assert rates[HELD_RATES] > 0.5
    assert rates["t-test"] > 0.5
    assert rates[DECIDES] <= most_called(COMPARISONS, LEVEL) / COMPARISONS


def test_the_most_calls_are_the_binomials():
    most = most_called(COMPARISONS, LEVEL)
    assert stats.binom.sf(most, COMPARISONS, LEVEL) <= 0.001 < stats.binom.sf(most - 1, COMPARISONS, LEVEL)


def test_a_broken_test_would_be_found():
    # A test that calls whenever one wins on 5 of 6 seeds has a true rate of 14 / 64.
    sides = [one.at_chosen_rates() for one in split(simulate("continuous", COMPARISONS, 6, 0), 6, COMPARISONS)]
    called = sum(abs(np.sign(first - second).sum()) >= 4 for first, second in sides)
    assert called > most_called(COMPARISONS, LEVEL)


def test_rates_and_their_exact_intervals():
    first = np.zeros((40, 6))
    second = np.zeros((40, 6))
    first[:10] = 1.0
    found = calibrate(pairs_of(first, second), LEVEL)
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
    found = calibrate(pairs_of(first, second), 0.2).filter(pl.col("test") == "t-test")
    expected = (stats.ttest_rel(first, second, axis=1).pvalue <= 0.2).sum()
    assert found["called"].to_list() == [expected]


@pytest.mark.parametrize("outcomes", ["tied", "three rates"])
def test_the_deciding_function_is_counted(outcomes):
    comparisons = split(simulate(outcomes, 60, 6, 1), 6, 60)
    found = calibrate(comparisons, 0.3).filter(test=DECIDES).row(0, named=True)
    expected = sum(is_called(one, 0.3) for one in comparisons)
    assert (found["comparisons"], found["called"]) == (60, expected)
    assert expected > 0


def test_each_lane_is_used_once():
    comparisons = split(of_one_rate(np.arange(50.0)), 3, 8)
    sides = np.array([one.at_chosen_rates() for one in comparisons])
    assert sides.shape == (8, 2, 3)
    assert sorted(sides.ravel()) == list(range(48))
    assert sides[0, 1].tolist() == [3.0, 4.0, 5.0]


def test_a_seed_keeps_its_lanes_of_all_rates():
    lanes = Side(*(start + np.arange(40.0).reshape(20, 2) for start in (0, 100, 200)))
    second = split(lanes, 5, 2)[1].second
    for start, leaf in zip((0, 100, 200), (second.validation, second.loss, second.score), strict=True):
        np.testing.assert_array_equal(leaf, start + np.arange(30.0, 40.0).reshape(5, 2))


def test_too_few_lanes_are_refused():
    with pytest.raises(ValueError, match="9 comparisons of 2 × 3 seeds take 54 seeds, not 50"):
        split(of_one_rate(np.arange(50.0)), 3, 9)


def test_simulated_outcomes_are_what_they_say():
    continuous, bimodal, tied = (simulate(outcomes, 400, 6, 0).score for outcomes in ("continuous", "bimodal", "tied"))
    assert len(np.unique(continuous)) == continuous.size == 4800
    assert 0.2 <= continuous.min() <= continuous.max() <= 0.9
    assert 0.57 < np.mean(bimodal >= 0.99) < 0.63
    assert not np.any((bimodal > 0.2) & (bimodal < 0.99))
    assert np.unique(tied).tolist() == [0.25, 0.5, 0.75, 1.0]
    np.testing.assert_array_equal(simulate("tied", 10, 6, 0).score, simulate("tied", 10, 6, 0).score)
    searched = simulate("three rates", 400, 6, 0)
    assert searched.score.shape == searched.validation.shape == searched.loss.shape == (4800, 3)
    assert searched.score.mean(axis=0) == pytest.approx([0.9, 0.6, 0.3], abs=0.005)
    assert np.ptp(searched.validation.mean(axis=0)) < 0.002
