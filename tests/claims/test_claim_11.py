"""Claim 11: the best-of-k curve against all subsets, and every outcome of the rule."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from duel_rows import lanes

from lrbench.analysis.difference import describe
from lrbench.claims import claim_of
from lrbench.claims.best_of_k import chances_of_rank, expected_scores
from lrbench.claims.claim_11 import outcome, searches, suffices
from lrbench.studies import Results

RATES = [0.001 * 2**place for place in range(12)]


def test_the_curve_is_the_mean_over_all_subsets():
    rng = np.random.default_rng(0)
    validation, loss, test = rng.random(7).round(1), rng.random(7), rng.random(7)
    expected = [
        np.mean(
            [test[min(drawn, key=lambda one: (-validation[one], loss[one]))] for drawn in combinations(range(7), k)]
        )
        for k in range(1, 8)
    ]
    assert expected_scores(validation, loss, test) == pytest.approx(expected)


def test_equal_scores_are_told_apart_by_the_loss_and_then_by_the_order():
    ones = np.ones(3)
    assert expected_scores(ones, np.array([2.0, 1.0, 3.0]), np.array([0.1, 0.2, 0.3]))[-1] == pytest.approx(0.2)
    assert expected_scores(ones, ones, np.array([0.1, 0.2, 0.3]))[-1] == pytest.approx(0.1)


def test_two_of_four_by_hand():
    # Of 6 pairs 3 hold the best, 2 of the others the second, and 1 the third.
    assert chances_of_rank(4, 2) == pytest.approx([1 / 2, 1 / 3, 1 / 6, 0])


@pytest.mark.parametrize("drawn", [0, 5])
def test_more_trials_than_there_are_cannot_be_drawn(drawn):
    with pytest.raises(ValueError, match="cannot be drawn"):
        chances_of_rank(4, drawn)


def searched(good: dict[str, int], task: str = "adding", seeds: int = 10, best: float = 0.9) -> pl.DataFrame:
    """Rows of 12 rates: the first `good` of a model score close to the best, and the others nothing."""
    rng = np.random.default_rng(3)
    return pl.concat(
        [
            lanes(
                model,
                (best * (place < count) + 0.002 * rng.random(seeds)).tolist(),
                task=task,
                rate=rate,
                arm="clipping at 1.0",
            )
            for model, count in good.items()
            for place, rate in enumerate(RATES)
        ]
    )


def decided(*tables: pl.DataFrame):
    return claim_of(11).decide(Results("cpu", pl.concat(tables), {}, Path("nowhere")), {})


@pytest.mark.parametrize(
    ("lstm", "gru", "expected"),
    [
        (4, 9, "supported"),  # most of the GRU's trials are good, few of the LSTM's
        (9, 4, "contradicted"),
        (6, 6, "contradicted"),  # equally sensitive
    ],
)
def test_outcomes_on_one_task(lstm, gru, expected):
    assert decided(searched({"lstm": lstm, "gru": gru})).outcome == expected


def test_ten_trials_that_are_not_enough_contradict():
    # One of 12 is good: 10 trials miss it with a chance of 1/6.
    found = decided(searched({"lstm": 1, "gru": 1}), searched({"lstm": 1, "gru": 1}, task="copy"))
    ten = [fact for fact in found.facts if "10 trials" in fact.what and fact.what.endswith("GRU")]
    assert [fact.value for fact in ten] == pytest.approx([0.9 / 6, 0.9 / 6], abs=0.002)
    assert found.outcome == "contradicted"


def test_depends_where_tasks_disagree():
    assert decided(searched({"lstm": 4, "gru": 9}), searched({"lstm": 9, "gru": 4}, task="copy")).outcome == "depends"


def test_undecided_without_learning_and_with_too_few_seeds():
    assert decided(searched({"lstm": 4, "gru": 9}, best=0.05)).outcome == "undecided"
    assert decided(searched({"lstm": 4, "gru": 9}, seeds=4)).outcome == "undecided"


def test_a_trial_is_a_rate_and_a_clipping():
    arms = [searched({"lstm": 3, "gru": 3}).with_columns(arm=pl.lit(name)) for name in ("a", "b", "c")]
    (search,) = searches(pl.concat(arms))
    assert search.trials == 36
    # A run in several arms is as many trials: 27 of 36 are bad, as 9 of 12 are.
    assert search.shortfall("gru", 1).mean() == pytest.approx(0.9 * 27 / 36, abs=0.002)


def test_scores_that_are_no_numbers_count_as_zero_and_are_chosen_last():
    bad = lanes("gru", [float("nan")] * 3, rate=0.5, score=float("nan"), validation_score=None, validation_loss=None)
    good = lanes("gru", [0.8] * 3, rate=0.1, validation_score=0.01)
    (search,) = searches(pl.concat([bad, good, lanes("lstm", [0.5] * 3)]))
    assert search.curves["gru"].tolist() == pytest.approx(np.array([[0.4, 0.8]] * 3))


def test_what_is_left_at_the_margin():
    missing = describe(np.linspace(0.01, 0.02, 10))
    assert missing.t_high is not None
    assert missing.t_low is not None
    assert suffices(missing, missing.t_high + 1e-9) == "says"
    assert suffices(missing, missing.t_high - 1e-9) == "open"
    assert suffices(missing, missing.t_low - 1e-9) == "denies"


def test_the_table_of_outcomes():
    parts = ("holds", "fails", "mixed", "open", "unseen")
    table = {key: outcome(*key) for key in product(parts, parts)}
    assert [key for key, found in table.items() if found == "supported"] == [("holds", "holds")]
    assert all(("fails" in key) == (found == "contradicted") for key, found in table.items())
    assert all(found == "depends" for key, found in table.items() if "mixed" in key and "fails" not in key)
